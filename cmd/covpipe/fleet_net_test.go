package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// natsServer is a real nats-server with JetStream on files, as a process.
type natsServer struct {
	port, dir string
	cmd       *exec.Cmd
}

func startNATS(t *testing.T) *natsServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String()) // it is an address
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	s := &natsServer{port: port, dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

func (s *natsServer) place() string { return "nats://127.0.0.1:" + s.port }

func (s *natsServer) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command(natsServerProgram(), "-a", "0.0.0.0", "-p", s.port, "-js", "-sd", s.dir, "-l", s.dir+"/log")
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nats-server starts", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+s.port)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

func (s *natsServer) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// eventually waits until something is so, with a deadline that only a failure
// meets.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never comes about: %s", what)
		}
	}
}

// lane is what lies between a worker and the server, and can be cut.
type lane struct {
	place string                         // of the queue, for the worker
	in    func(argv ...string) *exec.Cmd // a process behind it
	cut   func(t *testing.T)
	mend  func(t *testing.T)
}

// newNetwork makes a network namespace of its own for a worker, where this user
// may do that, and else a proxy, which holds all octets while it is cut.
func newNetwork(t *testing.T, s *natsServer, number int) lane {
	t.Helper()
	if n, err := namespaceNetwork(t, s, number); err == nil {
		return n
	} else {
		t.Logf("no network namespace, so a proxy is cut in its place: %v", err)
	}
	return proxyNetwork(t, s)
}

func namespaceNetwork(t *testing.T, s *natsServer, number int) (lane, error) {
	name := fmt.Sprintf("cvp%d-%d", os.Getpid()%100000, number)
	subnet := fmt.Sprintf("10.%d.%d.", 200+os.Getpid()%50, number)
	ip := func(args string) error {
		out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", args, err, strings.TrimSpace(string(out)))
		}
		return nil
	}
	t.Cleanup(func() {
		_ = ip("link del " + name)
		_ = ip("netns del " + name)
	})
	for _, args := range []string{
		"netns add " + name,
		"link add " + name + " type veth peer name eth0 netns " + name,
		"addr add " + subnet + "1/24 dev " + name,
		"link set " + name + " up",
		"-n " + name + " addr add " + subnet + "2/24 dev eth0",
		"-n " + name + " link set eth0 up",
		"-n " + name + " link set lo up",
	} {
		if err := ip(args); err != nil {
			return lane{}, err
		}
	}
	do := func(args string) func(t *testing.T) {
		return func(t *testing.T) {
			t.Helper()
			if err := ip(args); err != nil {
				t.Error(err)
			}
		}
	}
	return lane{
		place: "nats://" + subnet + "1:" + s.port,
		in: func(argv ...string) *exec.Cmd {
			return exec.Command("ip", append([]string{"netns", "exec", name}, argv...)...)
		},
		cut: do("link set " + name + " down"), mend: do("link set " + name + " up"),
	}, nil
}

func proxyNetwork(t *testing.T, s *natsServer) lane {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var open sync.RWMutex // held for writing while it is cut
	pass := func(to, from net.Conn) {
		defer to.Close()
		octets := make([]byte, 32<<10)
		for {
			n, err := from.Read(octets)
			open.RLock()
			_, failed := to.Write(octets[:n])
			open.RUnlock()
			if err != nil || failed != nil {
				return
			}
		}
	}
	go func() {
		for {
			worker, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", "127.0.0.1:"+s.port)
			if err != nil {
				_ = worker.Close()
				continue
			}
			go pass(server, worker)
			go pass(worker, server)
		}
	}()
	return lane{
		place: "nats://" + listener.Addr().String(),
		in:    func(argv ...string) *exec.Cmd { return exec.Command(argv[0], argv[1:]...) },
		cut:   func(*testing.T) { open.Lock() }, mend: func(*testing.T) { open.Unlock() },
	}
}

// syncBuffer takes what a process says, while a test looks at it.
type syncBuffer struct {
	mutex sync.Mutex
	text  []byte
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.text = append(b.text, p...)
	return len(p), nil
}

func (b *syncBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return string(b.text)
}

// startNATSIn starts a nats-server and sets NATS to its place.
func startNATSIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: nats")
	}
	dir := ts.MkAbs("nats")
	cmd := exec.Command(natsServerProgram(), "-a", "127.0.0.1", "-p", "-1", "-js",
		"-sd", dir, "--ports_file_dir", dir, "-l", dir+"/log")
	ts.Check(os.Mkdir(dir, 0o755))
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		found, err := filepath.Glob(dir + "/*.ports")
		ts.Check(err)
		if len(found) == 0 {
			continue
		}
		var ports struct{ NATS []string }
		text, err := os.ReadFile(found[0])
		if err == nil && json.Unmarshal(text, &ports) == nil && len(ports.NATS) > 0 {
			ts.Setenv("NATS", ports.NATS[0])
			return
		}
	}
	ts.Fatalf("nats-server does not say where it listens")
}

// natsServerProgram finds nats-server, also where a user does not have the
// folder of servers on the PATH.
func natsServerProgram() string {
	if path, err := exec.LookPath("nats-server"); err == nil {
		return path
	}
	return "/usr/sbin/nats-server"
}

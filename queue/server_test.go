package queue

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// testServer is a NATS server with JetStream on files.
type testServer struct {
	place   string
	restart func(t testing.TB) // kill it, and start it again with what it has stored
}

// eachServer runs a test with the server as a library, and with the one that is
// installed, as a process.
func eachServer(t *testing.T, test func(t *testing.T, s testServer)) {
	t.Run("embedded", func(t *testing.T) { test(t, embedded(t, server.Options{})) })
	t.Run("process", func(t *testing.T) { test(t, process(t)) })
}

func embedded(t *testing.T, options server.Options) testServer {
	t.Helper()
	options.Host, options.Port = "127.0.0.1", -1
	options.JetStream, options.StoreDir, options.NoSigs = true, t.TempDir(), true
	var running *server.Server
	start := func(t testing.TB) {
		t.Helper()
		copied := options
		s, err := server.NewServer(&copied)
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		if !s.ReadyForConnections(30 * time.Second) {
			t.Fatal("the server does not start")
		}
		running = s
	}
	start(t)
	options.Port = running.Addr().(*net.TCPAddr).Port
	stop := func() { running.Shutdown(); running.WaitForShutdown() }
	t.Cleanup(func() { stop() })
	return testServer{
		place:   fmt.Sprintf("nats://127.0.0.1:%d", options.Port),
		restart: func(t testing.TB) { stop(); start(t) },
	}
}

func process(t testing.TB) testServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_, port, _ := net.SplitHostPort(address) // it is an address
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var running *exec.Cmd
	start := func(t testing.TB) {
		t.Helper()
		running = exec.Command(natsServerProgram(),
			"-a", "127.0.0.1", "-p", port, "-js", "-sd", dir, "-l", filepath.Join(dir, "log"))
		if err := running.Start(); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				_ = conn.Close()
				return
			}
			if time.Now().After(end) {
				t.Fatal("the server does not start")
			}
		}
	}
	stop := func() {
		_ = running.Process.Kill()
		_ = running.Wait()
	}
	start(t)
	t.Cleanup(func() { stop() })
	return testServer{place: "nats://" + address, restart: func(t testing.TB) { stop(); start(t) }}
}

// connect connects to a run.
func connect(t *testing.T, s testServer, change ...func(*Options)) *Queue {
	t.Helper()
	opt := Options{Place: s.place, Run: "run-1", Client: "test", Silence: time.Second, Patience: 20 * time.Second}
	for _, c := range change {
		c(&opt)
	}
	q, err := Connect(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	return q
}

// natsServerProgram finds nats-server, also where a user does not have the
// folder of servers on the PATH.
func natsServerProgram() string {
	if path, err := exec.LookPath("nats-server"); err == nil {
		return path
	}
	return "/usr/sbin/nats-server"
}

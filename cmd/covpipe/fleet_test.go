package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// gated is a PHPUnit project whose measuring processes wait in the bootstrap
// while its gate is closed, and tell that they do.
type gated struct{ dir, gate string }

const gatePHP = `
if (($gate = getenv('GATE')) && in_array('--coverage-clover', $_SERVER['argv'], true)) {
    touch("$gate/worker-" . getenv('WORKER'));
    for (clearstatcache(); is_file("$gate/closed"); clearstatcache()) {
        usleep(20000);
    }
}
`

func gatedSample(t *testing.T) gated {
	t.Helper()
	g := gated{copySample(t), t.TempDir()}
	f, err := os.OpenFile(filepath.Join(g.dir, "tests/bootstrap.php"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(gatePHP)
	if err := errors.Join(err, f.Close(), os.WriteFile(filepath.Join(g.gate, "closed"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g gated) open(t *testing.T) {
	t.Helper()
	if err := os.Remove(filepath.Join(g.gate, "closed")); err != nil {
		t.Fatal(err)
	}
}

// waits tells whether a process of this worker has come to the gate.
func (g gated) waits(worker string) func() bool {
	return func() bool {
		_, err := os.Stat(filepath.Join(g.gate, "worker-"+worker))
		return err == nil
	}
}

// fleetRun is a run in a queue, and its processes.
type fleetRun struct {
	place, run, dir string
	environ         []string
}

func (r fleetRun) args(args ...string) []string {
	return append(args, "--queue", r.place, "--run", r.run)
}

// covpipe runs a command of the run to its end.
func (r fleetRun) covpipe(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, said bytes.Buffer
	cmd := exec.Command("covpipe", r.args(args...)...)
	cmd.Stdout, cmd.Stderr = &out, &said
	_ = cmd.Run() // its exit code tells
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("covpipe %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code,
			out.String(), said.String())
	}
	return out.String(), said.String()
}

// worker is a covpipe shard work that goes on.
type fleetWorker struct {
	cmd  *exec.Cmd
	said syncBuffer
	done chan struct{}
}

func (r fleetRun) work(t *testing.T, name string, in func(argv ...string) *exec.Cmd, args ...string) *fleetWorker {
	t.Helper()
	if in == nil {
		in = func(argv ...string) *exec.Cmd { return exec.Command(argv[0], argv[1:]...) }
	}
	work := append([]string{"shard", "work", "--dir", r.dir, "--jobs", "1"}, args...)
	w := &fleetWorker{cmd: in(append([]string{"covpipe"}, r.args(work...)...)...)}
	// One that is killed leaves its folder.
	w.cmd.Env = append(append(slices.Clone(os.Environ()), r.environ...), "WORKER="+name, "TMPDIR="+t.TempDir())
	w.cmd.Stdout, w.cmd.Stderr = &w.said, &w.said
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.done = make(chan struct{})
	go func() { _ = w.cmd.Wait(); close(w.done) }()
	t.Cleanup(func() {
		_ = w.cmd.Process.Signal(syscall.SIGCONT)
		_ = w.cmd.Process.Kill()
		<-w.done
		if t.Failed() {
			t.Logf("worker %s said:\n%s", name, w.said.String())
		}
	})
	return w
}

func (w *fleetWorker) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := w.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// ends waits for the end of a worker, which must be a good one.
func (w *fleetWorker) ends(t *testing.T) {
	t.Helper()
	select {
	case <-w.done:
	case <-time.After(2 * time.Minute):
		t.Fatal("the worker does not end")
	}
	if code := w.cmd.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("exit code %d:\n%s", code, w.said.String())
	}
}

// lineHits reads how often each line of each file was run, without code of ours.
func lineHits(t *testing.T, report, root string) map[string]string {
	t.Helper()
	var document struct {
		Files []struct {
			Name  string `xml:"name,attr"`
			Lines []struct {
				Number string `xml:"num,attr"`
				Type   string `xml:"type,attr"`
				Count  string `xml:"count,attr"`
			} `xml:"line"`
		} `xml:"project>file"`
	}
	readXML(t, report, &document)
	hits := map[string]string{}
	for _, f := range document.Files {
		path := strings.TrimPrefix(f.Name, root+"/")
		for _, line := range f.Lines {
			hits[path] += fmt.Sprintf("%s %s %s\n", line.Number, line.Type, line.Count)
		}
	}
	return hits
}

// wholeReport runs the suite in one PHPUnit process.
func wholeReport(t *testing.T, dir string, flags ...string) string {
	t.Helper()
	report := filepath.Join(t.TempDir(), "whole.xml")
	phpunit, err := exec.LookPath("phpunit")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("php", append(flags, "-d", "memory_limit=-1", "-d", "pcov.directory="+dir,
		phpunit, "--coverage-clover", report)...)
	cmd.Dir = dir
	if printed, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the unsharded run: %v\n%s", err, printed)
	}
	return report
}

// withPCOV are the flags of PHP for the driver that covpipe takes by itself.
func withPCOV() []string { return []string{"-d", "xdebug.mode=off", "-d", "pcov.enabled=1"} }

// equalsWhole checks that a merged report has all files, lines, methods and hits
// of the unsharded run, and no hit twice.
func equalsWhole(t *testing.T, merged, whole, dir string) {
	t.Helper()
	want, got := wholeCounts(t, whole, dir), wholeCounts(t, merged, dir)
	wantHits, gotHits := lineHits(t, whole, dir), lineHits(t, merged, dir)
	if len(want) < 40 || len(got) != len(want) {
		t.Errorf("%d files merged, %d in the unsharded run", len(got), len(want))
	}
	for path := range want {
		if got[path] != want[path] {
			t.Errorf("%s: merged %+v, unsharded %+v", path, got[path], want[path])
		}
		if gotHits[path] != wantHits[path] {
			t.Errorf("%s: hits merged\n%s\nunsharded\n%s", path, gotHits[path], wantHits[path])
		}
	}
}

// outage is how long the network is lost: 4 s, or COVPIPE_TEST_OUTAGE.
func outage(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("COVPIPE_TEST_OUTAGE")
	if text == "" {
		return 4 * time.Second
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return length
}

// collected is what a test reads of shard collect --json.
func (r fleetRun) collect(t *testing.T, code int, args ...string) (out collectJSON, stderr string) {
	t.Helper()
	text, stderr := r.covpipe(t, code, append([]string{"shard", "collect", "--json", "--timeout", "5m"}, args...)...)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v: %s\n%s", err, text, stderr)
	}
	return out, stderr
}

// TestAFleetThatLosesWorkersServerAndNetworkMeasuresAll has one of four workers
// killed, one frozen and one cut off, each in the middle of a unit, and the
// server killed and started again. The others measure what these had; when the
// frozen and the cut off come back, what they bring changes nothing. A unit may lose
// several workers, since on a busy machine one that lives can be silent for as long.
func TestAFleetThatLosesWorkersServerAndNetworkMeasuresAll(t *testing.T) {
	g := gatedSample(t)
	whole := wholeReport(t, g.dir, withPCOV()...)
	server := startNATS(t)
	r := fleetRun{place: server.place(), run: "chaos", dir: g.dir, environ: []string{"GATE=" + g.gate}}
	r.covpipe(t, exitDone, "shard", "serve", "--dir", g.dir, "--workers", "4", "--silence", "2s", "--kills", "9")

	line := newNetwork(t, server, 1)
	killed, frozen, steady := r.work(t, "killed", nil), r.work(t, "frozen", nil), r.work(t, "steady", nil)
	away := r
	away.place = line.place
	cutOff := away.work(t, "cut", line.in)
	for _, name := range []string{"killed", "frozen", "steady", "cut"} {
		eventually(t, "worker "+name+" runs a unit", g.waits(name))
	}
	killed.signal(t, syscall.SIGKILL)
	frozen.signal(t, syscall.SIGSTOP)
	line.cut(t)
	server.kill()
	server.start(t)
	g.open(t)

	merged := filepath.Join(t.TempDir(), "merged.xml")
	out, _ := r.collect(t, exitDone, "-o", merged, "--keep-run")
	if out.Tests != 454 || len(out.Missing) > 0 {
		t.Errorf("%d tests, missing %q", out.Tests, out.Missing)
	}
	equalsWhole(t, merged, whole, g.dir)

	time.AfterFunc(outage(t), func() { line.mend(t) })
	frozen.signal(t, syscall.SIGCONT)
	for _, w := range []*fleetWorker{frozen, cutOff, steady} {
		w.ends(t)
	}
	for name, w := range map[string]*fleetWorker{"frozen": frozen, "cut off": cutOff} {
		if !strings.Contains(w.said.String(), "another worker was faster") {
			t.Errorf("the worker that was %s had no unit that another one measured:\n%s", name, w.said.String())
		}
	}
	again := filepath.Join(t.TempDir(), "again.xml")
	if out, _ := r.collect(t, exitDone, "-o", again); out.Tests != 454 || len(out.Missing) > 0 {
		t.Errorf("again: %d tests, missing %q", out.Tests, out.Missing)
	}
	equalsWhole(t, again, whole, g.dir)
	_, stderr := r.covpipe(t, exitFailed, "shard", "work", "--dir", g.dir, "--wait", "1s")
	if !strings.Contains(stderr, "there is no such run in the queue") {
		t.Errorf("a collected run is not gone: %s", stderr)
	}
}

// TestALostNetworkIsWaitedFor cuts the only worker off in the middle of a unit,
// for less than makes it lost: it goes on, and nothing is run twice.
func TestALostNetworkIsWaitedFor(t *testing.T) {
	g := gatedSample(t)
	whole := wholeReport(t, g.dir, withPCOV()...)
	server := startNATS(t)
	r := fleetRun{place: server.place(), run: "outage", dir: g.dir, environ: []string{"GATE=" + g.gate}}
	r.covpipe(t, exitDone, "shard", "serve", "--dir", g.dir, "--workers", "2",
		"--silence", (outage(t) + time.Minute).String())
	line := newNetwork(t, server, 2)
	away := r
	away.place = line.place
	w := away.work(t, "cut", line.in)
	eventually(t, "the worker runs a unit", g.waits("cut"))
	line.cut(t)
	g.open(t)
	time.AfterFunc(outage(t), func() { line.mend(t) })
	merged := filepath.Join(t.TempDir(), "merged.xml")
	if out, _ := r.collect(t, exitDone, "-o", merged); out.Tests != 454 || out.Machines != 1 {
		t.Errorf("%d tests of %d workers", out.Tests, out.Machines)
	}
	w.ends(t)
	if strings.Contains(w.said.String(), "another worker was faster") {
		t.Errorf("a unit was run twice:\n%s", w.said.String())
	}
	equalsWhole(t, merged, whole, g.dir)
}

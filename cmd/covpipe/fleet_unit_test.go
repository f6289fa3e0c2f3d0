package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/covpipe/covpipe/queue"
)

// troubled makes a PHPUnit project of directories with one test each, by the
// body of the test.
func troubled(t *testing.T, bodies map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"phpunit.xml": `<phpunit><coverage><include><directory>src</directory></include></coverage></phpunit>`,
		"src/f.php": "<?php\nfunction f(int $n): int {\n" +
			"    if ($n > 1) {\n        return 2;\n    }\n    return 1;\n}\n",
	}
	for name, body := range bodies {
		class := filepath.Base(name) + "Test"
		files["tests/"+name+"Test.php"] = "<?php class " + class + " extends PHPUnit\\Framework\\TestCase {\n" +
			"function testIt(): void { require_once dirname(__DIR__, 2) . '/src/f.php'; " +
			body + " $this->assertSame(1, f(1)); } }\n"
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644))
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// served starts a server and serves a project.
func served(t *testing.T, dir, silence string) fleetRun {
	t.Helper()
	r := fleetRun{place: startNATS(t).place(), run: "run-1", dir: dir}
	r.covpipe(t, exitDone, "shard", "serve", "--dir", dir, "--workers", "2", "--silence", silence)
	return r
}

func names(shards []shardOutcome) (names []string) {
	for _, s := range shards {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	return names
}

// isKilled waits until a worker was killed by what it ran.
func (w *fleetWorker) isKilled(t *testing.T) {
	t.Helper()
	<-w.done
	if status, ok := w.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the worker ended with %v:\n%s", w.cmd.ProcessState, w.said.String())
	}
}

// TestAUnitIsNotBlamedForTheOneBesideIt has a unit kill two workers while another
// one runs beside it. Each then runs alone, which shows which of them it was.
func TestAUnitIsNotBlamedForTheOneBesideIt(t *testing.T) {
	gate := t.TempDir()
	r := served(t, troubled(t, map[string]string{
		"Fine/Fine": "touch(getenv('GATE') . '/fine'); sleep(2);",
		"Killer/Killer": "for ($i = 0; $i < 500 && !is_file(getenv('GATE') . '/fine'); $i++) {" +
			" usleep(20000); clearstatcache(); } posix_kill(posix_getppid(), SIGKILL); sleep(60);",
	}), "1s")
	r.environ = []string{"GATE=" + gate}
	for range 2 {
		if err := os.RemoveAll(filepath.Join(gate, "fine")); err != nil {
			t.Fatal(err)
		}
		r.work(t, "victim", nil, "--jobs", "3").isKilled(t)
	}
	r.work(t, "last victim", nil, "--jobs", "3").isKilled(t)
	w := r.work(t, "survivor", nil, "--jobs", "3")
	out, _ := r.collect(t, exitPart, "-o", filepath.Join(t.TempDir(), "merged.xml"))
	w.ends(t)
	if !slices.Equal(out.Missing, []string{"Killer"}) || out.Tests != 1 {
		t.Errorf("missing %q, %d tests", out.Missing, out.Tests)
	}
}

func TestAUnitThatKillsItsWorkersIsSetAsideAndNamed(t *testing.T) {
	r := served(t, troubled(t, map[string]string{
		"Fine/Fine":     "",
		"Killer/Killer": "posix_kill(posix_getppid(), SIGKILL); sleep(60);",
	}), "1s")
	for range 3 { // two, and one that runs it alone
		r.work(t, "victim", nil).isKilled(t)
	}
	w := r.work(t, "survivor", nil)
	out, stderr := r.collect(t, exitPart, "-o", filepath.Join(t.TempDir(), "merged.xml"))
	w.ends(t)
	if !slices.Equal(out.Missing, []string{"Killer"}) || out.Tests != 1 || out.Covered == 0 {
		t.Errorf("got %+v", out)
	}
	if !strings.Contains(stderr, "only a lower bound in 1 file of 1: 1 shard missing: Killer (kills_workers)") {
		t.Errorf("said:\n%s", stderr)
	}
	// Since something is missing the run is kept, and can be collected again.
	again, _ := r.collect(t, exitPart, "-o", filepath.Join(t.TempDir(), "again.xml"))
	if !slices.Equal(again.Missing, out.Missing) {
		t.Errorf("again: %+v", again)
	}
}

func TestAUnitThatRunsOutOfMemoryIsSplitAndQueuedAgain(t *testing.T) {
	// SIGKILL is what the system's killer of processes sends. It comes while both
	// tests are in one process.
	const both = "if (class_exists('OneTest', false) && class_exists('TwoTest', false)) { " +
		"posix_kill(getmypid(), SIGKILL); sleep(60); }"
	tests := map[string]string{"Heavy/One": both, "Heavy/Two": both, "Fine/Fine": "$this->assertSame(2, f(2));"}
	r := served(t, troubled(t, tests), "5s")
	w, other := r.work(t, "one", nil), r.work(t, "two", nil)
	times := filepath.Join(t.TempDir(), "times.json")
	// The run is kept for a worker that starts when all is done.
	out, _ := r.collect(t, exitDone, "-o", filepath.Join(t.TempDir(), "merged.xml"), "--times-to", times, "--keep-run")
	w.ends(t)
	other.ends(t)
	got, want := names(out.Shards), []string{"Fine", "Heavy~1", "Heavy~2"}
	if !slices.Equal(got, want) || out.Tests != 3 || out.Covered != 3 {
		t.Errorf("got %q with %d tests and %d lines", got, out.Tests, out.Covered)
	}
	// What was too much is split from the beginning the next time.
	again := fleetRun{place: r.place, run: "run-2", dir: r.dir}
	stdout, _ := again.covpipe(t, exitDone, "shard", "serve", "--dir", r.dir, "--workers", "2", "--times", times)
	if !strings.Contains(stdout, "3 tests in 4 units queued") {
		t.Errorf("the next plan: %s", stdout)
	}
}

func TestAUnitThatCrashesIsTriedOnceMoreAndThenMissing(t *testing.T) {
	r := served(t, troubled(t, map[string]string{"Fine/Fine": "", "Exit/Exit": "exit(0);"}), "5s")
	w := r.work(t, "one", nil)
	out, stderr := r.collect(t, exitPart, "-o", filepath.Join(t.TempDir(), "merged.xml"))
	w.ends(t)
	if !slices.Equal(out.Missing, []string{"Exit"}) || !strings.Contains(stderr, "Exit (exited)") {
		t.Errorf("missing %q:\n%s", out.Missing, stderr)
	}
	const why = "in ExitTest::testIt\nhint: run it alone with: phpunit tests/Exit/ExitTest.php\n"
	if !strings.Contains(stderr, "shard Exit: a test called exit: ") || !strings.Contains(stderr, why) {
		t.Errorf("collect does not say why:\n%s", stderr)
	}
	if strings.Contains(w.said.String(), "has all that PHPUnit printed") {
		t.Errorf("a log is named that is deleted:\n%s", w.said.String())
	}
	if n := strings.Count(w.said.String(), "a test called exit"); n != 2 ||
		!strings.Contains(w.said.String(), "tried once more") {
		t.Errorf("it ran %d times:\n%s", n, w.said.String())
	}
}

// TestAWorkerThatIsToldToEndGivesBackItsUnit stops the only worker in the middle
// of a unit, which the next one then measures at once, not after a silence.
func TestAWorkerThatIsToldToEndGivesBackItsUnit(t *testing.T) {
	g := gatedSample(t)
	r := fleetRun{place: startNATS(t).place(), run: "told", dir: g.dir, environ: []string{"GATE=" + g.gate}}
	r.covpipe(t, exitDone, "shard", "serve", "--dir", g.dir, "--workers", "2", "--silence", "1h")
	w := r.work(t, "first", nil)
	eventually(t, "the worker runs a unit", g.waits("first"))
	w.signal(t, syscall.SIGTERM)
	w.ends(t)
	g.open(t)
	next := r.work(t, "second", nil, "--stay")
	if out, _ := r.collect(t, exitDone, "-o", filepath.Join(t.TempDir(), "merged.xml")); out.Tests != 454 {
		t.Errorf("%d tests", out.Tests)
	}
	eventually(t, "the worker stays", func() bool {
		return strings.Contains(next.said.String(), "the worker stays until it is told to end")
	})
	next.signal(t, syscall.SIGTERM)
	next.ends(t)
}

// TestAWorkerOfARunThatIsGoneEndsWell deletes the run, as collect does, while a
// worker that was taken for dead still has a unit, and stops one that waits for a run.
func TestAWorkerOfARunThatIsGoneEndsWell(t *testing.T) {
	g := gatedSample(t)
	r := fleetRun{place: startNATS(t).place(), run: "gone", dir: g.dir, environ: []string{"GATE=" + g.gate}}
	early := r.work(t, "early", nil)
	eventually(t, "a worker waits for the run", func() bool {
		return strings.Contains(early.said.String(), "waiting for run gone")
	})
	early.signal(t, syscall.SIGTERM)
	early.ends(t)

	r.covpipe(t, exitDone, "shard", "serve", "--dir", g.dir, "--workers", "2", "--silence", "1h")
	w := r.work(t, "late", nil)
	eventually(t, "the worker runs a unit", g.waits("late"))
	q, err := queue.Connect(t.Context(), queue.Options{Place: r.place, Run: r.run})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if err := q.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.open(t)
	w.ends(t)
	said := w.said.String()
	if !strings.Contains(said, "the run is gone: it was collected, or somebody has deleted it") {
		t.Errorf("said:\n%s", said)
	}
}

// TestShardsThatWereStoppedAreResumed interrupts a run, which says how to go on.
func TestShardsThatWereStoppedAreResumed(t *testing.T) {
	g := gatedSample(t)
	t.Setenv("GATE", g.gate)
	args := []string{"shard", "run", "--dir", g.dir, "--out", filepath.Join(t.TempDir(), "out")}
	var said syncBuffer
	cmd := exec.Command("covpipe", args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a shard runs", g.waits(""))
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its exit code tells
	for _, want := range []string{
		"covpipe: shard run: stopped, and nothing was merged: interrupt", "hint: the same command with --resume",
	} {
		if code := cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(said.String(), want) {
			t.Errorf("exit code %d, want %q:\n%s", code, want, said.String())
		}
	}
	g.open(t)
	if code := covpipe(t, append(args, "--resume")...); code != exitDone {
		t.Errorf("resumed: exit code %d", code)
	}
}

func TestAPlanOfAnotherVersionIsRefused(t *testing.T) {
	for text, want := range map[string]bool{
		`{"covpipe_queue": 1, "silence_nanoseconds": 60000000000, "kills": 2}`: true,
		`{"covpipe_queue": 2, "silence_nanoseconds": 60000000000, "kills": 2}`: false,
		`{"covpipe_queue": 1, "kills": 2}`:                                     false,
		`{"covpipe_queue": 1, "silence_nanoseconds": 60000000000}`:             false,
		`{`: false,
	} {
		if _, err := readQueuedPlan([]byte(text)); (err == nil) != want || err != nil && !errors.Is(err, errOtherPlan) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAWorkerWithOtherCodeRunsNothing(t *testing.T) {
	bodies := map[string]string{"Fine/Fine": ""}
	r := served(t, troubled(t, bodies), "5s")
	other := r
	other.dir = troubled(t, map[string]string{"Fine/Fine": "$this->assertTrue(true);"})
	_, stderr := other.covpipe(t, exitFailed, "shard", "work", "--dir", other.dir)
	if !strings.Contains(stderr,
		"the plan and this machine differ in the texts of tests, measured code or configuration") {
		t.Errorf("said: %s", stderr)
	}
	// What nobody runs in time is missing, and without the report of all files there is nothing.
	_, stderr = r.covpipe(t, exitFailed, "shard", "collect", "--timeout", "1s",
		"-o", filepath.Join(t.TempDir(), "merged.xml"))
	if !strings.Contains(stderr, "the report of all files is missing") ||
		!strings.Contains(stderr, "no worker has made it in time") {
		t.Errorf("said: %s", stderr)
	}
}

func TestAUnitWithFilesThatAreNoTestsIsNotRun(t *testing.T) {
	dir := troubled(t, map[string]string{"Fine/Fine": ""})
	r := served(t, dir, "5s")
	ran := filepath.Join(t.TempDir(), "ran")
	evil := filepath.Join(t.TempDir(), "EvilTest.php")
	if err := os.WriteFile(evil, []byte("<?php touch('"+ran+"');"), 0o644); err != nil {
		t.Fatal(err)
	}
	q, err := queue.Connect(t.Context(), queue.Options{Place: r.place, Run: r.run})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if _, err := q.Open(t.Context(), func() {}); err != nil {
		t.Fatal(err)
	}
	unit := queue.Unit{Name: "Evil", Body: fmt.Appendf(nil, `{"name": "Evil", "files": [%q]}`, evil)}
	if err := q.Publish(t.Context(), []queue.Unit{unit}); err != nil {
		t.Fatal(err)
	}
	w := r.work(t, "one", nil)
	out, _ := r.collect(t, exitDone, "-o", filepath.Join(t.TempDir(), "merged.xml"))
	w.ends(t)
	if _, err := os.Stat(ran); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was run: %v", err)
	}
	if !slices.Equal(names(out.Shards), []string{"Fine"}) ||
		!strings.Contains(w.said.String(), "unit Evil is not run") {
		t.Errorf("got %q:\n%s", names(out.Shards), w.said.String())
	}
}

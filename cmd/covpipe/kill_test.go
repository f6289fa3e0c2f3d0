package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// interruptible is a PHPUnit project whose last shard tells through a pipe that
// it has begun, and then waits for ever, if HELD names the pipe. Each test notes
// in RUNS that it ran.
type interruptible struct {
	dir    string
	pipe   *os.File
	reader *bufio.Reader
}

func newInterruptible(t *testing.T) *interruptible {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	test := func(name, body string) string {
		return "<?php class " + name + " extends PHPUnit\\Framework\\TestCase {\n" +
			"function testOne(): void { require_once __DIR__ . '/../../src/f.php';\n" +
			"file_put_contents(getenv('RUNS'), \"" + name + "\\n\", FILE_APPEND); " + body +
			" $this->assertSame(1, f(false)); }\n"
	}
	const wait = `
if ($pipe = getenv('HELD')) {
    $held = fopen($pipe, 'w');
    pcntl_async_signals(true);
    pcntl_signal(SIGTERM, function () use ($held) { ` +
		`fwrite($held, "told to end\n"); if (!getenv('STUBBORN')) { exit(1); } });
    fwrite($held, "begun\n");
    while (true) { sleep(600); }
}
`
	more := "function testTwo(): void { $this->assertSame(2, f(true)); } }\n"
	for name, content := range map[string]string{
		"phpunit.xml": `<phpunit><coverage><include><directory>src</directory></include></coverage></phpunit>`,
		"src/f.php": "<?php\nfunction f(bool $two): int {\n" +
			"    if ($two) {\n        return 2;\n    }\n    return 1;\n}\n",
		"src/unused.php":            "<?php\nfunction unused(): int {\n    return 1;\n}\n",
		"tests/Early/EarlyTest.php": test("EarlyTest", "") + more,
		"tests/Next/NextTest.php":   test("NextTest", "") + more,
		"tests/Last/LastTest.php":   test("LastTest", wait) + "}\n",
		"covpipe.yaml": "project: shop\nwarehouse: duckdb:w.duckdb\nsources:\n" +
			"  - name: php\n    phpunit: {jobs: 1}\n",
	} {
		path := filepath.Join(dir, name)
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644))
		if err != nil {
			t.Fatal(err)
		}
	}
	p := &interruptible{dir: dir}
	held := filepath.Join(dir, "held")
	if err := syscall.Mkfifo(held, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// start runs covpipe until its last shard has begun.
func (p *interruptible) start(t *testing.T, environ ...string) *exec.Cmd {
	t.Helper()
	cmd := p.command(append(environ, "HELD="+filepath.Join(p.dir, "held"))...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	go func() { // opening waits for a writer
		var err error
		p.pipe, err = os.OpenFile(filepath.Join(p.dir, "held"), os.O_RDONLY, 0)
		opened <- err
	}()
	select {
	case err := <-opened:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(2 * time.Minute):
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Fatal("the last shard does not begin")
	}
	t.Cleanup(func() { _ = p.pipe.Close() })
	p.reader = bufio.NewReader(p.pipe)
	if line, err := p.reader.ReadString('\n'); line != "begun\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	return cmd
}

// ends checks that no process holds the pipe any more.
func (p *interruptible) ends(t *testing.T) {
	t.Helper()
	if err := p.pipe.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := p.reader.ReadString('\n'); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("a PHP process is left")
		} else if err != nil {
			return
		}
	}
}

func (p *interruptible) command(environ ...string) *exec.Cmd {
	cmd := exec.Command("covpipe", "run", "--resume")
	cmd.Dir = p.dir
	cmd.Env = append(slices.Clone(os.Environ()), append(environ, "RUNS="+filepath.Join(p.dir, "runs.txt"))...)
	return cmd
}

// status checks what the record says of the run.
func (p *interruptible) status(t *testing.T, want string) {
	t.Helper()
	found, err := earlierRuns(filepath.Join(p.dir, ".covpipe/runs"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	record, err := readRecord(found[0].dir)
	if err != nil {
		t.Fatal(err)
	}
	if record.Status != want || record.Complete != (want == statusDone) {
		t.Errorf("the record is %+v, want %s", record, want)
	}
}

// resume runs covpipe to its end and checks that what was done was not done
// again.
func (p *interruptible) resume(t *testing.T) {
	t.Helper()
	cmd := p.command()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if !strings.Contains(stderr.String(), "resuming the run that began at") ||
		strings.Contains(stderr.String(), " Early:") || !strings.Contains(stderr.String(), "[3/3] Last: 1 test") {
		t.Errorf("said:\n%s", stderr.String())
	}
	if !strings.Contains(stdout.String(), " 3/4 ") {
		t.Errorf("the week is\n%s", stdout.String())
	}
	runs, err := os.ReadFile(filepath.Join(p.dir, "runs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if string(runs) != "EarlyTest\nNextTest\nLastTest\nLastTest\n" {
		t.Errorf("tests that ran:\n%s", runs)
	}
}

func TestAKilledRunLeavesNoProcessAndIsResumed(t *testing.T) {
	p := newInterruptible(t)
	cmd := p.start(t)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	p.ends(t)
	p.status(t, statusRunning)
	if _, err := os.Stat(filepath.Join(p.dir, "w.duckdb")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the warehouse: %v", err)
	}
	p.resume(t)
}

func TestOneInterruptEndsInOrder(t *testing.T) {
	for name, signal := range map[string]os.Signal{"Ctrl-C": os.Interrupt, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			p := newInterruptible(t)
			cmd := p.start(t)
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != exitFailed {
				t.Errorf("exit code %d", code)
			}
			p.ends(t)
			p.status(t, statusStopped)
			p.resume(t)
			p.status(t, statusDone)
		})
	}
}

func TestASecondInterruptEndsAtOnce(t *testing.T) {
	p := newInterruptible(t)
	cmd := p.start(t, "STUBBORN=1")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.pipe.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if line, err := p.reader.ReadString('\n'); line != "told to end\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %v", cmd.ProcessState)
	}
	p.ends(t)
	p.resume(t)
}

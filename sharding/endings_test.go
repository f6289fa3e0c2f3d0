package sharding

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const phpunitXML = `<phpunit><coverage><include><directory suffix=".php">src</directory></include></coverage></phpunit>`

const sourceOfF = "<?php\nfunction f() {\n    return 1;\n}\n"

func testClass(name, body string) string {
	return "<?php class " + name + " extends PHPUnit\\Framework\\TestCase { function testIt(): void { " +
		"require_once __DIR__ . '/../../src/f.php'; " + body + " } }"
}

// prepare finds and plans the tests of a suite for real. From version 10 on
// PHPUnit wants the measured code in another element; .ci/phpunit-versions runs
// these tests with such.
func prepare(t *testing.T, suite Suite, jobs int) (Toolchain, *Work) {
	t.Helper()
	tools, err := suite.Toolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if compareVersions(tools.PHPUnitVersion, "10") >= 0 {
		text, err := os.ReadFile(tools.config)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte("coverage>"), []byte("source>"))
		if err := os.WriteFile(tools.config, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	work, err := suite.Prepare(t.Context(), tools, jobs)
	if err != nil {
		t.Fatal(err)
	}
	return tools, work
}

// troubles are the ways in which a shard goes wrong, with real PHP.
var troubles = []struct {
	name, body     string
	failed         bool // measured, with failing tests
	ending         Ending
	reason, during string // not measured
	again          bool   // tried once more
}{
	{name: "Pass", body: "$this->assertSame(1, f());"},
	{name: "Fail", body: "$this->assertSame(2, f());", failed: true},
	{name: "Error", body: "throw new Exception('x');", failed: true},
	{name: "Skipped", body: "$this->markTestSkipped('not here');"},
	{name: "ExitZero", body: "exit(0);", ending: Exited, reason: "a test called exit: PHPUnit ended with exit code ",
		during: "ExitZeroTest::testIt", again: true},
	{name: "ExitThree", body: "exit(3);", ending: Exited, reason: "exit code ",
		during: "ExitThreeTest::testIt", again: true},
	{name: "Fatal", body: "eval('abstract class A { abstract function x(); } class B extends A {}');", ending: Fatal,
		reason: "Fatal error:", during: "FatalTest::testIt", again: true},
	{name: "Redeclared", body: "eval('function f() {}');", ending: Redeclared,
		reason: "Cannot redeclare ", during: "RedeclaredTest::testIt"},
	{name: "Memory", body: "ini_set('memory_limit', '16M'); $a = []; while (true) { $a[] = str_repeat('x', 1 << 20); }",
		ending: OutOfMemory, reason: "Allowed memory size", during: "MemoryTest::testIt"},
	// More than is read of a log, on both sides of what happens.
	{name: "Loud", body: `$n = str_repeat("noise\n", 1 << 19); fwrite(STDERR, $n); ini_set('memory_limit', '16M'); ` +
		`register_shutdown_function(fn() => fwrite(STDERR, "last words\n")); str_repeat($n, 100);`, ending: OutOfMemory,
		reason: "Allowed memory size", during: "LoudTest::testIt"},
	{name: "Killed", body: "posix_kill(posix_getpid(), 9);", ending: OutOfMemory,
		reason: "ended by a signal (killed)", during: "KilledTest::testIt"},
	{name: "Terminated", body: "posix_kill(posix_getpid(), 15);", ending: Terminated,
		reason: "ended by a signal (terminated)", during: "TerminatedTest::testIt", again: true},
	// Functions in C that call each other use up the stack of the machine.
	{name: "Segfault", body: "$f = function () use (&$f) { array_map($f, [1]); }; $f();", ending: Segfault,
		reason: "crashed by a signal (segmentation fault)", during: "SegfaultTest::testIt", again: true},
	{name: "Slow", body: "sleep(600);", ending: TimedOut, reason: "took too long", during: "SlowTest::testIt"},
}

func TestEveryWayAShardEndsIsToldApart(t *testing.T) {
	files := map[string]string{"phpunit.xml": phpunitXML, "src/f.php": sourceOfF}
	for _, c := range troubles {
		files["tests/"+c.name+"/"+c.name+"Test.php"] = testClass(c.name+"Test", c.body)
	}
	suite := project(t, files)
	suite.Timeout = 20 * time.Second
	tools, work := prepare(t, suite, 2)
	if work.Doubt != nil || work.Tests != len(troubles) {
		t.Errorf("listed %d tests, doubt %v", work.Tests, work.Doubt)
	}
	for name, age := range map[string]time.Duration{
		".covpipe-1.phpunit.xml": 8 * 24 * time.Hour, ".covpipe-2.phpunit.xml": time.Hour,
	} {
		file := filepath.Join(suite.Dir, name)
		err := errors.Join(os.WriteFile(file, nil, 0o644), os.Chtimes(file, time.Time{}, time.Now().Add(-age)))
		if err != nil {
			t.Fatal(err)
		}
	}
	ended, again := 0, map[string]bool{}
	out, err := suite.Run(t.Context(), tools, work, Options{Dir: t.TempDir(), Event: func(e Event) {
		switch e.Kind {
		case Ended:
			ended++
		case Again:
			again[e.Shard.Name] = true
			if len(e.Running) > 1 {
				t.Errorf("%s is not tried alone", e.Shard.Name)
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if ended != len(troubles) || len(out.Results) != len(troubles) || whole(out.Baseline) != nil {
		t.Errorf("%d events and %d results, of %d; report of all files %q",
			ended, len(out.Results), len(troubles), out.Baseline)
	}
	for _, c := range troubles {
		i := slices.IndexFunc(out.Results, func(r Result) bool { return r.Shard.Name == c.name })
		got := out.Results[i]
		if again[c.name] != c.again {
			t.Errorf("%s: tried once more: %v, want %v", c.name, again[c.name], c.again)
		}
		if c.reason == "" {
			if got.Err != nil || got.Report == "" || got.Failed != c.failed ||
				got.Tests != 1 || got.Planned != 1 || got.Peak == 0 || got.CPU == 0 {
				t.Errorf("%s: got %+v", c.name, got)
			}
			continue
		}
		var failure *ShardError
		if !errors.As(got.Err, &failure) || failure.Ending != c.ending || !strings.Contains(failure.Reason, c.reason) ||
			failure.Test != c.during || got.Report != "" {
			t.Errorf("%s: got %#v (report %q), want %q in %q", c.name, got.Err, got.Report, c.reason, c.during)
		}
	}
	left, err := filepath.Glob(filepath.Join(suite.Dir, ".covpipe-*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != ".covpipe-2.phpunit.xml" {
		t.Errorf("left behind in the project, besides what another run may use: %q, %v", left, err)
	}
}

func TestAFileThatPHPCannotLoadCostsItsOwnShardAlone(t *testing.T) {
	suite := project(t, map[string]string{
		"phpunit.xml": phpunitXML, "src/f.php": sourceOfF,
		"tests/Good/GoodTest.php":   testClass("GoodTest", "$this->assertSame(1, f());"),
		"tests/Parse/ParseTest.php": "<?php this is not PHP",
		"tests/Twice/TwiceTest.php": "<?php class TwiceTest {} class TwiceTest {}",
	})
	tools, work := prepare(t, suite, 2)
	if !errors.Is(work.Doubt, ErrUnlisted) {
		t.Errorf("doubt: %v", work.Doubt)
	}
	out, err := suite.Run(t.Context(), tools, work, Options{Dir: t.TempDir(), Event: func(Event) {}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Ending{"Parse": ParseError, "Twice": Redeclared}
	for _, r := range out.Results {
		failure := &ShardError{}
		if errors.As(r.Err, &failure); failure.Ending != want[r.Shard.Name] {
			t.Errorf("%s: %v (%s)", r.Shard.Name, r.Err, failure.Ending)
		}
	}
}

// A shard that runs out of memory is split until only the file is missing that
// takes too much.
func TestOutOfMemorySplitsTheShardDownToTheFile(t *testing.T) {
	hog := "ini_set('memory_limit', '16M'); $a = []; while (true) { $a[] = str_repeat('x', 1 << 20); }"
	files := map[string]string{"phpunit.xml": phpunitXML, "src/f.php": sourceOfF}
	for _, name := range []string{"A", "B", "C", "D"} {
		body := "$this->assertSame(1, f());"
		if name == "C" {
			body = hog
		}
		files["tests/All/"+name+"Test.php"] = testClass(name+"Test", body)
	}
	suite := project(t, files)
	suite.Config = ""
	tools, work := prepare(t, suite, 1)
	work.Plan = NewPlan(work.Shards, nil, 1, 1) // nothing is known of costs, so nothing is split beforehand
	splits := 0
	out, err := suite.Run(t.Context(), tools, work, Options{Dir: t.TempDir(), Event: func(e Event) {
		if e.Kind == Split {
			splits++
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	var measured []string
	for _, r := range out.Results {
		if r.Err == nil {
			for _, file := range r.Shard.Files {
				measured = append(measured, filepath.Base(file))
			}
			continue
		}
		if len(r.Shard.Files) != 1 || filepath.Base(r.Shard.Files[0]) != "CTest.php" {
			t.Errorf("missing: %+v", r.Shard)
		}
	}
	slices.Sort(measured)
	if splits != 2 || !slices.Equal(measured, []string{"ATest.php", "BTest.php", "DTest.php"}) {
		t.Errorf("%d splits, measured %q", splits, measured)
	}
}

func TestAShardThatTakesTooLongIsStoppedWithAllThatItStarted(t *testing.T) {
	suite := project(t, map[string]string{
		"phpunit.xml": phpunitXML, "src/f.php": sourceOfF,
		"tests/Slow/SlowTest.php": testClass("SlowTest", "exec('echo begun > \"$HELD\"; sleep 600 > \"$HELD\"');"),
	})
	held := filepath.Join(t.TempDir(), "held") // open as long as the grandchild lives
	if err := syscall.Mkfifo(held, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(held, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	suite.Environ = append(suite.Environ, "HELD="+held)
	suite.Timeout = 10 * time.Second
	tools, work := prepare(t, suite, 1)
	out, err := suite.Run(t.Context(), tools, work, Options{Dir: t.TempDir(), Event: func(Event) {}})
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Results[0].Err; err == nil || !strings.Contains(err.Error(), "took too long") {
		t.Errorf("got %v", err)
	}
	if err := reader.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(reader); err != nil || string(text) != "begun\n" {
		t.Errorf("the process that the test started is still there: %q, %v", text, err)
	}
}

func TestARunThatIsCancelledStartsNothingMore(t *testing.T) {
	suite := project(t, map[string]string{
		"phpunit.xml": phpunitXML, "src/f.php": sourceOfF,
		"tests/A/ATest.php": testClass("ATest", "$this->assertSame(1, f());"),
		"tests/B/BTest.php": testClass("BTest", "$this->assertSame(1, f());"),
	})
	tools, work := prepare(t, suite, 1)
	ctx, cancel := context.WithCancel(t.Context())
	out, err := suite.Run(ctx, tools, work, Options{Dir: t.TempDir(), Event: func(e Event) {
		if e.Kind == Started {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, r := range out.Results {
		if r.Err == nil {
			t.Errorf("%s was measured", r.Shard.Name)
		}
	}
}

func TestTheLineThatSaysWhyIsFound(t *testing.T) {
	for log, want := range map[string]string{
		"PHPUnit 9.6.7\n\n..PHP Fatal error:  Uncaught Error: x in /t:1\n" +
			"Stack trace:\n#0 {main}\n": ": Fatal error:  Uncaught Error: x in /t:1",
		"PHP Parse error:  syntax error in /t:2\n": ": Parse error:  syntax error in /t:2",
		"..PHP Fatal error:  Allowed memory size\n" +
			"Fatal error: Premature end of PHP process when running A::b.\n": ": Fatal error:  Allowed memory size",
		"..\nFatal error: Premature end of PHP process when running A::b.\n": ": " +
			"Fatal error: Premature end of PHP process when running A::b.",
		"\n\nAn error occurred inside PHPUnit.\n\nMessage:  Class \"X\" not found\n" +
			"Location: /t:3\n\n#0 {main}\n": `: Message:  Class "X" not found`,
		"OK (1 test, 1 assertion)\n": "",
	} {
		if got := because([]byte(log)); got != want {
			t.Errorf("of %q: got %q, want %q", log, got, want)
		}
	}
}

package sharding

import (
	"context"
	"encoding/xml"
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

// project lays out files, by path relative to a new folder.
func project(t *testing.T, files map[string]string) Suite {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return Suite{Dir: dir, Tests: "tests", Timeout: time.Minute, Environ: os.Environ()}
}

func TestEachDirectoryWithATestIsAShardAndLooseFilesAreOneMore(t *testing.T) {
	suite := project(t, map[string]string{
		"tests/Cart/CartTest.php":            "",
		"tests/Search/deep/er/FuzzyTest.php": "",
		"tests/Fixtures/data.php":            "",
		"tests/Fixtures/TestData.txt":        "",
		"tests/SmokeTest.php":                "",
		"tests/bootstrap.php":                "",
	})
	if err := os.Symlink("Cart", filepath.Join(suite.Dir, "tests/Basket")); err != nil {
		t.Fatal(err)
	}
	shards, skipped, err := suite.Discover()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range shards {
		names = append(names, s.Name)
	}
	if want := []string{"Cart", "Search", RootShard}; !slices.Equal(names, want) {
		t.Errorf("shards: got %q, want %q", names, want)
	}
	if files := shards[2].Files; len(files) != 1 || filepath.Base(files[0]) != "SmokeTest.php" {
		t.Errorf("loose files: got %q", files)
	}
	var reasons []string
	for _, s := range skipped {
		reasons = append(reasons, filepath.Base(s.Path)+": "+s.Reason)
	}
	if want := []string{"Basket: a symbolic link", "Fixtures: no test in it"}; !slices.Equal(reasons, want) {
		t.Errorf("skipped: got %q, want %q", reasons, want)
	}
}

func TestATestsRootWithoutTestsIsAnError(t *testing.T) {
	suite := project(t, map[string]string{"tests/Fixtures/data.php": ""})
	if _, _, err := suite.Discover(); !errors.Is(err, ErrNoTests) {
		t.Errorf("got %v", err)
	}
	suite.Tests = "test"
	if _, _, err := suite.Discover(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such folder: got %v", err)
	}
}

const configuration = `<?xml version="1.0"?>
<!-- ours -->
<phpunit bootstrap="boot.php" stopOnFailure="true"
         stopOnError='true' colors="true">
  <testsuites><testsuite name="all"><directory>tests</directory></testsuite></testsuites>
  <coverage processUncoveredFiles="false"><include><directory>src</directory></include>
    <report><clover outputFile="same.xml"/></report></coverage>
  <logging><junit outputFile="same.xml"/></logging>
  <php><env name="A" value="&lt;b&gt;"/></php>
</phpunit>
`

func TestTheConfigurationOfAShardKeepsEverythingButReportsAndStops(t *testing.T) {
	got, err := shardConfiguration([]byte(configuration), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := configuration
	for _, gone := range []string{` stopOnFailure="true"`, "\n         stopOnError='true'",
		`<report><clover outputFile="same.xml"/></report>`, `<logging><junit outputFile="same.xml"/></logging>`} {
		if !strings.Contains(want, gone) {
			t.Fatalf("not in the original: %q", gone)
		}
		want = strings.Replace(want, gone, "", 1)
	}
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTheConfigurationOfAShardOfFilesNamesThem(t *testing.T) {
	got, err := shardConfiguration([]byte(configuration), []string{"/srv/a & b/SmokeTest.php"})
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Suites []struct {
			Files []string `xml:"testsuite>file"`
			Dirs  []string `xml:"testsuite>directory"`
		} `xml:"testsuites"`
		Include []string `xml:"coverage>include>directory"`
	}
	if err := xml.Unmarshal(got, &parsed); err != nil {
		t.Fatalf("%v in\n%s", err, got)
	}
	if len(parsed.Suites) != 1 || !slices.Equal(parsed.Suites[0].Files, []string{"/srv/a & b/SmokeTest.php"}) ||
		len(parsed.Suites[0].Dirs) != 0 || !slices.Equal(parsed.Include, []string{"src"}) {
		t.Errorf("got %+v from\n%s", parsed, got)
	}
}

const phpunitXML = `<phpunit><coverage><include><directory suffix=".php">src</directory></include></coverage></phpunit>`

func testClass(name, body string) string {
	return "<?php class " + name + " extends PHPUnit\\Framework\\TestCase { function testIt(): void { require_once __DIR__ . '/../../src/f.php'; " + body + " } }"
}

// troubles are the ways in which a shard goes wrong, with real PHP.
var troubles = []struct {
	name, body     string
	failed         bool   // measured, with failing tests
	reason, during string // not measured
}{
	{name: "Pass", body: "$this->assertSame(1, f());"},
	{name: "Fail", body: "$this->assertSame(2, f());", failed: true},
	{name: "Error", body: "throw new Exception('x');", failed: true},
	{name: "ExitZero", body: "exit(0);", reason: "no whole report", during: "ExitZeroTest::testIt"},
	{name: "ExitThree", body: "exit(3);", reason: "exit code 3", during: "ExitThreeTest::testIt"},
	{name: "Fatal", body: "no_such_function_at_all_(...[1]); } } class FatalTest {} class X { function y() {", reason: "crashed (exit code 255)"},
	{name: "Memory", body: "ini_set('memory_limit', '16M'); $a = []; while (true) { $a[] = str_repeat('x', 1 << 20); }", reason: "Allowed memory size", during: "MemoryTest::testIt"},
	{name: "Killed", body: "posix_kill(posix_getpid(), 9);", reason: "ended by a signal", during: "KilledTest::testIt"},
	{name: "Parse", body: "this is not PHP", reason: "crashed (exit code 255)"},
}

func TestEveryWayAShardEndsIsToldApart(t *testing.T) {
	files := map[string]string{"phpunit.xml": phpunitXML, "src/f.php": "<?php\nfunction f() {\n    return 1;\n}\n"}
	for _, c := range troubles {
		files["tests/"+c.name+"/"+c.name+"Test.php"] = testClass(c.name+"Test", c.body)
	}
	suite := project(t, files)
	tools, err := suite.Toolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shards, _, err := suite.Discover()
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	for name, age := range map[string]time.Duration{".covpipe-1.phpunit.xml": 8 * 24 * time.Hour, ".covpipe-2.phpunit.xml": time.Hour} {
		file := filepath.Join(suite.Dir, name)
		if err := errors.Join(os.WriteFile(file, nil, 0o644), os.Chtimes(file, time.Time{}, time.Now().Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	started, ended := 0, 0
	results, err := suite.Run(t.Context(), tools, shards, out, 2, func(e Event) {
		if e.Result == nil {
			started++
		} else {
			ended++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if started != len(troubles) || ended != len(troubles) {
		t.Errorf("events: %d started and %d ended, of %d", started, ended, len(troubles))
	}
	for _, c := range troubles {
		i := slices.IndexFunc(results, func(r Result) bool { return r.Shard.Name == c.name })
		got := results[i]
		if c.reason == "" {
			if got.Err != nil || got.Report == "" || got.Failed != c.failed || got.Tests != 1 {
				t.Errorf("%s: got %+v", c.name, got)
			}
			continue
		}
		var failure *ShardError
		if !errors.As(got.Err, &failure) || !strings.Contains(failure.Reason, c.reason) || failure.Test != c.during || got.Report != "" {
			t.Errorf("%s: got %v (report %q), want %q in %q", c.name, got.Err, got.Report, c.reason, c.during)
		}
	}
	left, err := filepath.Glob(filepath.Join(suite.Dir, ".covpipe-*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != ".covpipe-2.phpunit.xml" {
		t.Errorf("left behind in the project, besides what another run may use: %q, %v", left, err)
	}
}

func TestAShardThatTakesTooLongIsStoppedWithAllThatItStarted(t *testing.T) {
	suite := project(t, map[string]string{
		"phpunit.xml": phpunitXML, "src/f.php": "<?php\nfunction f() {\n    return 1;\n}\n",
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
	tools, err := suite.Toolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shards, _, err := suite.Discover()
	if err != nil {
		t.Fatal(err)
	}
	results, err := suite.Run(t.Context(), tools, shards, t.TempDir(), 1, func(Event) {})
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Err == nil || !strings.Contains(results[0].Err.Error(), "longer than 10s") {
		t.Errorf("got %v", results[0].Err)
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
		"phpunit.xml": phpunitXML, "src/f.php": "<?php\nfunction f() {\n    return 1;\n}\n",
		"tests/A/ATest.php": testClass("ATest", "$this->assertSame(1, f());"),
		"tests/B/BTest.php": testClass("BTest", "$this->assertSame(1, f());"),
	})
	tools, err := suite.Toolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shards, _, err := suite.Discover()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	results, err := suite.Run(ctx, tools, shards, t.TempDir(), 1, func(Event) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, r := range results {
		if r.Err == nil {
			t.Errorf("%s was measured", r.Shard.Name)
		}
	}
}

func TestPHPWithoutADriverIsRefused(t *testing.T) {
	suite := project(t, map[string]string{"phpunit.xml": phpunitXML})
	bare := filepath.Join(suite.Dir, "php")
	if err := os.WriteFile(bare, []byte("#!/bin/sh\nexec php -n \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	suite.PHP = bare
	for _, driver := range []string{"auto", "pcov", "xdebug"} {
		suite.Driver = driver
		if _, err := suite.Toolchain(t.Context()); !errors.Is(err, ErrNoDriver) {
			t.Errorf("%s: got %v", driver, err)
		}
	}
	suite.Driver = "phpdbg"
	if _, err := suite.Toolchain(t.Context()); err == nil || errors.Is(err, ErrNoDriver) {
		t.Errorf("phpdbg: got %v", err)
	}
}

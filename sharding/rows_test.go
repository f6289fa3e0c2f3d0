package sharding

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ends runs a project of one test for real and gives how its run and its shard
// ended. before is called when the tests are listed and nothing has run.
func ends(t *testing.T, files map[string]string, change func(*Suite), before func(Suite)) (Ending, Result) {
	t.Helper()
	all := map[string]string{"phpunit.xml": phpunitXML, "src/f.php": sourceOfF}
	for name, content := range files {
		all[name] = content
	}
	suite := project(t, all)
	suite.Timeout = time.Minute
	if change != nil {
		change(&suite)
	}
	tools, work := prepare(t, suite, 1)
	out, err := suite.Run(t.Context(), tools, work, Options{Dir: t.TempDir(), Event: func(e Event) {
		if e.Kind == Warming && before != nil {
			before(suite)
		}
	}})
	failure := (*ShardError)(nil)
	if errors.As(err, &failure) {
		return failure.Ending, Result{}
	}
	if err != nil || len(out.Results) != 1 {
		t.Fatalf("%d results, %v", len(out.Results), err)
	}
	if errors.As(out.Results[0].Err, &failure) {
		return failure.Ending, out.Results[0]
	}
	if out.Results[0].Failed {
		return TestsFailed, out.Results[0]
	}
	return Passed, out.Results[0]
}

// switchedOff is a PHP whose driver is on, except where PHPUnit measures.
const switchedOff = `#!/bin/sh
for arg; do
  shift
  case " $* " in *" --coverage-clover "*)
    case $arg in pcov.enabled=1) arg=pcov.enabled=0 ;; xdebug.mode=coverage) arg=xdebug.mode=off ;; esac ;;
  esac
  set -- "$@" "$arg"
done
exec php "$@"
`

// The target of the report, as a test finds it.
const target = "$_SERVER['argv'][array_search('--coverage-clover', $_SERVER['argv'], true) + 1]"

// What has no test of a name of its own in troubles: rows of which the whole run
// ends, and those that want something to happen beside the test.
func TestEachRowThatLeavesNoReportHasItsName(t *testing.T) {
	one := func(body string) map[string]string {
		return map[string]string{"tests/A/ATest.php": testClass("ATest", body)}
	}
	for name, c := range map[string]struct {
		files  map[string]string
		change func(*Suite)
		before func(Suite)
		want   Ending
	}{
		"incomplete": {
			files: one("$this->assertSame(1, f()); $this->markTestIncomplete('later');"), want: Passed,
		},
		"risky":                  {files: one("f();"), want: Passed},
		"a warning":              {files: one("$this->assertSame(1, f()); $this->addWarning('w');"), want: Passed},
		"interrupted":            {files: one("posix_kill(posix_getpid(), 2);"), want: Terminated},
		"aborted":                {files: one("posix_kill(posix_getpid(), 6);"), want: Segfault},
		"out of stack":           {files: one("posix_kill(posix_getpid(), 7);"), want: Segfault},
		"the report is a folder": {files: one("$this->assertSame(1, f()); mkdir(" + target + ");"), want: Unwritable},
		"the disk is full": {
			files: one("$this->assertSame(1, f()); symlink('/dev/full', " + target + ");"), want: Unwritable,
		},
		"no tests executed": {files: map[string]string{
			"tests/A/ATest.php": "<?php if (in_array('--list-tests-xml', $_SERVER['argv'], true)) {\n" +
				"class ATest extends PHPUnit\\Framework\\TestCase { function testIt(): void {} } }",
		}, want: NoTests},
		"the file is gone": {files: one("$this->assertSame(1, f());"), before: func(s Suite) {
			if err := os.Remove(filepath.Join(s.Dir, "tests/A/ATest.php")); err != nil {
				t.Error(err)
			}
		}, want: BadPath},
		"PHPUnit has no driver": {files: one("$this->assertSame(1, f());"), change: func(s *Suite) {
			s.PHP = filepath.Join(s.Dir, "php")
			if err := os.WriteFile(s.PHP, []byte(switchedOff), 0o755); err != nil {
				t.Fatal(err)
			}
		}, want: NoDriver},
		"no include list": {files: map[string]string{
			"phpunit.xml":       "<phpunit><php/></phpunit>",
			"tests/A/ATest.php": testClass("ATest", "$this->assertSame(1, f());"),
		}, want: NoInclude},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil { // a process that starts meanwhile would keep the script open for writing
				t.Parallel()
			}
			if strings.Contains(c.files["tests/A/ATest.php"], "addWarning") && phpunitIsNewer(t) {
				return // it has no such method any more
			}
			if got, result := ends(t, c.files, c.change, c.before); got != c.want {
				text, _ := os.ReadFile(result.Log)
				t.Errorf("got %s, want %s: %v\n%s", got, c.want, result.Err, text)
			}
		})
	}
}

func phpunitIsNewer(t *testing.T) bool {
	t.Helper()
	tools, err := project(t, map[string]string{"phpunit.xml": phpunitXML}).Toolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return compareVersions(tools.PHPUnitVersion, "10") >= 0
}

// A whole report of another run, in the place where the next one belongs, is
// gone before the process starts.
func TestAReportOfAnEarlierRunIsNoReport(t *testing.T) {
	suite := project(t, map[string]string{
		"phpunit.xml": phpunitXML, "src/f.php": sourceOfF, "tests/A/ATest.php": testClass("ATest", "exit(0);"),
	})
	tools, work := prepare(t, suite, 1)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "A.clover.xml"), []byte("<coverage></coverage>\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := suite.Run(t.Context(), tools, work, Options{Dir: dir, Event: quiet})
	if err != nil || len(missing(out)) != 1 || out.Results[0].Report != "" {
		t.Errorf("missing %q, %v", missing(out), err)
	}
}

package sharding

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

// counted counts the processes of this machine.
type counted struct{ n chan struct{} }

func (c counted) Run(ctx context.Context, p Process) Exit {
	c.n <- struct{}{}
	return Machine{}.Run(ctx, p)
}

func TestToolsAreAskedAgainOnlyIfOneOfThemHasChanged(t *testing.T) {
	suite := project(t, map[string]string{"phpunit.xml": phpunitXML})
	real, err := exec.LookPath("phpunit")
	if err != nil {
		t.Fatal(err)
	}
	suite.PHPUnit, suite.Cache = filepath.Join(suite.Dir, "phpunit"), filepath.Join(suite.Dir, ".cache")
	if err := os.WriteFile(suite.PHPUnit, []byte("<?php require '"+real+"';\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	processes := counted{make(chan struct{}, 100)}
	suite.Processes = processes
	var last Toolchain
	asked := func(what string, want bool) {
		t.Helper()
		tools, err := suite.Toolchain(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := len(processes.n) > 0; got != want {
			t.Errorf("%s: %d processes", what, len(processes.n))
		}
		now, then := tools, last
		now.files, then.files = nil, nil // of what is kept there is no need
		if last.PHP != "" && !reflect.DeepEqual(now, then) || tools.CoverageVersion == "" {
			t.Errorf("%s: got %+v, before it was %+v", what, tools, last)
		}
		last = tools
		if err := errors.Join(os.MkdirAll(suite.Cache, 0o755), suite.keepTools(tools)); err != nil { // as a run does
			t.Fatal(err)
		}
		for len(processes.n) > 0 {
			<-processes.n
		}
	}
	asked("the first time", true)
	asked("the second time", false)
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(suite.PHPUnit, later, later); err != nil {
		t.Fatal(err)
	}
	asked("another PHPUnit", true)
	suite.Environ = append(suite.Environ, "PHP_INI_SCAN_DIR=")
	suite.Driver = "none"
	if _, err := suite.Toolchain(t.Context()); err == nil {
		t.Error("other settings of PHP, and a driver that there is not: it was not asked")
	}
	for len(processes.n) > 0 {
		<-processes.n
	}
	suite.Environ, suite.Driver = suite.Environ[:len(suite.Environ)-1], ""
	asked("as before", false)
	suite.forgetTools()
	asked("after it was forgotten", true)
	vendor := filepath.Join(suite.Dir, "vendor/bin/phpunit")
	if err := errors.Join(os.MkdirAll(filepath.Dir(vendor), 0o755), os.Rename(suite.PHPUnit, vendor)); err != nil {
		t.Fatal(err)
	}
	suite.PHPUnit, last = "", Toolchain{}
	asked("a PHPUnit of the project", true)
	asked("a PHPUnit of the project, again", false)
	if err := os.Remove(vendor); err != nil {
		t.Fatal(err)
	}
	last = Toolchain{}
	asked("that PHPUnit is gone, and the one on the PATH counts", true)
	// A script can start another PHP each time.
	suite.PHP = filepath.Join(suite.Dir, "php")
	if err := os.WriteFile(suite.PHP, []byte("#!/bin/sh\nexec php \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	last = Toolchain{}
	asked("a script", true)
	asked("a script, again", true)
}

func TestTestsAreListedAgainOnlyIfSomethingHasChanged(t *testing.T) {
	suite, tools, php := fakeSuite(t, "A/a")
	lists := func(what string, want int) *Work {
		t.Helper()
		php.runs = nil
		work := fakeWork(t, suite, tools, 1)
		if err := errors.Join(os.MkdirAll(suite.Cache, 0o755), suite.keepListing(work)); err != nil { // as a run does
			t.Fatal(err)
		}
		if n := php.count("list"); n != want {
			t.Errorf("%s: listed %d times", what, n)
		}
		return work
	}
	change := func(name, content string) {
		t.Helper()
		path := filepath.Join(suite.Dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lists("the first time", 2)
	lists("the second time", 0)
	opt := Options{Dir: filepath.Join(suite.Dir, "shards"), Event: quiet}
	if _, err := suite.Run(t.Context(), tools, lists("before a run", 0), opt); err != nil {
		t.Fatal(err)
	}
	lists("after a run that left its reports in the project", 0)
	change("tests/Base.php", "<?php\n")
	lists("a file beside the tests", 2)
	change("tests/A/data.csv", "1;2\n")
	lists("data", 2)
	work := lists("the same", 0)
	if err := suite.Recount(t.Context(), tools, work); err != nil || php.count("list") != 2 || work.kept {
		t.Errorf("counted anew: %d lists, %v", php.count("list"), err)
	}
	lists("after that", 2)
	tools.PHPUnitVersion = "9.6.8"
	lists("another PHPUnit", 2)
}

package sharding

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakePHP takes the place of processes: each ends as end says, at once, and
// leaves a report if it ends well.
type fakePHP struct {
	end   func(p fakeRun) Exit // nil: well
	mutex sync.Mutex
	runs  []fakeRun // in the order in which they began
	now   int       // that go on
	most  int       // that went on at a time
}

// fakeRun is a process as its configuration describes it.
type fakeRun struct {
	kind  string   // "warm", "list", "baseline", "shard" or "without"
	files []string // base names
	times int      // how often the same has begun, this time included
}

func (f *fakePHP) Run(_ context.Context, p Process) Exit {
	run := fakeRun{kind: "shard"}
	argument := func(name string) string {
		if i := slices.Index(p.Args, name); i >= 0 {
			return p.Args[i+1]
		}
		return ""
	}
	var config struct {
		Files []string `xml:"testsuites>testsuite>file"`
		Dir   string   `xml:"testsuites>testsuite>directory"`
	}
	text, err := os.ReadFile(argument("--configuration"))
	if err == nil {
		err = xml.Unmarshal(text, &config)
	}
	if err != nil {
		return Exit{Err: err}
	}
	for _, file := range config.Files {
		run.files = append(run.files, filepath.Base(file))
	}
	switch {
	case slices.Contains(p.Args, "--warm-coverage-cache"):
		run.kind = "warm"
	case argument("--list-tests-xml") != "":
		run.kind = "list"
	case slices.Contains(p.Args, "--no-coverage"):
		run.kind = "without"
	case config.Dir != "":
		run.kind = "baseline"
	}
	exit := f.begin(run)
	if run.kind == "list" {
		err = os.WriteFile(argument("--list-tests-xml"), []byte("<tests/>"), 0o644)
	}
	if report := argument("--coverage-clover"); report != "" && exit.Code == 0 && exit.Signal == 0 && !exit.Late {
		err = os.WriteFile(report, []byte("<coverage></coverage>\n"), 0o644)
	}
	if p.Output != "" {
		err = errors.Join(err, os.WriteFile(p.Output, exit.Output, 0o644))
	}
	f.mutex.Lock()
	f.now--
	f.mutex.Unlock()
	if err != nil {
		exit.Err = err
	}
	return exit
}

func (f *fakePHP) begin(run fakeRun) Exit {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	run.times = 1
	for _, earlier := range f.runs {
		if earlier.kind == run.kind && slices.Equal(earlier.files, run.files) {
			run.times++
		}
	}
	f.runs = append(f.runs, run)
	f.now++
	f.most = max(f.most, f.now)
	exit := Exit{Wall: time.Second, CPU: time.Second, Peak: 100 << 20}
	if f.end != nil {
		if e := f.end(run); e.Wall > 0 {
			exit = e
		}
	}
	return exit
}

// shards gives the files of the shards that have begun.
func (f *fakePHP) shards() (began []string) {
	for _, run := range f.runs {
		if run.kind == "shard" {
			began = append(began, strings.Join(run.files, " "))
		}
	}
	return began
}

func (f *fakePHP) count(kind string) (n int) {
	for _, run := range f.runs {
		if run.kind == kind {
			n++
		}
	}
	return n
}

// fakeSuite is a project of test files whose processes are not run.
func fakeSuite(t *testing.T, tests ...string) (Suite, Toolchain, *fakePHP) {
	t.Helper()
	files := map[string]string{"phpunit.xml": phpunitXML, "src/f.php": sourceOfF}
	for _, test := range tests {
		files["tests/"+test+"Test.php"] = "<?php // function test"
	}
	suite := project(t, files)
	f := &fakePHP{}
	suite.Processes, suite.Cache = f, filepath.Join(suite.Dir, ".cache")
	tools := Toolchain{PHP: "/php", PHPVersion: "8.2.0", PHPUnit: "/phpunit", PHPUnitVersion: "9.6.7", Driver: "pcov",
		config: filepath.Join(suite.Dir, "phpunit.xml")}
	return suite, tools, f
}

func fakeWork(t *testing.T, suite Suite, tools Toolchain, jobs int) *Work {
	t.Helper()
	work, err := suite.Prepare(t.Context(), tools, jobs)
	if err != nil {
		t.Fatal(err)
	}
	return work
}

func missing(out *Outcome) (names []string) {
	for _, r := range out.Results {
		if failure := (*ShardError)(nil); errors.As(r.Err, &failure) {
			names = append(names, fmt.Sprintf("%s %s", r.Shard.Name, failure.Ending))
		}
	}
	return names
}

func quiet(Event) {}

// runFake prepares a suite for one process at a time and runs it.
func runFake(t *testing.T, suite Suite, tools Toolchain, opt Options) (*Outcome, error) {
	t.Helper()
	if opt.Dir == "" {
		opt.Dir = t.TempDir()
	}
	if opt.Event == nil {
		opt.Event = quiet
	}
	return suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), opt)
}

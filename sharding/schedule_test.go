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
	"syscall"
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

func TestAShardThatCrashesOnceIsMeasuredTheSecondTime(t *testing.T) {
	suite, tools, php := fakeSuite(t, "A/a", "B/b", "C/c")
	php.end = func(r fakeRun) Exit {
		if slices.Contains(r.files, "bTest.php") && r.times == 1 {
			return Exit{Code: -1, Signal: syscall.SIGSEGV, Wall: time.Second}
		}
		return Exit{}
	}
	out, err := suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 2), Options{Dir: t.TempDir(), Event: quiet})
	if err != nil || len(missing(out)) > 0 || len(out.Results) != 3 {
		t.Errorf("missing %q, %v", missing(out), err)
	}
	if began := php.shards(); len(began) != 4 || began[3] != "bTest.php" {
		t.Errorf("began: %q", began)
	}
}

func TestAShardThatTakesTooLongIsSplitAndNotTriedAsItIs(t *testing.T) {
	suite, tools, php := fakeSuite(t, "A/a", "A/b", "A/c", "A/d")
	php.end = func(r fakeRun) Exit {
		if r.kind == "shard" && len(r.files) > 1 {
			return Exit{Late: true, Wall: time.Hour}
		}
		return Exit{}
	}
	work := fakeWork(t, suite, tools, 1)
	out, err := suite.Run(t.Context(), tools, work, Options{Dir: t.TempDir(), Event: quiet})
	if err != nil || len(missing(out)) > 0 || len(out.Results) != 4 {
		t.Errorf("missing %q of %d, %v", missing(out), len(out.Results), err)
	}
	if began := php.shards(); len(began) != 7 {
		t.Errorf("began: %q", began)
	}
	// The next plan knows it, until there is more time or long has passed.
	shards := func() int { return len(fakeWork(t, suite, tools, 1).Plan.Shards) }
	if n := shards(); n != 4 {
		t.Errorf("the next plan has %d shards, and 4 files that are too much together", n)
	}
	php.runs = nil
	if _, err := suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), Options{Dir: t.TempDir(), Event: quiet}); err != nil || len(php.shards()) != 4 {
		t.Errorf("the next run began %q, %v", php.shards(), err)
	}
	suite.Now = func() time.Time { return time.Now().Add(tooMuchLife) }
	if n := shards(); n != 1 {
		t.Errorf("long after, the plan has %d shards", n)
	}
	suite.Now, suite.Timeout = nil, 3*time.Hour
	if n := shards(); n != 1 {
		t.Errorf("with more time, the plan has %d shards", n)
	}
}

func TestARunThatWasKilledAfterASplitIsResumedInParts(t *testing.T) {
	suite, tools, php := fakeSuite(t, "A/a", "A/b")
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	php.end = func(r fakeRun) Exit {
		if r.kind == "shard" {
			return Exit{Code: 255, Wall: time.Second, Output: []byte("PHP Fatal error:  Allowed memory size of 1 bytes exhausted\n")}
		}
		return Exit{}
	}
	_, err := suite.Run(ctx, tools, fakeWork(t, suite, tools, 1), Options{Dir: dir, Event: func(e Event) {
		if e.Kind == Split {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	php.end, php.runs = nil, nil
	out, err := suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), Options{Dir: dir, Resume: true, Event: quiet})
	if err != nil || len(missing(out)) > 0 || len(out.Results) != 2 || len(php.shards()) != 2 {
		t.Errorf("began %q, missing %q, %v", php.shards(), missing(out), err)
	}
}

func TestWithoutAReportOfAllFilesThereIsNoResult(t *testing.T) {
	suite, tools, php := fakeSuite(t, "A/a")
	php.end = func(r fakeRun) Exit {
		if r.kind == "baseline" {
			return Exit{Code: 255, Wall: time.Second, Output: []byte("PHP Fatal error:  no\n")}
		}
		return Exit{}
	}
	_, err := suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), Options{Dir: t.TempDir(), Event: quiet})
	if failure := (*ShardError)(nil); !errors.As(err, &failure) || failure.Shard != BaselineName || failure.Ending != Fatal {
		t.Errorf("got %v", err)
	}
}

func TestNoMoreProcessesRunThanTheirMemoryAllows(t *testing.T) {
	suite, tools, php := fakeSuite(t, "A/a", "B/b", "C/c", "D/d")
	work := fakeWork(t, suite, tools, 4)
	work.history.Memory = 1 << 30
	for _, file := range []string{"A/aTest.php", "B/bTest.php", "C/cTest.php", "D/dTest.php"} {
		work.history.Files["tests/"+file] = FileHistory{Peak: 1 << 30}
	}
	most := 0
	out, err := suite.Run(t.Context(), tools, work, Options{Dir: t.TempDir(), Memory: 5 << 29, Event: func(e Event) {
		most = max(most, len(e.Running))
	}})
	if err != nil || len(missing(out)) > 0 {
		t.Fatalf("missing %q, %v", missing(out), err)
	}
	if php.most > 2 || most > 2 {
		t.Errorf("%d processes of 1 GiB ran in 2.5 GiB", max(php.most, most))
	}
}

func TestTheLongestShardOfTheLastRunIsTheFirst(t *testing.T) {
	suite, tools, php := fakeSuite(t, "A/a", "B/b", "C/c")
	php.end = func(r fakeRun) Exit {
		if slices.Contains(r.files, "cTest.php") {
			return Exit{Wall: time.Minute}
		}
		return Exit{}
	}
	for range 2 {
		out, err := suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), Options{Dir: t.TempDir(), Event: quiet})
		if err != nil || len(missing(out)) > 0 {
			t.Fatalf("missing %q, %v", missing(out), err)
		}
	}
	if began := php.shards(); !slices.Equal(began, []string{"aTest.php", "bTest.php", "cTest.php", "cTest.php", "aTest.php", "bTest.php"}) {
		t.Errorf("began: %q", began)
	}
	plan := fakeWork(t, suite, tools, 2).Plan
	if plan.Shards[0].Estimated || plan.Shards[0].Seconds < 59 || plan.Bound < 59 {
		t.Errorf("plan: %+v", plan)
	}
}

func TestWhatIsKeptIsUsedForTheSameCodeOnly(t *testing.T) {
	suite, tools, php := fakeSuite(t, "A/a")
	run := func() *Outcome {
		out, err := suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), Options{Dir: t.TempDir(), Event: quiet})
		if err != nil || whole(out.Baseline) != nil {
			t.Fatalf("report of all files %q, %v", out.Baseline, err)
		}
		return out
	}
	expect := func(what string, warm, baseline int) {
		if php.count("warm") != warm || php.count("baseline") != baseline {
			t.Errorf("%s: the cache was warmed %d times and the report made %d times", what, php.count("warm"), php.count("baseline"))
		}
	}
	change := func(name, content string) {
		if err := os.WriteFile(filepath.Join(suite.Dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run()
	expect("the first run", 1, 1)
	if out := run(); !out.Kept {
		t.Error("the second run did not use what was kept")
	}
	expect("the second run", 1, 1)
	change("tests/A/aTest.php", "<?php // another test")
	run()
	expect("another test", 1, 1)
	change("src/new.php", "<?php\n")
	run()
	expect("a new file", 2, 2)
	tools.DriverVersion = "2"
	run()
	expect("another driver", 3, 3)
	change("phpunit.xml", strings.Replace(phpunitXML, "<include>", "<include><!-- -->", 1))
	run()
	expect("another configuration", 4, 4)
	// A second run at the same time has a cache of its own.
	k, err := suite.open(tools, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer k.release()
	run()
	expect("while another run uses the cache", 5, 5)
}

func TestOnlyWhatIsMissingIsResumed(t *testing.T) {
	suite, tools, php := fakeSuite(t, "A/a", "B/b", "B/c", "C/d")
	dir := t.TempDir()
	php.end = func(r fakeRun) Exit {
		if slices.Contains(r.files, "bTest.php") {
			return Exit{Late: true, Wall: time.Second}
		}
		return Exit{}
	}
	first, err := suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), Options{Dir: dir, Event: quiet})
	if err != nil || len(missing(first)) != 1 {
		t.Fatalf("missing %q, %v", missing(first), err)
	}
	// A line that was not written to its end, as by a crash, and a report that was changed.
	journal := filepath.Join(dir, JournalName)
	f, err := os.OpenFile(journal, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(`{"result":{"Shard":{"Name":"X"`)
	}
	if err := errors.Join(err, f.Close(), os.WriteFile(filepath.Join(dir, "A.clover.xml"), []byte("<coverage></coverage>"), 0o644)); err != nil {
		t.Fatal(err)
	}
	php.end, php.runs = nil, nil
	again, err := suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), Options{Dir: dir, Resume: true, Event: quiet})
	if err != nil || len(missing(again)) > 0 {
		t.Fatalf("missing %q, %v", missing(again), err)
	}
	began := php.shards()
	slices.Sort(began)
	if !slices.Equal(began, []string{"aTest.php", "bTest.php"}) || php.count("baseline") != 0 {
		t.Errorf("began: %q, and the report of all files %d times", began, php.count("baseline"))
	}
	var files []string
	for _, r := range again.Results {
		files = append(files, r.Shard.Files...)
	}
	slices.Sort(files)
	if len(files) != 4 || len(slices.Compact(files)) != 4 {
		t.Errorf("measured: %q", files)
	}

	php.runs = nil
	if again, err = suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), Options{Dir: dir, Resume: true, Event: quiet}); err != nil ||
		len(php.shards()) != 0 || len(again.Results) == 0 {
		t.Errorf("a run that is whole: %q, %v", php.shards(), err)
	}
	if err := os.WriteFile(filepath.Join(suite.Dir, "src/f.php"), []byte(sourceOfF+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), Options{Dir: dir, Resume: true, Event: quiet}); !errors.Is(err, ErrChanged) {
		t.Errorf("other code: %v", err)
	}
	if _, err := suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), Options{Dir: t.TempDir(), Resume: true, Event: quiet}); !errors.Is(err, ErrNoJournal) {
		t.Errorf("no run: %v", err)
	}
}

func TestShardsRunWithoutCoverageTooIfItIsWantedAndDue(t *testing.T) {
	suite, tools, php := fakeSuite(t, "A/a", "B/b", "C/c")
	suite.Overhead = 24 * time.Hour
	php.end = func(r fakeRun) Exit {
		switch {
		case r.kind == "without" && r.files[0] == "cTest.php":
			return Exit{Code: 255, Wall: time.Second, CPU: time.Second}
		case r.kind == "without":
			return Exit{Code: 1, Wall: time.Second, CPU: time.Second}
		case r.kind == "shard":
			return Exit{Wall: 4 * time.Second, CPU: 3 * time.Second}
		}
		return Exit{}
	}
	run := func() *Outcome {
		php.runs = nil
		out, err := suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), Options{Dir: t.TempDir(), Event: func(e Event) {
			if e.All > 3 {
				t.Errorf("%d shards", e.All)
			}
		}})
		if err != nil || len(missing(out)) > 0 || len(out.Results) != 3 {
			t.Fatalf("%d shards, missing %q, %v", len(out.Results), missing(out), err)
		}
		return out
	}
	out := run()
	o := out.Overhead
	if o == nil || o.Shards != 2 || o.With != 6 || o.Without != 2 || o.WithWall != 8 || o.WithoutWall != 2 || o.Factor() != 3 {
		t.Errorf("overhead: %+v", o)
	}
	if out.CPU != 10*time.Second || len(out.Without) != 3 {
		t.Errorf("%v of processor, %d shards without coverage", out.CPU, len(out.Without))
	}
	if last := php.runs[len(php.runs)-3:]; last[0].kind != "without" || last[2].kind != "without" {
		t.Errorf("the last were %v", last)
	}
	if run(); php.count("without") != 0 {
		t.Error("it was measured again on the same day")
	}
	suite.Now = func() time.Time { return time.Now().Add(25 * time.Hour) }
	if run(); php.count("without") != 3 {
		t.Error("it was not measured again the next day")
	}
	if suite.Overhead = 0; run().Overhead != nil || php.count("without") != 0 {
		t.Error("it was measured, and not wanted")
	}
}

func TestOneRunOnABusyMachineDoesNotSpoilThePlan(t *testing.T) {
	suite, tools, php := fakeSuite(t, "A/a", "B/b")
	slow := time.Second
	php.end = func(r fakeRun) Exit {
		if r.kind == "shard" && r.files[0] == "aTest.php" {
			return Exit{Wall: slow}
		}
		return Exit{}
	}
	longest := func() float64 {
		if _, err := suite.Run(t.Context(), tools, fakeWork(t, suite, tools, 1), Options{Dir: t.TempDir(), Event: quiet}); err != nil {
			t.Fatal(err)
		}
		return fakeWork(t, suite, tools, 1).Plan.Shards[0].Seconds
	}
	longest()
	slow = time.Minute
	if s := longest(); s > 2 {
		t.Errorf("after one slow run a shard is expected to take %.1f s", s)
	}
	if s := longest(); s < 59 {
		t.Errorf("after two it is expected to take %.1f s", s)
	}
	slow = time.Second
	if s := longest(); s > 2 {
		t.Errorf("as fast as before, it is expected to take %.1f s", s)
	}
}

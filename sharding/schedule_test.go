package sharding

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
	if _, err := runFake(t, suite, tools, Options{}); err != nil || len(php.shards()) != 4 {
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
			said := []byte("PHP Fatal error:  Allowed memory size of 1 bytes exhausted\n")
			return Exit{Code: 255, Wall: time.Second, Output: said}
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
	out, err := runFake(t, suite, tools, Options{Dir: dir, Resume: true})
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
	_, err := runFake(t, suite, tools, Options{})
	failure := (*ShardError)(nil)
	if !errors.As(err, &failure) || failure.Shard != BaselineName || failure.Ending != Fatal {
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
		out, err := runFake(t, suite, tools, Options{})
		if err != nil || len(missing(out)) > 0 {
			t.Fatalf("missing %q, %v", missing(out), err)
		}
	}
	const want = "aTest.php bTest.php cTest.php cTest.php aTest.php bTest.php"
	if began := strings.Join(php.shards(), " "); began != want {
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
		out, err := runFake(t, suite, tools, Options{})
		if err != nil || whole(out.Baseline) != nil {
			t.Fatalf("report of all files %q, %v", out.Baseline, err)
		}
		return out
	}
	expect := func(what string, warm, baseline int) {
		if php.count("warm") != warm || php.count("baseline") != baseline {
			t.Errorf("%s: the cache was warmed %d times and the report made %d times",
				what, php.count("warm"), php.count("baseline"))
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
	k, err := suite.open(tools, t.TempDir(), "")
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
		return Exit{Wall: time.Second}
	}
	first, err := runFake(t, suite, tools, Options{Dir: dir})
	if err != nil || len(missing(first)) != 1 {
		t.Fatalf("missing %q, %v", missing(first), err)
	}
	// A line that was not written to its end, as by a crash, and a report that was changed.
	journal := filepath.Join(dir, JournalName)
	f, err := os.OpenFile(journal, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(`{"result":{"Shard":{"Name":"X"`)
	}
	report := filepath.Join(dir, "A.clover.xml")
	if err := errors.Join(err, f.Close(), os.WriteFile(report, []byte("<coverage></coverage>"), 0o644)); err != nil {
		t.Fatal(err)
	}
	php.end, php.runs = nil, nil
	// A run that was killed has learned nothing.
	if err := os.Remove(suite.timesFile(tools.Driver)); err != nil {
		t.Fatal(err)
	}
	again, err := runFake(t, suite, tools, Options{Dir: dir, Resume: true})
	if err != nil || len(missing(again)) > 0 {
		t.Fatalf("missing %q, %v", missing(again), err)
	}
	learned := suite.history(tools.Driver)
	if len(learned.Files) != 4 || learned.Baseline != 1 || again.BaselineSeconds != 1 {
		t.Errorf("learned %+v", learned)
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
	if again, err = runFake(t, suite, tools, Options{Dir: dir, Resume: true}); err != nil ||
		len(php.shards()) != 0 || len(again.Results) == 0 {
		t.Errorf("a run that is whole: %q, %v", php.shards(), err)
	}
	if err := os.WriteFile(filepath.Join(suite.Dir, "src/f.php"), []byte(sourceOfF+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := runFake(t, suite, tools, Options{Dir: dir, Resume: true}); !errors.Is(err, ErrChanged) {
		t.Errorf("other code: %v", err)
	}
	if _, err := runFake(t, suite, tools, Options{Resume: true}); !errors.Is(err, ErrNoJournal) {
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
		out, err := runFake(t, suite, tools, Options{Event: func(e Event) {
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
	if o == nil {
		t.Fatal("it was not measured")
	}
	o.At = time.Time{}
	if want := (Overhead{Shards: 2, With: 6, Without: 2, WithWall: 8, WithoutWall: 2}); *o != want || o.Factor() != 3 {
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
		if _, err := runFake(t, suite, tools, Options{}); err != nil {
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

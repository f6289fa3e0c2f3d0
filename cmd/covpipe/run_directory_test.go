package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/coverage"
)

// A clock that was wrong has left a run of a week that has not come.
func TestARunOfATimeThatHasNotComeIsNotGoneOnWith(t *testing.T) {
	runs := t.TempDir()
	now := time.Date(2026, 11, 29, 22, 0, 0, 0, time.UTC)
	c := &config{Project: "shop", Warehouse: "duckdb:w.duckdb", Runs: runs}
	add := func(began time.Time) {
		dir := filepath.Join(runs, began.Format(runLayout))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		r := recorder{dir: dir}
		err := r.change(func(record *runRecord) {
			record.Project, record.Warehouse, record.Only = c.Project, c.Warehouse, []string{}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	add(now.AddDate(4, 0, 0))
	if run, _, why, err := interrupted(c, runOptions{}, now); err != nil || why == "" {
		t.Errorf("it would go on with %v, %v", run, err)
	}
	add(now.Add(-time.Hour))
	run, _, why, err := interrupted(c, runOptions{}, now)
	if err != nil || why != "" || !run.began.Equal(now.Add(-time.Hour)) {
		t.Errorf("it would not go on with that of an hour ago: %v, %q, %v", run, why, err)
	}
	config := "project: shop\nwarehouse: duckdb:w.duckdb\nruns: " + runs + "\nsources: [{name: a, report: {file: x}}]\n"
	_, out := doctorSays(t, config, func() time.Time { return now })
	if !strings.Contains(out, "NOT OK  clock ") || !strings.Contains(out, "the newest run began at 2030-11-29 22:00") {
		t.Error(out)
	}
}

// A run of Sunday night finds a build of Monday morning.
func TestTheWeekToShowIsThatOfTheRun(t *testing.T) {
	sunday := time.Date(2026, 11, 29, 23, 30, 0, 0, time.UTC)
	of := func(at time.Time) measured {
		return measured{origin: coverage.Origin{Week: coverage.WeekOf(at, time.UTC)}}
	}
	own, next := of(sunday), of(sunday.Add(time.Hour))
	old, missing := of(sunday.AddDate(0, 0, -14)), measured{err: errAhead}
	for _, test := range []struct {
		results []measured
		want    measured
	}{
		{[]measured{next, own}, own},
		{[]measured{own, old}, own},
		{[]measured{old, next, missing}, next},
		{[]measured{missing, old}, old},
	} {
		if got := weekToShow(test.results, own.origin.Week); !got.Equal(test.want.origin.Week.Monday()) {
			t.Errorf("got %v, want %v", got, test.want.origin.Week)
		}
	}
}

func TestWhoHoldsALockIsSaidAlsoAfterTheClockWentBack(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 29, 22, 0, 0, 0, time.UTC)
	a := &app{now: func() time.Time { return now }}
	for since, want := range map[string]string{"2026-11-29T21:30:00Z": "(30 min)", "2026-11-29T23:30:00Z": "UTC"} {
		writeAll(t, dir, map[string]string{lockFile: `{"pid":1,"host":"b3","since":"` + since + `"}`})
		who := a.whoRuns(filepath.Join(dir, lockFile))
		if !strings.HasPrefix(who, "process 1 on b3, since ") || strings.Contains(who, "-30") ||
			strings.Contains(who, "(") != strings.Contains(want, "(") {
			t.Errorf("%s: got %s", since, who)
		}
	}
}

func TestAClockFromBeforeThisProgramIsRefused(t *testing.T) {
	made := time.Date(2026, 11, 29, 22, 0, 0, 0, time.UTC)
	for now, wrong := range map[time.Time]bool{
		time.Unix(0, 0): true, made.AddDate(0, 0, -2): true, made.Add(-time.Hour): false, made.AddDate(1, 0, 0): false,
	} {
		if err := checkClock(now, made); errors.Is(err, errClock) != wrong {
			t.Errorf("%v: got %v", now, err)
		}
	}
	if err := checkClock(time.Unix(0, 0), time.Time{}); err != nil { // when it was made is not known
		t.Error(err)
	}
}

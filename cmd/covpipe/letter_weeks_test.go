package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/reports"
)

// ownedFile is a file of an owner in a made-up week.
type ownedFile struct {
	path, owner    string
	covered, total int64
}

// loadPlatform loads a measurement of shop that is whole, of a platform, as in php or
// php/branch, from a source of the configuration, on the Sunday of a week from 1 on, some minutes after 20:00.
func loadPlatform(t *testing.T, place, platform string, week, minutes int, files ...ownedFile) {
	t.Helper()
	at := time.Date(2026, 9, 6+7*(week-1), 20, minutes, 0, 0, time.UTC)
	name, branch, _ := strings.Cut(platform, "/")
	origin := coverage.Origin{Week: coverage.WeekOf(at, time.UTC), MeasuredAt: at, Project: "shop", Platform: name,
		Branch: cmp.Or(branch, "main"), Format: "clover"}
	var rows []coverage.Row
	for _, f := range files {
		rows = append(rows, coverage.Row{Path: f.path, Owners: f.owner, Lines: coverage.Of(f.covered, f.total),
			Basis: coverage.BasisFileMetrics, Exact: true})
	}
	records, err := coverage.Batches(origin, rows)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := reader(records)
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Release()
	loader, err := loaders.Open(place, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = loader.Load(t.Context(), batch, loaders.About{At: at, RunID: fmt.Sprint(platform, week),
		Sources: func() []loaders.Source { return []loaders.Source{{Name: name, Key: keyOf(origin)}} }})
	if err != nil {
		t.Fatal(err)
	}
	if err := loader.Close(); err != nil {
		t.Fatal(err)
	}
}

// letterFor reads the letter of the newest week, of all files or those of an owner;
// the configuration names the platforms.
func letterFor(t *testing.T, place, owner string, platforms ...string) *reports.Digest {
	t.Helper()
	db, err := loaders.Read(t.Context(), place, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	of := reports.Selection{Project: "shop", Owner: owner}
	for _, platform := range platforms {
		of.Expect.Sources = append(of.Expect.Sources, reports.Source{Name: platform, Platform: platform})
	}
	d, err := reports.Weekly(t.Context(), db, of, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// shares writes the points of a trend, "-" where there is none.
func shares(d *reports.Digest) (text string) {
	for _, p := range d.Trend {
		if p.Share == nil {
			text += " -"
			continue
		}
		text += fmt.Sprintf(" %d/%d", p.Share.Covered, p.Share.Total)
	}
	return text
}

// A platform that the configuration names no more is not carried over, neither into
// the number of a letter nor into its trend, and the change says that it is gone.
func TestALetterSaysThatAPlatformIsGone(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	php := ownedFile{"a/A.php", "@cart", 50, 100}
	for week := 1; week <= 2; week++ {
		loadPlatform(t, place, "php", week, 0, php)
		loadPlatform(t, place, "ios", week, 30, ownedFile{"A.swift", "@cart", 90, 100})
	}
	loadPlatform(t, place, "php", 3, 0, php)
	for _, owner := range []string{"", "@cart"} {
		d := letterFor(t, place, owner, "php")
		if got := shares(d); got != " 140/200 140/200 50/100" {
			t.Errorf("%q: the trend is%s", owner, got)
		}
		if d.Account == nil || d.Account.Old != (reports.Count{Covered: 140, Total: 200}) ||
			d.Moved() != "down 20.00 points" || d.Account.Causes[0].Cause != reports.SourceGone {
			t.Errorf("%q: got %s, %+v", owner, d.Moved(), d.Account)
		}
	}
}

// The trend of an owner has what was the owner's in each week, also if that was
// nothing of a platform.
func TestTheTrendOfAnOwnerHasNoFilesThatOthersHave(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	for week, owner := range []string{"@cart", "@cart", "@shop"} {
		loadPlatform(t, place, "php", week+1, 0, ownedFile{"a/A.php", "@cart", 50, 100})
		loadPlatform(t, place, "ios", week+1, 30, ownedFile{"A.swift", owner, 90, 100})
	}
	loadPlatform(t, place, "php", 5, 0, ownedFile{"a/A.php", "@cart", 60, 100})
	d := letterFor(t, place, "@cart", "php", "ios")
	if got := shares(d); got != " 140/200 140/200 50/100 50/100 60/100" {
		t.Errorf("the trend is%s", got)
	}
	if d = letterFor(t, place, "", "php", "ios"); shares(d) != " 140/200 140/200 140/200 140/200 150/200" {
		t.Errorf("the trend of all is%s", shares(d))
	}
}

// A week that was measured again later, or only then, says nothing of how old the
// newest one is.
func TestASourceIsAsOldAsItsNewestWeek(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	loadPlatform(t, place, "php", 3, 0, ownedFile{"a/A.php", "@cart", 50, 100})
	late := time.Date(2026, 10, 20, 20, 0, 0, 0, time.UTC)
	loadRows(t, place, coverage.Origin{Week: coverage.WeekOf(time.Date(2026, 9, 6, 0, 0, 0, 0, time.UTC), time.UTC),
		MeasuredAt: late, Project: "shop", Platform: "php", Branch: "main", Format: "clover"},
		[]coverage.Row{{Path: "a/A.php", Lines: coverage.Of(1, 2), Basis: coverage.BasisFileMetrics, Exact: true}}, 1)
	db, err := loaders.Read(t.Context(), place, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	states, _, err := reports.States(t.Context(), db, reports.Selection{Project: "shop"}, time.Time{})
	if err != nil || len(states) != 1 || states[0].MeasuredAt != time.Date(2026, 9, 20, 20, 0, 0, 0, time.UTC) {
		t.Errorf("got %+v, %v", states, err)
	}
}

// The total of a build whose files are not known counts in the letter as in the week.
func TestALetterCountsTheTotalOfABuild(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	for week := 1; week <= 2; week++ {
		loadPlatform(t, place, "php", week, 0, ownedFile{"a/A.php", "@cart", 50, 100})
		loadPlatform(t, place, "android", week, 30, ownedFile{"", "", 60 + int64(20*week), 100})
	}
	d := letterFor(t, place, "", "php", "android")
	if got := shares(d); got != " 130/200 150/200" || *d.Share != (reports.Count{Covered: 150, Total: 200}) {
		t.Errorf("the number is %v, the trend is%s", d.Share, got)
	}
	if d.Moved() != "up 10.00 points" || d.Account.Causes[0].Cause != reports.BuildTotal || len(d.Thanks) != 0 {
		t.Errorf("got %s, %+v", d.Moved(), d.Account)
	}
}

// A letter sums no files of two branches, and says so: neither of the week nor, for
// owners, of the week before.
func TestALetterSumsNoFilesOfTwoBranches(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	for week := 1; week <= 3; week++ {
		loadPlatform(t, place, "php", week, 0, ownedFile{"a/A.php", "@cart", int64(50 + week), 100})
		if week == 2 {
			loadPlatform(t, place, "php/next", week, 10, ownedFile{"a/A.php", "@cart", 10, 100})
		}
		d := letterFor(t, place, "", "php")
		var text strings.Builder
		if err := d.WriteText(&text, reports.Links{}); err != nil {
			t.Fatal(err)
		}
		if double := week == 2; (d.Share == nil) != double ||
			strings.Contains(text.String(), "two branches") != double {
			t.Errorf("week %d: %v, %s", week, d.Share, text.String())
		}
		if want := map[int]int{1: 1}[week]; len(d.Owners) != want {
			t.Errorf("week %d: got %+v", week, d.Owners)
		}
	}
}

// A week of which nothing is known is a gap in the trend, so that the weeks of the
// picture are equally far apart.
func TestTheTrendHasAGapWhereNothingIsKnown(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	for _, week := range []int{1, 2, 9} {
		loadPlatform(t, place, "php", week, 0, ownedFile{"a/A.php", "@cart", int64(week), 10})
	}
	if got := shares(letterFor(t, place, "", "php")); got != " 1/10 2/10 2/10 2/10 2/10 2/10 - - 9/10" {
		t.Errorf("the trend is%s", got)
	}
}

// A release between the measurements of two platforms is in the letter of that week
// or of the next one, also in that of an owner who has files of only one of them.
func TestEachReleaseIsInOneLetterOfAnOwner(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	var told []string
	for week := 1; week <= 3; week++ {
		loadPlatform(t, place, "php", week, 0, ownedFile{"a/A.php", "@cart", 50, 100})
		loadPlatform(t, place, "ios", week, 40, ownedFile{"A.swift", "@shop", 90, 100})
		if week == 2 {
			at := time.Date(2026, 9, 13, 20, 20, 0, 0, time.UTC)
			_, err := loaders.AddReleases(t.Context(), place, loaders.Options{},
				[]loaders.Release{{Project: "shop", Platform: "php", Name: "5.2", At: at}})
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range letterFor(t, place, "@cart", "php", "ios").Released {
			told = append(told, fmt.Sprint(r.Name, " in week ", week))
		}
	}
	if len(told) != 1 {
		t.Errorf("told: %q", told)
	}
}

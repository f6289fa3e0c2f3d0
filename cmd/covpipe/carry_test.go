package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/reports"
)

// Platforms that are missing in some weeks, for one or for many: the account of
// each pair of weeks, of each platform and owner and of the project, sums to the
// change of the totals that the two weeks show.
func TestChangesAddUpOverWeeksThatAreCarriedOver(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	random := rand.New(rand.NewPCG(26, 11))
	files := map[string][]coverage.Row{}
	var weeks []time.Time
	for n := range 14 {
		at := time.Date(2026, 8, 9+7*n, 20, 30, 0, 0, time.UTC)
		weeks = append(weeks, coverage.WeekOf(at, time.UTC).Monday())
		for i, platform := range []string{"php", "ios", "android"} {
			files[platform] = edited(random, files[platform], n)
			if i > 0 && (random.IntN(2) == 0 || platform == "ios" && n > 6) {
				continue // it is not measured
			}
			origin := coverage.Origin{Week: coverage.WeekOf(at, time.UTC), MeasuredAt: at, Project: "shop",
				Platform: platform, Format: "clover"}
			loadRows(t, place, origin, files[platform], n)
		}
	}
	db, err := loaders.Read(t.Context(), place, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	expect := reports.Expectation{Sources: []reports.Source{{Name: "php", Platform: "php"},
		{Name: "ios", Platform: "ios"}, {Name: "android", Platform: "android"}}, Carry: 2}
	for _, owner := range []string{"", "@a"} {
		lettersAgree(t, db, reports.Selection{Project: "shop", Owner: owner, Expect: expect}, weeks)
	}
	chartsAgree(t, db, reports.Selection{Project: "shop", Expect: expect}, weeks)
	seen := map[string]bool{}
	for n, monday := range weeks[1:] {
		for _, of := range []reports.Selection{{Project: "shop", Expect: expect},
			{Project: "shop", Owner: "@a", Expect: expect}} {
			week, err := reports.ReadWeek(t.Context(), db, of, monday)
			if err != nil {
				t.Fatal(err)
			}
			for _, earlier := range []time.Time{weeks[n], weeks[n/2], weeks[0]} {
				changes, err := week.Against(t.Context(), db, of, earlier)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range changes {
					addsUp(t, week, c)
					seen[fmt.Sprintf("project %v, carried before %v, now %v, account %v", c.Platform == "",
						c.Old.Carried, c.New.Carried, c.Account != nil)] = true
				}
			}
		}
	}
	for _, want := range []string{"project true, carried before false, now false, account true",
		"project false, carried before true, now true, account true",
		"project false, carried before true, now false, account true",
		"project false, carried before false, now true, account true",
		"project false, carried before false, now false, account false"} {
		if !seen[want] {
			t.Errorf("the history has no change of the kind %q, only %v", want, seen)
		}
	}
}

// lettersAgree holds the letters of all weeks against each other: a letter's number is
// that of the week and of the last point of its trend, and what it says of the week
// before is what the letter of that week said.
func lettersAgree(t *testing.T, db *sql.DB, of reports.Selection, weeks []time.Time) {
	t.Helper()
	text := func(c *reports.Count) string {
		if c == nil {
			return "nothing"
		}
		return fmt.Sprint(*c)
	}
	var said []string // by the letters before
	for n, monday := range weeks {
		week, err := reports.ReadWeek(t.Context(), db, of, monday)
		if err != nil {
			t.Fatal(err)
		}
		d, err := reports.Weekly(t.Context(), db, of, monday)
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, text(d.Share))
		for i, point := range d.Trend {
			if got, want := text(point.Share), said[n+1-len(d.Trend)+i]; got != want {
				t.Errorf("%q, week %d: the trend has %s where a letter said %s", of.Owner, n, got, want)
			}
		}
		if len(week.Totals()) != 1 || text(week.Totals()[0].Lines) != said[n] {
			t.Errorf("%q, week %d: the number is %s, and the week has %+v", of.Owner, n, said[n], week.Totals())
		}
		if n > 0 && (d.Account == nil || text(&d.Account.Old) != said[n-1] || text(&d.Account.New) != said[n]) {
			t.Errorf("%q, week %d: from %s to %s is explained as %+v", of.Owner, n, said[n-1], said[n], d.Account)
		}
	}
}

// chartsAgree holds the line of all platforms on the dashboards of all weeks against
// the numbers that the weeks have.
func chartsAgree(t *testing.T, db *sql.DB, of reports.Selection, weeks []time.Time) {
	t.Helper()
	data := regexp.MustCompile(`(?s)id="trend-data">(.*?)</script>`)
	var had []reports.Count
	for n, monday := range weeks {
		site, err := reports.ReadSite(t.Context(), db, of, monday, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		pages, err := site.Pages()
		if err != nil {
			t.Fatal(err)
		}
		had = append(had, *site.Week.Totals()[0].Lines)
		var trend struct {
			Series []struct {
				Number         int
				Covered, Total []int64
			}
		}
		if err := json.Unmarshal(data.FindSubmatch(pages[reports.SiteIndex])[1], &trend); err != nil {
			t.Fatal(err)
		}
		all := trend.Series[0]
		if all.Number != 0 || len(all.Total) != n+1 {
			t.Errorf("week %d: got %+v", n, all)
			continue
		}
		for i, want := range had {
			if got := (reports.Count{Covered: all.Covered[i], Total: all.Total[i]}); got != want {
				t.Errorf("the chart of week %d has %v for week %d, which had %v", n, got, i, want)
			}
		}
	}
}

// edited gives the rows of the next week: files come, go, grow, change hands and
// are covered more and less.
func edited(random *rand.Rand, rows []coverage.Row, week int) []coverage.Row {
	rows = slices.Clone(rows)
	for i := range rows {
		if random.IntN(3) == 0 {
			total := rows[i].Lines.Total + random.Int64N(3)
			rows[i].Lines = coverage.Of(random.Int64N(total+1), total)
		}
		rows[i].Owners = []string{"@a", "@b", "@a @b"}[random.IntN(3)]
	}
	for i := range 3 {
		total := 1 + random.Int64N(40)
		rows = append(rows, coverage.Row{Path: fmt.Sprintf("d%d/F%d_%d.php", i, week, i), Owners: "@a",
			Lines: coverage.Of(random.Int64N(total+1), total), Basis: coverage.BasisFileMetrics, Exact: true})
	}
	if len(rows) > 6 {
		rows = slices.Delete(rows, 0, 1)
	}
	return rows
}

func addsUp(t *testing.T, week reports.Week, c reports.Change) {
	t.Helper()
	if c.Account == nil {
		if c.None == "" {
			t.Errorf("%s: neither an account nor why there is none", c.Platform)
		}
		return
	}
	a := c.Account
	sum := new(big.Rat)
	for _, p := range a.Parts {
		sum.Add(sum, p.Share)
	}
	want := new(big.Rat).Sub(big.NewRat(a.New.Covered, a.New.Total), big.NewRat(a.Old.Covered, a.Old.Total))
	if sum.Cmp(want) != 0 || a.Change.Cmp(want) != 0 {
		t.Errorf("%s: the parts sum to %v, and should to %v", c.Platform, sum, want)
	}
	if c.Platform == "" {
		if shown := week.Totals()[0].Lines; *shown != a.New {
			t.Errorf("the project is shown as %v and explained as %v", shown, a.New)
		}
		return
	}
	for _, m := range week.Measurements {
		if m.Platform == c.Platform && *m.Lines != a.New {
			t.Errorf("%s is shown as %v and explained as %v", c.Platform, m.Lines, a.New)
		}
	}
}

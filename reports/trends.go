package reports

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
)

// Trends is what became of the shares of a project's measurements and owners.
type Trends struct {
	Carry   int         // for how many weeks a measurement stands in for those that are missing; less than 1: for none
	Mondays []time.Time // oldest first, each week once, also those in which nothing was measured
	Series  []Series    // by project, platform, branch and owner; that of all files comes first

	branches map[platformName][]int // how many were measured, for each Monday
	removed  map[platformName]int   // platforms that are not carried over -> their last week
}

// Series is one measurement, or what an owner has of it, week by week.
type Series struct {
	Project, Platform, Branch string
	Owner                     string  // empty: all files
	Points                    []Point // one for each Monday
}

// Point is the share of one week.
type Point struct {
	Lines    *Count // nil: not measured, or without counts
	Exact    bool   // each file of it is
	Measured bool   // the measurement was made, whatever it has of this
}

type platformName struct{ project, platform string }

func (s Series) of() platformName { return platformName{s.Project, s.Platform} }

// ReadTrends reads all weeks of a project, or of all of them, up to the one that
// begins on monday. carry is for how many weeks a measurement is carried over.
func ReadTrends(ctx context.Context, db *sql.DB, project string, monday time.Time, carry int) (*Trends, error) {
	until := monday.Format(time.DateOnly)
	rows, err := db.QueryContext(ctx, statement("site_trend"), until, project, project, until, project, project)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	weeks := weekly{last: monday, series: map[seriesName][]weeklyPoint{}}
	for rows.Next() {
		var week time.Time
		var name seriesName
		var owners string
		var covered, total, exact sql.NullInt64
		err := rows.Scan(&week, &name.project, &name.platform, &name.branch, &owners, &covered, &total, &exact)
		if err != nil {
			return nil, err
		}
		var lines *Count
		count(&lines, covered, total)
		point := weeklyPoint{day(week), lines, !exact.Valid || exact.Int64 == 1}
		weeks.add(name, point)
		for _, name.owner = range strings.Fields(owners) {
			weeks.add(name, point)
		}
	}
	t := weeks.trends()
	t.Carry = carry
	return t, errors.Join(rows.Err(), rows.Close())
}

type seriesName struct{ project, platform, branch, owner string }

// weeklyPoint is what a series has of one week; lines is nil where there are no
// counts.
type weeklyPoint struct {
	week  time.Time
	lines *Count
	exact bool
}

// weekly collects the weeks of each series, the oldest first.
type weekly struct {
	first, last time.Time
	series      map[seriesName][]weeklyPoint
}

func (w *weekly) add(name seriesName, p weeklyPoint) {
	if w.first.IsZero() {
		w.first = p.week
	}
	points := w.series[name]
	if n := len(points); n == 0 || !points[n-1].week.Equal(p.week) {
		points = append(points, weeklyPoint{week: p.week, exact: true})
		w.series[name] = points
	}
	last := &points[len(points)-1]
	last.exact = last.exact && p.exact
	if p.lines == nil {
		return
	}
	if last.lines == nil {
		last.lines = &Count{}
	}
	last.lines.Covered += p.lines.Covered
	last.lines.Total += p.lines.Total
}

const week = 7 * 24 * time.Hour

func (w *weekly) trends() *Trends {
	t := &Trends{branches: map[platformName][]int{}}
	if w.first.IsZero() {
		return t
	}
	for monday := w.first; !monday.After(w.last); monday = monday.Add(week) {
		t.Mondays = append(t.Mondays, monday)
	}
	for name, points := range w.series {
		s := Series{
			Project: name.project, Platform: name.platform, Branch: name.branch, Owner: name.owner,
			Points: make([]Point, len(t.Mondays)),
		}
		whole := name
		whole.owner = ""
		for _, p := range w.series[whole] { // an owner may have nothing of it
			s.Points[p.week.Sub(w.first)/week].Measured = true
		}
		for _, p := range points {
			s.Points[p.week.Sub(w.first)/week] = Point{p.lines, p.exact, true}
		}
		t.Series = append(t.Series, s)
		if name.owner == "" {
			t.measured(s)
		}
	}
	slices.SortFunc(t.Series, func(x, y Series) int {
		return cmp.Or(cmp.Compare(x.Project, y.Project), cmp.Compare(x.Platform, y.Platform),
			cmp.Compare(x.Branch, y.Branch), cmp.Compare(x.Owner, y.Owner))
	})
	return t
}

// measured counts a branch in the weeks in which it was measured.
func (t *Trends) measured(branch Series) {
	counts := t.branches[branch.of()]
	if counts == nil {
		counts = make([]int, len(t.Mondays))
		t.branches[branch.of()] = counts
	}
	for i, p := range branch.Points {
		if p.Measured {
			counts[i]++
		}
	}
}

// end says what the last week has, measured or carried over. A platform that could
// be carried over into it and is not there was removed: it stands in for no week.
func (t *Trends) end(week Week) {
	there := map[platformName]bool{}
	for _, m := range week.all {
		there[platformName{m.Project, m.Platform}] = true
	}
	t.removed = map[platformName]int{}
	for name, branches := range t.branches {
		last := len(branches) - 1
		for last > 0 && branches[last] == 0 {
			last--
		}
		if !there[name] && len(branches)-1-last <= max(0, t.Carry) {
			t.removed[name] = last
		}
	}
}

// standing gives the point of a week, or else the last one that is carried over to
// it, and the week that it is of; -1 for none. Where a platform was measured on one
// branch, another branch of it is not carried over.
func (t *Trends) standing(s Series, i int) (p Point, from int) {
	if last, removed := t.removed[s.of()]; removed && i > last {
		return Point{}, -1
	}
	for from = i; from >= max(0, i-max(0, t.Carry)); from-- {
		switch {
		case s.Points[from].Measured:
			return s.Points[from], from
		case t.branches[s.of()][from] > 0:
			return Point{}, -1
		}
	}
	return Point{}, -1
}

// together sums series of one project week by week, with what is carried over, as
// [Week.Totals] does: a week in which nothing of the project was measured has no
// sum, and neither has one with a platform on two branches.
func (t *Trends) together(wanted func(Series) bool) []Point {
	sums := make([]Point, len(t.Mondays))
	double := make([]bool, len(t.Mondays))
	for _, s := range t.Series {
		if !wanted(s) {
			continue
		}
		for i := range sums {
			sum := &sums[i]
			if sum.Measured = sum.Measured || t.any(s.Project, i); !sum.Measured {
				continue
			}
			double[i] = double[i] || t.branches[s.of()][i] > 1
			p, _ := t.standing(s, i)
			if p.Lines == nil {
				continue
			}
			if sum.Lines == nil {
				sum.Lines, sum.Exact = &Count{}, true
			}
			sum.Lines.Covered += p.Lines.Covered
			sum.Lines.Total += p.Lines.Total
			sum.Exact = sum.Exact && p.Exact
		}
	}
	for i := range sums {
		if double[i] {
			sums[i].Lines = nil
		}
	}
	return sums
}

// any tells whether anything of a project was measured in a week.
func (t *Trends) any(project string, i int) bool {
	for name, branches := range t.branches {
		if name.project == project && branches[i] > 0 {
			return true
		}
	}
	return false
}

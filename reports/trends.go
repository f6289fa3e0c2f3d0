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
}

// Series is one measurement, or what an owner has of it, week by week.
type Series struct {
	Project, Platform, Branch string
	Owner                     string  // empty: all files
	Points                    []Point // one for each Monday
}

// Point is the share of one week.
type Point struct {
	Lines *Count // nil: not measured, or without counts
	Exact bool   // each file of it is
}

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
		var lines Count
		var exact int
		err := rows.Scan(&week, &name.project, &name.platform, &name.branch, &owners, &lines.Covered, &lines.Total, &exact)
		if err != nil {
			return nil, err
		}
		week = wallClock(week)
		weeks.add(name, week, lines, exact == 1)
		for _, name.owner = range strings.Fields(owners) {
			weeks.add(name, week, lines, exact == 1)
		}
	}
	t := weeks.trends()
	t.Carry = carry
	return t, errors.Join(rows.Err(), rows.Close())
}

type seriesName struct{ project, platform, branch, owner string }

type weeklyPoint struct {
	week  time.Time
	lines Count
	exact bool
}

// weekly collects the weeks of each series, the oldest first.
type weekly struct {
	first, last time.Time
	series      map[seriesName][]weeklyPoint
}

func (w *weekly) add(name seriesName, week time.Time, lines Count, exact bool) {
	if w.first.IsZero() {
		w.first = week
	}
	points := w.series[name]
	if n := len(points); n > 0 && points[n-1].week.Equal(week) {
		p := &points[n-1]
		p.lines.Covered += lines.Covered
		p.lines.Total += lines.Total
		p.exact = p.exact && exact
		return
	}
	w.series[name] = append(points, weeklyPoint{week, lines, exact})
}

const week = 7 * 24 * time.Hour

func (w *weekly) trends() *Trends {
	h := &Trends{}
	if w.first.IsZero() {
		return h
	}
	for monday := w.first; !monday.After(w.last); monday = monday.Add(week) {
		h.Mondays = append(h.Mondays, monday)
	}
	for name, points := range w.series {
		s := Series{
			Project: name.project, Platform: name.platform, Branch: name.branch, Owner: name.owner,
			Points: make([]Point, len(h.Mondays)),
		}
		for _, p := range points {
			s.Points[p.week.Sub(w.first)/week] = Point{&p.lines, p.exact}
		}
		h.Series = append(h.Series, s)
	}
	slices.SortFunc(h.Series, func(x, y Series) int {
		return cmp.Or(cmp.Compare(x.Project, y.Project), cmp.Compare(x.Platform, y.Platform),
			cmp.Compare(x.Branch, y.Branch), cmp.Compare(x.Owner, y.Owner))
	})
	return h
}

// standing gives the point of a week, or else the last one that is carried over to
// it.
func (t *Trends) standing(s Series, i int) Point {
	for ago := 0; ago <= min(i, max(0, t.Carry)); ago++ {
		if p := s.Points[i-ago]; p.Lines != nil {
			return p
		}
	}
	return Point{}
}

// together sums series week by week, with what is carried over, as
// [Week.Totals] does.
func (t *Trends) together(wanted func(Series) bool) []Point {
	sums := make([]Point, len(t.Mondays))
	for _, s := range t.Series {
		if !wanted(s) {
			continue
		}
		for i := range sums {
			p := t.standing(s, i)
			if p.Lines == nil {
				continue
			}
			if sums[i].Lines == nil {
				sums[i] = Point{&Count{}, true}
			}
			sums[i].Lines.Covered += p.Lines.Covered
			sums[i].Lines.Total += p.Lines.Total
			sums[i].Exact = sums[i].Exact && p.Exact
		}
	}
	return sums
}

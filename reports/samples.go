package reports

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"
)

// Sample is one number at one time, for a program that draws metrics.
type Sample struct {
	Path  []string // of names, such as shop, php, owner, @shop/cart, lines_pct
	Value float64
	At    time.Time
}

// Samples gives the numbers of a week: of each platform, as it was measured then,
// the lines, methods and branches in total, by top directory and by owner, how
// much of it was measured, and a mark 1 for the run; and of each project the total
// under the name "all". What is not known has no sample, and a share of 0 lines
// neither. A percentage is from 0 to 100.
func (w Week) Samples() (all []Sample) {
	for _, m := range w.Measurements {
		if m.Carried != "" {
			continue // its numbers were sent for the week that they are of
		}
		at := []string{m.Project, w.platformName(m)}
		all = append(all, Sample{append(slices.Clone(at), "runs"), 1, m.MeasuredAt})
		all = append(all, m.samples(append(slices.Clone(at), "total"), m.MeasuredAt)...)
		for _, g := range m.Directories {
			all = append(all, g.samples(append(slices.Clone(at), "directory", g.Directory), m.MeasuredAt)...)
		}
		for _, g := range m.Owners {
			all = append(all, g.samples(append(slices.Clone(at), "owner", g.Owner), m.MeasuredAt)...)
		}
	}
	newest := newestOf(w.Measurements)
	for _, t := range w.Totals() {
		all = append(all, t.samples([]string{t.Project, "all", "total"}, newest)...)
	}
	for _, s := range w.Sources {
		all = append(all, s.samples(newest)...)
	}
	return all
}

// platformName is that of the platform; of several branches all but the main one
// have theirs behind it.
func (w Week) platformName(m Measurement) string {
	best := m.Branch
	for _, o := range w.Measurements {
		same := o.Project == m.Project && o.Platform == m.Platform
		if same && cmp.Or(cmp.Compare(rank(o.Branch), rank(best)), cmp.Compare(o.Branch, best)) < 0 {
			best = o.Branch
		}
	}
	if best == m.Branch {
		return m.Platform
	}
	return m.Platform + " " + m.Branch
}

// rank sorts branches by how much people mean them.
func rank(branch string) int {
	main := []string{"main", "master", "trunk", "develop", ""}
	if n := slices.Index(main, branch); n >= 0 {
		return n
	}
	return len(main)
}

// samples gives the counts of a group that are known.
func (g Group) samples(path []string, at time.Time) (all []Sample) {
	add := func(name string, value float64) {
		all = append(all, Sample{append(slices.Clone(path), name), value, at})
	}
	if g.Files > 0 {
		add("files", float64(g.Files))
	}
	for _, of := range []struct {
		name string
		*Count
	}{{"lines", g.Lines}, {"methods", g.Methods}, {"branches", g.Branches}} {
		if of.Count == nil {
			continue
		}
		add(of.name+"_covered", float64(of.Covered))
		add(of.name+"_total", float64(of.Total))
		if of.Total > 0 {
			add(of.name+"_pct", percentOf(of.Count))
		}
	}
	if g.RateOnly != nil {
		add("mean_rate_pct", g.RateOnly.MeanRate*100)
	}
	return all
}

// samples says how much of a source was measured in the week, in per cent of its
// parts, if it is known how many there should be. A source that was not measured
// has 0: that is known.
func (s SourceState) samples(newest time.Time) []Sample {
	value, at := 0.0, newest
	switch s.State {
	case Removed:
		return nil
	case Whole:
		value, at = 100, s.MeasuredAt
	case Partial:
		if s.Expected == 0 {
			return nil // the ledger does not know of how many
		}
		value, at = float64(s.Expected-s.Lacking())*100/float64(s.Expected), s.MeasuredAt
	}
	return []Sample{{[]string{s.Project, s.Platform, "completeness_pct"}, value, at}}
}

// ReleaseSamples gives a mark 1 for each release.
func ReleaseSamples(releases []Release) (all []Sample) {
	for _, r := range releases {
		all = append(all, Sample{[]string{r.Project, r.Platform, "releases"}, 1, r.At})
	}
	return all
}

// Weeks gives the Mondays of all weeks in which something of a project was
// measured, the oldest first.
func Weeks(ctx context.Context, db *sql.DB, project string) (mondays []time.Time, err error) {
	rows, err := db.QueryContext(ctx, statement("weeks"), project, project)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var monday time.Time
		if err := rows.Scan(&monday); err != nil {
			return nil, err
		}
		mondays = append(mondays, wallClock(monday))
	}
	return mondays, errors.Join(rows.Err(), rows.Close())
}

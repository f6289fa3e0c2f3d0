package reports

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Change is why one measurement, or a whole project, differs from an earlier week.
type Change struct {
	Project  string
	Platform string // empty: all platforms of the project together
	Branch   string
	Account  *Account // nil: there is none
	None     string   // why there is none
	Old, New Moment   // of a project: only the weeks
	Notes    []string // what a reader must know of the two, in sentences without a full stop
	History  *History // nil: there is no repository, or the commits are the same or not known
	Releases []Release
}

// Moment is when and of what one side of a change was measured.
type Moment struct {
	Week    string    `json:"week"`                 // ISO week
	Carried bool      `json:"carried_over"`         // the week is an earlier one than that of the change
	At      time.Time `json:"measured_at,omitzero"` // UTC
	Commit  string    `json:"git_commit,omitempty"`
	Branch  string    `json:"git_branch,omitempty"`
}

// History is what a repository knows of the commits between two measurements.
type History struct {
	Renamed map[string]string // from the path that a file has to the one that it had, as rows name them
	Count   int               // commits that the newer measurement has and the older one has not
	Dropped int               // commits that the older one has and the newer one has not
	Commits []Commit          // the newest of the count
	None    string            // why the repository could not tell; the rest is empty then
}

// Commit is one commit.
type Commit struct {
	Hash    string    `json:"git_commit"`
	At      time.Time `json:"committed_at"`
	Author  string    `json:"author"`
	Subject string    `json:"subject"`
}

// Against explains what became of a week's measurements since an earlier week:
// first of each project as a whole that has, or had, several platforms, then of
// each platform and branch that one of the two weeks has. w is as [ReadWeek] gave
// it for the same selection.
func (w Week) Against(ctx context.Context, db *sql.DB, of Selection, earlier time.Time) ([]Change, error) {
	old, err := ReadWeek(ctx, db, of, earlier)
	had := old
	if errors.Is(err, ErrNoFiles) {
		had.Measurements = nil // the week has all that is not wanted
	} else if err != nil {
		return nil, err
	}
	releases, err := Releases(ctx, db, of.Project)
	if err != nil {
		return nil, err
	}
	var single, changes []Change
	for _, two := range couples(old.all, w.all) {
		if two.wanted(of) {
			single = append(single, two.change(ctx, of, releases, w, old))
		}
	}
	several := map[string]bool{}
	for _, total := range append(had.Totals(), w.Totals()...) {
		several[total.Project] = several[total.Project] || total.Platforms > 1
	}
	for _, total := range w.Totals() {
		if several[total.Project] {
			changes = append(changes, w.changeOfProject(of, old, single, total.Project))
		}
	}
	return append(changes, single...), nil
}

// couple is a measurement in two weeks; nil where it was not there.
type couple struct{ old, new *Measurement }

// couples finds each measurement again: the same branch, or the only branches that
// a platform has in the two weeks.
func couples(old, new []Measurement) (all []couple) {
	branches := func(of []Measurement, m Measurement) (n int) {
		for _, o := range of {
			if o.Project == m.Project && o.Platform == m.Platform {
				n++
			}
		}
		return n
	}
	used := map[*Measurement]bool{}
	for i := range new {
		two := couple{new: &new[i]}
		for n := range old {
			same := old[n].same(new[i]) || old[n].Project == new[i].Project && old[n].Platform == new[i].Platform &&
				branches(old, new[i]) == 1 && branches(new, new[i]) == 1
			if same {
				two.old = &old[n]
				used[two.old] = true
			}
		}
		all = append(all, two)
	}
	for n := range old {
		if !used[&old[n]] {
			all = append(all, couple{old: &old[n]})
		}
	}
	return all
}

// wanted tells whether one of the two has a file of the selection.
func (two couple) wanted(of Selection) bool {
	for _, m := range []*Measurement{two.old, two.new} {
		if m != nil && (of.Platform == "" || m.Platform == of.Platform) && slices.ContainsFunc(m.files, of.has) {
			return true
		}
	}
	return false
}

func (m *Measurement) moment(monday time.Time) Moment {
	if m == nil {
		return Moment{Week: isoWeek(monday)}
	}
	at := Moment{Week: isoWeek(monday), At: m.MeasuredAt, Commit: m.Commit, Branch: m.Branch}
	if m.Carried != "" {
		at.Week, at.Carried = m.Carried, true
	}
	return at
}

// change explains one couple.
func (two couple) change(ctx context.Context, of Selection, releases []Release, w, old Week) Change {
	is := two.new
	if is == nil {
		is = two.old
	}
	c := Change{Project: is.Project, Platform: is.Platform, Branch: is.Branch,
		Old: two.old.moment(old.Monday), New: two.new.moment(w.Monday)}
	switch {
	case two.old == nil:
		c.None = "it was not measured in that week"
		return c
	case two.new == nil:
		c.None = "it is not in this week any more"
		return c
	}
	c.Notes = c.notes(old.Monday, w.Monday)
	c.History = two.history(ctx, of)
	c.Releases = between(releases, c.Project, c.Platform, c.Old.At, c.New.At)
	account, err := Explain(two.old.standings(of.has, Lines, nil), two.new.standings(of.has, Lines, c.History))
	if c.Account = account; err != nil {
		c.None = err.Error()
	}
	return c
}

// history asks the repository of what lies between the two.
func (two couple) history(ctx context.Context, of Selection) *History {
	if of.History == nil || two.old.Commit == "" || two.new.Commit == "" || two.old.Commit == two.new.Commit {
		return nil
	}
	return of.History(ctx, two.new.Platform, two.old.Commit, two.new.Commit)
}

// notes says what a reader must know of the two measurements.
func (c *Change) notes(old, new time.Time) (notes []string) {
	switch {
	case c.New.Carried && c.Old.Week == c.New.Week:
		return []string{fmt.Sprintf("carried over from %s, so nothing is known of what changed since", c.New.Week)}
	case c.New.Carried:
		notes = append(notes, fmt.Sprintf("carried over from %s into %s", c.New.Week, isoWeek(new)))
	}
	if c.Old.Carried {
		notes = append(notes, fmt.Sprintf("not measured in %s, so this is the change since %s",
			isoWeek(old), c.Old.Week))
	}
	if c.Old.Branch != c.New.Branch {
		notes = append(notes, fmt.Sprintf("measured on branch %q before, and on %q now", c.Old.Branch, c.New.Branch))
	}
	return notes
}

// changeOfProject explains a project as a whole.
func (w Week) changeOfProject(of Selection, old Week, single []Change, project string) Change {
	c := Change{Project: project, Old: Moment{Week: isoWeek(old.Monday)}, New: Moment{Week: isoWeek(w.Monday)}}
	if !slices.ContainsFunc(old.Totals(), func(t ProjectTotal) bool { return t.Project == project }) {
		c.None = "that week has no total of the project"
		return c
	}
	histories := map[string]*History{}
	for _, s := range single {
		if s.Project != project {
			continue
		}
		histories[s.Platform] = s.History
		for _, note := range s.Notes {
			c.Notes = append(c.Notes, s.Platform+": "+note)
		}
		c.Releases = append(c.Releases, s.Releases...)
	}
	var before, after []Standing
	for i := range old.all {
		if m := &old.all[i]; m.Project == project {
			before = append(before, m.standings(of.has, Lines, nil)...)
		}
	}
	for i := range w.all {
		if m := &w.all[i]; m.Project == project {
			after = append(after, m.standings(of.has, Lines, histories[m.Platform])...)
		}
	}
	account, err := Explain(before, after)
	if c.Account = account; err != nil {
		c.None = err.Error()
	}
	return c
}

// standings gives the files of a measurement, or the total of a build, with what
// they count for a metric.
func (m *Measurement) standings(has func(file) bool, metric Metric, h *History) []Standing {
	var all []Standing
	for _, f := range m.files {
		s := Standing{Platform: m.Platform, Module: f.module, Path: f.path,
			In: has(f), Owners: f.owners, Lines: metric.of(f),
			How: How{
				Format: m.Format, Driver: m.Driver, Runtime: m.Runtime, Runner: m.Runner, Parts: m.lacking,
				Basis: f.basis, Exact: f.exact,
			}}
		if h != nil && h.None == "" {
			s.Was, s.Known = h.Renamed[f.path], true
		}
		all = append(all, s)
	}
	return all
}

// Earlier gives the newest week before another one in which something was
// measured. It fails with [ErrNoWeek] if there is none.
func Earlier(ctx context.Context, db *sql.DB, project string, monday time.Time) (time.Time, error) {
	var newest sql.NullTime
	err := db.QueryRowContext(ctx, statement("earlier_week"), monday.Format(time.DateOnly), project, project).
		Scan(&newest)
	if err == nil && !newest.Valid {
		err = fmt.Errorf("%s, before %s: %w", named(project), monday.Format(time.DateOnly), ErrNoWeek)
	}
	return day(newest.Time), err
}

package reports

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"
)

// Digest is what a letter says of one week of a project: the number, what moved
// it and who, and what is missing. It is of all files or of those of one owner.
type Digest struct {
	Project   string
	Owner     string         // whose edition it is; empty: everybody's
	Monday    time.Time      // 00:00 UTC
	Earlier   time.Time      // the Monday of the week compared with; zero: there is none
	Share     *Count         // lines of all platforms; nil: no platform has counts, or one has two branches
	Change                   // of the share; its account is nil where there is none
	Files     []FileMove     // the parts of the account, the greatest first
	Platforms []PlatformWeek // of the week
	// Owners are those that moved most first; none if nobody looked for owners, or
	// files would count twice.
	Owners   []OwnerWeek
	Thanks   []Thanks      // who did most to lift the share, by tests
	Released []Release     // since the week before was measured, in order
	Sources  []SourceState // how complete the week is
	Trend    []TrendPoint
	Marks    []Release // releases within the trend
}

// FileMove is what one file did to the share.
type FileMove struct {
	Part
	Commit string
	Names  []string // who owns it now, or did
	Points int64    // hundredths of a point; those of all files sum to that of the change
}

// PlatformWeek is one platform and branch in both weeks.
type PlatformWeek struct {
	Measurement
	Old     *Count // nil: not known
	Came    bool   // the earlier week has nothing of it
	Commits int    // between the two; 0: not known, or none
}

// OwnerWeek is one owner's files in both weeks.
type OwnerWeek struct {
	Owner    string
	Files    int64
	Old, New *Count   // nil: there are none with counts
	Account  *Account // nil: there is nothing to compare
	Points   int64    // its change in hundredths of a point, if there is an account
	Came     bool     // the earlier week has nothing of it
}

// Thanks names the files in which an owner gained tests.
type Thanks struct {
	Owner   string // empty: nobody owns them, or nobody looked
	Files   int
	Covered int64 // lines more
	Points  int64 // hundredths of a point of the share
	Best    FileMove
}

// Weekly reads what a letter says of the week that begins on monday, or of the
// newest if it is zero, against the newest week before. of names the project and
// may name an owner. It fails as [ReadWeek] does.
func Weekly(ctx context.Context, db *sql.DB, of Selection, monday time.Time) (*Digest, error) {
	week, err := ReadWeek(ctx, db, of, monday)
	if err != nil {
		return nil, err
	}
	d := &Digest{Project: of.Project, Owner: of.Owner, Monday: week.Monday, Sources: week.Sources}
	var old Week
	var changes []Change
	switch d.Earlier, err = Earlier(ctx, db, of.Project, week.Monday); {
	case errors.Is(err, ErrNoWeek):
		d.Earlier = time.Time{}
	case err != nil:
		return nil, err
	default:
		everybody := of
		everybody.Owner = ""
		if old, err = ReadWeek(ctx, db, everybody, d.Earlier); err != nil {
			return nil, err
		}
		if changes, err = week.Against(ctx, db, of, d.Earlier); err != nil {
			return nil, err
		}
	}
	d.choose(week, changes)
	d.platforms(week, changes)
	if err := d.people(week, old, changes); err != nil {
		return nil, err
	}
	if d.Trend, err = readTrend(ctx, db, of, week); err != nil {
		return nil, err
	}
	releases, err := Releases(ctx, db, of.Project)
	d.releases(releases, week, old)
	return d, err
}

// choose finds the share and its change: those of the project, or of its only
// platform.
func (d *Digest) choose(week Week, changes []Change) {
	for _, total := range week.Totals() {
		if d.Share = total.Lines; d.Share != nil && d.Share.Total == 0 {
			d.Share = nil // 0 of 0 is no data
		}
	}
	switch {
	case d.Earlier.IsZero():
		d.None = "it is the first week that was measured"
	case len(changes) > 0 && changes[0].Platform == "":
		d.Change = changes[0]
	case len(week.Measurements) == 1:
		m := week.Measurements[0]
		for _, c := range changes {
			if c.Platform == m.Platform && c.New.At.Equal(m.MeasuredAt) {
				d.Change = c
			}
		}
	default:
		d.None = twoBranches
	}
}

// twoBranches is why a week has no share of the project.
const twoBranches = "a platform was measured on two branches, whose files would count twice"

// platforms puts the week's measurements beside the earlier ones.
func (d *Digest) platforms(week Week, changes []Change) {
	for _, m := range week.Measurements {
		p := PlatformWeek{Measurement: m, Came: !d.Earlier.IsZero()}
		for _, c := range changes {
			if c.Platform != m.Platform || c.Branch != m.Branch {
				continue
			}
			p.Came = c.Old.At.IsZero()
			if c.Account != nil {
				p.Old = &c.Account.Old
			}
			if c.History != nil {
				p.Commits = c.History.Count
			}
		}
		d.Platforms = append(d.Platforms, p)
	}
}

// releases finds those since the week before was measured, so that each is in one
// letter, and those within the trend.
func (d *Digest) releases(all []Release, week, old Week) {
	after, until := newestOf(old.all), newestOf(week.all) // whoever's edition it is, or one could be in none
	if after.IsZero() {
		after = week.Monday.Add(-time.Second)
	}
	for _, r := range all {
		if !slices.ContainsFunc(week.Measurements, func(m Measurement) bool { return m.Platform == r.Platform }) {
			continue
		}
		if r.At.After(after) && !r.At.After(until) {
			d.Released = append(d.Released, r)
		}
		if len(d.Trend) > 0 && r.At.After(d.Trend[0].Monday.AddDate(0, 0, 7)) && !r.At.After(until) {
			d.Marks = append(d.Marks, r)
		}
	}
}

func newestOf(all []Measurement) (at time.Time) {
	for _, m := range all {
		if m.MeasuredAt.After(at) {
			at = m.MeasuredAt
		}
	}
	return at
}

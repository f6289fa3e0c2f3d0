package reports

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"
)

// Source is one thing that is measured, as the configuration names it.
type Source struct{ Name, Platform string }

// Expectation says what a week should have. A source that an earlier week had is
// expected too, unless it came from a configuration that does not name it any more.
type Expectation struct {
	Sources []Source // of the configuration; nil: there is none
	Carry   int      // for how many weeks a measurement is carried over; 0: [DefaultCarry]; less: for none
}

// DefaultCarry is for how many weeks a measurement stands in for those that are
// missing.
const DefaultCarry = 4

func (e Expectation) carry() int { return cmp.Or(max(e.Carry, -1), DefaultCarry) }

func (e Expectation) named(platform string) (Source, bool) {
	for _, s := range e.Sources {
		if s.Platform == platform {
			return s, true
		}
	}
	return Source{}, false
}

// Names tells whether the configuration names a source of the platform.
func (e Expectation) Names(platform string) bool {
	_, named := e.named(platform)
	return named
}

// State is how a source stands in a week.
type State string

// The states. Only those with numbers in the week's totals are Whole, Partial
// and Carried.
const (
	Whole   State = "whole"          // measured, and no part is known to be missing
	Partial State = "parts missing"  // measured, and it lacks shards, so its numbers are lower bounds
	Carried State = "carried over"   // not measured; the week has an earlier measurement in its place
	Stale   State = "stale"          // not measured, and the last measurement is too old to be carried over
	Never   State = "never measured" // the configuration names it, and the warehouse knows nothing of it
	Removed State = "removed"        // not measured, since the configuration does not name it any more
)

// SourceState says of one source how complete its week is. Where it was not
// measured, parts are those of its last measurement.
type SourceState struct {
	Project    string     `json:"project"`
	Source     string     `json:"source,omitempty"` // in the configuration, or in the ledger
	Platform   string     `json:"platform"`
	State      State      `json:"state"`
	Measured   string     `json:"last_measured,omitempty"` // ISO week of the last measurement; empty: never
	MeasuredAt time.Time  `json:"measured_at,omitzero"`    // of the last measurement, UTC
	WeeksOld   int        `json:"weeks_old"`               // of the last measurement; 0: of this week
	Why        string     `json:"why,omitempty"`           // why the newest attempt of this week failed
	Expected   int64      `json:"parts_expected,omitempty"`
	Present    int64      `json:"parts_present,omitempty"`
	Missing    []ShardGap `json:"missing_parts,omitempty"` // by name, where the ledger has them
	Failing    []string   `json:"failing_parts,omitempty"` // measured although their tests failed
	Gone       []string   `json:"gone_parts,omitempty"`    // test directories that its measurement before had
	GoneSince  string     `json:"gone_since,omitempty"`    // the ISO week of that measurement
}

// ShardGap is a part of a source that could not be measured.
type ShardGap struct {
	Name   string `json:"name"`
	Ending string `json:"ending,omitempty"` // crash, timeout and so on
}

// InWeek tells whether the week has numbers of the source.
func (s SourceState) InWeek() bool {
	return s.State == Whole || s.State == Partial || s.State == Carried
}

// Lacking is how many parts of the source are known to be missing.
func (s SourceState) Lacking() int64 { return max(s.Expected-s.Present, int64(len(s.Missing))) }

// Complete tells whether the source was measured in the week, and no part of it
// is known to be missing.
func (s SourceState) Complete() bool { return s.State == Whole && len(s.Gone) == 0 }

// States says how each source of a project stands in the week that begins on
// monday, or in the newest in which something was measured or was to be if it is
// zero: those expected, and all that the warehouse has, however old.
func States(ctx context.Context, db *sql.DB, of Selection, monday time.Time) ([]SourceState, time.Time, error) {
	if monday.IsZero() {
		var err error
		if monday, err = newestIn(ctx, db, "newest_attempt", of.Project); err != nil {
			return nil, monday, err
		}
	}
	c, err := readCompleteness(ctx, db, of, monday)
	if err != nil {
		return nil, monday, err
	}
	return c.states, monday, nil
}

// NeverMeasured gives what is expected, for a warehouse that has nothing of it.
func NeverMeasured(of Selection) (all []SourceState) {
	for _, s := range of.Expect.Sources {
		all = append(all, SourceState{Project: of.Project, Source: s.Name, Platform: s.Platform, State: Never})
	}
	return all
}

// completeness is how the sources of a week stand, and what tells of it.
type completeness struct {
	monday time.Time
	of     Selection
	states []SourceState
	ledger []run
	shards map[string][]shard // by Monday, as far as they were asked for
}

// readCompleteness judges the sources of a week, by project and platform.
func readCompleteness(ctx context.Context, db *sql.DB, of Selection, monday time.Time) (*completeness, error) {
	c := &completeness{monday: monday, of: of, shards: map[string][]shard{}}
	var err error
	if c.ledger, err = readLedger(ctx, db, of.Project, monday); err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, statement("sources"), monday.Format(time.DateOnly), of.Project, of.Project)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]bool{}
	for rows.Next() {
		var s SourceState
		var newest time.Time
		if err := rows.Scan(&s.Project, &s.Platform, &newest, &s.MeasuredAt); err != nil {
			return nil, err
		}
		newest = day(newest)
		s.MeasuredAt, s.Measured = wallClock(s.MeasuredAt), isoWeek(newest)
		s.WeeksOld = int(monday.Sub(newest).Hours() / (7 * 24))
		known[s.Platform] = true
		c.states = append(c.states, s)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	for _, s := range of.Expect.Sources {
		if !known[s.Platform] {
			c.states = append(c.states, SourceState{Project: of.Project, Source: s.Name, Platform: s.Platform})
		}
	}
	slices.SortStableFunc(c.states, func(a, b SourceState) int {
		return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.Platform, b.Platform))
	})
	for i := range c.states {
		if err := c.judge(ctx, db, &c.states[i]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// judge fills in how a source stands.
func (c *completeness) judge(ctx context.Context, db *sql.DB, s *SourceState) error {
	last, before := c.measurements(s)
	configured, isConfigured := c.of.Expect.named(s.Platform)
	if isConfigured {
		s.Source = configured.Name
	}
	for _, r := range last {
		s.Source = cmp.Or(s.Source, r.source)
		s.Expected += r.expected
		s.Present += r.present
		s.Failing = append(s.Failing, r.failingParts()...)
	}
	switch {
	case s.Measured == "":
		s.State = Never
	case s.WeeksOld == 0 && s.Present < s.Expected:
		s.State = Partial
	case s.WeeksOld == 0:
		s.State = Whole
	case c.of.Expect.Sources != nil && !isConfigured && s.Source != "":
		s.State = Removed
	case s.WeeksOld > c.of.Expect.carry():
		s.State = Stale
	default:
		s.State = Carried
	}
	s.Why = c.failure(s)
	return c.parts(ctx, db, s, last, before)
}

// parts names the shards that a source lacks, and the test directories that the
// measurement before had.
func (c *completeness) parts(ctx context.Context, db *sql.DB, s *SourceState, last, before []run) error {
	now, err := c.shardsOf(ctx, db, last)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, part := range now {
		there[part.directory()] = true
		if part.status == statusMissing {
			s.Missing = append(s.Missing, ShardGap{part.name, part.ending})
		}
	}
	if len(s.Missing) > 0 && s.State == Whole {
		s.State = Partial // the ledger does not know how many there should be
	}
	if len(now) == len(s.Missing) {
		return nil // the ledger does not tell which are there
	}
	old, err := c.shardsOf(ctx, db, before)
	if err != nil {
		return err
	}
	for _, part := range old {
		if name := part.directory(); !there[name] {
			there[name] = true
			s.Gone = append(s.Gone, name)
			s.GoneSince = isoWeek(before[0].monday)
		}
	}
	slices.Sort(s.Gone)
	return nil
}

// stays tells whether a week names a source. One that the configuration does not
// name is named for the last time in the first week that does not carry it over.
func (c *completeness) stays(s SourceState) bool {
	_, configured := c.of.Expect.named(s.Platform)
	return configured || s.WeeksOld <= c.of.Expect.carry()+1
}

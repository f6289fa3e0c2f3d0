package reports

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
)

// run is one line of the ledger.
type run struct {
	id, status, source        string
	monday                    time.Time
	project, platform, branch string
	findings                  string
	expected, present         int64 // shards; 0: not known
	failing                   string
	driver, runtime, runner   string
}

// statusMissing is that of a source that could not be measured.
const statusMissing = "missing"

// key names a load of one measurement.
func (r run) key() [4]string { return [4]string{r.id, r.project, r.platform, r.branch} }

func (r run) failingParts() []string {
	if r.failing == "" {
		return nil
	}
	return strings.Split(r.failing, ", ")
}

// readLedger gives the loads of a project up to a week, the oldest first.
func readLedger(ctx context.Context, db *sql.DB, project string, monday time.Time) (all []run, err error) {
	rows, err := db.QueryContext(ctx, statement("ledger"), monday.Format(time.DateOnly), project, project)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r run
		var expected, present sql.NullInt64
		if err := rows.Scan(&r.id, &r.status, &r.source, &r.monday, &r.project, &r.platform, &r.branch, &r.findings,
			&expected, &present, &r.failing); err != nil {
			return nil, err
		}
		r.monday = day(r.monday)
		if expected.Valid && present.Valid {
			r.expected, r.present = expected.Int64, present.Int64
		}
		all = append(all, r)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	return all, readTools(ctx, db, project, monday, all)
}

// readTools fills in what measured each load.
func readTools(ctx context.Context, db *sql.DB, project string, monday time.Time, all []run) error {
	if version, err := schemaVersion(ctx, db); err != nil || version < firstWithShards {
		return err
	}
	rows, err := db.QueryContext(ctx, statement("tools"), monday.Format(time.DateOnly), project, project)
	if err != nil {
		return err
	}
	defer rows.Close()
	runs := map[[4]string]*run{}
	for i := range all {
		runs[all[i].key()] = &all[i]
	}
	for rows.Next() {
		var r run
		if err := rows.Scan(&r.id, &r.project, &r.platform, &r.branch, &r.driver, &r.runtime, &r.runner); err != nil {
			return err
		}
		if of := runs[r.key()]; of != nil {
			of.driver, of.runtime, of.runner = r.driver, r.runtime, r.runner
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// describe fills in what the ledger knows of a measurement in the week, or in the
// one that it is carried over from.
func (c *completeness) describe(ctx context.Context, db *sql.DB, m *Measurement, monday time.Time) error {
	week := isoWeek(monday)
	if m.Carried != "" {
		week = m.Carried
	}
	var of *run
	for i := range c.ledger {
		if r := &c.ledger[i]; r.status != statusMissing && r.project == m.Project && r.platform == m.Platform &&
			r.branch == m.Branch && isoWeek(r.monday) == week {
			of = r
		}
	}
	if of == nil {
		return nil
	}
	m.Driver, m.Runtime, m.Runner = of.driver, of.runtime, of.runner
	shards, err := c.shardsOf(ctx, db, []run{*of})
	for _, s := range shards {
		if s.status == statusMissing {
			m.lacking = append(m.lacking, s.name)
		}
	}
	if missing := of.expected - of.present; len(m.lacking) == 0 && missing > 0 {
		m.lacking = []string{partsOf(missing)}
	}
	return err
}

// measurements gives the newest load of each branch of a source in the week in
// which it was last measured, and in the week before that in which it was.
func (c *completeness) measurements(s *SourceState) (last, before []run) {
	var weeks [2]time.Time // the newest, and the one before
	var runs [2]map[string]run
	for _, r := range c.ledger {
		if r.project != s.Project || r.platform != s.Platform || r.status == statusMissing {
			continue
		}
		switch {
		case r.monday.After(weeks[0]):
			weeks[1], runs[1] = weeks[0], runs[0]
			weeks[0], runs[0] = r.monday, map[string]run{}
		case r.monday.Before(weeks[0]) && r.monday.After(weeks[1]):
			weeks[1], runs[1] = r.monday, map[string]run{}
		}
		for i := range weeks {
			if r.monday.Equal(weeks[i]) {
				runs[i][r.branch] = r
			}
		}
	}
	if isoWeek(weeks[0]) != s.Measured {
		return nil, nil // the rows were loaded by something that keeps no ledger
	}
	for i, of := range []*[]run{&last, &before} {
		for _, r := range runs[i] {
			*of = append(*of, r)
		}
	}
	return last, before
}

// failure gives why the newest attempt to measure a source in the week failed, or
// "" if it did not.
func (c *completeness) failure(s *SourceState) (why string) {
	for _, r := range c.ledger {
		if r.project != s.Project || r.platform != s.Platform || !r.monday.Equal(c.monday) {
			continue
		}
		if why = ""; r.status == statusMissing {
			why, _, _ = strings.Cut(r.findings, "\n")
		}
	}
	return why
}

// shard is one part of a source that a load expected.
type shard struct{ run, project, platform, branch, name, status, ending string }

// directory names the shard without the number that it has if it was split.
func (s shard) directory() string {
	name, _, _ := strings.Cut(s.name, "~")
	return name
}

// firstWithShards is the version of the tables that knows shards.
const firstWithShards = 3

// shardsOf gives the shards of some loads of one week.
func (c *completeness) shardsOf(ctx context.Context, db *sql.DB, of []run) (all []shard, err error) {
	if len(of) == 0 {
		return nil, nil
	}
	monday := of[0].monday.Format(time.DateOnly)
	if _, read := c.shards[monday]; !read {
		if c.shards[monday], err = readShards(ctx, db, c.of.Project, monday); err != nil {
			return nil, err
		}
	}
	for _, s := range c.shards[monday] {
		for _, r := range of {
			if s.run == r.id && s.project == r.project && s.platform == r.platform && s.branch == r.branch {
				all = append(all, s)
			}
		}
	}
	return all, nil
}

// schemaVersion gives the version of the tables of a warehouse.
func schemaVersion(ctx context.Context, db *sql.DB) (version int, err error) {
	err = db.QueryRowContext(ctx, statement("schema")).Scan(&version)
	return version, err
}

func readShards(ctx context.Context, db *sql.DB, project, monday string) (all []shard, err error) {
	if version, err := schemaVersion(ctx, db); err != nil || version < firstWithShards {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, statement("shards"), monday, project, project)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s shard
		if err := rows.Scan(&s.run, &s.project, &s.platform, &s.branch, &s.name, &s.status, &s.ending); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

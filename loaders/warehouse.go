package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// exchange puts the staged rows of a transaction in the place of those that are
// kept, and writes the ledger. It tells whether there is anything to commit.
func exchange(ctx context.Context, tx *sql.Tx, sent *tally, about About) (outcome Outcome, changed bool, err error) {
	outcome = Outcome{RunID: about.RunID, Rows: sent.rows}
	if about.Sources != nil {
		about.sources = about.Sources()
	}
	if err := checkStaged(ctx, tx, sent.rows); err != nil {
		return outcome, false, err
	}
	about.step(Staged, sent.rows)
	if outcome.Measurements, err = compare(ctx, tx); err != nil {
		return outcome, false, err
	}
	about.step(Compared, sent.rows)
	for i := range outcome.Measurements {
		m := &outcome.Measurements[i]
		if m.Change == Unchanged {
			continue
		}
		if err := replace(ctx, tx, m, about); err != nil {
			return outcome, false, err
		}
		if err := record(ctx, tx, *m, sent.about[m.Key], about); err != nil {
			return outcome, false, fmt.Errorf("ledger: %w", err)
		}
		changed = true
	}
	for _, s := range about.sources {
		if s.Missing != "" {
			if err := recordMissing(ctx, tx, s, about); err != nil {
				return outcome, false, fmt.Errorf("ledger: %w", err)
			}
			changed = true
		}
	}
	about.step(Written, sent.rows)
	return outcome, changed, nil
}

// checkStaged makes sure that what was staged is what was sent, and that a
// warehouse can keep it.
func checkStaged(ctx context.Context, tx *sql.Tx, sent int64) error {
	var staged int64
	names := []string{"report_week", "measured_at", "project", "platform"}
	unknown := make([]int64, len(names))
	err := tx.QueryRowContext(ctx, statement("staged")).Scan(&staged, &unknown[0], &unknown[1], &unknown[2], &unknown[3])
	if err != nil {
		return err
	}
	if staged != sent {
		return fmt.Errorf("%d rows were sent and %d arrived", sent, staged)
	}
	for i, name := range names {
		if unknown[i] > 0 {
			return fmt.Errorf("%s is unknown in %d of %d rows: %w", name, unknown[i], sent, ErrUnknown)
		}
	}
	var file, module string
	var times int64
	err = tx.QueryRowContext(ctx, statement("double")).Scan(&file, &module, &times)
	switch {
	case err == nil:
		return fmt.Errorf("%w: %q of module %q is there %d times", ErrDouble, file, module, times)
	case errors.Is(err, sql.ErrNoRows):
		return nil
	}
	return err
}

// compare says what is to be done to each measurement in the staging table.
func compare(ctx context.Context, tx *sql.Tx) (found []Measurement, err error) {
	rows, err := tx.QueryContext(ctx, statement("measurements"))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Measurement
		var week time.Time
		var kept, other int64
		if err := rows.Scan(&week, &m.Project, &m.Platform, &m.Branch, &m.Rows, &kept, &other); err != nil {
			return nil, err
		}
		m.Week = week.Format(time.DateOnly)
		switch {
		case m.Rows == 0:
			continue // a row without a branch and one with an empty one are of one measurement
		case kept == 0:
			m.Change = Added
		case other > 0 || kept != m.Rows:
			m.Change = Replaced
		default:
			m.Change = Unchanged
		}
		found = append(found, m)
	}
	return found, errors.Join(rows.Err(), rows.Close())
}

// replace puts a measurement in the place of the kept one. The DELETE also takes
// the lock, so what another load has committed since the comparison is seen.
func replace(ctx context.Context, tx *sql.Tx, m *Measurement, about About) error {
	key := []any{m.Week, m.Project, m.Platform, m.Branch}
	deleted, err := changedRows(ctx, tx, "delete", key)
	if err != nil {
		return err
	}
	m.Change = Added
	if deleted > 0 {
		m.Change = Replaced
	}
	about.step(Deleted, deleted)
	if about.again { // the lock is held, so an earlier attempt has been committed by now or never will be
		if there, err := hasRun(ctx, tx, about.RunID); err != nil || there {
			return errors.Join(err, errThere)
		}
	}
	inserted, err := changedRows(ctx, tx, "insert", key)
	if err != nil {
		return err
	}
	var kept int64
	if err := tx.QueryRowContext(ctx, statement("kept"), key...).Scan(&kept); err != nil {
		return err
	}
	if inserted != m.Rows || kept != m.Rows {
		return fmt.Errorf("of %d rows %d were inserted and %d are there", m.Rows, inserted, kept)
	}
	if err := keepOwners(ctx, tx, m.Key); err != nil {
		return fmt.Errorf("owners: %w", err)
	}
	about.step(Inserted, inserted)
	return nil
}

// keepOwners writes one row for each file and owner into coverage_owners, in the
// place of what it has of the project, platform and week. It reads the rows of
// all branches, since the table has none.
func keepOwners(ctx context.Context, tx *sql.Tx, key Key) error {
	of := []any{key.Week, key.Project, key.Platform}
	if _, err := changedRows(ctx, tx, "owners_delete", of); err != nil {
		return err
	}
	names, err := ownersOf(ctx, tx, of)
	if err != nil {
		return err
	}
	for _, owner := range names {
		args := append([]any{owner}, of...)
		if _, err := changedRows(ctx, tx, "owners_insert", append(args, " "+owner+" ")); err != nil {
			return err
		}
	}
	return nil
}

// ownersOf gives each owner of a week once.
func ownersOf(ctx context.Context, tx *sql.Tx, of []any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, statement("owners_sets"), of...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	seen := map[string]bool{}
	for rows.Next() {
		var set string
		if err := rows.Scan(&set); err != nil {
			return nil, err
		}
		for owner := range strings.SplitSeq(set, " ") {
			seen[owner] = seen[owner] || owner != ""
		}
	}
	delete(seen, "")
	return slices.Sorted(maps.Keys(seen)), errors.Join(rows.Err(), rows.Close())
}

// hasRun tells whether the ledger has a load.
func hasRun(ctx context.Context, from queryer, run string) (bool, error) {
	var n int64
	err := from.QueryRowContext(ctx, statement("run"), run).Scan(&n)
	return n > 0, err
}

func changedRows(ctx context.Context, tx *sql.Tx, name string, args []any) (int64, error) {
	result, err := tx.ExecContext(ctx, statement(name), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// record writes a measurement into the ledger.
func record(ctx context.Context, tx *sql.Tx, m Measurement, sum *summed, about About) error {
	if sum == nil {
		return fmt.Errorf("%v was staged and never sent", m.Key)
	}
	s := about.source(m.Key)
	var build any
	if sum.build != 0 {
		build = sum.build
	}
	args := []any{about.RunID, string(m.Change), known(s.Name), m.Week, utc(sum.measuredAt), m.Project, m.Platform, known(m.Branch),
		known(sum.commit), build, known(sum.format), known(s.ReportSHA256)}
	args = append(args, s.Stated.values()...)
	for i := range sum.counts {
		args = append(args, sum.counts[i].value())
	}
	return insertRun(ctx, tx, append(args, s.values(m.Rows)...), about)
}

// recordMissing writes a source that could not be measured into the ledger.
func recordMissing(ctx context.Context, tx *sql.Tx, s Source, about About) error {
	s.Findings = append([]string{s.Missing}, s.Findings...)
	args := []any{about.RunID, "missing", known(s.Name), s.Week, nil, s.Project, s.Platform, known(s.Branch), nil, nil, nil, known(s.ReportSHA256)}
	args = append(args, s.Stated.values()...)
	args = append(args, make([]any, len(countColumns))...)
	return insertRun(ctx, tx, append(args, s.values(0)...), about)
}

func insertRun(ctx context.Context, tx *sql.Tx, args []any, about About) error {
	took := time.Since(about.began) // the lock is held by now, so the newest is what is kept
	args = append(args, took.Seconds(), known(about.Version), utc(about.At.Add(took)))
	n, err := changedRows(ctx, tx, "record", args)
	if err == nil && n != 1 {
		err = fmt.Errorf("%d rows were written", n)
	}
	return err
}

// values are the totals in the order of the ledger.
func (t Totals) values() (out []any) {
	for _, c := range []Total{t.Lines, t.Methods, t.Branches} {
		if c.Known {
			out = append(out, c.Total, c.Covered)
		} else {
			out = append(out, nil, nil)
		}
	}
	return out
}

// The ledger's texts end here.
const (
	maxFindings = 16000
	maxFailing  = 4096
)

// values are the rest of a source in the order of the ledger.
func (s Source) values(rows int64) []any {
	var took, expected, present any
	if s.Took > 0 {
		took = s.Took.Seconds()
	}
	if s.Shards.Known {
		expected, present = s.Shards.Total, s.Shards.Covered
	}
	return []any{int64(len(s.Findings)), known(clip(strings.Join(s.Findings, "\n"), maxFindings)), expected, present,
		known(clip(strings.Join(s.Failing, ", "), maxFailing)), rows, took}
}

// clip cuts a text to so many octets, at the end of a character.
func clip(text string, octets int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= octets {
		return text
	}
	cut := octets - len("…")
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// known gives NULL for an empty text.
func known(text string) any {
	if text == "" {
		return nil
	}
	return text
}

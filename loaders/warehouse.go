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
			again, err := outdated(ctx, tx, *m, about)
			if err != nil {
				return outcome, false, fmt.Errorf("ledger: %w", err)
			}
			if !again {
				continue
			}
		} else if err := replace(ctx, tx, m, about); err != nil {
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

func changedRows(ctx context.Context, tx *sql.Tx, name string, args []any) (int64, error) {
	result, err := tx.ExecContext(ctx, statement(name), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

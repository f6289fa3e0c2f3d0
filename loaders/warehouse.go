package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// exchange puts the staged rows of one measurement in the place of those that
// are kept, unless the warehouse has these very rows, and writes the ledger,
// unless it says all of it. It tells in m what it did, and if there is anything
// to commit.
func exchange(ctx context.Context, tx *sql.Tx, m *Measurement, sum *summed, about About) (changed bool, err error) {
	if err := compare(ctx, tx, m); err != nil {
		return false, err
	}
	about.step(Compared, m.Rows)
	if m.Change != Unchanged {
		if err := replace(ctx, tx, m, about); err != nil {
			return false, err
		}
	} else if again, err := outdated(ctx, tx, *m, about); err != nil || !again {
		return false, err
	}
	if err := record(ctx, tx, *m, sum, about); err != nil {
		return false, fmt.Errorf("ledger: %w", err)
	}
	return true, nil
}

// recordSources writes the sources that could not be measured into the ledger,
// the last step of a load, and tells whether there are any.
func recordSources(ctx context.Context, tx *sql.Tx, sent *tally, about About) (changed bool, err error) {
	for _, s := range about.sources {
		if s.Missing != "" {
			if err := recordMissing(ctx, tx, s, about); err != nil {
				return false, fmt.Errorf("ledger: %w", err)
			}
			changed = true
		}
	}
	about.step(Written, sent.rows)
	return changed, nil
}

// checkDoubles refuses rows of which a query finds two for one file.
func checkDoubles(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	var file, module string
	var times int64
	err := tx.QueryRowContext(ctx, statement(query), args...).Scan(&file, &module, &times)
	switch {
	case err == nil:
		return fmt.Errorf("%w: %q of module %q is there %d times", ErrDouble, file, module, times)
	case errors.Is(err, sql.ErrNoRows):
		return nil
	}
	return err
}

// compare says what is to be done to a measurement.
func compare(ctx context.Context, tx *sql.Tx, m *Measurement) error {
	key := []any{m.Week, m.Project, m.Platform, m.Branch}
	var kept, other int64
	if err := tx.QueryRowContext(ctx, statement("kept"), key...).Scan(&kept); err != nil {
		return err
	}
	switch {
	case kept == 0:
		m.Change = Added
		return nil
	case kept != m.Rows:
		m.Change = Replaced
		return nil
	}
	if err := tx.QueryRowContext(ctx, statement("other"), append(key, key...)...).Scan(&other); err != nil {
		return err
	}
	m.Change = Unchanged
	if other > 0 {
		m.Change = Replaced
	}
	return nil
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
	if err := checkDoubles(ctx, tx, "double", key...); err != nil {
		return err
	}
	if err := keepOwners(ctx, tx, m.Key); err != nil {
		return fmt.Errorf("owners: %w", err)
	}
	about.step(Inserted, inserted)
	return nil
}

func changedRows(ctx context.Context, tx *sql.Tx, name string, args []any) (int64, error) {
	result, err := tx.ExecContext(ctx, statement(name), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

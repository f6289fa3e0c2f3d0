package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// exchangeStaged puts each staged measurement in the place of what is kept, and
// tells whether there is anything to commit.
func exchangeStaged(
	ctx context.Context, tx *sql.Tx, sent *tally, about About, outcome *Outcome,
) (changed bool, err error) {
	if err := checkStaged(ctx, tx, sent.rows); err != nil {
		return false, err
	}
	about.step(Staged, sent.rows)
	staged, err := stagedMeasurements(ctx, tx)
	if err != nil {
		return false, err
	}
	for _, m := range staged {
		written, err := exchange(ctx, tx, &m, sent.about[m.Key], about)
		if err != nil {
			return false, err
		}
		changed = changed || written
		outcome.Measurements = append(outcome.Measurements, m)
	}
	return changed, nil
}

// checkStaged makes sure that what was staged is what was sent, and that no file
// is there twice.
func checkStaged(ctx context.Context, tx *sql.Tx, sent int64) error {
	var staged int64
	if err := tx.QueryRowContext(ctx, statement("vertica/staged")).Scan(&staged); err != nil {
		return err
	}
	if staged != sent {
		return fmt.Errorf("%d rows were sent and %d arrived", sent, staged)
	}
	return checkDoubles(ctx, tx, "vertica/double")
}

// stagedMeasurements gives what is in the staging table.
func stagedMeasurements(ctx context.Context, tx *sql.Tx) (found []Measurement, err error) {
	rows, err := tx.QueryContext(ctx, statement("vertica/keys"))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Measurement
		var week time.Time
		if err := rows.Scan(&week, &m.Project, &m.Platform, &m.Branch, &m.Rows); err != nil {
			return nil, err
		}
		m.Week = week.Format(time.DateOnly)
		found = append(found, m)
	}
	return found, errors.Join(rows.Err(), rows.Close())
}

package loaders

import (
	"context"
	"database/sql"
	"errors"
)

// outdated tells whether the ledger says of a measurement whose rows have not
// changed what is no longer so: that it is missing, since a later attempt had
// failed, or that other shards were missing or had failing tests. Of a load
// that knows of no source nothing is outdated.
func outdated(ctx context.Context, tx *sql.Tx, m Measurement, about About) (bool, error) {
	s := about.source(m.Key)
	if s.Name == "" {
		return false, nil
	}
	var status, failing string
	var present, expected int64
	err := tx.QueryRowContext(ctx, statement("newest"), m.Week, m.Project, m.Platform, m.Branch).
		Scan(&status, &present, &expected, &failing)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	shards := Total{Covered: present, Total: expected, Known: present >= 0 && expected >= 0}
	if !shards.Known {
		shards = Total{}
	}
	return status == "missing" || shards != s.Shards || failing != s.failingText(), nil
}

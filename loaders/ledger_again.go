package loaders

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
)

// outdated tells whether the ledger says of a measurement whose rows have not
// changed what is no longer so: that it is missing, since a later attempt had
// failed, or that other shards were missing, or for another reason, or had
// failing tests. Of a load that knows of no source nothing is outdated.
func outdated(ctx context.Context, tx *sql.Tx, m Measurement, about About) (bool, error) {
	s := about.source(m.Key)
	if s.Name == "" {
		return false, nil
	}
	var run, status, failing string
	var present, expected int64
	err := tx.QueryRowContext(ctx, statement("newest"), m.Week, m.Project, m.Platform, m.Branch).
		Scan(&run, &status, &present, &expected, &failing)
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
	if status == "missing" || shards != s.Shards || failing != s.failingText() {
		return true, nil
	}
	lacked, err := lacking(ctx, tx, run, s.Name)
	return !slices.Equal(lacked, s.lacking()), err
}

func byName(a, b lack) int { return strings.Compare(a.shard, b.shard) }

// lack is a shard that is missing, and how its process ended.
type lack struct{ shard, ending string }

// lacking gives what the ledger says that a run lacked of a source, by name.
func lacking(ctx context.Context, tx *sql.Tx, run, source string) (all []lack, err error) {
	rows, err := tx.QueryContext(ctx, statement("lacking"), run, source)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l lack
		if err := rows.Scan(&l.shard, &l.ending); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	slices.SortFunc(all, byName)
	return all, errors.Join(rows.Err(), rows.Close())
}

// lacking gives what the source lacks, as the ledger would keep it.
func (s Source) lacking() (all []lack) {
	for _, r := range s.ShardRuns {
		if r.Status == ShardMissing {
			all = append(all, lack{clip(r.Name, maxShard), clip(r.Ending, maxEnding)})
		}
	}
	slices.SortFunc(all, byName)
	return all
}

package reports

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Change is why one measurement differs from that of an earlier week.
type Change struct {
	Project, Platform, Branch string
	Account                   *Account // nil: there is none
	None                      string   // why there is none
}

// Against explains what became of a week's measurements since an earlier week,
// one change for each measurement of w, in order. w is as [ReadWeek] gave it for
// the same selection.
func (w Week) Against(ctx context.Context, db *sql.DB, of Selection, earlier time.Time) ([]Change, error) {
	old, err := ReadWeek(ctx, db, Selection{Project: of.Project, Expect: of.Expect}, earlier)
	if err != nil {
		return nil, err
	}
	oldShards, errOld := shards(ctx, db, earlier)
	newShards, errNew := shards(ctx, db, w.Monday)
	if err := errors.Join(errOld, errNew); err != nil {
		return nil, err
	}
	var changes []Change
	for _, m := range w.Measurements {
		c := Change{Project: m.Project, Platform: m.Platform, Branch: m.Branch, None: "it was not measured in that week"}
		for _, o := range old.Measurements {
			if !o.same(m) {
				continue
			}
			account, err := Explain(o.standings(of, oldShards), m.standings(of, newShards))
			if c.Account, c.None = account, ""; err != nil {
				c.None = err.Error()
			}
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// standings gives the files of a measurement, without the total of a build.
func (m Measurement) standings(of Selection, shards map[[3]string]string) []Standing {
	var all []Standing
	for _, f := range m.files {
		if f.path == "" {
			continue
		}
		s := Standing{Module: f.module, Path: f.path, In: of.has(f),
			How: fmt.Sprint(m.Format, " ", f.basis, " ", f.exact, " ", shards[[3]string{m.Project, m.Platform, m.Branch}])}
		if f.linesTotal.Valid && f.linesCovered.Valid {
			s.Lines = &Count{Covered: f.linesCovered.Int64, Total: f.linesTotal.Int64}
		}
		all = append(all, s)
	}
	return all
}

// shards says of each measurement (project, platform, branch) of a week how many
// shards it lacks, if it does. The newest row of the ledger tells.
func shards(ctx context.Context, db *sql.DB, monday time.Time) (map[[3]string]string, error) {
	rows, err := db.QueryContext(ctx, statement("lacking_shards"), monday.Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	lacking := map[[3]string]string{}
	for rows.Next() {
		var key [3]string
		var missing int64
		if err := rows.Scan(&key[0], &key[1], &key[2], &missing); err != nil {
			return nil, err
		}
		delete(lacking, key)
		if missing > 0 {
			lacking[key] = fmt.Sprintf("%d shards missing", missing)
		}
	}
	return lacking, errors.Join(rows.Err(), rows.Close())
}

// Earlier gives the newest week before another one in which something was
// measured. It fails with [ErrNoWeek] if there is none.
func Earlier(ctx context.Context, db *sql.DB, project string, monday time.Time) (time.Time, error) {
	var newest sql.NullTime
	err := db.QueryRowContext(ctx, statement("earlier_week"), monday.Format(time.DateOnly), project, project).Scan(&newest)
	if err == nil && !newest.Valid {
		err = fmt.Errorf("%s, before %s: %w", named(project), monday.Format(time.DateOnly), ErrNoWeek)
	}
	return newest.Time, err
}

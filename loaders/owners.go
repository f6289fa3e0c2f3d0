package loaders

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
)

// ownerPairs is how many pairs of a set of owners and one of them a statement
// has, and as many more as the last owner needs.
const ownerPairs = 100

// keepOwners writes one row for each file and owner into coverage_owners, in the
// place of what it has of the project, platform and week. It reads the rows of
// all branches, since the table has none; all sets that have an owner are in one
// statement, so that a file of two branches has the owner once.
func keepOwners(ctx context.Context, tx *sql.Tx, key Key) error {
	of := []any{key.Week, key.Project, key.Platform}
	if _, err := changedRows(ctx, tx, "owners_delete", of); err != nil {
		return err
	}
	sets, err := ownersOf(ctx, tx, of)
	if err != nil {
		return err
	}
	var pairs []any
	insert := func() error {
		if len(pairs) == 0 {
			return nil
		}
		pair := statement("owners_pair")
		all := pair + strings.Repeat("\nUNION ALL\n"+pair, len(pairs)/2-1)
		_, err := tx.ExecContext(ctx,
			strings.Replace(statement("owners_insert"), "{pairs}", all, 1), append(pairs, of...)...)
		pairs = nil
		return err
	}
	for _, owner := range slices.Sorted(maps.Keys(sets)) {
		for _, set := range sets[owner] {
			pairs = append(pairs, set, owner)
		}
		if len(pairs) >= 2*ownerPairs {
			if err := insert(); err != nil {
				return err
			}
		}
	}
	return insert()
}

// ownersOf gives of each owner of a week the sets that it is in.
func ownersOf(ctx context.Context, tx *sql.Tx, of []any) (map[string][]string, error) {
	rows, err := tx.QueryContext(ctx, statement("owners_sets"), of...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	sets := map[string][]string{}
	for rows.Next() {
		var set string
		if err := rows.Scan(&set); err != nil {
			return nil, err
		}
		names := strings.Split(set, " ")
		slices.Sort(names)
		for _, owner := range slices.Compact(names) {
			if owner != "" {
				sets[owner] = append(sets[owner], set)
			}
		}
	}
	return sets, errors.Join(rows.Err(), rows.Close())
}

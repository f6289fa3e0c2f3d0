package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// transact does a piece of work in one transaction of a warehouse, under the
// contract of a load: all of it or nothing, in tables of this version, with the
// same waiting, deadlines and retries. work may run several times; again says
// that an earlier time may have been committed. It tells whether there is
// anything to commit.
func transact(
	ctx context.Context,
	place string,
	opt Options,
	work func(in *transaction, again bool) (bool, error),
) error {
	switch {
	case strings.HasPrefix(place, duckDBScheme):
		return transactDuckDB(ctx, strings.TrimPrefix(place, duckDBScheme), work)
	case strings.HasPrefix(place, verticaScheme):
		return transactVertica(ctx, place, opt, work)
	}
	return fmt.Errorf(
		"%w: %s is no warehouse (known: duckdb:coverage.duckdb, vertica://user@host:5433/db)",
		ErrPlace,
		place,
	)
}

// transaction is one of a warehouse, and the context for what is done in it.
type transaction struct {
	ctx context.Context
	tx  *sql.Tx
}

// exec runs one of the statements in sql/ and tells how many rows it changed.
func (t *transaction) exec(name string, args ...any) (int64, error) {
	return changedRows(t.ctx, t.tx, name, args)
}

func transactDuckDB(
	ctx context.Context,
	path string,
	work func(in *transaction, again bool) (bool, error),
) (err error) {
	db, err := writeDuckDB(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	fail := func(err error) error { return fmt.Errorf("duckdb: %s: %w", path, err) }
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fail(err)
	}
	defer tx.Rollback() // does nothing after a commit
	if err := migrate(ctx, tx); err != nil {
		return fail(err)
	}
	changed, err := work(&transaction{ctx, tx}, false)
	if err == nil && changed {
		if err = lasts(ctx, tx); err == nil {
			err = tx.Commit()
		}
	}
	if err != nil {
		return fail(err)
	}
	return nil
}

func transactVertica(
	ctx context.Context,
	place string,
	opt Options,
	work func(in *transaction, again bool) (bool, error),
) error {
	v, err := openVertica(place, opt)
	if err != nil {
		return err
	}
	label := About{}.complete().RunID
	err = v.repeat(ctx, label, func(session *verticaSession, again bool) error {
		ctx := context.WithoutCancel(session.ctx) // see attempt
		if err := session.isCurrent(ctx); err != nil {
			return err
		}
		tx, err := session.conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() // does nothing after a commit
		changed, err := work(&transaction{ctx, tx}, again)
		if err != nil || !changed {
			return err
		}
		return commit(tx)
	})
	if err != nil {
		return fmt.Errorf("vertica: %s: %w", v.place.host, err)
	}
	return nil
}

// limits refuses texts that are missing or that a column cannot hold.
func limits(of string, texts ...limited) error {
	for _, t := range texts {
		switch {
		case t.text == "" && t.needed:
			return fmt.Errorf("%s: %s is unknown: %w", of, t.name, ErrUnknown)
		case len(t.text) > t.octets:
			return fmt.Errorf("%s: %s has %d octets, more than %d: %w", of, t.name, len(t.text), t.octets, ErrTooLong)
		}
	}
	return nil
}

type limited struct {
	name, text string
	octets     int
	needed     bool
}

// sameTime compares times as the tables keep them.
func sameTime(a, b time.Time) bool {
	return a.Truncate(time.Microsecond).Equal(b.Truncate(time.Microsecond))
}

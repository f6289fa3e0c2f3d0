package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/cenkalti/backoff/v5"
	vertigo "github.com/vertica/vertica-sql-go"
)

// vertica is a warehouse in a Vertica database. docs/adr/0014 says which faults
// of the driver each step here stands against.
type vertica struct {
	place    verticaPlace
	attempts uint          // of a load
	pause    time.Duration // before the second attempt; each next one is longer
}

func openVertica(to string, opt Options) (*vertica, error) {
	place, err := parseVertica(to, opt)
	if err != nil {
		return nil, err
	}
	return &vertica{place: place, attempts: 4, pause: time.Second}, nil
}

func (v *vertica) Close() error { return nil }

// Load keeps the rows in a file first, so that nothing is sent before all of
// them are known to be good, and so that they can be sent again.
func (v *vertica) Load(ctx context.Context, rows array.RecordReader, about About) (Outcome, error) {
	about = about.complete()
	rest, err := newSpool(ctx, rows, about)
	if err != nil {
		return Outcome{}, fmt.Errorf("vertica: %s: %w", v.place.host, err)
	}
	defer rest.Close()
	outcome, err := v.load(ctx, rest, about.told())
	if err != nil {
		return Outcome{}, fmt.Errorf("vertica: %s: %w", v.place.host, err)
	}
	return outcome, nil
}

// load tries until the rows are there. If the answer to COMMIT is lost, the next
// attempt looks into the ledger first.
func (v *vertica) load(ctx context.Context, rest *spool, about About) (sent Outcome, err error) {
	err = v.repeat(ctx, about.RunID, func(session *verticaSession, again bool) error {
		if again {
			if there, err := session.has(about.RunID); err != nil || there {
				return err
			}
		}
		outcome, err := v.attempt(session, rest, about, again)
		switch {
		case errors.Is(err, errThere):
			return nil
		case err == nil, errors.Is(err, ErrUnknownCommit):
			sent = outcome
		}
		return err
	})
	return sent, err
}

// repeat tries until it is done or a failure is for good, each time in a session
// of its own. Nothing of an attempt that failed before its COMMIT is kept by the
// server; again says that the COMMIT of an earlier one was not answered, so that
// it may be there.
func (v *vertica) repeat(ctx context.Context, label string, try func(session *verticaSession, again bool) error) error {
	unknown := false
	once := func() error {
		session, err := connectVertica(ctx, v.place, label)
		if err != nil {
			return err
		}
		defer session.Close()
		err = try(session, unknown)
		unknown = unknown || errors.Is(err, ErrUnknownCommit)
		return session.explain(err)
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = v.pause, 30*time.Second
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := once()
		switch {
		case err == nil, errors.Is(err, ErrUnknownCommit), ctx.Err() == nil && repeatable(err):
			return struct{}{}, err
		case ctx.Err() != nil:
			err = context.Cause(ctx)
		}
		return struct{}{}, backoff.Permanent(err)
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(v.attempts), backoff.WithMaxElapsedTime(0))
	if err != nil && unknown && !errors.Is(err, ErrUnknownCommit) {
		err = fmt.Errorf("%w; it could not be looked up: %w", ErrUnknownCommit, err)
	}
	return err
}

// errThere says that the ledger has the load already.
var errThere = errors.New("the load is there")

// attempt is one transaction. It runs on a context that is never cancelled: the
// driver would answer a cancellation by writing to the connection from a second
// goroutine. Cancelling closes the connection instead, see relay.
func (v *vertica) attempt(session *verticaSession, rest *spool, about About, again bool) (outcome Outcome, err error) {
	ctx, conn := context.WithoutCancel(session.ctx), session.conn
	about.step(Connected, 0)
	if err := session.isCurrent(ctx); err != nil {
		return outcome, err
	}
	if _, err := conn.ExecContext(ctx, statement("vertica/staging")); err != nil {
		return outcome, fmt.Errorf("staging: %w", err)
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return outcome, err
	}
	defer tx.Rollback() // does nothing after a commit
	if err := copyRowsIn(ctx, tx, rest, about); err != nil {
		return outcome, err
	}
	about.again = again
	outcome = Outcome{RunID: about.RunID, Rows: rest.sent.rows}
	changed, err := exchangeStaged(ctx, tx, &rest.sent, about, &outcome)
	if err != nil {
		return outcome, err
	}
	missing, err := recordSources(ctx, tx, &rest.sent, about)
	if err != nil || !changed && !missing {
		return outcome, err
	}
	about.step(Committing, rest.sent.rows)
	if err := commit(tx); err != nil {
		return outcome, err
	}
	about.step(Committed, rest.sent.rows)
	return outcome, nil
}

// commit tells a COMMIT that the server refuses from one without an answer.
func commit(tx *sql.Tx) error {
	err := tx.Commit()
	var refusal *vertigo.VError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return fmt.Errorf("commit: %w", err) // so nothing is kept
	}
	return fmt.Errorf("%w: %w", ErrUnknownCommit, err)
}

// readVertica opens a pool of connections for queries.
func readVertica(ctx context.Context, from string, opt Options) (*sql.DB, error) {
	place, err := parseVertica(from, opt)
	if err != nil {
		return nil, err
	}
	connector := &verticaConnector{ctx: ctx, place: place, label: "covpipe-read"}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(2)
	version, err := schemaVersion(ctx, db)
	var refusal *vertigo.VError
	switch {
	case errors.As(err, &refusal) && isMissingTable(refusal), err == nil && version == 0:
		err = ErrNotLoaded
	case err != nil:
		err = connector.explain(err)
	case version < SchemaVersion:
		err = fmt.Errorf("schema version %d, and this covpipe needs %d: %w", version, SchemaVersion, ErrOlder)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("vertica: %s: %w", place.host, err), db.Close())
	}
	return db, nil
}

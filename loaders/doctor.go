package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	vertigo "github.com/vertica/vertica-sql-go"
)

// Finding is one line of what [Examine] found.
type Finding struct {
	What   string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"` // what was found, or what is wrong
	Advice string `json:"advice,omitempty"` // what to do about it
}

// Examine tries out a warehouse and tells what it finds, as it goes on. It
// leaves nothing behind. It stops at the first check without which the next ones
// say nothing.
func Examine(ctx context.Context, place string, opt Options, found func(Finding)) error {
	switch {
	case strings.HasPrefix(place, verticaScheme):
		return examineVertica(ctx, place, opt, found)
	case strings.HasPrefix(place, duckDBScheme):
		return examineDuckDB(ctx, strings.TrimPrefix(place, duckDBScheme), found)
	}
	return fmt.Errorf("%w %q: it is no warehouse", ErrPlace, place)
}

// examineDuckDB does on no rows what a load does, and rolls it back. Of a file
// that is not there it tries whether it can be made, on another beside it.
func examineDuckDB(ctx context.Context, path string, found func(Finding)) error {
	unopened := func(err error) {
		found(Finding{
			What: "open for writing", Detail: err.Error(),
			Advice: "look at the path, its owner and who else has it open",
		})
	}
	if err := checkDuckDBFile(path); errors.Is(err, ErrPlace) {
		return err
	}
	detail := "no other process holds it"
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		fresh, remove, err := freshDuckDB(ctx, path)
		if err != nil {
			unopened(fmt.Errorf("duckdb: %s: it is not there yet, and cannot be made: %w", path, err))
			return nil
		}
		defer remove()
		path, detail = fresh, "it is not there yet, and can be made"
	}
	db, err := writeDuckDB(ctx, path)
	if err != nil {
		unopened(err)
		return nil
	}
	defer db.Close()
	found(Finding{What: "open for writing", OK: true, Detail: detail})
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing that is done here stays
	if err := migrate(ctx, tx); err != nil {
		found(Finding{What: "tables", Detail: err.Error(), Advice: "use the covpipe that made them, or a newer one"})
		return nil
	}
	if err := tryTables(ctx, tx); err != nil {
		found(Finding{
			What: "tables", Detail: err.Error(),
			Advice: "covpipe ddl --for duckdb shows the tables as they should be",
		})
		return nil
	}
	found(Finding{
		What: "tables", OK: true,
		Detail: fmt.Sprintf("schema version %d, or can be brought to it", SchemaVersion),
	})
	return nil
}

// hostile are values that loaders have lost or changed before; NULL last.
var hostile = []any{
	"plain",
	`quote " and ' and ""`,
	`back\slash \n`,
	"new\nline\r",
	"tab\tand|pipe",
	"four octets 😀",
	"",
	"\x01\x02\x03\x04",
	nil,
}

// examineVertica does on a scratch table what a load does, and more.
func examineVertica(ctx context.Context, place string, opt Options, found func(Finding)) error {
	parsed, err := parseVertica(place, opt)
	if err != nil {
		return err
	}
	session, err := connectVertica(ctx, parsed, "doctor")
	if err != nil {
		found(Finding{What: "connect", Detail: err.Error(), Advice: adviceFor(err)})
		return nil
	}
	defer session.Close()
	e := &examination{ctx: context.WithoutCancel(ctx), s: session, found: found}
	e.found(
		Finding{
			What:   "connect",
			OK:     true,
			Detail: fmt.Sprintf("%s as %s, tlsmode %s", parsed.nodes[0], parsed.user, parsed.tls),
		},
	)
	if parsed.tls != tlsStrict {
		e.found(
			Finding{
				What:   "TLS",
				Detail: "the server's certificate is not verified",
				Advice: "take ?tlsmode=… out of the place; ?ca=FILE names a certificate authority of your own",
			},
		)
	} else {
		e.found(Finding{What: "TLS", OK: true, Detail: "the server's certificate is verified"})
	}
	e.check("version", "ask whoever looks after the database for SELECT on it", func() (string, error) {
		var version string
		err := session.conn.QueryRowContext(e.ctx, "SELECT version() AS version").Scan(&version)
		return version, err
	})
	there := e.check("tables", "covpipe ddl --for vertica shows the SQL that makes them", func() (string, error) {
		version, err := schemaVersion(e.ctx, session.conn)
		if err == nil && version < SchemaVersion {
			err = fmt.Errorf("schema version %d, and this covpipe needs %d", version, SchemaVersion)
		}
		return fmt.Sprintf("schema version %d", version), err
	})
	if !e.check("temporary table", "the user needs TEMP on the database", func() (string, error) {
		return "made, with rows that outlast a commit", e.exec(
			"CREATE LOCAL TEMP TABLE covpipe_doctor (place_no INT, text_value VARCHAR(80)) ON COMMIT PRESERVE ROWS",
		)
	}) {
		return nil
	}
	e.check("hostile values", "do not load: send this line to the authors of covpipe", e.hostileValues)
	e.check("text that is too long", "do not load: the server cuts texts off", e.tooLong)
	e.check("rollback", "do not load: rows that were rolled back are still there", e.rolledBack)
	if !there {
		return nil
	}
	e.check("rights", rightsNeeded, e.rights)
	e.check(
		"unseen before COMMIT",
		"do not load: a second session sees rows that are not committed",
		func() (string, error) {
			return e.unseen(ctx, parsed)
		},
	)
	e.check("clean up", "the table is temporary, and goes with the session", func() (string, error) {
		return "the scratch table is dropped", e.exec("DROP TABLE covpipe_doctor")
	})
	return nil
}

// Clock asks a warehouse on another machine what time it is there. known is false
// for one that has no clock of its own.
func Clock(ctx context.Context, place string, opt Options) (at time.Time, known bool, err error) {
	if !strings.HasPrefix(place, verticaScheme) {
		return at, false, nil
	}
	parsed, err := parseVertica(place, opt)
	if err != nil {
		return at, false, err
	}
	session, err := connectVertica(ctx, parsed, "doctor")
	if err != nil {
		return at, false, err
	}
	defer session.Close()
	var seconds float64
	err = session.conn.QueryRowContext(ctx, "SELECT EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) AS seconds").Scan(&seconds)
	return time.UnixMilli(int64(seconds * 1000)), err == nil, session.explain(err)
}

func adviceFor(err error) string {
	switch {
	case IsLogin(err):
		return "COVPIPE_VERTICA_PASSWORD or COVPIPE_VERTICA_PASSWORD_FILE gives the password"
	case errors.Is(err, ErrTLS):
		return "?ca=FILE in the place names the certificate authority; docs/vertica.md has the modes"
	}
	return "is the address right, does the server run, and does a firewall let you through?"
}

type examination struct {
	ctx   context.Context
	s     *verticaSession
	found func(Finding)
}

func (e *examination) check(what, advice string, try func() (string, error)) bool {
	detail, err := try()
	if err != nil {
		e.found(Finding{What: what, Detail: e.s.explain(err).Error(), Advice: advice})
		return false
	}
	e.found(Finding{What: what, OK: true, Detail: detail})
	return true
}

func (e *examination) exec(statement string) error {
	_, err := e.s.conn.ExecContext(e.ctx, statement)
	return err
}

// copyText sends rows into the scratch table, within a transaction.
func (e *examination) copyText(tx *sql.Tx, values ...any) error {
	var text strings.Builder
	for i, v := range values {
		fmt.Fprintf(&text, "%d%c", i, copyDelimiter)
		if s, is := v.(string); is {
			text.Write(escaped(nil, s))
		} else {
			text.WriteByte(copyNull)
		}
		text.WriteByte(copyTerminator)
	}
	source := &steadyReader{from: strings.NewReader(text.String())}
	_, err := tx.ExecContext(copyContext(e.ctx, source), statement("vertica/doctor_copy"))
	return err
}

func (e *examination) in(work func(tx *sql.Tx) error) error {
	tx, err := e.s.conn.BeginTx(e.ctx, nil)
	if err != nil {
		return err
	}
	return errors.Join(work(tx), tx.Rollback())
}

func (e *examination) hostileValues() (detail string, err error) {
	return fmt.Sprintf("%d values came back as they went", len(hostile)), e.in(func(tx *sql.Tx) error {
		if err := e.copyText(tx, hostile...); err != nil {
			return err
		}
		var accepted, rejected int
		if err := tx.QueryRowContext(e.ctx, statement("vertica/copied")).Scan(&accepted, &rejected); err != nil {
			return err
		}
		if accepted != len(hostile) || rejected != 0 {
			return fmt.Errorf("of %d rows %d were accepted and %d rejected", len(hostile), accepted, rejected)
		}
		rows, err := tx.QueryContext(e.ctx, "SELECT place_no, text_value FROM covpipe_doctor ORDER BY place_no")
		if err != nil {
			return err
		}
		defer rows.Close()
		n := 0
		for ; rows.Next(); n++ {
			var at int
			var got any
			if err := rows.Scan(&at, &got); err != nil {
				return err
			}
			if n == len(hostile) || at != n || got != hostile[n] {
				return fmt.Errorf("row %d came back as %d, %#v", n, at, got)
			}
		}
		if err := rows.Err(); err != nil || n != len(hostile) {
			return errors.Join(err, fmt.Errorf("%d of %d rows came back", n, len(hostile)))
		}
		return nil
	})
}

func (e *examination) tooLong() (string, error) {
	return "refused", e.in(func(tx *sql.Tx) error {
		err := e.copyText(tx, strings.Repeat("x", 81))
		var refusal *vertigo.VError
		if !errors.As(err, &refusal) {
			return errors.Join(err, errors.New("a text of 81 octets was taken into VARCHAR(80)"))
		}
		return nil
	})
}

func (e *examination) rolledBack() (string, error) {
	var n int
	err := e.s.conn.QueryRowContext(e.ctx, "SELECT COUNT(*) AS n FROM covpipe_doctor").Scan(&n)
	if err == nil && n != 0 {
		err = fmt.Errorf("%d rows", n)
	}
	return "nothing is left of what was rolled back", err
}

// rightsNeeded are those of the user that loads, sends and imports releases.
const rightsNeeded = "the user needs SELECT on all tables, INSERT on all but coverage_schema, " +
	"DELETE on coverage_files, coverage_owners, coverage_releases and coverage_letters, " +
	"and UPDATE on coverage_letters"

// rights tries what covpipe does to its tables, on no rows.
func (e *examination) rights() (string, error) {
	return "rows may be deleted, inserted and updated", e.in(func(tx *sql.Tx) error { return tryTables(e.ctx, tx) })
}

// tryTables does on no rows what covpipe does to its tables.
func tryTables(ctx context.Context, tx *sql.Tx) error {
	const none = " WHERE project = 'covpipe doctor' AND platform = 'none'"
	const noLetter = " WHERE project = 'covpipe doctor' AND edition = 'none'"
	for _, text := range []string{
		"DELETE FROM coverage_files" + none,
		"INSERT INTO coverage_files SELECT * FROM coverage_files" + none,
		"DELETE FROM coverage_owners" + none,
		"INSERT INTO coverage_owners SELECT * FROM coverage_owners" + none,
		"INSERT INTO coverage_runs SELECT * FROM coverage_runs" + none,
		"INSERT INTO coverage_shards SELECT * FROM coverage_shards" + none,
		"DELETE FROM coverage_releases" + none,
		"INSERT INTO coverage_releases SELECT * FROM coverage_releases" + none,
		"DELETE FROM coverage_letters" + noLetter,
		"INSERT INTO coverage_letters SELECT * FROM coverage_letters" + noLetter,
		"UPDATE coverage_letters SET letter_status = 'sent'" + noLetter,
	} {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSuffix(strings.TrimSuffix(text, none), noLetter), err)
		}
	}
	return nil
}

// unseen writes a row into the ledger, looks for it from a second session, and
// rolls it back.
func (e *examination) unseen(ctx context.Context, place verticaPlace) (string, error) {
	const run = "covpipe doctor"
	return "a second session does not see it", e.in(func(tx *sql.Tx) error {
		about := About{RunID: run}.complete()
		trial := Source{Key: Key{Week: "2001-01-01", Project: run, Platform: "none"}, Missing: "a trial"}
		if err := recordMissing(e.ctx, tx, trial, about); err != nil {
			return err
		}
		if there, err := hasRun(e.ctx, tx, run); err != nil || !there {
			return errors.Join(err, errors.New("the session does not see its own row"))
		}
		second, err := connectVertica(ctx, place, "doctor-2")
		if err != nil {
			return err
		}
		defer second.Close()
		there, err := second.has(run)
		if err == nil && there {
			err = errors.New("it sees the row")
		}
		return second.explain(err)
	})
}

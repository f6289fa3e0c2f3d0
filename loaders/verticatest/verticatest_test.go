package verticatest

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	vertigo "github.com/vertica/vertica-sql-go"
	"github.com/vertica/vertica-sql-go/logger"
)

// open connects with the real driver, without anything of covpipe between.
func open(t *testing.T) (*Server, *sql.DB) {
	t.Helper()
	logger.SetLogLevel(logger.NONE)
	server, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("vertica", "vertica://user@"+server.Addr()+"/db")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), server.Close()); err != nil {
			t.Error(err)
		}
	})
	return server, db
}

func do(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, text := range statements {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

func copyIn(db *sql.DB, statement, rows string) error {
	ctx := vertigo.NewVerticaContext(context.Background())
	if err := ctx.SetCopyInputStream(strings.NewReader(rows)); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, statement)
	return err
}

// there gives the rows of the table t that are committed, as text.
func there(t *testing.T, server *Server) string {
	t.Helper()
	rows, err := server.DB().
		Query("SELECT coalesce(a, 'NULL') || '/' || coalesce(b::VARCHAR, 'NULL') FROM main.t ORDER BY b, a")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		found = append(found, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}

// COPY does by default what has surprised others: it drops what it cannot read,
// cuts off what is too long, passes over empty lines, reads "" as an end, eats
// backslashes, and takes doubles of a primary key.
func TestCopyIsAsCarelessAsVerticaIs(t *testing.T) {
	for name, c := range map[string]struct{ options, rows, want, failure string }{
		"rows that cannot be read": {"", "x|1\ny|one\nz|3|4\nw|2\n", "x/1 w/2", ""},
		"abort on error":           {"ABORT ON ERROR", "x|1\ny|one\n", "", "2035"},
		"rejectmax":                {"REJECTMAX 2", "y|one\nz|two\nx|1\n", "", "2035"},
		"too long":                 {"", "1234567890|1\n", "12345678/1", ""},
		"octets, not characters":   {"", "1234567ü|1\n", "1234567/1", ""},
		"enforcelength":            {"ENFORCELENGTH", "1234567890|1\nx|2\n", "x/2", ""},
		"empty lines":              {"", "\nx|1\n\n\ny|2", "x/1 y/2", ""},
		"quotes are data":          {"", "\"x\"|1\n", `"x"/1`, ""},
		"quotes enclose":           {`ENCLOSED BY '"'`, "\"x|y\n\"|1\n\"a\"\"b\"|2\n", "x|y\n/1", ""},
		"equal quote and escape":   {`ENCLOSED BY '"' ESCAPE AS '"'`, "x|1\n", "", "3169"},
		"backslashes":              {"", `a\b|1` + "\n" + `a\|b|2` + "\n", "ab/1 a|b/2", ""},
		"no escape":                {"NO ESCAPE", `a\b|1` + "\n", `a\b/1`, ""},
		"null":                     {"", "|1\n", "NULL/1", ""},
		"control octets": {
			`DELIMITER E'\001' ESCAPE AS E'\004' NULL E'\003' RECORD TERMINATOR E'\002'`,
			"a\n|\x04\x01\x01" + "1\x02\x03\x012\x02\x013\x02", "a\n|\x01/1 NULL/2 /3", "",
		},
		"double keys":         {"", "x|1\nx|1\n", "x/1 x/1", ""},
		"an option of others": {"HEADER", "x|1\n", "", "4856"},
		"skip":                {"SKIP 1", "a|b\nx|1\n", "x/1", ""},
	} {
		server, db := open(t)
		do(t, db, "CREATE TABLE t (a VARCHAR(8), b INT PRIMARY KEY) ORDER BY a SEGMENTED BY HASH(a) ALL NODES")
		err := copyIn(db, "COPY t FROM STDIN "+c.options, c.rows)
		var refusal *vertigo.VError
		if failed := errors.As(err, &refusal); failed != (c.failure != "") || failed && refusal.ErrorCode != c.failure {
			t.Errorf("%s: got %v", name, err)
		}
		if got := there(t, server); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// COPY, and DDL of any kind, commit the transaction in which they stand.
func TestCopyAndDDLCommitWhatCameBeforeThem(t *testing.T) {
	for statement, want := range map[string]string{
		"COPY t FROM STDIN":                 "before/1 copied/2",
		"COPY t FROM STDIN NO COMMIT":       "",
		"COPY scratch FROM STDIN":           "", // into a temporary table it does not
		"CREATE TABLE u (n INT)":            "before/1",
		"CREATE LOCAL TEMP TABLE v (n INT)": "before/1",
		"DROP TABLE w":                      "before/1",
		"ALTER TABLE w ADD COLUMN m INT":    "before/1",
	} {
		server, db := open(t)
		do(
			t,
			db,
			"CREATE TABLE t (a VARCHAR(8), b INT)",
			"CREATE TABLE w (n INT)",
			"CREATE LOCAL TEMP TABLE scratch (a VARCHAR(8), b INT) ON COMMIT PRESERVE ROWS",
		)
		tx, err := db.BeginTx(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("INSERT INTO t (a, b) VALUES ('before', 1)"); err != nil {
			t.Fatal(err)
		}
		ctx := vertigo.NewVerticaContext(context.Background())
		if err := ctx.SetCopyInputStream(strings.NewReader("copied|2\n")); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if got := there(t, server); got != want {
			t.Errorf("%s: got %q, want %q", statement, got, want)
		}
	}
}

// COPY gives no count, and the rows of a temporary table go with a commit.
func TestCopyTellsNothingAndTemporaryRowsGo(t *testing.T) {
	_, db := open(t)
	do(
		t,
		db,
		"CREATE LOCAL TEMP TABLE t (a VARCHAR(8), b INT)",
		"CREATE LOCAL TEMP TABLE p (a VARCHAR(8), b INT) ON COMMIT PRESERVE ROWS",
	)
	for table, want := range map[string]int{"t": 0, "p": 1} {
		tx, err := db.BeginTx(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx := vertigo.NewVerticaContext(context.Background())
		if err := ctx.SetCopyInputStream(strings.NewReader("x|1\n")); err != nil {
			t.Fatal(err)
		}
		result, err := tx.ExecContext(ctx, "COPY "+table+" FROM STDIN")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := result.RowsAffected(); err == nil {
			t.Error("COPY gives a count")
		}
		var accepted, rejected int
		row := tx.QueryRow("SELECT GET_NUM_ACCEPTED_ROWS(), GET_NUM_REJECTED_ROWS()")
		if err := row.Scan(&accepted, &rejected); err != nil || accepted != 1 || rejected != 0 {
			t.Errorf("%d accepted, %d rejected, %v", accepted, rejected, err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := db.QueryRow("SELECT COUNT(*) AS n FROM " + table).Scan(&n); err != nil || n != want {
			t.Errorf("%s: %d rows after the commit, want %d, %v", table, n, want, err)
		}
	}
}

// SQL that only DuckDB understands is refused, and so is a name that Vertica
// reserves.
func TestSQLOfOthersIsRefused(t *testing.T) {
	_, db := open(t)
	do(t, db, "CREATE TABLE t (a VARCHAR(8), b INT)")
	for _, text := range []string{
		"FROM t", "SELECT * EXCLUDE (a) FROM t", "SELECT a FROM t GROUP BY ALL", "SELECT a FROM t ORDER BY ALL",
		"SELECT a FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1",
		"SELECT list_value(1, 2) AS x", "SELECT [1, 2] AS x", "SELECT a FROM t WHERE a IS DISTINCT FROM 'x'",
		"SELECT a FROM t ORDER BY a NULLS LAST", "SELECT strlen(a) AS n FROM t",
		"INSERT INTO t VALUES ('a', 1), ('b', 2)", "INSERT INTO t BY NAME SELECT 'a' AS a",
		"INSERT INTO t VALUES ('a', 1) ON CONFLICT DO NOTHING",
		"DELETE FROM t USING t u WHERE t.a = u.a", "PRAGMA version", "ATTACH 'x.db'",
		"COPY t TO 'x.csv'", "COPY t FROM 'x.csv'", "COPY t FROM LOCAL STDIN",
		"CREATE OR REPLACE TABLE t (a INT)", "CREATE TABLE u (user INT)", "CREATE TABLE u (a HUGEINT)",
		"CREATE TABLE u (a VARCHAR(65001))", "CREATE INDEX i ON t (a)",
		"CREATE TABLE u (a INT) PARTITION BY a ORDER BY a", "WITH new AS (SELECT 1 AS n) SELECT n FROM new",
		"SELECT $1", "MERGE INTO t USING t u ON t.a = u.a WHEN MATCHED THEN DELETE",
	} {
		var refusal *vertigo.VError
		_, err := db.Exec(text) // it prepares the statement first, and never gets further
		if !errors.As(err, &refusal) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	do(t, db, "INSERT INTO t (a, b) VALUES ('still', 1)")
}

// An INSERT of a text that is too long fails, and takes the transaction with it.
func TestInsertsKeepToTheLengthInOctets(t *testing.T) {
	server, db := open(t)
	do(t, db, "CREATE TABLE t (a VARCHAR(4), b INT NOT NULL)", "INSERT INTO t (a, b) VALUES ('üü', 1)")
	for _, text := range []string{
		"INSERT INTO t (a, b) VALUES ('üüx', 2)", "INSERT INTO t (a, b) VALUES ('x', NULL)",
	} {
		if _, err := db.Exec(text); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
	if got := there(t, server); got != "üü/1" {
		t.Errorf("got %q", got)
	}
}

// A row of the driver's arguments and answers, of each type.
func TestValuesComeBackAsTheyWent(t *testing.T) {
	_, db := open(t)
	do(t, db, "CREATE TABLE v (i INT, f FLOAT, s VARCHAR(80), b BOOLEAN, d DATE)")
	const insert = "INSERT INTO v (i, f, s, b, d) VALUES (?, ?, ?, ?, CAST(? AS DATE))"
	if _, err := db.Exec(insert, int64(1)<<60, 0.1, "it's \"x\" 😀", true, "2026-11-16"); err != nil {
		t.Fatal(err)
	}
	var i int64
	var f float64
	var s string
	var b bool
	var d sql.NullTime
	row := db.QueryRow("SELECT i, f, s, b, d FROM v WHERE s = ?", "it's \"x\" 😀")
	if err := row.Scan(&i, &f, &s, &b, &d); err != nil {
		t.Fatal(err)
	}
	if i != 1<<60 || f != 0.1 || s != "it's \"x\" 😀" || !b || d.Time.Format("2006-01-02") != "2026-11-16" {
		t.Errorf("got %v %v %q %v %v", i, f, s, b, d)
	}
}

package loaders

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/covpipe/covpipe/loaders/verticatest"
)

// place is one member of the family in the contract suite.
type place struct {
	name   string
	file   string // csv, parquet, duckdb
	to     string
	opt    Options
	server *verticatest.Server
	read   func(t *testing.T, p place) []string // the rows there, as text; none if there is nothing
}

func places(t *testing.T) []place {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	return []place{
		{name: "csv", file: file("rows.csv"), to: file("rows.csv"), read: readFile},
		{name: "parquet", file: file("rows.parquet"), to: file("rows.parquet"), read: readFile},
		{name: "duckdb", file: file("w.duckdb"), to: "duckdb:" + file("w.duckdb"), read: readWarehouse},
		verticaPlaceOf(startVertica(t, verticatest.Options{})),
	}
}

// warehouses are the places that keep one week beside another.
func warehouses(t *testing.T) []place { return places(t)[2:] }

// startVertica starts a test server with the tables of covpipe.
func startVertica(t *testing.T, opt verticatest.Options) *verticatest.Server {
	t.Helper()
	opt.User, opt.Password = "loader", "it's a $ecret/?&="
	server, err := verticatest.Start(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	ddl, err := DDL("vertica", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Apply(t.Context(), ddl); err != nil {
		t.Fatal(err)
	}
	return server
}

func verticaPlaceOf(server *verticatest.Server) place {
	return place{
		name:   "vertica",
		to:     "vertica://loader@" + server.Addr() + "/coverage?tlsmode=none&silence=20s",
		opt:    Options{Password: "it's a $ecret/?&="},
		server: server,
		read:   readWarehouse,
	}
}

func readFile(t *testing.T, p place) (found []string) {
	t.Helper()
	if _, err := os.Stat(p.file); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	rows, err := OpenRows(p.file, testSchema())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Release()
	for rows.Next() {
		record := rows.Record()
		for i := range int(record.NumRows()) {
			found = append(found, recordText(record, i))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

// lookInto opens the DuckDB of a warehouse, or nil if there is none yet.
func lookInto(t *testing.T, p place) (db *sql.DB, done func()) {
	t.Helper()
	if p.server != nil {
		return p.server.DB(), func() {}
	}
	db, err := Read(t.Context(), p.to, p.opt)
	if errors.Is(err, ErrNotLoaded) {
		return nil, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return db, func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// ledger gives the rows of the ledger, as text.
func ledger(t *testing.T, p place, columns string) (found []string) {
	t.Helper()
	db, done := lookInto(t, p)
	if db == nil {
		return nil
	}
	defer done()
	rows, err := db.QueryContext(
		t.Context(),
		"SELECT concat_ws(' ', "+columns+") FROM main.coverage_runs ORDER BY loaded_at, 1",
	)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
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
	return found
}

func readWarehouse(t *testing.T, p place) (found []string) {
	t.Helper()
	db, done := lookInto(t, p)
	if db == nil {
		return nil
	}
	defer done()
	var names []string
	for _, field := range testSchema().Fields() {
		names = append(names, field.Name)
	}
	rows, err := db.QueryContext(
		t.Context(),
		"SELECT COLUMNS(*)::VARCHAR FROM (SELECT "+strings.Join(names, ", ")+" FROM main.coverage_files)",
	)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		values := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for i, v := range values {
			text := "NULL"
			if v.Valid {
				text = fmt.Sprintf("%q", v.String)
			}
			fmt.Fprintf(&out, "%s=%s ", names[i], text)
		}
		found = append(found, out.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

// change does something to a warehouse that covpipe does not do.
func change(t *testing.T, p place, statement string) {
	t.Helper()
	if p.server != nil {
		if _, err := p.server.DB().Exec(statement); err != nil {
			t.Fatal(err)
		}
		return
	}
	db, err := sql.Open("duckdb", p.file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

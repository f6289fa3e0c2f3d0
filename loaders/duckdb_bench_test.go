package loaders

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bareTable copies a CSV of rows into a table that has their columns and nothing
// else, by DuckDB's own COPY.
func bareTable(b *testing.B, db *sql.DB, file string) {
	b.Helper()
	var columns []string
	kinds := map[string]string{
		"utf8":      "VARCHAR",
		"int64":     "BIGINT",
		"float64":   "DOUBLE",
		"bool":      "BOOLEAN",
		"date32":    "DATE",
		"timestamp": "TIMESTAMP",
	}
	for _, field := range testSchema().Fields() {
		columns = append(columns, field.Name+" "+kinds[field.Type.Name()])
	}
	for _, text := range []string{
		"CREATE TABLE coverage_files (" + strings.Join(columns, ", ") + ")",
		"COPY coverage_files FROM '" + strings.ReplaceAll(file, "'", "''") + "' (HEADER, NULLSTR '')",
	} {
		if _, err := db.ExecContext(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
}

// benchFile is a file that .ci/bench-warehouse has made.
func benchFile(b *testing.B, variable string) string {
	b.Helper()
	file := os.Getenv(variable)
	if file == "" {
		b.Skipf("%s is not set; make bench sets it", variable)
	}
	return file
}

// BenchmarkDuckDBCopy is what a load of a week is held against.
func BenchmarkDuckDBCopy(b *testing.B) {
	file := benchFile(b, "COVPIPE_BENCH_WEEK")
	for b.Loop() {
		db, err := sql.Open("duckdb", filepath.Join(b.TempDir(), "w.duckdb"))
		if err != nil {
			b.Fatal(err)
		}
		bareTable(b, db, file)
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDuckDBQuery is what a question over five years is held against: the
// same statement on a table without keys, owners or a ledger.
func BenchmarkDuckDBQuery(b *testing.B) {
	file, statement := benchFile(b, "COVPIPE_BENCH_YEARS"), benchFile(b, "COVPIPE_BENCH_QUERY")
	text, err := os.ReadFile(statement)
	if err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("duckdb", filepath.Join(b.TempDir(), "w.duckdb"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	bareTable(b, db, file)
	const owners = `CREATE TABLE coverage_owners AS
		SELECT report_week, project, platform, module_name, file_path, owner_name FROM coverage_files ` +
		`WHERE owner_name IS NOT NULL`
	if _, err := db.ExecContext(b.Context(), owners); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if n, err := countRows(b, db, string(text)); err != nil || n == 0 {
			b.Fatalf("%d rows, %v", n, err)
		}
	}
}

func countRows(b *testing.B, db *sql.DB, text string) (n int, err error) {
	rows, err := db.QueryContext(b.Context(), text)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

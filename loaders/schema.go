package loaders

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"
)

//go:embed sql/*.sql sql/*/*.sql
var statements embed.FS

// statement gives a file of sql/ without its comments: a question mark in one
// would count as a placeholder.
func statement(name string) string {
	var lines []string
	for line := range strings.Lines(sqlFile(name)) {
		if text, _, _ := strings.Cut(line, "--"); strings.TrimSpace(text) != "" {
			lines = append(lines, strings.TrimRight(text, " \n"))
		}
	}
	return strings.TrimSuffix(strings.Join(lines, "\n"), ";")
}

func sqlFile(name string) string {
	text, err := statements.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err) // the file is part of the program
	}
	return string(text)
}

// SchemaVersion is the version of the tables that this covpipe reads and
// writes. It grows with each file in sql/duckdb and sql/vertica.
const SchemaVersion = 3

// Engines are the kinds of warehouse, as covpipe ddl names them.
var Engines = []string{"duckdb", "vertica"}

// DDL gives the statements that bring a warehouse of an engine from a version of
// the schema, 0 for none, to [SchemaVersion], and record it.
func DDL(engine string, from int) (string, error) {
	if !slices.Contains(Engines, engine) {
		return "", fmt.Errorf("there is no engine %q (known: %s)", engine, strings.Join(Engines, ", "))
	}
	if from < 0 || from > SchemaVersion {
		return "", fmt.Errorf("schema version %d: this covpipe knows 0 to %d", from, SchemaVersion)
	}
	var out strings.Builder
	for version := from + 1; version <= SchemaVersion; version++ {
		fmt.Fprintf(&out, "-- Version %d of the schema of covpipe, for %s.\n\n%s\n%s;\n", version, engine,
			sqlFile(fmt.Sprintf("%s/%04d", engine, version)), recordVersion(version))
		if engine == "vertica" {
			out.WriteString("COMMIT;\n")
		}
		if version < SchemaVersion {
			out.WriteString("\n")
		}
	}
	return out.String(), nil
}

func recordVersion(version int) string {
	return fmt.Sprintf("INSERT INTO coverage_schema (version, applied_at) SELECT %d, CAST(NOW() AS TIMESTAMP)", version)
}

// queryer is a connection, a pool or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// schemaVersion gives the version of a warehouse's tables, or refuses those of a
// newer covpipe.
func schemaVersion(ctx context.Context, from queryer) (version int, err error) {
	if err := from.QueryRowContext(ctx, statement("version")).Scan(&version); err != nil {
		return 0, err
	}
	if version > SchemaVersion {
		return 0, fmt.Errorf("schema version %d, and this covpipe knows %d: %w", version, SchemaVersion, ErrNewer)
	}
	return version, nil
}

// utc gives a time as the tables have it.
func utc(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02 15:04:05.000000")
}

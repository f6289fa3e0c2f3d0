package loaders

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/cenkalti/backoff/v5"
	"github.com/duckdb/duckdb-go/v2"
)

const duckDBScheme = "duckdb:"

//go:embed sql/*.sql
var statements embed.FS

func statement(name string) string {
	text, err := statements.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err) // the file is part of the program
	}
	return string(text)
}

// SchemaVersion is the version of the tables that this covpipe reads and
// writes.
const SchemaVersion = 1

// lockWait is how long a load waits for another process to end its own.
const lockWait = 30 * time.Second

// duckDB is a warehouse in one local file.
type duckDB struct {
	path string
	db   *sql.DB
}

func openDuckDB(ctx context.Context, path string) (*duckDB, error) {
	if path == "" {
		return nil, fmt.Errorf("%w: duckdb: names no file", ErrPlace)
	}
	db, err := connectDuckDB(ctx, path, "")
	if err != nil {
		return nil, err
	}
	return &duckDB{path: path, db: db}, nil
}

// connectDuckDB opens the file, waiting while another process writes to it.
func connectDuckDB(ctx context.Context, path, settings string) (*sql.DB, error) {
	if err := checkDuckDBFile(path); err != nil {
		return nil, fmt.Errorf("duckdb: %s: %w", path, err)
	}
	return backoff.Retry(ctx, func() (*sql.DB, error) {
		db, err := sql.Open("duckdb", path+settings)
		if err == nil {
			err = db.PingContext(ctx)
		}
		switch {
		case err == nil:
			return db, nil
		case strings.Contains(err.Error(), "Could not set lock"):
			return nil, fmt.Errorf("duckdb: %s: %w: %s", path, ErrLocked, lockHolder(err))
		}
		return nil, backoff.Permanent(fmt.Errorf("duckdb: %s: %w", path, err))
	}, backoff.WithMaxElapsedTime(lockWait))
}

// checkDuckDBFile refuses what DuckDB would open as something else: it takes a
// CSV file for the input of a database in memory, and rows loaded into that are
// gone when it is closed.
func checkDuckDBFile(path string) error {
	if strings.HasPrefix(path, ":") || strings.ContainsAny(path, "?") {
		return fmt.Errorf("%w: it names no file", ErrPlace)
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return fmt.Errorf("folder: %w", err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 12) // a checksum, then the magic octets
	n, err := io.ReadFull(f, head)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return nil // an empty file becomes a database
	case string(head[8:]) != "DUCK":
		return fmt.Errorf("%w: the file is no DuckDB database", ErrPlace)
	}
	return nil
}

// lockHolder is what DuckDB says of the process that holds the lock.
func lockHolder(err error) string {
	_, holder, found := strings.Cut(err.Error(), "Conflicting lock is held in ")
	if !found {
		return err.Error()
	}
	holder, _, _ = strings.Cut(holder, ". See")
	return holder
}

func (d *duckDB) Close() error { return d.db.Close() }

func (d *duckDB) Load(ctx context.Context, rows array.RecordReader) (Outcome, error) {
	outcome, err := d.load(ctx, rows)
	if err != nil {
		return Outcome{}, fmt.Errorf("duckdb: %s: %w", d.path, err)
	}
	return outcome, nil
}

// load is one transaction on one connection: stage, check, replace, commit.
func (d *duckDB) load(ctx context.Context, rows array.RecordReader) (outcome Outcome, err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return outcome, err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return outcome, err
	}
	defer tx.Rollback() // does nothing after a commit
	if err := migrate(ctx, tx); err != nil {
		return outcome, err
	}
	if _, err := tx.ExecContext(ctx, statement("duckdb_staging")); err != nil {
		return outcome, err
	}
	if outcome.Rows, err = stage(ctx, conn, rows); err != nil {
		return outcome, err
	}
	if err := checkStaged(ctx, tx, outcome.Rows); err != nil {
		return outcome, err
	}
	if outcome.Measurements, err = replace(ctx, tx); err != nil {
		return outcome, err
	}
	var file sql.NullString
	if err := tx.QueryRowContext(ctx, "SELECT path FROM duckdb_databases() WHERE database_name = current_database()").Scan(&file); err != nil {
		return outcome, err
	}
	if !file.Valid {
		return outcome, errors.New("the database is in memory only, and would be lost")
	}
	return outcome, tx.Commit()
}

// migrate makes the tables, or refuses those of a newer covpipe.
func migrate(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, statement("duckdb_schema")); err != nil {
		return err
	}
	version, err := schemaVersion(ctx, tx)
	if err != nil || version == SchemaVersion {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO coverage_schema VALUES (?, ?)", SchemaVersion, time.Now().UTC())
	return err
}

func schemaVersion(ctx context.Context, from interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}) (version int, err error) {
	if err := from.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM coverage_schema").Scan(&version); err != nil {
		return 0, err
	}
	if version > SchemaVersion {
		return 0, fmt.Errorf("schema version %d, and this covpipe knows %d: %w", version, SchemaVersion, ErrNewer)
	}
	return version, nil
}

// stage appends the rows to the staging table and returns how many.
func stage(ctx context.Context, conn *sql.Conn, rows array.RecordReader) (n int64, err error) {
	err = conn.Raw(func(raw any) (err error) {
		appender, err := duckdb.NewAppender(raw.(driver.Conn), "temp", "main", "coverage_staging")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, appender.Close()) }()
		values := make([]driver.Value, rows.Schema().NumFields())
		for rows.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			record := rows.Record()
			if err := CheckValues(record); err != nil {
				return err
			}
			for row := range int(record.NumRows()) {
				for i, column := range record.Columns() {
					if values[i], err = duckValue(column, row); err != nil {
						return fmt.Errorf("%s: %w", record.ColumnName(i), err)
					}
				}
				if err := appender.AppendRow(values...); err != nil {
					return err
				}
				n++
			}
		}
		return rows.Err()
	})
	if err == nil && n == 0 {
		err = ErrNoRows
	}
	return n, err
}

func duckValue(column arrow.Array, row int) (driver.Value, error) {
	if column.IsNull(row) {
		return nil, nil
	}
	switch c := column.(type) {
	case *array.String:
		return c.Value(row), nil
	case *array.Int64:
		return c.Value(row), nil
	case *array.Float64:
		return c.Value(row), nil
	case *array.Boolean:
		return c.Value(row), nil
	case *array.Date32:
		return c.Value(row).ToTime(), nil
	case *array.Timestamp:
		return c.Value(row).ToTime(c.DataType().(*arrow.TimestampType).Unit), nil
	}
	return nil, fmt.Errorf("no place for values of type %s", column.DataType())
}

// checkStaged makes sure that what was staged is what was sent, and that a
// warehouse can keep it.
func checkStaged(ctx context.Context, tx *sql.Tx, sent int64) error {
	var staged int64
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM temp.coverage_staging").Scan(&staged); err != nil {
		return err
	}
	if staged != sent {
		return fmt.Errorf("%d rows were sent and %d arrived", sent, staged)
	}
	for _, column := range []string{"report_week", "measured_at", "project", "platform"} {
		var missing int64
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM temp.coverage_staging WHERE "+column+" IS NULL").Scan(&missing); err != nil {
			return err
		}
		if missing > 0 {
			return fmt.Errorf("%s is unknown in %d of %d rows: %w", column, missing, sent, ErrUnknown)
		}
	}
	var file, module string
	var times int64
	err := tx.QueryRowContext(ctx, statement("duckdb_double")).Scan(&file, &module, &times)
	if err == nil {
		return fmt.Errorf("%w: %q of module %q is there %d times", ErrDouble, file, module, times)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// replace puts each staged measurement in the place of the kept one, unless
// they are the same.
func replace(ctx context.Context, tx *sql.Tx) (done []Measurement, err error) {
	rows, err := tx.QueryContext(ctx, statement("duckdb_measurements"))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Measurement
		var week time.Time
		var branch sql.NullString
		var kept, differing int64
		if err := rows.Scan(&week, &m.Project, &m.Platform, &branch, &m.Rows, &kept, &differing); err != nil {
			return nil, err
		}
		m.Week, m.Branch = week.Format(time.DateOnly), branch.String
		switch {
		case kept == 0:
			m.Change = Added
		case differing > 0:
			m.Change = Replaced
		default:
			m.Change = Unchanged
		}
		done = append(done, m)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for _, m := range done {
		const key = " WHERE report_week = ?::DATE AND project = ? AND platform = ? AND coalesce(git_branch, '') = ?"
		args := []any{m.Week, m.Project, m.Platform, m.Branch}
		if m.Change == Unchanged {
			continue
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM coverage_files"+key, args...); err != nil {
			return nil, err
		}
		result, err := tx.ExecContext(ctx, "INSERT INTO coverage_files BY NAME SELECT * FROM temp.coverage_staging"+key, args...)
		if err != nil {
			return nil, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return nil, err
		}
		if n != m.Rows {
			return nil, fmt.Errorf("%d of %d rows were inserted", n, m.Rows)
		}
	}
	return done, nil
}

// Read opens a warehouse for queries only.
func Read(ctx context.Context, from string) (*sql.DB, error) {
	path, found := strings.CutPrefix(from, duckDBScheme)
	if !found {
		return nil, fmt.Errorf("%w: %s cannot be queried (known: duckdb:coverage.duckdb)", ErrPlace, from)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("duckdb: %s: %w", path, ErrNotLoaded)
	}
	db, err := connectDuckDB(ctx, path, "?access_mode=READ_ONLY")
	if err != nil {
		return nil, err
	}
	if _, err := schemaVersion(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("duckdb: %s: %w", path, err), db.Close())
	}
	return db, nil
}

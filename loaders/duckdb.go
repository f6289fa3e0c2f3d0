package loaders

import (
	"context"
	"database/sql"
	"database/sql/driver"
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

// lockWait is how long a load waits for another process to end its own.
const lockWait = 30 * time.Second

// creation is how long another process may take to write the headers of a new
// file, which is not a database before that.
const creation = 5 * time.Second

// loadSettings keep a load of millions of rows from taking most of the machine's
// memory; what does not fit goes into a file beside the database.
const loadSettings = "?memory_limit=1GB"

// duckDB is a warehouse in one local file.
type duckDB struct {
	path string
	db   *sql.DB
}

func openDuckDB(ctx context.Context, path string) (*duckDB, error) {
	if path == "" {
		return nil, fmt.Errorf("%w: duckdb: names no file", ErrPlace)
	}
	db, err := connectDuckDB(ctx, path, loadSettings)
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
	var locked error
	begin := time.Now()
	db, err := backoff.Retry(ctx, func() (*sql.DB, error) {
		db, err := sql.Open("duckdb", path+settings)
		if err == nil {
			err = db.PingContext(ctx)
		}
		switch {
		case err == nil:
			return db, nil
		case strings.Contains(err.Error(), "Could not set lock"):
			locked = fmt.Errorf("duckdb: %s: %w: %s", path, ErrLocked, lockHolder(err))
			return nil, locked
		case time.Since(begin) < creation && strings.Contains(err.Error(), "is not a valid DuckDB database file"):
			return nil, err // another process is making it, and has no lock yet
		}
		return nil, backoff.Permanent(fmt.Errorf("duckdb: %s: %w", path, err))
	}, backoff.WithMaxElapsedTime(lockWait))
	if err != nil && locked != nil && !errors.Is(err, ErrLocked) && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", locked, err)
	}
	return db, err
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

func (d *duckDB) Load(ctx context.Context, rows array.RecordReader, about About) (Outcome, error) {
	outcome, err := d.load(ctx, rows, about.complete())
	if err != nil {
		return Outcome{}, fmt.Errorf("duckdb: %s: %w", d.path, err)
	}
	return outcome, nil
}

// load is one transaction on one connection: stage, check, replace, commit.
func (d *duckDB) load(ctx context.Context, rows array.RecordReader, about About) (outcome Outcome, err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return outcome, err
	}
	defer conn.Close()
	about.step(Connected, 0)
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return outcome, err
	}
	defer tx.Rollback() // does nothing after a commit
	if err := migrate(ctx, tx); err != nil {
		return outcome, err
	}
	if _, err := tx.ExecContext(ctx, statement("duckdb/staging")); err != nil {
		return outcome, err
	}
	sent, err := stage(ctx, conn, rows, about)
	if err != nil {
		return outcome, err
	}
	outcome, _, err = exchange(ctx, tx, sent, about)
	if err != nil {
		return outcome, err
	}
	if err := lasts(ctx, tx); err != nil {
		return outcome, err
	}
	about.step(Committing, sent.rows)
	if err := tx.Commit(); err != nil {
		return outcome, err
	}
	about.step(Committed, sent.rows)
	return outcome, nil
}

// lasts refuses a database that would be gone when it is closed.
func lasts(ctx context.Context, tx *sql.Tx) error {
	var file sql.NullString
	err := tx.QueryRowContext(ctx, "SELECT path FROM duckdb_databases() WHERE database_name = current_database()").Scan(&file)
	if err == nil && !file.Valid {
		err = errors.New("the database is in memory only, and would be lost")
	}
	return err
}

// migrate brings the tables forward to this version, or refuses those of a newer
// covpipe.
func migrate(ctx context.Context, tx *sql.Tx) error {
	var tables int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'coverage_schema' AND NOT temporary").Scan(&tables); err != nil {
		return err
	}
	version := 0
	if tables > 0 {
		var err error
		if version, err = schemaVersion(ctx, tx); err != nil {
			return err
		}
	}
	if version == SchemaVersion {
		return nil
	}
	steps, err := DDL("duckdb", version)
	if err == nil {
		_, err = tx.ExecContext(ctx, steps)
	}
	if err != nil {
		return fmt.Errorf("schema: from version %d to %d: %w", version, SchemaVersion, err)
	}
	return nil
}

// stage appends the rows to the staging table and counts them.
func stage(ctx context.Context, conn *sql.Conn, rows array.RecordReader, about About) (*tally, error) {
	sent := &tally{}
	err := conn.Raw(func(raw any) (err error) {
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
			if err := sent.add(record); err != nil {
				return err
			}
			about.step(Reading, sent.rows)
			for row := range int(record.NumRows()) {
				for i, column := range record.Columns() {
					if values[i], err = duckValue(column, row); err != nil {
						return fmt.Errorf("%s: %w", record.ColumnName(i), err)
					}
				}
				if err := appender.AppendRow(values...); err != nil {
					return err
				}
			}
			about.step(Sending, sent.rows)
		}
		return rows.Err()
	})
	if err == nil && sent.rows == 0 {
		err = ErrNoRows
	}
	return sent, err
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

// readDuckDB opens the file for reading. While it is open no load can begin, so
// it is to be closed soon. Older tables are brought forward first, as a load
// does it.
func readDuckDB(ctx context.Context, path string) (*sql.DB, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("duckdb: %s: %w", path, ErrNotLoaded)
	}
	db, version, err := readOnly(ctx, path)
	if err != nil || version == SchemaVersion {
		return db, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	err = transactDuckDB(ctx, path, func(*transaction, bool) (bool, error) { return true, nil })
	if err != nil {
		return nil, fmt.Errorf("%w: schema version %d, and this covpipe needs %d: %w", ErrOlder, version, SchemaVersion, err)
	}
	db, _, err = readOnly(ctx, path)
	return db, err
}

// readOnly opens the file and tells the version of its tables.
func readOnly(ctx context.Context, path string) (db *sql.DB, version int, err error) {
	if db, err = connectDuckDB(ctx, path, "?access_mode=READ_ONLY"); err != nil {
		return nil, 0, err
	}
	if version, err = schemaVersion(ctx, db); err != nil {
		return nil, 0, errors.Join(fmt.Errorf("duckdb: %s: %w", path, err), db.Close())
	}
	return db, version, nil
}

package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/duckdb/duckdb-go/v2"
)

const duckDBScheme = "duckdb:"

// loadSettings keep a load of millions of rows within the memory of one of its
// measurements: what does not fit goes into a folder beside the database, groups
// of rows are written one by one as soon as they are full, and memory that is no
// longer needed goes back to the system.
var loadSettings = []string{
	"SET threads = 1",
	"SET write_buffer_row_group_count = 1",
	"SET allocator_flush_threshold = '1MB'",
	"SET allocator_bulk_deallocation_flush_threshold = '1MB'",
}

// The memory that DuckDB may take for a load: what the largest measurement needs,
// and twice as much for each time that it was not enough.
const (
	leastMemory  = 20 << 20
	mostMemory   = 1 << 30
	memoryForRow = 1024
)

// duckDB is a warehouse in one local file.
type duckDB struct {
	path  string
	least int64 // octets of memory that a load is tried with first
}

func openDuckDB(path string) (*duckDB, error) {
	if err := checkDuckDBFile(path); err != nil {
		return nil, err
	}
	return &duckDB{path: path, least: leastMemory}, nil
}

func (d *duckDB) Close() error { return nil }

// Load keeps the rows in a file first, so that the warehouse sees one measurement
// after the other, and is opened only for rows that are known to be good.
func (d *duckDB) Load(ctx context.Context, rows array.RecordReader, about About) (outcome Outcome, err error) {
	about = about.complete()
	sent, err := newParts(ctx, rows, about)
	if err != nil {
		return Outcome{}, fmt.Errorf("duckdb: %s: %w", d.path, err)
	}
	defer sent.Close()
	debug.FreeOSMemory() // what reading took, before DuckDB takes its own
	db, err := writeDuckDB(ctx, d.path)
	if err != nil {
		return Outcome{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	about = about.told()
	memory := max(d.least, min(mostMemory, sent.sent.largest()*memoryForRow))
	for try := 1; ; try, memory = try+1, 2*memory {
		outcome, err := loadDuckDB(ctx, db, sent, rows.Schema(), about, try, memory)
		if LacksMemory(err) && memory < mostMemory {
			continue // nothing is kept of it
		}
		if err != nil {
			return Outcome{}, fmt.Errorf("duckdb: %s: %w", d.path, err)
		}
		return outcome, nil
	}
}

// LacksMemory tells whether a DuckDB had too little memory. It also knows a commit
// that failed for lack of it, which DuckDB rolls back.
func LacksMemory(err error) bool {
	var e *duckdb.Error
	return errors.As(err, &e) && (e.Type == duckdb.ErrorTypeOutOfMemory ||
		strings.Contains(e.Msg, "Failed to commit: could not allocate block") ||
		strings.Contains(e.Msg, "Failed to commit: failed to pin block"))
}

// loadDuckDB is one transaction on one connection: of each measurement stage,
// check, replace; then commit. No two tries on a database have the same number.
func loadDuckDB(
	ctx context.Context, db *sql.DB, sent *parts, schema *arrow.Schema, about About, try int, memory int64,
) (outcome Outcome, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return outcome, err
	}
	defer conn.Close()
	about.step(Connected, 0)
	if err := settle(ctx, conn, memory); err != nil {
		return outcome, err
	}
	staged, err := newStage(ctx, conn, fmt.Sprintf("covpipe_staged_%d", try), sent, schema)
	if err != nil {
		return outcome, err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return outcome, err
	}
	defer tx.Rollback() // does nothing after a commit
	if err := migrate(ctx, tx); err != nil {
		return outcome, err
	}
	outcome = Outcome{RunID: about.RunID, Rows: sent.sent.rows}
	done := int64(0) // rows of the measurements so far
	within := about
	within.Progress = func(step Step, _ int64) { about.step(step, done) }
	for _, key := range sent.sent.keys() {
		sum := sent.sent.about[key]
		staged.now = sum
		done += sum.rows
		within.step(Sending, done)
		m := Measurement{Key: key, Rows: sum.rows}
		within.step(Staged, done)
		if _, err := exchange(ctx, tx, &m, sum, within); err != nil {
			return outcome, err
		}
		outcome.Measurements = append(outcome.Measurements, m)
	}
	if _, err := recordSources(ctx, tx, &sent.sent, about); err != nil {
		return outcome, err
	}
	if err := lasts(ctx, tx); err != nil {
		return outcome, err
	}
	about.step(Committing, done)
	if err := tx.Commit(); err != nil {
		return outcome, err
	}
	about.step(Committed, done)
	return outcome, nil
}

// settle makes the settings of a load.
func settle(ctx context.Context, conn *sql.Conn, memory int64) error {
	for _, text := range append(slices.Clone(loadSettings), fmt.Sprintf("SET memory_limit = '%dB'", memory)) {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}

// lasts refuses a database that would be gone when it is closed.
func lasts(ctx context.Context, tx *sql.Tx) error {
	var file sql.NullString
	err := tx.QueryRowContext(ctx, "SELECT path FROM duckdb_databases() WHERE database_name = current_database()").
		Scan(&file)
	if err == nil && !file.Valid {
		err = errors.New("the database is in memory only, and would be lost")
	}
	return err
}

// migrate brings the tables forward to this version, or refuses those of a newer
// covpipe.
func migrate(ctx context.Context, tx *sql.Tx) error {
	version, err := duckDBVersion(ctx, tx)
	if err != nil || version == SchemaVersion {
		return err
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

// duckDBVersion gives the version of the tables, 0 if there are none, or refuses
// those of a newer covpipe.
func duckDBVersion(ctx context.Context, from queryer) (int, error) {
	var tables int
	const ours = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'coverage_schema' AND NOT temporary"
	if err := from.QueryRowContext(ctx, ours).Scan(&tables); err != nil || tables == 0 {
		return 0, err
	}
	return schemaVersion(ctx, from)
}

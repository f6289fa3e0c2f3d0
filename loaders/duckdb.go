package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
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

// creation is how long another program may take to write the headers of a new
// file, which is not a database before that.
const creation = 5 * time.Second

// openSettings bound the memory for what a process that was killed has left to be
// done.
const openSettings = "?memory_limit=1GB"

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

// writeDuckDB opens the file for writing, and makes it if it is not there.
func writeDuckDB(ctx context.Context, path string) (*sql.DB, error) {
	if err := checkDuckDBFile(path); err != nil {
		return nil, err
	}
	removeLeftOver(filepath.Dir(path), time.Now())
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		// What else is in the way of it is in the way of DuckDB, which says so.
		if err := makeDuckDB(ctx, path); errors.Is(err, os.ErrPermission) {
			return nil, fmt.Errorf("duckdb: %s: %w", path, err)
		}
	}
	return connectDuckDB(ctx, path, openSettings)
}

// makeDuckDB puts a new database where none is, whole or not at all. DuckDB itself
// makes an empty file, locks it and then writes: of two processes that do so at
// once, or of one that is killed, an empty file stays, which is no database.
func makeDuckDB(ctx context.Context, path string) error {
	fresh, remove, err := freshDuckDB(ctx, path)
	if err != nil {
		return err
	}
	defer remove()
	return os.Link(fresh, path) // fails where another process was faster
}

const (
	newFolder = ".covpipe-new-"
	newLife   = time.Hour // far longer than it takes to make an empty database
)

// freshDuckDB makes an empty database in a hidden folder beside path. remove
// deletes both.
func freshDuckDB(ctx context.Context, path string) (fresh string, remove func(), err error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), newFolder)
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) } // what is left over is hidden, and goes when it is old
	fresh = filepath.Join(dir, "fresh.duckdb")
	db, err := sql.Open("duckdb", asFile(fresh)+openSettings)
	if err == nil {
		err = errors.Join(db.PingContext(ctx), db.Close())
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return fresh, remove, nil
}

// removeLeftOver deletes hidden folders that a process which was killed has left,
// and not that of one which is still making a database. If one takes longer all
// the same, DuckDB makes the file for it.
func removeLeftOver(dir string, now time.Time) {
	entries, _ := os.ReadDir(dir) // what cannot be read is not removed
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), newFolder) {
			continue
		}
		if info, err := entry.Info(); err == nil && now.Sub(info.ModTime()) > newLife {
			_ = os.RemoveAll(filepath.Join(dir, entry.Name())) // left over, it is hidden and harmless
		}
	}
}

// asFile keeps what stands before a colon in a name from being an extension of
// DuckDB, such as md for MotherDuck.
func asFile(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return "." + string(filepath.Separator) + path
}

// connectDuckDB opens the file, waiting while another process writes to it.
func connectDuckDB(ctx context.Context, path, settings string) (*sql.DB, error) {
	var locked error
	begin := time.Now()
	db, err := backoff.Retry(ctx, func() (*sql.DB, error) {
		db, err := sql.Open("duckdb", asFile(path)+settings)
		if err == nil {
			if err = db.PingContext(ctx); err == nil {
				return db, nil
			}
			err = errors.Join(err, db.Close())
		}
		switch {
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
func checkDuckDBFile(path string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("duckdb: %s: %w", path, err)
		}
	}()
	if path == "" || strings.HasPrefix(path, ":") || strings.ContainsAny(path, "?") {
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
		return fmt.Errorf("%w: the file is empty, which no DuckDB database is", ErrPlace)
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
		if lacksMemory(err) && memory < mostMemory {
			continue // nothing is kept of it
		}
		if err != nil {
			return Outcome{}, fmt.Errorf("duckdb: %s: %w", d.path, err)
		}
		return outcome, nil
	}
}

// lacksMemory also knows a commit that failed for lack of memory, which DuckDB
// rolls back.
func lacksMemory(err error) bool {
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

// readOnly opens the file and tells the version of its tables. Without any it is
// [ErrNotLoaded]: a load that failed can leave an empty database.
func readOnly(ctx context.Context, path string) (db *sql.DB, version int, err error) {
	if err := checkDuckDBFile(path); err != nil {
		return nil, 0, err
	}
	if db, err = connectDuckDB(ctx, path, "?access_mode=READ_ONLY"); err != nil {
		return nil, 0, err
	}
	if version, err = duckDBVersion(ctx, db); err == nil && version == 0 {
		err = ErrNotLoaded
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("duckdb: %s: %w", path, err), db.Close())
	}
	return db, version, nil
}

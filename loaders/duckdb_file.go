package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// lockWait is how long a load waits for another process to end its own.
const lockWait = 30 * time.Second

// creation is how long another program may take to write the headers of a new
// file, which is not a database before that.
const creation = 5 * time.Second

// openSettings bound the memory for what a process that was killed has left to be
// done.
const openSettings = "?memory_limit=1GB"

// The folders that a process makes for itself, and how long it may need one at most.
const (
	newFolder   = ".covpipe-new-"  // beside a database that is made
	spillFolder = "covpipe-spill-" // among temporary files, of a database that is read
	folderLife  = 24 * time.Hour
)

// writeDuckDB opens the file for writing, and makes it if it is not there.
func writeDuckDB(ctx context.Context, path string) (*sql.DB, error) {
	if err := checkDuckDBFile(path); err != nil {
		return nil, err
	}
	removeLeftOver(filepath.Dir(path), newFolder, time.Now())
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

// removeLeftOver deletes folders that processes which were killed have left, and
// none that a process still needs.
func removeLeftOver(dir, prefix string, now time.Time) {
	entries, _ := os.ReadDir(dir) // what cannot be read is not removed
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), prefix) {
			continue
		}
		if info, err := entry.Info(); err == nil && now.Sub(info.ModTime()) > folderLife {
			_ = os.RemoveAll(filepath.Join(dir, entry.Name())) // what is left over does no harm
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
	if path == "" || strings.HasPrefix(path, ":") {
		return fmt.Errorf("%w: it names no file", ErrPlace)
	}
	if strings.ContainsAny(path, "?#") {
		return fmt.Errorf("%w: the driver of DuckDB takes what follows ? or # in a path for something else", ErrPlace)
	}
	if _, err := url.PathUnescape(path); err != nil {
		return fmt.Errorf("%w: the driver of DuckDB takes no %% in a path, unless two digits follow", ErrPlace)
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
		return nil, fmt.Errorf(
			"%w: schema version %d, and this covpipe needs %d: %w", ErrOlder, version, SchemaVersion, err,
		)
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
	removeLeftOver(os.TempDir(), spillFolder, time.Now())
	if db, err = connectDuckDB(ctx, path, readSettings(path)); err != nil {
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

// thisProcess tells the folders of this process from those of others, of which
// some may have the same number in another container.
var thisProcess = maphash.MakeSeed()

// readSettings open a file for reading, and bound the memory of a question; what
// does not fit goes into a folder among temporary files, which DuckDB makes when
// it needs one, and removes. Each process has its own: in the folder that DuckDB
// would take, beside the database, two that read write over each other's pages and
// crash. In one process those who read a file must agree on it.
func readSettings(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("%s%016x", spillFolder, maphash.String(thisProcess, path)))
	return "?access_mode=READ_ONLY&memory_limit=1GB&temp_directory=" + url.QueryEscape(dir)
}

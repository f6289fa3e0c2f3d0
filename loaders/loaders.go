// Package loaders turns Arrow record batches into a place where they stay: a
// CSV or Parquet file, or a warehouse.
//
// A place is one file here and one line in [Open]. A load is all of its rows or
// none of them, and the same rows loaded again change nothing.
package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v15/arrow/array"
)

// Loader takes rows to one place.
type Loader interface {
	// Load reads rows to the end and keeps them. It does not release rows.
	// After an error nothing of this load is visible, unless it is
	// [ErrUnknownCommit]. No rows at all, and two rows for one file of one
	// measurement, are errors.
	Load(ctx context.Context, rows array.RecordReader, about About) (Outcome, error)
	Close() error
}

// Outcome is what a load did.
type Outcome struct {
	RunID        string // names the load in the ledger of a warehouse
	Rows         int64
	Measurements []Measurement // warehouses only: those in the load, in order
}

// Key names a measurement: the rows of one project, platform and branch in one
// week. A warehouse keeps it once, however often it is loaded.
type Key struct {
	Week                      string // the Monday, 2026-11-16
	Project, Platform, Branch string
}

// Measurement is what a load did to one measurement.
type Measurement struct {
	Key
	Rows   int64
	Change Change
}

// Change tells what a load did to one measurement.
type Change string

// The changes.
const (
	Added     Change = "added"
	Replaced  Change = "replaced"  // the week had other rows
	Unchanged Change = "unchanged" // the week has these very rows already
)

// Errors that a caller may tell apart.
var (
	ErrPlace         = errors.New("unknown place")
	ErrNoRows        = errors.New("no rows")
	ErrDouble        = errors.New("two rows for one file")
	ErrUnknown       = errors.New("a warehouse needs it in every row")
	ErrNewer         = errors.New("it was made by a newer covpipe")
	ErrOlder         = errors.New("the tables are of an older covpipe, or are not there")
	ErrLocked        = errors.New("another process has it open")
	ErrNotLoaded     = errors.New("nothing has been loaded there yet")
	ErrSilent        = errors.New("the server has gone silent")
	ErrTLS           = errors.New("the connection is not safe")
	ErrUnknownCommit = errors.New("the connection was lost while the load was committed, so it may be there or not")
)

// Options are what a place needs and its name must not hold.
type Options struct {
	Password string // of a user of Vertica
}

// Places describes what [Open] takes, for help texts.
const Places = "rows.csv, rows.parquet, duckdb:coverage.duckdb, vertica://user@host:5433/db"

// Open opens the place that to names. Nothing is written before Load.
func Open(to string, opt Options) (Loader, error) {
	switch {
	case strings.HasPrefix(to, duckDBScheme):
		return openDuckDB(strings.TrimPrefix(to, duckDBScheme))
	case strings.HasPrefix(to, verticaScheme):
		return openVertica(to, opt)
	case strings.HasSuffix(to, ".csv"):
		return csvFile(to), nil
	case strings.HasSuffix(to, ".parquet"):
		return parquetFile(to), nil
	}
	return nil, fmt.Errorf("%w %q (known: %s)", ErrPlace, to, Places)
}

// Read opens a warehouse for queries only. Cancelling ctx ends its connections.
func Read(ctx context.Context, from string, opt Options) (*sql.DB, error) {
	switch {
	case strings.HasPrefix(from, duckDBScheme):
		return readDuckDB(ctx, strings.TrimPrefix(from, duckDBScheme))
	case strings.HasPrefix(from, verticaScheme):
		return readVertica(ctx, from, opt)
	}
	return nil, fmt.Errorf(
		"%w: %s cannot be queried (known: duckdb:coverage.duckdb, vertica://user@host:5433/db)",
		ErrPlace,
		from,
	)
}

// IsWarehouse tells whether a place keeps one week beside another and can be
// read by reports; a file holds the rows of one load.
func IsWarehouse(to string) bool {
	return strings.HasPrefix(to, duckDBScheme) || strings.HasPrefix(to, verticaScheme)
}

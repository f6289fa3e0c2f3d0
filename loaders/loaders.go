// Package loaders turns Arrow record batches into a place where they stay: a
// CSV or Parquet file, or a warehouse.
//
// A place is one file here and one line in [Open]. A load is all of its rows or
// none of them, and the same rows loaded again change nothing.
package loaders

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v15/arrow/array"
)

// Loader takes rows to one place.
type Loader interface {
	// Load reads rows to the end and keeps them. It does not release rows.
	// After an error nothing of this load is visible. No rows at all, and two
	// rows for one file of one measurement, are errors.
	Load(ctx context.Context, rows array.RecordReader) (Outcome, error)
	Close() error
}

// Outcome is what a load did.
type Outcome struct {
	Rows         int64
	Measurements []Measurement // warehouses only: those in the load, in order
}

// Measurement is the rows of one project, platform and branch in one week: what
// a warehouse keeps once, however often it is loaded.
type Measurement struct {
	Week                      string // the Monday, 2026-11-16
	Project, Platform, Branch string
	Rows                      int64
	Change                    Change
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
	ErrPlace     = errors.New("unknown place")
	ErrNoRows    = errors.New("no rows")
	ErrDouble    = errors.New("two rows for one file")
	ErrUnknown   = errors.New("a warehouse needs it in every row")
	ErrNewer     = errors.New("it was made by a newer covpipe")
	ErrLocked    = errors.New("another process is writing to it")
	ErrNotLoaded = errors.New("nothing has been loaded there yet")
)

// Places describes what [Open] takes, for help texts.
const Places = "rows.csv, rows.parquet, duckdb:coverage.duckdb"

// Open opens the place that to names. Nothing is written before Load.
func Open(ctx context.Context, to string) (Loader, error) {
	switch {
	case strings.HasPrefix(to, duckDBScheme):
		return openDuckDB(ctx, strings.TrimPrefix(to, duckDBScheme))
	case strings.HasSuffix(to, ".csv"):
		return csvFile(to), nil
	case strings.HasSuffix(to, ".parquet"):
		return parquetFile(to), nil
	}
	return nil, fmt.Errorf("%w %q (known: %s)", ErrPlace, to, Places)
}

// IsWarehouse tells whether a place keeps one week beside another and can be
// read by reports; a file holds the rows of one load.
func IsWarehouse(to string) bool { return strings.HasPrefix(to, duckDBScheme) }

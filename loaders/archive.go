package loaders

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/google/renameio/v2"
)

// Archive keeps each measurement of a load as a Parquet file and as a CSV file
// in a folder, where tools that know Hive's layout find them:
//
//	week=2026-11-16/platform=php/shop@main.parquet
//
// The files take their places when Commit is called, each whole or not at all.
type Archive struct {
	dir   string
	files map[Key]*archived
	held  int64 // rows that may not be in a file yet
}

// archived are the two files of a measurement that is being written.
type archived struct {
	paths   [2]string
	pending [2]*renameio.PendingFile
	writers [2]rowWriter
}

// NewArchive begins an archive in a folder, which is made when there is something
// to keep in it. Close ends it.
func NewArchive(dir string) *Archive { return &Archive{dir: dir, files: map[Key]*archived{}} }

// Tee gives rows, and keeps what is read of them. It is released with rows.
func (a *Archive) Tee(rows array.RecordReader) array.RecordReader {
	return &teeRows{RecordReader: rows, archive: a}
}

type teeRows struct {
	array.RecordReader
	archive *Archive
	err     error
}

func (t *teeRows) Next() bool {
	if t.err != nil || !t.RecordReader.Next() {
		return false
	}
	if t.err = t.archive.add(t.Record()); t.err != nil {
		t.err = fmt.Errorf("archive: %w", t.err)
	}
	return t.err == nil
}

func (t *teeRows) Err() error {
	if t.err != nil {
		return t.err
	}
	return t.RecordReader.Err()
}

// add keeps a record, piece by piece of the same measurement.
func (a *Archive) add(record arrow.Record) error {
	n := record.NumRows()
	for from := int64(0); from < n; {
		key, err := keyAt(record, int(from))
		if err != nil {
			return err
		}
		to := from + 1
		for ; to < n; to++ {
			if next, err := keyAt(record, int(to)); err != nil || next != key {
				break // an error comes again
			}
		}
		files, err := a.of(key, record.Schema())
		if err != nil {
			return err
		}
		piece := record.NewSlice(from, to)
		for _, w := range files.writers {
			err = errors.Join(err, w.Write(piece))
		}
		piece.Release()
		if a.held += to - from; a.held >= parquetGroup {
			err = errors.Join(err, a.flush())
		}
		if err != nil {
			return err
		}
		from = to
	}
	return nil
}

// flush writes what is held, so that years take no more memory than a week.
func (a *Archive) flush() (err error) {
	for _, files := range a.files {
		for _, w := range files.writers {
			err = errors.Join(err, w.Flush())
		}
	}
	a.held = 0
	return err
}

// keyAt gives the measurement of a row. A row that does not say its week or
// platform has no place in an archive.
func keyAt(record arrow.Record, row int) (key Key, err error) {
	for _, part := range []struct {
		column string
		into   *string
	}{{"report_week", &key.Week}, {"project", &key.Project}, {"platform", &key.Platform}, {"git_branch", &key.Branch}} {
		column, err := columnOf(record, part.column)
		if err != nil {
			return key, err
		}
		switch c := column.(type) {
		case *array.String:
			if c.IsValid(row) {
				*part.into = c.Value(row)
			}
		case *array.Date32:
			if c.IsValid(row) {
				*part.into = c.Value(row).ToTime().Format(time.DateOnly)
			}
		}
		if *part.into == "" && part.column != "git_branch" {
			return key, fmt.Errorf("%s: %w", part.column, ErrUnknown)
		}
	}
	return key, nil
}

// of gives the files of a measurement, and begins them.
func (a *Archive) of(key Key, schema *arrow.Schema) (*archived, error) {
	if files := a.files[key]; files != nil {
		return files, nil
	}
	dir := filepath.Join(a.dir, "week="+key.Week, "platform="+url.PathEscape(key.Platform))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	name := strings.ReplaceAll(url.PathEscape(key.Project), "@", "%40")
	if key.Branch != "" {
		name += "@" + url.PathEscape(key.Branch)
	}
	files := &archived{}
	a.files[key.clone()] = files
	for i, kind := range []struct {
		suffix string
		open   func(io.Writer, *arrow.Schema) (rowWriter, error)
	}{{".parquet", newParquetWriter}, {".csv", newCSVWriter}} {
		files.paths[i] = filepath.Join(dir, name+kind.suffix)
		var err error
		readable := renameio.WithPermissions(0o644)
		if files.pending[i], err = renameio.NewPendingFile(files.paths[i], readable); err != nil {
			return nil, err
		}
		if files.writers[i], err = kind.open(files.pending[i], schema); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// Commit puts the files in their places and names them, in order.
func (a *Archive) Commit() (paths []string, err error) {
	for _, files := range a.files {
		for _, w := range files.writers {
			if err := w.Close(); err != nil {
				return nil, fmt.Errorf("archive: %w", err)
			}
		}
	}
	for _, files := range a.files {
		for i, pending := range files.pending {
			if err := pending.CloseAtomicallyReplace(); err != nil {
				return nil, fmt.Errorf("archive: %w", err)
			}
			paths = append(paths, files.paths[i])
		}
	}
	slices.Sort(paths)
	return paths, nil
}

// Close gives up what has not been committed.
func (a *Archive) Close() error {
	var err error
	for _, files := range a.files {
		for _, pending := range files.pending {
			if pending != nil {
				err = errors.Join(err, pending.Cleanup()) // does nothing once the file is in place
			}
		}
	}
	return err
}

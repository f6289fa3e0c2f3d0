package loaders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/csv"
	"github.com/google/renameio/v2"
)

// csvFile is a CSV file (RFC 4180, with a header) that holds the rows of one
// load. It is replaced whole or not at all.
type csvFile string

func (path csvFile) Load(ctx context.Context, rows array.RecordReader, about About) (Outcome, error) {
	return replaceFile(ctx, string(path), rows, about, newCSVWriter)
}

func newCSVWriter(w io.Writer, schema *arrow.Schema) (rowWriter, error) {
	return &csvWriter{csv.NewWriter(w, schema, csv.WithHeader(true), csv.WithNullWriter(""))}, nil
}

func (path csvFile) Close() error { return nil }

// WriteCSV writes rows to w as a CSV file has them.
func WriteCSV(ctx context.Context, w io.Writer, rows array.RecordReader) (int64, error) {
	out, err := newCSVWriter(w, rows.Schema())
	if err != nil {
		return 0, err
	}
	return copyRows(ctx, rows, out, About{})
}

type csvWriter struct{ *csv.Writer }

func (w *csvWriter) Close() error { return w.Flush() }

// rowWriter writes records into one file.
type rowWriter interface {
	Write(arrow.Record) error
	Flush() error // writes what it holds
	Close() error
}

// replaceFile writes rows into a new file and puts it in the place of the old
// one when it is whole.
func replaceFile(
	ctx context.Context,
	path string,
	rows array.RecordReader,
	about About,
	open func(io.Writer, *arrow.Schema) (rowWriter, error),
) (Outcome, error) {
	var n int64
	err := ReplaceFile(path, func(w io.Writer) error {
		out, err := open(w, rows.Schema())
		if err == nil {
			n, err = copyRows(ctx, rows, out, about)
		}
		if err == nil {
			about.step(Written, n)
		}
		return err
	})
	if err == nil {
		about.step(Committed, n)
	}
	return Outcome{Rows: n}, err
}

// ReplaceFile writes a file whole or not at all: what write has written takes
// the place of the old file if it returns without an error.
func ReplaceFile(path string, write func(io.Writer) error) error {
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return fmt.Errorf("%s: folder: %w", path, err)
	}
	pending, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer pending.Cleanup() // does nothing once the file is in place
	if err = write(pending); err == nil {
		err = pending.CloseAtomicallyReplace()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// copyRows writes rows to the end and closes out.
func copyRows(ctx context.Context, rows array.RecordReader, out rowWriter, about About) (n int64, err error) {
	seen := newKeySet()
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		record := rows.Record()
		if err := errors.Join(CheckValues(record), seen.add(record)); err != nil {
			return n, err
		}
		if err := out.Write(record); err != nil {
			return n, err
		}
		n += record.NumRows()
		about.step(Reading, n)
	}
	if err := rows.Err(); err != nil {
		return n, err
	}
	if n == 0 {
		return 0, ErrNoRows
	}
	return n, out.Close()
}

package loaders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
)

// parquetFile is a Parquet file, compressed with Zstandard, that holds the rows
// of one load. It is replaced whole or not at all.
type parquetFile string

func (path parquetFile) Load(ctx context.Context, rows array.RecordReader, about About) (Outcome, error) {
	return replaceFile(ctx, string(path), rows, about, func(w io.Writer, schema *arrow.Schema) (rowWriter, error) {
		return pqarrow.NewFileWriter(schema, onlyWriter{w},
			parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd)), pqarrow.DefaultWriterProps())
	})
}

func (path parquetFile) Close() error { return nil }

// onlyWriter hides Close, since the Parquet writer would close the file before
// it can be put in place.
type onlyWriter struct{ io.Writer }

// parquetRows is a record reader that closes its file. Its records have the
// schema that was asked for, without what Parquet notes in it.
type parquetRows struct {
	pqarrow.RecordReader
	schema *arrow.Schema
	file   *file.Reader
	record arrow.Record
}

func openParquet(f *os.File, schema *arrow.Schema) (array.RecordReader, error) {
	in, err := file.NewParquetReader(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	fail := func(err error) (array.RecordReader, error) { return nil, errors.Join(err, in.Close()) }
	reader, err := pqarrow.NewFileReader(in, pqarrow.ArrowReadProperties{BatchSize: batchRows}, memory.DefaultAllocator)
	if err != nil {
		return fail(err)
	}
	rows, err := reader.GetRecordReader(context.Background(), nil, nil)
	if err != nil {
		return fail(err)
	}
	var header []string
	for _, field := range rows.Schema().Fields() {
		header = append(header, field.Name)
	}
	if err := sameColumns(header, schema); err != nil {
		return fail(err)
	}
	for i, field := range schema.Fields() {
		if got := rows.Schema().Field(i).Type; !arrow.TypeEqual(got, field.Type) {
			return fail(fmt.Errorf("column %s is of type %s and should be %s", field.Name, got, field.Type))
		}
	}
	return &parquetRows{RecordReader: rows, schema: schema, file: in}, nil
}

func (r *parquetRows) Schema() *arrow.Schema { return r.schema }
func (r *parquetRows) Record() arrow.Record  { return r.record }

func (r *parquetRows) Next() bool {
	r.drop()
	if !r.RecordReader.Next() {
		return false
	}
	read := r.RecordReader.Record()
	r.record = array.NewRecord(r.schema, read.Columns(), read.NumRows())
	return true
}

func (r *parquetRows) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

// Err does not count the end of the file as an error, as the reader of this
// library does.
func (r *parquetRows) Err() error {
	if err := r.RecordReader.Err(); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (r *parquetRows) Release() {
	r.drop()
	r.RecordReader.Release()
	_ = r.file.Close() // opened for reading: nothing is lost
}

package loaders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"
)

// parquetFile is a Parquet file, compressed with Zstandard, that holds the rows
// of one load. It is replaced whole or not at all.
type parquetFile string

func (path parquetFile) Load(ctx context.Context, rows array.RecordReader, about About) (Outcome, error) {
	return replaceFile(ctx, string(path), rows, about, newParquetWriter)
}

func (path parquetFile) Close() error { return nil }

// parquetNode is the column of a Parquet file for a column of rows.
func parquetNode(field arrow.Field) (schema.Node, error) {
	var physical parquet.Type
	logical := schema.LogicalType(schema.NoLogicalType{})
	switch kind := field.Type.(type) {
	case *arrow.StringType:
		physical, logical = parquet.Types.ByteArray, schema.StringLogicalType{}
	case *arrow.Int64Type:
		physical, logical = parquet.Types.Int64, schema.NewIntLogicalType(64, true)
	case *arrow.Float64Type:
		physical = parquet.Types.Double
	case *arrow.BooleanType:
		physical = parquet.Types.Boolean
	case *arrow.Date32Type:
		physical, logical = parquet.Types.Int32, schema.DateLogicalType{}
	case *arrow.TimestampType:
		if kind.Unit != arrow.Microsecond || kind.TimeZone != "UTC" {
			return nil, fmt.Errorf("column %s: a %s cannot be kept", field.Name, kind)
		}
		physical, logical = parquet.Types.Int64, schema.NewTimestampLogicalTypeForce(true, schema.TimeUnitMicros)
	default:
		return nil, fmt.Errorf("column %s: a %s cannot be kept", field.Name, kind)
	}
	repetition := parquet.Repetitions.Required
	if field.Nullable {
		repetition = parquet.Repetitions.Optional
	}
	return schema.NewPrimitiveNodeLogical(field.Name, repetition, logical, physical, 0, -1)
}

func parquetNodes(rows *arrow.Schema) (nodes schema.FieldList, err error) {
	for _, field := range rows.Fields() {
		node, err := parquetNode(field)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}

// parquetGroup is how many rows a row group holds at least, but for the last, and
// those of an archive.
const parquetGroup = 1 << 16

type parquetWriter struct {
	file  *file.Writer
	group file.BufferedRowGroupWriter
	rows  int64 // in group
	nulls []int16
}

func newParquetWriter(w io.Writer, rows *arrow.Schema) (rowWriter, error) {
	nodes, err := parquetNodes(rows)
	if err != nil {
		return nil, err
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Repeated, nodes, -1)
	if err != nil {
		return nil, err
	}
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd))
	out := file.NewParquetWriter(onlyWriter{w}, root, file.WithWriterProps(properties))
	if version, found := rows.Metadata().GetValue(RowsVersion); found {
		if err := out.AppendKeyValueMetadata(RowsVersion, version); err != nil {
			return nil, err
		}
	}
	return &parquetWriter{file: out}, nil
}

// onlyWriter hides Close, since the Parquet writer would close the file before
// it can be put in place.
type onlyWriter struct{ io.Writer }

func (w *parquetWriter) Write(record arrow.Record) error {
	if w.group == nil || w.rows >= parquetGroup {
		w.group, w.rows = w.file.AppendBufferedRowGroup(), 0
	}
	for i, column := range record.Columns() {
		to, err := w.group.Column(i)
		if err == nil {
			err = w.write(to, column)
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", record.ColumnName(i), err)
		}
	}
	w.rows += record.NumRows()
	return nil
}

// Flush ends the row group.
func (w *parquetWriter) Flush() error {
	if w.group == nil {
		return nil
	}
	err := w.group.Close()
	w.group = nil
	return err
}

func (w *parquetWriter) Close() error { return w.file.Close() }

func (w *parquetWriter) write(to file.ColumnChunkWriter, column arrow.Array) error {
	w.nulls = w.nulls[:0]
	for i := range column.Len() {
		defined := int16(1)
		if column.IsNull(i) {
			defined = 0
		}
		w.nulls = append(w.nulls, defined)
	}
	switch c := column.(type) {
	case *array.String:
		return writeParquet(to, c, w.nulls, func(i int) parquet.ByteArray { return parquet.ByteArray(c.Value(i)) })
	case *array.Int64:
		return writeParquet(to, c, w.nulls, c.Value)
	case *array.Float64:
		return writeParquet(to, c, w.nulls, c.Value)
	case *array.Boolean:
		return writeParquet(to, c, w.nulls, c.Value)
	case *array.Date32:
		return writeParquet(to, c, w.nulls, func(i int) int32 { return int32(c.Value(i)) })
	case *array.Timestamp:
		return writeParquet(to, c, w.nulls, func(i int) int64 { return int64(c.Value(i)) })
	}
	return fmt.Errorf("a %s cannot be kept", column.DataType())
}

// writeParquet writes one column; nulls has a 0 for each null, as the
// definition levels of Parquet do.
func writeParquet[T any](to any, column arrow.Array, nulls []int16, value func(int) T) error {
	values := make([]T, 0, column.Len())
	for i := range column.Len() {
		if column.IsValid(i) {
			values = append(values, value(i))
		}
	}
	writer, is := to.(interface {
		WriteBatch(values []T, definition, repetition []int16) (int64, error)
	})
	if !is {
		return fmt.Errorf("%T takes no %s", to, column.DataType())
	}
	_, err := writer.WriteBatch(values, nulls, nil)
	return err
}

// parquetRows reads a Parquet file as an array.RecordReader.
type parquetRows struct {
	references atomic.Int64
	file       *file.Reader
	schema     *arrow.Schema
	builder    *array.RecordBuilder
	record     arrow.Record
	group      int   // the next one
	left       int64 // rows of the group at hand that were not read
	columns    []file.ColumnChunkReader
	err        error
}

func openParquet(f *os.File, rows *arrow.Schema) (array.RecordReader, error) {
	in, err := openParquetFile(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := errors.Join(sameVersion(in, rows), sameParquetColumns(in.MetaData().Schema.Root(), rows)); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	r := &parquetRows{file: in, schema: rows, builder: array.NewRecordBuilder(memory.DefaultAllocator, rows)}
	r.references.Store(1)
	return r, nil
}

// openParquetFile reads the footer. The library panics on some damaged files,
// which is an error of the file like any other.
func openParquetFile(f *os.File) (in *file.Reader, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the footer is damaged: %v", fault)
		}
	}()
	return file.NewParquetReader(f)
}

// sameVersion refuses a file that says it has another version of the rows. One
// that says nothing has columns to tell.
func sameVersion(in *file.Reader, rows *arrow.Schema) error {
	want, _ := rows.Metadata().GetValue(RowsVersion)
	if got := in.MetaData().KeyValueMetadata().FindValue(RowsVersion); got != nil && *got != want {
		return fmt.Errorf("the file has version %s of the rows, and this covpipe reads version %s", *got, want)
	}
	return nil
}

func sameParquetColumns(root *schema.GroupNode, rows *arrow.Schema) error {
	nodes, err := parquetNodes(rows)
	if err != nil {
		return err
	}
	var header []string
	for i := range root.NumFields() {
		header = append(header, root.Field(i).Name())
	}
	if err := sameColumns(header, rows); err != nil {
		return err
	}
	for i, want := range nodes {
		if got := root.Field(i); !got.Equals(want) {
			return fmt.Errorf("column %s is %s and should be %s", want.Name(), parquetType(got), parquetType(want))
		}
	}
	return nil
}

// parquetType describes a column in the words of the format.
func parquetType(node schema.Node) string {
	column, is := node.(*schema.PrimitiveNode)
	if !is {
		return "a group"
	}
	return fmt.Sprintf("%s %s (%s)", column.RepetitionType(), column.PhysicalType(), column.LogicalType())
}

func (r *parquetRows) Schema() *arrow.Schema { return r.schema }
func (r *parquetRows) Record() arrow.Record  { return r.record }
func (r *parquetRows) Err() error            { return r.err }
func (r *parquetRows) Retain()               { r.references.Add(1) }

func (r *parquetRows) Next() bool {
	r.drop()
	if r.err == nil {
		r.err = r.read()
	}
	return r.err == nil && r.record != nil
}

// read reads the next record, if there is one. Like the footer, the columns can
// make the library panic.
func (r *parquetRows) read() (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("row group %d is damaged: %v", r.group, fault)
		}
	}()
	for r.left == 0 {
		if r.group == r.file.NumRowGroups() {
			return nil
		}
		group := r.file.RowGroup(r.group)
		r.group++
		r.left, r.columns = group.NumRows(), r.columns[:0]
		for i := range group.NumColumns() {
			column, err := group.Column(i)
			if err != nil {
				return fmt.Errorf("row group %d, column %s: %w", r.group, r.schema.Field(i).Name, err)
			}
			r.columns = append(r.columns, column)
		}
	}
	n := min(r.left, batchRows)
	r.left -= n
	for i, column := range r.columns {
		if err := readParquetColumn(column, r.builder.Field(i), n); err != nil {
			return fmt.Errorf("row group %d, column %s: %w", r.group, r.schema.Field(i).Name, err)
		}
	}
	r.record = r.builder.NewRecord()
	return nil
}

func readParquetColumn(from file.ColumnChunkReader, to array.Builder, n int64) error {
	switch b := to.(type) {
	case *array.StringBuilder:
		return readParquet(from, b, n, func(v parquet.ByteArray) { b.Append(string(v)) })
	case *array.Int64Builder:
		return readParquet(from, b, n, b.Append)
	case *array.Float64Builder:
		return readParquet(from, b, n, b.Append)
	case *array.BooleanBuilder:
		return readParquet(from, b, n, b.Append)
	case *array.Date32Builder:
		return readParquet(from, b, n, func(v int32) { b.Append(arrow.Date32(v)) })
	case *array.TimestampBuilder:
		return readParquet(from, b, n, func(v int64) { b.Append(arrow.Timestamp(v)) })
	}
	return fmt.Errorf("a %s cannot be read", to.Type())
}

// readParquet appends n rows of a column.
func readParquet[T any](from file.ColumnChunkReader, to array.Builder, n int64, add func(T)) error {
	reader, is := from.(interface {
		ReadBatch(n int64, values []T, definition, repetition []int16) (int64, int, error)
	})
	if !is {
		return fmt.Errorf("%T gives no %s", from, to.Type())
	}
	values, nulls := make([]T, n), make([]int16, n)
	optional := from.Descriptor().MaxDefinitionLevel() > 0
	for n > 0 {
		read, present, err := reader.ReadBatch(n, values, nulls, nil)
		if err != nil {
			return err
		}
		if read == 0 {
			return fmt.Errorf("%d rows are missing: %w", n, io.ErrUnexpectedEOF)
		}
		next := 0
		for _, defined := range nulls[:read] {
			switch {
			case optional && defined == 0:
				to.AppendNull()
			case next == present:
				return fmt.Errorf("fewer values than rows: %w", io.ErrUnexpectedEOF)
			default:
				add(values[next])
				next++
			}
		}
		n -= read
	}
	return nil
}

func (r *parquetRows) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

func (r *parquetRows) Release() {
	if r.references.Add(-1) == 0 {
		r.drop()
		r.builder.Release()
		_ = r.file.Close() // opened for reading: nothing is lost
	}
}

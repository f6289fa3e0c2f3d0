package loaders

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// ErrNotRows is returned by [OpenRows] for a file that has not been written by
// covpipe.
var ErrNotRows = errors.New("not a file of rows")

// RowsVersion is the key under which the schema of rows, and a Parquet file,
// say which version of the rows they have. A CSV has its header.
const RowsVersion = "covpipe_rows_version"

// OpenRows reads a file of rows that a loader has written, CSV or Parquet by its
// content, back into batches. Its columns must be those of schema. A file that
// is neither is [ErrNotRows]. The caller releases the reader.
func OpenRows(path string, schema *arrow.Schema) (array.RecordReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(f, 64<<10)
	head, err := buffered.Peek(len(schema.Field(0).Name) + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, f.Close())
	}
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return openParquet(f, schema)
	case string(head) == schema.Field(0).Name+",":
		return newCSVRows(f, buffered, schema)
	}
	return nil, errors.Join(ErrNotRows, f.Close())
}

// csvRows reads CSV as an array.RecordReader. An empty field is null.
type csvRows struct {
	references atomic.Int64
	file       io.Closer
	in         *csv.Reader
	schema     *arrow.Schema
	builder    *array.RecordBuilder
	record     arrow.Record
	err        error
}

func newCSVRows(file io.Closer, from io.Reader, schema *arrow.Schema) (*csvRows, error) {
	in := csv.NewReader(from)
	in.ReuseRecord = true
	header, err := in.Read()
	if err == nil {
		err = sameColumns(header, schema)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("header: %w", err), file.Close())
	}
	r := &csvRows{file: file, in: in, schema: schema, builder: array.NewRecordBuilder(memory.DefaultAllocator, schema)}
	r.references.Store(1)
	return r, nil
}

func sameColumns(header []string, schema *arrow.Schema) error {
	for i, field := range schema.Fields() {
		if i >= len(header) {
			return fmt.Errorf("column %d should be %s, and there is none", i+1, field.Name)
		}
		if header[i] != field.Name {
			return fmt.Errorf("column %d is %q and should be %s", i+1, header[i], field.Name)
		}
	}
	if extra := header[len(schema.Fields()):]; len(extra) > 0 {
		return fmt.Errorf("unknown columns %s; a newer covpipe may have written it", strings.Join(extra, ", "))
	}
	return nil
}

const batchRows = 8192

func (r *csvRows) Next() bool {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
	for n := 0; n < batchRows && r.err == nil; n++ {
		fields, err := r.in.Read()
		if errors.Is(err, io.EOF) {
			if n == 0 {
				return false
			}
			break
		}
		if err != nil {
			r.err = err
			return false
		}
		r.err = r.append(fields)
	}
	if r.err != nil {
		return false
	}
	r.record = r.builder.NewRecord()
	return true
}

func (r *csvRows) append(fields []string) error {
	for i, text := range fields {
		field, builder := r.schema.Field(i), r.builder.Field(i)
		if text == "" {
			if !field.Nullable {
				return r.fail(i, errors.New("it is empty"))
			}
			builder.AppendNull()
			continue
		}
		if err := builder.AppendValueFromString(text); err != nil {
			return r.fail(i, fmt.Errorf("%q is no %s", text, field.Type.Name()))
		}
	}
	return nil
}

func (r *csvRows) fail(column int, err error) error {
	line, _ := r.in.FieldPos(column)
	return fmt.Errorf("line %d, %s: %w", line, r.schema.Field(column).Name, err)
}

func (r *csvRows) Schema() *arrow.Schema { return r.schema }
func (r *csvRows) Record() arrow.Record  { return r.record }
func (r *csvRows) Err() error            { return r.err }
func (r *csvRows) Retain()               { r.references.Add(1) }

func (r *csvRows) Release() {
	if r.references.Add(-1) == 0 {
		if r.record != nil {
			r.record.Release()
		}
		r.builder.Release()
		_ = r.file.Close() // opened for reading: nothing is lost
	}
}

func columnOf(record arrow.Record, name string) (arrow.Array, error) {
	index := record.Schema().FieldIndices(name)
	if len(index) != 1 {
		return nil, fmt.Errorf("column %s: there are %d of it", name, len(index))
	}
	return record.Column(index[0]), nil
}

// ErrImpossible is returned for values that no measurement can have.
var ErrImpossible = errors.New("impossible")

// maxOctets is how long the texts of a row may be in any place, so that what one
// place keeps another one can take. A test holds it to the SQL for Vertica,
// which refuses longer ones.
var maxOctets = map[string]int{
	"project": 128, "platform": 64, "git_branch": 512, "git_commit": 128, "report_format": 64,
	"module_name": 1024, "file_path": 4096, "owner_name": 256, "basis": 32,
}

// MostOctets is how many octets of a column every place keeps.
func MostOctets(column string) int { return maxOctets[column] }

// ErrTooLong is returned for a text that a warehouse could not keep whole.
var ErrTooLong = errors.New("too long")

func checkTexts(record arrow.Record) error {
	for i, column := range record.Columns() {
		texts, is := column.(*array.String)
		name := record.ColumnName(i)
		if !is {
			continue
		}
		for row := range texts.Len() {
			switch value := texts.Value(row); {
			case len(value) > maxOctets[name] && maxOctets[name] > 0:
				return fmt.Errorf(
					"%.60s…: %w: %s has %d octets, and %d are kept",
					value,
					ErrTooLong,
					name,
					len(value),
					maxOctets[name],
				)
			case !utf8.ValidString(value):
				return fmt.Errorf("%.60q: %w: %s is no UTF-8", value, ErrImpossible, name)
			}
		}
	}
	return nil
}

// CheckValues makes sure that a record could have been measured, and that every
// place can keep it: not more covered than there is, a rate from 0 to 1, weeks
// that begin on a Monday, texts of UTF-8 that are not too long.
func CheckValues(record arrow.Record) error {
	if err := checkTexts(record); err != nil {
		return err
	}
	file, err := columnOf(record, "file_path")
	if err != nil {
		return err
	}
	for _, unit := range []string{"lines", "methods", "branches"} {
		total, errTotal := columnOf(record, unit+"_total")
		covered, errCovered := columnOf(record, unit+"_covered")
		if err := errors.Join(errTotal, errCovered); err != nil {
			return err
		}
		totals, isTotal := total.(*array.Int64)
		covereds, isCovered := covered.(*array.Int64)
		if !isTotal || !isCovered {
			return fmt.Errorf("%s_total and %s_covered are not whole numbers", unit, unit)
		}
		for row := range int(record.NumRows()) {
			switch {
			case totals.IsNull(row) != covereds.IsNull(row):
				return fmt.Errorf(
					"%s: %w: of %s_total and %s_covered only one is known",
					file.ValueStr(row),
					ErrImpossible,
					unit,
					unit,
				)
			case totals.IsNull(row):
			case covereds.Value(row) < 0 || covereds.Value(row) > totals.Value(row):
				return fmt.Errorf(
					"%s: %w: %d of %d %s covered",
					file.ValueStr(row),
					ErrImpossible,
					covereds.Value(row),
					totals.Value(row),
					unit,
				)
			}
		}
	}
	rate, errRate := columnOf(record, "line_rate")
	week, errWeek := columnOf(record, "report_week")
	if err := errors.Join(errRate, errWeek); err != nil {
		return err
	}
	rates, isRate := rate.(*array.Float64)
	weeks, isWeek := week.(*array.Date32)
	if !isRate || !isWeek {
		return errors.New("line_rate is no number, or report_week no date")
	}
	for row := range int(record.NumRows()) {
		if r := rates.Value(row); rates.IsValid(row) && !(r >= 0 && r <= 1) {
			return fmt.Errorf("%s: %w: line_rate %v is not from 0 to 1", file.ValueStr(row), ErrImpossible, r)
		}
		if weeks.IsValid(row) && weeks.Value(row).ToTime().Weekday() != time.Monday {
			return fmt.Errorf("%s: %w: report_week %s is no Monday",
				file.ValueStr(row), ErrImpossible, weeks.ValueStr(row))
		}
	}
	return nil
}

// fileKeys are the columns that, with the week, name one row.
var fileKeys = [...]string{"project", "platform", "git_branch", "module_name", "file_path"}

// keySet finds rows that are there twice. It keeps 128 bits of each key, so that
// a load of millions of rows stays small; that two keys share them is less
// likely than a fault of the memory.
type keySet struct {
	seeds [2]maphash.Seed
	seen  map[[2]uint64]struct{}
}

func newKeySet() *keySet {
	return &keySet{[2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, map[[2]uint64]struct{}{}}
}

func (k *keySet) add(record arrow.Record) error {
	var weeks *array.Date32
	err := typed(record, "report_week", &weeks)
	var texts [len(fileKeys)]*array.String
	for i, name := range fileKeys {
		err = errors.Join(err, typed(record, name, &texts[i]))
	}
	if err != nil {
		return err
	}
	var key []byte
	for row := range int(record.NumRows()) {
		week := int64(0) // unknown: that day is no Monday
		if weeks.IsValid(row) {
			week = int64(weeks.Value(row))
		}
		key = binary.AppendVarint(key[:0], week)
		for _, column := range texts {
			value := text(column, row) // what is empty is unknown, as in a warehouse
			key = append(binary.AppendUvarint(key, uint64(len(value))), value...)
		}
		hash := [2]uint64{maphash.Bytes(k.seeds[0], key), maphash.Bytes(k.seeds[1], key)}
		if _, twice := k.seen[hash]; twice {
			return fmt.Errorf("%w: %q of module %q", ErrDouble, text(texts[4], row), text(texts[3], row))
		}
		k.seen[hash] = struct{}{}
	}
	return nil
}

package coverage

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Origin is what the rows of one measurement have in common. Empty strings and
// zero times are unknown.
type Origin struct {
	Week        Week      // the week measured
	MeasuredAt  time.Time // when the measurement began; stored in UTC, to the second
	Project     string
	Platform    string // php, ios, android, or a name of the user's
	Branch      string
	Commit      string
	BuildNumber int64  // of the CI build that was measured; 0 is unknown
	Format      string // of the report, for example "clover"
}

// SchemaVersion counts the versions of [Schema]. It grows when a column is
// added at the end.
const SchemaVersion = 1

// NewSchema returns the table of covpipe, version [SchemaVersion]: the header
// of the CSV, the schema of the Parquet file and the columns of the warehouse.
//
//	report_week       the Monday of the ISO week measured
//	measured_at       when the measurement began, UTC
//	project, platform, git_branch, git_commit, build_number, report_format
//	module_name       Xcode target, JaCoCo group; empty where there is none
//	file_path         relative to the source root; empty for the total of a build
//	owner_name        code owners in that week, with spaces between
//	lines_total, lines_covered        executable lines (PHPUnit: statements)
//	methods_total, methods_covered    methods with executable lines
//	branches_total, branches_covered
//	line_rate         0 to 1, only where the format gives no counts
//	basis             where the counts come from, see [Basis]
//	is_exact          false for bounds and unproved inferences
//
// What is not known is null, and an empty field in CSV; it is never 0.
func NewSchema() *arrow.Schema {
	version := arrow.NewMetadata([]string{"covpipe_rows_version"}, []string{strconv.Itoa(SchemaVersion)})
	text, whole := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64
	field := func(name string, kind arrow.DataType) arrow.Field {
		return arrow.Field{Name: name, Type: kind, Nullable: true}
	}
	required := func(name string, kind arrow.DataType) arrow.Field {
		return arrow.Field{Name: name, Type: kind}
	}
	return arrow.NewSchema([]arrow.Field{
		field("report_week", arrow.FixedWidthTypes.Date32),
		field("measured_at", &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}),
		field("project", text), field("platform", text), field("git_branch", text), field("git_commit", text),
		field("build_number", whole), required("report_format", text),
		field("module_name", text), field("file_path", text), field("owner_name", text),
		field("lines_total", whole), field("lines_covered", whole),
		field("methods_total", whole), field("methods_covered", whole),
		field("branches_total", whole), field("branches_covered", whole),
		field("line_rate", arrow.PrimitiveTypes.Float64),
		required("basis", text), required("is_exact", arrow.FixedWidthTypes.Boolean),
	}, &version)
}

// ErrNoRows is returned by [Batches] when there is nothing to write: a report
// of no files is a fault somewhere, not a project without code.
var ErrNoRows = errors.New("no rows")

// ErrDouble is returned by [Batches] for two rows of one module and path.
var ErrDouble = errors.New("two rows for one file")

const batchRows = 1024

// Batches turns the rows of one measurement into record batches of
// [NewSchema], of up to 1024 rows each. It fails on no rows, on counts that
// cannot be, and on two rows for one module and path. The caller releases the
// records.
func Batches(from Origin, rows []Row) ([]arrow.Record, error) {
	if len(rows) == 0 {
		return nil, ErrNoRows
	}
	seen := make(map[[2]string]bool, len(rows))
	for _, row := range rows {
		key := [2]string{row.Module, row.Path}
		if seen[key] {
			return nil, fmt.Errorf("%w: %q of module %q", ErrDouble, row.Path, row.Module)
		}
		seen[key] = true
	}
	var records []arrow.Record
	given := func(yield func(Row, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
	for record, err := range Records(func() Origin { return from }, given) {
		if err != nil {
			for _, r := range records {
				r.Release()
			}
			return nil, err
		}
		records = append(records, record)
	}
	return records, nil
}

// Records turns rows into record batches of [NewSchema] while they are read, of
// up to 1024 rows each, and ends at the first error: one of rows, or of counts
// that cannot be. It asks for the origin when the first batch is full or the
// rows have ended. It does not look for two rows of one file; a loader does.
// Whoever reads the records releases them.
func Records(from func() Origin, rows Rows) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		builder := array.NewRecordBuilder(memory.DefaultAllocator, NewSchema())
		defer builder.Release()
		waiting := make([]Row, 0, batchRows)
		var origin *Origin
		flush := func() bool {
			if origin == nil {
				asked := from()
				origin = &asked
			}
			builder.Reserve(len(waiting))
			for _, row := range waiting {
				origin.append(builder, row)
			}
			waiting = waiting[:0]
			return yield(builder.NewRecord(), nil)
		}
		for row, err := range rows {
			if err == nil {
				if err = row.check(); err != nil {
					err = fmt.Errorf("%s: %w", row.Path, err)
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			row.Source = nil // its memory may be used again
			if waiting = append(waiting, row); len(waiting) == batchRows && !flush() {
				return
			}
		}
		if len(waiting) > 0 {
			flush()
		}
	}
}

func (r Row) check() error {
	if r.Rate.Known && (r.Rate.Value < 0 || r.Rate.Value > 1) {
		return fmt.Errorf("line rate %v is not from 0 to 1", r.Rate.Value)
	}
	return cmp.Or(r.Lines.Check(), r.Methods.Check(), r.Branches.Check())
}

// append adds one row, column by column in the order of the schema.
func (from Origin) append(builder *array.RecordBuilder, row Row) {
	column := -1
	next := func() array.Builder {
		column++
		return builder.Field(column)
	}
	text := func(s string) {
		if b := next().(*array.StringBuilder); s == "" {
			b.AppendNull()
		} else {
			b.Append(s)
		}
	}
	whole := func(n int64, known bool) {
		if b := next().(*array.Int64Builder); known {
			b.Append(n)
		} else {
			b.AppendNull()
		}
	}
	count := func(c Count) {
		whole(c.Total, c.Known)
		whole(c.Covered, c.Known)
	}
	if b := next().(*array.Date32Builder); from.Week.IsZero() {
		b.AppendNull()
	} else {
		b.Append(arrow.Date32FromTime(from.Week.Monday()))
	}
	if b := next().(*array.TimestampBuilder); from.MeasuredAt.IsZero() {
		b.AppendNull()
	} else {
		b.Append(arrow.Timestamp(from.MeasuredAt.Truncate(time.Second).UnixMicro()))
	}
	text(from.Project)
	text(from.Platform)
	text(from.Branch)
	text(from.Commit)
	whole(from.BuildNumber, from.BuildNumber != 0)
	text(from.Format)
	text(row.Module)
	text(row.Path)
	text(row.Owners)
	count(row.Lines)
	count(row.Methods)
	count(row.Branches)
	if b := next().(*array.Float64Builder); row.Rate.Known {
		b.Append(row.Rate.Value)
	} else {
		b.AppendNull()
	}
	text(string(row.Basis))
	next().(*array.BooleanBuilder).Append(row.Exact)
}

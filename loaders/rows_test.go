package loaders

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// testSchema is the table of the warehouse; a test in cmd holds it to that of
// package coverage.
func testSchema() *arrow.Schema {
	text, whole := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64
	var fields []arrow.Field
	const columns = "report_week measured_at project platform git_branch git_commit build_number report_format " +
		"module_name file_path owner_name lines_total lines_covered methods_total methods_covered " +
		"branches_total branches_covered line_rate basis is_exact"
	for _, name := range strings.Fields(columns) {
		field := arrow.Field{Name: name, Type: text, Nullable: true}
		switch {
		case name == "report_week":
			field.Type = arrow.FixedWidthTypes.Date32
		case name == "measured_at":
			field.Type = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
		case name == "line_rate":
			field.Type = arrow.PrimitiveTypes.Float64
		case name == "is_exact":
			field.Type, field.Nullable = arrow.FixedWidthTypes.Boolean, false
		case name == "report_format" || name == "basis":
			field.Nullable = false
		case name == "build_number" || strings.HasSuffix(name, "_total") || strings.HasSuffix(name, "_covered"):
			field.Type = whole
		}
		fields = append(fields, field)
	}
	return arrow.NewSchema(fields, nil)
}

// line is a row in a test: values by column, all others null.
type line map[string]string

// base is a row that every loader takes.
func base(path string, more line) line {
	row := line{
		"report_week":   "2026-11-16",
		"measured_at":   "2026-11-22 20:30:00",
		"project":       "shop",
		"platform":      "php",
		"git_branch":    "main",
		"report_format": "clover",
		"file_path":     path,
		"lines_total":   "3",
		"lines_covered": "2",
		"basis":         "file_metrics",
		"is_exact":      "true",
	}
	for name, value := range more {
		row[name] = value
	}
	return row
}

// tester is what building rows needs of a test.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// batches gives rows to a loader, size rows a batch.
func batches(t tester, size int, rows ...line) array.RecordReader {
	t.Helper()
	schema := testSchema()
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	var records []arrow.Record
	for i, row := range rows {
		for c, field := range schema.Fields() {
			value, given := row[field.Name]
			if !given {
				builder.Field(c).AppendNull()
			} else if err := builder.Field(c).AppendValueFromString(value); err != nil {
				t.Fatalf("%s: %v", field.Name, err)
			}
		}
		if (i+1)%size == 0 || i == len(rows)-1 {
			records = append(records, builder.NewRecord())
		}
	}
	reader, err := array.NewRecordReader(schema, records)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reader.Release)
	return reader
}

// want gives rows as a place must show them.
func want(rows ...line) (found []string) {
	for _, row := range rows {
		var out strings.Builder
		for _, field := range testSchema().Fields() {
			value := "NULL"
			if v, given := row[field.Name]; given {
				value = fmt.Sprintf("%q", v)
			}
			fmt.Fprintf(&out, "%s=%s ", field.Name, value)
		}
		found = append(found, out.String())
	}
	slices.Sort(found)
	return found
}

func same(t *testing.T, p place, what string, rows ...line) {
	t.Helper()
	if got := p.read(t, p); !slices.Equal(got, want(rows...)) {
		t.Errorf("%s, %s: got\n%s\nwant\n%s", p.name, what, strings.Join(got, "\n"), strings.Join(want(rows...), "\n"))
	}
}

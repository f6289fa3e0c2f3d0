package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/covpipe/covpipe/loaders/verticatest"
)

// testSchema is the table of the warehouse; a test in cmd holds it to that of
// package coverage.
func testSchema() *arrow.Schema {
	text, whole := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64
	var fields []arrow.Field
	for _, name := range strings.Fields("report_week measured_at project platform git_branch git_commit build_number report_format module_name file_path owner_name lines_total lines_covered methods_total methods_covered branches_total branches_covered line_rate basis is_exact") {
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
	row := line{"report_week": "2026-11-16", "measured_at": "2026-11-22 20:30:00", "project": "shop", "platform": "php", "git_branch": "main",
		"report_format": "clover", "file_path": path, "lines_total": "3", "lines_covered": "2", "basis": "file_metrics", "is_exact": "true"}
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

// place is one member of the family in the contract suite.
type place struct {
	name   string
	file   string // csv, parquet, duckdb
	to     string
	opt    Options
	server *verticatest.Server
	read   func(t *testing.T, p place) []string // the rows there, as text; none if there is nothing
}

func places(t *testing.T) []place {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	return []place{
		{name: "csv", file: file("rows.csv"), to: file("rows.csv"), read: readFile},
		{name: "parquet", file: file("rows.parquet"), to: file("rows.parquet"), read: readFile},
		{name: "duckdb", file: file("w.duckdb"), to: "duckdb:" + file("w.duckdb"), read: readWarehouse},
		verticaPlaceOf(startVertica(t, verticatest.Options{})),
	}
}

// warehouses are the places that keep one week beside another.
func warehouses(t *testing.T) []place { return places(t)[2:] }

// startVertica starts a test server with the tables of covpipe.
func startVertica(t *testing.T, opt verticatest.Options) *verticatest.Server {
	t.Helper()
	opt.User, opt.Password = "loader", "it's a $ecret/?&="
	server, err := verticatest.Start(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	ddl, err := DDL("vertica", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Apply(t.Context(), ddl); err != nil {
		t.Fatal(err)
	}
	return server
}

func verticaPlaceOf(server *verticatest.Server) place {
	return place{name: "vertica", to: "vertica://loader@" + server.Addr() + "/coverage?tlsmode=none&silence=20s", opt: Options{Password: "it's a $ecret/?&="},
		server: server, read: readWarehouse}
}

func readFile(t *testing.T, p place) (found []string) {
	t.Helper()
	if _, err := os.Stat(p.file); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	rows, err := OpenRows(p.file, testSchema())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Release()
	for rows.Next() {
		record := rows.Record()
		for i := range int(record.NumRows()) {
			found = append(found, recordText(record, i))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

func recordText(record arrow.Record, row int) string {
	var out strings.Builder
	for c, column := range record.Columns() {
		value := "NULL"
		if !column.IsNull(row) {
			value = fmt.Sprintf("%q", column.ValueStr(row))
		}
		if at, is := column.(*array.Timestamp); is && !column.IsNull(row) {
			value = fmt.Sprintf("%q", at.Value(row).ToTime(arrow.Microsecond).Format(time.DateTime))
		}
		fmt.Fprintf(&out, "%s=%s ", record.ColumnName(c), value)
	}
	return out.String()
}

// lookInto opens the DuckDB of a warehouse, or nil if there is none yet.
func lookInto(t *testing.T, p place) (db *sql.DB, done func()) {
	t.Helper()
	if p.server != nil {
		return p.server.DB(), func() {}
	}
	db, err := Read(t.Context(), p.to, p.opt)
	if errors.Is(err, ErrNotLoaded) || err != nil && strings.Contains(err.Error(), "coverage_schema does not exist") {
		return nil, nil // or the file was made, and rolled back to nothing
	}
	if err != nil {
		t.Fatal(err)
	}
	return db, func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// ledger gives the rows of the ledger, as text.
func ledger(t *testing.T, p place, columns string) (found []string) {
	t.Helper()
	db, done := lookInto(t, p)
	if db == nil {
		return nil
	}
	defer done()
	rows, err := db.QueryContext(t.Context(), "SELECT concat_ws(' ', "+columns+") FROM main.coverage_runs ORDER BY loaded_at, 1")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		found = append(found, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

func readWarehouse(t *testing.T, p place) (found []string) {
	t.Helper()
	db, done := lookInto(t, p)
	if db == nil {
		return nil
	}
	defer done()
	var names []string
	for _, field := range testSchema().Fields() {
		names = append(names, field.Name)
	}
	rows, err := db.QueryContext(t.Context(), "SELECT COLUMNS(*)::VARCHAR FROM (SELECT "+strings.Join(names, ", ")+" FROM main.coverage_files)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		values := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for i, v := range values {
			text := "NULL"
			if v.Valid {
				text = fmt.Sprintf("%q", v.String)
			}
			fmt.Fprintf(&out, "%s=%s ", names[i], text)
		}
		found = append(found, out.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

// load opens a place, loads rows and closes it.
func load(ctx context.Context, t *testing.T, p place, rows array.RecordReader) (Outcome, error) {
	t.Helper()
	return loadAbout(ctx, t, p, rows, About{})
}

func loadAbout(ctx context.Context, t *testing.T, p place, rows array.RecordReader, about About) (Outcome, error) {
	t.Helper()
	loader, err := Open(ctx, p.to, p.opt)
	if err != nil {
		t.Fatal(err)
	}
	if v, is := loader.(*vertica); is {
		v.pause = time.Millisecond
	}
	outcome, err := loader.Load(ctx, rows, about)
	return outcome, errors.Join(err, loader.Close())
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

func TestEveryPlaceKeepsEveryRowAsItWas(t *testing.T) {
	rows := []line{
		base("src/Cart.php", nil),
		base(`src/say "hi", now.php`, line{"build_number": "9007199254740993", "lines_total": "9223372036854775807", "lines_covered": "0"}),
		base("src/two\nlines.php", line{"owner_name": " space ", "git_commit": "'; DROP TABLE x; --"}),
		base("src/Größe 😀.php", line{"module_name": "App"}),
		base("src/Größe 😀.php", line{"module_name": "App Tests"}),
		base("src/rate.swift", line{"line_rate": "0.1"}),
		base(strings.Repeat("deep/", 800)+"File.php", line{"is_exact": "false", "basis": "merged_lines"}),
		base("src/Cart.php", line{"platform": "ios", "measured_at": "1999-12-31 23:59:59"}),
	}
	delete(rows[5], "lines_total")
	delete(rows[5], "lines_covered")
	for _, p := range places(t) {
		for _, size := range []int{1, 3, 100} {
			outcome, err := load(t.Context(), t, p, batches(t, size, rows...))
			if err != nil || outcome.Rows != int64(len(rows)) {
				t.Errorf("%s: %+v, %v", p.name, outcome, err)
			}
			same(t, p, fmt.Sprintf("in batches of %d", size), rows...)
		}
	}
}

func TestEveryPlaceRefusesNoRowsAndDoubleRowsAndKeepsWhatItHad(t *testing.T) {
	first := base("a.php", nil)
	for _, p := range places(t) {
		for _, before := range []bool{false, true} {
			var kept []line
			if before {
				kept = []line{first}
				if _, err := load(t.Context(), t, p, batches(t, 1, first)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := load(t.Context(), t, p, batches(t, 1)); !errors.Is(err, ErrNoRows) {
				t.Errorf("%s: no rows: got %v", p.name, err)
			}
			same(t, p, "after no rows", kept...)
			if _, err := load(t.Context(), t, p, batches(t, 1, base("b.php", nil), base("c.php", nil), base("b.php", line{"lines_total": "9"}))); !errors.Is(err, ErrDouble) {
				t.Errorf("%s: double rows: got %v", p.name, err)
			}
			same(t, p, "after double rows", kept...)
		}
	}
}

// failing is a reader that breaks off after its first batch.
type failing struct {
	array.RecordReader
	read   int
	cancel func()
}

var errBroken = errors.New("the report breaks off")

func (f *failing) Next() bool {
	f.read++
	if f.read == 2 && f.cancel != nil {
		f.cancel()
	}
	return (f.read == 1 || f.cancel != nil) && f.RecordReader.Next()
}

func (f *failing) Err() error {
	if f.cancel != nil {
		return f.RecordReader.Err()
	}
	return errBroken
}

func TestALoadThatBreaksOffOrIsCancelledLeavesNothing(t *testing.T) {
	first := base("a.php", nil)
	next := []line{base("a.php", line{"lines_total": "9"}), base("b.php", nil), base("c.php", nil)}
	for _, p := range places(t) {
		if _, err := load(t.Context(), t, p, batches(t, 1, first)); err != nil {
			t.Fatal(err)
		}
		if _, err := load(t.Context(), t, p, &failing{RecordReader: batches(t, 1, next...)}); !errors.Is(err, errBroken) {
			t.Errorf("%s: got %v", p.name, err)
		}
		same(t, p, "after a break", first)
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := load(ctx, t, p, &failing{RecordReader: batches(t, 1, next...), cancel: cancel}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", p.name, err)
		}
		same(t, p, "after a cancel", first)
		if p.file == "" {
			continue
		}
		left, err := filepath.Glob(filepath.Join(filepath.Dir(p.file), ".*"))
		if err != nil || len(left) > 0 {
			t.Errorf("%s: left behind: %q, %v", p.name, left, err)
		}
	}
}

func TestAWarehouseKeepsEachMeasurementOnce(t *testing.T) {
	for _, p := range warehouses(t) {
		t.Run(p.name, func(t *testing.T) { keepsEachMeasurementOnce(t, p) })
	}
}

func keepsEachMeasurementOnce(t *testing.T, p place) {
	changes := func(outcome Outcome, err error) string {
		if err != nil {
			return err.Error()
		}
		var found []string
		for _, m := range outcome.Measurements {
			found = append(found, fmt.Sprintf("%s %s %s %s %d %s", m.Week, m.Project, m.Platform, m.Branch, m.Rows, m.Change))
		}
		return strings.Join(found, "; ")
	}
	check := func(want string, rows ...line) {
		t.Helper()
		if got := changes(load(t.Context(), t, p, batches(t, 2, rows...))); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	a, b := base("a.php", nil), base("b.php", nil)
	check("2026-11-16 shop php main 2 added", a, b)
	// The same numbers measured again are the same measurement, and keep their first time.
	check("2026-11-16 shop php main 2 unchanged", base("b.php", line{"measured_at": "2026-11-22 23:00:00"}), base("a.php", line{"measured_at": "2026-11-22 23:00:00"}))
	same(t, p, "loaded twice", a, b)
	// Other rows replace it whole.
	fewer := base("a.php", line{"lines_covered": "3"})
	check("2026-11-16 shop php main 1 replaced", fewer)
	same(t, p, "replaced", fewer)
	// Other weeks, platforms, branches and projects stay; no branch is a branch of its own.
	none := base("a.php", nil)
	delete(none, "git_branch")
	others := []line{base("a.php", line{"report_week": "2026-11-09"}), base("a.php", line{"platform": "ios"}), base("a.php", line{"git_branch": "next"}), base("a.php", line{"project": "other"}), none}
	check("2026-11-09 shop php main 1 added; 2026-11-16 other php main 1 added; 2026-11-16 shop ios main 1 added; 2026-11-16 shop php  1 added; 2026-11-16 shop php next 1 added", others...)
	check("2026-11-16 shop php  1 unchanged; 2026-11-16 shop php main 1 unchanged", fewer, none)
	same(t, p, "beside each other", append(others, fewer)...)
	// What changed from unknown to 0 has changed.
	check("2026-11-16 shop php main 1 replaced", base("a.php", line{"lines_covered": "3", "branches_total": "0", "branches_covered": "0"}))
}

func TestAWarehouseRefusesRowsThatSayTooLittle(t *testing.T) {
	for _, p := range warehouses(t) {
		for _, column := range []string{"report_week", "measured_at", "project", "platform"} {
			row := base("a.php", nil)
			delete(row, column)
			if _, err := load(t.Context(), t, p, batches(t, 1, row)); !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), column) {
				t.Errorf("%s: got %v", column, err)
			}
			same(t, p, "refused")
		}
	}
}

func TestAWarehouseOfANewerCovpipeIsRefused(t *testing.T) {
	for _, p := range warehouses(t) {
		if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
			t.Fatal(err)
		}
		change(t, p, "INSERT INTO main.coverage_schema VALUES (99, now()::TIMESTAMP)")
		if _, err := load(t.Context(), t, p, batches(t, 1, base("b.php", nil))); !errors.Is(err, ErrNewer) {
			t.Errorf("%s: load: got %v", p.name, err)
		}
		if _, err := Read(t.Context(), p.to, p.opt); !errors.Is(err, ErrNewer) {
			t.Errorf("%s: read: got %v", p.name, err)
		}
	}
}

// change does something to a warehouse that covpipe does not do.
func change(t *testing.T, p place, statement string) {
	t.Helper()
	if p.server != nil {
		if _, err := p.server.DB().Exec(statement); err != nil {
			t.Fatal(err)
		}
		return
	}
	db, err := sql.Open("duckdb", p.file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestEveryPlaceRefusesWhatCannotHaveBeenMeasured(t *testing.T) {
	for name, row := range map[string]line{
		"more covered than there is": base("a.php", line{"lines_covered": "4"}),
		"less than nothing":          base("a.php", line{"methods_total": "1", "methods_covered": "-1"}),
		"half a count":               base("a.php", line{"branches_total": "1"}),
		"a rate over 1":              base("a.php", line{"line_rate": "1.01"}),
		"a rate that is no number":   base("a.php", line{"line_rate": "NaN"}),
		"a week from Wednesday":      base("a.php", line{"report_week": "2026-11-18"}),
	} {
		for _, p := range places(t) {
			if _, err := load(t.Context(), t, p, batches(t, 1, base("0.php", nil), row)); !errors.Is(err, ErrImpossible) {
				t.Errorf("%s: %s: got %v", p.name, name, err)
			}
			same(t, p, name)
		}
	}
}

func TestPlacesThatAreNoneAreRefused(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte("not a database at all"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"", "rows.txt", "postgres://x/y", "duckdb:", "duckdb::memory:", "duckdb:x?access_mode=READ_ONLY", "duckdb:" + text} {
		if _, err := Open(t.Context(), to, Options{}); !errors.Is(err, ErrPlace) {
			t.Errorf("%q: got %v", to, err)
		}
	}
	loader, err := Open(t.Context(), filepath.Join(dir, "no/such/folder/rows.csv"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loader.Load(t.Context(), batches(t, 1, base("a.php", nil)), About{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: got %v", err)
	}
	if _, err := OpenRows(text, testSchema()); !errors.Is(err, ErrNotRows) {
		t.Errorf("rows from %s: got %v", text, err)
	}
}

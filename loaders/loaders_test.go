package loaders

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

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

// load opens a place, loads rows and closes it.
func load(ctx context.Context, t *testing.T, p place, rows array.RecordReader) (Outcome, error) {
	t.Helper()
	return loadAbout(ctx, t, p, rows, About{})
}

func loadAbout(ctx context.Context, t *testing.T, p place, rows array.RecordReader, about About) (Outcome, error) {
	t.Helper()
	loader, err := Open(p.to, p.opt)
	if err != nil {
		t.Fatal(err)
	}
	if v, is := loader.(*vertica); is {
		v.pause = time.Millisecond
	}
	outcome, err := loader.Load(ctx, rows, about)
	return outcome, errors.Join(err, loader.Close())
}

func TestEveryPlaceKeepsEveryRowAsItWas(t *testing.T) {
	rows := []line{
		base("src/Cart.php", nil),
		base(
			`src/say "hi", now.php`,
			line{"build_number": "9007199254740993", "lines_total": "9223372036854775807", "lines_covered": "0"},
		),
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
			double := batches(t, 1, base("b.php", nil), base("c.php", nil), base("b.php", line{"lines_total": "9"}))
			if _, err := load(t.Context(), t, p, double); !errors.Is(err, ErrDouble) {
				t.Errorf("%s: double rows: got %v", p.name, err)
			}
			same(t, p, "after double rows", kept...)
			again := batches(t, 1, first, base("a.php", line{"module_name": ""})) // of no module, too
			if _, err := load(t.Context(), t, p, again); !errors.Is(err, ErrDouble) ||
				!strings.Contains(err.Error(), `"a.php" of module ""`) {
				t.Errorf("%s: double rows of no module: got %v", p.name, err)
			}
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
		broken := &failing{RecordReader: batches(t, 1, next...)}
		if _, err := load(t.Context(), t, p, broken); !errors.Is(err, errBroken) {
			t.Errorf("%s: got %v", p.name, err)
		}
		same(t, p, "after a break", first)
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := load(ctx, t, p, &failing{RecordReader: batches(t, 1, next...), cancel: cancel}); !errors.Is(
			err,
			context.Canceled,
		) {
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
			found = append(found,
				fmt.Sprintf("%s %s %s %s %d %s", m.Week, m.Project, m.Platform, m.Branch, m.Rows, m.Change))
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
	check(
		"2026-11-16 shop php main 2 unchanged",
		base("b.php", line{"measured_at": "2026-11-22 23:00:00"}),
		base("a.php", line{"measured_at": "2026-11-22 23:00:00"}),
	)
	same(t, p, "loaded twice", a, b)
	// Other rows replace it whole.
	fewer := base("a.php", line{"lines_covered": "3"})
	check("2026-11-16 shop php main 1 replaced", fewer)
	same(t, p, "replaced", fewer)
	// Other weeks, platforms, branches and projects stay; no branch is a branch of its own.
	none := base("a.php", nil)
	delete(none, "git_branch")
	others := []line{
		base("a.php", line{"report_week": "2026-11-09"}),
		base("a.php", line{"platform": "ios"}),
		base("a.php", line{"git_branch": "next"}),
		base("a.php", line{"project": "other"}),
		none,
	}
	check(
		"2026-11-09 shop php main 1 added; 2026-11-16 other php main 1 added; "+
			"2026-11-16 shop ios main 1 added; 2026-11-16 shop php  1 added; 2026-11-16 shop php next 1 added",
		others...)
	check("2026-11-16 shop php  1 unchanged; 2026-11-16 shop php main 1 unchanged", fewer, none)
	same(t, p, "beside each other", append(others, fewer)...)
	// What changed from unknown to 0 has changed.
	check(
		"2026-11-16 shop php main 1 replaced",
		base("a.php", line{"lines_covered": "3", "branches_total": "0", "branches_covered": "0"}),
	)
}

func TestAWarehouseRefusesRowsThatSayTooLittle(t *testing.T) {
	for _, p := range warehouses(t) {
		for _, column := range []string{"report_week", "measured_at", "project", "platform"} {
			row := base("a.php", nil)
			delete(row, column)
			if _, err := load(t.Context(), t, p, batches(t, 1, row)); !errors.Is(err, ErrUnknown) ||
				!strings.Contains(err.Error(), column) {
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
			rows := batches(t, 1, base("0.php", nil), row)
			if _, err := load(t.Context(), t, p, rows); !errors.Is(err, ErrImpossible) {
				t.Errorf("%s: %s: got %v", p.name, name, err)
			}
			same(t, p, name)
		}
	}
}

func TestPlacesThatAreNoneAreRefused(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte("not a database at all"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{
		"", "rows.txt", "postgres://x/y",
		"duckdb:", "duckdb::memory:", "duckdb:x?access_mode=READ_ONLY", "duckdb:" + text,
	} {
		if _, err := Open(to, Options{}); !errors.Is(err, ErrPlace) {
			t.Errorf("%q: got %v", to, err)
		}
	}
	if left, err := os.ReadDir("."); err != nil || len(left) != 1 {
		t.Errorf("a place that is refused leaves something: %v, %v", left, err)
	}
	loader, err := Open(filepath.Join(dir, "no/such/folder/rows.csv"), Options{})
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

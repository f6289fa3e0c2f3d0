package parsers

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/coverage"
)

// mergeFiles merges Clover reports as covpipe merge does.
func mergeFiles(t *testing.T, paths ...string) *coverage.Merged {
	t.Helper()
	var reports []coverage.Rows
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		report, err := Open(f)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		reports = append(reports, report.Rows)
	}
	merged, err := coverage.Merge(reports...)
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

// compareRows reports each file whose lines or methods differ.
func compareRows(t *testing.T, got, want []coverage.Row) {
	t.Helper()
	truth := map[string]coverage.Row{}
	for _, row := range want {
		truth[row.Path] = row
	}
	if len(got) != len(want) {
		t.Errorf("got %d files, want %d", len(got), len(want))
	}
	for _, row := range got {
		if w := truth[row.Path]; row.Lines != w.Lines || row.Methods != w.Methods {
			t.Errorf("%s: got lines %v, methods %v; want %v, %v (exact %v)",
				row.Path, row.Lines, row.Methods, w.Lines, w.Methods, row.Exact)
		}
	}
}

func TestExtentsOfTheCoberturaBesideAgreeWithTheWholeRun(t *testing.T) {
	for _, c := range []struct {
		dir    string
		shards []string
	}{
		{"synthetic/xd", []string{"a", "b", "c"}},
		{"synthetic/pc", []string{"a", "b", "c"}},
		{"monolog-2.11.0/pcov", []string{"Attribute", "Formatter", "Handler", "Processor", "root"}},
		{"ambiguous-start-line", []string{"a", "b"}},
	} {
		dir := fixture(t, filepath.Join("generated-phpunit96-shards", c.dir))
		told, methods := 0, 0
		var reports []coverage.Rows
		for _, shard := range c.shards {
			cobertura, err := os.Open(filepath.Join(dir, shard+".cobertura.xml"))
			if err != nil {
				t.Fatal(err)
			}
			defer cobertura.Close()
			extents, err := ReadExtents(cobertura)
			if err != nil {
				t.Fatal(err)
			}
			clover, err := os.Open(filepath.Join(dir, shard+".clover.xml"))
			if err != nil {
				t.Fatal(err)
			}
			defer clover.Close()
			report, err := Open(clover)
			if err != nil {
				t.Fatal(err)
			}
			counted := func(yield func(coverage.Row, error) bool) {
				for row, err := range extents.Tell(report.Rows) {
					if err == nil {
						for _, m := range row.Source.Methods {
							methods++
							if m.Extent != nil {
								told++
							}
						}
					}
					if !yield(row, err) {
						return
					}
				}
			}
			reports = append(reports, counted)
		}
		merged, err := coverage.Merge(reports...)
		if err != nil {
			t.Fatal(err)
		}
		_, rows, err := readAll(filepath.Join(dir, "all.clover.xml"))
		if err != nil {
			t.Fatal(err)
		}
		compareRows(t, merged.Rows, rows)
		if told != methods || methods == 0 {
			t.Errorf("%s: the Cobertura reports tell of %d of %d methods", c.dir, told, methods)
		}
		for _, f := range merged.Findings {
			t.Errorf("%s: %s: %s", c.dir, f.Path, f.Reason)
		}
	}
}

func TestMethodsThatAreNotKnownAreNotWrittenAsNone(t *testing.T) {
	const report = `<coverage generated="1"><project><file name="/a.php"><line num="3" type="stmt" count="1"/>` +
		`<metrics statements="1" coveredstatements="1"/></file></project></coverage>`
	opened, err := Open(strings.NewReader(report))
	if err != nil {
		t.Fatal(err)
	}
	merged, err := coverage.Merge(opened.Rows)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := WriteClover(&out, time.Unix(1, 0), "", merged.Rows); err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, "clover", out.String())
	if len(rows) != 1 || rows[0].Methods.Known || rows[0].Lines != coverage.Of(1, 1) {
		t.Errorf("read back as %+v", rows)
	}
}

func TestMergedShardsOfRealRunsEqualTheWholeRun(t *testing.T) {
	for _, c := range []struct {
		dir    string
		shards []string
	}{
		{"synthetic/xd", []string{"a", "b", "c"}},
		{"synthetic/pc", []string{"a", "b", "c"}},
		{"monolog-2.11.0/xd", []string{"Attribute", "Formatter", "Handler", "Processor", "root"}},
		{"monolog-2.11.0/pcov", []string{"Attribute", "Formatter", "Handler", "Processor", "root"}},
		{"ambiguous-start-line", []string{"a", "b"}},
	} {
		t.Run(c.dir, func(t *testing.T) {
			dir := fixture(t, filepath.Join("generated-phpunit96-shards", c.dir))
			var paths []string
			for _, shard := range c.shards {
				paths = append(paths, filepath.Join(dir, shard+".clover.xml"))
			}
			merged := mergeFiles(t, paths...)
			whole, rows, err := readAll(filepath.Join(dir, "all.clover.xml"))
			if err != nil {
				t.Fatal(err)
			}
			compareRows(t, merged.Rows, rows)
			for i, row := range merged.Rows {
				got, want := fmt.Sprint(row.Source.Statements), fmt.Sprint(rows[i].Source.Statements)
				if row.Path == rows[i].Path && got != want {
					t.Errorf("%s: statements\ngot  %s\nwant %s", row.Path, got, want)
				}
			}
			for _, f := range merged.Findings {
				t.Logf("%s: %s", f.Path, f.Reason)
			}
			var out bytes.Buffer
			if err := WriteClover(&out, time.Unix(1795315022, 0), "", merged.Rows); err != nil {
				t.Fatal(err)
			}
			again, err := Open(&out)
			if err != nil {
				t.Fatal(err)
			}
			var back []coverage.Row
			var totals coverage.Totals
			for row, err := range again.Rows {
				if err != nil {
					t.Fatal(err)
				}
				totals.Add(row)
				back = append(back, row)
			}
			compareRows(t, back, merged.Rows)
			for i, row := range back {
				if want := merged.Rows[i]; row.Exact != want.Exact || row.Finding != want.Finding {
					t.Errorf("%s: read back as exact %v (%s), written as %v (%s)",
						row.Path, row.Exact, row.Finding, want.Exact, want.Finding)
				}
			}
			if found := totals.Differences(again.Stated); len(found) > 0 {
				t.Errorf("the merged report does not agree with itself: %q", found)
			}
			if again.Stated.Lines != whole.Stated.Lines || again.Stated.Methods != whole.Stated.Methods {
				t.Errorf("stated: got %v and %v, want %v and %v",
					again.Stated.Lines, again.Stated.Methods, whole.Stated.Lines, whole.Stated.Methods)
			}
		})
	}
}

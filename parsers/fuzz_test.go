package parsers

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/covpipe/covpipe/coverage"
)

// fuzzFormat reads made-up reports of one format. Whatever comes in, reading
// ends, rows are possible, and a second reading gives the same.
func fuzzFormat(f *testing.F, format string, seeds ...string) {
	for _, pattern := range seeds {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatalf("no seed %s: %v", pattern, err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(content[:min(len(content), 4000)])
			if len(content) < 4000 {
				f.Add(content)
			}
		}
	}
	f.Fuzz(func(t *testing.T, report []byte) {
		first := readPossible(t, format, report)
		if second := readPossible(t, format, report); second != first {
			t.Fatalf("read twice: first %s, then %s", first, second)
		}
		if format == "clover" {
			if got, want := onOne(bytes.NewReader(report)), onOne(bytes.NewReader(slowly(report))); got != want {
				t.Fatalf("got %s, and without the short way for statements %s", got, want)
			}
		}
	})
}

// readPossible reads a report and fails if a row of it cannot be.
func readPossible(t *testing.T, format string, report []byte) string {
	opened, err := OpenAs(format, bytes.NewReader(report))
	if err != nil {
		return err.Error() // it begins like a compressed report, and is none
	}
	seen := map[[2]string]bool{}
	checked := func(yield func(coverage.Row, error) bool) {
		for row, err := range opened.Rows {
			if err == nil {
				for _, count := range []coverage.Count{row.Lines, row.Methods, row.Branches} {
					if err := count.Check(); err != nil || !count.Known && count != (coverage.Count{}) {
						t.Fatalf("%s: %+v, %v", row.Path, count, err)
					}
				}
				if row.Rate.Known && !(row.Rate.Value >= 0 && row.Rate.Value <= 1) {
					t.Fatalf("%s: rate %v", row.Path, row.Rate.Value)
				}
				if !row.Exact && row.Finding == "" {
					t.Fatalf("%s: not exact, without a reason", row.Path)
				}
				if key := [2]string{row.Module, row.Path}; seen[key] {
					t.Fatalf("%q is given twice", key)
				} else {
					seen[key] = true
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
	return everything(checked, &opened.Stated)
}

func FuzzClover(f *testing.F) {
	f.Add([]byte(`<coverage generated="1"><project timestamp="1"><file name="a">` +
		`<class name="A"><metrics methods="1" statements="2" coveredstatements="1"/></class>` +
		`<line num="1" type="method" name="m" complexity="1" count="1"/><line num="2" type="stmt" count="0"/>` +
		`<metrics statements="2" coveredstatements="1" methods="1"/></file><metrics files="1"/></project></coverage>`))
	f.Add([]byte(`<coverage clover="3.2.0"><project><package name="p"><file name="a" path="/p/a">` +
		`<metrics statements="1" coveredstatements="1" conditionals="2" coveredconditionals="1"/>` +
		`<line num="1" type="cond" count="1" truecount="1" falsecount="0"/></file>` +
		`</package></project><testproject><file/></testproject></coverage>`))
	fuzzFormat(f, "clover", "../samples/clover/*.xml")
}

func FuzzJaCoCo(f *testing.F) {
	f.Add([]byte(`<report name="r"><sessioninfo id="s" start="1" dump="2"/>` +
		`<group name="g"><package name="p"><sourcefile name="A">` +
		`<line nr="1" mi="0" ci="1" mb="0" cb="0"/><counter type="LINE" missed="0" covered="1"/>` +
		`</sourcefile></package></group><counter type="LINE" missed="0" covered="1"/></report>`))
	fuzzFormat(f, "jacoco", "../samples/android/reports/*.xml")
}

func FuzzXcov(f *testing.F) { fuzzFormat(f, "xcov", "../samples/ios/*.json") }

func FuzzJenkinsJacoco(f *testing.F) { fuzzFormat(f, "jenkins_jacoco", "../samples/jenkins/*.json") }

func FuzzJenkinsClasses(f *testing.F) {
	f.Add([]byte(`{"build":{"lineCoverage":{"covered":3,"missed":1}},` +
		`"packages":[{"name":"p","counters":{},"classes":[` +
		`{"name":"A","counters":{"lineCoverage":{"covered":1,"missed":0}}},` +
		`{"name":"A$B","counters":{"lineCoverage":{"covered":2,"missed":1}}}]}]}`))
	fuzzFormat(f, "jenkins_jacoco_classes", "../samples/jenkins/*.json")
}

// writeAndRead writes merged rows as Clover, which must be readable and say the
// same.
func writeAndRead(t *testing.T, rows []coverage.Row) {
	var out bytes.Buffer
	if err := WriteClover(&out, time.Unix(1, 0), "", rows); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	report, err := OpenAs("clover", &out)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for row, err := range report.Rows {
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		want := rows[n]
		n++
		if row.Path != want.Path || row.Lines != want.Lines || row.Methods != want.Methods || row.Exact && !want.Exact {
			t.Fatalf("read back as %+v, written as %+v in\n%s", row, want, text)
		}
	}
	if n != len(rows) {
		t.Fatalf("%d rows of %d were read back", n, len(rows))
	}
}

// FuzzMerge holds merging to its word: whatever the reports, it ends, gives
// possible rows, and the order does not matter.
func FuzzMerge(f *testing.F) {
	a, err := os.ReadFile("../samples/clover/shards/Cart.clover.xml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(a[:3000], a[:3000])
	f.Add([]byte(`<coverage generated="1"><project><file name="a">`+
		`<class name="A"><metrics methods="1" statements="2" coveredstatements="1"/></class>`+
		`<line num="1" type="method" name="m" complexity="1" count="1"/><line num="2" type="stmt" count="0"/>`+
		`<metrics statements="2" coveredstatements="1" methods="1" coveredmethods="0"/>`+
		`</file></project></coverage>`),
		[]byte(`<coverage generated="1"><project><file name="a">`+
			`<class name="A"><metrics methods="1" statements="2" coveredstatements="2"/></class>`+
			`<line num="1" type="method" name="m" complexity="1" count="1"/><line num="2" type="stmt" count="1"/>`+
			`<metrics statements="2" coveredstatements="2" methods="1" coveredmethods="1"/>`+
			`</file></project></coverage>`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		merge := func(first, second []byte) string {
			x, errX := OpenAs("clover", bytes.NewReader(first))
			y, errY := OpenAs("clover", bytes.NewReader(second))
			if errX != nil || errY != nil {
				return "refused" // one begins like a compressed report, and is none
			}
			merged, err := coverage.Merge(x.Rows, y.Rows)
			if err != nil {
				return "refused"
			}
			writeAndRead(t, merged.Rows)
			return everything(func(yield func(coverage.Row, error) bool) {
				for _, row := range merged.Rows {
					if err := row.Lines.Check(); err != nil {
						t.Fatal(err)
					}
					if err := row.Methods.Check(); err != nil {
						t.Fatal(err)
					}
					row.Source = nil
					if !yield(row, nil) {
						return
					}
				}
			}, &coverage.Stated{})
		}
		if one, other := merge(a, b), merge(b, a); one != other {
			t.Fatalf("%s\nand in the other order\n%s", one, other)
		}
	})
}

package parsers

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/covpipe/covpipe/coverage"
)

func FuzzXccovReport(f *testing.F)  { fuzzJSON(f, "xccov_report", "xccov/*.json") }
func FuzzXccovArchive(f *testing.F) { fuzzJSON(f, "xccov_archive", "xccov/*.json") }
func FuzzXcovCore(f *testing.F)     { fuzzJSON(f, "xcov_core", "xccov/*.json") }
func FuzzIstanbulJSON(f *testing.F) { fuzzJSON(f, "istanbul_json", "istanbul/*.json") }
func FuzzLLVMCov(f *testing.F)      { fuzzJSON(f, "llvm_cov", "llvm-cov/*.json") }
func FuzzSimpleCov(f *testing.F)    { fuzzJSON(f, "simplecov", "simplecov/*.json") }

// fuzzJSON holds a format to this: it never panics, its rows can be true, and
// reading twice gives the same.
func fuzzJSON(f *testing.F, format, pattern string) {
	paths, err := filepath.Glob(filepath.Join("../samples", pattern))
	if err != nil || len(paths) == 0 {
		f.Fatalf("no samples %s: %v", pattern, err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	read := func(report []byte) (rows []coverage.Row, stated coverage.Stated, message string) {
		opened, err := OpenAs(format, bytes.NewReader(report))
		if err != nil {
			return nil, stated, err.Error()
		}
		for row, err := range opened.Rows {
			if err != nil {
				return rows, stated, err.Error()
			}
			rows = append(rows, row)
		}
		return rows, opened.Stated, ""
	}
	f.Fuzz(func(t *testing.T, report []byte) {
		for _, one := range formats {
			one.Sniff(headOf(report))
		}
		rows, stated, message := read(report)
		for _, row := range rows {
			for _, count := range []coverage.Count{row.Lines, row.Methods, row.Branches} {
				if err := count.Check(); err != nil {
					t.Errorf("%s: %v", row.Path, err)
				}
			}
			if row.Path == "" || row.Lines.Known == row.Rate.Known {
				t.Errorf("the row %+v", row)
			}
		}
		again, restated, remark := read(report)
		if !slices.Equal(rows, again) || stated != restated || message != remark {
			t.Errorf("read twice: %v %v %q, then %v %v %q", rows, stated, message, again, restated, remark)
		}
	})
}

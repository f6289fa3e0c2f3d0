package parsers

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/covpipe/covpipe/coverage"
)

// fuzzTextFormat holds a reader to what must be so for any input: it does not
// panic, its rows can be, no path comes twice in a module, and a second reading
// gives the same.
func fuzzTextFormat(f *testing.F, format string, read func(report []byte) ([]coverage.Row, error), patterns ...string) {
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
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
	}
	f.Fuzz(func(t *testing.T, report []byte) {
		rows, err := read(report)
		again, errAgain := read(report)
		// (of several unknown words the YAML library names any)
		if (err == nil) != (errAgain == nil) ||
			err != nil && !errors.Is(err, ErrMapping) && err.Error() != errAgain.Error() ||
			!slices.Equal(rows, again) {
			t.Fatalf("%s: read twice: %v, %v, and then %v, %v", format, rows, err, again, errAgain)
		}
		seen := map[[2]string]bool{}
		for _, row := range rows {
			if err := errors.Join(row.Lines.Check(), row.Methods.Check(), row.Branches.Check()); err != nil {
				t.Errorf("%s: %v", row.Path, err)
			}
			if row.Path == "" || !row.Exact && row.Finding == "" ||
				!row.Lines.Known && row.Lines != (coverage.Count{}) {
				t.Errorf("the row cannot be: %+v", row)
			}
			if key := [2]string{row.Module, row.Path}; seen[key] {
				t.Errorf("%s is given twice", row.Path)
			} else {
				seen[key] = true
			}
		}
	})
}

// fuzzRead reads what can be read.
func fuzzRead(opt Options) func([]byte) ([]coverage.Row, error) {
	return func(content []byte) (rows []coverage.Row, err error) {
		report, err := opt.Open(bytes.NewReader(content))
		if err != nil {
			return nil, err
		}
		for row, err := range report.Rows {
			if err != nil {
				return rows, err
			}
			rows = append(rows, row)
		}
		return rows, nil
	}
}

func FuzzLCOV(f *testing.F) {
	f.Add([]byte("SF:a\nFNL:0,1,2\nFNA:0,1,f\nBRDA:1,e0,x,-\n" +
		"DA:1,-1,md5\nDA:2,18446744073709551615\nLF:1\nLH:0\nend_of_record\n"))
	fuzzTextFormat(f, "lcov", fuzzRead(Options{Format: "lcov"}), "../samples/lcov/*.info")
}

func FuzzGoCover(f *testing.F) {
	fuzzTextFormat(f, "gocover", fuzzRead(Options{Format: "gocover"}), "../samples/gocover/*.out")
}

func FuzzJaCoCoCSV(f *testing.F) {
	fuzzTextFormat(f, "jacoco_csv", fuzzRead(Options{Format: "jacoco_csv"}), "../samples/android/reports/*.csv")
}

func FuzzCobertura(f *testing.F) {
	f.Add([]byte(`<coverage line-rate="1"><sources><source>C:\</source></sources>` +
		`<class filename="a"><lines><line number="1" hits="1" condition-coverage="50% (1/2)"/>` +
		`</lines></class></coverage>`))
	fuzzTextFormat(f, "cobertura", fuzzRead(Options{Format: "cobertura"}), "../samples/cobertura/*.xml")
}

func FuzzCompressed(f *testing.F) {
	f.Add([]byte{0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3})
	f.Add([]byte{0x28, 0xB5, 0x2F, 0xFD, 0, 0})
	fuzzTextFormat(f, "compressed", fuzzRead(Options{Format: "gocover", MaxBytes: 1 << 20}), "../samples/gocover/*.out")
}

// FuzzMapping reads the samples by mappings that nobody would write.
func FuzzMapping(f *testing.F) {
	sample, err := os.ReadFile("../samples/cobertura/shop.xml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("name: x\nfile: //class\npath: \"@filename\"\nmodule: ../../@name\n" +
		"lines: {covered: count(.//line[@hits>0]), total: count(.//line)}"))
	fuzzTextFormat(f, "mapping", func(text []byte) ([]coverage.Row, error) {
		mapping, err := Mapping(text)
		if err != nil {
			return nil, err
		}
		return fuzzRead(Options{Mapping: mapping})(sample)
	}, "mappings/*.yaml")
}

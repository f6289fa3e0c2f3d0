package parsers

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/covpipe/covpipe/coverage"
)

// llvmCov reads what llvm-cov export prints, with -summary-only or without, and
// so the reports of swift test --enable-code-coverage and cargo llvm-cov --json:
//
//	{"type": "llvm.coverage.json.export", "version": "2.0.1", "data": [{
//	  "files": [{"filename": "/srv/shop/cart.cpp", "segments": […], "summary": {
//	    "lines": {"count": 9, "covered": 6, "percent": 66.6}, "functions": {…}, "branches": {…}, "regions": {…}}}],
//	  "functions": […], "totals": {"lines": {…}, …}}]}
//
// Functions are counted once however often a template was instantiated.
// Branches came with LLVM 12; before that they are unknown. A branch is one
// outcome of a condition. Several exports in data are summed in what is stated.
var llvmCov = Format{Name: "llvm_cov", Sniff: llvmSniff, Rows: llvmRows}

func llvmSniff(head []byte) bool {
	keys := keysOf(head)
	return keys.hasAny([]string{"data", "[]", "files", "[]"},
		"filename", "segments", "summary", "expansions", "branches") ||
		keys.hasAny([]string{"data", "[]", "functions", "[]"}, "name", "count", "regions", "filenames", "branches") ||
		keys.hasAny([]string{"data", "[]", "totals"}, "lines", "regions", "functions", "instantiations")
}

type llvmSummary struct {
	Lines     *llvmCount `json:"lines"`
	Functions *llvmCount `json:"functions"`
	Branches  *llvmCount `json:"branches"`
}

type llvmCount struct {
	Count   *int64 `json:"count"`
	Covered *int64 `json:"covered"`
}

func (c *llvmCount) count(name string) (coverage.Count, error) {
	if c == nil {
		return coverage.Count{}, nil
	}
	count, err := stateCount(c.Covered, c.Count)
	if err == nil && !count.Known {
		err = errors.New("no count in it")
	}
	if err != nil {
		return count, fmt.Errorf("%s: %w", name, err)
	}
	return count, nil
}

func (s *llvmSummary) counts() (lines, functions, branches coverage.Count, err error) {
	var errs [3]error
	lines, errs[0] = s.Lines.count("lines")
	functions, errs[1] = s.Functions.count("functions")
	branches, errs[2] = s.Branches.count("branches")
	return lines, functions, branches, cmp.Or(errs[:]...)
}

type llvmReader struct {
	in     *jsonReader
	yield  func(coverage.Row, error) bool
	seen   map[string]bool
	totals []llvmSummary
}

func llvmRows(r io.Reader, stated *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		l := &llvmReader{in: newJSONReader(r), yield: yield, seen: map[string]bool{}}
		if err := l.read(stated); err != nil && !errors.Is(err, errStopped) {
			yield(coverage.Row{}, err)
		}
	}
}

func (l *llvmReader) read(stated *coverage.Stated) error {
	exports, found := 0, false
	err := l.in.object(func(key string) error {
		switch key {
		case "type":
			var kind string
			if err := l.in.decode(&kind); err != nil {
				return err
			}
			if kind != "llvm.coverage.json.export" {
				return l.in.fail(fmt.Errorf("its type is %q", kind))
			}
			return nil
		case "data":
			found = true
			return l.in.array(func() error {
				exports++
				return l.export()
			})
		}
		return l.in.skip()
	})
	if err != nil {
		return err
	}
	if !found {
		return l.in.fail(errors.New("no data in it"))
	}
	if err := l.in.end(); err != nil {
		return err
	}
	if len(l.totals) == exports {
		return l.state(stated)
	}
	return nil
}

func (l *llvmReader) export() error {
	found := false
	err := l.in.object(func(key string) error {
		switch key {
		case "files":
			found = true
			return l.in.array(l.file)
		case "totals":
			var totals *llvmSummary
			if err := l.in.decode(&totals); err != nil {
				return err
			}
			if totals != nil {
				l.totals = append(l.totals, *totals)
			}
			return nil
		}
		return l.in.skip()
	})
	if err == nil && !found {
		err = l.in.fail(errors.New("an export without files"))
	}
	return err
}

func (l *llvmReader) file() error {
	var file struct {
		Filename string       `json:"filename"`
		Summary  *llvmSummary `json:"summary"`
	}
	if err := l.in.decode(&file); err != nil {
		return err
	}
	switch {
	case file.Filename == "":
		return l.in.fail(errors.New("a file without a name"))
	case file.Summary == nil || file.Summary.Lines == nil:
		return l.in.fail(fmt.Errorf("%s has no summary of its lines", file.Filename))
	case l.seen[file.Filename]:
		return l.in.fail(fmt.Errorf("%s is listed twice", file.Filename))
	}
	l.seen[file.Filename] = true
	lines, functions, branches, err := file.Summary.counts()
	if err != nil {
		return l.in.fail(fmt.Errorf("%s: %w", file.Filename, err))
	}
	row := coverage.Row{
		Path: file.Filename, Lines: lines, Methods: functions, Branches: branches,
		Basis: coverage.BasisFileMetrics, Exact: true,
	}
	if !l.yield(row, nil) {
		return errStopped
	}
	return nil
}

// state sums the totals of all exports; what one of them does not state is not
// known of the whole.
func (l *llvmReader) state(stated *coverage.Stated) error {
	for i, totals := range l.totals {
		lines, functions, branches, err := totals.counts()
		if err != nil {
			return l.in.fail(fmt.Errorf("totals: %w", err))
		}
		if i == 0 {
			stated.Lines, stated.Methods, stated.Branches = lines, functions, branches
			continue
		}
		stated.Lines = addKnown(stated.Lines, lines)
		stated.Methods = addKnown(stated.Methods, functions)
		stated.Branches = addKnown(stated.Branches, branches)
	}
	return nil
}

func addKnown(a, b coverage.Count) coverage.Count {
	if !a.Known || !b.Known {
		return coverage.Count{}
	}
	return a.Add(b)
}

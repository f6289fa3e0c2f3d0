package parsers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/covpipe/covpipe/coverage"
)

// xccovReport reads what Xcode prints with
// xcrun xccov view --report --json X.xcresult, and from 9.3 to 10 with
// xccov view --json X.xccovreport:
//
//	{"coveredLines": 27, "executableLines": 129, "lineCoverage": 0.2, "targets": [
//	  {"name": "Shop.app", "coveredLines": 27, "executableLines": 129, "files": [
//	    {"name": "Cart.swift", "path": "/Users/ci/shop/Cart.swift",
//	      "coveredLines": 27, "executableLines": 129, "functions": [
//	      {"name": "Cart.add()", "lineNumber": 7, "executionCount": 2, "coveredLines": 5, "executableLines": 5}]}]}]}
//
// A method is a function with executable lines, covered if it was executed. Its
// name may be empty and its lines may be those of another function too, a
// closure's, so methods never sum to a file. One file can be in several targets;
// it has a row in each, and Xcode's totals count it as often.
//
// With errors in it, Xcode could not measure some target and left it out. The
// others are right, and a framework without coverage data must not stop a whole
// project from being measured for ever: the report is read, and each of its rows
// says in its finding what is missing. If nothing was measured, it is refused
// with Xcode's words. As errors may come last, rows are held until the end.
//
// --files-for-target prints an array of targets with files, which is read too.
// --only-targets and --functions-for-file print arrays without files.
var xccovReport = Format{Name: "xccov_report", Sniff: xccovReportSniff, Rows: xccovReportRows}

func xccovReportSniff(head []byte) bool {
	keys := keysOf(head)
	return keys.hasAny(nil, "coveredLines", "executableLines") ||
		keys.hasAny([]string{"errors", "[]"}, "localizedDescription", "domain") ||
		keys.hasAny([]string{"[]"}, "coveredLines", "executableLines", "lineCoverage", "buildProductPath") ||
		xccovFiles(keys, "targets", "[]", "files", "[]") || xccovFiles(keys, "[]", "files", "[]") ||
		xccovFiles(keys, "[]", "functions", "[]") ||
		keys.hasAny([]string{"targets", "[]"}, "coveredLines", "executableLines", "lineCoverage", "buildProductPath")
}

// xccovFiles finds what xccov writes for a file or function and xcov-core does not.
func xccovFiles(keys headKeys, path ...string) bool {
	return keys.hasAny(path, "lineCoverage", "lineNumber", "executionCount") ||
		keys.hasAny(append(path[:len(path):len(path)], "functions", "[]"),
			"lineCoverage", "lineNumber", "executionCount", "executableLines")
}

type xccovFile struct {
	Path            string           `json:"path"`
	CoveredLines    *int64           `json:"coveredLines"`
	ExecutableLines *int64           `json:"executableLines"`
	Functions       *[]xccovFunction `json:"functions"`
}

type xccovFunction struct {
	CoveredLines    *int64 `json:"coveredLines"`
	ExecutableLines *int64 `json:"executableLines"`
	ExecutionCount  *hits  `json:"executionCount"`
}

type xccovReader struct {
	in       *jsonReader
	rows     []coverage.Row
	seen     map[[2]string]bool // target and path
	problems []string
	stated   *coverage.Stated
}

func xccovReportRows(r io.Reader, stated *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		x := &xccovReader{in: newJSONReader(r), seen: map[[2]string]bool{}, stated: stated}
		if err := x.read(); err != nil {
			yield(coverage.Row{}, err)
			return
		}
		finding := ""
		if n := len(x.problems); n > 0 {
			finding = fmt.Sprintf("xcode_errors: the report lacks what Xcode could not measure (errors: %d): %s",
				n, x.problems[0])
		}
		for _, row := range x.rows {
			row.Finding = finding
			if !yield(row, nil) {
				return
			}
		}
	}
}

func (x *xccovReader) read() error {
	token, err := x.in.Token()
	if err != nil {
		return x.in.fail(err)
	}
	switch token {
	case json.Delim('['):
		err = x.in.elements(x.target)
	case json.Delim('{'):
		err = x.root()
	default:
		err = x.in.fail(fmt.Errorf("%v where { or [ was expected", token))
	}
	if err != nil {
		return err
	}
	if len(x.rows) == 0 && len(x.problems) > 0 {
		return x.in.fail(fmt.Errorf("nothing was measured: %s", x.problems[0]))
	}
	return x.in.end()
}

func (x *xccovReader) root() error {
	var covered, executable *int64
	found := false
	err := x.in.members(func(key string) error {
		switch key {
		case "coveredLines":
			return x.in.decode(&covered)
		case "executableLines":
			return x.in.decode(&executable)
		case "errors":
			return x.errors()
		case "targets":
			found = true
			return x.in.array(x.target)
		}
		return x.in.skip()
	})
	if err != nil {
		return err
	}
	if !found {
		return x.in.fail(errors.New("no targets in it"))
	}
	if x.stated.Lines, err = stateCount(covered, executable); err != nil {
		return x.in.fail(fmt.Errorf("the lines of the report: %w", err))
	}
	return nil
}

func (x *xccovReader) errors() error {
	var list []struct {
		Description string `json:"localizedDescription"`
	}
	if err := x.in.decode(&list); err != nil {
		return err
	}
	for _, one := range list {
		text := strings.Join(strings.Fields(one.Description), " ")
		if text == "" {
			text = "one without a description"
		}
		x.problems = append(x.problems, text)
	}
	return nil
}

// target reads one target file by file. Its name may come behind them.
func (x *xccovReader) target() error {
	var name *string
	first, found := len(x.rows), false
	err := x.in.object(func(key string) error {
		switch key {
		case "name":
			return x.in.decode(&name)
		case "files":
			found = true
			return x.in.array(x.file)
		}
		return x.in.skip()
	})
	switch {
	case err != nil:
		return err
	case !found:
		return x.in.fail(errors.New("a list without files; " +
			"export the whole report with xcrun xccov view --report --json, " +
			"without --only-targets or --functions-for-file"))
	case name == nil:
		return x.in.fail(errors.New("a target without a name"))
	}
	for i := range x.rows[first:] {
		row := &x.rows[first+i]
		row.Module = *name
		if x.seen[[2]string{row.Module, row.Path}] {
			return x.in.fail(fmt.Errorf("%s is listed twice in target %s", row.Path, row.Module))
		}
		x.seen[[2]string{row.Module, row.Path}] = true
	}
	return nil
}

func (x *xccovReader) file() error {
	var file xccovFile
	if err := x.in.decode(&file); err != nil {
		return err
	}
	row, err := file.row()
	if err != nil {
		return x.in.fail(err)
	}
	x.rows = append(x.rows, row)
	return nil
}

func (f *xccovFile) row() (row coverage.Row, err error) {
	row = coverage.Row{Path: f.Path, Basis: coverage.BasisFileMetrics, Exact: true}
	if f.Path == "" {
		return row, errors.New("a file without a path")
	}
	if row.Lines, err = stateCount(f.CoveredLines, f.ExecutableLines); err != nil {
		return row, fmt.Errorf("%s: %w", f.Path, err)
	}
	if !row.Lines.Known {
		return row, fmt.Errorf("%s has no coveredLines and executableLines", f.Path)
	}
	if f.Functions == nil {
		return row, nil
	}
	row.Methods.Known = true
	for _, function := range *f.Functions {
		lines, err := stateCount(function.CoveredLines, function.ExecutableLines)
		switch {
		case err != nil:
			return row, fmt.Errorf("a function of %s: %w", f.Path, err)
		case !lines.Known || function.ExecutionCount == nil:
			return row, fmt.Errorf("a function of %s has no coveredLines, executableLines and executionCount", f.Path)
		case lines.Total == 0:
			continue
		case *function.ExecutionCount > 0:
			row.Methods.Covered++
		}
		row.Methods.Total++
	}
	return row, nil
}

package parsers

import (
	"errors"
	"fmt"
	"io"

	"github.com/covpipe/covpipe/coverage"
)

// xccovArchive reads what Xcode prints with
// xcrun xccov view --archive --json X.xcresult, with --file or without:
//
//	{"/Users/ci/shop/Cart.swift": [
//	  {"line": 1, "isExecutable": false},
//	  {"line": 2, "isExecutable": true, "executionCount": 3,
//	    "subranges": [{"column": 9, "length": 4, "executionCount": 0}]}]}
//
// A line counts if it is executable, and is covered if it was executed, even
// where a part of it was not (subranges). There are no targets in it, and no
// functions. Xcode 15 and later write whole archives; before that, one file at
// a time or text.
var xccovArchive = Format{Name: "xccov_archive", Sniff: xccovArchiveSniff, Rows: xccovArchiveRows}

func xccovArchiveSniff(head []byte) bool {
	keys := keysOf(head)
	return keys.has("*", "[]", "isExecutable") || keys.has("*", "[]", "subranges", "[]", "executionCount")
}

type xccovLine struct {
	Line           int64 `json:"line"`
	IsExecutable   *bool `json:"isExecutable"`
	ExecutionCount *hits `json:"executionCount"`
}

func xccovArchiveRows(r io.Reader, _ *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		in := newJSONReader(r)
		err := in.object(func(path string) error {
			lines, err := xccovLines(in, path)
			if err != nil {
				return err
			}
			if !yield(coverage.Row{Path: path, Lines: lines, Basis: coverage.BasisLines, Exact: true}, nil) {
				return errStopped
			}
			return nil
		})
		if err == nil {
			err = in.end()
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(coverage.Row{}, err)
		}
	}
}

func xccovLines(in *jsonReader, path string) (coverage.Count, error) {
	if path == "" {
		return coverage.Count{}, in.fail(errors.New("a file without a path"))
	}
	count := coverage.Of(0, 0)
	seen := map[int64]bool{}
	err := in.array(func() error {
		var line xccovLine
		if err := in.decode(&line); err != nil {
			return err
		}
		switch {
		case line.Line < 1 || line.Line > maxLine:
			return in.fail(fmt.Errorf("a line of %s has the number %d", path, line.Line))
		case seen[line.Line]:
			return in.fail(fmt.Errorf("line %d of %s is listed twice", line.Line, path))
		case line.IsExecutable == nil:
			return in.fail(fmt.Errorf("line %d of %s does not say whether it is executable", line.Line, path))
		case *line.IsExecutable && line.ExecutionCount == nil:
			return in.fail(fmt.Errorf("line %d of %s is executable and has no executionCount", line.Line, path))
		}
		seen[line.Line] = true
		if *line.IsExecutable {
			count.Total++
			if *line.ExecutionCount > 0 {
				count.Covered++
			}
		}
		return nil
	})
	return count, err
}

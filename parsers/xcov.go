package parsers

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"

	"github.com/covpipe/covpipe/coverage"
)

// xcov reads the report.json of fastlane's xcov: a rate for each file, and no
// counts anywhere.
//
//	{"coverage": 0.6, "targets": [{"name": "Shop.app", "coverage": 0.6, "files": [
//	  {"name": "Cart.swift", "path": "/Users/ci/shop/Cart.swift",
//	    "coverage": 0.25, "type": "swift", "functions": […]}]}]}
//
// Names are HTML-escaped by xcov and unescaped here. Before xcov 1.7.4 there is
// no path, so a file is known by its name; a second file of one name in one
// target becomes "Cart.swift#2", in the order of the report. Forks that add
// covered_lines and executable_lines to a file are believed.
var xcov = Format{Name: "xcov", Sniff: xcovSniff, Rows: xcovRows}

func xcovSniff(head []byte) bool {
	keys := keysOf(head)
	return keys.has("targets", "[]") && !xcovCoreKeys(keys) && !xccovReportSniff(head) &&
		(keys.has("coverage") || keys.has("targets", "[]", "coverage") ||
			keys.has("targets", "[]", "files", "[]", "coverage") ||
			keys.has("targets", "[]", "files", "[]", "functions", "[]", "coverage"))
}

// withoutBlanks drops white space; good enough to look for a key in JSON.
func withoutBlanks(head []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\t' || r == '\r' {
			return -1
		}
		return r
	}, head)
}

type xcovTarget struct {
	Name  *string    `json:"name"`
	Files []xcovFile `json:"files"`
}

type xcovFile struct {
	Name       string   `json:"name"`
	Path       string   `json:"path"`
	Coverage   *float64 `json:"coverage"`
	Covered    *int64   `json:"covered_lines"`
	Executable *int64   `json:"executable_lines"`
	Ignored    bool     `json:"ignored"`
}

func xcovRows(r io.Reader, _ *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		in := newJSONReader(r)
		if err := xcovRead(in, yield); err != nil && !errors.Is(err, errStopped) {
			yield(coverage.Row{}, err)
		}
	}
}

var errStopped = errors.New("the reader wants no more rows")

// xcovRead walks the outer object and decodes one target at a time.
func xcovRead(in *jsonReader, yield func(coverage.Row, error) bool) error {
	if err := in.delimiter('{'); err != nil {
		return err
	}
	found := false
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return in.fail(err)
		}
		if key != "targets" {
			var ignored any
			if err := in.Decode(&ignored); err != nil {
				return in.fail(err)
			}
			continue
		}
		if found {
			return in.fail(errors.New("targets is given twice"))
		}
		found = true
		if err := in.delimiter('['); err != nil {
			return err
		}
		for in.More() {
			var target xcovTarget
			if err := in.Decode(&target); err != nil {
				return in.fail(err)
			}
			if err := xcovTargetRows(in, target, yield); err != nil {
				return err
			}
		}
		if err := in.delimiter(']'); err != nil {
			return err
		}
	}
	if err := in.delimiter('}'); err != nil {
		return err
	}
	if !found {
		return in.fail(errors.New("no targets in it"))
	}
	return in.end()
}

func xcovTargetRows(in *jsonReader, target xcovTarget, yield func(coverage.Row, error) bool) error {
	if target.Name == nil {
		return in.fail(errors.New("a target without a name"))
	}
	module := html.UnescapeString(*target.Name)
	seen := map[string]int{}
	for _, file := range target.Files {
		if file.Ignored {
			continue
		}
		path := html.UnescapeString(file.Path)
		named := path != ""
		if !named {
			path = html.UnescapeString(file.Name)
		}
		if path == "" {
			return in.fail(fmt.Errorf("a file of target %s has neither path nor name", module))
		}
		row, err := iosRow(file.Covered, file.Executable, file.Coverage)
		if err != nil {
			return in.fail(fmt.Errorf("%s of target %s %w", path, module, err))
		}
		seen[path]++
		if n := seen[path]; n > 1 {
			if named {
				return in.fail(fmt.Errorf("%s is listed twice in target %s", path, module))
			}
			path = fmt.Sprintf("%s#%d", path, n)
		}
		row.Module, row.Path = module, path
		if !yield(row, nil) {
			return errStopped
		}
	}
	return nil
}

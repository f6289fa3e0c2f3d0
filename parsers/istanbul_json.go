package parsers

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/covpipe/covpipe/coverage"
)

// istanbulJSON reads the coverage-final.json of Istanbul: nyc and c8 with
// --reporter=json, jest and vitest with the reporter json.
//
//	{"/srv/shop/src/cart.js": {"path": "/srv/shop/src/cart.js",
//	  "statementMap": {"0": {"start": {"line": 3, "column": 2}, "end": {…}}}, "s": {"0": 5},
//	  "fnMap": {"0": {"name": "add", …}}, "f": {"0": 5},
//	  "branchMap": {"0": {"type": "if", "locations": [{…}, {…}], …}}, "b": {"0": [5, 0]}}}
//
// It counts as istanbul-lib-coverage 3.2 does: a line is one on which a
// statement starts, with the most hits of those statements; each path of a
// branch is a branch. Jest can write {"data": {…}} round some of the files
// (istanbuljs#458). Istanbul overlooks a hit that belongs to nothing in the map;
// here such a report is refused, and so is a map without its hits.
//
// c8 and vitest's V8 provider list a file that was never loaded with one
// function called "(empty-report)" and one branch. These stand for nothing in
// the source, so there methods and branches are unknown.
var istanbulJSON = Format{Name: "istanbul_json", Sniff: istanbulSniff, Rows: istanbulRows}

func istanbulSniff(head []byte) bool {
	keys := keysOf(head)
	for _, file := range [][]string{{"*"}, {"*", "data"}} {
		for _, name := range []string{"statementMap", "fnMap", "branchMap"} {
			if keys.has(append(file[:len(file):len(file)], name)...) {
				return true
			}
		}
		// The counters of a long file can fill all that is seen.
		if keys.hasAny(file, "path") && (keys.hasAny(file, "s", "f", "b")) {
			return true
		}
	}
	return false
}

type istanbulFile struct {
	Path         string                       `json:"path"`
	StatementMap map[string]istanbulStatement `json:"statementMap"`
	FnMap        map[string]istanbulFunction  `json:"fnMap"`
	BranchMap    map[string]unread            `json:"branchMap"`
	S            map[string]hits              `json:"s"`
	F            map[string]hits              `json:"f"`
	B            map[string][]hits            `json:"b"`
}

type istanbulStatement struct {
	Start struct {
		Line int64 `json:"line"`
	} `json:"start"`
}

type istanbulFunction struct {
	Name string `json:"name"`
}

func istanbulRows(r io.Reader, _ *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		in := newJSONReader(r)
		seen := map[string]bool{}
		err := in.object(func(key string) error {
			var file struct {
				istanbulFile
				Data *istanbulFile `json:"data"`
			}
			if err := in.decode(&file); err != nil {
				return err
			}
			if file.Data != nil {
				file.istanbulFile = *file.Data
			}
			row, err := file.row()
			if err != nil {
				return in.fail(fmt.Errorf("%s: %w", key, err))
			}
			if seen[row.Path] {
				return in.fail(fmt.Errorf("%s is listed twice", row.Path))
			}
			seen[row.Path] = true
			if !yield(row, nil) {
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

func (f *istanbulFile) row() (coverage.Row, error) {
	row := coverage.Row{Path: f.Path, Lines: coverage.Of(0, 0), Methods: coverage.Of(0, 0), Branches: coverage.Of(0, 0),
		Basis: coverage.BasisLines, Exact: true}
	if f.Path == "" {
		return row, errors.New("no path in it")
	}
	if f.StatementMap == nil || f.FnMap == nil || f.BranchMap == nil || f.S == nil || f.F == nil || f.B == nil {
		return row, errors.New("it must have statementMap, fnMap, branchMap, s, f and b")
	}
	err := cmp.Or(pairs("statementMap", f.StatementMap, "s", f.S), pairs("fnMap", f.FnMap, "f", f.F),
		pairs("branchMap", f.BranchMap, "b", f.B))
	if err != nil {
		return row, err
	}
	lines := map[int64]bool{} // whether it was run
	for id, statement := range f.StatementMap {
		line := statement.Start.Line
		if line < 1 || line > maxLine {
			return row, fmt.Errorf("a statement starts at line %d", line)
		}
		lines[line] = lines[line] || f.S[id] > 0
	}
	for _, run := range lines {
		row.Lines = row.Lines.Add(one(run))
	}
	for _, function := range f.FnMap {
		if function.Name == "(empty-report)" {
			row.Methods, row.Branches = coverage.Count{}, coverage.Count{}
			return row, nil
		}
	}
	for _, n := range f.F {
		row.Methods = row.Methods.Add(one(n > 0))
	}
	for _, paths := range f.B {
		for _, n := range paths {
			row.Branches = row.Branches.Add(one(n > 0))
		}
	}
	return row, nil
}

// one counts one thing.
func one(covered bool) coverage.Count {
	if covered {
		return coverage.Of(1, 1)
	}
	return coverage.Of(0, 1)
}

// pairs fails unless two maps have the same keys.
func pairs[A, B any](nameA string, a map[string]A, nameB string, b map[string]B) error {
	for id := range b {
		if _, is := a[id]; !is {
			return fmt.Errorf("%s has keys that %s lacks", nameB, nameA)
		}
	}
	if len(a) != len(b) {
		return fmt.Errorf("%s has keys that %s lacks", nameA, nameB)
	}
	return nil
}

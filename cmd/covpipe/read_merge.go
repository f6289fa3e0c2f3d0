package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/parsers"
)

// withExtents adds what the Cobertura report beside a Clover report tells of
// its methods: Cart.cobertura.xml beside Cart.clover.xml.
func (a *app) withExtents(path string, rows coverage.Rows) (coverage.Rows, error) {
	name, found := strings.CutSuffix(path, ".clover.xml")
	if !found {
		return rows, nil
	}
	in, err := os.Open(name + ".cobertura.xml")
	if errors.Is(err, os.ErrNotExist) {
		return rows, nil
	}
	if err != nil {
		return nil, err
	}
	defer in.Close()
	extents, err := parsers.ReadExtents(in)
	if err != nil {
		return nil, fmt.Errorf("%s.cobertura.xml: %w", name, err)
	}
	return extents.Tell(rows), nil
}

// errTwoNames is what shards are that name one file in two ways.
var errTwoNames = errors.New("some shards give absolute paths and some relative ones, so the same file would be two")

// shardRows gives the rows of the Clover report of a shard below root. A report
// that lists only what was loaded may have none.
func (a *app) shardRows(path, root string, loadedOnly bool, outside *coverage.Outside) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		in, _, err := a.openFile(path)
		if err != nil {
			yield(coverage.Row{}, err)
			return
		}
		defer in.Close()
		report, err := a.openReport(in, "")
		if err != nil {
			yield(coverage.Row{}, fmt.Errorf("%s: %w", path, err))
			return
		}
		if report.Rows, err = a.withExtents(path, report.Rows); err != nil {
			yield(coverage.Row{}, err)
			return
		}
		var totals coverage.Totals
		found := 0
		for row, err := range coverage.Under(root, totalled(report.Rows, &totals), outside) {
			if loadedOnly && errors.Is(err, coverage.ErrOutside) {
				break
			}
			if err != nil {
				yield(coverage.Row{}, fmt.Errorf("%s: %w", path, err))
				return
			}
			if row.Source == nil {
				err := fmt.Errorf("%s: %s: %w", path, report.Format, coverage.ErrNoLines)
				yield(coverage.Row{}, err)
				return
			}
			found++
			if !yield(row, nil) {
				return
			}
		}
		if found == 0 && !loadedOnly {
			yield(coverage.Row{},
				fmt.Errorf("%s: %s: the report has no files: %w", path, report.Format, coverage.ErrNoRows))
			return
		}
		a.warnOfTotals(path, totals, report.Stated)
	}
}

// mergeFiles merges the Clover reports of shards. If reports list only what was
// loaded, one of them may have no file under the root.
func (a *app) mergeFiles(paths []string, root string, loadedOnly bool) (*coverage.Merged, error) {
	// The table stays and what is read into it goes, so that collecting garbage
	// more often costs little time and saves a third of the memory.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	var outside coverage.Outside
	partial := coverage.NewPartial()
	for _, path := range paths {
		if err := partial.Add(a.shardRows(path, root, loadedOnly, &outside)); err != nil {
			return nil, err
		}
	}
	return a.mergePartial(partial, root, outside)
}

// mergePartial merges what is in a partial, and says what is doubtful of it.
func (a *app) mergePartial(partial *coverage.Partial, root string, outside coverage.Outside) (*coverage.Merged, error) {
	merged := partial.Merged()
	for _, row := range merged.Rows {
		if first := merged.Rows[0].Path; filepath.IsAbs(row.Path) != filepath.IsAbs(first) {
			return nil, fmt.Errorf("merge: %w: %s and %s", errTwoNames, first, row.Path)
		}
	}
	switch {
	case len(merged.Rows) == 0 && outside.Files > 0:
		return nil, fmt.Errorf("merge: %w %s: the first file is %s", coverage.ErrOutside, root, outside.First)
	case len(merged.Rows) == 0:
		return nil, fmt.Errorf("merge: no report has a file: %w", coverage.ErrNoRows)
	}
	if outside.Files > 0 {
		a.warn("%d entries lie outside the root %s and are left out, the first is %s",
			outside.Files, root, outside.First)
	}
	for _, f := range merged.Findings {
		a.warn("%s: not exact: %s", f.Path, f.Reason)
	}
	return merged, nil
}

package parsers

import (
	"errors"
	"fmt"
	"io"

	"github.com/covpipe/covpipe/coverage"
)

// xcovCore reads the JSON of xcov-core, the tool beneath fastlane's xcov. The
// lane action xcov returns it too, and a Fastfile may write it to a file:
//
//	{"targets": [{"name": "Shop.app", "coverage": 0.6, "files": [
//	  {"name": "Cart.swift", "location": "/Users/ci/shop/Cart.swift", "coverage": 0.25,
//	   "coveredLines": 1, "executableLines": 4, "functions": [{"name": "Cart.add()", "coverage": 0.25}]}]}]}
//
// Counts are there since April 2020; before that there is only a rate. Its
// functions have rates only, so methods are unknown. Unlike xcov it does not
// escape names. A file without a location is known by its name, a second one of
// one name in one target as "Cart.swift#2".
var xcovCore = Format{Name: "xcov_core", Sniff: xcovCoreSniff, Rows: xcovCoreRows}

func xcovCoreSniff(head []byte) bool { return xcovCoreKeys(keysOf(head)) && !xccovReportSniff(head) }

func xcovCoreKeys(keys headKeys) bool {
	return !keys.has("coverage") &&
		keys.hasAny([]string{"targets", "[]", "files", "[]"}, "location", "coveredLines", "executableLines")
}

type xcovCoreTarget struct {
	Name  *string        `json:"name"`
	Files []xcovCoreFile `json:"files"`
}

type xcovCoreFile struct {
	Name            string   `json:"name"`
	Location        string   `json:"location"`
	Coverage        *float64 `json:"coverage"`
	CoveredLines    *int64   `json:"coveredLines"`
	ExecutableLines *int64   `json:"executableLines"`
}

func xcovCoreRows(r io.Reader, _ *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		in := newJSONReader(r)
		found := false
		seen := map[[2]string]int{}
		err := in.object(func(key string) error {
			if key != "targets" {
				return in.skip()
			}
			found = true
			return in.array(func() error { return xcovCoreTargetRows(in, seen, yield) })
		})
		if err == nil && !found {
			err = in.fail(errors.New("no targets in it"))
		}
		if err == nil {
			err = in.end()
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(coverage.Row{}, err)
		}
	}
}

func xcovCoreTargetRows(in *jsonReader, seen map[[2]string]int, yield func(coverage.Row, error) bool) error {
	var target xcovCoreTarget
	if err := in.decode(&target); err != nil {
		return err
	}
	if target.Name == nil {
		return in.fail(errors.New("a target without a name"))
	}
	for _, file := range target.Files {
		path := file.Location
		if path == "" {
			path = file.Name
		}
		if path == "" {
			return in.fail(fmt.Errorf("a file of target %s has neither location nor name", *target.Name))
		}
		key := [2]string{*target.Name, path}
		if seen[key]++; seen[key] > 1 {
			if file.Location != "" {
				return in.fail(fmt.Errorf("%s is listed twice in target %s", path, *target.Name))
			}
			path = fmt.Sprintf("%s#%d", path, seen[key])
		}
		row, err := iosRow(file.CoveredLines, file.ExecutableLines, file.Coverage)
		if err != nil {
			return in.fail(fmt.Errorf("%s of target %s %w", path, *target.Name, err))
		}
		row.Module, row.Path = *target.Name, path
		if !yield(row, nil) {
			return errStopped
		}
	}
	return nil
}

// iosRow makes a row of counts, or else of a rate.
func iosRow(covered, executable *int64, rate *float64) (coverage.Row, error) {
	lines, err := stateCount(covered, executable)
	switch {
	case err != nil:
		return coverage.Row{}, fmt.Errorf("has counts that cannot be: %w", err)
	case lines.Known:
		return coverage.Row{Lines: lines, Basis: coverage.BasisFileMetrics, Exact: true}, nil
	case rate == nil:
		return coverage.Row{}, errors.New("has no coverage")
	case *rate < 0 || *rate > 1:
		return coverage.Row{}, fmt.Errorf("has the coverage %v, which is not from 0 to 1", *rate)
	}
	return coverage.Row{Basis: coverage.BasisFraction, Exact: true, Rate: coverage.Rate{Value: *rate, Known: true}}, nil
}

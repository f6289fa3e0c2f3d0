package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/sharding"
)

// explain compares the two runs and finds a cause for each difference.
func (v *verification) explain(ctx context.Context) error {
	v.out.Driver, v.out.Differences = v.tools.Driver, []differenceJSON{}
	paths := maps.Clone(v.whole)
	maps.Copy(paths, v.sharded)
	var open []string
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		whole, inWhole := v.whole[path]
		sharded, inSharded := v.sharded[path]
		v.out.Files++
		v.out.Covered += whole.Lines.Covered
		v.out.Total += whole.Lines.Total
		if inSharded && !sharded.Exact {
			v.out.Inexact++
		}
		if inWhole && inSharded && whole.Lines == sharded.Lines && whole.Methods == sharded.Methods {
			v.out.Equal++
			continue
		}
		d := differenceJSON{File: path, Whole: fourCounts(whole, inWhole), Sharded: fourCounts(sharded, inSharded)}
		if d.Cause = v.staticCause(path); d.Cause == "" {
			open = append(open, path)
		}
		v.out.Differences = append(v.out.Differences, d)
	}
	if len(open) == 0 {
		return nil
	}
	return v.explainByRunning(ctx, open)
}

func fourCounts(row coverage.Row, there bool) string {
	if !there {
		return "not listed"
	}
	return fmt.Sprintf("%d/%d lines, %d/%d methods", row.Lines.Covered, row.Lines.Total,
		row.Methods.Covered, row.Methods.Total)
}

// staticCause gives the cause that the lines of the two reports show, or "".
func (v *verification) staticCause(path string) string {
	whole, inWhole := v.whole[path]
	sharded, inSharded := v.sharded[path]
	switch {
	case !inWhole || !inSharded:
		if whole.Lines.Total+sharded.Lines.Total == 0 {
			return "no_lines: a file without executable lines is listed or not, as uncovered files are processed"
		}
		return ""
	case !slices.EqualFunc(whole.Source.Methods, sharded.Source.Methods,
		func(x, y coverage.Method) bool { return x.Line == y.Line }):
		return "conditional_declaration: which methods and functions there are depends on what ran before"
	}
	onlyOne := difference(lineSet(whole), lineSet(sharded))
	moved := movedLines(whole, sharded)
	switch {
	case len(onlyOne) > 0 && len(moved) == 0 && v.tools.Driver == "xdebug" &&
		strings.Contains(sharded.Finding, "mixed_line_sets"):
		return "dead_code: Xdebug takes " + lines(onlyOne) + " for dead in some processes"
	}
	return ""
}

// lineSet gives the statements of a file with whether they were run.
func lineSet(row coverage.Row) map[int32]bool {
	set := map[int32]bool{}
	for _, line := range row.Source.Statements {
		set[line.Number] = line.Hits > 0
	}
	return set
}

// difference gives the lines that only one of the two has.
func difference(a, b map[int32]bool) (found []int32) {
	for _, pair := range [][2]map[int32]bool{{a, b}, {b, a}} {
		for number := range pair[0] {
			if _, both := pair[1][number]; !both {
				found = append(found, number)
			}
		}
	}
	slices.Sort(found)
	return found
}

// movedLines gives the lines that both have and only one has run, the first
// lines of methods among them.
func movedLines(a, b coverage.Row) (found []int32) {
	other := lineSet(b)
	for number, run := range lineSet(a) {
		if otherRun, both := other[number]; both && run != otherRun {
			found = append(found, number)
		}
	}
	for i, m := range a.Source.Methods {
		if i < len(b.Source.Methods) && (m.Hits > 0) != (b.Source.Methods[i].Hits > 0) {
			found = append(found, m.Line)
		}
	}
	slices.Sort(found)
	return found
}

func lines(numbers []int32) string {
	if len(numbers) == 1 {
		return fmt.Sprintf("line %d", numbers[0])
	}
	var all []string
	for _, n := range numbers {
		if len(all) == 5 {
			return fmt.Sprintf("%d lines, such as %s,", len(numbers), strings.Join(all, ", "))
		}
		all = append(all, fmt.Sprint(n))
	}
	return "lines " + strings.Join(all, ", ")
}

// explainByRunning runs the suite in one process again, as it is and in reverse
// order. If a file then differs from its own first run, sharding is not the
// cause. A run that cannot be measured shows nothing.
func (v *verification) explainByRunning(ctx context.Context, open []string) error {
	for _, again := range []struct {
		name, cause string
		order       sharding.Order
	}{
		{"again", "not_repeatable: a second unsharded run differs from the first, too", sharding.AsConfigured},
		{"reversed", "order_dependent: the unsharded run in reverse order differs, too", sharding.Reversed},
	} {
		if len(open) == 0 {
			return nil
		}
		v.a.say("%s: %s without a cause yet; the suite runs once more: %s",
			v.name, plural(len(open), "difference"), again.name)
		_, rows, err := v.runWhole(ctx, again.name, again.order)
		if err != nil {
			if err := v.without(ctx, err); err != nil {
				return err
			}
			continue
		}
		open = v.settle(open, func(path string) string {
			if sameCounts(v.whole[path], rows[path]) {
				return ""
			}
			return again.cause
		})
	}
	return v.explainByState(ctx, open)
}

// without goes on without a run that was to show a cause, unless it was stopped:
// what is known by now is worth more.
func (v *verification) without(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	v.a.warn("%s: that shows no cause: %v", v.name, err)
	return nil
}

func sameCounts(a, b coverage.Row) bool { return a.Lines == b.Lines && a.Methods == b.Methods }

// settle notes the cause of the files for which there is one, and returns the
// others.
func (v *verification) settle(open []string, cause func(path string) string) []string {
	return slices.DeleteFunc(open, func(path string) bool {
		found := cause(path)
		if found == "" {
			return false
		}
		i := slices.IndexFunc(v.out.Differences, func(d differenceJSON) bool { return d.File == path })
		v.out.Differences[i].Cause = found
		return true
	})
}

// explainByState runs the shards that load a file together in one process. If
// that gives what the unsharded run gives, their tests leave each other a state,
// such as a variable of the environment, and that is the cause.
func (v *verification) explainByState(ctx context.Context, open []string) error {
	shards, err := v.loading(open)
	if err != nil {
		return err
	}
	for len(open) > 0 {
		together := shards[open[0]]
		names := shardNames(together)
		if len(together) > 1 { // of one alone nothing can matter that is known
			v.a.say("%s: %s run together, for %s", v.name, names, open[0])
			rows, err := v.runTogether(ctx, together)
			if err != nil {
				if err := v.without(ctx, err); err != nil {
					return err
				}
			}
			open = v.settle(open, func(path string) string {
				switch {
				case err != nil || shardNames(shards[path]) != names || !sameCounts(v.whole[path], rows[path]):
					return ""
				case v.sharded[path].Lines.Covered > v.whole[path].Lines.Covered:
					return "once_per_process: code that runs once does so under another test when " + names +
						" share a process"
				}
				return "shared_state: in one process the tests of " + names +
					" leave each other a state, and give the same as all tests"
			})
		}
		open = slices.DeleteFunc(open, func(path string) bool { return shardNames(shards[path]) == names })
	}
	return nil
}

// loading gives the shards that load each of the files.
func (v *verification) loading(paths []string) (map[string][]sharding.Shard, error) {
	shards := map[string][]sharding.Shard{}
	if len(paths) == 0 {
		return shards, nil
	}
	var outside coverage.Outside // of which merging has told
	for _, part := range v.parts {
		for row, err := range v.a.shardRows(part.Report, v.suite.Source, true, &outside) {
			if err != nil {
				return nil, err
			}
			if slices.Contains(paths, row.Path) && row.Source.Loaded() {
				shards[row.Path] = append(shards[row.Path], part.Shard)
			}
		}
	}
	return shards, nil
}

// runTogether runs shards in one process and reads its report.
func (v *verification) runTogether(ctx context.Context, shards []sharding.Shard) (map[string]coverage.Row, error) {
	result, err := v.suite.RunTogether(ctx, v.tools, shards, v.dir, "together")
	if err != nil {
		return nil, err
	}
	merged, err := v.a.mergeFiles([]string{result.Report}, v.suite.Source, false)
	if err != nil {
		return nil, err
	}
	return rowsByPath(merged.Rows), nil
}

func shardNames(shards []sharding.Shard) string {
	var names []string
	for _, s := range shards {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

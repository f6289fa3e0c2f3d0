package main

import (
	"context"
	"errors"
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
	return fmt.Sprintf("%d/%d lines, %d/%d methods", row.Lines.Covered, row.Lines.Total, row.Methods.Covered, row.Methods.Total)
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
	case !slices.EqualFunc(whole.Source.Methods, sharded.Source.Methods, func(x, y coverage.Method) bool { return x.Line == y.Line }):
		return "conditional_declaration: which methods and functions there are depends on what ran before"
	}
	onlyOne := difference(lineSet(whole), lineSet(sharded))
	moved := movedLines(whole, sharded)
	switch {
	case len(onlyOne) > 0 && len(moved) == 0 && v.tools.Driver == "xdebug" && strings.Contains(sharded.Finding, "mixed_line_sets"):
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
// cause.
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
		v.a.say("%s: %s without a cause yet; the suite runs once more: %s", v.name, plural(len(open), "difference"), again.name)
		_, rows, err := v.runWhole(ctx, again.name, again.order)
		if err != nil {
			return err
		}
		open = v.settle(open, again.cause, func(path string) bool { return !sameCounts(v.whole[path], rows[path]) })
	}
	return v.explainByState(ctx, open)
}

func sameCounts(a, b coverage.Row) bool { return a.Lines == b.Lines && a.Methods == b.Methods }

// settle gives the cause to the files for which it is found, and returns the
// others.
func (v *verification) settle(open []string, cause string, found func(path string) bool) []string {
	return slices.DeleteFunc(open, func(path string) bool {
		if !found(path) {
			return false
		}
		i := slices.IndexFunc(v.out.Differences, func(d differenceJSON) bool { return d.File == path })
		v.out.Differences[i].Cause = cause
		return true
	})
}

// explainByState runs the shards that load a file together in one process. If
// that gives what the unsharded run gives, their tests leave each other a state,
// such as a variable of the environment, and that is the cause.
func (v *verification) explainByState(ctx context.Context, open []string) error {
	shards := map[string][]sharding.Shard{} // that load a file
	for _, part := range v.parts {
		if len(open) == 0 {
			return nil
		}
		rows, err := v.a.mergeFiles([]string{part.Report}, v.suite.Source, true)
		if errors.Is(err, coverage.ErrNoRows) || errors.Is(err, coverage.ErrOutside) {
			continue // it loaded nothing of the code
		}
		if err != nil {
			return err
		}
		for _, row := range rows.Rows {
			if slices.Contains(open, row.Path) && row.Source.Loaded() {
				shards[row.Path] = append(shards[row.Path], part.Shard)
			}
		}
	}
	for len(open) > 0 {
		together := shards[open[0]]
		names := shardNames(together)
		if len(together) < 2 {
			open = open[1:] // one shard alone: nothing of another can matter that is known
			continue
		}
		v.a.say("%s: %s run together, for %s", v.name, names, open[0])
		result, err := v.suite.RunTogether(ctx, v.tools, together, v.dir, "together")
		if err != nil {
			return err
		}
		merged, err := v.a.mergeFiles([]string{result.Report}, v.suite.Source, false)
		if err != nil {
			return err
		}
		rows := rowsByPath(merged.Rows)
		first := open[0]
		cause := "shared_state: in one process the tests of " + names + " leave each other a state, and give the same as all tests"
		if v.sharded[first].Lines.Covered > v.whole[first].Lines.Covered {
			cause = "once_per_process: code that runs once does so under another test when " + names + " share a process"
		}
		open = v.settle(open, cause, func(path string) bool {
			return path == first && sameCounts(v.whole[path], rows[path])
		})
		open = slices.DeleteFunc(open, func(path string) bool { return path == first })
	}
	return nil
}

func shardNames(shards []sharding.Shard) string {
	var names []string
	for _, s := range shards {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

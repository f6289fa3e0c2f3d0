package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
)

// compared is one file in two reports.
type compared struct {
	File  string     `json:"file"`
	A     *countJSON `json:"a"`
	RateA *float64   `json:"rate_a,omitempty"`
	B     *countJSON `json:"b"`
	RateB *float64   `json:"rate_b,omitempty"`
	Cause string     `json:"cause"`
}

func (a *app) compareCommand() *cobra.Command {
	var rootA, rootB string
	var asJSON, all bool
	cmd := &cobra.Command{
		Use:   "compare REPORT REPORT",
		Short: "Put two reports of one build side by side, file by file",
		Long: `Compares the lines of two reports of one build, such as xcov against xccov or the
classes of Jenkins against JaCoCo's XML, and says for each file that differs what
the likely cause is. A file is known by its path; --root-a and --root-b make
absolute paths relative, and nothing is matched by suffix.

Exit codes: 0 no differences; 3 differences.`,
		Example: `  covpipe compare report.json xccov.json
  covpipe compare merged.xml whole.xml --root-a /srv/a --root-b /srv/b`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("compare: name two reports, and not %d", len(args))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, reports []string) error {
			return a.compare(reports, [2]string{realRoot(rootA), realRoot(rootB)}, asJSON, all)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&rootA, "root-a", "", "source root `DIR` of the first report")
	flags.StringVar(&rootB, "root-b", "", "source root `DIR` of the second report")
	flags.BoolVar(&all, "all", false, "show the files that are equal, too")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) compare(reports []string, roots [2]string, asJSON, all bool) error {
	var files [2]map[string]coverage.Row
	for i, path := range reports {
		report, err := a.readFile(path, readOptions{root: roots[i]})
		if err != nil {
			return err
		}
		files[i] = byFile(report.rows)
	}
	for i, path := range reports {
		if len(files[i]) == 0 {
			return fmt.Errorf("compare: %s: %w", path, errNoFiles)
		}
	}
	found := compareFiles(files[0], files[1])
	if len(found) == len(files[0])+len(files[1]) {
		return fmt.Errorf("compare: %w: the first has %s, the second %s", errNothingInCommon,
			slices.Min(slices.Collect(maps.Keys(files[0]))), slices.Min(slices.Collect(maps.Keys(files[1]))))
	}
	differ := slices.DeleteFunc(slices.Clone(found), func(c compared) bool { return c.Cause == "" })
	show := differ
	if all {
		show = found
	}
	if asJSON {
		encoder := json.NewEncoder(a.stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if show == nil {
			show = []compared{}
		}
		if err := encoder.Encode(show); err != nil {
			return err
		}
	} else {
		table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		if len(show) > 0 {
			fmt.Fprintf(table, "file\t%s\t%s\tlikely cause\n", printable(reports[0]), printable(reports[1]))
		}
		for _, c := range show {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", printable(c.File), side(c.A, c.RateA), side(c.B, c.RateB), c.Cause)
		}
		if err := table.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s equal, %d different\n", plural(len(found)-len(differ), "file"), len(differ))
	}
	if len(differ) > 0 {
		return &partError{fmt.Sprintf("compare: files that differ: %d", len(differ))}
	}
	return nil
}

// errNothingInCommon is what two reports are that name their files differently.
var errNothingInCommon = errors.New("the reports have no file in common")

// errNoFiles is what a report is that has a total and no files, or nothing.
var errNoFiles = errors.New("the report names no files, so that nothing can be compared file by file")

func side(c *countJSON, rate *float64) string {
	switch {
	case c != nil:
		return fmt.Sprintf("%d/%d %s", c.Covered, c.Total, percent(*c))
	case rate != nil:
		return fmt.Sprintf("%.2f %%", math.Floor(*rate*10000)/100)
	}
	return "-"
}

// byFile keeps one row a path: of a file in several modules, the one with the
// most covered. Rows of classes are known by path without an extension.
func byFile(rows []coverage.Row) map[string]coverage.Row {
	files := map[string]coverage.Row{}
	for _, row := range rows {
		if row.Path == "" {
			continue
		}
		known, twice := files[row.Path]
		if !twice || row.Lines.Covered > known.Lines.Covered || row.Rate.Value > known.Rate.Value {
			files[row.Path] = row
		}
	}
	return files
}

// compareFiles puts two reports side by side, by name.
func compareFiles(a, b map[string]coverage.Row) (found []compared) {
	classes := func(files map[string]coverage.Row) bool {
		for _, row := range files {
			return row.Basis == coverage.BasisClassSum
		}
		return false
	}
	if classes(a) != classes(b) {
		a, b = withoutExtensions(a), withoutExtensions(b)
	}
	names := maps.Clone(a)
	maps.Copy(names, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		rowA, inA := a[name]
		rowB, inB := b[name]
		c := compared{File: name, A: jsonCount(rowA.Lines), B: jsonCount(rowB.Lines),
			RateA: rateOf(rowA), RateB: rateOf(rowB)}
		switch {
		case !inA:
			c.Cause = "only in the second: an include list, a target or a module differs"
		case !inB:
			c.Cause = "only in the first: an include list, a target or a module differs"
		default:
			c.Cause = cause(rowA, rowB)
		}
		found = append(found, c)
	}
	return found
}

// withoutExtensions drops the extensions of names; of two that become one, the
// later keeps its own.
func withoutExtensions(files map[string]coverage.Row) map[string]coverage.Row {
	short := map[string]coverage.Row{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		stem := name[:len(name)-len(path.Ext(name))]
		if _, taken := short[stem]; taken {
			stem = name
		}
		short[stem] = files[name]
	}
	return short
}

func rateOf(row coverage.Row) *float64 {
	if !row.Rate.Known {
		return nil
	}
	return &row.Rate.Value
}

// cause gives the likely cause of a difference, "" for none.
func cause(a, b coverage.Row) string {
	share := func(r coverage.Row) (float64, bool) {
		switch {
		case r.Rate.Known:
			return r.Rate.Value, true
		case r.Lines.Total > 0:
			return float64(r.Lines.Covered) / float64(r.Lines.Total), true
		}
		return 0, false
	}
	if a.Lines.Known && b.Lines.Known {
		total, covered := b.Lines.Total-a.Lines.Total, b.Lines.Covered-a.Lines.Covered
		switch {
		case total == 0 && covered == 0:
			return ""
		case a.Basis == coverage.BasisClassSum || b.Basis == coverage.BasisClassSum:
			return "classes were summed, and lines that two classes share count twice"
		case a.Lines.Covered == 0 && b.Lines.Covered == 0:
			return "never loaded: static analysis lists other lines, such as dead code"
		case total == 0:
			return "the same lines, other tests: a part of the suite is missing or ran twice"
		case total == covered:
			return "lines that were run are counted in one only, such as one-line methods whose start hides a statement"
		case covered == 0:
			return "lines that were not run are counted in one only, " +
				"such as dead code that is listed when a file is not loaded"
		}
		return "other lines and other hits: another commit, another driver, or another notion of a line"
	}
	shareA, knownA := share(a)
	shareB, knownB := share(b)
	switch {
	case knownA != knownB || !knownA:
		if knownA == knownB && a.Lines.Known == b.Lines.Known {
			return ""
		}
		return "one of them does not know: it has no lines, or no counts"
	case math.Abs(shareA-shareB) < 1e-6:
		return ""
	case math.Abs(shareA-shareB) < 0.006:
		return "a rounded rate"
	}
	return "the rates differ: another run, other targets, or another notion of a line"
}

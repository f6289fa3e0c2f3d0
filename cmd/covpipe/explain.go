package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
)

// explained is how the numbers of one file came about.
type explained struct {
	File     string        `json:"file"`
	Module   string        `json:"module,omitempty"`
	Format   string        `json:"format"`
	Lines    *countJSON    `json:"lines"`
	Methods  *countJSON    `json:"methods"`
	Branches *countJSON    `json:"branches"`
	Rate     *float64      `json:"line_rate"`
	Basis    string        `json:"basis"`
	Exact    bool          `json:"is_exact"`
	Finding  string        `json:"finding,omitempty"`
	Shards   []shardPart   `json:"shards,omitempty"`
	Hidden   []hiddenStart `json:"hidden,omitempty"`
	Readings []reading     `json:"readings,omitempty"`
}

// shardPart is what one of several reports says of the file.
type shardPart struct {
	Report string     `json:"report"`
	Listed bool       `json:"listed"`
	Loaded bool       `json:"loaded"` // its process ran at least one line
	Lines  *countJSON `json:"lines"`
}

// hiddenStart is a method whose first line hides a statement.
type hiddenStart struct {
	Line    int32  `json:"line"`
	Method  string `json:"method"`
	Covered bool   `json:"covered"`
	Sure    bool   `json:"sure"`
}

// reading is one way in which tools read the same file.
type reading struct {
	Name  string    `json:"name"`
	Count countJSON `json:"count"`
	Tools string    `json:"tools"`
}

func (a *app) explainCommand() *cobra.Command {
	var opt readOptions
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain REPORT… --file PATH",
		Short: "Show how one file's numbers came about, and why other tools show others",
		Long: `Shows how the numbers of one file came about: what the report states, which
statements the start of a method hides, and, for several shards, which of them
loaded the file. For Clover it then shows what the common readings of the same
file give, with the tools that use each.`,
		Example: `  covpipe explain clover.xml --root /srv/app --file src/Cart.php
  covpipe explain shards/*.clover.xml --file /srv/app/src/Cart.php --json`,
		Args: some("a report, or the reports of several shards"),
		RunE: func(_ *cobra.Command, reports []string) error {
			opt.root = realRoot(opt.root)
			return a.explain(reports, opt, file, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opt.format, "format", "", "read the reports as `FORMAT`, whatever they look like")
	flags.StringVar(&opt.root, "root", "",
		"source root `DIR`, as the machine that measured knew it; paths become relative to it")
	flags.StringVar(&file, "file", "", "the file, by the `PATH` that the report (or --root) gives it")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) explain(reports []string, opt readOptions, file string, asJSON bool) error {
	if file == "" {
		return usage("explain: --file is missing: which file?")
	}
	if err := checkFormat(opt.format); err != nil {
		return usage("--format %q: %w", opt.format, err)
	}
	var found []explained
	var err error
	if len(reports) == 1 {
		found, err = a.explainOne(reports[0], opt, file)
	} else {
		found, err = a.explainShards(reports, opt, file)
	}
	if err != nil {
		return err
	}
	if asJSON {
		encoder := json.NewEncoder(a.stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(found)
	}
	for i, e := range found {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		if err := e.write(a.stdout); err != nil {
			return err
		}
	}
	return nil
}

// errNoFile is returned when no report has the file that was asked for.
type errNoFile struct {
	file, nearest string
}

func (e *errNoFile) Error() string {
	return fmt.Sprintf("explain: %s: no such file in the report", e.file)
}

// findRows gives the rows of one file in a report, reading it to its end: a
// damaged report explains nothing.
func (a *app) findRows(path string, opt readOptions, file string, nearest *string) (
	format string, rows []coverage.Row, err error,
) {
	in, _, err := a.openFile(path)
	if err != nil {
		return "", nil, err
	}
	defer in.Close()
	report, err := a.openReport(in, opt.format)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", path, err)
	}
	for row, err := range coverage.Under(opt.root, report.Rows, &coverage.Outside{}) {
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", path, err)
		}
		switch {
		case row.Path == file:
			if row.Source != nil {
				row.Source = row.Source.Clone()
			}
			rows = append(rows, row)
		case strings.HasSuffix(row.Path, "/"+file) || strings.HasSuffix(file, "/"+row.Path):
			*nearest = row.Path
		}
	}
	return report.Format, rows, nil
}

func (a *app) explainOne(path string, opt readOptions, file string) (found []explained, err error) {
	var nearest string
	format, rows, err := a.findRows(path, opt, file, &nearest)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, &errNoFile{file, nearest}
	}
	for _, row := range rows {
		found = append(found, explainRow(row, format))
	}
	return found, nil
}

// explainShards merges one file of several shards.
func (a *app) explainShards(reports []string, opt readOptions, file string) ([]explained, error) {
	var nearest string
	var parts []shardPart
	var sources []coverage.Rows
	format := ""
	for _, path := range reports {
		f, rows, err := a.findRows(path, opt, file, &nearest)
		if err != nil {
			return nil, err
		}
		part := shardPart{Report: path, Listed: len(rows) > 0}
		if len(rows) > 1 || len(rows) == 1 && rows[0].Source == nil {
			return nil, fmt.Errorf("%s: %w", path, coverage.ErrNoLines)
		}
		if part.Listed {
			format = f
			part.Lines, part.Loaded = jsonCount(rows[0].Lines), rows[0].Source.Loaded()
			sources = append(sources, func(yield func(coverage.Row, error) bool) { yield(rows[0], nil) })
		}
		parts = append(parts, part)
	}
	if len(sources) == 0 {
		return nil, &errNoFile{file, nearest}
	}
	merged, err := coverage.Merge(sources...)
	if err != nil {
		return nil, err
	}
	e := explainRow(merged.Rows[0], format)
	e.Shards = parts
	return []explained{e}, nil
}

func explainRow(row coverage.Row, format string) explained {
	e := explained{File: row.Path, Module: row.Module, Format: format,
		Lines: jsonCount(row.Lines), Methods: jsonCount(row.Methods), Branches: jsonCount(row.Branches),
		Basis: string(row.Basis), Exact: row.Exact, Finding: row.Finding}
	if row.Rate.Known {
		e.Rate = &row.Rate.Value
	}
	if row.Source == nil {
		return e
	}
	hide, unsure := coverage.HiddenMethods(row.Source)
	for _, m := range hide {
		e.Hidden = append(e.Hidden, hiddenStart{m.Line, m.Name, m.Hits > 0, true})
	}
	for _, m := range unsure {
		e.Hidden = append(e.Hidden, hiddenStart{m.Line, m.Name, m.Hits > 0, false})
	}
	e.Readings = readings(row)
	return e
}

// readings are the ways in which tools read one file of a Clover report, as
// read in their sources or measured.
func readings(row coverage.Row) []reading {
	var statements, every, elements coverage.Count
	for _, line := range row.Source.Statements {
		statements = statements.Add(coverage.Of(covered(line.Hits), 1))
	}
	every = statements
	for _, m := range row.Source.Methods {
		every = every.Add(coverage.Of(covered(m.Hits), 1))
	}
	elements = row.Lines.Add(row.Methods).Add(row.Source.Metrics.Branches)
	show := func(c coverage.Count) countJSON { return countJSON{c.Covered, c.Total} }
	return []reading{
		{"statements", show(row.Lines), "covpipe, PHPUnit (<metrics statements>)"},
		{"elements", show(elements),
			"PHPUnit's <metrics elements>, Clover's total percentage: methods, statements and branches"},
		{"stmt lines only", show(statements),
			"Codacy, octocov, Jenkins Coverage, ReportGenerator: they miss what a method's start hides"},
		{"every line", show(every),
			"SonarQube, Codecov, Coveralls, Code Climate, qlty: a method's start counts as a line"},
	}
}

func covered(hits int64) int64 {
	if hits > 0 {
		return 1
	}
	return 0
}

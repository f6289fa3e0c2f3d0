package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
)

// checked is one report held against itself.
type checked struct {
	Report   string         `json:"report"`
	Format   string         `json:"format,omitempty"`
	Producer string         `json:"producer,omitempty"`
	Files    int64          `json:"files"`
	Lines    *countJSON     `json:"lines"`
	Methods  *countJSON     `json:"methods"`
	Branches *countJSON     `json:"branches"`
	Stated   checkedStated  `json:"stated"`
	Agrees   bool           `json:"agrees"`
	Reasons  []string       `json:"reasons"`
	Findings []fileFinding  `json:"findings"`
	Error    string         `json:"error,omitempty"`
	kinds    map[string]int // findings by name
	err      error
}

type checkedStated struct {
	Files    *int64     `json:"files"`
	Lines    *countJSON `json:"lines"`
	Methods  *countJSON `json:"methods"`
	Branches *countJSON `json:"branches"`
}

type fileFinding struct {
	File    string `json:"file"`
	Finding string `json:"finding"`
}

// countJSON is a count; unknown is null.
type countJSON struct {
	Covered int64 `json:"covered"`
	Total   int64 `json:"total"`
}

func jsonCount(c coverage.Count) *countJSON {
	if !c.Known {
		return nil
	}
	return &countJSON{c.Covered, c.Total}
}

func (a *app) checkCommand() *cobra.Command {
	var opt readOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check REPORT…",
		Short: "Hold reports against the totals that they state themselves",
		Long: `Reads each report whole, counts it anew and compares with the totals that it
states, for the whole and for each file. A line a report: what it is, what was
counted, what is stated, and the named reasons where the two differ.

Exit codes: 0 all agree; 3 some do not agree with themselves; 1 some could not
be read.`,
		Example: `  covpipe check clover.xml
  covpipe check --json shards/*.clover.xml`,
		Args: some("at least one report"),
		RunE: func(_ *cobra.Command, reports []string) error {
			return a.check(reports, opt, asJSON)
		},
	}
	cmd.Flags().StringVar(&opt.format, "format", "", "read the reports as `FORMAT`, whatever they look like")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a report")
	return cmd
}

func (a *app) check(reports []string, opt readOptions, asJSON bool) error {
	if err := checkFormat(opt.format); err != nil {
		return usage("--format %q: %w", opt.format, err)
	}
	refused, differing := 0, 0
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	if !asJSON {
		fmt.Fprintln(table, "report\tformat\tproducer\tfiles\tlines\tmethods\tbranches\t"+
			"stated files\tlines\tmethods\tbranches\tagrees\treasons")
	}
	encoder := json.NewEncoder(a.stdout)
	encoder.SetEscapeHTML(false)
	for _, path := range reports {
		c := a.checkReport(path, opt)
		switch {
		case c.err != nil:
			refused++
		case !c.Agrees:
			differing++
		}
		if asJSON {
			if err := encoder.Encode(c); err != nil {
				return err
			}
			continue
		}
		columns := c.columns()
		for i := range columns {
			columns[i] = printable(columns[i])
		}
		fmt.Fprintln(table, strings.Join(columns, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	switch {
	case refused > 0:
		return fmt.Errorf("check: reports that could not be read: %d of %d", refused, len(reports))
	case differing > 0:
		return &partError{fmt.Sprintf("check: reports that do not agree with themselves: %d of %d",
			differing, len(reports))}
	}
	return nil
}

// checkReport reads one report to its end.
func (a *app) checkReport(path string, opt readOptions) (c checked) {
	c = checked{Report: path, Reasons: []string{}, Findings: []fileFinding{}, kinds: map[string]int{}}
	fail := func(err error) checked {
		c = checked{Report: path, Format: c.Format, Reasons: []string{}, Findings: []fileFinding{},
			Error: err.Error(), err: err}
		return c
	}
	in, _, err := a.openFile(path)
	if err != nil {
		return fail(err)
	}
	defer in.Close()
	report, err := a.openReport(in, opt.format)
	if err != nil {
		return fail(err)
	}
	c.Format = report.Format
	var totals coverage.Totals
	rows := int64(0)
	for row, err := range report.Rows {
		if err != nil {
			return fail(err)
		}
		rows++
		totals.Add(row)
		c.find(row)
	}
	if rows == 0 {
		return fail(fmt.Errorf("%s: the report has no files: %w", report.Format, coverage.ErrNoRows))
	}
	s := report.Stated
	c.Producer, c.Files = s.Producer, totals.Files
	c.Lines, c.Methods, c.Branches = jsonCount(totals.Lines), jsonCount(totals.Methods), jsonCount(totals.Branches)
	c.Stated = checkedStated{Lines: jsonCount(s.Lines), Methods: jsonCount(s.Methods), Branches: jsonCount(s.Branches)}
	if s.Files.Known {
		c.Stated.Files = &s.Files.Total
	}
	c.Reasons = append(c.Reasons, totals.Differences(s)...)
	for _, name := range slices.Sorted(maps.Keys(c.kinds)) {
		c.Reasons = append(c.Reasons, fmt.Sprintf("%s in %s", name, plural(c.kinds[name], "file")))
	}
	c.Agrees = len(c.Reasons) == 0
	return c
}

// find notes what there is to say of one file.
func (c *checked) find(row coverage.Row) {
	finding := row.Finding
	if row.Source != nil && finding == "" {
		counted, reason := coverage.Recount(row.Source)
		switch stated := row.Source.Metrics; {
		case stated.Branches.Total > 0:
			// with branch data a method is covered when its branches are, which lines do not tell
		case reason != "" || !stated.Methods.Known:
			// several answers fit, and what is stated is one of them, or nothing is stated
		case counted.Methods != stated.Methods:
			finding = fmt.Sprintf("stated_methods: %v methods are stated, and the lines give %v",
				stated.Methods, counted.Methods)
		}
	}
	if finding == "" {
		return
	}
	name, _, _ := strings.Cut(finding, ":")
	c.kinds[name]++
	c.Findings = append(c.Findings, fileFinding{row.Path, finding})
}

func (c checked) columns() []string {
	count := func(n *countJSON) string {
		if n == nil {
			return "-"
		}
		return fmt.Sprintf("%d/%d", n.Covered, n.Total)
	}
	if c.err != nil {
		return []string{c.Report, orDash(c.Format), "-", "-", "-", "-", "-", "-", "-", "-", "-", "refused", c.Error}
	}
	files := "-"
	if c.Stated.Files != nil {
		files = fmt.Sprint(*c.Stated.Files)
	}
	agrees := "yes"
	if !c.Agrees {
		agrees = "NO"
	}
	return []string{c.Report, c.Format, orDash(c.Producer), fmt.Sprint(c.Files),
		count(c.Lines), count(c.Methods), count(c.Branches), files,
		count(c.Stated.Lines), count(c.Stated.Methods), count(c.Stated.Branches), agrees, strings.Join(c.Reasons, "; ")}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

package main

import (
	"fmt"
	"strings"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/sharding"
)

// collectJSON is what shard collect --json prints.
type collectJSON struct {
	Merged   string         `json:"merged"`
	Files    int64          `json:"files"`
	Covered  int64          `json:"lines_covered"`
	Total    int64          `json:"lines_total"`
	Commit   string         `json:"commit"`
	Driver   string         `json:"driver"`
	Machines int            `json:"machines"` // or workers, that have left something
	Absent   []string       `json:"absent"`   // shards of index runs whose machine has left nothing
	Missing  []string       `json:"missing"`  // shards that were not measured
	Failing  []string       `json:"failing"`  // shards whose tests failed
	Tests    int            `json:"tests"`
	Listed   int            `json:"tests_listed"` // as PHPUnit lists them; 0 if it cannot
	Shards   []shardOutcome `json:"shards"`
}

// finishCollection merges what was collected and says what it is.
func (a *app) finishCollection(c *collection, opt collectOptions) error {
	all := coverage.NewPartial()
	for p, err := range c.partials {
		if err != nil {
			return err
		}
		all.Unite(p)
	}
	for _, failure := range c.missing {
		if failure.Ending != sharding.Absent { // of those that are, there is nothing to tell but their names
			a.complainShard(c.project, failure)
		}
	}
	if err := c.missing.orNothing(len(c.shards)-len(c.missing), ""); err != nil {
		return err
	}
	merged, err := a.mergePartial(all, "", coverage.Outside{})
	if err != nil {
		return err
	}
	for _, f := range merged.Findings {
		if strings.HasPrefix(f.Reason, coverage.OtherCode) {
			return fmt.Errorf("collect: %s: %w", f.Path, errOtherCode)
		}
	}
	bound := c.missing.mark(merged.Rows)
	if err := writeClover(opt.out, a.now(), "", merged.Rows); err != nil {
		return err
	}
	if opt.times != "" {
		if err := c.times.Write(opt.times); err != nil {
			return err
		}
	}
	var totals coverage.Totals
	for _, row := range merged.Rows {
		totals.Add(row)
	}
	out := collectJSON{Merged: opt.out, Files: totals.Files, Covered: totals.Lines.Covered, Total: totals.Lines.Total,
		Commit: c.inputs.Commit, Driver: c.inputs.Driver, Machines: len(c.machines),
		Absent:  append([]string{}, c.absent...),
		Missing: []string{}, Failing: []string{}, Listed: c.listed, Shards: append([]shardOutcome{}, c.shards...)}
	for _, o := range c.shards {
		switch {
		case o.Ending != "":
			out.Missing = append(out.Missing, o.Name)
		case o.Failed:
			out.Failing = append(out.Failing, o.Name)
		}
		out.Tests += o.Tests
	}
	if opt.asJSON {
		if err := a.printJSON(out); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "%s: %v lines of %s covered, from %s of %s\n", opt.out, totals.Lines,
			plural(totals.Files, "file"), plural(len(c.shards)-len(c.missing), "shard"), plural(len(c.machines), c.of))
	}
	return c.verdict(out, bound, totals.Files)
}

// verdict gives the error for the exit code, and names what is missing.
func (c *collection) verdict(out collectJSON, bound int, files int64) error {
	var failing, lacking []string
	for _, name := range out.Failing {
		failing = append(failing, c.project+" "+name)
	}
	if len(c.absent) > 0 {
		lacking = append(lacking, "no shard set of shard "+strings.Join(c.absent, ", "))
	}
	switch {
	case len(c.missing) > 0:
		lacking = append(lacking, c.missing.gap(bound, files))
	case out.Tests < c.listed:
		lacking = append(lacking, fmt.Sprintf("%d of the %s that PHPUnit listed were not started",
			c.listed-out.Tests, plural(c.listed, "test")))
	}
	return gaps{failing: failing, lacking: lacking}.err()
}

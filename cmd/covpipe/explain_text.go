package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// percent has two digits here, since that is how tools show it.
func percent(c countJSON) string {
	if c.Total == 0 {
		return "no data"
	}
	hundredths := c.Covered * 10000 / c.Total
	return fmt.Sprintf("%d.%02d %%", hundredths/100, hundredths%100)
}

func (e explained) write(out io.Writer) error {
	title := e.File
	if e.Module != "" {
		title += " in " + e.Module
	}
	fmt.Fprintln(out, printable(title))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	show := func(name string, c *countJSON) {
		if c != nil {
			fmt.Fprintf(table, "  %s\t%d of %d\t%s\n", name, c.Covered, c.Total, percent(*c))
		}
	}
	show("lines", e.Lines)
	show("methods", e.Methods)
	show("branches", e.Branches)
	if e.Rate != nil {
		fmt.Fprintf(table, "  line rate\t%v\n", *e.Rate)
	}
	exact := "exact"
	if !e.Exact {
		exact = "not exact"
	}
	fmt.Fprintf(table, "  basis\t%s\t%s\n", e.Basis, exact)
	if e.Finding != "" {
		fmt.Fprintf(table, "  finding\t%s\n", printable(e.Finding))
	}
	if len(e.Shards) > 0 {
		fmt.Fprintln(table, "\nshards")
	}
	for _, s := range e.Shards {
		state := "does not list it"
		switch {
		case s.Loaded:
			state = "loaded it: its lines count"
		case s.Listed:
			state = "only lists it: adds nothing, as long as another loaded it"
		}
		lines := ""
		if s.Lines != nil {
			lines = fmt.Sprintf("%d of %d", s.Lines.Covered, s.Lines.Total)
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\n", printable(s.Report), lines, state)
	}
	if len(e.Hidden) > 0 {
		fmt.Fprintln(table, "\nstatements that the start of a method hides")
	}
	for _, h := range e.Hidden {
		state := "not covered"
		if h.Covered {
			state = "covered"
		}
		if !h.Sure {
			state = "perhaps; the report does not tell"
		}
		fmt.Fprintf(table, "  line %d\t%s()\t%s\n", h.Line, printable(h.Method), state)
	}
	if len(e.Readings) > 0 {
		fmt.Fprintln(table, "\nhow the same file is read")
	}
	for _, r := range e.Readings {
		fmt.Fprintf(table, "  %s\t%d of %d\t%s\t%s\n",
			r.Name, r.Count.Covered, r.Count.Total, percent(r.Count), r.Tools)
	}
	return table.Flush()
}

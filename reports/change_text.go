package reports

import (
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Since says what became of a week's measurements since an earlier week.
type Since struct {
	Monday  time.Time // of the earlier week
	Changes []Change
}

// mostFiles is how many files a text names for each change.
const mostFiles = 10

// WriteText writes the causes of each change and the files that did most. The
// points of the causes sum to that of the change, and so do those of all files.
func (s Since) WriteText(out io.Writer, look Look) error {
	for _, c := range s.Changes {
		name := look.name(c.Platform)
		if c.Branch != "" {
			name += " " + look.name(c.Branch)
		}
		if c.Account == nil {
			if _, err := fmt.Fprintf(out, "\n%s since %s: %s.\n", name, isoWeek(s.Monday), c.None); err != nil {
				return err
			}
			continue
		}
		if err := c.Account.writeText(out, fmt.Sprintf("%s since %s", name, isoWeek(s.Monday)), look); err != nil {
			return err
		}
	}
	return nil
}

func (a *Account) writeText(out io.Writer, name string, look Look) error {
	causes, whole := a.causePoints()
	title := fmt.Sprintf("%s: %s to %s, %s points", name, a.Old.Percent(), a.New.Percent(), points(whole))
	if _, err := fmt.Fprintf(out, "\n%s\n", look.title(title)); err != nil || len(a.Parts) == 0 {
		return err
	}
	if look.Markdown {
		fmt.Fprintln(out)
	}
	t := changeTable()
	for i, c := range a.Causes {
		t.AppendRow(table.Row{points(causes[i]), string(c.Cause), filesOf(c.Files), ""})
	}
	t.AppendSeparator()
	if look.Markdown { // its tables have no such line
		if _, err := fmt.Fprintf(out, "%s\n\n", look.render(t)); err != nil {
			return err
		}
		t = changeTable()
	}
	parts, _ := a.partPoints()
	for i, p := range a.Parts {
		if i == mostFiles {
			t.AppendRow(table.Row{"", "", fmt.Sprintf("and %s more", filesOf(len(a.Parts)-mostFiles)), ""})
			break
		}
		what := look.name(p.Path)
		if p.Was != "" {
			what += " (it seems to have been " + look.name(p.Was) + ")"
		}
		t.AppendRow(table.Row{points(parts[i]), string(p.Cause), what, p.Old.short() + " to " + p.New.short()})
	}
	_, err := fmt.Fprintln(out, look.render(t))
	return err
}

func changeTable() table.Writer {
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 1, Align: text.AlignRight, AlignHeader: text.AlignRight}})
	t.AppendHeader(table.Row{"points", "cause", "what", "lines"})
	return t
}

func (a *Account) causePoints() ([]int64, int64) {
	var shares []*big.Rat
	for _, c := range a.Causes {
		shares = append(shares, c.Share)
	}
	return Points(shares)
}

func (a *Account) partPoints() ([]int64, int64) {
	var shares []*big.Rat
	for _, p := range a.Parts {
		shares = append(shares, p.Share)
	}
	return Points(shares)
}

// points writes hundredths of a point: +0.16, -12.00, 0.00.
func points(hundredths int64) string {
	sign := ""
	switch {
	case hundredths > 0:
		sign = "+"
	case hundredths < 0:
		sign, hundredths = "-", -hundredths
	}
	return fmt.Sprintf("%s%d.%02d", sign, hundredths/100, hundredths%100)
}

func (c *Count) short() string {
	if c == nil {
		return "none"
	}
	return fmt.Sprintf("%d/%d", c.Covered, c.Total)
}

func filesOf(n int) string { return plural(n, "file", "files") }

func isoWeek(monday time.Time) string {
	year, number := monday.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, number)
}

// changeJSON is a change for scripts. A share is a fraction, such as "-3/182",
// so that it is exact.
type changeJSON struct {
	Project  string      `json:"project"`
	Platform string      `json:"platform"`
	Branch   string      `json:"git_branch,omitempty"`
	None     string      `json:"no_account,omitempty"`
	Old      *Count      `json:"old_lines"`
	New      *Count      `json:"new_lines"`
	Share    string      `json:"change,omitempty"`
	Causes   []causeJSON `json:"causes"`
	Files    []partJSON  `json:"files"`
}

type causeJSON struct {
	Cause Cause  `json:"cause"`
	Files int    `json:"files"`
	Share string `json:"change"`
}

type partJSON struct {
	Module string `json:"module_name,omitempty"`
	Path   string `json:"file_path"`
	Was    string `json:"seems_renamed_from,omitempty"`
	Cause  Cause  `json:"cause"`
	Old    *Count `json:"old_lines"`
	New    *Count `json:"new_lines"`
	Share  string `json:"change"`
}

// forJSON gives the changes for scripts; nil for none asked for.
func (s *Since) forJSON() any {
	if s == nil {
		return nil
	}
	changes := []changeJSON{}
	for _, c := range s.Changes {
		j := changeJSON{
			Project: c.Project, Platform: c.Platform, Branch: c.Branch, None: c.None,
			Causes: []causeJSON{}, Files: []partJSON{},
		}
		if a := c.Account; a != nil {
			j.Old, j.New, j.Share = &a.Old, &a.New, a.Change.RatString()
			for _, cause := range a.Causes {
				j.Causes = append(j.Causes, causeJSON{cause.Cause, cause.Files, cause.Share.RatString()})
			}
			for _, p := range a.Parts {
				j.Files = append(j.Files, partJSON{p.Module, p.Path, p.Was, p.Cause, p.Old, p.New, p.Share.RatString()})
			}
		}
		changes = append(changes, j)
	}
	return struct {
		Week    string       `json:"week"`
		Changes []changeJSON `json:"changes"`
	}{isoWeek(s.Monday), changes}
}

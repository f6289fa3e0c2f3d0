package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// limits are how many entries of each list a letter names; the rest is summed up.
type limits struct{ thanks, files, untested, owners, gaps int }

var textLimits = limits{thanks: 5, files: 10, untested: 10, owners: 20, gaps: 20}

// WriteText writes the letter as plain text, which says all that the HTML does.
func (d *Digest) WriteText(out io.Writer, links Links) error {
	t := &letterText{d: d, links: links}
	t.head()
	t.gaps()
	t.thanks()
	t.account()
	t.owners()
	t.untested()
	t.releases()
	t.platforms()
	t.trend()
	t.foot()
	_, err := io.WriteString(out, t.String())
	return err
}

// mailWidth is how wide a line of running text is.
const mailWidth = 76

// letterText is a letter while it is written.
type letterText struct {
	strings.Builder
	d     *Digest
	links Links
}

func (t *letterText) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

func (t *letterText) title(title string) {
	t.line("\n%s\n%s", title, strings.Repeat("-", len(title)))
}

// paragraph wraps a text to the width of a mail.
func (t *letterText) paragraph(paragraph string) {
	if paragraph != "" {
		t.wrapped("", paragraph)
	}
}

// wrapped writes a text that begins with a mark, no wider than a mail.
func (t *letterText) wrapped(mark, text string) {
	line, begun := mark, false
	for _, word := range strings.Fields(text) {
		if begun && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > mailWidth {
			t.line("%s", line)
			line, begun = strings.Repeat(" ", len(mark)), false
		}
		if begun {
			line += " "
		}
		line, begun = line+word, true
	}
	t.line("%s", line)
}

func (t *letterText) table(rows []table.Row, right ...int) {
	w := table.NewWriter()
	style := plainStyle()
	style.Box.PaddingRight = "  "
	w.SetStyle(style)
	var columns []table.ColumnConfig
	for _, n := range right {
		columns = append(columns, table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	w.SetColumnConfigs(columns)
	for _, row := range rows {
		w.AppendRow(row)
	}
	for line := range strings.Lines(w.Render()) {
		t.line("  %s", strings.TrimRight(line, " \n"))
	}
}

func (t *letterText) head() {
	d := t.d
	of := printable(d.Project)
	if d.Owner != "" {
		of = printable(d.Owner) + " in " + of
	}
	t.line("Coverage of %s, week %s (%s)\n", of, isoWeek(d.Monday), days(d.Monday))
	if d.Share != nil {
		number := d.Share.Percent()
		if d.Account != nil {
			number += ", " + d.Moved()
		}
		t.line("%s", number)
	}
	t.paragraph(d.sentence())
	t.paragraph(d.scope())
}

func (t *letterText) gaps() {
	gaps := t.d.gaps()
	if len(gaps) == 0 {
		return
	}
	t.title("Missing or incomplete")
	shown, rest := cut(gaps, textLimits.gaps)
	for _, gap := range shown {
		t.wrapped("* ", gap)
	}
	if rest > 0 {
		t.line("* and %s more", thousands(int64(rest)))
	}
}

func (t *letterText) thanks() {
	if len(t.d.Thanks) == 0 {
		return
	}
	t.title("Thank you")
	shown, rest := cut(t.d.Thanks, textLimits.thanks)
	for _, thanks := range shown {
		t.wrapped("* ", thanks.sentence())
	}
	if rest > 0 {
		t.line("* and %s more", thousands(int64(rest)))
	}
}

func (t *letterText) account() {
	d := t.d
	if d.Account == nil || len(d.Account.Parts) == 0 {
		return
	}
	t.title("Why it changed")
	whole, causes := d.Points()
	var rows []table.Row
	for i, c := range d.Account.Causes {
		rows = append(rows, table.Row{points(causes[i]), string(c.Cause), c.size()})
	}
	rows = append(rows, table.Row{points(whole), "together, in points of " + d.basis()})
	t.table(rows, 1)
	t.line("\nThe files that moved it most:\n")
	shown, rest := d.files(textLimits.files)
	rows = nil
	for _, f := range shown {
		rows = append(rows, table.Row{points(f.Points), string(f.Cause), f.lines(), f.what()})
	}
	if rest.files > 0 {
		rows = append(rows, table.Row{points(rest.points), "and " + numbered(rest.files, "more file")})
	}
	t.table(rows, 1)
}

func (t *letterText) owners() {
	d := t.d
	if len(d.Owners) == 0 {
		return
	}
	t.title("Owners")
	shown, rest := cut(d.Owners, textLimits.owners)
	var rows []table.Row
	for _, o := range shown {
		row := table.Row{printable(o.Owner), o.New.Percent(), "", filesOf(int(o.Files)), o.why()}
		if o.Account != nil {
			row[2] = points(o.Points)
		}
		rows = append(rows, row)
	}
	t.table(rows, 2, 3, 4)
	if rest > 0 {
		t.line("  %s", restOfOwners(d.Owners[len(shown):]))
	}
}

func (t *letterText) untested() {
	files := t.d.Untested()
	if len(files) == 0 {
		return
	}
	t.title("New files without tests")
	shown, rest := cut(files, textLimits.untested)
	var rows []table.Row
	for _, f := range shown {
		rows = append(rows, table.Row{thousands(f.New.Total) + " lines", f.what(), printable(f.names())})
	}
	if rest > 0 {
		lines := thousands(linesOfFiles(files[len(shown):])) + " lines"
		rows = append(rows, table.Row{lines, "in " + numbered(rest, "more file")})
	}
	t.table(rows, 1)
}

func (t *letterText) releases() {
	if len(t.d.Released) == 0 {
		return
	}
	t.title("Releases of the week")
	for _, r := range t.d.Released {
		t.line("* %s %s, %s", printable(r.Platform), printable(r.Name), r.At.Format("Monday 2 January, 15:04 UTC"))
	}
}

func (t *letterText) platforms() {
	t.title("Platforms")
	var rows []table.Row
	for _, p := range t.d.Platforms {
		rows = append(rows, table.Row{printable(p.Platform), p.percent(), p.was(), p.detail(), printable(p.label())})
	}
	t.table(rows, 2)
}

// trend gives the last weeks in figures, which the picture of the HTML draws.
func (t *letterText) trend() {
	var rows []table.Row
	for _, p := range t.d.Trend {
		if p.Share != nil {
			bar := strings.Repeat("#", int(p.Share.Covered*40/max(p.Share.Total, 1)))
			rows = append(rows, table.Row{isoWeek(p.Monday), p.Share.Percent(), bar})
		}
	}
	if len(rows) < 2 {
		return
	}
	t.title("The last weeks")
	t.table(slices.Clip(rows[max(0, len(rows)-8):]), 2)
}

func (t *letterText) foot() {
	if link := t.links.dashboard(t.d); link != "" {
		t.line("\nAll numbers: %s", link)
	}
	t.line("")
	t.paragraph(howToRead)
}

// howToRead explains the numbers, once, at the end.
const howToRead = "How to read it: shares are rounded down, so 100.0 % means all. A point is a hundredth of the " +
	"whole. The points of all causes, and those of all files, sum to the change. A file of several owners " +
	"counts for each of them, and once in the whole."

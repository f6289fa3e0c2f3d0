package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Look says what the reader's screen can show.
type Look struct {
	Colour   bool
	Markdown bool // tables and titles of a pull request or a wiki; without colours
}

// name makes a name safe to show. In Markdown it is code, in which nothing is
// markup and nobody is called by an @; the fence is longer than any in the name.
func (l Look) name(name string) string {
	name = printable(name)
	if !l.Markdown || name == "" {
		return name
	}
	fence := "`"
	for strings.Contains(name, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		name = " " + name + " "
	}
	return fence + name + fence
}

func (l Look) title(title string) string {
	switch {
	case l.Markdown:
		return "## " + title
	case l.Colour:
		return "\x1b[1m" + title + "\x1b[0m"
	}
	return title
}

func (l Look) render(t table.Writer) string {
	if l.Markdown {
		return t.RenderMarkdown()
	}
	return t.Render()
}

// note is a line below a table.
func (l Look) note(note string) string {
	if l.Markdown {
		return "- " + note
	}
	return note
}

// WriteText writes the week as a table by platform and top directory.
func (w Week) WriteText(out io.Writer, look Look) error {
	year, number := w.Monday.ISOWeek()
	sunday := w.Monday.AddDate(0, 0, 6)
	title := fmt.Sprintf("Coverage in week %04d-W%02d (%s to %s)", year, number, w.Monday.Format("2 January"), sunday.Format("2 January 2006"))
	bold := func(s string) string { return s }
	shade := func(_ *Count, s string) string { return s }
	if look.Colour && !look.Markdown {
		bold = func(s string) string { return "\x1b[1m" + s + "\x1b[0m" }
		shade = shadeByShare
	}
	if _, err := fmt.Fprintf(out, "%s\n\n", look.title(title)); err != nil {
		return err
	}
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	t.AppendHeader(table.Row{"platform", "directory", "files", "lines", "", "methods", "", "branches", ""})
	right := func(n int) table.ColumnConfig {
		return table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight}
	}
	t.SetColumnConfigs([]table.ColumnConfig{right(3), right(4), right(5), right(6), right(7), right(8), right(9)})
	notes := []string{}
	for i, m := range w.Measurements {
		if i > 0 {
			t.AppendSeparator()
		}
		t.AppendRow(m.row(bold(look.name(m.Platform)), look.name(m.label()), shade, bold))
		for _, directory := range m.Directories {
			t.AppendRow(directory.row("", look.name(directory.Directory), shade, func(s string) string { return s }))
		}
		for _, owner := range m.Owners {
			t.AppendRow(owner.row("", "owner "+look.name(owner.Owner), shade, func(s string) string { return s }))
		}
		if m.RateOnly != nil {
			notes = append(notes, fmt.Sprintf("%s: %d files have a rate and no counts; the mean counts each file once, whatever its size.",
				look.name(m.Platform), m.RateOnly.Files))
		}
		if !m.Exact {
			notes = append(notes, look.name(m.Platform)+": ~ marks sums with a bound or an unproved inference in them (is_exact = false).")
		}
	}
	for _, total := range w.Totals() {
		if total.Platforms > 1 {
			t.AppendSeparator()
			name := "project " + look.name(total.Project)
			if len(total.Carried) > 0 {
				name += ", in part carried over"
			}
			t.AppendRow(total.row(bold("all"), name, shade, bold))
		}
	}
	if _, err := fmt.Fprintln(out, look.render(t)); err != nil {
		return err
	}
	for _, s := range w.Sources {
		notes = append(notes, s.Gaps(look)...)
	}
	if len(notes) > 0 {
		fmt.Fprintln(out)
	}
	for _, note := range notes {
		if _, err := fmt.Fprintln(out, look.note(note)); err != nil {
			return err
		}
	}
	return nil
}

// printable makes control characters of a name visible, so that a file cannot
// write to the terminal.
func printable(name string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			return unicode.ReplacementChar
		}
		return c
	}, name)
}

func (m Measurement) label() string {
	label := "total"
	if m.Branch != "" {
		label += " " + m.Branch
	}
	if len(m.Commit) >= 8 {
		label += "@" + m.Commit[:8]
	}
	if m.Build != 0 {
		label += fmt.Sprintf(" #%d", m.Build)
	}
	if m.Carried != "" {
		label += ", from " + m.Carried
	}
	return label
}

func (g Group) row(platform, name string, shade func(*Count, string) string, style func(string) string) table.Row {
	row := table.Row{platform, style(name), style(fmt.Sprint(g.Files))}
	if g.Files == 0 {
		row[2] = ""
	}
	mark := ""
	if !g.Exact {
		mark = "~"
	}
	for i, c := range []*Count{g.Lines, g.Methods, g.Branches} {
		switch {
		case c != nil:
			row = append(row, fmt.Sprintf("%s%d/%d", mark, c.Covered, c.Total), shade(c, c.Percent()))
		case i == 0 && g.RateOnly != nil:
			row = append(row, "mean of files", fmt.Sprintf("%.1f %%", float64(int64(g.RateOnly.MeanRate*1000))/10))
		default:
			row = append(row, "", "")
		}
	}
	return row
}

// shadeByShare colours a percentage: green from 80, yellow from 50.
func shadeByShare(c *Count, s string) string {
	colour := "31"
	switch {
	case c.Total == 0:
		return s
	case c.Covered*100 >= c.Total*80:
		colour = "32"
	case c.Covered*100 >= c.Total*50:
		colour = "33"
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// plainStyle has no frame, so that a table pastes well into a mail or a ticket.
func plainStyle() table.Style {
	style := table.StyleDefault
	style.Format.Header = text.FormatDefault
	style.Options = table.Options{SeparateHeader: true, SeparateRows: false}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	return style
}

// WriteJSON writes the week for scripts; since may be nil.
func (w Week) WriteJSON(out io.Writer, since *Since) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Week         string         `json:"week"`
		Monday       string         `json:"report_week"`
		Totals       []ProjectTotal `json:"totals"`
		Measurements []Measurement  `json:"measurements"`
		Sources      []SourceState  `json:"sources"`
		Since        any            `json:"since"`
	}{isoWeek(w.Monday), w.Monday.Format(time.DateOnly), w.Totals(), w.Measurements, append([]SourceState{}, w.Sources...), since.forJSON()})
}

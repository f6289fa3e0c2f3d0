package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
)

// The columns of a week's table.
const (
	columnBar      = 6
	columnMethods  = 7
	columnBranches = 9
)

// WriteText writes the week as a table by platform, top directory and owner, and
// below it what it lacks.
func (w Week) WriteText(out io.Writer, look Look) error {
	sunday := w.Monday.AddDate(0, 0, 6)
	first := "2 January"
	if w.Monday.Year() != sunday.Year() {
		first += " 2006"
	}
	title := fmt.Sprintf("Coverage in week %s (%s to %s)", isoWeek(w.Monday), w.Monday.Format(first),
		sunday.Format("2 January 2006"))
	if _, err := fmt.Fprintf(out, "%s\n\n", look.title(title)); err != nil {
		return err
	}
	t := look.table("platform", "directory", "files", "lines", "", "", "methods", "", "branches", "")
	for i, m := range w.Measurements {
		if i > 0 {
			t.AppendSeparator()
		}
		t.AppendRow(m.row(look.bold(w.called(m.Project, m.Platform, look)), look.bold(look.name(m.label())), look))
		for _, directory := range m.Directories {
			t.AppendRow(directory.row("", look.name(directory.Directory), look))
		}
		for _, owner := range m.Owners {
			t.AppendRow(owner.row("", "owner "+look.name(owner.Owner), look))
		}
	}
	for _, total := range w.Totals() {
		if total.Platforms > 1 {
			t.AppendSeparator()
			name := "project " + look.name(total.Project)
			if len(total.Carried) > 0 {
				name += ", in part carried over"
			}
			t.AppendRow(total.row(look.bold("all"), look.bold(name), look))
		}
	}
	text := look.fit(t, fitting{right: []int{3, 4, 5, 7, 8, 9, 10}, elastic: 2, bar: columnBar,
		spare: [][]int{{columnBranches, columnBranches + 1}, {columnMethods, columnMethods + 1}}})
	if _, err := fmt.Fprintln(out, text); err != nil {
		return err
	}
	notes := w.notes(look)
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

// called names a platform, with its project if there are several.
func (w Week) called(project, platform string, look Look) string {
	if slices.ContainsFunc(w.Measurements, func(m Measurement) bool { return m.Project != project }) {
		return look.name(project) + " " + look.name(platform)
	}
	return look.name(platform)
}

// notes are the lines below the table.
func (w Week) notes(look Look) (notes []string) {
	for _, m := range w.Measurements {
		name := w.called(m.Project, m.Platform, look)
		if m.RateOnly != nil {
			notes = append(notes, fmt.Sprintf(
				"%s: %d files have a rate and no counts; the mean counts each file once, whatever its size.", name,
				m.RateOnly.Files))
		}
		if !m.Exact {
			notes = append(notes,
				name+": ~ marks sums with a bound or an unproved inference in them (is_exact = false).")
		}
	}
	for _, s := range w.Sources {
		for _, gap := range s.Gaps(look) {
			notes = append(notes, w.called(s.Project, s.Platform, look)+strings.TrimPrefix(gap, look.name(s.Platform)))
		}
	}
	return notes
}

func (m Measurement) label() string {
	label := "total"
	if m.Branch != "" {
		label += " " + m.Branch
	}
	if m.Commit != "" {
		label += "@" + short(m.Commit)
	}
	if m.Build != 0 {
		label += fmt.Sprintf(" #%d", m.Build)
	}
	if m.Carried != "" {
		label += ", from " + m.Carried
	}
	return label
}

func (g Group) row(platform, name string, look Look) table.Row {
	files := fmt.Sprint(g.Files)
	if g.Files == 0 {
		files = ""
	}
	row := table.Row{platform, name, files}
	mark := ""
	if !g.Exact {
		mark = "~"
	}
	for i, c := range []*Count{g.Lines, g.Methods, g.Branches} {
		switch {
		case c != nil:
			row = append(row, fmt.Sprintf("%s%d/%d", mark, c.Covered, c.Total), look.shade(c, c.Percent()))
		case i == 0 && g.RateOnly != nil:
			row = append(row, "mean of files", g.RateOnly.Percent())
		default:
			row = append(row, "", "")
		}
		if i == 0 {
			row = append(row, look.shade(c, bar(c)))
		}
	}
	return row
}

// WriteJSON writes the week for scripts; since may be nil.
func (w Week) WriteJSON(out io.Writer, since *Since) error {
	return writeJSON(out, struct {
		Week         string         `json:"week"`
		Monday       string         `json:"report_week"`
		Totals       []ProjectTotal `json:"totals"`
		Measurements []Measurement  `json:"measurements"`
		Sources      []SourceState  `json:"sources"`
		Since        any            `json:"since"`
	}{isoWeek(w.Monday), w.Monday.Format(time.DateOnly), w.Totals(), w.Measurements,
		append([]SourceState{}, w.Sources...), since.forJSON()})
}

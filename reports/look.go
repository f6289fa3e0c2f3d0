package reports

import (
	"slices"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Look says what the reader's screen can show.
type Look struct {
	Colour   bool
	Markdown bool // tables and titles of a pull request or a wiki; without colours and bars
	Bars     bool // beside percentages
	Width    int  // of the screen in columns; 0: as wide as need be
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

// noMarkup takes the meaning from what Markdown would read as markup, and from the @
// that would call somebody.
var noMarkup = strings.NewReplacer("\\", `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`,
	"<", `\<`, ">", `\>`, "|", `\|`, "~", `\~`, "#", `\#`, "!", `\!`, "&", `\&`, "@", "@\u2060")

// words makes a text safe to show that has names in it, or what another program said.
func (l Look) words(text string) string {
	if text = printable(text); l.Markdown {
		return noMarkup.Replace(text)
	}
	return text
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
	if l.Width > 0 {
		return text.WrapSoft(note, l.Width)
	}
	return note
}

func (l Look) bold(s string) string {
	if !l.Colour || l.Markdown {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

// shade colours what shows a share: green from 80 %, yellow from 50 %.
func (l Look) shade(c *Count, s string) string {
	if !l.Colour || l.Markdown || c == nil || c.Total == 0 || s == "" {
		return s
	}
	colour := "31"
	switch {
	case c.Covered*100 >= c.Total*80:
		colour = "32"
	case c.Covered*100 >= c.Total*50:
		colour = "33"
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// barCells is how long a bar is.
const barCells = 10

// bar draws a share, rounded down to eighths of a cell, so that it is full only if
// all is covered.
func bar(c *Count) string {
	if c == nil || c.Total == 0 {
		return ""
	}
	eighths := int(c.Covered * barCells * 8 / c.Total)
	full := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 {
		full += string([]rune("▏▎▍▌▋▊▉")[part-1])
	}
	return full + strings.Repeat("·", barCells-len([]rune(full)))
}

// table begins a table.
func (l Look) table(header ...any) table.Writer {
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	t.AppendHeader(header)
	return t
}

// fitting says how a table may be made narrower. Columns count from 1.
type fitting struct {
	right   []int   // columns of numbers
	bar     int     // a column that is there only with bars, and goes first; 0: none
	spare   [][]int // columns that may go, together, the first ones first
	elastic int     // the column whose texts may be broken into lines
}

// leastElastic is how narrow the elastic column may become.
const leastElastic = 12

// fit gives a table as text that is no wider than the screen, if that can be.
func (l Look) fit(t table.Writer, f fitting) string {
	var hidden []int
	if f.bar > 0 && (!l.Bars || l.Markdown) {
		hidden = append(hidden, f.bar)
	}
	text := l.with(t, f, hidden, 0)
	if l.Width <= 0 || l.Markdown {
		return text
	}
	if f.bar > 0 && l.Bars {
		f.spare = append([][]int{{f.bar}}, f.spare...)
	}
	for _, spare := range f.spare {
		if widest(text) <= l.Width {
			break
		}
		hidden = append(hidden, spare...)
		text = l.with(t, f, hidden, 0)
	}
	for width := l.Width; widest(text) > l.Width && width >= leastElastic; width -= 2 {
		text = l.with(t, f, hidden, width)
	}
	return l.trim(text)
}

// trim cuts the blanks at the ends of lines, and rules that are too long, which
// would go on in the next line of a screen.
func (l Look) trim(table string) string {
	lines := strings.Split(table, "\n")
	for i, line := range lines {
		if lines[i] = strings.TrimRight(line, " "); strings.Trim(lines[i], "-") == "" {
			lines[i] = line[:min(len(line), l.Width)]
		}
	}
	return strings.Join(lines, "\n")
}

// with renders a table without some columns; elastic is the width of that column,
// 0 for as wide as need be.
func (l Look) with(t table.Writer, f fitting, hidden []int, elastic int) string {
	var columns []table.ColumnConfig
	for n := 1; n <= 10; n++ {
		c := table.ColumnConfig{Number: n, Hidden: slices.Contains(hidden, n)}
		if slices.Contains(f.right, n) {
			c.Align, c.AlignHeader = text.AlignRight, text.AlignRight
		}
		if n == f.elastic && elastic > 0 {
			c.WidthMax, c.WidthMaxEnforcer = elastic, text.WrapSoft
		}
		columns = append(columns, c)
	}
	t.SetColumnConfigs(columns)
	return l.render(t)
}

// widest gives the columns of the longest line, without rules and the blanks at its
// end.
func widest(table string) (columns int) {
	for line := range strings.Lines(table) {
		if line = strings.TrimRight(line, " \n"); strings.Trim(line, "-") != "" {
			columns = max(columns, text.StringWidthWithoutEscSequences(line))
		}
	}
	return columns
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

// plainStyle has no frame, so that a table pastes well into a mail or a ticket.
func plainStyle() table.Style {
	style := table.StyleDefault
	style.Format.Header = text.FormatDefault
	style.Options = table.Options{SeparateHeader: true, SeparateRows: false}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	return style
}

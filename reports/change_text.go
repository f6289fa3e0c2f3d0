package reports

import (
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
)

// Since says what became of a week's measurements since an earlier week.
type Since struct {
	Monday  time.Time // of the earlier week
	Changes []Change
}

// How much a text names of each change.
const (
	mostFiles   = 10
	mostCommits = 10
)

// WriteText writes the causes of each change and the files that did most, and the
// releases and commits in between. The points of the causes sum to that of the
// change, and so do those of all files.
func (s Since) WriteText(out io.Writer, look Look) error {
	several := slices.ContainsFunc(s.Changes, func(c Change) bool { return c.Project != s.Changes[0].Project })
	for _, c := range s.Changes {
		if err := c.writeText(out, several, look); err != nil {
			return err
		}
	}
	return nil
}

// title names what has changed and since when; several: there are other projects.
func (c Change) title(several bool, look Look) string {
	name := look.name(c.Platform)
	switch {
	case c.Platform == "":
		name = "project " + look.name(c.Project)
	case several:
		name = look.name(c.Project) + " " + name
	}
	if c.Branch != "" {
		name += " " + look.name(c.Branch)
	}
	return name + " since " + c.Old.Week
}

func (c Change) writeText(out io.Writer, several bool, look Look) error {
	if c.Account == nil {
		_, err := fmt.Fprintf(out, "\n%s: %s.\n", c.title(several, look), c.None)
		return err
	}
	if err := c.Account.writeText(out, c.title(several, look), c.Notes, look); err != nil {
		return err
	}
	var notes []string
	for _, r := range c.Releases {
		name := look.name(r.Name)
		if c.Platform == "" {
			name = look.name(r.Platform) + " " + name
		}
		notes = append(notes, fmt.Sprintf("released in between: %s, %s", name, r.At.Format("2 January 2006 15:04 UTC")))
	}
	notes = append(notes, c.History.notes(c.Old.Commit, c.New.Commit, look)...)
	if len(notes) > 0 && look.Markdown {
		fmt.Fprintln(out)
	}
	for _, note := range notes {
		if _, err := fmt.Fprintln(out, look.note(note)); err != nil {
			return err
		}
	}
	return nil
}

// notes lists the commits.
func (h *History) notes(older, newer string, look Look) (notes []string) {
	switch {
	case h == nil:
		return nil
	case h.None != "":
		return []string{"renames are guessed, and commits not known: " + look.words(h.None)}
	}
	dropped := ""
	if h.Dropped > 0 {
		dropped = fmt.Sprintf(", and without %s of it", plural(h.Dropped, "commit", "commits"))
	}
	notes = append(notes, fmt.Sprintf("%s in between%s (git log %s..%s)",
		plural(h.Count, "commit", "commits"), dropped, look.words(short(older)), look.words(short(newer))))
	for i, c := range h.Commits {
		if i == mostCommits {
			break
		}
		line := fmt.Sprintf("%s %s %s (%s)", short(c.Hash), c.At.Format(time.DateOnly), look.name(c.Subject),
			look.name(c.Author))
		if !look.Markdown {
			line = "  " + line
		}
		notes = append(notes, line)
	}
	if more := h.Count - min(len(h.Commits), mostCommits); more > 0 {
		notes = append(notes, fmt.Sprintf("  and %d more", more))
	}
	return notes
}

func short(commit string) string { return commit[:min(8, len(commit))] }

// changeFitting gives up what was covered of how many lines on a narrow screen.
func (l Look) changeFitting() fitting {
	f := fitting{right: []int{1}, elastic: 3}
	if l.Width < 60 {
		f.spare = [][]int{{4}}
	}
	return f
}

func (a *Account) writeText(out io.Writer, name string, notes []string, look Look) error {
	causes, whole := a.causePoints()
	title := fmt.Sprintf("%s: %s to %s, %s points", name, a.Old.Percent(), a.New.Percent(), points(whole))
	if _, err := fmt.Fprintf(out, "\n%s\n", look.title(title)); err != nil {
		return err
	}
	if look.Markdown {
		fmt.Fprintln(out)
	}
	said := a.because(look)
	for _, note := range notes {
		said = append(said, look.words(note))
	}
	for _, note := range said {
		fmt.Fprintln(out, look.note(note+"."))
	}
	if len(a.Parts) == 0 {
		return nil
	}
	if look.Markdown {
		fmt.Fprintln(out)
	}
	t := look.table("points", "cause", "what", "lines")
	for i, c := range a.Causes {
		t.AppendRow(table.Row{look.points(causes[i]), string(c.Cause), c.size(), ""})
	}
	t.AppendSeparator()
	if look.Markdown { // its tables have no such line
		if _, err := fmt.Fprintf(out, "%s\n\n", look.fit(t, look.changeFitting())); err != nil {
			return err
		}
		t = look.table("points", "cause", "what", "lines")
	}
	parts, _ := a.partPoints()
	for i, p := range a.Parts {
		if i == mostFiles {
			t.AppendRow(table.Row{"", "", fmt.Sprintf("and %s more", filesOf(len(a.Parts)-mostFiles)), ""})
			break
		}
		t.AppendRow(table.Row{look.points(parts[i]), string(p.Cause), p.what(look),
			p.Old.short() + " to " + p.New.short()})
	}
	_, err := fmt.Fprintln(out, look.fit(t, look.changeFitting()))
	return err
}

// what names the file of a part.
func (p Part) what(look Look) string {
	what := look.name(p.shown())
	if p.Module != "" {
		what += " in " + look.name(p.Module)
	}
	var more []string
	switch {
	case p.Was != "" && p.Guessed:
		more = append(more, "it seems to have been "+look.name(p.Was))
	case p.Was != "":
		more = append(more, "it was "+look.name(p.Was))
	}
	owners := strings.Join(p.Owners, " ")
	switch {
	case owners == "":
	case p.Cause == MovedIn:
		more = append(more, "from "+look.name(owners))
	case p.Cause == MovedOut:
		more = append(more, "to "+look.name(owners))
	}
	if len(more) > 0 {
		what += " (" + strings.Join(more, "; ") + ")"
	}
	return what
}

// Because gives the cause that did most in the direction of the change, and the
// file that did most of it; false if nothing has changed.
func (a *Account) Because() (CauseSum, Part, bool) {
	for _, c := range a.Causes {
		if c.Share.Sign()*a.Change.Sign() <= 0 {
			continue
		}
		for _, p := range a.Parts {
			if p.Cause == c.Cause && p.Share.Sign() == c.Share.Sign() {
				return c, p, true
			}
		}
	}
	return CauseSum{}, Part{}, false
}

// because says why in one sentence, without its full stop.
func (a *Account) because(look Look) []string {
	cause, first, is := a.Because()
	if !is {
		return nil
	}
	causes, _ := a.causePoints()
	did := ""
	for i, c := range a.Causes {
		if c.Cause == cause.Cause {
			did = points(causes[i])
		}
	}
	verb := "It rose"
	if a.Change.Sign() < 0 {
		verb = "It fell"
	}
	where := "in " + first.what(look)
	if cause.Files > 1 {
		where = fmt.Sprintf("in %s, most of it in %s", cause.size(), first.what(look))
	}
	return []string{fmt.Sprintf("%s, above all through %s: %s points %s, %s to %s lines",
		verb, string(cause.Cause), did, where, first.Old.short(), first.New.short())}
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

// points colours them on a terminal: losses red, gains green.
func (l Look) points(hundredths int64) string {
	text := points(hundredths)
	if !l.Colour || l.Markdown || hundredths == 0 {
		return text
	}
	if hundredths < 0 {
		return "\x1b[31m" + text + "\x1b[0m"
	}
	return "\x1b[32m" + text + "\x1b[0m"
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

package reports

import (
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
)

// Gate is what became of all rules of a week.
type Gate struct {
	Monday, Earlier time.Time // Earlier is zero if there is none
	Rulings         []Ruling
}

// Has tells whether one of the rulings has one of these verdicts.
func (g Gate) Has(verdicts ...Verdict) bool {
	for _, r := range g.Rulings {
		for _, v := range verdicts {
			if r.Verdict == v {
				return true
			}
		}
	}
	return false
}

// What names what a rule is about: "lines of @cart in src/Cart on php".
func (r Rule) what(look Look) string {
	what := string(r.Metric)
	if r.Owner != "" {
		what += " of " + look.name(r.Owner)
	}
	if r.Directory != "" {
		what += " in " + look.name(r.Directory)
	}
	if r.Platform != "" {
		what += " on " + look.name(r.Platform)
	}
	return what
}

// limits gives what a rule allows.
func (r Rule) limits() string {
	var limits []string
	if r.Floor != nil {
		limits = append(limits, "floor "+decimal(r.Floor)+" %")
	}
	if r.MaxFall != nil {
		limits = append(limits, "fall at most "+decimal(r.MaxFall))
	}
	return strings.Join(limits, ", ")
}

// decimal writes a number as the configuration has it.
func decimal(r *big.Rat) string {
	digits, _ := r.FloatPrec()
	return r.FloatString(digits)
}

// WriteText writes a table of the rules, and below it why those that do not hold
// do not, with the files that did it.
func (g Gate) WriteText(out io.Writer, look Look) error {
	title := "Gate of " + isoWeek(g.Monday)
	if !g.Earlier.IsZero() {
		title += " against " + isoWeek(g.Earlier)
	}
	if _, err := fmt.Fprintf(out, "%s\n\n", look.title(title)); err != nil {
		return err
	}
	t := look.table("verdict", "rule", "limit", "now", "", "before", "")
	for _, r := range g.Rulings {
		t.AppendRow(table.Row{look.verdict(r.Verdict), r.what(look), r.limits(),
			r.New.orNothing(), r.New.Percent(), r.Old.orNothing(), r.Old.Percent()})
	}
	if _, err := fmt.Fprintln(out, look.fit(t,
		fitting{right: []int{4, 5, 6, 7}, elastic: 2, spare: [][]int{{6, 7}, {3}}})); err != nil {
		return err
	}
	for _, r := range g.Rulings {
		if err := r.writeWhy(out, look); err != nil {
			return err
		}
	}
	return nil
}

func (c *Count) orNothing() string {
	if c == nil {
		return ""
	}
	return c.short()
}

func (l Look) verdict(v Verdict) string {
	if !l.Colour || l.Markdown {
		return string(v)
	}
	colour := map[Verdict]string{Holds: "32", Broken: "1;31", Undecided: "33", NoData: "33"}[v]
	return "\x1b[" + colour + "m" + string(v) + "\x1b[0m"
}

func (r Ruling) writeWhy(out io.Writer, look Look) error {
	if len(r.Why) == 0 {
		return nil
	}
	if _, err := fmt.Fprintf(out, "\n%s, %s: %s: %s.\n", r.what(look), r.limits(), look.verdict(r.Verdict),
		look.words(strings.Join(r.Why, "; "))); err != nil {
		return err
	}
	if look.Markdown && len(r.Files) > 0 {
		fmt.Fprintln(out)
	}
	for i, p := range r.Files {
		line := fmt.Sprintf("%s %s: %s", p.New.short(), look.name(p.shown()), p.Cause)
		if p.Share != nil {
			share := new(big.Rat).Mul(p.Share, hundred)
			line = fmt.Sprintf("%s %s, %s: %s to %s", share.FloatString(2), p.what(look), p.Cause,
				p.Old.short(), p.New.short())
		}
		if i == mostFiles {
			line = fmt.Sprintf("and %s more", filesOf(len(r.Files)-i))
		}
		if !look.Markdown {
			line = "  " + line
		}
		if _, err := fmt.Fprintln(out, look.note(line)); err != nil || i == mostFiles {
			return err
		}
	}
	return nil
}

// rulingJSON is a ruling for scripts.
type rulingJSON struct {
	Verdict   Verdict    `json:"verdict"`
	Owner     string     `json:"owner,omitempty"`
	Directory string     `json:"directory,omitempty"`
	Platform  string     `json:"platform,omitempty"`
	Metric    Metric     `json:"metric"`
	Floor     string     `json:"floor,omitempty"`
	MaxFall   string     `json:"max_fall,omitempty"`
	New       *Count     `json:"now"`
	Old       *Count     `json:"before"`
	Why       []string   `json:"why"`
	Files     []partJSON `json:"files"`
}

// WriteJSON writes the same for scripts, with all files.
func (g Gate) WriteJSON(out io.Writer) error {
	rulings := []rulingJSON{}
	for _, r := range g.Rulings {
		j := rulingJSON{Verdict: r.Verdict, Owner: r.Owner, Directory: r.Directory,
			Platform: r.Platform, Metric: r.Metric,
			New: r.New, Old: r.Old, Why: append([]string{}, r.Why...), Files: []partJSON{}}
		if r.Floor != nil {
			j.Floor = decimal(r.Floor)
		}
		if r.MaxFall != nil {
			j.MaxFall = decimal(r.MaxFall)
		}
		for _, p := range r.Files {
			j.Files = append(j.Files, p.forJSON())
		}
		rulings = append(rulings, j)
	}
	against := ""
	if !g.Earlier.IsZero() {
		against = isoWeek(g.Earlier)
	}
	return writeJSON(out, struct {
		Week    string       `json:"week"`
		Against string       `json:"against"` // empty: there is no earlier week
		Broken  bool         `json:"broken"`
		Rules   []rulingJSON `json:"rules"`
	}{isoWeek(g.Monday), against, g.Has(Broken), rulings})
}

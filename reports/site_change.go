package reports

import (
	"fmt"
	"math/big"
	"strings"
)

// changeView is why a share changed: a waterfall, and the files that did it.
type changeView struct {
	Label    string
	None     string // why there is no account; all else is empty then
	Old, New Count
	Change   *moveView
	Mainly   string // the greatest cause in that direction, in words
	Steps    []step
	Parts    []partView // the first of them
	More     int        // how many are not shown
	Notes    []string   // sentences
	Releases []string
	Commits  []string
}

// step is a row of a waterfall. Places are per cent of its width.
type step struct {
	Label, Files string
	Value        string // points of a cause, or the share at the begin and the end
	Class        string // up, down or level
	X, Width     string
	From         string // where the bar above ended
}

type partView struct {
	Points, Class string
	Label         string // of the platform, if there are several
	Path, Cause   string
	More          string // what it was called, or who has it
	Old, New      string
}

// How many files a change names.
const (
	mostInOverview = 25
	mostOfOwner    = 250
	firstParts     = 8 // are seen at once
)

// First gives the files that are seen at once, Rest those that unfold.
func (c changeView) First() []partView { return c.Parts[:min(firstParts, len(c.Parts))] }
func (c changeView) Rest() []partView  { return c.Parts[min(firstParts, len(c.Parts)):] }

// changeView shows what became of a measurement, or of a project.
func (s *Site) changeView(c Change) changeView {
	label := s.labelOf(c.Project, c.Platform, c.Branch)
	if c.Platform == "" {
		label = "all platforms"
		if s.Project == "" {
			label = printable(c.Project) + ", all platforms"
		}
	}
	v := viewOf(label, c.Account, c.None, c.Old.Week, mostInOverview)
	if c.Platform != "" {
		v.forget()
	}
	v.note(c, c.Platform == "")
	return v
}

// forget leaves out the platforms of files, where there is only one.
func (v *changeView) forget() {
	for i := range v.Parts {
		v.Parts[i].Label = ""
	}
}

// note adds what is known beside the numbers.
func (v *changeView) note(c Change, several bool) {
	platform := ""
	if several && c.Platform != "" {
		platform = printable(c.Platform) + ": "
	}
	for _, note := range c.Notes {
		v.Notes = append(v.Notes, platform+printable(note)+".")
	}
	for _, r := range c.Releases {
		v.Releases = append(v.Releases, fmt.Sprintf("%s %s, %s",
			printable(r.Platform), printable(r.Name), r.At.Format("2 January 2006")))
	}
	for _, note := range c.History.notes(c.Old.Commit, c.New.Commit, Look{}) {
		v.Commits = append(v.Commits, platform+strings.TrimSpace(note))
	}
}

// viewOf shows an account; nil for none, and why.
func viewOf(label string, a *Account, none, since string, most int) changeView {
	if a == nil {
		return changeView{Label: label, None: none}
	}
	causes, whole := a.causePoints()
	v := changeView{Label: label, Old: a.Old, New: a.New, Change: moveOf(whole, since)}
	v.Steps = waterfall(a, causes, since)
	for i, c := range a.Causes {
		if whole != 0 && causes[i] != 0 && (causes[i] < 0) == (whole < 0) && v.Mainly == "" {
			v.Mainly = fmt.Sprintf("%s in %s (%s)", c.Cause, c.size(), pointsTypeset(causes[i]))
		}
	}
	points, _ := a.partPoints()
	for i, p := range a.Parts {
		if i == most {
			v.More = len(a.Parts) - most
			break
		}
		v.Parts = append(v.Parts, partView{
			Points: pointsTypeset(points[i]), Class: moveOf(points[i], "").Class, Label: printable(p.Platform),
			Path: p.shown(), More: strings.TrimSpace(strings.TrimPrefix(p.what(Look{}), p.shown())),
			Cause: string(p.Cause), Old: p.Old.short(), New: p.New.short(),
		})
	}
	return v
}

// waterfall goes from the old share over the causes to the new one.
func waterfall(a *Account, points []int64, since string) []step {
	at := float64(a.Old.Covered) / float64(a.Old.Total)
	low, high := at, at
	for _, c := range a.Causes {
		share, _ := c.Share.Float64()
		at += share
		low, high = min(low, at), max(high, at)
	}
	pad := max((high-low)*0.15, 0.002)
	low, high = max(0, low-pad), min(1, high+pad)
	place := func(share float64) float64 { return 100 * (share - low) / (high - low) }
	level := func(label string, c Count) step {
		share := float64(c.Covered) / float64(c.Total)
		return step{Label: label, Value: c.Percent(), Class: "level", X: "0", Width: fmt.Sprintf("%.2f", place(share))}
	}
	steps := []step{level(since, a.Old)}
	running := big.NewRat(a.Old.Covered, a.Old.Total)
	for i, c := range a.Causes {
		before, _ := running.Float64()
		running.Add(running, c.Share)
		after, _ := running.Float64()
		steps = append(steps, step{
			Label: string(c.Cause), Files: c.size(), Value: pointsTypeset(points[i]),
			Class: moveOf(points[i], "").Class,
			X:     fmt.Sprintf("%.2f", place(min(before, after))),
			Width: fmt.Sprintf("%.2f", max(0.4, place(max(before, after))-place(min(before, after)))),
			From:  fmt.Sprintf("%.2f", place(before)),
		})
	}
	end := level("this week", a.New)
	end.From = end.Width
	return append(steps, end)
}

// pointsTypeset writes hundredths of a point with a true minus sign.
func pointsTypeset(hundredths int64) string {
	return strings.Replace(points(hundredths), "-", "−", 1)
}

package reports

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// overviewBody is the first page.
type overviewBody struct {
	Cards       []card
	Alerts      []string // what the week lacks
	Sources     []sourceView
	Releases    []releaseView // the newest first
	Trend       trendData
	Changes     []changeView
	Owners      []*ownerView
	Tree        *treeData
	Directories []directoryView
}

// card is a measurement, or all of a project, in one look.
type card struct {
	Label, Detail string
	Lines         *Count
	Change        *moveView
	Methods       *Count
	Branches      *Count
	Files         int64
	RateOnly      *RateOnly
	Exact         bool
	Carried       string // what of it is of an earlier week
	Spark         sparkline
}

// moveView is a change in points of per cent.
type moveView struct {
	Points string // +0.16
	Size   string // 0.16
	Class  string // up, down or level
	Word   string // rose, fell or stayed
	Since  string // ISO week
}

// moveOf is how much a share moved, in hundredths of a point.
func moveOf(hundredths int64, since string) *moveView {
	c := &moveView{
		Points: pointsTypeset(hundredths), Size: points(max(hundredths, -hundredths)),
		Class: "level", Word: "stayed", Since: since,
	}
	c.Size = strings.TrimPrefix(c.Size, "+")
	switch {
	case hundredths > 0:
		c.Class, c.Word = "up", "rose"
	case hundredths < 0:
		c.Class, c.Word = "down", "fell"
	}
	return c
}

// Capital is the word at the begin of a sentence.
func (c *moveView) Capital() string { return strings.ToUpper(c.Word[:1]) + c.Word[1:] }

// changeBetween is the change of a share, rounded; nil if one of the two is not
// known.
func changeBetween(before, after *Count, since string) *moveView {
	if before == nil || after == nil || before.Total == 0 || after.Total == 0 {
		return nil
	}
	moved := new(big.Rat).Sub(big.NewRat(after.Covered, after.Total), big.NewRat(before.Covered, before.Total))
	_, sum := Points([]*big.Rat{moved})
	return moveOf(sum, since)
}

// label decides how measurements are called: by platform, and by project and
// branch as far as they differ.
func (s *Site) label() {
	type platform struct{ project, platform string }
	projects, branches := map[string]bool{}, map[platform]map[string]bool{}
	note := func(project, name, branch string) {
		projects[project] = true
		at := platform{project, name}
		if branches[at] == nil {
			branches[at] = map[string]bool{}
		}
		branches[at][branch] = true
	}
	for _, h := range s.Trends.Series {
		note(h.Project, h.Platform, h.Branch)
	}
	for _, m := range s.Week.Measurements {
		note(m.Project, m.Platform, m.Branch)
	}
	s.labelOf = func(project, name, branch string) string {
		text := name
		if len(projects) > 1 {
			text = project + " " + text
		}
		if len(branches[platform{project, name}]) > 1 && branch != "" {
			text += " " + branch
		}
		return printable(text)
	}
}

func (s *Site) called(m Measurement) string { return s.labelOf(m.Project, m.Platform, m.Branch) }

func (s *Site) since() string {
	if s.Earlier == nil {
		return ""
	}
	return isoWeek(s.Earlier.Monday)
}

// points gives the history of one series; nil for none.
func (s *Site) points(project, platform, branch, owner string) []Point {
	for _, h := range s.Trends.Series {
		if h.Project == project && h.Platform == platform && h.Branch == branch && h.Owner == owner {
			return h.Points
		}
	}
	return nil
}

func (s *Site) overview(owners []*ownerView) overviewBody {
	body := overviewBody{Owners: owners, Tree: s.tree()}
	body.Alerts, body.Sources = s.sources()
	body.Releases = s.releases()
	body.Trend = s.trend(func(h Series) bool { return h.Owner == "" })
	for _, total := range s.Week.Totals() {
		if total.Platforms > 1 {
			body.Cards = append(body.Cards, s.totalCard(total))
		}
	}
	for _, m := range s.Week.Measurements {
		c := card{
			Label: s.called(m), Detail: m.origin(), Lines: m.Lines, Methods: m.Methods, Branches: m.Branches,
			Files: m.Files, RateOnly: m.RateOnly, Exact: m.Exact,
			Spark: spark(s.points(m.Project, m.Platform, m.Branch, "")),
		}
		if m.Carried != "" {
			c.Carried = "carried over from " + m.Carried
		}
		c.Change = s.changeOf(m.Project, m.Platform, m.Branch)
		body.Cards = append(body.Cards, c)
		body.Directories = append(body.Directories, s.directories(m)...)
	}
	if s.Since != nil {
		for _, c := range s.Since.Changes {
			body.Changes = append(body.Changes, s.changeView(c))
		}
	}
	return body
}

// totalCard is all platforms of a project.
func (s *Site) totalCard(total ProjectTotal) card {
	c := card{
		Label: "all platforms", Lines: total.Lines, Methods: total.Methods, Branches: total.Branches,
		Files: total.Files, RateOnly: total.RateOnly, Exact: total.Exact, Change: s.changeOf(total.Project, "", ""),
	}
	if s.Project == "" {
		c.Label = printable(total.Project) + ", all platforms"
	}
	c.Spark = spark(s.Trends.together(func(h Series) bool { return h.Project == total.Project && h.Owner == "" }))
	if len(total.Carried) > 0 {
		c.Carried = "with " + printable(strings.Join(total.Carried, ", ")) + " carried over"
	}
	return c
}

// changeOf is how much a measurement has moved, or a project if there is no
// platform; nil if that is not known.
func (s *Site) changeOf(project, platform, branch string) *moveView {
	if s.Since == nil {
		return nil
	}
	for _, c := range s.Since.Changes {
		if c.Project == project && c.Platform == platform && c.Branch == branch && c.Account != nil {
			_, sum := Points([]*big.Rat{c.Account.Change})
			return moveOf(sum, c.Old.Week)
		}
	}
	return nil
}

// origin says what was measured.
func (m Measurement) origin() string {
	text := printable(m.Branch)
	if m.Commit != "" {
		text += "@" + printable(short(m.Commit))
	}
	if m.Build != 0 {
		text += fmt.Sprintf(" #%d", m.Build)
	}
	return text
}

// filesBody is the page of files, as far as it can be read without scripts.
type filesBody struct {
	Count     int
	Platforms []string
	Owners    []string
	Worst     []worstFile // those with most lines that no test runs
}

type worstFile struct {
	Label, Path string
	Lines       Count
}

// mostWithoutScripts is how many files the page lists for those without scripts.
const mostWithoutScripts = 200

func (s *Site) filesBody(data filesData) filesBody {
	body := filesBody{Count: len(data.Base), Platforms: data.Measurements}
	names := map[string]bool{}
	for _, m := range s.Week.Measurements {
		body.Worst = append(body.Worst, worst(s.called(m), m.files, mostWithoutScripts)...)
		for _, o := range m.Owners {
			if !names[o.Owner] {
				names[o.Owner] = true
				body.Owners = append(body.Owners, printable(o.Owner))
			}
		}
	}
	slices.Sort(body.Owners)
	body.Worst = mostMissed(body.Worst, mostWithoutScripts)
	return body
}

// worst gives the files with most lines that no test runs.
func worst(label string, files []file, most int) (found []worstFile) {
	for _, f := range files {
		if f.path != "" && f.linesTotal.Valid && f.linesCovered.Valid && f.linesCovered.Int64 < f.linesTotal.Int64 {
			found = append(found, worstFile{label, printable(f.path), Count{f.linesCovered.Int64, f.linesTotal.Int64}})
		}
	}
	return mostMissed(found, most)
}

func mostMissed(files []worstFile, most int) []worstFile {
	slices.SortStableFunc(files, func(x, y worstFile) int {
		return cmp.Compare(y.Lines.missed(), x.Lines.missed())
	})
	return files[:min(most, len(files))]
}

func (c Count) missed() int64 { return c.Total - c.Covered }

// Missed is how many lines of the file no test runs.
func (w worstFile) Missed() int64 { return w.Lines.missed() }

// grouped writes a whole number with thin spaces between thousands.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

// Whole is the share in per cent with one digit, for drawing; "0" if there is none.
func (c *Count) Whole() string {
	if c == nil || c.Total == 0 {
		return "0"
	}
	return fmt.Sprintf("%.1f", float64(c.Covered*1000/c.Total)/10)
}

package reports

import (
	"fmt"
	"strings"
	"time"
)

// cut gives the first entries of a list and how many are left.
func cut[T any](all []T, most int) (shown []T, rest int) {
	if len(all) <= most+1 { // a rest of one is as long as that one
		return all, 0
	}
	return all[:most], len(all) - most
}

// moreFiles is what the files that are not named did together.
type moreFiles struct {
	files  int
	points int64
}

// files gives the files that moved the share most, and the rest, which sum to the
// change together.
func (d *Digest) files(most int) (shown []FileMove, rest moreFiles) {
	shown, rest.files = cut(d.Files, most)
	for _, f := range d.Files[len(shown):] {
		rest.points += f.Points
	}
	return shown, rest
}

// gaps says in sentences what is missing and since when.
func (d *Digest) gaps() (gaps []string) {
	for _, s := range d.Sources {
		gaps = append(gaps, s.Gaps(Look{})...)
	}
	return gaps
}

// basis is whose share the points are of.
func (d *Digest) basis() string {
	if d.Owner != "" {
		return printable(d.Owner) + "'s share"
	}
	return "the share of " + printable(d.Project)
}

// who is thanked.
func (t Thanks) who() string {
	if t.Owner == "" {
		return "whoever looked after files without an owner"
	}
	return printable(t.Owner)
}

// sentence thanks for what was done.
func (t Thanks) sentence() string {
	return fmt.Sprintf("%s: %s (%s points)", t.who(), t.did(), points(t.Points))
}

// did says what was done, and where most of it.
func (t Thanks) did() string {
	lines := numbered(int(t.Covered), "more line") + " covered in "
	if t.Files == 1 {
		return lines + t.Best.what()
	}
	return lines + numbered(t.Files, "file") + ", most in " + t.Best.what()
}

// why names the cause that moved an owner's share most in the direction in which it
// went, and the file that did most of it.
func (o OwnerWeek) why() string {
	switch {
	case o.Came:
		return "new"
	case o.Account == nil && o.Old != nil:
		return "no lines any more"
	case o.Account == nil, len(o.Account.Parts) == 0:
		return ""
	}
	_, p, is := o.Account.Because()
	if !is { // the parts are as much up as down
		p = o.Account.Parts[0]
	}
	return fmt.Sprintf("%s: %s", p.Cause, p.shown())
}

// restOfOwners sums up owners that are not named.
func restOfOwners(owners []OwnerWeek) string {
	var up, down, same int
	for _, o := range owners {
		switch {
		case o.Points > 0:
			up++
		case o.Points < 0:
			down++
		default:
			same++
		}
	}
	return fmt.Sprintf("and %s: %s up, %s down, %s unchanged or new", numbered(len(owners), "more owner"),
		thousands(int64(up)), thousands(int64(down)), thousands(int64(same)))
}

func linesOfFiles(files []FileMove) (lines int64) {
	for _, f := range files {
		lines += f.New.Total
	}
	return lines
}

// percent is the share of a platform, or the mean rate of its files.
func (p PlatformWeek) percent() string {
	if p.Lines == nil && p.RateOnly != nil {
		return p.RateOnly.Percent()
	}
	return p.Lines.Percent()
}

// was is the share before.
func (p PlatformWeek) was() string {
	switch {
	case p.Came:
		return "new"
	case p.Old == nil:
		return ""
	}
	return "was " + p.Old.Percent()
}

// detail says what the share is of.
func (p PlatformWeek) detail() string {
	switch {
	case p.Lines == nil && p.RateOnly == nil:
		return "no counts of lines"
	case p.Lines == nil:
		return fmt.Sprintf("mean of %s, each counted once", filesOf(int(p.RateOnly.Files)))
	}
	mark := ""
	if !p.Exact {
		mark = "about "
	}
	text := fmt.Sprintf("%s%s of %s lines", mark, thousands(p.Lines.Covered), thousands(p.Lines.Total))
	if p.Commits > 0 {
		text += ", " + numbered(p.Commits, "commit")
	}
	return text
}

// label names the build.
func (p PlatformWeek) label() string {
	return strings.TrimLeft(strings.TrimPrefix(p.Measurement.label(), "total"), " ,")
}

// days writes "16 to 22 November 2026".
func days(monday time.Time) string {
	sunday := monday.AddDate(0, 0, 6)
	first := "2"
	if monday.Month() != sunday.Month() {
		first += " January"
	}
	if monday.Year() != sunday.Year() {
		first += " 2006"
	}
	return monday.Format(first) + " to " + sunday.Format("2 January 2006")
}

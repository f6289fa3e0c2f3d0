package reports

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Links are templates of addresses: {project}, {week}, {platform}, {commit},
// {path} and {owner} in them stand for what is linked. Those that are empty give
// no link.
type Links struct {
	Dashboard, Owner, File string
	Paths                  map[string]string // platform -> its folder in the repository, before {path}
}

func (l Links) dashboard(d *Digest) string {
	return fill(l.Dashboard, "{project}", d.Project, "{week}", isoWeek(d.Monday))
}

// owner links an owner's page; without a template that of the dashboard, if its
// address is that of a folder.
func (l Links) owner(d *Digest, owner string) string {
	if folder := l.dashboard(d); l.Owner == "" && strings.HasSuffix(folder, "/") {
		return folder + ownerPage(d.Project, owner)
	}
	return fill(l.Owner, "{project}", d.Project, "{week}", isoWeek(d.Monday), "{owner}", owner)
}

// file links a file where it is now; one that is gone has no link.
func (l Links) file(d *Digest, f FileMove) string {
	if f.New == nil || f.Path == "" || strings.Contains(l.File, "{commit}") && f.Commit == "" {
		return ""
	}
	path := f.Path
	if folder := l.Paths[f.Platform]; folder != "" && folder != "." {
		path = folder + "/" + path
	}
	return fill(l.File, "{project}", d.Project, "{week}", isoWeek(d.Monday),
		"{platform}", f.Platform, "{commit}", f.Commit, "{path}", path)
}

// fill puts values into a template, escaped so that none ends its part of the
// address; a path keeps its slashes.
func fill(template string, pairs ...string) string {
	for i := 1; i < len(pairs); i += 2 {
		pairs[i] = strings.ReplaceAll(url.PathEscape(pairs[i]), "%2F", "/")
		if pairs[i-1] != "{path}" {
			pairs[i] = strings.ReplaceAll(pairs[i], "/", "%2F")
		}
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// Subject is the number and its change in one line, and what is missing.
func (d *Digest) Subject() string {
	name := d.Project
	if d.Owner != "" {
		name = d.Owner + " in " + name
	}
	subject := fmt.Sprintf("%s %s: ", printable(name), isoWeek(d.Monday))
	switch {
	case d.Share == nil && d.double():
		subject += "coverage, without a total"
	case d.Share == nil:
		subject += "coverage, without line counts"
	case d.Account != nil:
		subject += fmt.Sprintf("%s of lines covered, %s", d.Share.Percent(), d.Moved())
	default:
		subject += d.Share.Percent() + " of lines covered"
	}
	if missing := d.missing(); len(missing) > 0 {
		subject += " (" + printable(strings.Join(missing, ", ")) + " missing)"
	}
	return subject
}

// double tells whether a platform was measured on two branches.
func (d *Digest) double() bool {
	there := map[string]bool{}
	for _, p := range d.Platforms {
		if there[p.Platform] {
			return true
		}
		there[p.Platform] = true
	}
	return false
}

// missing names the platforms that were not measured this week.
func (d *Digest) missing() (names []string) {
	for _, s := range d.Sources {
		if s.State == Carried || s.State == Stale || s.State == Never {
			names = append(names, s.Platform)
		}
	}
	return names
}

// Points gives the change of the share in hundredths of a point, and the parts
// of its causes, which sum to it.
func (d *Digest) Points() (whole int64, causes []int64) {
	causes, whole = d.Account.causePoints()
	return whole, causes
}

// Moved says how far the share moved: "up 0.42 points".
func (d *Digest) Moved() string {
	switch whole, _ := d.Points(); {
	case whole > 0:
		return "up " + strings.TrimPrefix(points(whole), "+") + " points"
	case whole < 0:
		return "down " + strings.TrimPrefix(points(whole), "-") + " points"
	case d.Account.Change.Sign() != 0:
		return "changed by less than 0.01 points"
	}
	return "unchanged"
}

// sentence tells the number, in a sentence or two.
func (d *Digest) sentence() string {
	if d.Share == nil && d.double() {
		return "There is no share of the whole: " + twoBranches + "."
	}
	if d.Share == nil {
		return "No platform has counts of lines this week, so there is no share."
	}
	text := fmt.Sprintf("%s of %s lines are covered", thousands(d.Share.Covered), thousands(d.Share.Total))
	switch {
	case d.Account == nil:
		return text + ". There is nothing to compare with: " + d.None + "."
	case d.Account.Change.Sign() == 0:
		return fmt.Sprintf("%s, the same share as in %s.", text, isoWeek(d.Earlier))
	}
	return fmt.Sprintf("%s. In %s it was %s.", text, isoWeek(d.Earlier), d.Account.Old.Percent())
}

// scope says of which platforms the number is, where it is not of all, and what a
// reader must know of the two weeks besides what is missing.
func (d *Digest) scope() string {
	var in, rates, nothing, notes []string
	for _, p := range d.Platforms {
		switch {
		case p.Lines != nil:
			in = append(in, p.Platform)
		case p.RateOnly != nil:
			rates = append(rates, p.Platform)
		default:
			nothing = append(nothing, p.Platform)
		}
	}
	if of := "The number is of " + strings.Join(in, " and "); len(in) > 0 {
		if len(rates) > 0 {
			notes = append(notes,
				of+"; of "+strings.Join(rates, " and ")+" only rates are known, and no counts of lines.")
		}
		if len(nothing) > 0 {
			notes = append(notes, of+"; of "+strings.Join(nothing, " and ")+" no counts of lines are known.")
		}
	}
	for _, note := range d.Notes {
		carried := slices.ContainsFunc(d.Sources, func(s SourceState) bool {
			return s.State == Carried && (d.Platform != "" || strings.HasPrefix(note, s.Platform+": "))
		})
		if !carried { // that is said of it already
			notes = append(notes, note+".")
		}
	}
	return printable(strings.Join(notes, " "))
}

// names are the owners of a file, without those that stand for nobody.
func (f FileMove) names() string {
	return strings.Join(slices.DeleteFunc(slices.Clone(f.Names), nobody), ", ")
}

// nobody tells whether an owner stands for nobody: (unowned), (unmatched).
func nobody(owner string) bool { return strings.HasPrefix(owner, "(") }

// what names a file, with its earlier name.
func (f FileMove) what() string {
	switch {
	case f.Guessed:
		return printable(f.Path + " (it seems to have been " + f.Was + ")")
	case f.Was != "":
		return printable(f.Path + " (was " + f.Was + ")")
	}
	return f.shown()
}

// lines tells how many lines ran before and run now.
func (f FileMove) lines() string {
	switch {
	case f.Old == nil:
		return f.New.short()
	case f.New == nil:
		return "was " + f.Old.short()
	}
	return f.Old.short() + " to " + f.New.short()
}

// thousands writes 31,800.
func thousands(n int64) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// numbered writes "1 file" or "12 files".
func numbered(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return thousands(int64(n)) + " " + thing + "s"
}

package reports

import (
	"cmp"
	"path"
	"slices"
)

// Standing is what one file was in one week, or the total of a build whose files are
// not known.
type Standing struct {
	Platform, Module, Path string // Path is empty for the total of a build
	Lines                  *Count // nil: not known
	How                    How
	Owners                 []string
	In                     bool   // it is of the group whose share is explained
	Was                    string // its path in the earlier week, as the repository knows; "": the same, or none
	Known                  bool   // the repository was asked, so that nothing is guessed
}

// name is what a file is found by.
type name struct{ platform, module, path string }

func (s *Standing) name() name { return name{s.Platform, s.Module, s.Path} }

// anywhere names the file as it was called in the earlier week, in any module.
func (s *Standing) anywhere() name { return name{s.Platform, "", cmp.Or(s.Was, s.Path)} }

// counts tells whether a file is in the share of the group.
func (s *Standing) counts() bool { return s != nil && s.In && s.Lines != nil }

// pair is one file in both weeks; nil where it was not there.
type pair struct {
	before, after *Standing
	guessed       bool
}

// pairs finds each file again: by platform, module and path, then by the path that
// it had as the repository knows it, then by path in another module, if it went
// from one module and came in one. Where no repository was asked, those that are
// left are found by base name and number of lines, if only one file went and one
// came that has both. Each file is in one pair.
func pairs(before, after []Standing) (all []pair) {
	old := map[name]*Standing{}
	for i := range before {
		old[before[i].name()] = &before[i]
	}
	find := func(f *Standing, at name) bool {
		was := old[at]
		if was != nil {
			all = append(all, pair{before: was, after: f})
			delete(old, at)
		}
		return was != nil
	}
	var left []*Standing
	for i := range after {
		if !find(&after[i], after[i].name()) {
			left = append(left, &after[i])
		}
	}
	left = slices.DeleteFunc(left, func(f *Standing) bool {
		return f.Was != "" && find(f, name{f.Platform, f.Module, f.Was})
	})
	gone, come := map[name][]*Standing{}, map[name]int{} // without module
	for _, was := range old {
		gone[was.anywhere()] = append(gone[was.anywhere()], was)
	}
	for _, f := range left {
		come[f.anywhere()]++
	}
	left = slices.DeleteFunc(left, func(f *Standing) bool {
		at := f.anywhere()
		return len(gone[at]) == 1 && come[at] == 1 && find(f, gone[at][0].name())
	})
	guess := guesses{}
	for _, f := range left {
		if !guess.add(f, false) {
			all = append(all, pair{after: f})
		}
	}
	for _, was := range old {
		if !guess.add(was, true) {
			all = append(all, pair{before: was})
		}
	}
	return append(all, guess.pairs()...)
}

// look is what a file is guessed by.
type look struct {
	platform, base string
	lines          int64
}

// guesses are files that went and files that came, by their look.
type guesses map[look]*struct{ gone, come []*Standing }

// add takes a file, unless it looks like any other or nothing is to be guessed.
func (g guesses) add(s *Standing, gone bool) bool {
	if s.Known || s.Lines == nil || s.Lines.Total == 0 || s.Path == "" {
		return false
	}
	at := look{s.Platform, path.Base(s.Path), s.Lines.Total}
	if g[at] == nil {
		g[at] = &struct{ gone, come []*Standing }{}
	}
	if gone {
		g[at].gone = append(g[at].gone, s)
	} else {
		g[at].come = append(g[at].come, s)
	}
	return true
}

func (g guesses) pairs() (all []pair) {
	for _, files := range g {
		if len(files.gone) == 1 && len(files.come) == 1 {
			all = append(all, pair{files.gone[0], files.come[0], true})
			continue
		}
		for _, f := range files.come {
			all = append(all, pair{after: f})
		}
		for _, f := range files.gone {
			all = append(all, pair{before: f})
		}
	}
	return all
}

// presence is how a week has a platform.
type presence struct{ there, total bool } // total: as the total of a build

// platforms gives those that a week has.
func platforms(files []Standing) map[string]presence {
	all := map[string]presence{}
	for i := range files {
		all[files[i].Platform] = presence{true, all[files[i].Platform].total || files[i].Path == ""}
	}
	return all
}

// part names the cause, if the file is another part of the group than before.
// were and are say which platforms the weeks have.
func (p pair) part(were, are map[string]presence) (part Part, moved bool) {
	if p.before.counts() {
		part.Old, part.Platform = p.before.Lines, p.before.Platform
		part.Module, part.Path = p.before.Module, p.before.Path
	}
	if p.after.counts() {
		part.New = p.after.Lines
	}
	if p.after != nil {
		part.Platform, part.Module, part.Path = p.after.Platform, p.after.Module, p.after.Path
		if p.before != nil && p.before.Path != part.Path {
			part.Was, part.Guessed = p.before.Path, p.guessed
		}
	}
	switch {
	case part.Old == nil && part.New == nil:
		return part, false
	case p.before == nil:
		part.Cause = were[part.Platform].cause(part.Path, CodeAdded, SourceCame)
	case p.after == nil:
		part.Cause = are[part.Platform].cause(part.Path, CodeDeleted, SourceGone)
	case !p.before.In:
		part.Cause, part.Owners = MovedIn, p.before.Owners
	case !p.after.In:
		part.Cause, part.Owners = MovedOut, p.after.Owners
	case part.Old == nil || part.New == nil:
		part.Cause = OtherBasis // it has counts in one of the weeks only
	case *part.Old == *part.New:
		return part, false
	default:
		part.Cause = p.changed(part.Old, part.New)
	}
	return part, true
}

// cause says why one of the weeks has no such file: that of code, or that of a
// platform which it has not, unless one week has the files and the other a total.
func (other presence) cause(path string, code, platform Cause) Cause {
	switch {
	case !other.there:
		return platform
	case other.total || path == "":
		return OtherBasis
	}
	return code
}

// changed names the cause of other counts of one file.
func (p pair) changed(before, after *Count) Cause {
	if other := p.before.How.differs(p.after.How); other != "" {
		return other
	}
	switch {
	case p.after.Path == "":
		return BuildTotal
	case before.Total != after.Total:
		return CodeResized
	case after.Covered > before.Covered:
		return TestsGained
	}
	return TestsLost
}

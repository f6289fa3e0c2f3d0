package reports

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// Metric is what is counted.
type Metric string

// The metrics.
const (
	Lines    Metric = "lines"
	Methods  Metric = "methods"
	Branches Metric = "branches"
)

// Metrics are all of them.
var Metrics = []Metric{Lines, Methods, Branches}

// Each stands in a [Rule] for every owner or platform that the week has.
const Each = "*"

// Rule is what must hold of a group of files. Owner, Directory and Platform narrow
// it down; with none of them it is the whole project.
type Rule struct {
	Owner     string
	Directory string // with all below it
	Platform  string
	Metric    Metric
	Floor     *big.Rat // per cent; nil: none
	MaxFall   *big.Rat // percentage points since the earlier week; nil: none
}

// Verdict is what became of a rule.
type Verdict string

// The verdicts.
const (
	Holds     Verdict = "holds"
	Broken    Verdict = "BROKEN"
	Undecided Verdict = "undecided" // a source that it rests on is not whole, or the earlier week has it twice
	NoData    Verdict = "no data"   // there is nothing to count
)

// Ruling is a rule and what became of it.
type Ruling struct {
	Rule
	Verdict  Verdict
	Why      []string // in words, without a full stop
	Old, New *Count   // nil: no data
	Files    []Part   // that did it, if it is broken or undecided
	each     bool     // the rule is for each of several, so that one without data is none
	twice    string   // a platform that the earlier week has on several branches
}

// Judge holds a week against rules, and against an earlier week, whose zero time
// means that there is none. w is as [ReadWeek] gave it for the same selection,
// which must be all of one project. It fails with [ErrNoWeek] if the earlier week
// has nothing.
func (w Week) Judge(ctx context.Context, db *sql.DB, of Selection, rules []Rule, earlier time.Time) ([]Ruling, error) {
	var old Week
	if !earlier.IsZero() {
		var err error
		if old, err = ReadWeek(ctx, db, of, earlier); err != nil {
			return nil, err
		}
	}
	var all []Ruling
	renamed := map[string]*History{} // by platform, asked for once, if a rule is broken
	for _, rule := range rules {
		for _, one := range w.each(rule) {
			one.judge(w, old)
			if one.Verdict == Broken || one.Verdict == Undecided {
				w.histories(ctx, of, old, renamed)
				one.blame(w, old, renamed)
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// histories asks the repository of what lies between the two weeks, once.
func (w Week) histories(ctx context.Context, of Selection, old Week, into map[string]*History) {
	for _, two := range couples(old.all, w.all) {
		if two.old == nil || two.new == nil || of.History == nil {
			continue
		}
		if _, asked := into[two.new.Platform]; !asked {
			into[two.new.Platform] = two.history(ctx, of)
		}
	}
}

// each gives the rules that one with [Each] stands for: one for each owner, each
// platform, or each of both that have a file of it, and for each platform that the
// week should have and has not.
func (w Week) each(rule Rule) (all []Ruling) {
	if rule.Owner != Each && rule.Platform != Each {
		return []Ruling{{Rule: rule}}
	}
	open := rule
	if rule.Owner == Each {
		open.Owner = ""
	}
	if rule.Platform == Each {
		open.Platform = ""
	}
	type group struct{ platform, owner string }
	groups := map[group]bool{}
	for _, m := range w.all {
		for _, f := range m.files {
			if !open.has(m.Platform, f) {
				continue
			}
			g := group{rule.Platform, rule.Owner}
			if rule.Platform == Each {
				g.platform = m.Platform
			}
			if rule.Owner != Each {
				groups[g] = true
				continue
			}
			for _, g.owner = range f.owners {
				groups[g] = true
			}
		}
	}
	for _, s := range w.Sources { // one that is missing must not pass unseen either
		if rule.Platform == Each && rule.Owner == "" && rule.Directory == "" && s.State != Removed && !s.InWeek() {
			groups[group{platform: s.Platform}] = true
		}
	}
	for g := range groups {
		one := rule
		one.Platform, one.Owner = g.platform, g.owner
		all = append(all, Ruling{Rule: one, each: true})
	}
	if len(all) == 0 {
		return []Ruling{{Rule: rule}} // it has no data, and must not pass unseen
	}
	slices.SortFunc(all, func(a, b Ruling) int {
		return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Owner, b.Owner))
	})
	return all
}

// has tells whether the group of the rule has a file.
func (r Rule) has(platform string, f file) bool {
	return (r.Platform == "" || r.Platform == platform) && Selection{Owner: r.Owner, Directory: r.Directory}.has(f)
}

// of gives what a file counts for a metric; nil if it does not know.
func (m Metric) of(f file) *Count {
	var c *Count
	switch m {
	case Methods:
		count(&c, f.methodsCovered, f.methodsTotal)
	case Branches:
		count(&c, f.branchesCovered, f.branchesTotal)
	default:
		count(&c, f.linesCovered, f.linesTotal)
	}
	return c
}

// sum counts a week; nil if there is nothing to count. It gives the platforms that
// have a file of the group, and one that was measured on several branches.
func (r Rule) sum(w Week) (sum *Count, platforms map[string]bool, twice string) {
	platforms = map[string]bool{}
	for i, m := range w.all {
		there := false
		for _, f := range m.files {
			if !r.has(m.Platform, f) {
				continue
			}
			there = true
			if c := r.Metric.of(f); c != nil {
				if sum == nil {
					sum = &Count{}
				}
				sum.Covered += c.Covered
				sum.Total += c.Total
			}
		}
		if there && platforms[m.Platform] && i > 0 {
			twice = m.Platform
		}
		platforms[m.Platform] = platforms[m.Platform] || there
	}
	if sum != nil && sum.Total == 0 {
		sum = nil // 0 of 0 is no data
	}
	return sum, platforms, twice
}

// judge fills in the verdict.
func (r *Ruling) judge(w, old Week) {
	var platforms map[string]bool
	var twice string
	r.New, platforms, twice = r.sum(w)
	if r.Old, _, r.twice = r.sum(old); r.twice != "" {
		r.Old = nil // its files would count twice
	}
	r.Verdict = Holds
	switch {
	case twice != "":
		r.Verdict, r.New = NoData, nil
		r.Why = []string{twice + " was measured on several branches, and would count twice"}
		return
	case r.New == nil && r.each:
		r.Why = []string{"there is nothing to count"}
		if !platforms[r.Platform] {
			r.unsure(w, platforms) // the platform is missing
		}
		return
	case r.New == nil:
		r.Verdict, r.Why = NoData, []string{"there is nothing to count: no such file, no such counts, or 0 of 0"}
	}
	if r.New != nil {
		r.floor()
		r.fall(old)
	}
	r.unsure(w, platforms)
}

var hundred = big.NewRat(100, 1)

// floor holds the share against the floor, exactly.
func (r *Ruling) floor() {
	if r.Floor == nil {
		return
	}
	needed := new(big.Rat).Mul(r.Floor, big.NewRat(r.New.Total, 100)) // covered
	if have := big.NewRat(r.New.Covered, 1); have.Cmp(needed) >= 0 {
		return
	}
	short := new(big.Int).Neg(new(big.Int).Div(new(big.Int).Neg(needed.Num()), needed.Denom())) // rounded up
	short.Sub(short, big.NewInt(r.New.Covered))
	r.Verdict = Broken
	r.Why = append(r.Why, fmt.Sprintf("%s more of the %s must be covered", short, r.Metric))
}

// fall holds the change since the earlier week against the greatest that is
// allowed, exactly.
func (r *Ruling) fall(old Week) {
	switch {
	case r.MaxFall == nil:
		return
	case r.twice != "":
		r.Why = append(r.Why, r.twice+" was measured on several branches then, so how far it fell is not known")
		if r.Verdict == Holds {
			r.Verdict = Undecided
		}
		return
	case r.Old == nil:
		r.Why = append(r.Why, "there is nothing earlier to fall from")
		return
	}
	fell := new(big.Rat).Sub(big.NewRat(r.Old.Covered, r.Old.Total), big.NewRat(r.New.Covered, r.New.Total))
	if fell.Mul(fell, hundred).Cmp(r.MaxFall) > 0 {
		r.Verdict = Broken
		r.Why = append(r.Why, "it fell by "+fallen(fell, r.MaxFall))
		return
	}
	for _, s := range old.Sources {
		if s.State == Partial && (r.Platform == "" || r.Platform == s.Platform) {
			r.Why = append(r.Why, fmt.Sprintf("%s lacked %s then, so that it may have fallen further",
				s.Platform, partsOf(s.Lacking())))
		}
	}
}

// fallen writes a fall that is deeper than allowed, so that it does not look like
// one that is allowed.
func fallen(fell, allowed *big.Rat) string {
	text := fell.FloatString(2)
	if shown, _ := new(big.Rat).SetString(text); shown.Cmp(allowed) <= 0 {
		return "more than " + decimal(allowed) + " points"
	}
	return text + " points"
}

// unsure takes back a verdict that rests on a source that is not whole. Its shards
// can only add to what is covered, so what holds without them holds.
func (r *Ruling) unsure(w Week, platforms map[string]bool) {
	for _, s := range w.Sources {
		all := r.Owner == "" && r.Directory == "" // what is not there might be of the group
		if s.State == Removed || r.Platform != "" && s.Platform != r.Platform || !all && !platforms[s.Platform] {
			continue
		}
		switch {
		case s.State == Whole, s.State == Partial && r.Verdict == Holds:
			continue
		case s.State == Partial:
			r.Why = append(r.Why, fmt.Sprintf("%s lacks %s", s.Platform, partsOf(s.Lacking())))
		default:
			why := string(s.State)
			if s.State == Carried {
				why += " from " + s.Measured
			}
			r.Why = append(r.Why, s.Platform+" is "+why)
		}
		if r.Verdict != NoData {
			r.Verdict = Undecided
		}
	}
}

// blame names the files: those that made the share fall, and where it has not
// fallen those that have most that is not covered.
func (r *Ruling) blame(w, old Week, renamed map[string]*History) {
	if r.twice != "" {
		old = Week{}
	}
	account, err := Explain(r.standings(old, nil), r.standings(w, renamed))
	if err == nil && account.Change.Sign() < 0 {
		for _, p := range account.Parts {
			if p.Share.Sign() < 0 {
				r.Files = append(r.Files, p)
			}
		}
		return
	}
	for _, s := range r.standings(w, nil) {
		if s.counts() && s.Lines.Covered < s.Lines.Total {
			r.Files = append(r.Files,
				Part{Platform: s.Platform, Module: s.Module, Path: s.Path, New: s.Lines, Cause: uncovered})
		}
	}
	slices.SortStableFunc(r.Files, func(a, b Part) int {
		return cmp.Compare(b.New.Total-b.New.Covered, a.New.Total-a.New.Covered)
	})
}

// uncovered stands for a cause where nothing has changed.
const uncovered Cause = "not covered"

// standings gives the files of a week as counts of the rule's metric.
func (r *Ruling) standings(w Week, renamed map[string]*History) (all []Standing) {
	for i := range w.all {
		m := &w.all[i]
		has := func(f file) bool { return r.has(m.Platform, f) }
		all = append(all, m.standings(has, r.Metric, renamed[m.Platform])...)
	}
	return all
}

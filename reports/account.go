package reports

import (
	"cmp"
	"errors"
	"math/big"
	"path"
	"slices"
)

// Cause is why a file moved the share of its group.
type Cause string

// The causes. Whether code is unchanged is judged by its number of lines.
const (
	TestsGained Cause = "tests gained"            // as many lines as before, and more of them run
	TestsLost   Cause = "tests lost"              // as many lines as before, and fewer of them run
	CodeAdded   Cause = "code added"              // a file that was not there
	CodeDeleted Cause = "code deleted"            // a file that is gone
	CodeResized Cause = "code changed in size"    // another number of lines
	MovedIn     Cause = "moved here"              // it had another owner
	MovedOut    Cause = "moved away"              // it has another owner
	Remeasured  Cause = "measured in another way" // another format, basis or number of shards
)

// Standing is what one file was in one week.
type Standing struct {
	Module, Path string
	Lines        *Count // nil: not known
	How          string // how it was measured; two that differ cannot be compared
	In           bool   // it is of the group whose share is explained
}

// Account splits the change of a share. Its parts sum to the change exactly.
type Account struct {
	Old, New Count
	Change   *big.Rat // new share less old share, from -1 to 1
	Causes   []CauseSum
	Parts    []Part // files that moved the share, the greatest first
}

// CauseSum is what all files of one cause did together.
type CauseSum struct {
	Cause Cause
	Files int
	Share *big.Rat
}

// Part is what one file did to the share.
type Part struct {
	Module, Path string
	Was          string // its earlier path, if it seems to have another now: a guess by name and size
	Cause        Cause
	Old, New     *Count   // nil: not in the group, or not known
	Share        *big.Rat // (covered gained - old share x lines gained) / new lines
}

// ErrNoShare is returned by [Explain] if the group has no lines in a week, so
// that it has no share there.
var ErrNoShare = errors.New("there are no lines to cover in one of the two weeks")

// Explain says why the share of covered lines of a group changed between two
// weeks, file by file. It needs the files outside the group too, to tell those
// that moved from those that came and went. Each module and path is there once a
// week.
func Explain(before, after []Standing) (*Account, error) {
	a := &Account{Old: sumOf(before), New: sumOf(after)}
	if a.Old.Total == 0 || a.New.Total == 0 {
		return nil, ErrNoShare
	}
	share := big.NewRat(a.Old.Covered, a.Old.Total)
	a.Change = new(big.Rat).Sub(big.NewRat(a.New.Covered, a.New.Total), share)
	sums := map[Cause]*CauseSum{}
	for _, p := range pairs(before, after) {
		part, moved := p.part()
		if !moved {
			continue
		}
		part.Share = contribution(part.Old, part.New, share, a.New.Total)
		a.Parts = append(a.Parts, part)
		sum := sums[part.Cause]
		if sum == nil {
			sum = &CauseSum{Cause: part.Cause, Share: new(big.Rat)}
			sums[part.Cause] = sum
		}
		sum.Files++
		sum.Share.Add(sum.Share, part.Share)
	}
	for _, sum := range sums {
		a.Causes = append(a.Causes, *sum)
	}
	slices.SortFunc(a.Causes, func(x, y CauseSum) int {
		return cmp.Or(byWeight(x.Share, y.Share), cmp.Compare(x.Cause, y.Cause))
	})
	slices.SortFunc(a.Parts, func(x, y Part) int {
		return cmp.Or(byWeight(x.Share, y.Share), cmp.Compare(x.Path, y.Path), cmp.Compare(x.Module, y.Module))
	})
	return a, nil
}

func byWeight(x, y *big.Rat) int {
	return new(big.Rat).Abs(y).Cmp(new(big.Rat).Abs(x))
}

func sumOf(files []Standing) (sum Count) {
	for _, f := range files {
		if f.counts() {
			sum.Covered += f.Lines.Covered
			sum.Total += f.Lines.Total
		}
	}
	return sum
}

// counts tells whether a file is in the share of the group.
func (s *Standing) counts() bool { return s != nil && s.In && s.Lines != nil }

// contribution is (covered gained - share x lines gained) / total.
func contribution(before, after *Count, share *big.Rat, total int64) *big.Rat {
	var covered, lines int64
	if after != nil {
		covered, lines = after.Covered, after.Total
	}
	if before != nil {
		covered, lines = covered-before.Covered, lines-before.Total
	}
	part := new(big.Rat).Mul(share, big.NewRat(lines, 1))
	part.Sub(big.NewRat(covered, 1), part)
	return part.Quo(part, big.NewRat(total, 1))
}

// pair is one file in both weeks; nil where it was not there.
type pair struct{ before, after *Standing }

// pairs finds each file again: by module and path, and of those that are left by
// base name and number of lines, if only one file went and one came that has
// both.
func pairs(before, after []Standing) (all []pair) {
	type name struct{ module, path string }
	old := map[name]*Standing{}
	for i := range before {
		old[name{before[i].Module, before[i].Path}] = &before[i]
	}
	type look struct {
		base  string
		lines int64
	}
	gone, come := map[look][]*Standing{}, map[look][]*Standing{}
	alone := func(s *Standing, into map[look][]*Standing) bool {
		if s.Lines == nil || s.Lines.Total == 0 {
			return false // it looks like any other
		}
		at := look{path.Base(s.Path), s.Lines.Total}
		into[at] = append(into[at], s)
		return true
	}
	for i := range after {
		at := name{after[i].Module, after[i].Path}
		if was := old[at]; was != nil {
			all = append(all, pair{was, &after[i]})
			delete(old, at)
		} else if !alone(&after[i], come) {
			all = append(all, pair{nil, &after[i]})
		}
	}
	for _, was := range old {
		if !alone(was, gone) {
			all = append(all, pair{was, nil})
		}
	}
	for at, files := range come {
		if len(files) == 1 && len(gone[at]) == 1 {
			all = append(all, pair{gone[at][0], files[0]})
			delete(gone, at)
			continue
		}
		for _, f := range files {
			all = append(all, pair{nil, f})
		}
	}
	for _, files := range gone {
		for _, f := range files {
			all = append(all, pair{f, nil})
		}
	}
	return all
}

// part names the cause, if the file is another part of the group than before.
func (p pair) part() (part Part, moved bool) {
	if p.before.counts() {
		part.Old, part.Module, part.Path = p.before.Lines, p.before.Module, p.before.Path
	}
	if p.after.counts() {
		part.New = p.after.Lines
	}
	if p.after != nil {
		part.Module, part.Path = p.after.Module, p.after.Path
		if p.before != nil && p.before.Path != part.Path {
			part.Was = p.before.Path
		}
	}
	switch {
	case part.Old == nil && part.New == nil:
		return part, false
	case p.before == nil:
		part.Cause = CodeAdded
	case p.after == nil:
		part.Cause = CodeDeleted
	case !p.before.In:
		part.Cause = MovedIn
	case !p.after.In:
		part.Cause = MovedOut
	case part.Old == nil || part.New == nil:
		part.Cause = Remeasured // it has counts in one of the weeks only
	case *part.Old == *part.New:
		return part, false
	case p.before.How != p.after.How:
		part.Cause = Remeasured
	case part.Old.Total != part.New.Total:
		part.Cause = CodeResized
	case part.New.Covered > part.Old.Covered:
		part.Cause = TestsGained
	default:
		part.Cause = TestsLost
	}
	return part, true
}

// Points gives shares in hundredths of a percentage point, whole numbers that sum
// to that of their sum, which is rounded: what is cut off goes to those of which
// most was cut.
func Points(shares []*big.Rat) (points []int64, sum int64) {
	hundredths := big.NewRat(10000, 1)
	exact := new(big.Rat)
	rest := make([]*big.Rat, len(shares))
	order := make([]int, len(shares))
	points = make([]int64, len(shares))
	var cut int64
	for i, share := range shares {
		exact.Add(exact, share)
		scaled := new(big.Rat).Mul(share, hundredths)
		points[i] = floor(scaled)
		rest[i], order[i] = scaled.Sub(scaled, big.NewRat(points[i], 1)), i
		cut += points[i]
	}
	exact.Mul(exact, hundredths)
	sum = floor(exact.Add(exact, big.NewRat(1, 2)))
	slices.SortStableFunc(order, func(a, b int) int { return rest[b].Cmp(rest[a]) })
	for _, i := range order[:sum-cut] {
		points[i]++
	}
	return points, sum
}

func floor(r *big.Rat) int64 {
	whole, _ := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	return whole.Int64()
}

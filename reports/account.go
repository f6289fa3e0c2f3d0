package reports

import (
	"cmp"
	"errors"
	"math/big"
	"slices"
)

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

// Part is what one file did to the share, or the total of a build.
type Part struct {
	Platform, Module, Path string // Path is empty for the total of a build
	Was                    string // its earlier path, if it had another
	Guessed                bool   // that it was this file is a guess by name and size
	Cause                  Cause
	Owners                 []string // of a file that moved: who has it now, or had it
	Old, New               *Count   // nil: not in the group, or not known
	Share                  *big.Rat // (covered gained - old share x lines gained) / new lines
}

// shown gives the path for people.
func (p Part) shown() string {
	return cmp.Or(printable(p.Path), "the whole build of "+printable(p.Platform))
}

// size says of how many files a cause is.
func (c CauseSum) size() string {
	if c.Cause == BuildTotal {
		return plural(c.Files, "build", "builds")
	}
	return filesOf(c.Files)
}

// ErrNoShare is returned by [Explain] if the group has no lines in a week, so
// that it has no share there.
var ErrNoShare = errors.New("there are no counted lines in one of the two weeks")

// Explain says why the share of covered lines of a group changed between two
// weeks, file by file. It needs the files outside the group too, to tell those
// that moved from those that came and went. Each platform, module and path is
// there once a week.
func Explain(before, after []Standing) (*Account, error) {
	return explain(before, after, pairs(before, after))
}

// explain is [Explain] for files that were found again already.
func explain(before, after []Standing, files []pair) (*Account, error) {
	a := &Account{Old: sumOf(before), New: sumOf(after)}
	if a.Old.Total == 0 || a.New.Total == 0 {
		return nil, ErrNoShare
	}
	share := big.NewRat(a.Old.Covered, a.Old.Total)
	a.Change = new(big.Rat).Sub(big.NewRat(a.New.Covered, a.New.Total), share)
	sums := map[Cause]*CauseSum{}
	were, are := platforms(before), platforms(after)
	for _, p := range files {
		part, moved := p.part(were, are)
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
		return cmp.Or(byWeight(x.Share, y.Share), cmp.Compare(x.Path, y.Path), cmp.Compare(x.Module, y.Module),
			cmp.Compare(x.Platform, y.Platform))
	})
	return a, nil
}

func byWeight(x, y *big.Rat) int {
	return new(big.Rat).Abs(y).Cmp(new(big.Rat).Abs(x))
}

func sumOf(files []Standing) (sum Count) {
	for i := range files {
		if f := &files[i]; f.counts() {
			sum.Covered += f.Lines.Covered
			sum.Total += f.Lines.Total
		}
	}
	return sum
}

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

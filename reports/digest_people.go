package reports

import (
	"cmp"
	"errors"
	"math/big"
	"path"
	"slices"
)

// people says of each file that moved the share whose it is, thanks those who
// gained tests, and explains the share of each owner.
func (d *Digest) people(week, old Week, changes []Change) error {
	before, after := old.members(nil), week.members(changes)
	if d.Account != nil {
		d.name(week, before, after)
	}
	d.thank()
	if d.Owner != "" || week.double() || old.double() {
		return nil
	}
	return d.owners(before, after)
}

// double tells whether a platform of the only project was measured on two branches,
// so that files would count twice.
func (w Week) double() bool { return len(w.Measurements) > 0 && len(w.Totals()) == 0 }

// members gives the files of all owners in a week, with what the repository knows.
func (w Week) members(changes []Change) (all []Standing) {
	for i := range w.all {
		m := &w.all[i]
		var history *History
		for _, c := range changes {
			if c.Platform == m.Platform && c.Branch == m.Branch {
				history = c.History
			}
		}
		all = append(all, m.standings(Selection{}.has, Lines, history)...)
	}
	return all
}

// name says of each file that moved the share whose it is, and in which commit.
func (d *Digest) name(week Week, before, after []Standing) {
	owners := map[name][]string{}
	for _, all := range [][]Standing{before, after} { // the newer week last: it has the say
		for _, s := range all {
			owners[s.name()] = s.Owners
		}
	}
	commits := map[string]string{}
	for _, m := range week.Measurements {
		commits[m.Platform] = m.Commit
	}
	points, _ := d.Account.partPoints()
	for i, p := range d.Account.Parts {
		d.Files = append(d.Files, FileMove{
			Part: p, Commit: commits[p.Platform], Names: owners[name{p.Platform, p.Module, p.Path}], Points: points[i],
		})
	}
}

// owners explains the share of each owner. The account of one needs only the
// files that were or are the owner's and those that may be the same under another
// name, and one file of each platform.
func (d *Digest) owners(before, after []Standing) error {
	weeks := [2][]Standing{before, after}
	bases := map[string]map[string]bool{} // owner -> names of files
	var byBase [2]map[string][]int
	for week, all := range weeks {
		byBase[week] = map[string][]int{}
		for i, s := range all {
			names := []string{path.Base(s.Path)}
			if was := path.Base(s.Was); s.Was != "" && was != names[0] {
				names = append(names, was)
			}
			for _, base := range names {
				byBase[week][base] = append(byBase[week][base], i)
				for _, owner := range s.Owners {
					if bases[owner] == nil {
						bases[owner] = map[string]bool{}
					}
					bases[owner][base] = true
				}
			}
		}
	}
	for owner, names := range bases {
		o := OwnerWeek{Owner: owner}
		var mine [2][]Standing
		for week, all := range weeks {
			mine[week] = chosen(all, byBase[week], names, owner)
		}
		o.Old, o.New = known(mine[0]), known(mine[1])
		in := func(s Standing) bool { return s.In }
		o.Came = !slices.ContainsFunc(mine[0], in) && !d.Earlier.IsZero()
		for _, s := range mine[1] {
			if s.In {
				o.Files++
			}
		}
		account, err := Explain(mine[0], mine[1])
		if err != nil && !errors.Is(err, ErrNoShare) {
			return err
		}
		if o.Account = account; account != nil {
			_, o.Points = account.causePoints()
		}
		d.Owners = append(d.Owners, o)
	}
	slices.SortFunc(d.Owners, func(a, b OwnerWeek) int {
		return cmp.Or(cmp.Compare(abs(b.Points), abs(a.Points)), cmp.Compare(a.Owner, b.Owner))
	})
	return nil
}

// chosen gives the files with one of the names, and one of each platform.
func chosen(all []Standing, byBase map[string][]int, names map[string]bool, owner string) (mine []Standing) {
	take := map[int]bool{}
	for base := range names {
		for _, i := range byBase[base] {
			take[i] = true
		}
	}
	there := map[string]bool{}
	for i, s := range all {
		if !there[s.Platform] {
			there[s.Platform] = true
			take[i] = true
		}
	}
	for i := range take {
		s := all[i]
		s.In = slices.Contains(s.Owners, owner)
		mine = append(mine, s)
	}
	return mine
}

// known sums the lines of a group; nil if no file of it has counts.
func known(all []Standing) *Count {
	if !slices.ContainsFunc(all, func(s Standing) bool { return s.counts() }) {
		return nil
	}
	sum := sumOf(all)
	return &sum
}

// thank sums what each owner did by tests, the most first.
func (d *Digest) thank() {
	sums := map[string]*Thanks{}
	shares := map[string]*big.Rat{}
	for _, f := range d.Files {
		tested := f.Cause == TestsGained || f.Cause == CodeAdded && f.New.Covered > 0
		if !tested || f.Share.Sign() <= 0 {
			continue
		}
		people := slices.DeleteFunc(slices.Clone(f.Names), nobody)
		if len(people) == 0 {
			people = []string{""}
		}
		for _, owner := range people {
			t := sums[owner]
			if t == nil {
				t, shares[owner] = &Thanks{Owner: owner, Best: f}, new(big.Rat)
				sums[owner] = t
			}
			t.Files++
			t.Covered += f.gained()
			shares[owner].Add(shares[owner], f.Share)
		}
	}
	for owner, t := range sums {
		if d.Owner != "" && owner != d.Owner {
			continue // the others of a file have an edition of their own
		}
		_, t.Points = Points([]*big.Rat{shares[owner]})
		d.Thanks = append(d.Thanks, *t)
	}
	slices.SortFunc(d.Thanks, func(a, b Thanks) int {
		named := func(t Thanks) int { return min(len(t.Owner), 1) } // who cannot be named comes last
		return cmp.Or(cmp.Compare(named(b), named(a)), cmp.Compare(b.Points, a.Points),
			cmp.Compare(b.Covered, a.Covered), cmp.Compare(a.Owner, b.Owner))
	})
}

// gained is how many more lines run.
func (p Part) gained() (lines int64) {
	if p.New != nil {
		lines = p.New.Covered
	}
	if p.Old != nil {
		lines -= p.Old.Covered
	}
	return lines
}

// Untested gives the new files of which nothing runs, the largest first.
func (d *Digest) Untested() (files []FileMove) {
	for _, f := range d.Files {
		if f.Cause == CodeAdded && f.New.Covered == 0 && f.New.Total > 0 {
			files = append(files, f)
		}
	}
	slices.SortStableFunc(files, func(a, b FileMove) int { return cmp.Compare(b.New.Total, a.New.Total) })
	return files
}

func abs(n int64) int64 { return max(n, -n) }

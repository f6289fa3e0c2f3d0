package sharding

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Cost is what a test file is expected to take.
type Cost struct {
	Seconds   float64
	Tests     int
	Estimated bool // from the number of its tests, not from an earlier run
}

// Planned is a shard and what it is expected to take.
type Planned struct {
	Shard
	Cost
}

// Plan says what runs in which order.
type Plan struct {
	Shards   []Planned // in the order in which they start, longest first
	Jobs     int
	Total    float64 // seconds of all shards
	Expected float64 // seconds until the last one ends
	Bound    float64 // seconds that no order can beat: max(Total / Jobs, the longest file)
}

// balance is how far above the bound a plan may be before the shards that
// dominate are split.
const balance = 1.1

// NewPlan puts the shards in order, longest first, and splits those that
// dominate, so that the slowest process ends within a tenth of the ideal, where
// files allow it. perShard is what a process takes besides its tests, in
// seconds. The same arguments give the same plan, whatever the order of shards.
//
// first are tasks of the run that are no shards but need a process, too.
func NewPlan(shards []Shard, cost map[string]Cost, perShard float64, jobs int, first ...float64) Plan {
	plan := balanced(shards, cost, perShard, jobs, first)
	// A guess can be wrong by a multiple. Smaller shards keep one that was guessed
	// too short from holding up the end.
	for {
		i := slices.IndexFunc(plan.Shards, func(p Planned) bool {
			return p.Estimated && p.divisible() && p.Seconds > max(plan.Bound/4, 3*perShard)
		})
		if i < 0 {
			return plan
		}
		parts := SplitShard(plan.Shards[i].Shard, cost)
		plan.Shards = slices.Delete(plan.Shards, i, i+1)
		for _, part := range parts {
			plan.Shards = append(plan.Shards, planned(part, cost, perShard))
		}
		plan.schedule(first, longestFile(shards, cost, perShard, first))
	}
}

// longestFile is what the longest file, with those that must stay with it, or
// task of first, takes in seconds.
func longestFile(shards []Shard, cost map[string]Cost, perShard float64, first []float64) float64 {
	longest := slices.Max(append([]float64{0}, first...))
	for _, shard := range shards {
		groups := map[string]float64{}
		for _, file := range shard.Files {
			groups[shard.group(file)] += cost[file].Seconds
		}
		for _, seconds := range groups {
			longest = max(longest, seconds+perShard)
		}
	}
	return longest
}

// balanced makes a plan in which no shard dominates, as far as files allow it.
func balanced(shards []Shard, cost map[string]Cost, perShard float64, jobs int, first []float64) Plan {
	jobs = max(jobs, 1)
	plan := Plan{Jobs: jobs}
	longest := longestFile(shards, cost, perShard, first)
	for _, shard := range shards {
		plan.Shards = append(plan.Shards, planned(shard, cost, perShard))
	}
	for {
		plan.schedule(first, longest)
		if plan.Expected <= plan.Bound*balance {
			return plan
		}
		i := slices.IndexFunc(plan.Shards, func(p Planned) bool { return p.divisible() && p.Seconds > 3*perShard })
		if i < 0 {
			return plan
		}
		parts := SplitShard(plan.Shards[i].Shard, cost)
		before := plan
		before.Shards = slices.Clone(plan.Shards)
		plan.Shards = slices.Delete(plan.Shards, i, i+1)
		for _, part := range parts {
			plan.Shards = append(plan.Shards, planned(part, cost, perShard))
		}
		plan.schedule(first, longest)
		// A split that helps nobody only costs a process, once no other shard is as long.
		if plan.Expected >= before.Expected && !dominates(before) {
			return before
		}
	}
}

// dominates tells whether the longest shard alone is longer than the ideal.
func dominates(p Plan) bool {
	return len(p.Shards) > 0 && slices.ContainsFunc(p.Shards, func(s Planned) bool {
		return s.divisible() && s.Seconds > p.Bound/2
	})
}

// planned sums up what a shard is expected to take.
func planned(shard Shard, cost map[string]Cost, perShard float64) Planned {
	p := Planned{Shard: shard, Cost: Cost{Seconds: perShard}}
	for _, file := range shard.Files {
		c := cost[file]
		p.Seconds += c.Seconds
		p.Tests += c.Tests
		p.Estimated = p.Estimated || c.Estimated
	}
	return p
}

// schedule sorts the shards and simulates the run: whichever process is free
// first takes the next shard.
func (p *Plan) schedule(first []float64, longest float64) {
	slices.SortFunc(p.Shards, func(a, b Planned) int {
		return cmp.Or(cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(a.Name, b.Name))
	})
	free := make([]float64, p.Jobs)
	p.Total, p.Expected = 0, 0
	take := func(seconds float64) {
		i := 0
		for j := range free {
			if free[j] < free[i] {
				i = j
			}
		}
		free[i] += seconds
		p.Total += seconds
		p.Expected = max(p.Expected, free[i])
	}
	for _, seconds := range first {
		take(seconds)
	}
	for _, shard := range p.Shards {
		take(shard.Seconds)
	}
	p.Bound = max(p.Total/float64(p.Jobs), longest)
}

// SplitShard splits a shard in two parts of about the same cost. Subdirectories
// stay whole where there are several and none has more than three quarters; a
// shard of one file, or of files that must stay together, gives itself.
func SplitShard(shard Shard, cost map[string]Cost) []Shard {
	if !shard.divisible() {
		return []Shard{shard}
	}
	groups := groupsOf(shard, cost)
	var parts [2]struct {
		files   []string
		seconds float64
	}
	for _, g := range groups {
		lighter := &parts[0]
		if parts[1].seconds < parts[0].seconds {
			lighter = &parts[1]
		}
		lighter.files = append(lighter.files, g.files...)
		lighter.seconds += g.seconds
	}
	var split []Shard
	for i, part := range parts {
		slices.Sort(part.files)
		split = append(split, Shard{Name: fmt.Sprintf("%s~%d", shard.Name, i+1), Dir: shard.Dir, Files: part.files,
			With: shard.with(part.files)})
	}
	return split
}

// group is files that stay together when a shard is split.
type group struct {
	name    string
	files   []string
	seconds float64
}

// groupsOf gives the groups of a shard, the heaviest first. Files that are
// expected to take no time still weigh something, so that both parts get some.
func groupsOf(shard Shard, cost map[string]Cost) []group {
	by := func(key func(file string) string) (groups []group, total float64) {
		index := map[string]int{}
		for _, file := range shard.Files {
			name := key(shard.group(file))
			i, known := index[name]
			if !known {
				i, index[name] = len(groups), len(groups)
				groups = append(groups, group{name: name})
			}
			seconds := cost[file].Seconds + 1e-6
			groups[i].files = append(groups[i].files, file)
			groups[i].seconds += seconds
			total += seconds
		}
		slices.SortFunc(groups, func(a, b group) int {
			return cmp.Or(cmp.Compare(b.seconds, a.seconds), cmp.Compare(a.name, b.name))
		})
		return groups, total
	}
	common := commonDir(shard.Files) + string(filepath.Separator)
	dirs, total := by(func(file string) string {
		relative, _ := strings.CutPrefix(file, common)
		dir, _, nested := strings.Cut(relative, string(filepath.Separator))
		if !nested {
			return relative // a file by itself
		}
		return dir + string(filepath.Separator)
	})
	if len(dirs) > 1 && dirs[0].seconds <= total*3/4 {
		return dirs
	}
	files, _ := by(func(file string) string { return file })
	return files
}

// commonDir gives the deepest directory that holds all files; of relative ones it
// can be ".".
func commonDir(files []string) string {
	dir := filepath.Dir(files[0])
	for _, file := range files {
		for dir != "." && !within(dir, file) {
			dir = filepath.Dir(dir)
		}
	}
	return dir
}

package sharding

import (
	"cmp"
	"container/heap"
	"math"
	"path/filepath"
	"slices"
)

// Fleet is how a suite is spread over machines. It is the same wherever it is
// made from the same tests and times: its paths are relative to the project,
// with slashes.
type Fleet struct {
	Machines int       `json:"machines"`
	Jobs     int       `json:"jobs"`  // processes at a time, of each machine
	Units    []Unit    `json:"units"` // longest first
	Baseline int       `json:"all_files_machine"`
	PerShard float64   `json:"per_shard_seconds"` // that a process takes besides its tests
	Total    float64   `json:"total_seconds"`     // of all units and the report of all files
	Expected float64   `json:"expected_seconds"`  // until the last machine ends
	Bound    float64   `json:"lower_bound_seconds"`
	Loads    []float64 `json:"machine_seconds"` // until each machine ends
}

// Unit is a shard of a fleet.
type Unit struct {
	Name      string   `json:"name"`
	Dir       string   `json:"dir"`
	Files     []string `json:"files"`
	Seconds   float64  `json:"seconds"`
	Tests     int      `json:"tests"`
	Estimated bool     `json:"estimated,omitempty"` // from the number of its tests
	Machine   int      `json:"machine"`             // from 1; 0 where a queue decides

	With map[string]string `json:"with,omitempty"` // as of a [Shard]
}

// NoMachine is the machine of the report of all files if there is none.
const NoMachine = 0

// Spread plans the shards of a suite for several machines: longest first, each
// to the machine that is free first. Shards that dominate are split until the
// slowest machine ends within a tenth of the mean, as far as files allow.
//
// grain is the share of the lower bound above which a shard is split in any
// case. Where machines and times are as planned, 0 will do, which is none; where
// they are not, small units let a queue even it out.
//
// cost is by the files that shards have. baseline is what the report of all
// files takes in seconds; the first machine makes it. Below 0 there is none.
//
// The lower bound is max(total / processes, longest file), with the total of
// the shards as they came, before any was split.
func Spread(shards []Shard, cost map[string]Cost, perShard, baseline float64, machines, jobs int, grain float64) Fleet {
	machines, jobs = max(machines, 1), max(jobs, 1)
	// Sums depend on the order in their last digits, and so could the plan.
	shards = slices.SortedFunc(slices.Values(shards), func(a, b Shard) int { return cmp.Compare(a.Name, b.Name) })
	var units []Planned
	total := max(baseline, 0)
	for _, shard := range shards {
		p := planned(shard, cost, perShard)
		units = append(units, p)
		total += p.Seconds
	}
	var first []float64
	if baseline >= 0 {
		first = []float64{baseline}
	}
	longest := longestFile(shards, cost, perShard, first)
	bound := max(total/float64(machines*jobs), longest)
	var best Fleet
	for _, share := range []float64{math.Inf(1), 1, 0.5, 0.25, 0.125, 0.0625} {
		if grain > 0 {
			share = min(share, grain)
		}
		units = splitAbove(units, cost, perShard, bound*share, bound/4)
		f := spread(units, perShard, baseline, machines, jobs)
		if best.Units == nil || f.Expected < best.Expected {
			best = f
		}
		if best.Expected <= balance*max(best.Total/float64(machines*jobs), longest) {
			break
		}
	}
	best.Bound = bound
	return best
}

// splitAbove splits the shards that take longer than limit, or, where that is
// only a guess, than guessed. Below three times the cost of a process nothing is.
func splitAbove(units []Planned, cost map[string]Cost, perShard, limit, guessed float64) (all []Planned) {
	for len(units) > 0 {
		u := units[len(units)-1]
		units = units[:len(units)-1]
		top := limit
		if u.Estimated {
			top = min(limit, guessed)
		}
		if !u.divisible() || u.Seconds <= max(top, 3*perShard) {
			all = append(all, u)
			continue
		}
		for _, part := range SplitShard(u.Shard, cost) {
			units = append(units, planned(part, cost, perShard))
		}
	}
	return all
}

// spread gives each unit to the process that is free first.
func spread(units []Planned, perShard, baseline float64, machines, jobs int) Fleet {
	slices.SortFunc(units, func(a, b Planned) int {
		return cmp.Or(cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(a.Name, b.Name))
	})
	f := Fleet{Machines: machines, Jobs: jobs, Baseline: NoMachine, PerShard: perShard,
		Loads: make([]float64, machines)}
	free := newSlots(f)
	give := func(seconds float64) (machine int) {
		s := &free[0]
		s.busy += seconds
		f.Total += seconds
		f.Loads[s.machine] = max(f.Loads[s.machine], s.busy)
		f.Expected = max(f.Expected, s.busy)
		machine = s.machine + 1
		heap.Fix(&free, 0)
		return machine
	}
	if baseline >= 0 {
		f.Baseline = give(baseline)
	}
	for _, u := range units {
		f.Units = append(f.Units, Unit{Name: u.Name, Dir: u.Dir, Files: u.Files, Seconds: u.Seconds, Tests: u.Tests,
			Estimated: u.Estimated, Machine: give(u.Seconds), With: u.With})
	}
	return f
}

// slot is a process of a machine, and for how long it has work.
type slot struct {
	busy            float64
	machine, number int
}

// slots are a heap; the one that is free first is the first.
type slots []slot

func (s slots) Len() int { return len(s) }
func (s slots) Less(i, j int) bool {
	return s[i].busy < s[j].busy || s[i].busy == s[j].busy && s[i].number < s[j].number
}
func (s slots) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *slots) Push(x any)   { *s = append(*s, x.(slot)) }
func (s *slots) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

// Of gives the units of a machine, from 1.
func (f Fleet) Of(machine int) (units []Unit) {
	for _, u := range f.Units {
		if u.Machine == machine {
			units = append(units, u)
		}
	}
	return units
}

// QueueGrain is the grain for a queue, in which nobody knows who will be slow.
const QueueGrain = 0.25

// Fleet spreads the suite over machines, by the times of h alone, so that each
// machine makes the same of it. grain is as for [Spread].
func (w *Work) Fleet(s Suite, h History, machines, jobs int, grain float64) Fleet {
	costs := map[string]Cost{}
	local := h.costs(s.Dir, w.counts)
	known := h.split(s, w.Shards, local)
	shards := make([]Shard, len(known))
	for i, shard := range known {
		shards[i] = Shard{Name: shard.Name, Dir: relative(s.Dir, shard.Dir)}
		shards[i].With = renamed(shard.With, func(file string) string { return relative(s.Dir, file) })
		for _, file := range shard.Files {
			short := relative(s.Dir, file)
			shards[i].Files = append(shards[i].Files, short)
			c := local[file]
			c.Seconds = math.Round(c.Seconds*1000) / 1000 // processors differ in the last digits
			costs[short] = c
		}
	}
	baseline := -1.0
	if w.listsAll {
		baseline = cmp.Or(h.Baseline, h.PerShard)
	}
	return Spread(shards, costs, h.PerShard, baseline, machines, jobs, grain)
}

// Shard gives a unit as a shard of the suite on this machine.
func (s Suite) Shard(u Unit) Shard {
	here := func(path string) string { return s.path(filepath.FromSlash(path)) }
	shard := Shard{Name: u.Name, Dir: here(u.Dir), With: renamed(u.With, here)}
	for _, file := range u.Files {
		shard.Files = append(shard.Files, here(file))
	}
	return shard
}

// Divisible tells whether a unit has parts that can run in processes of their own.
func (u Unit) Divisible() bool { return Shard{Files: u.Files, With: u.With}.divisible() }

// Split splits a unit in two, as all machines would. One that is not divisible
// gives itself.
func (u Unit) Split() (parts []Unit) {
	cost := map[string]Cost{} // what each file takes alone is not known any more
	for _, file := range u.Files {
		cost[file] = Cost{Seconds: 1}
	}
	for _, part := range SplitShard(Shard{Name: u.Name, Dir: u.Dir, Files: u.Files, With: u.With}, cost) {
		share := float64(len(part.Files)) / float64(len(u.Files))
		parts = append(parts, Unit{Name: part.Name, Dir: part.Dir, Files: part.Files, Seconds: u.Seconds * share,
			Estimated: true, Machine: u.Machine, With: part.With})
	}
	return parts
}

// Take makes the plan that of one machine of a fleet: its units, and the report
// of all files if it is the one that makes it.
func (w *Work) Take(s Suite, f Fleet, h History, machine int) {
	w.history = h
	w.listsAll = w.listsAll && f.Baseline == machine
	w.kept = true // what is kept of a listing is that of the whole suite
	w.Plan = Plan{Jobs: f.Jobs, Expected: f.Loads[machine-1]}
	w.Tests = 0
	for _, u := range f.Of(machine) {
		w.Plan.Shards = append(w.Plan.Shards, Planned{s.Shard(u), Cost{u.Seconds, u.Tests, u.Estimated}})
		w.Plan.Total += u.Seconds
		w.Tests += u.Tests
	}
	w.Plan.Bound = w.Plan.Total / float64(f.Jobs)
}

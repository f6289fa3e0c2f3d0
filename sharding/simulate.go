package sharding

import (
	"container/heap"
	"hash/fnv"
	"math/rand/v2"
)

// Uneven says how far a fleet is from what the plan knows.
type Uneven struct {
	Times    float64 // a unit takes up to this share more or less than recorded
	Machines float64 // a machine is up to this share slower or faster than the mean
}

// Simulation is what a fleet would do, in seconds until the last machine ends.
type Simulation struct {
	Machines int     `json:"machines"`
	Units    int     `json:"units"`
	Longest  float64 `json:"longest_unit_seconds"`
	Bound    float64 `json:"lower_bound_seconds"`
	Planned  float64 `json:"planned_seconds"` // index shards, if all is as recorded
	Index    float64 `json:"index_seconds"`   // index shards, if it is uneven
	Queue    float64 `json:"queue_seconds"`   // a queue, if it is uneven
}

// Simulate runs a fleet without running anything. queueCost is what the queue
// takes for a unit in seconds. What is uneven is drawn by the names of units and
// the numbers of machines, so the same arguments give the same answer.
func Simulate(f Fleet, uneven Uneven, queueCost float64) Simulation {
	s := Simulation{Machines: f.Machines, Units: len(f.Units), Bound: f.Bound, Planned: f.Expected}
	pace := make([]float64, f.Machines)
	for i := range pace {
		pace[i] = 1 + uneven.Machines*draw(uint64(i), "machine")
	}
	index, queue := newSlots(f), newSlots(f)
	fixed := make([]slots, f.Machines) // the processes of each machine
	for _, p := range index {
		fixed[p.machine] = append(fixed[p.machine], p)
	}
	onIndex := func(machine int, seconds float64) {
		own := fixed[machine]
		own[0].busy += seconds * pace[machine]
		s.Index = max(s.Index, own[0].busy)
		heap.Fix(&own, 0)
	}
	onQueue := func(seconds float64) {
		first := &queue[0]
		first.busy += seconds*pace[first.machine] + queueCost
		s.Queue = max(s.Queue, first.busy)
		heap.Fix(&queue, 0)
	}
	if f.Baseline != NoMachine {
		baseline := f.Total
		for _, u := range f.Units {
			baseline -= u.Seconds
		}
		onIndex(f.Baseline-1, baseline)
		onQueue(baseline)
	}
	for _, u := range f.Units {
		s.Longest = max(s.Longest, u.Seconds)
		actual := u.Seconds * (1 + uneven.Times*draw(0, u.Name))
		onIndex(u.Machine-1, actual)
		onQueue(actual)
	}
	return s
}

// newSlots gives the processes of a fleet, none of them busy.
func newSlots(f Fleet) slots {
	all := make(slots, f.Machines*f.Jobs)
	for i := range all {
		all[i] = slot{machine: i % f.Machines, number: i}
	}
	return all
}

// draw gives a number from -1 to 1 that depends on its arguments alone.
func draw(number uint64, name string) float64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // it never fails
	return 2*rand.New(rand.NewPCG(h.Sum64(), number)).Float64() - 1
}

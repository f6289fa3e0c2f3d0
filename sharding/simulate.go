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
	Machines   int     `json:"machines"`
	Bound      float64 `json:"lower_bound_seconds"`
	IndexUnits int     `json:"index_units"`
	Planned    float64 `json:"planned_seconds"` // index shards, if all is as recorded
	Index      float64 `json:"index_seconds"`   // index shards, if it is uneven
	QueueUnits int     `json:"queue_units"`
	Queue      float64 `json:"queue_seconds"` // a queue, if it is uneven
}

// Simulate runs a fleet without running anything, once as index shards and once
// with a queue, whose plan can be another. queueCost is what the queue takes for
// a unit in seconds. What is uneven is drawn by the names of files and the numbers
// of machines, so the same arguments give the same answer.
func Simulate(index, queue Fleet, uneven Uneven, queueCost float64) Simulation {
	s := Simulation{Machines: index.Machines, Bound: index.Bound, Planned: index.Expected,
		IndexUnits: len(index.Units), QueueUnits: len(queue.Units)}
	pace := make([]float64, index.Machines)
	for i := range pace {
		pace[i] = 1 + uneven.Machines*draw(uint64(i), "machine")
	}
	fixed := make([]slots, index.Machines) // the processes of each machine
	for _, p := range newSlots(index) {
		fixed[p.machine] = append(fixed[p.machine], p)
	}
	index.actual(uneven, func(machine int, seconds float64) {
		own := fixed[machine-1]
		own[0].busy += seconds * pace[machine-1]
		s.Index = max(s.Index, own[0].busy)
		heap.Fix(&own, 0)
	})
	free := newSlots(queue)
	queue.actual(uneven, func(_ int, seconds float64) {
		first := &free[0]
		first.busy += seconds*pace[first.machine] + queueCost
		s.Queue = max(s.Queue, first.busy)
		heap.Fix(&free, 0)
	})
	return s
}

// actual gives what each unit takes, in the order in which they start, on a
// machine of mean pace.
func (f Fleet) actual(uneven Uneven, give func(machine int, seconds float64)) {
	if f.Baseline != NoMachine {
		baseline := f.Total
		for _, u := range f.Units {
			baseline -= u.Seconds
		}
		give(f.Baseline, baseline)
	}
	for _, u := range f.Units {
		give(u.Machine, u.Seconds*(1+uneven.Times*draw(0, u.Files[0])))
	}
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

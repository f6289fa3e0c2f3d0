package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/covpipe/covpipe/sharding"
)

const (
	maxWorkers = 100_000
	// maxProcesses are those of all machines together; more is a slip of the hand,
	// and takes gigabytes to plan for.
	maxProcesses = 1_000_000
	// queueCost is what the queue takes for a unit besides its tests, in seconds: a
	// dozen questions, over a network that takes more than a millisecond for each.
	queueCost = 0.02
)

// uneven is how a fleet differs from its plan in a simulation: units take up to
// 30 % more or less than recorded, machines up to 20 % more or less than others.
var uneven = sharding.Uneven{Times: 0.3, Machines: 0.2}

// workerCounts reads --simulate: "8" or "4,16,64".
func workerCounts(text string) (counts []int, err error) {
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > maxWorkers {
			return nil, usage("--simulate %q: numbers of workers from 1 to %d, such as 4,16,64", text, maxWorkers)
		}
		counts = append(counts, n)
	}
	return counts, nil
}

// checkProcesses refuses a fleet that is larger than any.
func checkProcesses(machines, jobs int) error {
	if machines > maxProcesses/jobs {
		return usage("%d machines with %s each are more than %d processes", machines, plural(jobs, "job"), maxProcesses)
	}
	return nil
}

// shardPlanFleet shows how the suite would be spread over machines.
func (a *app) shardPlanFleet(ctx context.Context, opt shardOptions, p part) error {
	w, err := a.prepareFleet(ctx, opt, p.machines, 0)
	if err != nil {
		return err
	}
	defer w.release()
	if opt.asJSON {
		shown := w.fleet
		if p.machine > 0 {
			shown.Units = append([]sharding.Unit{}, shown.Of(p.machine)...)
		}
		return a.printJSON(struct {
			Plan   string          `json:"plan_sha256"` // of all machines
			Inputs sharding.Inputs `json:"inputs"`
			Listed int             `json:"tests"` // of the whole suite; 0: PHPUnit cannot list them
			sharding.Fleet
		}{planSum(w.fleet), w.inputs, w.listed, shown})
	}
	f := w.fleet
	fmt.Fprintf(a.stdout, "%s, from the %s, plan %.12s\n", w.name, w.work.From, planSum(f))
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for machine := 1; machine <= f.Machines; machine++ {
		if p.machine > 0 && machine != p.machine {
			continue
		}
		var names []string
		tests := 0
		if f.Baseline == machine {
			names = append(names, sharding.BaselineName)
		}
		for _, u := range f.Of(machine) {
			names = append(names, u.Name)
			tests += u.Tests
		}
		fmt.Fprintf(table, "  %d/%d\t%s\t%s\t%s\n", machine, f.Machines,
			seconds(f.Loads[machine-1]), plural(tests, "test"), strings.Join(names, ", "))
	}
	_ = table.Flush() // what is printed for people has nowhere else to go
	mean := f.Total / float64(f.Machines*f.Jobs)
	fmt.Fprintf(a.stdout, "%s in %s on %s with %s each: about %s; mean %s, lower bound %s\n", testsListed(w.listed),
		plural(len(f.Units), "unit"), plural(f.Machines, "machine"), plural(f.Jobs, "job"),
		seconds(f.Expected), seconds(mean), seconds(f.Bound))
	a.showGuess(opt, f)
	return nil
}

// showGuess says what of a plan is a guess, if something is.
func (a *app) showGuess(opt shardOptions, f sharding.Fleet) {
	switch {
	case opt.times == "":
		fmt.Fprintln(a.stdout, "no --times, so all of it is guessed from the number of tests")
	case slices.ContainsFunc(f.Units, func(u sharding.Unit) bool { return u.Estimated }):
		fmt.Fprintf(a.stdout, "%s lacks some files, whose times are guessed from the number of tests\n", opt.times)
	}
}

// shardSimulate shows what fleets of several sizes would do. With --times and
// without a project it needs no PHP.
func (a *app) shardSimulate(ctx context.Context, opt shardOptions) error {
	switch {
	case opt.jobs < 0:
		return usage("--jobs %d is less than 1", opt.jobs)
	case opt.machines > 0 || opt.shard != "":
		return usage("--simulate names the sizes of fleets; --machines and --shard are for the plan of one")
	}
	counts, err := workerCounts(opt.simulate)
	if err != nil {
		return err
	}
	for _, n := range counts {
		if err := checkProcesses(n, max(opt.jobs, 1)); err != nil {
			return err
		}
	}
	spread, err := a.spreader(ctx, opt)
	if err != nil {
		return err
	}
	var all []sharding.Simulation
	for _, n := range counts {
		all = append(all, sharding.Simulate(spread(n, 0), spread(n, sharding.QueueGrain), uneven, queueCost))
	}
	if opt.asJSON {
		return a.printJSON(all)
	}
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "workers\tlower bound\tas planned\tindex shards\tunits\tqueue\tunits")
	for _, s := range all {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%d\t%s\t%d\n", s.Machines, seconds(s.Bound), seconds(s.Planned),
			seconds(s.Index), s.IndexUnits, seconds(s.Queue), s.QueueUnits)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	a.showGuess(opt, spread(1, 0))
	return nil
}

// spreader gives what spreads the suite, or the times that were given, over
// machines.
func (a *app) spreader(
	ctx context.Context, opt shardOptions,
) (func(machines int, grain float64) sharding.Fleet, error) {
	jobs := max(opt.jobs, 1)
	if opt.times != "" && opt.dir == "" && opt.source == "" {
		h, err := sharding.ReadHistory(opt.times)
		if err != nil {
			return nil, err
		}
		if len(h.Files) == 0 {
			return nil, fmt.Errorf("%s: %w: it names no file, and no project is named", opt.times, sharding.ErrTimes)
		}
		shards, cost := h.Shards()
		return func(n int, grain float64) sharding.Fleet {
			return sharding.Spread(shards, cost, h.PerShard, h.Baseline, n, jobs, grain)
		}, nil
	}
	opt.jobs = jobs
	w, err := a.prepareFleet(ctx, opt, 1, 0)
	if err != nil {
		return nil, err
	}
	defer w.release()
	return func(n int, grain float64) sharding.Fleet { return w.work.Fleet(w.suite, w.times, n, jobs, grain) }, nil
}

package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/sharding"
)

// fleetWork is a suite that is spread over machines.
type fleetWork struct {
	shardSuite
	tools  sharding.Toolchain
	work   *sharding.Work
	times  sharding.History
	fleet  sharding.Fleet
	inputs sharding.Inputs
	branch string
	listed int // tests of the whole suite; 0: PHPUnit could not list them
}

// prepareFleet finds the tests and spreads them. Each machine that does so from
// the same code and times has the same plan.
func (a *app) prepareFleet(ctx context.Context, opt shardOptions, machines int, grain float64) (*fleetWork, error) {
	w := &fleetWork{times: sharding.NewHistory()}
	var err error
	if opt.times != "" {
		if w.times, err = sharding.ReadHistory(opt.times); err != nil {
			return nil, err
		}
	}
	if w.shardSuite, err = a.openSuite(opt); err != nil {
		return nil, err
	}
	w.suite.Overhead = 0 // no set has it, so it would be measured each time
	if err = checkProcesses(machines, w.jobs); err == nil {
		err = a.spreadSuite(ctx, w, machines, grain)
	}
	if err != nil {
		w.release()
		return nil, err
	}
	return w, nil
}

// spreadSuite finds the tests of a suite and makes the plan.
func (a *app) spreadSuite(ctx context.Context, w *fleetWork, machines int, grain float64) (err error) {
	if w.tools, w.work, err = a.prepareSuite(ctx, w.name, w.suite, w.jobs); err != nil {
		return err
	}
	var commit string
	w.branch, commit = a.revision(ctx, w.suite.Dir)
	w.listed = w.work.Tests
	w.fleet = w.work.Fleet(w.suite, w.times, machines, w.jobs, grain)
	w.inputs, err = w.suite.Inputs(w.tools, w.work, commit)
	return err
}

// shardRunPart runs the part of one machine and leaves a shard set.
func (a *app) shardRunPart(ctx context.Context, opt shardOptions, p part) error {
	w, err := a.prepareFleet(ctx, opt, p.machines, 0)
	if err != nil {
		return err
	}
	defer w.release()
	dir, err := filepath.Abs(cmp.Or(opt.out, fmt.Sprintf("%s-%d-of-%d", defaultShardDir, p.machine, p.machines)))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := remove(filepath.Join(dir, setManifest)); err != nil {
		return err
	}
	begin := a.now()
	w.work.Take(w.suite, w.fleet, w.times, p.machine)
	if w.listed == 0 {
		w.work.Tests = 0 // what its units are taken to have is a guess
	}
	a.say("%s: shard %v: %s of %d", w.name, p, plural(len(w.work.Plan.Shards), "unit"), len(w.fleet.Units))
	s, err := a.runWork(ctx, w.shardSuite, w.tools, w.work, dir, opt.resume)
	if err != nil {
		return shardsStopped(ctx, err)
	}
	a.warnOfFailing(w.name, s, dir)
	set := &shardSet{Version: 1, Project: w.name, Machine: p.machine, Machines: p.machines, Plan: planSum(w.fleet),
		Inputs: w.inputs, Branch: w.branch, Began: begin.UTC(), Host: hostName(), Listed: w.listed,
		Baseline: s.baseline != "", Times: sharding.History{}, dir: dir}
	if err := a.writeSet(set, w, s); err != nil {
		return err
	}
	return a.showPart(opt, set, s)
}

func hostName() string {
	name, _ := os.Hostname() // it is for people
	return name
}

// writeSet merges what the machine ran and writes the set, the manifest last.
func (a *app) writeSet(set *shardSet, w *fleetWork, s *sharded) error {
	partial, err := a.partialOf(s, w.suite)
	if err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(set.dir, setPlan), w.fleet); err != nil {
		return err
	}
	if set.Partial, err = writePartial(filepath.Join(set.dir, setPartial), partial); err != nil {
		return err
	}
	for _, r := range s.outcome.Results {
		set.Shards = append(set.Shards, outcomeOf(w.suite, r))
	}
	set.Times = timesOf(w.suite, s.outcome)
	set.Ended = a.now().UTC()
	return writeJSON(filepath.Join(set.dir, setManifest), set)
}

// timesOf gives what the shards took, those that a run which is resumed has left
// among them, and nothing older.
func timesOf(suite sharding.Suite, out *sharding.Outcome) sharding.History {
	h := sharding.History{Files: map[string]sharding.FileHistory{}}
	h.Learn(suite, out.Results)
	h.Baseline = out.BaselineSeconds
	return h
}

// partialOf merges the reports of shards for a later merge.
func (a *app) partialOf(s *sharded, suite sharding.Suite) (*coverage.Partial, error) {
	var outside coverage.Outside
	partial := coverage.NewPartial()
	paths := s.parts
	if s.baseline != "" {
		paths = append([]string{s.baseline}, paths...)
	}
	for _, path := range paths {
		if err := partial.Add(a.shardRows(path, suite.Source, true, &outside)); err != nil {
			return nil, err
		}
	}
	if outside.Files > 0 {
		a.warn("%d entries lie outside the root %s and are left out, the first is %s",
			outside.Files, suite.Source, outside.First)
	}
	return partial, nil
}

// partJSON is what shard run --shard --json prints.
type partJSON struct {
	Dir      string         `json:"dir"`
	Machine  int            `json:"machine"`
	Machines int            `json:"machines"`
	Plan     string         `json:"plan_sha256"`
	Baseline bool           `json:"all_files"`
	Shards   []shardOutcome `json:"shards"`
}

func (a *app) showPart(opt shardOptions, set *shardSet, s *sharded) error {
	if opt.asJSON {
		out := partJSON{set.dir, set.Machine, set.Machines, set.Plan, set.Baseline,
			append([]shardOutcome{}, set.Shards...)}
		if err := a.printJSON(out); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "%s: shard %d of %d: %s measured, in %s\n", set.dir, set.Machine, set.Machines,
			plural(len(s.parts), "unit"), seconds(set.Ended.Sub(set.Began).Seconds()))
	}
	var lacking, failing []string
	if len(s.missing) > 0 {
		lacking = append(lacking, s.missing.names())
	}
	for _, shard := range s.failing {
		failing = append(failing, set.Project+" "+shard)
	}
	return gaps{failing: failing, lacking: lacking}.err()
}

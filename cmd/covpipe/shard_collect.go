package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/sharding"
)

type collectOptions struct {
	queueOptions
	out     string
	times   string
	asJSON  bool
	timeout time.Duration
	keepRun bool
}

func (a *app) shardCollectCommand() *cobra.Command {
	var opt collectOptions
	cmd := &cobra.Command{
		Use:   "collect [DIR…]",
		Short: "Merge what the machines of a fleet have run, once all of it is there",
		Long: `Reads the shard sets that covpipe shard run --shard has left, in each folder or in
its subfolders, checks by name that every unit of the plan is there once, from the
same commit, tools and plan, and merges them into one Clover report, with paths
relative to the source root.

A machine that is missing is named, what there is is marked as a lower bound, and
the exit code is 3. The same set twice does no harm; two sets of one machine that
say different things are refused.

With --queue it waits for a run in a queue instead, until its workers have settled
all units, and removes the run when nothing is missing.`,
		Example: `  covpipe shard collect sets/ -o merged.clover.xml
  covpipe shard collect set-1 set-2 set-3 --times-to times.json -o merged.clover.xml
  covpipe shard collect --queue nats://nats:4222 --run nightly-42 -o merged.clover.xml`,
		RunE: func(cmd *cobra.Command, dirs []string) error {
			queued := opt.place != "" || opt.run != "" || len(dirs) == 0 && a.environment("COVPIPE_QUEUE") != ""
			switch {
			case queued && len(dirs) > 0:
				return usage("collect: --queue and %s name two runs; give one of them", dirs[0])
			case queued:
				return a.collectQueue(cmd.Context(), opt)
			case len(dirs) == 0:
				return usage("collect: name the folder of each shard set, or one that holds them, or --queue")
			}
			return a.shardCollect(dirs, opt)
		},
	}
	opt.addFlags(cmd)
	return cmd
}

func (opt *collectOptions) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&opt.out, "output", "o", "merged.clover.xml",
		"write the merged report to `FILE`, whole or not at all")
	flags.StringVar(&opt.times, "times-to", "", "write what everything took to `FILE`, for the next plan")
	flags.BoolVar(&opt.asJSON, "json", false, "print JSON")
	opt.queueOptions.addFlags(cmd)
	flags.DurationVar(&opt.timeout, "timeout", 6*time.Hour,
		"with --queue: what is not settled after this long is missing")
	flags.BoolVar(&opt.keepRun, "keep-run", false, "with --queue: leave the run in the queue")
}

// What sets can have against each other.
var (
	errOtherRun    = errors.New("the shard sets are not of one run")
	errContradicts = errors.New("two shard sets of one machine say different things")
	errIncomplete  = errors.New("a shard set does not have what the plan says")
	errNoBaseline  = errors.New("the report of all files is missing, " +
		"without which files that no test loads would be left out")
)

// collection is what the machines of a fleet have left.
type collection struct {
	project  string
	inputs   sharding.Inputs
	fleet    sharding.Fleet
	listed   int // tests of the suite; 0 if that is not known
	machines []string
	of       string // what they are: "machine" or "worker"
	partials func(yield func(*coverage.Partial, error) bool)
	shards   []shardOutcome
	absent   []string // machines, for people
	missing  missingShards
	times    sharding.History
}

func (a *app) shardCollect(dirs []string, opt collectOptions) error {
	sets, err := readSets(dirs)
	if err != nil {
		return err
	}
	first := sets[0]
	for _, set := range sets[1:] {
		if err := first.sameRun(set); err != nil {
			return err
		}
	}
	fleet, err := first.plan()
	if err != nil {
		return err
	}
	if sets, err = a.withoutDoubles(sets); err != nil {
		return err
	}
	c := &collection{project: first.Project, of: "machine", inputs: first.Inputs, fleet: fleet, listed: first.Listed,
		times: sharding.History{Files: map[string]sharding.FileHistory{}}}
	if err := c.verify(sets); err != nil {
		return err
	}
	c.partials = func(yield func(*coverage.Partial, error) bool) {
		for _, set := range sets {
			p, err := readPartial(filepath.Join(set.dir, setPartial), set.Partial)
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
	return a.finishCollection(c, opt)
}

// sameRun tells whether two sets can be merged.
func (s *shardSet) sameRun(o *shardSet) error {
	if found := s.Inputs.Differences(o.Inputs); len(found) > 0 {
		return fmt.Errorf("%w: %s and %s differ in %s", errOtherRun, s.dir, o.dir, strings.Join(found, "; "))
	}
	if s.Machines != o.Machines {
		return fmt.Errorf("%w: %s is of %d machines and %s of %d", errOtherRun, s.dir, s.Machines, o.dir, o.Machines)
	}
	if s.Plan != o.Plan {
		return fmt.Errorf("%w: %s and %s have different plans, from other times or another number of jobs",
			errOtherRun, s.dir, o.dir)
	}
	return nil
}

// withoutDoubles keeps one set of each machine. Of several, as a job that was tried
// again leaves them, it is one that lacks nothing, if there is one, and of those that
// cover the same one whose tests failed.
func (a *app) withoutDoubles(sets []*shardSet) (kept []*shardSet, err error) {
	slices.SortStableFunc(sets, func(a, b *shardSet) int {
		return cmp.Or(a.Machine-b.Machine, min(a.missing(), 1)-min(b.missing(), 1), b.failing()-a.failing(),
			cmp.Compare(a.dir, b.dir))
	})
	for _, set := range sets {
		if len(kept) == 0 || kept[len(kept)-1].Machine != set.Machine {
			kept = append(kept, set)
			continue
		}
		switch before := kept[len(kept)-1]; {
		case before.missing() == 0 && set.missing() > 0:
			a.say("%s: passed over, %s is of the same machine and lacks nothing", set.dir, before.dir)
		case before.Partial == set.Partial:
			a.say("%s: passed over, %s is of the same machine", set.dir, before.dir)
		default:
			return nil, fmt.Errorf("%w: %s and %s, of shard %d of %d",
				errContradicts, before.dir, set.dir, set.Machine, set.Machines)
		}
	}
	return kept, nil
}

// missing gives how many of the machine's shards were not measured.
func (s *shardSet) missing() (n int) {
	for _, o := range s.Shards {
		if o.Ending != "" {
			n++
		}
	}
	return n
}

// failing gives in how many of the machine's shards tests failed.
func (s *shardSet) failing() (n int) {
	for _, o := range s.Shards {
		if o.Failed {
			n++
		}
	}
	return n
}

// verify holds the sets against the plan, file by file.
func (c *collection) verify(sets []*shardSet) error {
	present := map[int]*shardSet{}
	baseline := c.fleet.Baseline == sharding.NoMachine
	for _, set := range sets {
		present[set.Machine] = set
		baseline = baseline || set.Baseline
		c.times.Add(set.Times)
		c.machines = append(c.machines, set.Host)
		c.shards = append(c.shards, set.Shards...)
		if err := set.verify(c.fleet); err != nil {
			return err
		}
	}
	if !baseline {
		return fmt.Errorf("%w; shard %d of %d makes it", errNoBaseline, c.fleet.Baseline, c.fleet.Machines)
	}
	for machine := 1; machine <= c.fleet.Machines; machine++ {
		units := c.fleet.Of(machine)
		if present[machine] != nil || len(units) == 0 {
			continue
		}
		c.absent = append(c.absent, part{machine, c.fleet.Machines}.String())
		for _, u := range units {
			c.shards = append(c.shards, shardOutcome{Name: u.Name, Dir: u.Dir, Files: u.Files, Ending: sharding.Absent,
				Reason: fmt.Sprintf("shard %d of %d has left no shard set", machine, c.fleet.Machines)})
		}
	}
	c.findMissing()
	return nil
}

func (c *collection) findMissing() {
	for _, o := range c.shards {
		if failure := o.missing(); failure != nil {
			c.missing = append(c.missing, failure)
		}
	}
}

// verify checks that each file of the machine's units is in one of its shards,
// once, and no other file is.
func (s *shardSet) verify(f sharding.Fleet) error {
	seen := map[string]int{}
	for _, o := range s.Shards {
		for _, file := range o.Files {
			seen[file]++
		}
	}
	for _, u := range f.Of(s.Machine) {
		for _, file := range u.Files {
			if seen[file] != 1 {
				return fmt.Errorf("%s: %w: %s of %s is in it %d times", s.dir, errIncomplete, file, u.Name, seen[file])
			}
			delete(seen, file)
		}
	}
	for file := range seen {
		return fmt.Errorf("%s: %w: %s is not in its part", s.dir, errIncomplete, file)
	}
	return nil
}

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/queue"
	"github.com/covpipe/covpipe/sharding"
)

// collector waits for a run in a queue and gathers what its workers left.
type collector struct {
	a      *app
	q      *queue.Queue
	run    string
	opt    collectOptions
	plan   queuedPlan
	ends   map[string]queue.End
	merged map[string]mergedInfo // by worker
}

// collectQueue waits until all units of a run are settled, and merges them. What
// is not settled in time is missing.
func (a *app) collectQueue(ctx context.Context, opt collectOptions) error {
	if opt.timeout <= 0 {
		return usage("--timeout %v is not above 0", opt.timeout)
	}
	q, run, err := a.openQueue(ctx, opt.queueOptions, "shard collect")
	if err != nil {
		return err
	}
	defer q.Close()
	c := &collector{a: a, q: q, run: run, opt: opt}
	limited, cancel := context.WithTimeout(ctx, opt.timeout)
	defer cancel()
	text, err := q.Open(limited, func() { a.say("queue: waiting for run %s", run) })
	if err != nil {
		return err
	}
	if c.plan, err = readQueuedPlan(text); err != nil {
		return err
	}
	switch err := c.wait(limited); {
	case err != nil && (ctx.Err() != nil || limited.Err() == nil):
		return err
	case err != nil:
		a.warn("queue: run %s: %v passed, and not all units are settled", run, opt.timeout)
	}
	if err := c.gather(ctx); err != nil {
		return err
	}
	found, err := c.collection(ctx)
	if err != nil {
		return err
	}
	err = a.finishCollection(found, opt)
	if len(found.missing) == 0 && !opt.keepRun && (err == nil || exitCode(err) == exitPart) {
		if err := q.Delete(ctx); err != nil {
			a.warn("queue: run %s is collected, and could not be deleted: %v", run, err)
		}
	}
	return err
}

// wait returns when no unit is left in the queue, or with an error when ctx ends.
func (c *collector) wait(ctx context.Context) error {
	said, most := c.a.now(), 0
	for {
		left, err := c.q.Left(ctx)
		if err != nil {
			return err
		}
		if left == 0 {
			c.a.clearStatus(c.plan.Project)
			return nil
		}
		most = max(most, left)
		line := fmt.Sprintf("%s: %d of %s not settled", c.plan.Project, left, plural(most, "unit"))
		if c.a.showStatus(c.plan.Project, line); !c.a.terminal && c.a.now().Sub(said) >= plainEvery {
			c.a.say("%s; %s", line, c.workers(ctx))
			said = c.a.now()
		}
		select {
		case <-ctx.Done():
			c.a.clearStatus(c.plan.Project)
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// workers tells how many workers are there.
func (c *collector) workers(ctx context.Context) string {
	all, err := c.q.All(ctx, workerKind)
	if err != nil {
		return "the workers are not known"
	}
	there := 0
	for _, text := range all {
		if w := c.worker(text); !w.Done && c.a.now().Sub(w.Seen) < c.plan.Silence {
			there++
		}
	}
	if there == 0 {
		return "no worker is there: covpipe shard work --run " + c.run
	}
	return plural(there, "worker")
}

func (c *collector) worker(text []byte) (w workerInfo) {
	_ = json.Unmarshal(text, &w) // one that cannot be read is one that was not seen
	return w
}

// gather reads what became of the units, and waits a moment for workers that are
// about to upload what they merged.
func (c *collector) gather(ctx context.Context) (err error) {
	if c.ends, err = c.q.Ends(ctx); err != nil {
		return err
	}
	for until := c.a.now().Add(mergeGrace); ; {
		merged, err := c.q.All(ctx, mergedKind)
		if err != nil {
			return err
		}
		c.merged = map[string]mergedInfo{}
		for id, text := range merged {
			var info mergedInfo
			if err := json.Unmarshal(text, &info); err != nil {
				return fmt.Errorf("queue: worker %s: %w", id, err)
			}
			c.merged[id] = info
		}
		late, err := c.late(ctx)
		if err != nil || !late || c.a.now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// mergeGrace is how long a worker may take to upload what it has merged; without
// it its units are read one by one.
const mergeGrace = 15 * time.Second

// late tells whether a worker that is there has not uploaded yet.
func (c *collector) late(ctx context.Context) (bool, error) {
	workers, err := c.q.All(ctx, workerKind)
	if err != nil {
		return false, err
	}
	for _, end := range c.ends {
		if _, there := c.merged[end.Worker]; there || end.State != queue.Measured {
			continue
		}
		if w := c.worker(workers[end.Worker]); c.a.now().Sub(w.Seen) < c.plan.Silence/2 {
			return true, nil
		}
	}
	return false, nil
}

// collection verifies by name that each unit was settled once, itself or in its
// parts.
func (c *collector) collection(ctx context.Context) (*collection, error) {
	found := &collection{project: c.plan.Project, of: "worker",
		inputs: c.plan.Inputs, fleet: c.plan.Fleet, listed: c.plan.Listed,
		times: sharding.History{Files: map[string]sharding.FileHistory{}}}
	used := map[string]queue.End{}
	if c.plan.Fleet.Baseline != sharding.NoMachine {
		end := c.ends[sharding.BaselineName]
		if end.State != queue.Measured {
			return nil, fmt.Errorf("%w: %s", errNoBaseline,
				cmp.Or(c.info(end).Outcome.Reason, "no worker has made it in time"))
		}
		used[sharding.BaselineName] = end
		found.times.Baseline = c.info(end).Times.Baseline
	}
	for _, u := range c.plan.Fleet.Units {
		c.add(u, found, used)
	}
	workers := map[string]bool{}
	for _, end := range used {
		workers[end.Worker] = true
	}
	found.machines = slices.Sorted(maps.Keys(workers))
	found.findMissing()
	found.partials = func(yield func(*coverage.Partial, error) bool) { c.partials(ctx, used, yield) }
	return found, nil
}

// add adds a unit, or its parts.
func (c *collector) add(u sharding.Unit, found *collection, used map[string]queue.End) {
	end, settled := c.ends[u.Name]
	o := shardOutcome{Name: u.Name, Dir: u.Dir, Files: u.Files}
	switch info := c.info(end); {
	case !settled:
		o.Ending, o.Reason = sharding.Absent, "no worker has settled it in time"
	case end.State == queue.Split:
		found.times.Add(info.Times)
		for _, part := range u.Split() {
			c.add(part, found, used)
		}
		return
	case end.State == queue.Measured:
		o = info.Outcome
		o.Files = u.Files
		used[u.Name] = end
		found.times.Add(info.Times)
	default:
		o = info.Outcome
		o.Files = u.Files
		o.Ending = cmp.Or(o.Ending, sharding.Absent)
	}
	found.shards = append(found.shards, o)
}

func (c *collector) info(end queue.End) (info unitInfo) {
	_ = json.Unmarshal(end.Info, &info) // what cannot be read says nothing
	return info
}

// partials gives what workers have merged, and one by one the units of those
// that have not: they died, or settled more after that.
func (c *collector) partials(
	ctx context.Context, used map[string]queue.End, yield func(*coverage.Partial, error) bool,
) {
	done := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(c.merged)) {
		info := c.merged[id]
		if !c.fits(id, info, used) {
			continue
		}
		for _, unit := range info.Units {
			done[unit] = true
		}
		if p, err := c.partial(ctx, info.Object, info.Sum); !yield(p, err) || err != nil {
			return
		}
	}
	for _, unit := range slices.Sorted(maps.Keys(used)) {
		if done[unit] {
			continue
		}
		if p, err := c.partial(ctx, used[unit].Object, used[unit].Sum); !yield(p, err) || err != nil {
			return
		}
	}
}

// fits tells whether all that a worker has merged is its own to count.
func (c *collector) fits(id string, info mergedInfo, used map[string]queue.End) bool {
	return !slices.ContainsFunc(info.Units, func(unit string) bool { return used[unit].Worker != id })
}

func (c *collector) partial(ctx context.Context, object, sum string) (*coverage.Partial, error) {
	octets, err := c.q.Get(ctx, object)
	if err != nil {
		return nil, err
	}
	if hexSum(octets) != sum {
		return nil, fmt.Errorf("queue: %s: %w: its hash is another", object, coverage.ErrPartial)
	}
	p, err := coverage.ReadPartial(bytes.NewReader(octets))
	if err != nil {
		return nil, fmt.Errorf("queue: %s: %w", object, err)
	}
	return p, nil
}

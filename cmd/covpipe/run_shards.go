package main

import (
	"errors"

	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/sharding"
)

// tell puts what the runner knows of its shards into what the ledger keeps, also
// of a source without one measured shard.
func (s *sharded) tell(about *loaders.Source) {
	about.Driver = s.tools.Driver + " " + s.tools.DriverVersion
	about.Runtime, about.Runner = "PHP "+s.tools.PHPVersion, "PHPUnit "+s.tools.PHPUnitVersion
	present := int64(len(s.parts))
	about.Shards = loaders.Total{Covered: present, Total: present + int64(len(s.missing)), Known: true}
	about.Tests, about.ShardRuns = 0, nil
	for _, r := range s.outcome.Results {
		about.Tests += int64(r.Tests)
		about.ShardRuns = append(about.ShardRuns, shardRun(r, about.Driver))
	}
	for _, r := range s.outcome.Without {
		if r.Err != nil {
			continue // nothing of what was measured is missing
		}
		about.ShardRuns = append(about.ShardRuns, shardRun(r, withoutDriver))
	}
}

// withoutDriver is the driver of a shard that ran without coverage, to tell what
// coverage costs.
const withoutDriver = "none"

// sayOverhead says what coverage costs, if this run has measured it.
func (a *app) sayOverhead(name string, out *sharding.Outcome) {
	for _, r := range out.Without {
		if r.Err != nil {
			a.warn("%s: what coverage costs is not known of all shards: %v", name, r.Err)
		}
	}
	if o := out.Overhead; o != nil {
		a.say("%s: coverage takes %.1f times the processor time of the tests alone: %s with it, %s without, in %s",
			name, o.Factor(), seconds(o.With), seconds(o.Without), plural(o.Shards, "shard"))
	}
}

// shardRun is what the ledger keeps of one shard.
func shardRun(r sharding.Result, driver string) loaders.ShardRun {
	run := loaders.ShardRun{
		Name: r.Shard.Name, Status: loaders.ShardMeasured, Ending: string(sharding.Passed),
		Tests: int64(r.Tests), Wall: r.Wall, CPU: r.CPU, Peak: r.Peak, Driver: driver,
	}
	var failure *sharding.ShardError
	switch {
	case errors.As(r.Err, &failure):
		run.Status, run.Ending = loaders.ShardMissing, string(failure.Ending)
	case r.Failed:
		run.Status, run.Ending = loaders.ShardFailing, string(sharding.TestsFailed)
	case r.Reused:
		run.Status = loaders.ShardReused
	}
	return run
}

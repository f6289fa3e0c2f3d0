package sharding

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Overhead is what coverage costs: the same shards with it and without, the
// driver off and no report. Seconds are sums over the shards.
type Overhead struct {
	At          time.Time `json:"at"`
	Shards      int       `json:"shards"`
	With        float64   `json:"with_cpu_seconds"`
	Without     float64   `json:"without_cpu_seconds"`
	WithWall    float64   `json:"with_seconds"`
	WithoutWall float64   `json:"without_seconds"`
}

// Factor gives how many times as much processor time coverage takes; 0 if that
// is not known.
func (o Overhead) Factor() float64 {
	if o.Without == 0 {
		return 0
	}
	return o.With / o.Without
}

// withoutName ends the name of a shard that runs without coverage.
const withoutName = "~without"

// overheadDue tells whether shards are to run without coverage, too.
func (r *run) overheadDue() bool {
	last := r.history.Overhead
	return r.suite.Overhead > 0 && (last == nil || r.suite.now().Sub(last.At) >= r.suite.Overhead)
}

// queueWithout lines up the shards once more, to run after all others, with
// the longest first.
func (r *run) queueWithout() {
	for _, t := range slices.Clone(r.pending) {
		if !t.baseline {
			t.shard.Name += withoutName
			t.without, t.seconds = true, 0 // what it takes is not known, and less
			r.pending = append(r.pending, t)
		}
	}
}

// withoutArgs gives the command line of a PHPUnit process that measures nothing.
func (s Suite) withoutArgs(tools Toolchain, config, teamcity string) []string {
	return slices.Concat([]string{tools.PHP, "-d", "memory_limit=-1"}, driverOff, s.phpunit(tools, config),
		[]string{"--no-coverage", "--log-teamcity", teamcity})
}

// judgeWithout tells whether a process without coverage came to its end, by
// what the log of its tests says: it has no report to show.
func judgeWithout(result Result, running string, ended Exit) Result {
	log := readLog(result.Log)
	ending, reason := endingOf(ended, log)
	if ending == Passed && (running != "" || result.Tests < result.Planned) {
		ending, reason = Exited, fmt.Sprintf("PHPUnit ended with exit code %d after %d of %d tests",
			ended.Code, result.Tests, result.Planned)
	}
	result.Failed = ended.Code != 0
	if ending != Passed {
		failure := result.Shard.failure(ending, reason)
		failure.Test, failure.Log, failure.Tail = running, result.Log, tail(log)
		result.Err = failure
	}
	return result
}

// weigh sums up the shards that ran both ways in this run.
func (r *run) weigh() {
	if len(r.out.Without) == 0 {
		return
	}
	o := Overhead{At: r.suite.now().UTC()}
	for _, without := range r.out.Without {
		i := slices.IndexFunc(r.out.Results, func(with Result) bool {
			return with.Err == nil && !with.Reused && slices.Equal(with.Shard.Files, without.Shard.Files)
		})
		if without.Err != nil || i < 0 {
			continue
		}
		with := r.out.Results[i]
		o.Shards++
		o.With, o.WithWall = o.With+with.CPU.Seconds(), o.WithWall+with.Wall.Seconds()
		o.Without, o.WithoutWall = o.Without+without.CPU.Seconds(), o.WithoutWall+without.Wall.Seconds()
	}
	if o.Shards > 0 {
		r.out.Overhead, r.history.Overhead = &o, &o
	}
}

// settleWithout takes note of a shard that ran without coverage. How it ended
// changes nothing of what was measured.
func (r *run) settleWithout(e endedTask) {
	failure := (*ShardError)(nil)
	if errors.As(e.result.Err, &failure) && failure.Ending == Stopped {
		return
	}
	r.out.Without = append(r.out.Without, e.result)
	r.tell(Event{Kind: Progress})
}

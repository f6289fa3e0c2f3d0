package sharding

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// EventKind is what an [Event] tells.
type EventKind int

// The kinds of events.
const (
	Warming  EventKind = iota // the static analysis is done once for all; Shard is empty
	Started                   // of Shard
	Progress                  // of all; only Left and Running are set
	Ended                     // of Shard, with Result
	Split                     // Shard could not be measured and is split in Parts, which are tried
	Again                     // Shard crashed and is tried once more, alone
)

// Event tells how a run goes on.
type Event struct {
	Kind    EventKind
	Shard   Shard
	Result  *Result // of Ended, Split and Again
	Parts   int
	Done    int       // shards that have ended for good
	All     int       // shards there are by now
	Running []Running // by name
	Left    time.Duration
}

// Running is a shard that runs.
type Running struct {
	Name  string
	Tests int // that have started
	Of    int // tests that it has
}

// Options say how to run a plan.
type Options struct {
	Dir    string // folder of reports, logs and journal
	Resume bool   // go on with the run whose journal is in Dir
	Memory int64  // octets that all processes may take together; 0: what is free
	Event  func(Event)
	Every  time.Duration // between two events of progress; 0: half a second
}

// Outcome is what a run has measured.
type Outcome struct {
	PerShard float64       // seconds that a process took besides its tests
	Results  []Result      // by name, those that are not measured among them
	Baseline string        // the report of all files, none of them run; empty if the project's own reports have none
	CPU      time.Duration // of all processes
	Warm     time.Duration // the static analysis that was done for all; 0: it was there
	Kept     bool          // the report of all files was there
	Without  []Result      // shards that also ran without coverage; none has a report
	Overhead *Overhead     // what coverage cost; nil: not measured by this run

	BaselineSeconds float64 // that the report of all files took; 0 if none was made
}

// BaselineName names the run that lists all files in logs and messages. No
// shard has this name.
const BaselineName = "(all files)"

// Run runs the shards of a plan, each in a PHPUnit process of its own, and
// leaves for each a report, a log and an event log in opt.Dir, named after the
// shard. Reports have only files that the process has loaded; one more run
// reports all files of the include list.
//
// Whatever becomes of one shard, the others run. A shard that runs out of
// memory or time is split and tried again, down to single files; one that
// crashes is tried once more alone. Events come one at a time.
//
// The error is about the whole run; a shard's own is in its Result. When ctx
// ends, processes are stopped and Run returns, and can be resumed.
func (s Suite) Run(ctx context.Context, tools Toolchain, work *Work, opt Options) (*Outcome, error) {
	if err := os.MkdirAll(opt.Dir, 0o755); err != nil {
		return nil, err
	}
	removeLeftOver(filepath.Dir(tools.config), s.now())
	var j *journal
	var err error
	if opt.Resume {
		j, err = openJournal(opt.Dir, work.inputs)
	} else {
		j, err = createJournal(opt.Dir, journalHead{Inputs: work.inputs, Began: s.now().UTC(), Plan: work.Plan})
	}
	if err != nil {
		return nil, err
	}
	defer j.file.Close()
	k, err := s.open(tools, opt.Dir, work.code)
	if err != nil {
		return nil, err
	}
	defer k.release()
	if err := errors.Join(s.keepTools(tools), s.keepListing(work), work.sums.keep(s.Cache)); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	r := &run{suite: s, tools: tools, opt: opt, journal: j, kept: k, history: work.history, out: &Outcome{}}
	if err := r.warm(ctx); err != nil {
		return nil, err
	}
	r.queue(j.head.Plan, work.listsAll)
	if r.overheadDue() {
		r.queueWithout()
	}
	err = r.loop(ctx)
	return r.out, errors.Join(err, r.learn())
}

// warm fills the cache of the static analysis.
func (r *run) warm(ctx context.Context) error {
	begin := r.suite.now()
	r.opt.Event(Event{Kind: Warming})
	done, err := r.suite.warmUp(ctx, r.tools, r.kept, filepath.Join(r.opt.Dir, "warm.log"))
	if done {
		r.out.Warm = r.suite.now().Sub(begin)
	}
	return err
}

// queue lines up what is to be run: the report of all files, if it is wanted
// and not there, and the shards without those that an interrupted run has done.
func (r *run) queue(plan Plan, listsAll bool) {
	r.jobs = plan.Jobs
	r.cost = map[string]Cost{}
	doneFiles := map[string]bool{}
	for _, entry := range r.journal.done {
		if entry.Baseline {
			r.tookBaseline(entry.Result)
			continue
		}
		for _, file := range entry.Result.Shard.Files {
			doneFiles[file] = true
		}
		r.out.Results = append(r.out.Results, entry.Result)
	}
	if listsAll && r.out.Baseline == "" && !r.useKept() {
		r.pending = append(r.pending,
			task{shard: Shard{Name: BaselineName}, baseline: true, seconds: r.history.Baseline})
	}
	for _, p := range plan.Shards {
		rest := slices.DeleteFunc(slices.Clone(p.Files), func(file string) bool { return doneFiles[file] })
		if len(rest) == 0 {
			continue
		}
		// What is expected of a file is its share, which splitting needs.
		for _, file := range rest {
			r.cost[file] = Cost{Seconds: p.Seconds / float64(len(p.Files)), Tests: p.Tests / len(p.Files)}
			if known, ok := r.history.Files[relative(r.suite.Dir, file)]; ok {
				r.cost[file] = Cost{Seconds: known.Seconds, Tests: known.Tests}
			}
		}
		t := task{shard: p.Shard, seconds: p.Seconds, tests: p.Tests}
		if len(rest) < len(p.Files) {
			t.shard.Name += "~rest"
			t.shard.Files = rest
			t.tests = 0
		}
		// What was split by the run that is resumed stays so.
		parts := r.history.split(r.suite, []Shard{t.shard}, r.cost)
		if len(parts) == 1 {
			r.pending = append(r.pending, t)
			continue
		}
		for _, part := range parts {
			r.pending = append(r.pending, task{shard: part, seconds: planned(part, r.cost, r.history.PerShard).Seconds})
		}
	}
}

// tookBaseline takes note of the report of all files, and of what it took.
func (r *run) tookBaseline(result Result) {
	r.out.Baseline, r.out.BaselineSeconds = result.Report, result.Wall.Seconds()
	r.history.Baseline, r.history.Memory = r.out.BaselineSeconds, result.Peak
}

// useKept takes the report of all files from the cache.
func (r *run) useKept() bool {
	if r.kept.baseline == "" || whole(r.kept.baseline) != nil {
		return false
	}
	report := filepath.Join(r.opt.Dir, BaselineName+".clover.xml")
	if copyFile(report, r.kept.baseline) != nil {
		return false // it is made again
	}
	r.out.Baseline, r.out.Kept = report, true
	return true
}

// learn keeps what the shards took, for the next plan.
func (r *run) learn() error {
	for _, result := range r.out.Results {
		failure := (*ShardError)(nil)
		if errors.As(result.Err, &failure) && (failure.Ending == NoDriver || failure.Ending == NotRun) {
			r.suite.forgetTools()
		}
	}
	r.history.learn(r.suite.Dir, r.out.Results)
	r.weigh()
	r.out.PerShard = r.history.PerShard
	slices.SortFunc(r.out.Results, func(a, b Result) int { return strings.Compare(a.Shard.Name, b.Shard.Name) })
	if err := r.suite.save(r.tools.Driver, r.history); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return nil
}

// Command shows what runs a shard, for a dry run.
func (s Suite) Command(tools Toolchain) []string {
	return s.shardArgs(tools, "CONFIGURATION", "CACHE", "SHARD.clover.xml", "SHARD.teamcity.log")
}

// shardArgs gives the command line of a PHPUnit process that reports.
func (s Suite) shardArgs(tools Toolchain, config, static, report, teamcity string) []string {
	return slices.Concat([]string{tools.PHP, "-d", "memory_limit=-1"}, tools.flags, s.phpunit(tools, config),
		dialectOf(tools.PHPUnitVersion).cacheArgs(static),
		[]string{"--coverage-clover", report, "--log-teamcity", teamcity})
}

// phpunit gives the arguments that all PHPUnit processes have.
func (s Suite) phpunit(tools Toolchain, config string) []string {
	return []string{tools.PHPUnit, "--configuration", config, "--do-not-cache-result", "--colors=never"}
}

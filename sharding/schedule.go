package sharding

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// task is a process to be run.
type task struct {
	shard    Shard
	baseline bool // no shard, but the report of all files
	seconds  float64
	tests    int  // that it should have, 0 if that is not known
	again    bool // it has crashed once
	without  bool // no coverage, to time it
}

// run is a run that goes on. Only loop changes it.
type run struct {
	suite   Suite
	tools   Toolchain
	opt     Options
	journal *journal
	kept    *kept
	history History
	jobs    int
	cost    map[string]Cost
	out     *Outcome

	pending []task // the next first
	alone   []task // wait until nothing else runs
	running map[string]*active
	largest int64 // octets that a process of this run has taken
}

// active is a task whose process runs.
type active struct {
	task
	began  time.Time
	mutex  sync.Mutex
	events *events // nil until what an earlier process has left is gone
}

// ended is a task whose process has ended.
type endedTask struct {
	task
	result Result
}

// loop runs tasks until none is left. It alone decides what comes next.
func (r *run) loop(ctx context.Context) error {
	r.running = map[string]*active{}
	limit := cmp.Or(r.opt.Memory, freeMemory())
	done := make(chan endedTask)
	ticker := time.NewTicker(cmp.Or(r.opt.Every, 500*time.Millisecond))
	defer ticker.Stop()
	var failed error
	start := func() (started []Shard) {
		for failed == nil && ctx.Err() == nil {
			t, ok := r.next(limit)
			if !ok {
				break
			}
			a := &active{task: t, began: r.suite.now()}
			r.running[t.shard.Name] = a
			started = append(started, t.shard)
			go func() { done <- endedTask{t, r.execute(ctx, a)} }()
		}
		return started
	}
	for {
		for _, shard := range start() {
			r.tell(Event{Kind: Started, Shard: shard})
		}
		if len(r.running) == 0 {
			break
		}
		select {
		case e := <-done:
			delete(r.running, e.shard.Name)
			r.largest = max(r.largest, e.result.Peak)
			var started []Shard
			if e.result.Err == nil { // the next does not wait until what is done is on the disk
				started = start()
			}
			if err := r.settle(ctx, e); err != nil {
				failed = errors.Join(failed, err)
			}
			for _, shard := range started {
				r.tell(Event{Kind: Started, Shard: shard})
			}
		case <-ticker.C:
			r.tell(Event{Kind: Progress})
		}
	}
	for _, t := range slices.Concat(r.pending, r.alone) {
		if !t.baseline && !t.without {
			r.finish(t, Result{Shard: t.shard, Err: t.shard.failure(Stopped, "not started")})
		}
	}
	if ctx.Err() != nil {
		failed = errors.Join(context.Cause(ctx), failed)
	}
	return failed
}

// next gives the task that may start now: one more if a process is free and its
// memory fits beside the others'; one that crashed only by itself.
func (r *run) next(limit int64) (task, bool) {
	if len(r.running) >= r.jobs {
		return task{}, false
	}
	queue := &r.pending
	if len(r.pending) == 0 {
		queue = &r.alone
	}
	if len(*queue) == 0 || len(r.running) > 0 && (queue == &r.alone || r.isAlone()) {
		return task{}, false
	}
	t := (*queue)[0]
	if len(r.running) > 0 && limit > 0 {
		needs := r.need(t)
		for _, a := range r.running {
			needs += r.need(a.task)
		}
		if needs > limit {
			return task{}, false
		}
	}
	*queue = (*queue)[1:]
	return t, true
}

// isAlone tells whether what runs must be by itself.
func (r *run) isAlone() bool {
	for _, a := range r.running {
		if a.again {
			return true
		}
	}
	return false
}

// need gives the octets that a task is expected to take: as the last time, else
// as much as the largest so far.
func (r *run) need(t task) int64 {
	if t.baseline {
		return cmp.Or(r.history.Memory, r.largest)
	}
	return cmp.Or(r.history.peak(r.suite.Dir, t.shard.Files), r.largest)
}

// settle takes note of how a task ended, and lines up what follows from it.
func (r *run) settle(ctx context.Context, e endedTask) error {
	if e.without {
		r.settleWithout(e)
		return nil
	}
	r.out.CPU += e.result.CPU
	failure := (*ShardError)(nil)
	errors.As(e.result.Err, &failure)
	switch {
	case e.baseline && failure != nil && ctx.Err() == nil:
		r.suite.forgetTools()
		return failure
	case e.baseline && failure == nil:
		r.tookBaseline(e.result)
		if r.kept.baseline != "" {
			if err := copyFile(r.kept.baseline, e.result.Report); err != nil {
				return err
			}
		}
		return r.journal.add(e.result, true)
	case e.baseline:
		return nil
	case failure == nil:
		if err := r.journal.add(e.result, false); err != nil {
			return err
		}
	case ctx.Err() == nil && failure.Ending.Splits() && e.shard.divisible():
		// It is kept at once: a run that is killed is to know it when it is resumed.
		r.history.tooMuch(r.suite, e.shard, failure.Ending)
		if err := r.suite.save(r.tools.Driver, r.history); err != nil {
			return fmt.Errorf("cache: %w", err)
		}
		parts := SplitShard(e.shard, r.cost)
		for _, part := range parts {
			p := planned(part, r.cost, r.history.PerShard)
			r.pending = append(r.pending, task{shard: part, seconds: p.Seconds, again: e.again})
		}
		slices.SortStableFunc(r.pending, func(a, b task) int { return cmp.Compare(b.seconds, a.seconds) })
		r.tell(Event{Kind: Split, Shard: e.shard, Result: &e.result, Parts: len(parts)})
		return nil
	case ctx.Err() == nil && failure.Ending.Crashes() && !e.again:
		e.again = true
		r.alone = append(r.alone, e.task)
		r.tell(Event{Kind: Again, Shard: e.shard, Result: &e.result})
		return nil
	}
	r.finish(e.task, e.result)
	return nil
}

func (r *run) finish(t task, result Result) {
	r.out.Results = append(r.out.Results, result)
	r.tell(Event{Kind: Ended, Shard: t.shard, Result: &result})
}

// tell adds what is the same in all events.
func (r *run) tell(e Event) {
	e.Done = len(r.out.Results)
	e.All = e.Done
	left := 0.0
	for _, t := range slices.Concat(r.pending, r.alone) {
		left += t.seconds
		if !t.baseline && !t.without {
			e.All++
		}
	}
	now := r.suite.now()
	for _, a := range r.running {
		left += max(a.seconds-now.Sub(a.began).Seconds(), 0)
		if a.baseline {
			continue
		}
		if !a.without {
			e.All++
		}
		started, of := a.progress()
		e.Running = append(e.Running, Running{a.shard.Name, started, cmp.Or(of, a.tests)})
	}
	slices.SortFunc(e.Running, func(a, b Running) int { return strings.Compare(a.Name, b.Name) })
	e.Left = time.Duration(left / float64(max(r.jobs, 1)) * float64(time.Second))
	r.opt.Event(e)
}

// progress reads how far the tests of a process are.
func (a *active) progress() (started, planned int) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.events == nil {
		return 0, 0
	}
	a.events.read()
	return a.events.started, a.events.planned
}

// watch has progress read an event log from now on.
func (a *active) watch(teamcity string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.events = newEvents(teamcity)
}

// path gives the file of a shard in the run's folder.
func (r *run) path(shard Shard, suffix string) string {
	return filepath.Join(r.opt.Dir, filepath.FromSlash(shard.Name)+suffix)
}

// execute runs one process and judges what it left.
func (r *run) execute(ctx context.Context, a *active) Result {
	shard := a.shard
	result := Result{Shard: shard, Log: r.path(shard, ".log")}
	report, teamcity := r.path(shard, ".clover.xml"), r.path(shard, ".teamcity.log")
	temporary := r.path(Shard{Name: "tmp/" + shard.Name}, "")
	fail := func(err error) Result {
		result.Err = shard.failure(NotRun, err.Error())
		return result
	}
	err := errors.Join(os.MkdirAll(temporary, 0o755), os.MkdirAll(filepath.Dir(report), 0o755),
		remove(report, teamcity))
	if err != nil {
		return fail(err)
	}
	a.watch(teamcity)
	defer os.RemoveAll(temporary)
	v := variant{files: shard.Files, loadedOnly: true}
	switch {
	case a.baseline:
		v = variant{dir: temporary}
	case a.without:
		v = variant{files: shard.Files}
	}
	config, drop, err := r.suite.writeConfiguration(r.tools.config, v)
	if err != nil {
		return fail(err)
	}
	defer drop()
	args := r.suite.shardArgs(r.tools, config, r.kept.static, report, teamcity)
	if a.without {
		args = r.suite.withoutArgs(r.tools, config, teamcity)
	}
	ended := r.suite.processes().Run(ctx, Process{
		Args: args, Dir: r.suite.Dir, Env: r.suite.environ(temporary), Output: result.Log,
		Timeout: r.suite.timeout(),
	})
	_, result.Planned = a.progress()
	result.Tests, result.Times, result.Counts = a.events.started, a.events.times, a.events.counts
	result.Wall, result.CPU, result.Peak = ended.Wall, ended.CPU, ended.Peak
	if a.without {
		return judgeWithout(result, a.events.running, ended)
	}
	return judge(result, report, a.events.running, ended, a.tests)
}

// failure says why a shard has no log to tell more.
func (s Shard) failure(ending Ending, reason string) *ShardError {
	return &ShardError{Shard: s.Name, Dir: s.Dir, Files: s.Files, Ending: ending, Reason: reason}
}

// timeout gives how long a shard may take.
func (s Suite) timeout() time.Duration { return cmp.Or(s.Timeout, 2*time.Hour) }

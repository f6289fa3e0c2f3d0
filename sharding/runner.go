package sharding

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"time"
)

// Runner runs single shards, as they come.
type Runner struct {
	run   *run
	Every time.Duration // between two calls of watch; 0: half a second
}

// Runner gets ready to run shards of the suite in dir, with what the cache has
// kept. Close is to be called in the end.
func (s Suite) Runner(ctx context.Context, tools Toolchain, work *Work, dir string) (*Runner, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	removeLeftOver(filepath.Dir(tools.config), s.now())
	k, err := s.open(tools, dir, work.code)
	if err != nil {
		return nil, err
	}
	r := &Runner{run: &run{suite: s, tools: tools, opt: Options{Dir: dir, Event: func(Event) {}},
		kept: k, history: work.history, out: &Outcome{}}}
	if err := r.run.warm(ctx); err != nil {
		k.release()
		return nil, err
	}
	return r, nil
}

// Close lets others use the cache.
func (r *Runner) Close() { r.run.kept.release() }

// Run runs a shard in a process of its own and judges what it left, as
// [Suite.Run] does, but tries nothing again. tests is how many it should have, 0
// if that is not known. While the process lives, watch is called now and then
// with how far it is. Several can run at a time, with different names.
func (r *Runner) Run(ctx context.Context, shard Shard, tests int, watch func(Running)) Result {
	return r.start(ctx, &active{task: task{shard: shard, tests: tests}, began: r.run.suite.now()}, watch)
}

// AllFiles makes the report of all files, or takes it from the cache.
func (r *Runner) AllFiles(ctx context.Context, watch func(Running)) Result {
	shard := Shard{Name: BaselineName}
	if r.run.useKept() {
		return Result{Shard: shard, Report: r.run.path(shard, ".clover.xml")}
	}
	result := r.start(ctx, &active{task: task{shard: shard, baseline: true}, began: r.run.suite.now()}, watch)
	if result.Err == nil && r.run.kept.baseline != "" {
		_ = copyFile(r.run.kept.baseline, result.Report) // it is made again then
	}
	return result
}

func (r *Runner) start(ctx context.Context, a *active, watch func(Running)) Result {
	done := make(chan Result, 1)
	go func() { done <- r.run.execute(ctx, a) }()
	ticker := time.NewTicker(cmp.Or(r.Every, 500*time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case result := <-done:
			return result
		case <-ticker.C:
			started, of := a.progress()
			watch(Running{a.shard.Name, started, cmp.Or(of, a.tests)})
		}
	}
}

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/queue"
	"github.com/covpipe/covpipe/sharding"
)

type workOptions struct {
	shardOptions
	queueOptions
	wait  time.Duration
	stall time.Duration
	stay  bool
}

func (a *app) shardWorkCommand() *cobra.Command {
	var opt workOptions
	cmd := &cobra.Command{
		Use:   "work",
		Short: "Run shards from a queue until none is left",
		Long: `Takes units from the queue one by one, the longest first, runs each in a PHPUnit
process of its own and uploads what it left. It ends when all units of the run are
settled, here or elsewhere. This machine must have the code, tools and driver that
the plan was made with, or nothing is run.

A unit that runs out of memory or time is split and queued again, one that crashes
is tried once more, wherever a worker is free. While a unit goes on the worker says
so to the queue; if it falls silent, the unit goes to another. A unit with which two
workers fell silent is tried once more, by a worker that runs nothing beside it. If
that one falls silent, too, the unit is set aside and named. SIGTERM gives back what
is not done.`,
		Example: `  covpipe shard work --queue nats://nats:4222 --run nightly-42
  covpipe shard work --queue nats://nats:4222 --jobs 4 --stay`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.shardWork(cmd.Context(), opt) },
	}
	opt.shardOptions.addFlags(cmd)
	opt.addJobs(cmd)
	opt.queueOptions.addFlags(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&opt.out, "out", "o", "", "keep reports and logs in folder `DIR` (default: they are deleted)")
	flags.DurationVar(&opt.wait, "wait", 10*time.Minute, "how long to wait for the run to be served")
	flags.DurationVar(&opt.stall, "stall", 30*time.Minute,
		"a process of which no test begins for this long is stopped, as one past its timeout")
	flags.BoolVar(&opt.stay, "stay", false, "stay when all is done, until SIGTERM, as a Deployment wants it")
	return cmd
}

// worker runs units of a queue.
type worker struct {
	a      *app
	q      *queue.Queue
	runID  string
	id     string
	opt    workOptions
	plan   queuedPlan
	suite  sharding.Suite
	runner *sharding.Runner
	tests  map[string]bool // the test files that this machine has found, from the project

	alone sync.RWMutex // locked for a unit that runs alone
	mutex sync.Mutex   // of what follows
	busy  map[string]bool
	mine  *coverage.Partial // of the units that this worker settled
	units []string          // those units
}

func (a *app) shardWork(ctx context.Context, opt workOptions) error {
	if opt.stall <= 0 || opt.wait <= 0 {
		return usage("--stall and --wait are lengths of time above 0, such as 30m")
	}
	q, run, err := a.openQueue(ctx, opt.queueOptions, "shard work")
	if err != nil {
		return err
	}
	defer q.Close()
	waiting, cancel := context.WithTimeout(ctx, opt.wait)
	defer cancel()
	text, err := q.Open(waiting, func() { a.say("queue: waiting for run %s", run) })
	switch {
	case ctx.Err() != nil:
		a.say("queue: told to end before there was a run %s", run)
		return nil
	case err != nil:
		return err
	}
	w := &worker{a: a, q: q, runID: run, id: workerID(), opt: opt, busy: map[string]bool{}, mine: coverage.NewPartial()}
	if w.plan, err = readQueuedPlan(text); err != nil {
		return err
	}
	remove, err := w.prepare(ctx)
	if err != nil {
		return err
	}
	defer remove()
	return w.work(ctx)
}

func readQueuedPlan(text []byte) (plan queuedPlan, err error) {
	err = json.Unmarshal(text, &plan)
	if err != nil || plan.Version != 1 || plan.Silence < time.Second || plan.Kills < 1 {
		return plan, errors.Join(errOtherPlan, err)
	}
	return plan, nil
}

// workerID names a worker, and no other one.
func workerID() string {
	var random [4]byte
	_, _ = rand.Read(random[:]) // it never fails
	return fmt.Sprintf("%s-%d-%s", hostName(), os.Getpid(), hex.EncodeToString(random[:]))
}

// prepare checks that this machine has what the plan was made with, and gets
// ready to run.
func (w *worker) prepare(ctx context.Context) (remove func(), err error) {
	f, err := w.a.prepareFleet(ctx, w.opt.shardOptions, 1, 0)
	if err != nil {
		return nil, err
	}
	undo := []func(){f.release}
	remove = func() {
		for i := len(undo) - 1; i >= 0; i-- {
			undo[i]()
		}
	}
	if found := w.plan.Inputs.Differences(f.inputs); len(found) > 0 {
		remove()
		return nil, fmt.Errorf("work: %w: the plan and this machine differ in %s",
			errOtherRun, strings.Join(found, "; "))
	}
	dir := w.opt.out
	if dir == "" {
		removeLeftFolders(workFolder, w.a.now())
		if dir, err = os.MkdirTemp("", workFolder); err != nil {
			remove()
			return nil, err
		}
		undo = append(undo, func() { _ = os.RemoveAll(dir) }) // in the folder for temporary files
	}
	w.tests = map[string]bool{}
	for _, u := range f.fleet.Units {
		for _, file := range u.Files {
			w.tests[file] = true
		}
	}
	if dir, err = filepath.Abs(dir); err == nil {
		w.suite = f.suite
		w.opt.jobs = f.fleet.Jobs
		w.runner, err = f.suite.Runner(ctx, f.tools, f.work, dir)
	}
	if err != nil {
		remove()
		return nil, err
	}
	undo = append(undo, w.runner.Close)
	return remove, nil
}

// workFolder begins the names of folders in which workers keep reports and logs.
const workFolder = "covpipe-work-"

// work runs units until none is left, or it is told to stop.
func (w *worker) work(ctx context.Context) error {
	w.a.say("%s: worker %s, %d at a time", w.plan.Project, w.id, w.opt.jobs)
	working, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make(chan error, w.opt.jobs)
	for range w.opt.jobs {
		go func() { errs <- w.slot(working) }()
	}
	gone := make(chan struct{})
	go func() { w.present(working); close(gone) }()
	var failed error
	for range w.opt.jobs {
		if err := <-errs; err != nil {
			failed = errors.Join(failed, err)
			cancel()
		}
	}
	cancel()
	<-gone
	// What is done is worth keeping, also when the worker is told to stop; who tells
	// it does not wait for long.
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), w.opt.patience)
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(20*time.Second, stop) })()
	if failed == nil || ctx.Err() != nil {
		failed = w.upload(last)
	}
	if errors.Is(failed, queue.ErrNoRun) {
		w.a.say("%s: the run is gone: it was collected, or somebody has deleted it", w.plan.Project)
		failed = nil
	}
	if failed == nil {
		failed = w.show()
	}
	if w.opt.stay && failed == nil && ctx.Err() == nil {
		w.a.say("%s: all units are settled; the worker stays until it is told to end", w.plan.Project)
		<-ctx.Done()
	}
	return failed
}

// workJSON is what shard work --json prints.
type workJSON struct {
	Run    string   `json:"run"`
	Worker string   `json:"worker"`
	Units  []string `json:"units"` // that this worker has measured; what became of others, collect tells
}

func (w *worker) show() error {
	if w.opt.asJSON {
		return w.a.printJSON(workJSON{w.runID, w.id, append([]string{}, w.units...)})
	}
	measured := plural(len(w.units), "unit")
	_, err := fmt.Fprintf(w.a.stdout, "%s: worker %s has measured %s\n", w.plan.Project, w.id, measured)
	return err
}

// slot runs one unit after the other.
func (w *worker) slot(ctx context.Context) error {
	for ctx.Err() == nil {
		d, err := w.q.Next(ctx, 2*time.Second)
		if err != nil || d != nil {
			if err == nil {
				err = w.take(ctx, d)
			}
			if err != nil && ctx.Err() == nil {
				return err
			}
			continue
		}
		left, err := w.q.Left(ctx)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err == nil && left == 0 {
			return nil
		}
	}
	return nil
}

// present tells the queue that this worker is there, until ctx ends.
func (w *worker) present(ctx context.Context) {
	for ctx.Err() == nil {
		// Nothing but a message to people depends on it.
		_ = w.q.Set(ctx, workerKind, w.id, workerInfo{Host: hostName(), Seen: w.a.now().UTC()})
		select {
		case <-ctx.Done():
		case <-time.After(w.plan.Silence / 4):
		}
	}
}

// upload leaves in one piece what this worker has settled.
func (w *worker) upload(ctx context.Context) error {
	if len(w.units) == 0 {
		return nil
	}
	var octets bytes.Buffer
	if err := w.mine.Write(&octets); err != nil {
		return err
	}
	info := mergedInfo{Object: "merged/" + w.id, Sum: hexSum(octets.Bytes()), Units: w.units}
	if err := w.q.Put(ctx, info.Object, octets.Bytes()); err != nil {
		return err
	}
	if err := w.q.Set(ctx, mergedKind, w.id, info); err != nil {
		return err
	}
	return w.q.Set(ctx, workerKind, w.id, workerInfo{Host: hostName(), Seen: w.a.now().UTC(), Done: true})
}

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/queue"
	"github.com/covpipe/covpipe/sharding"
)

// errStalled is why a process was stopped of which no test began for too long.
var errStalled = errors.New("no test began for too long")

// maxInfo bounds what a unit says of itself, since the server takes a megabyte.
const maxInfo = 512 << 10

// take sees what is known of a unit, and runs it if it is not settled.
func (w *worker) take(ctx context.Context, d *queue.Delivery) error {
	var unit sharding.Unit
	if err := json.Unmarshal(d.Body, &unit); err != nil || unit.Name != d.Name {
		return fmt.Errorf("work: unit %s: %w", d.Name, errors.Join(errOtherPlan, err))
	}
	for _, file := range unit.Files {
		if !w.tests[file] {
			w.a.warn("%s: unit %s is not run: it names %s, which is no test of this project",
				w.plan.Project, unit.Name, file)
			return w.fail(ctx, d, unit, workerID(),
				shardOutcome{Ending: sharding.BadPath, Reason: file + " is no test of this project"})
		}
	}
	if !w.enter(unit.Name) {
		d.Return(w.plan.Silence / 2) // this worker has it already, and was taken for lost
		return nil
	}
	defer w.leave(unit.Name)
	tries, err := w.q.Tries(ctx, unit.Name)
	if err != nil {
		return err
	}
	lost, crashed := countTries(tries)
	defer w.wait(d, lost >= w.plan.Kills || crashed > 0)()
	if ctx.Err() != nil {
		d.Return(0)
		return nil
	}
	token := workerID()
	switch end, settled, err := w.q.End(ctx, unit.Name); {
	case err != nil:
		return err
	case settled:
		return w.finish(ctx, d, unit, end)
	case lost > w.plan.Kills:
		w.a.warn("%s: unit %s is set aside: %s fell silent with it", w.plan.Project, unit.Name, plural(lost, "worker"))
		return w.fail(ctx, d, unit, token, shardOutcome{Ending: sharding.KillsWorkers,
			Reason: plural(lost, "worker") + " fell silent with it"})
	case lost == w.plan.Kills:
		w.a.warn("%s: unit %s runs alone: %s fell silent with it", w.plan.Project, unit.Name, plural(lost, "worker"))
	}
	if err := w.q.Begin(ctx, unit.Name, queue.Try{Worker: w.id, Token: token, Began: w.a.now().UTC()}); err != nil {
		return err
	}
	return w.try(ctx, d, unit, token, crashed > 0)
}

// try runs a unit and settles it, or gives it back.
func (w *worker) try(ctx context.Context, d *queue.Delivery, unit sharding.Unit, token string, again bool) error {
	result := w.run(ctx, d, unit)
	failure := (*sharding.ShardError)(nil)
	errors.As(result.Err, &failure)
	switch {
	case failure == nil:
		return w.keep(ctx, d, unit, token, result)
	case ctx.Err() != nil:
		return w.giveBack(ctx, d, unit, token)
	case failure.Ending.Splits() && unit.Divisible():
		w.a.warn("%s: %v; split and queued again", w.plan.Project, failure)
		return w.split(ctx, d, unit, token, failure)
	case failure.Ending.Crashes() && !again:
		w.a.warn("%s: %v; tried once more", w.plan.Project, failure)
		if err := w.q.Leave(ctx, unit.Name, token, queue.Crashed); err != nil {
			return err
		}
		d.Return(0)
		return nil
	}
	if w.opt.out == "" {
		failure.Log = "" // it does not outlive this worker
	}
	w.a.complainShard(w.plan.Project, failure)
	return w.fail(ctx, d, unit, token, outcomeOf(w.suite, result))
}

func countTries(tries []queue.Try) (lost, crashed int) {
	for _, t := range tries {
		switch t.Ended {
		case queue.Lost:
			lost++
		case queue.Crashed:
			crashed++
		}
	}
	return lost, crashed
}

// wait waits until a unit may run beside the others of this worker, or alone, and
// gives what ends that. Alone, a unit that kills its worker has no other blamed for
// it, and one that crashes has the machine to itself.
func (w *worker) wait(d *queue.Delivery, alone bool) (done func()) {
	defer w.settling(d)()
	if alone {
		w.alone.Lock()
		return w.alone.Unlock
	}
	w.alone.RLock()
	return w.alone.RUnlock
}

// enter tells whether this worker does not have the unit already.
func (w *worker) enter(unit string) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.busy[unit] {
		return false
	}
	w.busy[unit] = true
	return true
}

func (w *worker) leave(unit string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	delete(w.busy, unit)
}

// run runs the process of a unit. The queue hears of it as long as the process
// lives and its tests go on, from the loop that sees both; if this worker is
// frozen or cut off, it does not.
func (w *worker) run(ctx context.Context, d *queue.Delivery, unit sharding.Unit) sharding.Result {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	began := w.a.now()
	said, moved, started := began, began, 0
	watch := func(r sharding.Running) {
		now := w.a.now()
		if r.Tests != started {
			started, moved = r.Tests, now
		}
		switch {
		case now.Sub(moved) > w.opt.stall:
			cancel(errStalled)
		case now.Sub(said) >= w.plan.Silence/4:
			d.Working()
			said = now
		}
	}
	d.Working()
	var result sharding.Result
	if unit.Name == sharding.BaselineName {
		result = w.runner.AllFiles(ctx, watch)
	} else {
		result = w.runner.Run(ctx, w.suite.Shard(unit), unit.Tests, watch)
	}
	if failure := (*sharding.ShardError)(nil); errors.Is(context.Cause(ctx), errStalled) &&
		errors.As(result.Err, &failure) {
		failure.Ending, failure.Reason = sharding.TimedOut, fmt.Sprintf("stopped: no test began for %v", w.opt.stall)
	}
	return result
}

// settling says that the unit is still worked on, until done is called, while it
// waits for others or its end is being noted; that has deadlines of its own.
func (w *worker) settling(d *queue.Delivery) (done func()) {
	ticker, stop := time.NewTicker(w.plan.Silence/4), make(chan struct{})
	d.Working()
	go func() {
		for {
			select {
			case <-ticker.C:
				d.Working()
			case <-stop:
				return
			}
		}
	}()
	return func() { ticker.Stop(); close(stop) }
}

// keep uploads what a unit has left. It counts if no other worker was faster.
func (w *worker) keep(
	ctx context.Context, d *queue.Delivery, unit sharding.Unit, token string, result sharding.Result,
) error {
	defer w.settling(d)()
	// A unit that is done is worth the time to note it, also if the worker is to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.opt.patience)
	defer cancel()
	one := coverage.NewPartial()
	var outside coverage.Outside
	if err := one.Add(w.a.shardRows(result.Report, w.suite.Source, true, &outside)); err != nil {
		w.a.complain(fmt.Errorf("%s: unit %s: %w", w.plan.Project, unit.Name, err))
		o := outcomeOf(w.suite, result)
		o.Ending, o.Reason = sharding.BadReport, err.Error()
		return w.fail(ctx, d, unit, token, o)
	}
	var octets bytes.Buffer
	if err := one.Write(&octets); err != nil {
		return err
	}
	info := unitInfo{Outcome: outcomeOf(w.suite, result),
		Times: sharding.History{Files: map[string]sharding.FileHistory{}}}
	info.Outcome.Name = unit.Name
	if unit.Name == sharding.BaselineName {
		info.Times.Baseline = result.Wall.Seconds()
	} else {
		info.Times.Learn(w.suite, []sharding.Result{result})
	}
	end := queue.End{State: queue.Measured, Worker: w.id, Token: token,
		Object: "unit/" + token + "/" + unit.Name, Sum: hexSum(octets.Bytes())}
	var err error
	if end.Info, err = infoOf(info); err != nil {
		return err
	}
	if err := w.q.Put(ctx, end.Object, octets.Bytes()); err != nil {
		return err
	}
	counts, there, err := w.q.Settle(ctx, unit.Name, end)
	if err != nil {
		return err
	}
	w.count(unit, result, one, counts, there, end)
	return d.Done(ctx)
}

// count adds a unit to what this worker has merged, if its end is the one that
// counts.
func (w *worker) count(
	unit sharding.Unit, result sharding.Result, one *coverage.Partial, counts bool, there, end queue.End,
) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	switch {
	case counts:
		w.mine.Unite(one)
		w.units = append(w.units, unit.Name)
		state := plural(result.Tests, "test")
		switch {
		case unit.Name == sharding.BaselineName:
			state = "made"
		case result.Failed:
			state += ", some of them FAIL"
		}
		w.a.say("%s: %s: %s, %.1f s", w.plan.Project, unit.Name, state, result.Wall.Seconds())
	case there.State == queue.Measured && there.Sum != end.Sum:
		w.a.warn("%s: unit %s ran twice and did not cover the same; the first run counts", w.plan.Project, unit.Name)
	default:
		w.a.say("%s: %s: another worker was faster", w.plan.Project, unit.Name)
	}
}

func hexSum(octets []byte) string {
	sum := sha256.Sum256(octets)
	return hex.EncodeToString(sum[:])
}

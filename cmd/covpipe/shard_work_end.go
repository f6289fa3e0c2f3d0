package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/covpipe/covpipe/queue"
	"github.com/covpipe/covpipe/sharding"
)

// infoOf gives what is said of a unit, without its times if that is too long.
func infoOf(info unitInfo) (json.RawMessage, error) {
	text, err := json.Marshal(info)
	if err == nil && len(text) > maxInfo {
		info.Times = sharding.History{}
		info.Outcome.Files = nil
		text, err = json.Marshal(info)
	}
	return text, err
}

// fail settles a unit that cannot be measured.
func (w *worker) fail(ctx context.Context, d *queue.Delivery, unit sharding.Unit, token string, o shardOutcome) error {
	defer w.settling(d)()
	o.Name, o.Dir, o.Files = unit.Name, unit.Dir, unit.Files
	info, err := infoOf(unitInfo{Outcome: o})
	if err != nil {
		return err
	}
	end := queue.End{State: queue.Failed, Worker: w.id, Token: token, Info: info}
	if _, _, err := w.q.Settle(ctx, unit.Name, end); err != nil {
		return err
	}
	return d.Done(ctx)
}

// split settles a unit by its parts. They are queued once that is noted, so that
// a unit is never measured both whole and in parts.
func (w *worker) split(
	ctx context.Context, d *queue.Delivery, unit sharding.Unit, token string, failure *sharding.ShardError,
) error {
	defer w.settling(d)()
	var times sharding.History
	times.LearnTooMuch(w.suite, w.suite.Shard(unit), failure.Ending)
	info, err := infoOf(unitInfo{Times: times})
	if err != nil {
		return err
	}
	end := queue.End{State: queue.Split, Worker: w.id, Token: token, Info: info}
	for _, part := range unit.Split() {
		end.Parts = append(end.Parts, part.Name)
	}
	_, there, err := w.q.Settle(ctx, unit.Name, end)
	if err != nil {
		return err
	}
	return w.finish(ctx, d, unit, there)
}

// finish takes a unit out of the queue that is settled. If a worker died between
// splitting it and queueing its parts, they are queued now.
func (w *worker) finish(ctx context.Context, d *queue.Delivery, unit sharding.Unit, end queue.End) error {
	if end.State == queue.Split {
		units, err := queuedUnits(sharding.Fleet{Units: unit.Split()})
		if err != nil {
			return err
		}
		if err := w.q.Publish(ctx, units); err != nil {
			return err
		}
	}
	return d.Done(ctx)
}

// giveBack returns a unit since this worker is to stop.
func (w *worker) giveBack(ctx context.Context, d *queue.Delivery, unit sharding.Unit, token string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := w.q.Leave(ctx, unit.Name, token, queue.Returned)
	d.Return(0)
	return err
}

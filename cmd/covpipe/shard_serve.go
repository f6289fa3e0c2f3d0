package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/queue"
	"github.com/covpipe/covpipe/sharding"
)

type serveOptions struct {
	shardOptions
	queueOptions
	workers int
	kills   int
}

func (a *app) shardServeCommand() *cobra.Command {
	var opt serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Put the shards into a queue, for workers on any number of machines",
		Long: `Plans the suite for so many workers, puts the units into a queue on a NATS server
with JetStream, and ends. Then covpipe shard work runs them, on as many machines as
there are, and covpipe shard collect waits for the result. To serve a run again that
is there with the same plan does no harm.

Each run has its own names on the server, after --run, and is deleted when it was
collected, or a week later.`,
		Example: `  covpipe shard serve --queue nats://nats:4222 --run nightly-42 --times times.json
  covpipe shard serve --queue 'tls://nats:4222?ca=ca.pem' --workers 40`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.shardServe(cmd.Context(), opt) },
	}
	opt.shardOptions.addFlags(cmd)
	opt.queueOptions.addFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&opt.times, "times", "", "`FILE` of the times by which the plan is made")
	flags.IntVar(&opt.workers, "workers", 8, "`N` processes to plan for, of all machines; there may be more or fewer")
	flags.DurationVar(&opt.silence, "silence", time.Minute, "after which a worker that says nothing has lost its unit")
	flags.IntVar(&opt.kills, "kills", 2,
		"a unit with which `N` workers fell silent runs alone, then is set aside; more where machines are taken away")
	flags.DurationVar(&opt.keep, "keep", 7*24*time.Hour, "how long the server keeps the run, if nobody collects it")
	return cmd
}

// serveJSON is what shard serve --json prints.
type serveJSON struct {
	Run      string  `json:"run"`
	Units    int     `json:"units"`
	Tests    int     `json:"tests"`
	Expected float64 `json:"expected_seconds"`
	Bound    float64 `json:"lower_bound_seconds"`
}

func (a *app) shardServe(ctx context.Context, opt serveOptions) error {
	if opt.workers < 1 {
		return usage("--workers %d is less than 1", opt.workers)
	}
	if opt.kills < 1 {
		return usage("--kills %d is less than 1", opt.kills)
	}
	if opt.silence < time.Second {
		return usage("--silence %v is less than a second", opt.silence)
	}
	if opt.keep < time.Minute {
		return usage("--keep %v is less than a minute", opt.keep)
	}
	q, run, err := a.openQueue(ctx, opt.queueOptions, "shard serve")
	if err != nil {
		return err
	}
	defer q.Close()
	opt.jobs = 1 // a worker is a process
	w, err := a.prepareFleet(ctx, opt.shardOptions, opt.workers, sharding.QueueGrain)
	if err != nil {
		return err
	}
	defer w.release()
	for i := range w.fleet.Units {
		w.fleet.Units[i].Machine = 0 // whoever is free takes it
	}
	plan, err := json.Marshal(queuedPlan{Version: 1, Project: w.name, Inputs: w.inputs, Branch: w.branch,
		Listed: w.listed, Silence: opt.silence, Kills: opt.kills, Fleet: w.fleet})
	if err != nil {
		return err
	}
	units, err := queuedUnits(w.fleet)
	if err != nil {
		return err
	}
	if err := q.Create(ctx, plan, units); err != nil {
		return err
	}
	if opt.asJSON {
		return a.printJSON(serveJSON{run, len(units), w.listed, w.fleet.Expected, w.fleet.Bound})
	}
	fmt.Fprintf(a.stdout, "%s: run %s: %s in %s queued; with %s about %s, lower bound %s\n", w.name, run,
		testsListed(w.listed), plural(len(units), "unit"), plural(opt.workers, "worker"),
		seconds(w.fleet.Expected), seconds(w.fleet.Bound))
	a.showGuess(opt.shardOptions, w.fleet)
	return nil
}

// queuedUnits gives the units of a plan as the queue has them, in the order in
// which they are to be taken.
func queuedUnits(f sharding.Fleet) (units []queue.Unit, err error) {
	all := f.Units
	if f.Baseline != sharding.NoMachine {
		all = append([]sharding.Unit{{Name: sharding.BaselineName}}, all...)
	}
	for _, u := range all {
		body, err := json.Marshal(u)
		if err != nil {
			return nil, err
		}
		units = append(units, queue.Unit{Name: u.Name, Body: body})
	}
	return units, nil
}

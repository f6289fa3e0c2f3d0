package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/covpipe/covpipe/sharding"
)

// Where there is no terminal, no more than a line is said of shards that ended
// well in endedEvery, and of those that run in plainEvery.
const (
	endedEvery = 2 * time.Second
	plainEvery = 30 * time.Second
)

// shardEvents says how the shards of a plan go on. On a terminal there is a line
// for each shard that has ended, and below them a view of those that run, which
// changes; elsewhere there is a line now and then. The log has all of it.
func (a *app) shardEvents(name string, plan sharding.Plan) func(sharding.Event) {
	said, progressed := time.Time{}, a.now()
	shards := newShardView(name, plan, a.now)
	return func(e sharding.Event) {
		switch e.Kind {
		case sharding.Warming:
			a.showStatus(name, name+": static analysis of the measured code")
		case sharding.Ended:
			shards.ended(e)
			now := a.now()
			well := e.Result.Err == nil && !e.Result.Failed && e.Done < e.All
			unsaid := well && !a.terminal && a.logFormat != "json" && now.Sub(said) < endedEvery
			if !unsaid {
				said, progressed = now, now
			}
			a.emit(slog.LevelInfo, a.quiet || unsaid, name+": "+shardLine(e), "", shardFacts(name, e))
			a.showStatus(name, shards.lines(e, a.barStyle())...)
		case sharding.Split:
			a.warn("%s: %v; split in %d and tried again", name, e.Result.Err, e.Parts)
		case sharding.Again:
			a.warn("%s: %v; tried once more alone", name, e.Result.Err)
		case sharding.Progress, sharding.Started:
			shards.started(e)
			a.showStatus(name, shards.lines(e, a.barStyle())...)
			if !a.terminal && a.now().Sub(progressed) >= plainEvery {
				a.say("%s: %s", name, progressLine(e))
				progressed = a.now()
			}
		}
	}
}

// shardFacts are what a machine would read of a shard that has ended.
func shardFacts(name string, e sharding.Event) []slog.Attr {
	r := *e.Result
	state := "measured"
	switch {
	case r.Err != nil:
		state = "missing"
	case r.Failed:
		state = "failing"
	}
	return []slog.Attr{slog.String("source", name), slog.String("shard", r.Shard.Name), slog.String("status", state),
		slog.Int("tests", r.Tests),
		slog.Float64("seconds", r.Wall.Seconds()), slog.Float64("cpu_seconds", r.CPU.Seconds()),
		slog.Int64("peak_bytes", r.Peak), slog.Int("done", e.Done), slog.Int("of", e.All)}
}

// untilStopped passes events on until the run is stopped: of what ends from then
// on, and of what has not begun, there is nothing to say. It shows each failure of
// a shard first.
func (a *app) untilStopped(ctx context.Context, tell func(sharding.Event), failed func(error)) func(sharding.Event) {
	return func(e sharding.Event) {
		if e.Result != nil && e.Result.Err != nil && ctx.Err() == nil {
			failed(e.Result.Err)
		}
		if ctx.Err() == nil {
			tell(e)
		}
	}
}

// progressLine gives the state of a run: "[3/15] Cart 12/24, Tax 3/28; 40 s left".
func progressLine(e sharding.Event) string {
	var running []string
	for _, r := range e.Running {
		tests := fmt.Sprintf("%s %d", r.Name, r.Tests)
		if r.Of > 0 {
			tests += fmt.Sprintf("/%d", r.Of)
		}
		running = append(running, tests)
	}
	line := fmt.Sprintf("[%d/%d] %s", e.Done, e.All, strings.Join(running, ", "))
	if e.Left > 0 {
		line += "; " + seconds(e.Left.Seconds()) + " left"
	}
	return line
}

func shardLine(e sharding.Event) string {
	r := *e.Result
	state := plural(r.Tests, "test")
	switch {
	case r.Err != nil:
		state = "NOT MEASURED"
	case r.Failed:
		state += ", some of them FAIL"
	case r.Tests == 0:
		state = "no test was run"
	}
	return fmt.Sprintf("[%d/%d] %s: %s, %.1f s", e.Done, e.All, r.Shard.Name, state, r.Wall.Seconds())
}

// seconds gives a length of time as people say it: "9 s", "12 min", "3 h 20 min".
func seconds(s float64) string {
	switch {
	case s < 10:
		return fmt.Sprintf("%.1f s", s)
	case s < 90:
		return fmt.Sprintf("%.0f s", s)
	case s < 90*60:
		return fmt.Sprintf("%.0f min", s/60)
	}
	minutes := int(math.Round(s / 60))
	return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
}

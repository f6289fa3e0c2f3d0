package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/covpipe/covpipe/sharding"
)

// plainEvery is how often progress is said where there is no terminal.
const plainEvery = 30 * time.Second

// shardEvents says how a run goes on: a line for each shard that has ended, and
// between them the state, as one line that changes on a terminal, else now and
// then.
func (a *app) shardEvents(name string) func(sharding.Event) {
	said := a.now()
	return func(e sharding.Event) {
		switch e.Kind {
		case sharding.Warming:
			a.showStatus(name + ": static analysis of the measured code")
		case sharding.Ended:
			a.say("%s: %s", name, shardLine(e))
			said = a.now()
		case sharding.Split:
			a.warn("%s: %v; split in %d and tried again", name, e.Result.Err, e.Parts)
		case sharding.Again:
			a.warn("%s: %v; tried once more alone", name, e.Result.Err)
		case sharding.Progress, sharding.Started:
			line := fmt.Sprintf("%s: %s", name, progressLine(e))
			if a.showStatus(line); !a.terminal && a.now().Sub(said) >= plainEvery {
				a.say("%s", line)
				said = a.now()
			}
		}
	}
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

// showStatus shows a line that the next one replaces, on a terminal only.
func (a *app) showStatus(line string) {
	if !a.terminal || a.quiet || a.logFormat == "json" {
		return
	}
	a.printing.Lock()
	defer a.printing.Unlock()
	a.status = true
	fmt.Fprint(a.stderr, "\r\x1b[K"+cut(line, a.width))
}

// clearStatus removes that line.
func (a *app) clearStatus() {
	a.printing.Lock()
	defer a.printing.Unlock()
	a.clearLine()
}

// clearLine does so for one who prints.
func (a *app) clearLine() {
	if a.status {
		fmt.Fprint(a.stderr, "\r\x1b[K")
		a.status = false
	}
}

// cut shortens a line to the width of a terminal; 0 is 80.
func cut(line string, width int) string {
	if width <= 0 {
		width = 80
	}
	if letters := []rune(line); len(letters) >= width {
		return string(letters[:width-2]) + "…"
	}
	return line
}

package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/covpipe/covpipe/sharding"
)

// shardView shows the shards that run: how far each is, for how long, and how
// long it took the last time.
type shardView struct {
	name     string
	now      func() time.Time
	began    time.Time
	since    map[string]time.Time // of the shards that run
	expected map[string]float64   // seconds, from earlier runs
	shards   int                  // that have ended
	done     int                  // their tests
	total    int
	guessed  bool // no earlier run tells how long some shards take
}

func newShardView(name string, plan sharding.Plan, now func() time.Time) *shardView {
	v := &shardView{name: name, now: now, began: now(), since: map[string]time.Time{}, expected: map[string]float64{}}
	for _, s := range plan.Shards {
		v.total += s.Tests
		if v.guessed = v.guessed || s.Estimated; !s.Estimated {
			v.expected[s.Name] = s.Seconds
		}
	}
	return v
}

func (v *shardView) started(e sharding.Event) {
	if e.Kind == sharding.Started {
		v.since[e.Shard.Name] = v.now()
	}
}

func (v *shardView) ended(e sharding.Event) {
	delete(v.since, e.Shard.Name)
	v.shards++
	v.done += e.Result.Tests
}

// withoutSuffix ends the name of a shard that runs once more, without coverage.
const withoutSuffix = "~without"

// mostRunning is how many shards a view names.
const mostRunning = 12

// lines gives the view:
//
//	php  ████████░░░░░░░░░░░░  6/15 shards, 231/454 tests, 12 s; 19 s left
//	  Cart          12/24 tests  4.1 s of about 6.0 s
func (v *shardView) lines(e sharding.Event, style barStyle) []string {
	tests, width := v.done, 0
	for _, r := range e.Running {
		if !strings.HasSuffix(r.Name, withoutSuffix) { // its tests have run before, and count once
			tests += r.Tests
		}
		width = max(width, len([]rune(r.Name)))
	}
	gone, left := v.now().Sub(v.began), e.Left
	bar, counted := style.bar(e.Done, e.All), ""
	resumed := e.Done > v.shards // whose tests an earlier run has counted
	if all := max(tests, v.total); v.total > 0 && !resumed {
		bar, counted = style.bar(tests, all), fmt.Sprintf(", %d/%d tests", tests, all)
		if v.guessed && tests > 0 { // how fast it goes says more than a guess
			left = time.Duration(float64(gone) * float64(all-tests) / float64(tests))
		}
	}
	head := fmt.Sprintf("%s  %s  %d/%s%s, %s",
		v.name, bar, e.Done, plural(e.All, "shard"), counted, seconds(gone.Seconds()))
	if left > 0 {
		head += "; " + seconds(left.Seconds()) + " left"
	}
	lines := []string{head}
	for i, r := range e.Running {
		if i == mostRunning {
			return append(lines, fmt.Sprintf("  and %d more", len(e.Running)-mostRunning))
		}
		line := fmt.Sprintf("  %-*s  %7s tests", width, r.Name, outOf(r.Tests, r.Of))
		if since, known := v.since[r.Name]; known {
			line += "  " + seconds(v.now().Sub(since).Seconds())
		}
		if took, known := v.expected[r.Name]; known {
			line += " of about " + seconds(took)
		}
		lines = append(lines, line)
	}
	return lines
}

func outOf(n, of int) string {
	if of == 0 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d/%d", n, of)
}

// barStyle is how a terminal shows a bar.
type barStyle struct{ full, rest string }

const barWidth = 20

func (s barStyle) bar(done, all int) string {
	n := 0
	if all > 0 {
		n = done * barWidth / all
	}
	return strings.Repeat(s.full, n) + strings.Repeat(s.rest, barWidth-n)
}

package main

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/sharding"
)

// screen gives what a terminal shows after this output: it knows line feeds, the
// carriage return, the cursor up and the erasure of all below.
func screen(t *testing.T, output string) []string {
	t.Helper()
	lines, row, column := []string{""}, 0, 0
	for len(output) > 0 {
		switch {
		case output[0] == '\n':
			if row, column = row+1, 0; row == len(lines) {
				lines = append(lines, "")
			}
			output = output[1:]
		case output[0] == '\r':
			column, output = 0, output[1:]
		case strings.HasPrefix(output, "\x1b[J"):
			lines = lines[:row+1]
			lines[row] = lines[row][:column]
			output = output[3:]
		case strings.HasPrefix(output, "\x1b["):
			count, rest, found := strings.Cut(output[2:], "A")
			n, err := strconv.Atoi(count)
			if !found || err != nil {
				t.Fatalf("no such sequence: %q", output)
			}
			row, output = row-n, rest
		default:
			lines[row] = lines[row][:min(column, len(lines[row]))] + output[:1] +
				lines[row][min(column+1, len(lines[row])):]
			column, output = column+1, output[1:]
		}
	}
	return lines
}

func TestMessagesStayAboveTheViewOfATerminal(t *testing.T) {
	var out bytes.Buffer
	a := &app{stderr: &out, terminal: true, began: true, width: func() int { return 30 }}
	a.showStatus("php", "php 1/9", "  Cart 1/3", "  Tax")
	a.say("php: [1/9] Tax: 3 tests")
	a.showStatus("android", "android: fetches")
	a.showStatus("php", "php 2/9, and a line that is too long to fit")
	a.warn("ios: old")
	want := []string{"php: [1/9] Tax: 3 tests", "warning: ios: old",
		"php 2/9, and a line that is …", "android: fetches"}
	if got := screen(t, out.String()); !slices.Equal(got, want) {
		t.Errorf("the terminal shows %q, want %q", got, want)
	}
	a.clearStatus("php")
	a.clearStatus("android")
	want = append(want[:2], "")
	if got := screen(t, out.String()); !slices.Equal(got, want) {
		t.Errorf("in the end the terminal shows %q, want %q", got, want)
	}
}

func TestAQuietRunAndOneThatIsPipedShowNoView(t *testing.T) {
	for _, a := range []*app{{terminal: true, quiet: true}, {terminal: true, logFormat: "json"}, {}} {
		var out bytes.Buffer
		a.stderr = &out
		a.showStatus("php", "php 1/9")
		a.clearStatus("php")
		if out.Len() > 0 {
			t.Errorf("%q", out.String())
		}
	}
}

// plannedShard is a shard of 20 tests that took so many seconds the last time; 0:
// never run.
func plannedShard(name string, seconds float64) sharding.Planned {
	return sharding.Planned{Shard: sharding.Shard{Name: name},
		Cost: sharding.Cost{Seconds: seconds, Tests: 20, Estimated: seconds == 0}}
}

func TestTheViewOfShardsSaysHowFarTheyAreAndHowLongItTakes(t *testing.T) {
	clock := time.Date(2026, 11, 22, 22, 0, 0, 0, time.UTC)
	now := func() time.Time { return clock }
	const head = "php  ###############.....  1/2 shards, 30/40 tests, 6.0 s; 2.0 s left"
	cart, tax := sharding.Shard{Name: "Cart"}, sharding.Shard{Name: "Tax"}
	for _, test := range []struct {
		taxTook float64
		want    []string
	}{
		{5, []string{head, "  Tax    10/20 tests  2.0 s of about 5.0 s"}},
		{0, []string{head, "  Tax    10/20 tests  2.0 s"}},
	} {
		plan := []sharding.Planned{plannedShard("Cart", 4), plannedShard("Tax", test.taxTook)}
		v := newShardView("php", sharding.Plan{Shards: plan}, now)
		v.started(sharding.Event{Kind: sharding.Started, Shard: cart})
		clock = clock.Add(4 * time.Second)
		v.started(sharding.Event{Kind: sharding.Started, Shard: tax})
		v.ended(sharding.Event{Kind: sharding.Ended, Shard: cart, Result: &sharding.Result{Shard: cart, Tests: 20}})
		clock = clock.Add(2 * time.Second)
		left := 2 * time.Second
		if test.taxTook == 0 {
			left = time.Hour // a guess, which is not shown
		}
		running := []sharding.Running{{Name: "Tax", Tests: 10, Of: 20}}
		got := v.lines(sharding.Event{Done: 1, All: 2, Left: left, Running: running}, barStyle{"#", "."})
		if !slices.Equal(got, test.want) {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestTheViewOfARunThatIsResumedCountsShards(t *testing.T) {
	clock := time.Date(2026, 11, 22, 22, 0, 0, 0, time.UTC)
	plan := []sharding.Planned{plannedShard("Cart", 4), plannedShard("Tax", 4)}
	v := newShardView("php", sharding.Plan{Shards: plan}, func() time.Time { return clock })
	running := []sharding.Running{{Name: "Tax", Tests: 5, Of: 20}}
	event := sharding.Event{Done: 1, All: 2, Left: 3 * time.Second, Running: running}
	want := []string{"php  ##########..........  1/2 shards, 0.0 s; 3.0 s left", "  Tax     5/20 tests of about 4.0 s"}
	if got := v.lines(event, barStyle{"#", "."}); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A log of cron has few lines, however many shards there are, and all failures.
func TestWhereThereIsNoTerminalALineIsSaidNowAndThen(t *testing.T) {
	clock := time.Date(2026, 11, 22, 22, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	a := &app{stderr: &out, began: true, now: func() time.Time { return clock }}
	tell := a.shardEvents("php", sharding.Plan{})
	for i := range 100 {
		clock = clock.Add(100 * time.Millisecond)
		shard := sharding.Shard{Name: "S" + strconv.Itoa(i+1)}
		result := &sharding.Result{Shard: shard, Tests: 1, Failed: i == 50}
		tell(sharding.Event{Kind: sharding.Ended, Shard: shard, Done: i + 1, All: 100, Result: result})
	}
	var said []string
	for line := range strings.Lines(out.String()) {
		said = append(said, strings.Fields(line)[1])
	}
	want := []string{"[1/100]", "[21/100]", "[41/100]", "[51/100]", "[71/100]", "[91/100]", "[100/100]"}
	if !slices.Equal(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
}

package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"
)

func create(t *testing.T, q *Queue, names ...string) {
	t.Helper()
	var units []Unit
	for _, name := range names {
		units = append(units, Unit{Name: name, Body: []byte("body of " + name)})
	}
	if err := q.Create(t.Context(), []byte("the plan"), units); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, q *Queue) {
	t.Helper()
	plan, err := q.Open(t.Context(), func() {})
	if err != nil || string(plan) != "the plan" {
		t.Fatalf("got plan %q, %v", plan, err)
	}
}

func next(t *testing.T, q *Queue) *Delivery {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		d, err := q.Next(t.Context(), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if d != nil {
			return d
		}
	}
	t.Fatal("no unit comes")
	return nil
}

func left(t *testing.T, q *Queue, want int) {
	t.Helper()
	if n, err := q.Left(t.Context()); err != nil || n != want {
		t.Errorf("%d units are left, %v; want %d", n, err, want)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func TestUnitsComeInOrderAndOnceToWhoeverAsks(t *testing.T) {
	eachServer(t, func(t *testing.T, s testServer) {
		serve := connect(t, s)
		create(t, serve, "(all files)", "Cart~1", "Tax/VAT ü")
		create(t, serve, "(all files)", "Cart~1", "Tax/VAT ü") // served twice
		left(t, serve, 3)
		a, b := connect(t, s), connect(t, s)
		open(t, a)
		open(t, b)
		first, second, third := next(t, a), next(t, b), next(t, a)
		got := first.Name + ", " + second.Name + ", " + third.Name
		if got != "(all files), Cart~1, Tax/VAT ü" || string(third.Body) != "body of Tax/VAT ü" {
			t.Errorf("got %s, %q", got, third.Body)
		}
		for _, d := range []*Delivery{first, second, third} {
			if err := d.Done(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		left(t, b, 0)
		if d, err := b.Next(t.Context(), 100*time.Millisecond); d != nil || err != nil {
			t.Errorf("got %v, %v", d, err)
		}
	})
}

func TestAUnitOfASilentWorkerGoesToAnotherAndOneOfABusyWorkerDoesNot(t *testing.T) {
	eachServer(t, func(t *testing.T, s testServer) {
		q := connect(t, s)
		create(t, q, "silent", "busy", "returned")
		worker, other := connect(t, s), connect(t, s)
		open(t, worker)
		open(t, other)
		next(t, worker) // and nothing is said of it
		busy := next(t, worker)
		next(t, worker).Return(0)
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(200 * time.Millisecond):
					busy.Working()
				}
			}
		}()
		defer close(stop)
		var got []string
		for range 2 {
			d := next(t, other)
			got = append(got, d.Name)
			if err := d.Done(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(got)
		if want := []string{"returned", "silent"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		// For three times as long as silence lasts, the busy worker keeps its unit.
		if d, err := other.Next(t.Context(), 3*time.Second); d != nil || err != nil {
			t.Errorf("got %v, %v", d, err)
		}
		left(t, q, 1)
	})
}

func TestTheFirstEndOfAUnitCountsAndOneThatFailedGivesWay(t *testing.T) {
	eachServer(t, func(t *testing.T, s testServer) {
		q := connect(t, s)
		create(t, q, "Cart", "Tax")
		ctx := t.Context()
		settle := func(unit string, state State, token string) bool {
			t.Helper()
			counts, _, err := q.Settle(ctx, unit, End{State: state, Token: token, Worker: token})
			if err != nil {
				t.Fatal(err)
			}
			return counts
		}
		for i, c := range []struct {
			unit   string
			state  State
			token  string
			counts bool
		}{
			{"Cart", Measured, "a", true},
			{"Cart", Measured, "b", false},
			{"Cart", Measured, "a", true}, // the server's answer was lost, and it is asked again
			{"Cart", Split, "c", false},
			{"Cart", Failed, "d", false},
			{"Tax", Failed, "a", true},
			{"Tax", Failed, "b", false},
			{"Tax", Measured, "c", true},
			{"Tax", Failed, "d", false},
		} {
			if got := settle(c.unit, c.state, c.token); got != c.counts {
				t.Errorf("%d: %s %s by %s counts: %v", i, c.unit, c.state, c.token, got)
			}
		}
		ends := must[map[string]End](t)(q.Ends(ctx))
		if len(ends) != 2 || ends["Cart"].Token != "a" || ends["Tax"].Token != "c" || ends["Tax"].State != Measured {
			t.Errorf("got %+v", ends)
		}
		if _, settled, err := q.End(ctx, "none"); settled || err != nil {
			t.Errorf("a unit that is not settled: %v, %v", settled, err)
		}
	})
}

func TestTriesTellWhoFellSilent(t *testing.T) {
	q := connect(t, embedded(t, server.Options{}))
	create(t, q, "Cart")
	ctx := t.Context()
	begin := func(token string) {
		t.Helper()
		if err := q.Begin(ctx, "Cart", Try{Worker: token, Token: token}); err != nil {
			t.Fatal(err)
		}
	}
	tries := func() []Try { return must[[]Try](t)(q.Tries(ctx, "Cart")) }
	if got := tries(); len(got) != 0 {
		t.Errorf("before the first: %+v", got)
	}
	begin("a")
	if err := q.Leave(ctx, "Cart", "a", Returned); err != nil {
		t.Fatal(err)
	}
	begin("b")
	begin("b") // the server's answer was lost, and it is asked again
	if got := tries(); len(got) != 2 || got[0].Ended != Returned || got[1].Ended != Lost {
		t.Errorf("before the third: %+v", got)
	}
	begin("c")
	if err := q.Leave(ctx, "Cart", "c", Crashed); err != nil {
		t.Fatal(err)
	}
	if got := tries(); len(got) != 3 || got[1].Ended != Lost || got[2].Ended != Crashed {
		t.Errorf("after the third: %+v", got)
	}
}

func TestARunOutlivesItsServer(t *testing.T) {
	eachServer(t, func(t *testing.T, s testServer) {
		q := connect(t, s)
		create(t, q, "Cart", "Tax")
		d := next(t, q)
		if err := q.Put(t.Context(), "unit/Cart", []byte("a report")); err != nil {
			t.Fatal(err)
		}
		s.restart(t)
		end := End{State: Measured, Token: "a", Object: "unit/Cart"}
		if counts, _, err := q.Settle(t.Context(), d.Name, end); !counts || err != nil {
			t.Fatalf("settled: %v, %v", counts, err)
		}
		if err := d.Done(t.Context()); err != nil {
			t.Fatal(err)
		}
		left(t, q, 1)
		if d := next(t, q); d.Name != "Tax" {
			t.Errorf("got %s", d.Name)
		}
		if got := must[[]byte](t)(q.Get(t.Context(), "unit/Cart")); string(got) != "a report" {
			t.Errorf("got %q", got)
		}
	})
}

func TestRunsAreApartAndOldOnesAreRemoved(t *testing.T) {
	eachServer(t, func(t *testing.T, s testServer) {
		old := connect(t, s, func(o *Options) { o.Run, o.Keep = "old", 200*time.Millisecond })
		create(t, old, "Cart")
		one, two := connect(t, s), connect(t, s, func(o *Options) { o.Run = "run-2" })
		create(t, one, "Cart")
		hasty := connect(t, s, func(o *Options) { o.Silence, o.Keep = time.Millisecond, time.Second })
		if err := hasty.Create(t.Context(), []byte("another plan"), nil); !errors.Is(err, ErrOtherRun) {
			t.Errorf("another plan: %v", err)
		}
		if info := must[*jetstream.ConsumerInfo](t)(one.units.Info(t.Context())); info.Config.AckWait != time.Second {
			t.Errorf("a plan that was refused has changed the silence to %v", info.Config.AckWait)
		}
		stream := must[jetstream.Stream](t)(one.js.Stream(t.Context(), one.stream()))
		if age := stream.CachedInfo().Config.MaxAge; age != 7*24*time.Hour {
			t.Errorf("a plan that was refused has changed how long the run is kept to %v", age)
		}
		waiting := false
		limited, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if _, err := two.Open(limited, func() { waiting = true }); !errors.Is(err, ErrNoRun) || !waiting {
			t.Errorf("no run: %v, waiting %v", err, waiting)
		}
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			create(t, two, "Tax")
			if _, err := old.Left(t.Context()); errors.Is(err, ErrNoRun) {
				break
			} else if time.Now().After(end) {
				t.Fatalf("the old run is still there: %v", err)
			}
		}
		left(t, one, 1)
		left(t, two, 1)
		worker := connect(t, s)
		open(t, worker)
		d := next(t, worker)
		if err := one.Delete(t.Context()); err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{
			"set":     worker.Set(t.Context(), "worker", "w", 1),
			"publish": worker.Publish(t.Context(), []Unit{{Name: "x"}}),
			"done":    d.Done(t.Context()),
		} {
			if !errors.Is(err, ErrNoRun) {
				t.Errorf("%s, when the run is deleted: %v", what, err)
			}
		}
		left(t, two, 1)
		if _, err := one.Left(t.Context()); !errors.Is(err, ErrNoRun) {
			t.Errorf("a deleted run: %v", err)
		}
	})
}

func TestAServerThatCannotBeUsedIsNamed(t *testing.T) {
	ctx := t.Context()
	opt := Options{Run: "run-1", Patience: 300 * time.Millisecond}
	opt.Place = "nats://127.0.0.1:1"
	if _, err := Connect(ctx, opt); !errors.Is(err, ErrUnreachable) {
		t.Errorf("no server: %v", err)
	}
	s := embedded(t, server.Options{Username: "ci", Password: "sesame"})
	opt.Place = s.place
	for _, password := range []string{"", "wrong"} {
		opt.User, opt.Password = "ci", password
		if _, err := Connect(ctx, opt); !errors.Is(err, ErrLogin) {
			t.Errorf("password %q: %v", password, err)
		}
	}
	connect(t, s, func(o *Options) { o.User, o.Password = "ci", "sesame" })
	for place, want := range map[string]string{
		"": `queue: "": it is no place of a queue such as nats://host:4222 or tls://host:4222`,
		"http://host": `queue: "http://host": ` +
			`it is no place of a queue such as nats://host:4222 or tls://host:4222`,
		"nats://ci:sesame@host": `queue: "…@host": it is no place of a queue: ` +
			`a user and a password have no place in it`,
		"nats://host?ca=x&color=1":  `queue: color=: it is no place of a queue: it knows ca, cert, key and tls`,
		"tls://host?cert=x":         `queue: it is no place of a queue: cert= without key=`,
		"tls://host?key=x":          `queue: it is no place of a queue: key= without cert=`,
		"tls://host?tls=second":     `queue: tls=second: it is no place of a queue: only tls=first is known`,
		"nats://a:4222,nats://b?ca": "",
	} {
		if _, _, err := ParsePlace(place); fmt.Sprint(err) != want && (want != "" || err != nil) {
			t.Errorf("%s: %v", place, err)
		}
	}
	// What JetStream refuses is no server that does not answer.
	full := embedded(t, server.Options{JetStreamMaxStore: 1})
	q := connect(t, full, func(o *Options) { o.Patience = 300 * time.Millisecond })
	if err := q.Create(ctx, []byte("the plan"), nil); err == nil || errors.Is(err, ErrUnreachable) {
		t.Errorf("no room: %v", err)
	}
	opt.Run = "no name"
	if _, err := Connect(ctx, opt); err == nil {
		t.Error("a run with a space in its name was accepted")
	}
}

func TestEveryNameMakesAKeyAndIsFoundAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		key := escape(name)
		for _, c := range key {
			if !runName.MatchString(string(c)) && c != '=' && c != '/' {
				t.Fatalf("%q has %q", key, c)
			}
		}
		if got := unescape(key); got != name {
			t.Fatalf("got %q, want %q", got, name)
		}
	})
}

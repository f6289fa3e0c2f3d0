package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// State is what became of a unit.
type State string

// The states of units that are settled.
const (
	Measured State = "measured"
	Split    State = "split"  // in the units that Parts names
	Failed   State = "failed" // for good, though a worker that was taken for dead may still measure it
)

// End is how a unit was settled. There is one for each unit.
type End struct {
	State  State           `json:"state"`
	Worker string          `json:"worker"`
	Token  string          `json:"token"`            // of the try that settled it
	Object string          `json:"object,omitempty"` // what it left, for [Queue.Get]
	Sum    string          `json:"sha256,omitempty"` // of that
	Parts  []string        `json:"parts,omitempty"`
	Info   json.RawMessage `json:"info,omitempty"` // the caller's
}

// Try is one worker's try of a unit.
type Try struct {
	Worker string    `json:"worker"`
	Token  string    `json:"token"`
	Began  time.Time `json:"began"`
	Ended  string    `json:"ended,omitempty"` // "returned", "crashed", "lost"; empty: it goes on, or nobody knows
}

// How a try can end without settling its unit.
const (
	Returned = "returned" // in order, since the worker was stopped
	Crashed  = "crashed"  // what it ran has crashed
	Lost     = "lost"     // the worker went silent
)

// Settle notes how a unit ended, and tells whether this end counts. The first
// one does; one that failed gives way to one that did not. If it does not count,
// there is the one that does.
func (q *Queue) Settle(ctx context.Context, unit string, end End) (counts bool, there End, err error) {
	value, err := json.Marshal(end)
	if err != nil {
		return false, there, err
	}
	key := "end." + escape(unit)
	for {
		won, err := q.claim(ctx, key, value)
		if err != nil || won {
			return won, end, err
		}
		entry, err := q.entry(ctx, key)
		if err != nil {
			return false, there, err
		}
		if err := json.Unmarshal(entry.Value(), &there); err != nil {
			return false, there, fmt.Errorf("queue: %s: %w", key, err)
		}
		if there.Token == end.Token {
			return true, end, nil // an answer of the server was lost
		}
		if there.State != Failed || end.State == Failed {
			return false, there, nil
		}
		switch err := q.update(ctx, key, value, entry.Revision()); {
		case err == nil:
			return true, end, nil
		case !errors.Is(err, errLostRace):
			return false, there, err
		}
	}
}

// End gives how a unit was settled, if it was.
func (q *Queue) End(ctx context.Context, unit string) (end End, settled bool, err error) {
	value, err := q.value(ctx, "end."+escape(unit))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return end, false, nil
	}
	if err == nil {
		err = json.Unmarshal(value, &end)
	}
	return end, err == nil, err
}

// Tries gives the tries of a unit that has come to this worker, so those whose end
// is not known are lost.
func (q *Queue) Tries(ctx context.Context, unit string) ([]Try, error) {
	tries, _, err := q.tries(ctx, unit)
	return lostTries(tries), err
}

func lostTries(tries []Try) []Try {
	for i := range tries {
		if tries[i].Ended == "" {
			tries[i].Ended = Lost
		}
	}
	return tries
}

// Begin notes that a worker tries a unit, and that those whose end is not known
// are lost.
func (q *Queue) Begin(ctx context.Context, unit string, try Try) error {
	return q.changeTries(ctx, unit, func(tries []Try) []Try {
		// One of the same token is this one, of which the server's answer was lost.
		tries = slices.DeleteFunc(tries, func(t Try) bool { return t.Token == try.Token })
		return append(lostTries(tries), try)
	})
}

// Leave notes how a try ended that has not settled its unit.
func (q *Queue) Leave(ctx context.Context, unit, token, how string) error {
	return q.changeTries(ctx, unit, func(tries []Try) []Try {
		for i := range tries {
			if tries[i].Token == token {
				tries[i].Ended = how
			}
		}
		return tries
	})
}

func triesKey(unit string) string { return "try." + escape(unit) }

// tries reads the tries of a unit and their revision, 0 if there are none.
func (q *Queue) tries(ctx context.Context, unit string) (tries []Try, revision uint64, err error) {
	entry, err := q.entry(ctx, triesKey(unit))
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return nil, 0, nil
	case err != nil:
		return nil, 0, err
	}
	if err := json.Unmarshal(entry.Value(), &tries); err != nil {
		return nil, 0, fmt.Errorf("queue: %s: %w", triesKey(unit), err)
	}
	return tries, entry.Revision(), nil
}

func (q *Queue) changeTries(ctx context.Context, unit string, change func([]Try) []Try) error {
	for {
		tries, revision, err := q.tries(ctx, unit)
		if err != nil {
			return err
		}
		value, err := json.Marshal(change(tries))
		if err != nil {
			return err
		}
		if err := q.update(ctx, triesKey(unit), value, revision); !errors.Is(err, errLostRace) {
			return err
		}
	}
}

// Set keeps a value of the caller under a kind and a name, in place of an older
// one.
func (q *Queue) Set(ctx context.Context, kind, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	key := kind + "." + escape(name)
	err = q.retry(ctx, func(ctx context.Context) error {
		_, err := q.keys.Put(ctx, key, text)
		return err
	})
	if err != nil {
		return fmt.Errorf("queue: %s: %w", key, err)
	}
	return nil
}

// All gives all values of a kind by name: "end", "try", or one of [Queue.Set].
func (q *Queue) All(ctx context.Context, kind string) (map[string][]byte, error) {
	var all map[string][]byte
	err := q.retry(ctx, func(ctx context.Context) error {
		all = map[string][]byte{}
		watcher, err := q.keys.Watch(ctx, kind+".>", jetstream.IgnoreDeletes())
		if err != nil {
			return err
		}
		defer func() { _ = watcher.Stop() }() // the watch is over
		for {
			select {
			case entry, open := <-watcher.Updates():
				if !open {
					return errors.New("the list of keys broke off")
				}
				if entry == nil {
					return nil // that was all there is
				}
				all[unescape(strings.TrimPrefix(entry.Key(), kind+"."))] = entry.Value()
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("queue: %s: %w", kind, err)
	}
	return all, nil
}

// Ends gives how units were settled, by name.
func (q *Queue) Ends(ctx context.Context) (map[string]End, error) {
	values, err := q.All(ctx, "end")
	if err != nil {
		return nil, err
	}
	ends := map[string]End{}
	for name, value := range values {
		var end End
		if err := json.Unmarshal(value, &end); err != nil {
			return nil, fmt.Errorf("queue: end of %s: %w", name, err)
		}
		ends[name] = end
	}
	return ends, nil
}

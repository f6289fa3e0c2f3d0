package sharding

import (
	"context"
	"errors"
)

// Work is what is to be run.
type Work struct {
	Discovery
	Plan  Plan
	Tests int   // of the suite, as PHPUnit lists them; 0 if it cannot
	Doubt error // why PHPUnit's own list could not be compared, or nil

	history  History
	counts   map[string]int // tests of each file
	listsAll bool           // the unsharded report lists files that no test loads
}

// Prepare finds the tests, compares them with PHPUnit's own list, and plans
// their run.
func (s Suite) Prepare(ctx context.Context, tools Toolchain, jobs int) (*Work, error) {
	found, err := s.discover(tools)
	if err != nil {
		return nil, err
	}
	w := &Work{Discovery: *found, history: s.history(tools.Driver)}
	if w.listsAll, err = s.check(tools.config); err != nil {
		return nil, err
	}
	listing, err := s.List(ctx, tools, found)
	switch {
	case errors.Is(err, ErrUnlisted):
		w.Doubt, listing = err, nil
	case err != nil:
		return nil, err
	default:
		w.Tests = listing.Tests
	}
	w.counts = listing.CountByFile(found.Shards)
	w.plan(s, jobs)
	return w, nil
}

// plan makes the plan from what is known of earlier runs.
func (w *Work) plan(s Suite, jobs int) {
	var first []float64
	if w.listsAll && w.history.Baseline > 0 {
		first = append(first, w.history.Baseline)
	}
	costs := w.history.costs(s.Dir, w.counts)
	w.Plan = NewPlan(w.history.split(s, w.Shards, costs), costs, w.history.PerShard, jobs, first...)
}

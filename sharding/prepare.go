package sharding

import (
	"context"
	"errors"
	"fmt"
)

// Work is what is to be run.
type Work struct {
	Discovery
	Plan  Plan
	Tests int   // of the suite, as PHPUnit lists them; 0 if it cannot
	Doubt error // why PHPUnit's own list could not be compared, or nil
	Moved []Moved

	history  History
	listsAll bool   // the unsharded report lists files that no test loads
	inputs   string // hash of all that the shards depend on
	data     string // hash of all that the listing depends on; empty: there is none
	code     string // hash of all that the report of all files depends on; empty: that cannot be told
	counts   map[string]int
	first    map[string]string // see together
	sums     *sums
	kept     bool // Tests is of an earlier run
	keepsAll bool // the report of all files is that of an earlier run
}

// Prepare finds the tests, compares them with PHPUnit's own list, and plans
// their run. If nothing has changed since a run listed them, PHPUnit is not asked
// again.
func (s Suite) Prepare(ctx context.Context, tools Toolchain, jobs int) (*Work, error) {
	found, err := s.discover(tools)
	if err != nil {
		return nil, err
	}
	w := &Work{Discovery: *found, history: s.history(tools.Driver), sums: newSums(s.Cache, s.now())}
	if w.listsAll, err = s.check(tools.config); err != nil {
		return nil, err
	}
	var data string
	if w.inputs, data, err = s.inputs(tools, w.Shards, w.sums); err != nil {
		return nil, fmt.Errorf("phpunit: %w", err)
	}
	if w.Tests, w.counts, w.first, w.kept = s.keptListing(data); !w.kept {
		listing, err := s.List(ctx, tools, found)
		switch {
		case errors.Is(err, ErrUnlisted):
			w.Doubt, listing, data = err, nil, ""
		case err != nil:
			return nil, err
		default:
			w.Tests = listing.Tests
		}
		files := readTestFiles(found.Shards)
		w.counts, w.first = listing.count(files), together(files)
	}
	w.Shards, w.Moved = keepTogether(w.Shards, w.first)
	w.code, _ = s.measuredCode(tools, w.sums) // without it the report of all files is made anew each time
	w.data, w.keepsAll = data, s.keepsBaseline(w.code)
	w.plan(s, jobs)
	return w, nil
}

// plan makes the plan from what is known of earlier runs.
func (w *Work) plan(s Suite, jobs int) {
	var first []float64
	if w.listsAll && w.history.Baseline > 0 && !w.keepsAll {
		first = append(first, w.history.Baseline)
	}
	costs := w.history.costs(s.Dir, w.counts)
	w.Plan = NewPlan(w.history.split(s, w.Shards, costs), costs, w.history.PerShard, jobs, first...)
}

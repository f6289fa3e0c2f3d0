package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/covpipe/covpipe/coverage"
)

// showPlan says what a run would do, and how long that may take. It comes to what
// the run would come to, as far as that is known before.
func (r *running) showPlan(ctx context.Context) error {
	c := r.config
	var lack gaps
	if r.unowned != nil {
		r.complain(r.unowned)
		lack.lacking = append(lack.lacking, "no source has owners")
	}
	if err := r.showResumed(); err != nil {
		return err
	}
	past, err := pastTimes(c)
	if err != nil {
		return err
	}
	took, missing := r.planSources(ctx, past)
	switch lack.missing = missing; {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case len(missing) == len(r.sources):
		return errors.New("run: nothing could be measured, and nothing would be loaded")
	}
	fmt.Fprintf(r.stdout, "would load the rows into %s as week %v of project %s\n",
		c.Warehouse, coverage.WeekOf(r.began, c.zone), c.Project)
	if wanted := r.wanted(); len(wanted) > 0 {
		var names []string
		for _, e := range wanted {
			names = append(names, e.name)
		}
		fmt.Fprintf(r.stdout, "would then do: %s\n", strings.Join(names, ", "))
	}
	old, err := expired(c.Runs, c.keep, r.now(), "")
	if err != nil {
		return err
	}
	if len(old) > 0 {
		fmt.Fprintf(r.stdout, "would remove %s older than %s\n", plural(len(old), "run folder"), c.KeepRuns)
	}
	if took.known {
		all := past.rest + max(inLanes(took.phpunit, 1), inLanes(took.others, c.Parallel))
		fmt.Fprintf(r.stdout, "in all about %s, by what earlier runs took\n", seconds(all))
	}
	return lack.err()
}

// showResumed says which run --resume would go on with.
func (r *running) showResumed() error {
	if !r.opt.resume {
		return nil
	}
	earlier, _, why, err := interrupted(r.config, r.opt, r.now())
	if err == nil && why == "" {
		fmt.Fprintf(r.stdout, "would go on with the run that began at %s, in %s, and keep what is done there\n",
			earlier.began.Format("2006-01-02 15:04 MST"), earlier.dir)
	}
	return err
}

// expectedTimes are how long sources may take, in seconds.
type expectedTimes struct {
	phpunit, others []float64
	known           bool // of all of them
}

// planSources says what would be done with each source, and names those that could
// not be measured.
func (r *running) planSources(ctx context.Context, past past) (expect expectedTimes, missing []string) {
	expect.known = true
	for _, s := range r.sources {
		took, measured := past.sources[s.Name]
		about := ""
		if measured {
			about = ", about " + seconds(took)
		}
		switch {
		case s.PHPUnit != nil:
			planned, err := r.planPHPUnit(ctx, s, r.opt, filepath.Join(r.config.Cache, s.Name))
			if err != nil {
				r.complain(fmt.Errorf("%s: %w", s.Name, err))
				missing = append(missing, s.Name)
			}
			if !measured { // what the plan says is the time of the shards alone
				took, measured = planned, planned > 0
			}
			expect.phpunit = append(expect.phpunit, took)
		case s.Report != nil:
			fmt.Fprintf(r.stdout, "%s: would read %s%s\n", s.Name, s.Report.File, about)
			expect.others = append(expect.others, took)
		case s.Jenkins != nil:
			fmt.Fprintf(r.stdout, "%s: would fetch build %s of %s from %s: its JaCoCo totals and the artifacts %s%s\n",
				s.Name, buildOf(s, r.opt), s.Jenkins.Job, s.Jenkins.URL, s.Jenkins.Artifact, about)
			expect.others = append(expect.others, took)
		}
		expect.known = expect.known && measured
	}
	return expect, missing
}

// inLanes gives how long it takes to do things in order, so many at a time.
func inLanes(took []float64, lanes int) float64 {
	free := make([]float64, lanes)
	for _, t := range took {
		first := slices.Index(free, slices.Min(free))
		free[first] += t
	}
	return slices.Max(free)
}

// past is what earlier runs took.
type past struct {
	sources map[string]float64 // seconds to measure each, the last time
	rest    float64            // seconds of the newest whole run after its last source
}

// pastTimes reads the records of earlier runs of the project.
func pastTimes(c *config) (past, error) {
	p := past{sources: map[string]float64{}}
	found, err := earlierRuns(c.Runs)
	for _, run := range found {
		record, err := readRecord(run.dir)
		if err != nil || record.Project != c.Project {
			continue
		}
		for _, s := range record.Sources {
			if _, known := p.sources[s.Name]; !known && s.Status == statusMeasured && len(record.Attempts) == 1 {
				p.sources[s.Name] = s.Seconds
			}
		}
		if p.rest == 0 && record.Complete && len(record.Attempts) == 1 && record.Ended != nil {
			last := record.Began
			for _, s := range record.Sources {
				if s.Ended != nil && s.Ended.After(last) {
					last = *s.Ended
				}
			}
			p.rest = record.Ended.Sub(last).Seconds()
		}
	}
	return p, err
}

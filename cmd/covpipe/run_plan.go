package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/covpipe/covpipe/coverage"
)

// showPlan says what a run would do.
func (r *running) showPlan(ctx context.Context) error {
	c := r.config
	for _, s := range r.sources {
		switch {
		case s.PHPUnit != nil:
			if err := r.planPHPUnit(ctx, s, r.opt, filepath.Join(c.Cache, s.Name)); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
		case s.Report != nil:
			fmt.Fprintf(r.stdout, "%s: would read %s\n", s.Name, s.Report.File)
		case s.Jenkins != nil:
			fmt.Fprintf(r.stdout, "%s: would fetch build %s of %s from %s: its JaCoCo totals and the artifacts %s\n",
				s.Name, buildOf(s, r.opt), s.Jenkins.Job, s.Jenkins.URL, s.Jenkins.Artifact)
		}
	}
	fmt.Fprintf(r.stdout, "would load the rows into %s as week %v of project %s\n",
		c.Warehouse, coverage.WeekOf(r.now(), c.zone), c.Project)
	return nil
}

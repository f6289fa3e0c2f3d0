package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
)

// measured is what became of one source.
type measured struct {
	source  source
	origin  coverage.Origin
	rows    []coverage.Row
	failing []string // parts that were measured although their tests fail
	lacking []string // what there should be besides the rows, and is not
	about   loaders.Source
	err     error // the source is missing
}

// chosen gives the sources that the flags leave.
func chosen(all []source, opt runOptions) ([]source, error) {
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	for _, name := range opt.only {
		if !slices.Contains(names, name) {
			return nil, usage("--only %s: there is no such source (known: %s)", name, strings.Join(names, ", "))
		}
	}
	var sources []source
	jenkins := 0
	for _, s := range all {
		if len(opt.only) == 0 || slices.Contains(opt.only, s.Name) {
			sources = append(sources, s)
			if s.Jenkins != nil {
				jenkins++
			}
		}
	}
	if opt.build != "" && jenkins != 1 {
		return nil, usage("--build %s: it is for one Jenkins source, and %d are chosen; --only names it", opt.build, jenkins)
	}
	if opt.jobs < 0 {
		return nil, usage("--jobs %d is less than 1", opt.jobs)
	}
	return sources, nil
}

// measure measures one source into dir. Its error is in the result, so that the
// other sources go on.
func (a *app) measure(ctx context.Context, c *config, s source, opt runOptions, begin time.Time, dir string) measured {
	measuring := a.now()
	m := measured{source: s, origin: coverage.Origin{Project: c.Project, Platform: s.Platform}}
	if m.err = os.MkdirAll(dir, 0o755); m.err != nil {
		return m
	}
	switch {
	case s.PHPUnit != nil:
		a.measurePHPUnit(ctx, &m, opt, begin, dir, filepath.Join(c.Cache, s.Name))
	case s.Report != nil:
		a.measureReport(&m)
	case s.Jenkins != nil:
		a.measureJenkins(ctx, &m, opt, dir)
	}
	if m.err == nil {
		m.origin.Week = coverage.WeekOf(m.origin.MeasuredAt, c.zone)
	}
	m.about.Name, m.about.Took = s.Name, a.now().Sub(measuring)
	return m
}

// measureReport reads a report that is there already.
func (a *app) measureReport(m *measured) {
	s := m.source.Report
	report, err := a.readFile(s.File, readOptions{format: s.Format, root: s.Root, hash: true})
	if err != nil {
		m.err = err
		return
	}
	m.rows, m.origin.Format, m.origin.MeasuredAt = report.rows, report.format, report.measuredAt
	m.about = report.about
	a.say("%s: %s, %d rows, written %s", m.source.Name, report.format, len(report.rows), report.measuredAt.Format("2006-01-02 15:04 MST"))
}

// showPlan says what a run would do.
func (a *app) showPlan(ctx context.Context, c *config, sources []source, opt runOptions) error {
	for _, s := range sources {
		switch {
		case s.PHPUnit != nil:
			if err := a.planPHPUnit(ctx, s, opt, filepath.Join(c.Cache, s.Name)); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
		case s.Report != nil:
			fmt.Fprintf(a.stdout, "%s: would read %s\n", s.Name, s.Report.File)
		case s.Jenkins != nil:
			fmt.Fprintf(a.stdout, "%s: would fetch build %s of %s from %s: its JaCoCo totals and the artifacts %s\n",
				s.Name, buildOf(s, opt), s.Jenkins.Job, s.Jenkins.URL, s.Jenkins.Artifact)
		}
	}
	fmt.Fprintf(a.stdout, "would load the rows into %s as week %v of project %s\n", c.Warehouse, coverage.WeekOf(a.now(), c.zone), c.Project)
	return nil
}

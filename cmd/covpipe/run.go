package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
)

// runOptions are the flags of covpipe run.
type runOptions struct {
	only   []string
	build  string
	jobs   int
	dryRun bool
	resume bool
}

func (a *app) runCommand() *cobra.Command {
	var opt runOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Measure every source, load the week and show it",
		Long: `Does the whole job of covpipe.yaml: runs PHPUnit with coverage in shards and
merges them, reads the reports of the other sources, loads one row for each file
into the warehouse in one transaction, and prints the week.

A source that fails does not stop the others; what is missing is named, and the
exit code is 3. Running it again replaces the week's rows, or changes nothing if
they are the same.`,
		Example: `  covpipe run
  covpipe run --resume
  covpipe run --only android --build 1204
  covpipe run --config samples/covpipe.yaml --dry-run`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.run(cmd.Context(), opt)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&opt.only, "only", nil, "measure only `SOURCE` (may be given several times)")
	flags.StringVar(&opt.build, "build", "", "take build `N` or a permalink from Jenkins, in place of the configuration's")
	flags.IntVar(&opt.jobs, "jobs", 0, "PHPUnit processes at a time (default: as many as cores, while memory lasts)")
	flags.BoolVar(&opt.resume, "resume", false, "go on with the newest run if it was interrupted or lacks a shard, else begin one")
	flags.BoolVar(&opt.dryRun, "dry-run", false, "show what would be done, and do nothing")
	return cmd
}

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

func (a *app) run(ctx context.Context, opt runOptions) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	if c.Warehouse, err = requireWarehouse(c.Warehouse); err != nil {
		return err
	}
	sources, err := chosen(c.Sources, opt)
	if err != nil {
		return err
	}
	begin := a.now()
	rules, errOwners := a.readOwners(c)
	if opt.dryRun && errOwners != nil {
		return errOwners
	}
	if errOwners != nil {
		a.complain(errOwners)
	}
	if opt.dryRun {
		return a.showPlan(ctx, c, sources, opt)
	}
	dir, err := a.runDirectory(c.Runs, &begin, &opt)
	if err != nil {
		return err
	}
	var results []measured
	for _, s := range sources {
		result := a.measure(ctx, c, s, opt, begin, filepath.Join(dir, s.Name))
		if ctx.Err() != nil {
			return fmt.Errorf("run: %w: %w", errStopped, context.Cause(ctx))
		}
		switch {
		case result.err != nil:
			a.complain(fmt.Errorf("%s: %w", s.Name, result.err))
		case errOwners != nil:
			result.lacking = append(result.lacking, "no owners")
		default:
			a.ownRows(&result, c.owningFor(s.Platform, rules))
		}
		results = append(results, result)
	}
	return a.finish(ctx, c, results, begin, dir, opt.build != "")
}

// errStopped is what a run is that was told to end.
var errStopped = errors.New("stopped, and nothing was loaded")

// runDirectory gives the folder of a run. With --resume it is that of the newest
// run, if that was interrupted or lacks something, and the run has begun then.
func (a *app) runDirectory(runs string, begin *time.Time, opt *runOptions) (string, error) {
	if opt.resume {
		dir, began, err := interrupted(runs)
		if err != nil {
			return "", err
		}
		if dir != "" {
			a.say("resuming the run that began at %s, in %s", began.Format("2006-01-02 15:04 MST"), dir)
			*begin = began
			return dir, nil
		}
		a.say("no run was interrupted; a new one begins")
		opt.resume = false
	}
	return newRunDirectory(runs, *begin)
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

// runLayout names the folder of a run.
const runLayout = "2006-01-02T150405Z"

// newRunDirectory makes the folder of this run: 2026-11-22T203000Z, or with a
// number behind it if another run began in the same second.
func newRunDirectory(runs string, begin time.Time) (string, error) {
	if err := os.MkdirAll(runs, 0o755); err != nil {
		return "", err
	}
	base := filepath.Join(runs, begin.UTC().Format(runLayout))
	dir := base
	for n := 2; ; n++ {
		err := os.Mkdir(dir, 0o755)
		if !errors.Is(err, os.ErrExist) {
			return dir, err
		}
		dir = fmt.Sprintf("%s-%d", base, n)
	}
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

// finish writes the rows of all that was measured, loads them and prints the
// week. Rows of another week than this one are a gap in this one, unless the
// user has chosen the build.
func (a *app) finish(ctx context.Context, c *config, results []measured, begin time.Time, dir string, chosenBuild bool) error {
	var records []arrow.Record
	var sources []loaders.Source
	var missing, failing, lacking []string
	thisWeek := coverage.WeekOf(begin, c.zone)
	for i, m := range results {
		if m.err == nil {
			var batch []arrow.Record
			if batch, results[i].err = coverage.Batches(m.origin, m.rows); results[i].err != nil {
				a.complain(fmt.Errorf("%s: %w", m.source.Name, results[i].err))
			}
			records = append(records, batch...)
		}
		if results[i].err != nil {
			missing = append(missing, m.source.Name)
			m.about.Key = keyOf(coverage.Origin{Week: thisWeek, Project: c.Project, Platform: m.source.Platform})
			m.about.Missing = results[i].err.Error()
			sources = append(sources, m.about)
			continue
		}
		sources = append(sources, m.inLedger())
		if m.origin.Week != thisWeek {
			a.warn("%s: measured at %s, so it belongs to %v and not to this week, %v",
				m.source.Name, m.origin.MeasuredAt.Format("2006-01-02 15:04 MST"), m.origin.Week, thisWeek)
			if !chosenBuild {
				m.lacking = append(m.lacking, "nothing of this week")
			}
		}
		for _, part := range m.lacking {
			lacking = append(lacking, m.source.Name+" has "+part)
		}
		for _, part := range m.failing {
			failing = append(failing, m.source.Name+" "+part)
		}
	}
	if len(records) == 0 {
		return fmt.Errorf("run: nothing could be measured, and nothing was loaded; what there is lies in %s", dir)
	}
	rows, err := reader(records)
	if err != nil {
		return err
	}
	defer rows.Release()
	if path, local := strings.CutPrefix(c.Warehouse, "duckdb:"); local {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
	}
	file := filepath.Join(dir, "rows.csv")
	if err := a.loadInto(ctx, file, rows, nil); err != nil {
		return err
	}
	again, err := reader(records)
	if err != nil {
		return err
	}
	defer again.Release()
	if err := a.loadAndArchive(ctx, c.Warehouse, c.Archive, again, func() []loaders.Source { return sources }); err != nil {
		return err
	}
	if err := writeRecord(dir, begin, a.now(), results, missing, lacking); err != nil {
		return err
	}
	if err := a.showWeek(ctx, a.stdout, c.Warehouse, c, newestWeek(results), reportOptions{}); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\nrows: %s\nwarehouse: %s\n", file, c.Warehouse)
	return partly(missing, failing, lacking)
}

// inLedger is what the ledger keeps of a measured source.
func (m measured) inLedger() loaders.Source {
	s := m.about
	s.Key, s.Failing = keyOf(m.origin), m.failing
	s.Findings = nil
	for _, row := range m.rows {
		if row.Finding != "" {
			s.Findings = append(s.Findings, row.Path+": "+row.Finding)
		}
	}
	return s
}

// newestWeek is the week to show after a run.
func newestWeek(results []measured) (monday time.Time) {
	for _, m := range results {
		if m.err == nil && m.origin.Week.Monday().After(monday) {
			monday = m.origin.Week.Monday()
		}
	}
	return monday
}

func partly(missing, failing, lacking []string) error {
	var what []string
	if len(missing) > 0 {
		what = append(what, "not measured: "+strings.Join(missing, ", "))
	}
	if len(failing) > 0 {
		what = append(what, "measured, with failing tests: "+strings.Join(failing, ", "))
	}
	what = append(what, lacking...)
	if len(what) == 0 {
		return nil
	}
	return &partError{what: strings.Join(what, "; ")}
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

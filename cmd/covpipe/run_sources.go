package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
)

// measured is what became of one source.
type measured struct {
	source  source
	origin  coverage.Origin
	rows    []coverage.Row // until they are records
	records []arrow.Record
	failing []string // parts that were measured although their tests fail
	lacking []string // what there should be besides the rows, and is not
	about   loaders.Source
	peak    int64 // octets of the largest PHP process
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
		return nil, usage("--build %s: it is for one Jenkins source, and %d are chosen; --only names it",
			opt.build, jenkins)
	}
	if opt.force && opt.build == "" {
		return nil, usage("--force: it is for the build that --build names")
	}
	if opt.jobs < 0 {
		return nil, usage("--jobs %d is less than 1", opt.jobs)
	}
	return sources, nil
}

// kind gives the key under which the configuration says how to measure.
func (s source) kind() string {
	switch {
	case s.PHPUnit != nil:
		return "phpunit"
	case s.Report != nil:
		return "report"
	}
	return "jenkins"
}

// doing says what is done while a source is measured.
func (s source) doing() string {
	switch {
	case s.PHPUnit != nil:
		return "looks for tests"
	case s.Report != nil:
		return "reads " + s.Report.File
	}
	return "fetches a build of " + s.Jenkins.Job
}

// measureAll measures the sources side by side: one PHPUnit project at a time,
// since each takes all cores, and beside it so many of the others as the
// configuration allows. What becomes of a source is in its result. The error is
// about the run: it was stopped, or the disk is full.
func (r *running) measureAll(told context.Context) ([]measured, error) {
	ctx, giveUp := context.WithCancelCause(told)
	defer giveUp(nil)
	results := make([]measured, len(r.sources))
	phpunit, others := make(chan int, len(r.sources)), make(chan int, len(r.sources))
	for i, s := range r.sources {
		queue := others
		if s.PHPUnit != nil {
			queue = phpunit
		}
		queue <- i
	}
	close(phpunit)
	close(others)
	var workers sync.WaitGroup
	work := func(queue <-chan int) {
		for i := range queue {
			if ctx.Err() != nil {
				return
			}
			var err error
			if results[i], err = r.measureOne(ctx, r.sources[i]); err != nil {
				giveUp(err)
			}
		}
	}
	workers.Go(func() { work(phpunit) })
	for range r.config.Parallel {
		workers.Go(func() { work(others) })
	}
	workers.Wait()
	switch {
	case told.Err() != nil:
		return nil, fmt.Errorf("run: %w: %w", errStopped, context.Cause(told))
	case ctx.Err() != nil:
		return nil, fmt.Errorf("run: nothing was loaded: %w", context.Cause(ctx))
	}
	return results, nil
}

// measureOne measures one source, unless an earlier process of this run has, and
// says what became of it. The error is one that ends the run.
func (r *running) measureOne(ctx context.Context, s source) (measured, error) {
	dir := filepath.Join(r.dir, s.Name)
	began := r.now()
	if r.opt.resume {
		if m, found := r.keptSource(s, dir); found {
			r.say("%s: measured before, %s kept", s.Name, plural(countRows(m.records), "row"))
			return m, r.note(m, began, statusKept)
		}
	}
	err := r.record.change(func(record *runRecord) {
		entry, at := record.source(s.Name), began.UTC()
		entry.Status, entry.Began = statusRunning, &at
	})
	if err != nil {
		return measured{}, err
	}
	r.showStatus(s.Name, s.Name+": "+s.doing())
	defer r.clearStatus(s.Name)
	m := r.measure(ctx, s, dir)
	if m.err == nil {
		m.records, m.err = coverage.Batches(m.origin, m.rows)
		m.about, m.rows = m.inLedger(), nil
	}
	if m.err == nil && len(m.lacking) == 0 {
		m.err = r.keepSource(ctx, m, dir)
	}
	if isDisk(m.err) || errors.Is(m.err, errOldBuild) {
		return m, fmt.Errorf("%s: %w", s.Name, m.err)
	}
	if m.err == nil {
		return m, r.note(m, began, statusMeasured)
	}
	if ctx.Err() == nil {
		r.complain(fmt.Errorf("%s: %w", s.Name, m.err))
	}
	return m, r.note(m, began, statusMissing)
}

// note writes what became of a source into the record.
func (r *running) note(m measured, began time.Time, status string) error {
	ended := r.now()
	r.emit(slog.LevelInfo, true, m.source.Name+": "+status, "", []slog.Attr{
		slog.String("source", m.source.Name), slog.String("status", status), slog.Int64("rows", countRows(m.records)),
		slog.Float64("seconds", ended.Sub(began).Seconds()), slog.Int64("peak_bytes", m.peak),
	})
	return r.record.change(func(record *runRecord) {
		entry := record.source(m.source.Name)
		from, to := began.UTC(), ended.UTC()
		entry.Status, entry.Began, entry.Ended, entry.Seconds = status, &from, &to, m.about.Took.Seconds()
		entry.Rows, entry.Build = countRows(m.records), m.origin.BuildNumber
		entry.Tests, entry.PeakBytes = m.about.Tests, m.peak
		entry.Failing, entry.Lacking = append([]string{}, m.failing...), append([]string{}, m.lacking...)
		if s := m.about.Shards; s.Known {
			entry.Shards = &shardCounts{Expected: s.Total, Present: s.Covered}
		}
		if m.err != nil {
			entry.Error = m.err.Error()
		}
		record.PeakBytes = max(record.PeakBytes, m.peak)
	})
}

// errAhead says that a report or a build is of a time that has not come: its rows
// would stand as the newest week until that comes.
var errAhead = errors.New("that time has not come")

// mostAhead is how far the clocks of others, and time zones that they do not
// state, may be ahead.
const mostAhead = 24 * time.Hour

// measure measures one source into dir.
func (r *running) measure(ctx context.Context, s source, dir string) measured {
	measuring := r.now()
	m := measured{source: s, origin: coverage.Origin{Project: r.config.Project, Platform: s.Platform}}
	if m.err = os.MkdirAll(dir, 0o755); m.err != nil {
		return m
	}
	switch {
	case s.PHPUnit != nil:
		r.measurePHPUnit(ctx, &m, r.opt, r.began, dir, filepath.Join(r.config.Cache, s.Name))
	case s.Report != nil:
		r.measureReport(&m)
	case s.Jenkins != nil:
		r.measureJenkins(ctx, &m, dir)
	}
	if m.err == nil && m.origin.MeasuredAt.After(r.now().Add(mostAhead)) {
		m.err = fmt.Errorf("%w: it was measured at %s", errAhead, m.origin.MeasuredAt.Format("2006-01-02 15:04 MST"))
	}
	if m.err == nil {
		m.origin.Week = coverage.WeekOf(m.origin.MeasuredAt, r.config.zone)
		if r.unowned != nil {
			m.lacking = append(m.lacking, "no owners")
		} else {
			r.ownRows(&m, r.config.owningFor(s.Platform, r.rules))
		}
	}
	m.about.Name, m.about.Took = s.Name, r.now().Sub(measuring)
	return m
}

// measureReport reads a report that is there already.
func (a *app) measureReport(m *measured) {
	report, err := a.readSource(m.source.Report)
	if err != nil {
		m.err = err
		return
	}
	m.rows, m.origin.Format, m.origin.MeasuredAt = report.rows, report.format, report.measuredAt
	m.about = report.about
	m.tellBound(report.rows)
	a.say("%s: %s, %d rows, written %s", m.source.Name, report.format, len(report.rows),
		report.measuredAt.Format("2006-01-02 15:04 MST"))
}

// readSource reads the report of a source. What is no regular file, such as a pipe
// that nobody writes to, would hold a weekly job for ever.
func (a *app) readSource(s *reportSource) (*readReport, error) {
	if info, err := os.Stat(s.File); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: it is no regular file", s.File)
	}
	return a.readFile(s.File, readOptions{format: s.Format, root: s.Root, hash: true})
}

// inLedger is what the ledger keeps of a source whose rows are there.
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

func countRows(records []arrow.Record) (rows int64) {
	for _, record := range records {
		rows += record.NumRows()
	}
	return rows
}

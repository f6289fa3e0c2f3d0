package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
)

// rowsFile has all rows of a run, in its folder.
const rowsFile = "rows.csv"

// gaps are what a run lacks, as its last line names it.
type gaps struct {
	missing []string // sources
	failing []string // shards whose tests fail, which is no gap in the coverage
	lacking []string // what sources have too little of
	unsent  []string // what could not be sent at the end
}

// err is what the run comes to: nil if nothing is to be said.
func (g gaps) err() error {
	var what []string
	if len(g.missing) > 0 {
		what = append(what, "not measured: "+strings.Join(g.missing, ", "))
	}
	if len(g.failing) > 0 {
		what = append(what, "measured, with failing tests: "+strings.Join(g.failing, ", "))
	}
	what = append(what, g.lacking...)
	if len(g.unsent) > 0 {
		what = append(what, "measured and loaded, but not sent: "+strings.Join(g.unsent, ", "))
	}
	if len(what) == 0 {
		return nil
	}
	return &partError{what: strings.Join(what, "; ")}
}

// errNothingMeasured is what a run comes to if every source has failed.
var errNothingMeasured = errors.New("nothing could be measured, and nothing was loaded")

// finish writes the rows of all that was measured, loads them, prints the week
// and sends what is to be sent.
func (r *running) finish(ctx context.Context, results []measured) error {
	records, sources, lack := r.collect(results)
	err := r.record.change(func(record *runRecord) {
		record.Missing, record.Lacking = append([]string{}, lack.missing...), append([]string{}, lack.lacking...)
	})
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	if len(records) == 0 {
		if err := r.noteMissing(ctx, sources); err != nil {
			r.complain(fmt.Errorf("run: the warehouse could not be told that nothing was measured: %w", err))
		}
		return fmt.Errorf("run: %w; what there is lies in %s", errNothingMeasured, r.dir)
	}
	file := filepath.Join(r.dir, rowsFile)
	if err := r.loadAll(ctx, file, records, sources); err != nil {
		if ctx.Err() != nil && !errors.Is(err, loaders.ErrUnknownCommit) {
			return fmt.Errorf("run: %w: %w", errStopped, context.Cause(ctx))
		}
		return err
	}
	monday := weekToShow(results, coverage.WeekOf(r.began, r.config.zone))
	if err := r.showWeek(ctx, r.stdout, r.config.Warehouse, r.config, monday, reportOptions{}); err != nil {
		r.complain(fmt.Errorf("run: the week is loaded, and cannot be shown: %w", err))
		lack.unsent = append(lack.unsent, "report")
	}
	fmt.Fprintf(r.stdout, "\nrows: %s\nwarehouse: %s\n", file, r.config.Warehouse)
	unsent, err := r.sendAll(ctx)
	if err != nil {
		return fmt.Errorf("run: the week is loaded: %w", err)
	}
	lack.unsent = append(lack.unsent, unsent...)
	return lack.err()
}

// noteMissing tells a warehouse that is there already why nothing was measured, for
// covpipe status.
func (r *running) noteMissing(ctx context.Context, sources []loaders.Source) error {
	db, err := r.readWarehouse(ctx, r.config.Warehouse)
	if errors.Is(err, loaders.ErrNotLoaded) {
		return nil
	}
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		return err
	}
	opt, err := r.placeOptions()
	if err != nil {
		return err
	}
	return loaders.RecordMissing(ctx, r.config.Warehouse, opt, loaders.About{
		Version: thisVersion().Version, At: r.now(), Sources: func() []loaders.Source { return sources },
	})
}

// collect gives the rows of all sources, and what the ledger is told of each.
// Rows of another week than this one are a gap in this one, unless the user has
// chosen the build.
func (r *running) collect(results []measured) (records []arrow.Record, sources []loaders.Source, lack gaps) {
	thisWeek := coverage.WeekOf(r.began, r.config.zone)
	for _, m := range results {
		name := m.source.Name
		if m.err != nil {
			lack.missing = append(lack.missing, name)
			m.about.Key = keyOf(coverage.Origin{Week: thisWeek, Project: r.config.Project, Platform: m.source.Platform})
			m.about.Missing = m.err.Error()
			sources = append(sources, m.about)
			continue
		}
		records, sources = append(records, m.records...), append(sources, m.about)
		if m.origin.Week != thisWeek {
			r.warn("%s: measured at %s, so it belongs to %v and not to this week, %v",
				name, m.origin.MeasuredAt.Format("2006-01-02 15:04 MST"), m.origin.Week, thisWeek)
			if r.opt.build == "" {
				m.lacking = append(m.lacking, "nothing of this week")
			}
		}
		for _, part := range m.lacking {
			lack.lacking = append(lack.lacking, name+" has "+part)
		}
		for _, part := range m.failing {
			lack.failing = append(lack.failing, name+" "+part)
		}
	}
	return records, sources, lack
}

// loadAll writes the rows into a file and loads them into the warehouse, and
// notes what that did.
func (r *running) loadAll(ctx context.Context, file string, records []arrow.Record, sources []loaders.Source) error {
	rows, err := reader(records)
	if err != nil {
		return err
	}
	defer rows.Release()
	if path, local := strings.CutPrefix(r.config.Warehouse, "duckdb:"); local {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
	}
	if _, err := r.loadInto(ctx, file, rows, nil); err != nil {
		return err
	}
	again, err := reader(records)
	if err != nil {
		return err
	}
	defer again.Release()
	known := func() []loaders.Source { return sources }
	outcome, err := r.loadAndArchive(ctx, r.config.Warehouse, r.config.Archive, again, known)
	if err != nil {
		return err
	}
	return r.record.change(func(record *runRecord) {
		record.Loaded = []loadedRecord{}
		for _, m := range outcome.Measurements {
			record.Loaded = append(record.Loaded, loadedRecord{RunID: outcome.RunID, Week: m.Week, Project: m.Project,
				Platform: m.Platform, Branch: m.Branch, Rows: m.Rows, Change: string(m.Change)})
		}
	})
}

// weekToShow is the Monday of the week to show after a run: its own, also if a
// build of the day after is among what it found; the newest if it has nothing of
// its own.
func weekToShow(results []measured, own coverage.Week) (monday time.Time) {
	for _, m := range results {
		switch {
		case m.err != nil:
		case m.origin.Week == own:
			return own.Monday()
		case m.origin.Week.Monday().After(monday):
			monday = m.origin.Week.Monday()
		}
	}
	return monday
}

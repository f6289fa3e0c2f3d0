package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
)

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

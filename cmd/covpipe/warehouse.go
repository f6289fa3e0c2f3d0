package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/apache/arrow/go/v15/arrow/array"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
)

// placeOptions are what a place needs and its name must not hold.
func (a *app) placeOptions() (loaders.Options, error) {
	password, err := a.secret("COVPIPE_VERTICA_PASSWORD")
	return loaders.Options{Password: password}, err
}

// readWarehouse opens a warehouse for reading.
func (a *app) readWarehouse(ctx context.Context, place string) (*sql.DB, error) {
	options, err := a.placeOptions()
	if err != nil {
		return nil, err
	}
	return loaders.Read(ctx, place, options)
}

// loadInto loads rows into a place and says what that did.
func (a *app) loadInto(
	ctx context.Context, place string, rows array.RecordReader, sources func() []loaders.Source,
) (outcome loaders.Outcome, err error) {
	opt, err := a.placeOptions()
	if err != nil {
		return outcome, err
	}
	loader, err := loaders.Open(place, opt)
	if err != nil {
		return outcome, err
	}
	defer func() { err = errors.Join(err, loader.Close()) }()
	outcome, err = loader.Load(ctx, rows, loaders.About{
		Version: thisVersion().Version, At: a.now(), Sources: sources, Progress: a.progress(place),
	})
	if err != nil {
		return outcome, err
	}
	if len(outcome.Measurements) == 0 {
		a.say("%s: %s written", place, plural(outcome.Rows, "row"))
	}
	for _, m := range outcome.Measurements {
		a.say("%s: %s %s%s, week of %s: %s", place, m.Project, m.Platform, branchOf(m.Branch), m.Week, changed(m))
	}
	return outcome, nil
}

// loadAndArchive loads rows into a place and, if dir is not empty, keeps them as
// files there when they are loaded.
func (a *app) loadAndArchive(
	ctx context.Context, place, dir string, rows array.RecordReader, sources func() []loaders.Source,
) (outcome loaders.Outcome, err error) {
	if dir == "" {
		return a.loadInto(ctx, place, rows, sources)
	}
	archive := loaders.NewArchive(dir)
	defer func() { err = errors.Join(err, archive.Close()) }()
	if outcome, err = a.loadInto(ctx, place, archive.Tee(rows), sources); err != nil {
		return outcome, err
	}
	files, err := archive.Commit()
	for _, file := range files {
		a.say("%s: written", file)
	}
	return outcome, err
}

// progressEvery is how often a load that takes its time says how far it is.
const progressEvery = 2 * time.Second

// progress tells how a long load goes on.
func (a *app) progress(place string) func(loaders.Step, int64) {
	said := a.now()
	return func(step loaders.Step, rows int64) {
		if now := a.now(); now.Sub(said) >= progressEvery {
			said = now
			a.say("%s: %s: %s", place, step, plural(rows, "row"))
		}
	}
}

// keyOf names the measurement that rows of an origin belong to.
func keyOf(from coverage.Origin) loaders.Key {
	key := loaders.Key{Project: from.Project, Platform: from.Platform, Branch: from.Branch}
	if !from.Week.IsZero() {
		key.Week = from.Week.Monday().Format(time.DateOnly)
	}
	return key
}

// sourceOf gives what the ledger keeps of a report that has been read.
func sourceOf(from coverage.Origin, report openedReport) (loaders.Source, error) {
	hash, err := report.sha256()
	return loaders.Source{
		Key: keyOf(from), ReportSHA256: hash, Findings: report.facts.findings, Stated: statedTotals(report.Stated),
	}, err
}

// sourceList collects what the ledger keeps of reports, while they are read.
type sourceList struct{ sources []loaders.Source }

func (l *sourceList) add(from coverage.Origin, report openedReport) error {
	s, err := sourceOf(from, report)
	l.sources = together(l.sources, s)
	return err
}

func (l *sourceList) all() []loaders.Source { return l.sources }

func statedTotals(stated coverage.Stated) loaders.Totals {
	return loaders.Totals{
		Lines: loaders.Total(stated.Lines), Methods: loaders.Total(stated.Methods),
		Branches: loaders.Total(stated.Branches),
	}
}

// together adds a source; several reports of one measurement become one. Totals
// that one of them does not state are not known of all.
func together(sources []loaders.Source, next loaders.Source) []loaders.Source {
	for i := range sources {
		s := &sources[i]
		if s.Key != next.Key {
			continue
		}
		s.ReportSHA256 = "" // there is no one file
		s.Findings = append(s.Findings, next.Findings...)
		for _, sum := range []struct{ into, more *loaders.Total }{
			{&s.Stated.Lines, &next.Stated.Lines}, {&s.Stated.Methods, &next.Stated.Methods},
			{&s.Stated.Branches, &next.Stated.Branches},
		} {
			if !sum.into.Known || !sum.more.Known {
				*sum.into = loaders.Total{}
				continue
			}
			sum.into.Covered += sum.more.Covered
			sum.into.Total += sum.more.Total
		}
		s.Name = cmp.Or(s.Name, next.Name)
		return sources
	}
	return append(sources, next)
}

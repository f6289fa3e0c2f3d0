package main

import (
	"fmt"
	"iter"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"github.com/covpipe/covpipe/coverage"
)

// reportRecords gives the record batches of reports, which are read one after
// the other while the records are. What else is known of them is added to known,
// unless it is nil. Their files get owners, unless owning is nil.
func (a *app) reportRecords(
	reports []string, from originFlags, zone *time.Location, known *sourceList, owning *owning,
) (iter.Seq2[arrow.Record, error], error) {
	origin := coverage.Origin{Project: from.project, Platform: from.platform, Branch: from.branch,
		Commit: from.commit, BuildNumber: from.build}
	if from.week != "" {
		var err error
		if origin.Week, err = coverage.ParseWeek(from.week); err != nil {
			return nil, usageError{err}
		}
	}
	if from.at != "" {
		at, err := time.Parse(time.RFC3339, from.at)
		if err != nil {
			return nil, usage("--at %q is no time such as 2026-11-22T20:30:00Z", from.at)
		}
		origin.MeasuredAt = at.UTC()
	}
	if err := checkFormat(from.format); err != nil {
		return nil, usage("--format %q: %w", from.format, err)
	}
	read := readOptions{format: from.format, root: realRoot(from.root), hash: known != nil}
	return func(yield func(arrow.Record, error) bool) {
		for _, path := range reports {
			for record, err := range a.recordsOf(path, read, origin, zone, known, owning) {
				if !yield(record, err) || err != nil {
					return
				}
			}
		}
	}, nil
}

// recordsOf gives the record batches of one report. What origin leaves open, the
// report says.
func (a *app) recordsOf(
	path string, opt readOptions, origin coverage.Origin, zone *time.Location, known *sourceList, owning *owning,
) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		report, err := a.open(path, opt)
		if err != nil {
			yield(nil, err)
			return
		}
		defer report.in.Close()
		rows := a.ownedRows(path, report.Format, report.Rows, owning)
		if report.TimeLast {
			if rows, err = collected(rows); err != nil {
				yield(nil, err)
				return
			}
		} else {
			// Rows pass through and little stays, so that there is room for garbage,
			// and time to be saved.
			defer debug.SetGCPercent(debug.SetGCPercent(200))
		}
		var at time.Time
		complete := func() coverage.Origin {
			at = report.measuredAt()
			full := origin
			full.Format = report.Format
			if full.MeasuredAt.IsZero() {
				full.MeasuredAt = at
			}
			if full.Week.IsZero() && !full.MeasuredAt.IsZero() {
				full.Week = coverage.WeekOf(full.MeasuredAt, zone)
			}
			return full
		}
		for record, err := range coverage.Records(complete, rows) {
			if !yield(record, err) || err != nil {
				return
			}
		}
		if report.measuredAt() != at {
			yield(nil, fmt.Errorf("%s: %s: it states when it was measured behind its first files", path, report.Format))
			return
		}
		if known != nil {
			if err := known.add(complete(), report); err != nil {
				yield(nil, fmt.Errorf("%s: %w", path, err))
			}
		}
	}
}

// collected reads rows to their end, and gives them again.
func collected(rows coverage.Rows) (coverage.Rows, error) {
	var all []coverage.Row
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		row.Source = nil
		all = append(all, row)
	}
	return func(yield func(coverage.Row, error) bool) {
		for _, row := range all {
			if !yield(row, nil) {
				return
			}
		}
	}, nil
}

// recordReader lets a loader read records while they are made.
type recordReader struct {
	references atomic.Int64
	next       func() (arrow.Record, error, bool)
	stop       func()
	record     arrow.Record
	err        error
}

func newRecordReader(records iter.Seq2[arrow.Record, error]) array.RecordReader {
	r := &recordReader{}
	r.next, r.stop = iter.Pull2(records)
	r.references.Store(1)
	return r
}

func (r *recordReader) Schema() *arrow.Schema { return coverage.NewSchema() }
func (r *recordReader) Record() arrow.Record  { return r.record }
func (r *recordReader) Err() error            { return r.err }
func (r *recordReader) Retain()               { r.references.Add(1) }

func (r *recordReader) Next() bool {
	r.drop()
	if r.err != nil {
		return false
	}
	record, err, more := r.next()
	if more {
		r.record, r.err = record, err
	}
	return r.record != nil
}

func (r *recordReader) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

func (r *recordReader) Release() {
	if r.references.Add(-1) == 0 {
		r.drop()
		r.stop()
	}
}

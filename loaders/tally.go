package loaders

import (
	"errors"
	"math"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// tally is what a load's rows say of its measurements, counted on the way.
type tally struct {
	rows  int64
	about map[Key]*summed
}

// summed is one measurement of a load.
type summed struct {
	rows           int64
	measuredAt     time.Time
	commit, format string
	build          int64
	counts         [6]Total // only Total is used: lines total, lines covered, methods …
}

// countColumns are the columns that are summed, in the order of summed.counts.
var countColumns = []string{"lines_total", "lines_covered", "methods_total", "methods_covered", "branches_total", "branches_covered"}

// add checks the values of a record and counts them. Rows of which a warehouse
// must know more are counted under an incomplete key; staging refuses them.
func (t *tally) add(record arrow.Record) error {
	if err := CheckValues(record); err != nil {
		return err
	}
	if t.about == nil {
		t.about = map[Key]*summed{}
	}
	column := func(name string) arrow.Array {
		c, err := columnOf(record, name)
		if err != nil {
			return nil
		}
		return c
	}
	text := func(name string, row int) string {
		if c, is := column(name).(*array.String); is && c.IsValid(row) {
			return c.Value(row)
		}
		return ""
	}
	weeks, _ := column("report_week").(*array.Date32)
	times, _ := column("measured_at").(*array.Timestamp)
	builds, _ := column("build_number").(*array.Int64)
	if weeks == nil || times == nil || builds == nil {
		return errors.New("report_week, measured_at or build_number is missing, or of another type")
	}
	var last Key
	var sum *summed
	for row := range int(record.NumRows()) {
		key := Key{Project: text("project", row), Platform: text("platform", row), Branch: text("git_branch", row)}
		if weeks.IsValid(row) {
			key.Week = weeks.Value(row).ToTime().Format(time.DateOnly)
		}
		if sum == nil || key != last {
			if t.about[key] == nil {
				t.about[key.clone()] = &summed{}
			}
			last, sum = key, t.about[key]
		}
		sum.rows++
		if at := times.Value(row).ToTime(arrow.Microsecond); times.IsValid(row) && at.After(sum.measuredAt) {
			sum.measuredAt = at
		}
		if commit := text("git_commit", row); commit > sum.commit {
			sum.commit = strings.Clone(commit)
		}
		if format := text("report_format", row); format > sum.format {
			sum.format = strings.Clone(format)
		}
		if builds.IsValid(row) {
			sum.build = max(sum.build, builds.Value(row))
		}
		for i, name := range countColumns {
			if c, is := column(name).(*array.Int64); is && c.IsValid(row) {
				sum.counts[i].add(c.Value(row))
			}
		}
	}
	t.rows += record.NumRows()
	return nil
}

// clone copies a key, whose texts would hold the record that they come from.
func (k Key) clone() Key {
	return Key{Week: k.Week, Project: strings.Clone(k.Project), Platform: strings.Clone(k.Platform), Branch: strings.Clone(k.Branch)}
}

// add sums up; a sum that no column can hold is unknown for good.
func (c *Total) add(n int64) {
	if c.Total > math.MaxInt64-n {
		c.Total = math.MaxInt64
		return
	}
	c.Total += n
	c.Known = true
}

func (c *Total) value() any {
	if !c.Known || c.Total == math.MaxInt64 {
		return nil
	}
	return c.Total
}

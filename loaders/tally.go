package loaders

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// tally is what a load's rows say of its measurements, counted on the way.
type tally struct {
	rows    int64
	unknown [len(needed)]int64 // rows that do not say it
	about   map[Key]*summed
}

// summed is one measurement of a load.
type summed struct {
	rows           int64
	measuredAt     time.Time
	commit, format string
	build          int64
	part           part                     // where its rows are, if they are kept by measurement
	counts         [len(countColumns)]Total // only Total is used: lines total, lines covered, methods …
}

// countColumns are the columns that are summed, in the order of summed.counts.
var countColumns = [...]string{
	"lines_total",
	"lines_covered",
	"methods_total",
	"methods_covered",
	"branches_total",
	"branches_covered",
}

// needed are the columns without which a warehouse keeps no row.
var needed = [...]string{"report_week", "measured_at", "project", "platform"}

// columns are those of a record that a tally looks at.
type columns struct {
	weeks                                     *array.Date32
	times                                     *array.Timestamp
	builds                                    *array.Int64
	project, platform, branch, commit, format *array.String
	counts                                    [len(countColumns)]*array.Int64
}

func columnsOf(record arrow.Record) (c columns, err error) {
	err = errors.Join(
		typed(
			record,
			"report_week",
			&c.weeks,
		),
		typed(record, "measured_at", &c.times),
		typed(record, "build_number", &c.builds),
		typed(record, "project", &c.project),
		typed(record, "platform", &c.platform),
		typed(record, "git_branch", &c.branch),
		typed(record, "git_commit", &c.commit),
		typed(record, "report_format", &c.format),
	)
	for i, name := range countColumns {
		err = errors.Join(err, typed(record, name, &c.counts[i]))
	}
	return c, err
}

// typed finds a column that must have the type of what it goes into.
func typed[A arrow.Array](record arrow.Record, name string, into *A) error {
	column, err := columnOf(record, name)
	if err != nil {
		return err
	}
	var is bool
	if *into, is = column.(A); !is {
		return fmt.Errorf("column %s is of type %s", name, column.DataType())
	}
	return nil
}

// text gives a value, or "" if it is unknown.
func text(c *array.String, row int) string {
	if c.IsNull(row) {
		return ""
	}
	return c.Value(row)
}

// add checks the values of a record, counts them and gives each row with its
// measurement to keep. Rows of which a warehouse must know more are of a
// measurement with an incomplete key; complete refuses them.
func (t *tally) add(record arrow.Record, keep func(sum *summed, row int) error) error {
	if err := CheckValues(record); err != nil {
		return err
	}
	c, err := columnsOf(record)
	if err != nil {
		return err
	}
	if t.about == nil {
		t.about = map[Key]*summed{}
	}
	for i, column := range []arrow.Array{c.weeks, c.times, c.project, c.platform} {
		t.unknown[i] += int64(column.NullN())
	}
	var last Key
	var week arrow.Date32
	var sum *summed
	for row := range int(record.NumRows()) {
		key := Key{
			Week:     last.Week,
			Project:  text(c.project, row),
			Platform: text(c.platform, row),
			Branch:   text(c.branch, row),
		}
		switch {
		case c.weeks.IsNull(row):
			key.Week = ""
		case last.Week == "" || c.weeks.Value(row) != week:
			week = c.weeks.Value(row)
			key.Week = week.ToTime().Format(time.DateOnly)
		}
		if sum == nil || key != last {
			if t.about[key] == nil {
				t.about[key.clone()] = &summed{}
			}
			last, sum = key, t.about[key]
		}
		sum.add(&c, row)
		if err := keep(sum, row); err != nil {
			return err
		}
	}
	t.rows += record.NumRows()
	return nil
}

// add counts one row.
func (s *summed) add(c *columns, row int) {
	s.rows++
	if at := c.times.Value(row).ToTime(arrow.Microsecond); c.times.IsValid(row) && at.After(s.measuredAt) {
		s.measuredAt = at
	}
	if commit := text(c.commit, row); commit > s.commit {
		s.commit = strings.Clone(commit)
	}
	if format := text(c.format, row); format > s.format {
		s.format = strings.Clone(format)
	}
	if c.builds.IsValid(row) {
		s.build = max(s.build, c.builds.Value(row))
	}
	for i, counts := range c.counts {
		if counts.IsValid(row) {
			s.counts[i].add(counts.Value(row))
		}
	}
}

// complete refuses a load without rows, or with rows that say too little for a
// warehouse.
func (t *tally) complete() error {
	if t.rows == 0 {
		return ErrNoRows
	}
	for i, name := range needed {
		if t.unknown[i] > 0 {
			return fmt.Errorf("%s is unknown in %d of %d rows: %w", name, t.unknown[i], t.rows, ErrUnknown)
		}
	}
	return nil
}

// keys gives the measurements in the order in which they are loaded.
func (t *tally) keys() []Key {
	return slices.SortedFunc(maps.Keys(t.about), func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Week, b.Week), cmp.Compare(a.Project, b.Project),
			cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Branch, b.Branch))
	})
}

// largest gives how many rows the largest measurement has.
func (t *tally) largest() (rows int64) {
	for _, sum := range t.about {
		rows = max(rows, sum.rows)
	}
	return rows
}

// clone copies a key, whose texts would hold the record that they come from.
func (k Key) clone() Key {
	return Key{
		Week:     k.Week,
		Project:  strings.Clone(k.Project),
		Platform: strings.Clone(k.Platform),
		Branch:   strings.Clone(k.Branch),
	}
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

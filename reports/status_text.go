package reports

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
)

// Status says how each source of a project stands at a moment.
type Status struct {
	Now     time.Time
	Monday  time.Time     // of the week that the states are of: the newest in the warehouse; zero: it has none
	MaxAge  time.Duration // 0: any age will do
	Sources []SourceState
}

// Old tells whether a source was measured too long ago, or never. One that the
// configuration does not name, and that is carried over no more, is not expected.
func (s Status) Old(source SourceState, expected bool) bool {
	switch {
	case s.MaxAge == 0, source.State == Removed, source.State == Stale && !expected:
		return false
	case source.State == Never:
		return true
	}
	return s.Now.Sub(source.MeasuredAt) > s.MaxAge
}

// WriteText writes a table with one line for each source, and below it what they
// lack.
func (s Status) WriteText(out io.Writer, look Look) error {
	t := look.table("source", "platform", "last measured", "week", "age", "state", "parts")
	var gaps []string
	for _, source := range s.Sources {
		at, age, parts := "", "", ""
		if source.State != Never {
			at, age = source.MeasuredAt.Format("2006-01-02 15:04 UTC"), ageOf(s.Now.Sub(source.MeasuredAt))
		}
		if source.Expected > 0 {
			parts = fmt.Sprintf("%d/%d", source.Present, source.Expected)
		}
		name := source.Source
		if s.several() {
			name = source.Project + " " + name
		}
		t.AppendRow(table.Row{look.name(name), look.name(source.Platform), at, source.Measured, age,
			look.state(source.State), parts})
		for _, gap := range source.Gaps(look) {
			if s.several() {
				gap = look.name(source.Project) + " " + gap
			}
			gaps = append(gaps, gap)
		}
	}
	if _, err := fmt.Fprintln(out, look.fit(t,
		fitting{right: []int{5, 7}, elastic: 1, spare: [][]int{{2}, {3}}})); err != nil {
		return err
	}
	if len(gaps) > 0 {
		fmt.Fprintln(out)
		if !s.Monday.IsZero() {
			fmt.Fprintf(out, "In %s, the newest week:\n", isoWeek(s.Monday))
		}
	}
	for _, gap := range gaps {
		if _, err := fmt.Fprintln(out, look.note(gap)); err != nil {
			return err
		}
	}
	return nil
}

// several tells whether the sources are of several projects.
func (s Status) several() bool {
	return slices.ContainsFunc(s.Sources, func(o SourceState) bool { return o.Project != s.Sources[0].Project })
}

// state colours a state: green if it is whole, red if there are no numbers.
func (l Look) state(s State) string {
	if !l.Colour || l.Markdown {
		return string(s)
	}
	colour := "33"
	switch s {
	case Whole:
		colour = "32"
	case Stale, Never:
		colour = "31"
	}
	return "\x1b[" + colour + "m" + string(s) + "\x1b[0m"
}

// ageOf writes an age in days, or in hours below two of them.
func ageOf(age time.Duration) string {
	if age < 48*time.Hour {
		return fmt.Sprintf("%dh", int(age.Hours()))
	}
	return fmt.Sprintf("%dd", int(age.Hours()/24))
}

// WriteJSON writes the same for scripts; old are the names of platforms that are
// too old.
func (s Status) WriteJSON(out io.Writer, old []string) error {
	type line struct {
		SourceState
		Age int64 `json:"age_seconds"` // -1: never measured
	}
	lines := []line{}
	for _, source := range s.Sources {
		age := int64(-1)
		if source.State != Never {
			age = int64(s.Now.Sub(source.MeasuredAt).Seconds())
		}
		lines = append(lines, line{source, age})
	}
	week := ""
	if !s.Monday.IsZero() {
		week = isoWeek(s.Monday)
	}
	return writeJSON(out, struct {
		Week    string    `json:"week"` // the newest one; empty: there is none
		Now     time.Time `json:"now"`
		Old     []string  `json:"too_old"`
		Sources []line    `json:"sources"`
	}{week, s.Now.UTC(), append([]string{}, old...), lines})
}

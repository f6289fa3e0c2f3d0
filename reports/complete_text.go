package reports

import (
	"fmt"
	"strings"
)

// mostNames is how many parts a text names.
const mostNames = 10

// Gaps says in sentences what is missing of a source, for people; none if it is
// whole. Names are shown as look does.
func (s SourceState) Gaps(look Look) (gaps []string) {
	name := look.name(s.Platform)
	add := func(format string, args ...any) { gaps = append(gaps, name+": "+fmt.Sprintf(format, args...)) }
	why := ""
	if s.Why != "" {
		why = "; the newest attempt failed: " + look.words(s.Why)
	}
	switch s.State {
	case Carried:
		add("MISSING this week, and carried over from %s, %s old, measured %s%s.",
			s.Measured, weeksOf(s.WeeksOld), s.MeasuredAt.Format("2 January 2006"), why)
	case Stale:
		add("MISSING this week, and too old to be carried over: last measured in %s, %s ago%s.",
			s.Measured, weeksOf(s.WeeksOld), why)
	case Never:
		add("MISSING this week, never measured%s.", why)
	case Removed:
		add("not in the configuration any more, and not in the totals; last measured in %s.", s.Measured)
	default:
		if s.Why != "" {
			add("measured, but %s.", strings.TrimPrefix(why, "; "))
		}
	}
	if !s.InWeek() {
		return gaps
	}
	if s.Present < s.Expected {
		add("%d of %s there, so its numbers are lower bounds; missing: %s.", s.Present, partsOf(s.Expected),
			s.missingNames(look))
	} else if len(s.Missing) > 0 {
		add("not all parts are there, so its numbers are lower bounds; missing: %s.", s.missingNames(look))
	}
	if len(s.Gone) > 0 {
		add("%s of %s not there any more: %s.", plural(len(s.Gone), "test directory", "test directories"), s.GoneSince,
			someNames(s.Gone, look))
	}
	if len(s.Failing) > 0 {
		add("measured with failing tests: %s.", someNames(s.Failing, look))
	}
	return gaps
}

// missingNames gives the parts that are missing with how they ended.
func (s SourceState) missingNames(look Look) string {
	var names []string
	for _, part := range s.Missing {
		name := part.Name
		if part.Ending != "" {
			name += " (" + part.Ending + ")"
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return "the ledger does not name them"
	}
	return someNames(names, look)
}

func someNames(names []string, look Look) string {
	var shown []string
	for i, name := range names {
		if i == mostNames {
			return strings.Join(shown, ", ") + fmt.Sprintf(" and %d more", len(names)-i)
		}
		shown = append(shown, look.name(name))
	}
	return strings.Join(shown, ", ")
}

func weeksOf(n int) string   { return plural(n, "week", "weeks") }
func partsOf(n int64) string { return plural(int(n), "part", "parts") }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

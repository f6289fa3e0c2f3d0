package coverage

import (
	"fmt"
	"time"
)

// Week is an ISO 8601 week, kept as its Monday at 00:00 UTC. The zero Week is
// unknown.
type Week struct{ monday time.Time }

// WeekOf returns the week of t as a clock in the time zone place shows it. A
// run that starts on Sunday night belongs to the week that ends there, also
// when it ends on Monday.
func WeekOf(t time.Time, place *time.Location) Week {
	year, month, day := t.In(place).Date()
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	sinceMonday := (int(date.Weekday()) + 6) % 7
	return Week{monday: date.AddDate(0, 0, -sinceMonday)}
}

// ParseWeek reads "2026-W47" or any date in the week, "2026-11-19".
func ParseWeek(s string) (Week, error) {
	var year, number int
	var rest string
	if n, _ := fmt.Sscanf(s, "%4d-W%2d%s", &year, &number, &rest); n == 2 {
		// 4 January is always in week 1.
		first := WeekOf(time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC), time.UTC)
		w := Week{monday: first.monday.AddDate(0, 0, 7*(number-1))}
		if w.String() == s {
			return w, nil
		}
		return Week{}, fmt.Errorf("week %q: %d has no week %d", s, year, number)
	}
	date, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Week{}, fmt.Errorf("week %q: neither an ISO week such as 2026-W47 nor a date such as 2026-11-19", s)
	}
	return WeekOf(date, time.UTC), nil
}

// Monday is the first day of the week, at 00:00 UTC.
func (w Week) Monday() time.Time { return w.monday }

// IsZero tells whether the week is unknown.
func (w Week) IsZero() bool { return w.monday.IsZero() }

// String gives the ISO form, "2026-W47", or "" for an unknown week.
func (w Week) String() string {
	if w.IsZero() {
		return ""
	}
	year, number := w.monday.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, number)
}

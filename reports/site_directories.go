package reports

import (
	"context"
	"database/sql"
	"errors"
	"path"
	"time"
	"unicode/utf8"
)

// directoryView is a top directory of a measurement.
type directoryView struct {
	Label  string
	Change *moveView
	Spark  sparkline
	Group
}

// readDirectories gives the last weeks of each top directory of a measurement, the
// oldest first. Directories are those of the week that begins on monday.
func readDirectories(ctx context.Context, db *sql.DB, m Measurement, monday time.Time) (map[string][]Point, error) {
	common := commonDirectory(m.files)
	inside := common + "/"
	if common == "" {
		inside = ""
	}
	first := monday.Add(-(sparkWeeks - 1) * week)
	length := utf8.RuneCountInString(inside)
	rows, err := db.QueryContext(ctx, statement("site_directories"), length+1,
		first.Format(time.DateOnly), monday.Format(time.DateOnly), m.Project, m.Platform, m.Branch, length, inside)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string][]Point{}
	for rows.Next() {
		var at time.Time
		var top string
		var lines Count
		var exact int
		if err := rows.Scan(&at, &top, &lines.Covered, &lines.Total, &exact); err != nil {
			return nil, err
		}
		name := path.Join(common, top)
		if top == "" {
			name = topDirectory(common, path.Join(common, "file"))
		}
		if all[name] == nil {
			all[name] = make([]Point, sparkWeeks)
		}
		all[name][wallClock(at).Sub(first)/week] = Point{&lines, exact == 1, true}
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// directories gives the top directories of a measurement, for those who do not see
// the treemap.
func (s *Site) directories(m Measurement) (all []directoryView) {
	old := map[string]*Count{}
	if earlier := s.earlierOf(m); earlier != nil {
		for _, d := range earlier.Directories {
			old[d.Directory] = d.Lines
		}
	}
	for _, d := range m.Directories {
		points := s.past.directories[s.called(m)][d.Directory]
		for len(points) > 0 && points[0].Lines == nil && len(points) > len(s.Trends.Mondays) {
			points = points[1:] // before the first week of all
		}
		all = append(all, directoryView{s.called(m),
			changeBetween(old[d.Directory], d.Lines, s.since()), spark(points), d})
	}
	return all
}

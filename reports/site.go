package reports

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Site is what the pages of the dashboard show: one week, what became of it since
// an earlier one, and the weeks before.
type Site struct {
	Project  string // empty: there are several
	Version  string // of covpipe
	Week     Week
	Earlier  *Week  // nil: there is no week to compare with
	Since    *Since // nil then, too
	Trends   *Trends
	Releases []Release // all there are, the oldest first

	labelOf     func(project, platform, branch string) string // see [Site.label]
	comparisons map[string]*comparison                        // by project

	past *past
}

// ReadSite reads what the pages show of the week that begins on monday, or of the
// newest if it is zero, compared with the week that begins on against, or with the
// newest before if that is zero. It fails with [ErrNoWeek] if the week has
// nothing, or if the one that was named to compare with has.
func ReadSite(ctx context.Context, db *sql.DB, of Selection, monday, against time.Time) (*Site, error) {
	week, err := ReadWeek(ctx, db, of, monday)
	if err != nil {
		return nil, err
	}
	s := &Site{Project: week.onlyProject(), Week: week}
	if s.Trends, err = ReadTrends(ctx, db, of.Project, week.Monday, of.Expect.carry()); err != nil {
		return nil, err
	}
	s.Trends.end(week)
	if s.past, err = readPast(ctx, db, of.Project, week.Monday); err != nil {
		return nil, err
	}
	if s.Releases, err = Releases(ctx, db, of.Project); err != nil {
		return nil, err
	}
	s.label()
	s.past.directories = map[string]map[string][]Point{}
	for _, m := range week.Measurements {
		if s.past.directories[s.called(m)], err = readDirectories(ctx, db, m, week.Monday); err != nil {
			return nil, err
		}
	}
	if against.IsZero() {
		against, err = Earlier(ctx, db, of.Project, week.Monday)
		if errors.Is(err, ErrNoWeek) {
			return s, nil // the first week
		}
	}
	if err != nil {
		return nil, err
	}
	return s, s.compare(ctx, db, of, against)
}

// compare reads the earlier week and explains what changed.
func (s *Site) compare(ctx context.Context, db *sql.DB, of Selection, against time.Time) error {
	earlier, err := ReadWeek(ctx, db, of, against)
	if err != nil {
		return err
	}
	s.Earlier = &earlier
	changes, err := s.Week.Against(ctx, db, of, against)
	if err != nil {
		return err
	}
	s.Since = &Since{Monday: against, Changes: changes}
	return nil
}

// onlyProject names the project of a week, or is empty if there are several.
func (w Week) onlyProject() string {
	name := w.Measurements[0].Project
	for _, m := range w.Measurements {
		if m.Project != name {
			return ""
		}
	}
	return name
}

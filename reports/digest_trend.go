package reports

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// trendWeeks is how many weeks a trend goes back.
const trendWeeks = 26

// TrendPoint is one week of a trend, as it was known then: a platform that was not
// measured in it has its last measurement, as long as that may be carried over.
type TrendPoint struct {
	Monday    time.Time
	Share     *Count            // of all platforms; nil: not known
	Platforms map[string]*Count // those known
}

// readTrend gives the weeks up to one, from the first that has a share on. Of a
// platform with several branches it takes that of the last week.
func readTrend(ctx context.Context, db *sql.DB, of Selection, last Week) (trend []TrendPoint, err error) {
	first := last.Monday.AddDate(0, 0, -7*(trendWeeks-1))
	carry := max(of.Expect.carry(), 0)
	platforms, err := readHistories(ctx, db, of, first.AddDate(0, 0, -7*carry), last.Monday)
	if err != nil {
		return nil, err
	}
	branches, double := last.branches()
	for _, m := range last.all {
		if h := platforms[m.Platform]; h != nil {
			h.stays = true
		}
	}
	for week := first; !week.After(last.Monday); week = week.AddDate(0, 0, 7) {
		point := TrendPoint{Monday: week, Platforms: map[string]*Count{}}
		var sum Count
		for platform, h := range platforms {
			if c := h.standing(week, last.Monday, carry, branches[platform]); c != nil {
				point.Platforms[platform] = c
				sum.Covered += c.Covered
				sum.Total += c.Total
			}
		}
		if !double && len(point.Platforms) > 0 {
			point.Share = &sum
		}
		if len(point.Platforms) > 0 || len(trend) > 0 { // the weeks of a picture are equally far apart
			trend = append(trend, point)
		}
	}
	return trend, nil
}

// platformHistory is what a platform had in the weeks in which it was measured.
type platformHistory struct {
	weeks  map[time.Time]map[string]*Count // by Monday and branch; nil: measured, and nothing of it is wanted
	newest time.Time
	stays  bool // the last week has it, measured or carried over
}

// readHistories gives the weeks of each platform, from one Monday to another.
func readHistories(
	ctx context.Context, db *sql.DB, of Selection, from, to time.Time,
) (platforms map[string]*platformHistory, err error) {
	owner := ""
	if of.Owner != "" {
		owner = " " + of.Owner + " "
	}
	rows, err := db.QueryContext(ctx, statement("trend"), owner, owner, of.Project,
		from.Format(time.DateOnly), to.Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	platforms = map[string]*platformHistory{}
	for rows.Next() {
		var monday time.Time
		var platform, branch string
		var covered, total sql.NullInt64
		if err := rows.Scan(&monday, &platform, &branch, &covered, &total); err != nil {
			return nil, err
		}
		h := platforms[platform]
		if h == nil {
			h = &platformHistory{weeks: map[time.Time]map[string]*Count{}}
			platforms[platform] = h
		}
		h.newest = day(monday) // the rows are in the order of weeks
		if h.weeks[h.newest] == nil {
			h.weeks[h.newest] = map[string]*Count{}
		}
		var c *Count
		count(&c, covered, total)
		h.weeks[h.newest][branch] = c
	}
	return platforms, errors.Join(rows.Err(), rows.Close())
}

// standing gives what a platform counts for in a week: what was measured in it, or
// in the newest week before that may be carried over; nil if there is none, or it
// has nothing that is wanted. A platform that the last week could have carried over
// and has not was removed, and stands in for no week.
func (h *platformHistory) standing(week, last time.Time, carry int, branch string) *Count {
	if !h.stays && week.After(h.newest) && !h.newest.AddDate(0, 0, 7*carry).Before(last) {
		return nil
	}
	for back := 0; back <= carry; back++ {
		if counts := h.weeks[week.AddDate(0, 0, -7*back)]; counts != nil {
			return ofBranch(counts, branch)
		}
	}
	return nil
}

// branches gives that of each platform; double tells that one has two.
func (w Week) branches() (branches map[string]string, double bool) {
	branches = map[string]string{}
	for _, m := range w.Measurements {
		_, another := branches[m.Platform]
		double = double || another
		branches[m.Platform] = m.Branch
	}
	return branches, double
}

// ofBranch gives the count of a branch, or of the only one there is.
func ofBranch(counts map[string]*Count, branch string) *Count {
	if c := counts[branch]; c != nil || len(counts) != 1 {
		return c
	}
	for _, c := range counts {
		return c
	}
	return nil
}

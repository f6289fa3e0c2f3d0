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

// readTrend gives the weeks up to one that have a share, the oldest first. Of a
// platform with several branches it takes that of the last week.
func readTrend(ctx context.Context, db *sql.DB, of Selection, last Week) (trend []TrendPoint, err error) {
	first := last.Monday.AddDate(0, 0, -7*(trendWeeks-1))
	carry := max(of.Expect.carry(), 0)
	owner := ""
	if of.Owner != "" {
		owner = " " + of.Owner + " "
	}
	rows, err := db.QueryContext(ctx, statement("trend"), of.Project,
		first.AddDate(0, 0, -7*carry).Format(time.DateOnly), last.Monday.Format(time.DateOnly), owner, owner)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	measured := map[string]map[time.Time]map[string]*Count{} // by platform, week and branch
	for rows.Next() {
		var week time.Time
		var platform, branch string
		var c Count
		if err := rows.Scan(&week, &platform, &branch, &c.Covered, &c.Total); err != nil {
			return nil, err
		}
		if measured[platform] == nil {
			measured[platform] = map[time.Time]map[string]*Count{}
		}
		if week = wallClock(week); measured[platform][week] == nil {
			measured[platform][week] = map[string]*Count{}
		}
		measured[platform][week][branch] = &c
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	branches, double := last.branches()
	for week := first; !week.After(last.Monday); week = week.AddDate(0, 0, 7) {
		point := TrendPoint{Monday: week, Platforms: map[string]*Count{}}
		var sum Count
		for platform, weeks := range measured {
			for back := 0; back <= carry; back++ {
				if c := ofBranch(weeks[week.AddDate(0, 0, -7*back)], branches[platform]); c != nil {
					point.Platforms[platform] = c
					sum.Covered += c.Covered
					sum.Total += c.Total
					break
				}
			}
		}
		if !double {
			point.Share = &sum
		}
		if len(point.Platforms) > 0 {
			trend = append(trend, point)
		}
	}
	return trend, nil
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

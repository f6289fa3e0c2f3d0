package reports

import (
	"context"
	"database/sql"
	"time"
)

// pastWeeks is how many weeks of each file the pages keep: a quarter.
const pastWeeks = 13

// past is what each file was in the weeks before, the newest first.
type past struct {
	last  time.Time
	files map[fileName][]pastCount

	directories map[string]map[string][]Point // by label of the measurement and name
}

// fileName names a file of a measurement.
type fileName struct{ project, platform, branch, module, path string }

// pastCount is what a file was in a week that ended so many weeks ago.
type pastCount struct {
	ago   int
	lines Count
}

func readPast(ctx context.Context, db *sql.DB, project string, monday time.Time) (*past, error) {
	first := monday.Add(-(pastWeeks - 1) * week)
	rows, err := db.QueryContext(ctx, statement("site_past"),
		first.Format(time.DateOnly), monday.Format(time.DateOnly), project, project)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	p := &past{last: monday, files: map[fileName][]pastCount{}}
	for rows.Next() {
		var at time.Time
		var name fileName
		var lines Count
		err := rows.Scan(&at, &name.project, &name.platform, &name.branch, &name.module, &name.path,
			&lines.Covered, &lines.Total)
		if err != nil {
			return nil, err
		}
		p.files[name] = append(p.files[name], pastCount{int(monday.Sub(wallClock(at)) / week), lines})
	}
	return p, rows.Err()
}

// changes gives what a file was, as triples of weeks ago, covered and total, the
// newest first. A triple holds for that week and all after it up to the triple
// before. The file was not measured where covered and total are -1.
func (p *past) changes(name fileName) (found []int64) {
	counts := p.files[name]
	next := 0 // the first week that no triple holds for
	for i, c := range counts {
		if c.ago > next {
			found = append(found, int64(c.ago-1), -1, -1)
		}
		next = c.ago + 1
		if i+1 == len(counts) || counts[i+1].ago != next || counts[i+1].lines != c.lines {
			found = append(found, int64(c.ago), c.lines.Covered, c.lines.Total)
		}
	}
	if next < pastWeeks {
		found = append(found, pastWeeks-1, -1, -1)
	}
	return found
}

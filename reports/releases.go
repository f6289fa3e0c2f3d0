package reports

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Release is a release of a platform.
type Release struct {
	Project  string    `json:"project"`
	Platform string    `json:"platform"`
	Name     string    `json:"name"`
	At       time.Time `json:"released_at"`
	Commit   string    `json:"git_commit,omitempty"`
	Source   string    `json:"source,omitempty"` // where it is known from, such as git or jenkins
	URL      string    `json:"url,omitempty"`
}

// Releases gives those of a project, or of all if it is empty, the oldest first.
func Releases(ctx context.Context, db *sql.DB, project string) (all []Release, err error) {
	if version, err := schemaVersion(ctx, db); err != nil || version < firstWithShards {
		return nil, err // an older covpipe could not add any
	}
	rows, err := db.QueryContext(ctx, statement("releases"), project, project)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r Release
		if err := rows.Scan(&r.Project, &r.Platform, &r.Name, &r.At, &r.Commit, &r.Source, &r.URL); err != nil {
			return nil, err
		}
		r.At = wallClock(r.At)
		all = append(all, r)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// between gives the releases of a platform, or of all if it is empty, after one
// moment and not after another.
func between(all []Release, project, platform string, after, until time.Time) (some []Release) {
	for _, r := range all {
		if r.Project == project && (platform == "" || r.Platform == platform) &&
			r.At.After(after) && !r.At.After(until) {
			some = append(some, r)
		}
	}
	return some
}

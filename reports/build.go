package reports

import (
	"context"
	"database/sql"
)

// NewestBuild gives the highest number of a CI build of a project, platform and
// branch that was ever loaded, also if its rows were replaced since; 0 if none
// was, or its number is not known.
func NewestBuild(ctx context.Context, db *sql.DB, project, platform, branch string) (int64, error) {
	var newest sql.NullInt64
	err := db.QueryRowContext(ctx, statement("newest_build"), project, platform, branch).Scan(&newest)
	return newest.Int64, err
}

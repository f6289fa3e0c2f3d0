package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/reports"
)

// errOldBuild says that a build, or a newer one, is loaded already.
var errOldBuild = errors.New("it would not be news")

// refuseOldBuild refuses a build that --build names if it, or a newer one of its
// branch, was loaded before: a job that is run again, or late, must not put an
// old number in the place of a new one.
func (r *running) refuseOldBuild(ctx context.Context, m *measured) (err error) {
	db, err := r.readWarehouse(ctx, r.config.Warehouse)
	if errors.Is(err, loaders.ErrNotLoaded) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	newest, err := reports.NewestBuild(ctx, db, m.origin.Project, m.origin.Platform, m.origin.Branch)
	build := m.origin.BuildNumber
	switch {
	case err != nil || newest < build:
		return err
	case newest == build:
		return fmt.Errorf("build %d of %s is loaded already: %w", build, m.source.Jenkins.Job, errOldBuild)
	}
	return fmt.Errorf("build %d of %s is older than build %d, which is loaded: %w", build, m.source.Jenkins.Job,
		newest, errOldBuild)
}

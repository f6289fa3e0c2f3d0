package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/reports"
)

// siteOptions are the flags of covpipe dashboard and covpipe serve.
type siteOptions struct {
	week, against string
}

func (o *siteOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.week, "week", "",
		"the `WEEK`: 2026-W47, a date in it, or last for the newest (default: last)")
	cmd.Flags().StringVar(&o.against, "against", "",
		"compare with that earlier `WEEK` (default: the newest one before)")
}

func (a *app) dashboardCommand() *cobra.Command {
	var opt siteOptions
	var dir string
	cmd := &cobra.Command{
		Use:   "dashboard",
		Short: "Write the week and the weeks before as pages for a browser",
		Long: `Writes a folder of pages that need no server and no network: the week in numbers,
the weeks before, why it changed, owners, directories and all files. Open
index.html, or let Jenkins publish the folder. A dashboard that is there is
replaced file by file, its first page last.`,
		Example: `  covpipe dashboard -o public/coverage
  covpipe dashboard -o /srv/www/coverage --week 2026-W46 --warehouse duckdb:coverage.duckdb`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.dashboard(cmd.Context(), dir, opt)
		},
	}
	opt.flags(cmd)
	cmd.Flags().StringVarP(&dir, "output", "o", "",
		"the folder `DIR` to write to (default: dashboard: of the configuration)")
	return cmd
}

func (a *app) dashboard(ctx context.Context, dir string, opt siteOptions) error {
	place, c, err := a.warehousePlace()
	if err != nil {
		return err
	}
	if dir == "" && c != nil {
		dir = c.Dashboard
	}
	if dir == "" {
		return usage("dashboard: -o, or dashboard: in the configuration, names the folder to write to")
	}
	pages, err := a.sitePages(ctx, place, c, opt)
	if err != nil {
		return fmt.Errorf("dashboard: %w", err)
	}
	if err := writeSite(dir, pages, a.now()); err != nil {
		return fmt.Errorf("dashboard: %w", err)
	}
	a.say("%s/index.html: written, with %s", dir, plural(len(pages)-1, "other file"))
	return nil
}

// sitePages reads a warehouse, closes it and makes the pages; the configuration may
// be nil.
func (a *app) sitePages(ctx context.Context, place string, c *config, opt siteOptions) (map[string][]byte, error) {
	monday, err := mondayOf(opt.week)
	if err != nil {
		return nil, err
	}
	against, err := mondayOf(opt.against)
	if err != nil {
		return nil, err
	}
	site, err := a.readSite(ctx, place, c, monday, against)
	if err != nil {
		return nil, err
	}
	if !against.IsZero() && !against.Before(site.Week.Monday) {
		return nil, usage("--against %s: it is not before the week that is shown", opt.against)
	}
	return site.Pages()
}

// readSite reads what the pages show. While it does, nothing can be loaded into a
// DuckDB, so nothing else is done meanwhile.
func (a *app) readSite(
	ctx context.Context, place string, c *config, monday, against time.Time,
) (site *reports.Site, err error) {
	db, err := a.readWarehouse(ctx, place)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if site, err = reports.ReadSite(ctx, db, a.selection(c), monday, against); err != nil {
		return nil, err
	}
	site.Version = thisVersion().Version
	return site, nil
}

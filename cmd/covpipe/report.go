package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/reports"
)

func (a *app) reportCommand() *cobra.Command {
	var week string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Show a week by platform and directory",
		Long: `Shows the newest week in the warehouse, or another one, by platform and top
directory, and names the sources of the configuration that are missing from it.`,
		Example: `  covpipe report
  covpipe report --week 2026-W46 --json --warehouse duckdb:coverage.duckdb`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.report(cmd.Context(), week, asJSON)
		},
	}
	cmd.Flags().StringVar(&week, "week", "", "the week: 2026-W47, or a date in it or last, the newest there is (default: last)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) report(ctx context.Context, week string, asJSON bool) error {
	var monday time.Time
	if week != "" && week != "last" {
		w, err := coverage.ParseWeek(week)
		if err != nil {
			return usageError{err}
		}
		monday = w.Monday()
	}
	place, c, err := a.warehousePlace()
	if err != nil {
		return err
	}
	return a.showWeek(ctx, a.stdout, place, c, monday, asJSON)
}

// showWeek prints one week of a warehouse; the configuration may be nil.
func (a *app) showWeek(ctx context.Context, out io.Writer, place string, c *config, monday time.Time, asJSON bool) (err error) {
	opt, err := a.placeOptions()
	if err != nil {
		return err
	}
	db, err := loaders.Read(ctx, place, opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	project := ""
	if c != nil {
		project = c.Project
	}
	week, err := reports.ReadWeek(ctx, db, project, monday)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var missing []reports.Missing
	if c != nil {
		last, err := reports.LastMeasured(ctx, db, project)
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		missing = missingSources(c, week, last)
	}
	if asJSON {
		return week.WriteJSON(out, missing)
	}
	return week.WriteText(out, missing, reports.Look{Colour: a.colour})
}

// missingSources names the sources of the configuration that a week lacks.
func missingSources(c *config, week reports.Week, last map[string]time.Time) []reports.Missing {
	there := map[string]bool{}
	for _, m := range week.Measurements {
		there[m.Platform] = true
	}
	var missing []reports.Missing
	for _, s := range c.Sources {
		if there[s.Platform] {
			continue
		}
		gap := reports.Missing{Platform: s.Platform}
		if at, measured := last[s.Platform]; measured {
			gap.Last = coverage.WeekOf(at, time.UTC).String()
		}
		missing = append(missing, gap)
	}
	return missing
}

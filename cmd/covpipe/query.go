package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/reports"
)

// queryOptions are the flags of covpipe query.
type queryOptions struct {
	list                       bool
	sql, format, week, project string
}

func (a *app) queryCommand() *cobra.Command {
	var opt queryOptions
	cmd := &cobra.Command{
		Use:   "query [NAME]",
		Short: "Ask the warehouse: a question that comes with covpipe, or SQL",
		Long: `Asks the warehouse one of the questions that come with covpipe, which are written
in the SQL that DuckDB and Vertica have in common, or your own SELECT. --list
shows the questions.`,
		Example: `  covpipe query --list
  covpipe query owners --format csv
  covpipe query --sql "SELECT COUNT(*) FROM coverage_files" --warehouse duckdb:coverage.duckdb`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.query(cmd.Context(), args, opt)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&opt.list, "list", false, "list the questions")
	flags.StringVar(&opt.sql, "sql", "", "run `SELECT`, one statement that reads")
	flags.StringVar(&opt.format, "format", "table", "print as `FORMAT`: table, csv or json")
	flags.StringVar(&opt.week, "week", "", "the `WEEK`: 2026-W47, a date in it, or last for the newest (default: last)")
	flags.StringVar(&opt.project, "project", "", "only this project (default: that of the configuration, else all)")
	return cmd
}

func (a *app) query(ctx context.Context, args []string, opt queryOptions) (err error) {
	asked := 0
	for _, given := range []bool{opt.list, opt.sql != "", len(args) > 0} {
		if given {
			asked++
		}
	}
	if asked != 1 {
		return usage("query: name one of --list, a question and --sql")
	}
	if len(args) == 0 && (opt.week != "" || opt.project != "") {
		return usage("query: --week and --project are for a question that comes with covpipe")
	}
	if !slices.Contains(reports.Formats, opt.format) {
		return usage("--format %q is none of %s", opt.format, strings.Join(reports.Formats, ", "))
	}
	if opt.list {
		return a.listQueries()
	}
	var q reports.Query
	var monday time.Time
	if len(args) > 0 {
		if q, err = reports.QueryNamed(args[0]); err != nil {
			return usageError{err}
		}
	}
	if opt.week != "" && opt.week != "last" {
		week, err := coverage.ParseWeek(opt.week)
		if err != nil {
			return usageError{err}
		}
		monday = week.Monday()
	}
	place, c, err := a.warehousePlace()
	if err != nil {
		return err
	}
	if c != nil && opt.project == "" {
		opt.project = c.Project
	}
	db, err := a.readWarehouse(ctx, place)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var answer *reports.Answer
	if opt.sql != "" {
		answer, err = reports.Ask(ctx, db, opt.sql)
	} else {
		answer, err = q.Ask(ctx, db, opt.project, monday)
	}
	if errors.Is(err, reports.ErrNotReading) {
		return usageError{err}
	}
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	return answer.Write(a.stdout, opt.format)
}

func (a *app) listQueries() error {
	for _, q := range reports.Queries() {
		if _, err := fmt.Fprintf(a.stdout, "%-17s   %s\n", q.Name, q.About); err != nil {
			return err
		}
	}
	return nil
}

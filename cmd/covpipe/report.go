package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/reports"
)

// reportOptions are the flags of covpipe report.
type reportOptions struct {
	week, against   string
	platform, owner string
	directory       string
	asJSON          bool
	markdown        bool
}

func (a *app) reportCommand() *cobra.Command {
	var opt reportOptions
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Show a week by platform, directory and owner, and why it changed",
		Long: `Shows the newest week in the warehouse, or another one, by platform, top
directory and owner, and names the sources of the configuration that are missing
from it. --against tells what changed since an earlier week and why, file by
file; the parts sum to the whole.`,
		Example: `  covpipe report
  covpipe report --against last --owner @shop/cart
  covpipe report --week 2026-W46 --json --warehouse duckdb:coverage.duckdb`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.report(cmd.Context(), opt)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opt.week, "week", "",
		"the `WEEK`: 2026-W47, a date in it, or last for the newest (default: last)")
	flags.StringVar(&opt.against, "against", "",
		"explain the change since an earlier `WEEK`; last is the newest one before")
	flags.StringVar(&opt.platform, "platform", "", "only this platform")
	flags.StringVar(&opt.owner, "owner", "", "only the files of this owner, such as @shop/cart or (unowned)")
	flags.StringVar(&opt.directory, "directory", "", "only the files in `DIR` and below, as the rows name it")
	flags.BoolVar(&opt.asJSON, "json", false, "print JSON")
	flags.BoolVar(&opt.markdown, "markdown", false, "print Markdown, for a pull request or a wiki")
	return cmd
}

// mondayOf reads the value of a flag for weeks; last and nothing give the zero
// time.
func mondayOf(week string) (time.Time, error) {
	if week == "" || week == "last" {
		return time.Time{}, nil
	}
	w, err := coverage.ParseWeek(week)
	if err != nil {
		return time.Time{}, usageError{err}
	}
	return w.Monday(), nil
}

func (a *app) report(ctx context.Context, opt reportOptions) error {
	if opt.asJSON && opt.markdown {
		return usage("report: name one of --json and --markdown")
	}
	monday, err := mondayOf(opt.week)
	if err != nil {
		return err
	}
	if _, err := mondayOf(opt.against); err != nil {
		return err
	}
	place, c, err := a.warehousePlace()
	if err != nil {
		return err
	}
	return a.showWeek(ctx, a.stdout, place, c, monday, opt)
}

// showWeek prints one week of a warehouse; the configuration may be nil.
func (a *app) showWeek(
	ctx context.Context, out io.Writer, place string, c *config, monday time.Time, opt reportOptions,
) (err error) {
	db, err := a.readWarehouse(ctx, place)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	of := a.selection(c)
	of.Platform, of.Owner = opt.platform, opt.owner
	if opt.directory != "" {
		of.Directory = path.Clean(opt.directory)
	}
	week, err := reports.ReadWeek(ctx, db, of, monday)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var since *reports.Since
	if opt.against != "" {
		if since, err = changesSince(ctx, db, week, of, opt.against); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	if opt.asJSON {
		return week.WriteJSON(out, since)
	}
	look := a.readerSees(opt.markdown)
	if err := week.WriteText(out, look); err != nil || since == nil {
		return err
	}
	return since.WriteText(out, look)
}

// readerSees is what the reader of standard output can be shown.
func (a *app) readerSees(markdown bool) reports.Look {
	return reports.Look{Colour: a.colour, Markdown: markdown, Bars: a.screen > 0, Width: a.screen}
}

// errNoEarlier is what a change cannot be told of.
var errNoEarlier = errors.New("no week was measured")

// changesSince explains a week against an earlier one.
func changesSince(
	ctx context.Context, db *sql.DB, week reports.Week, of reports.Selection, against string,
) (*reports.Since, error) {
	earlier, err := mondayOf(against)
	if err == nil && earlier.IsZero() {
		earlier, err = reports.Earlier(ctx, db, of.Project, week.Monday)
		if errors.Is(err, reports.ErrNoWeek) {
			shown := coverage.WeekOf(week.Monday, time.UTC)
			return nil, fmt.Errorf("--against %s: %w before %v", against, errNoEarlier, shown)
		}
	}
	if err != nil {
		return nil, err
	}
	if !earlier.Before(week.Monday) {
		return nil, usage("--against %s: it is not before the week that is shown", against)
	}
	changes, err := week.Against(ctx, db, of, earlier)
	return &reports.Since{Monday: earlier, Changes: changes}, err
}

// expectation is what a week of the project should have; c may be nil.
func (c *config) expectation() (e reports.Expectation) {
	if c == nil {
		return e
	}
	e.Sources, e.Carry = []reports.Source{}, carryNone
	if c.CarryWeeks == nil {
		e.Carry = reports.DefaultCarry
	} else if *c.CarryWeeks > 0 {
		e.Carry = *c.CarryWeeks
	}
	for _, s := range c.Sources {
		e.Sources = append(e.Sources, reports.Source{Name: s.Name, Platform: s.Platform})
	}
	return e
}

const carryNone = -1

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/reports"
)

// statusOptions are the flags of covpipe status.
type statusOptions struct {
	maxAge string
	asJSON bool
}

func (a *app) statusCommand() *cobra.Command {
	var opt statusOptions
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show when each source was last measured, and what it lacks",
		Long: `Shows for each source of the configuration, and each that the warehouse has, when
it was last measured, whether it is complete or which parts are missing, and how
old it is. It only reads.

With --max-age the exit code is 3 if a source is older, or was never measured, so
that a monitor notices a job that has stopped running.`,
		Example: `  covpipe status
  covpipe status --max-age 8d >/dev/null || mail -s "coverage is late" team </dev/null
  covpipe status --json --warehouse duckdb:coverage.duckdb`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.sourceStatus(cmd.Context(), opt)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opt.maxAge, "max-age", "",
		"end with exit code 3 if a source is older than `AGE`, such as 8d, 2w or 36h")
	flags.BoolVar(&opt.asJSON, "json", false, "print JSON")
	return cmd
}

// parseAge reads 8d, 2w, or what [time.ParseDuration] takes.
func parseAge(text string) (time.Duration, error) {
	wrong := fmt.Errorf("%q is no age such as 8d, 2w or 36h", text)
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, is := strings.CutSuffix(text, unit); is {
			n, err := strconv.ParseUint(number, 10, 12)
			if err != nil || n == 0 {
				return 0, wrong
			}
			return time.Duration(n) * length, nil
		}
	}
	age, err := time.ParseDuration(text)
	if err != nil || age <= 0 {
		return 0, wrong
	}
	return age, nil
}

func (a *app) sourceStatus(ctx context.Context, opt statusOptions) (err error) {
	status := reports.Status{Now: a.now()}
	if opt.maxAge != "" {
		if status.MaxAge, err = parseAge(opt.maxAge); err != nil {
			return usage("--max-age: %w", err)
		}
	}
	place, c, err := a.warehousePlace()
	if err != nil {
		return err
	}
	of := a.selection(c)
	if err := a.readStatus(ctx, place, of, &status); err != nil {
		return err
	}
	var old []string
	for _, s := range status.Sources {
		if status.Old(s, of.Expect.Names(s.Platform)) {
			old = append(old, s.Platform)
		}
	}
	if opt.asJSON {
		err = status.WriteJSON(a.stdout, old)
	} else {
		err = status.WriteText(a.stdout, a.readerSees(false))
	}
	if err == nil && len(old) > 0 {
		err = &partError{what: fmt.Sprintf("older than %s, or never measured: %s", opt.maxAge, strings.Join(old, ", "))}
	}
	return err
}

// readStatus asks the warehouse. One that is not there yet, or is empty, has
// measured nothing of what the configuration names.
func (a *app) readStatus(ctx context.Context, place string, of reports.Selection, status *reports.Status) (err error) {
	db, err := a.readWarehouse(ctx, place)
	if err == nil {
		defer func() { err = errors.Join(err, db.Close()) }()
		status.Sources, status.Monday, err = reports.States(ctx, db, of, time.Time{})
	}
	if of.Expect.Sources != nil && (errors.Is(err, loaders.ErrNotLoaded) || errors.Is(err, reports.ErrNoWeek)) {
		status.Sources, err = reports.NeverMeasured(of), nil
	}
	if err != nil {
		return fmt.Errorf("status: %w", err)
	}
	return nil
}

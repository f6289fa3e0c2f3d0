package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
)

// originFlags say of reports on the command line what they do not say
// themselves.
type originFlags struct {
	readOptions
	project, platform, branch, commit string
	build                             int64
	week, at                          string
}

func (o *originFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.format, "format", "",
		"read the reports as `FORMAT`, whatever they look like; xpath:FILE.yaml reads XML as that file maps it")
	flags.StringVar(&o.root, "root", "",
		"source root `DIR`, as the machine that measured knew it; paths become relative to it")
	flags.StringVar(&o.project, "project", "", "project of the rows")
	flags.StringVar(&o.platform, "platform", "", "platform of the rows, for example php, ios or android")
	flags.StringVar(&o.branch, "branch", "", "branch that was measured")
	flags.StringVar(&o.commit, "commit", "", "commit that was measured")
	flags.Int64Var(&o.build, "build", 0, "CI build number that was measured")
	flags.StringVar(&o.week, "week", "", "week measured, 2026-W47 or a date in it (default: that of --at)")
	flags.StringVar(&o.at, "at", "",
		"when it was measured, `TIME` such as 2026-11-22T20:30:00Z "+
			"(default: as the report says, else when the file was written)")
}

func (a *app) parseCommand() *cobra.Command {
	var from originFlags
	var out string
	cmd := &cobra.Command{
		Use:   "parse REPORT…",
		Short: "Read coverage reports into rows, one a file, as CSV",
		Long: `Reads coverage reports and writes one row for each source file as CSV, to
standard output or to a file. The format of a report is found by its content.
A report is read whole or refused; "-" is standard input.`,
		Example: `  covpipe parse clover.xml --root /srv/app
  covpipe parse --platform ios report.json -o rows.csv`,
		Args: some("at least one report, - for standard input"),
		RunE: func(cmd *cobra.Command, reports []string) error {
			return a.parse(cmd.Context(), reports, from, out)
		},
	}
	from.register(cmd)
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to `FILE` (rows.csv or rows.parquet), whole or not at all")
	return cmd
}

func (a *app) parse(ctx context.Context, reports []string, from originFlags, out string) error {
	records, err := a.reportRecords(reports, from, time.Local, nil, nil)
	if err != nil {
		return err
	}
	rows := newRecordReader(records)
	defer rows.Release()
	if out == "" {
		var whole bytes.Buffer // so that nothing is printed before all of it is known to be good
		if _, err := loaders.WriteCSV(ctx, &whole, rows); err != nil {
			return err
		}
		_, err := whole.WriteTo(a.stdout)
		return err
	}
	if loaders.IsWarehouse(out) {
		return usage("parse writes a file; covpipe load --to %s loads", out)
	}
	_, err = a.loadInto(ctx, out, rows, nil)
	if cause := rows.Err(); cause != nil {
		return cause // of a report, not of the place
	}
	return err
}

// reader gives record batches to a loader.
func reader(records []arrow.Record) (array.RecordReader, error) {
	if len(records) == 0 {
		return nil, coverage.ErrNoRows
	}
	return array.NewRecordReader(coverage.NewSchema(), records)
}

func branchOf(branch string) string {
	if branch == "" {
		return ""
	}
	return " " + branch
}

func changed(m loaders.Measurement) string {
	switch m.Change {
	case loaders.Unchanged:
		return fmt.Sprintf("already loaded, the same %s", plural(m.Rows, "row"))
	case loaders.Replaced:
		return plural(m.Rows, "row") + " in place of those loaded before"
	}
	return plural(m.Rows, "row") + " added"
}

// plural counts things: "1 row", "2 rows".
func plural[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

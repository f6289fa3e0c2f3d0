package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
)

func (a *app) loadCommand() *cobra.Command {
	var from originFlags
	var to, archive string
	cmd := &cobra.Command{
		Use:   "load ROWS|REPORT…",
		Short: "Load rows or reports into a warehouse or a file, all of them or none",
		Long: `Loads files of rows (CSV or Parquet, as covpipe writes them) or coverage reports
into a place, in one transaction. A measurement is a project, platform and branch
in one week: loading the same rows again changes nothing, other rows replace it
whole.

Places: ` + loaders.Places,
		Example: `  covpipe load rows.csv --to duckdb:coverage.duckdb
  covpipe load rows.csv --archive /srv/coverage/archive
  covpipe load clover.xml --project shop --platform php --root /srv/app --to duckdb:coverage.duckdb`,
		Args: some("at least one file of rows, or report"),
		RunE: func(cmd *cobra.Command, files []string) error {
			var about []string // flags that say something of reports
			cmd.Flags().Visit(func(f *pflag.Flag) {
				if cmd.LocalNonPersistentFlags().Lookup(f.Name) != nil && f.Name != "to" && f.Name != "archive" {
					about = append(about, "--"+f.Name)
				}
			})
			return a.load(cmd.Context(), files, from, to, archive, about)
		},
	}
	from.register(cmd)
	cmd.Flags().StringVar(&archive, "archive", "", "keep the rows as Parquet and CSV files in `DIR`, too")
	cmd.Flags().StringVar(&to, "to", "", "load into `PLACE` (default: the warehouse of the configuration)")
	return cmd
}

func (a *app) load(ctx context.Context, files []string, from originFlags, to, archive string, about []string) error {
	zone := time.Local
	c, err := a.loadConfig()
	switch {
	case err == nil:
		to, from.project, zone = cmp.Or(to, c.Warehouse), cmp.Or(from.project, c.Project), c.zone
	case !a.mayLack(err):
		return err
	}
	to = cmp.Or(to, a.warehouse, a.environment("COVPIPE_WAREHOUSE"))
	if to == "" {
		return usage("--to is missing: where shall the rows go? (%s)", loaders.Places)
	}
	var readers []array.RecordReader
	defer func() {
		for _, r := range readers {
			r.Release()
		}
	}()
	var reports []string
	for _, path := range files {
		if path == "-" {
			reports = append(reports, path)
			continue
		}
		rows, err := loaders.OpenRows(path, coverage.NewSchema())
		if errors.Is(err, loaders.ErrNotRows) {
			reports = append(reports, path)
			continue
		}
		if unopened := (*fs.PathError)(nil); errors.As(err, &unopened) {
			return err // it names the file
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		readers = append(readers, &namedRows{rows, path})
		if len(about) > 0 {
			return usage("%s: it is a file of rows, which say all of themselves; %s is for reports",
				path, strings.Join(about, ", "))
		}
	}
	known := &sourceList{}
	if len(reports) > 0 {
		rules, err := a.readOwners(c)
		if err != nil {
			return err
		}
		records, err := a.reportRecords(reports, from, zone, known, c.owningFor(from.platform, rules))
		if err != nil {
			return err
		}
		readers = append(readers, newRecordReader(records))
	}
	rows := &inTurn{rest: readers}
	_, err = a.loadAndArchive(ctx, to, archive, rows, known.all)
	if rows.err != nil {
		return rows.err // of a file, not of the place
	}
	return err
}

// namedRows says in its errors of which file they are.
type namedRows struct {
	array.RecordReader
	path string
}

func (n *namedRows) Err() error {
	if err := n.RecordReader.Err(); err != nil {
		return fmt.Errorf("%s: %w", n.path, err)
	}
	return nil
}

// inTurn reads one reader after the other, so that no file needs to fit into
// memory. It does not release them.
type inTurn struct {
	rest []array.RecordReader
	err  error
}

func (t *inTurn) Next() bool {
	for len(t.rest) > 0 && t.err == nil {
		if t.rest[0].Next() {
			return true
		}
		t.err = t.rest[0].Err()
		if t.err == nil {
			t.rest = t.rest[1:]
		}
	}
	return false
}

func (t *inTurn) Record() arrow.Record  { return t.rest[0].Record() }
func (t *inTurn) Schema() *arrow.Schema { return coverage.NewSchema() }
func (t *inTurn) Err() error            { return t.err }
func (t *inTurn) Retain()               {}
func (t *inTurn) Release()              {}

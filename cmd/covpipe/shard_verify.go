package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/sharding"
)

func (a *app) shardVerifyCommand() *cobra.Command {
	var opt shardOptions
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Prove that the merged shards equal the unsharded run, file by file",
		Long: `Runs the suite in shards and in one process and compares statements, covered
statements, methods and covered methods of each file. For each file that differs
it looks for the cause, if need be by running more: the suite again, the suite in
reverse order, and the shards that load the file together in one process.

Exit codes: 0 all files are equal; 3 some differ, and the cause of each is known;
1 some differ for no known cause, or one of the runs could not be measured.`,
		Example: `  covpipe shard verify --out build/verify
  covpipe shard verify --dir /srv/shop --driver xdebug --json`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.shardVerify(cmd.Context(), opt) },
	}
	opt.addFlags(cmd)
	opt.addJobs(cmd)
	cmd.Flags().StringVarP(&opt.out, "out", "o", "", "keep the reports in folder `DIR` (default: they are deleted)")
	return cmd
}

// verifyJSON is what shard verify --json prints.
type verifyJSON struct {
	Driver      string           `json:"driver"`
	Tests       int              `json:"tests"` // that the unsharded run started
	Files       int              `json:"files"`
	Equal       int              `json:"equal"`
	Covered     int64            `json:"lines_covered"` // of the unsharded run
	Total       int64            `json:"lines_total"`
	Inexact     int              `json:"inexact"` // files whose merge could not be proved
	Whole       float64          `json:"whole_seconds"`
	Sharded     float64          `json:"sharded_seconds"` // with analysis and the report of all files, unless kept
	Differences []differenceJSON `json:"differences"`
}

type differenceJSON struct {
	File    string `json:"file"`
	Whole   string `json:"whole"`
	Sharded string `json:"sharded"`
	Cause   string `json:"cause"` // "name: why"; empty if it is not known
}

// errUnexplained says that a file differs for no known cause.
var errUnexplained = errors.New("the sharded run differs from the unsharded one for no known cause")

func (a *app) shardVerify(ctx context.Context, opt shardOptions) error {
	p, err := a.openSuite(opt)
	if err != nil {
		return err
	}
	defer p.release()
	dir, remove, err := a.verifyDirectory(opt.out)
	if err != nil {
		return err
	}
	p.suite.Overhead = 0 // that is another question
	v := &verification{a: a, shardSuite: p, dir: dir}
	if err = v.run(ctx); err == nil {
		err = v.explain(ctx)
	}
	if err == nil || ctx.Err() != nil {
		remove()
	}
	if err != nil {
		return err
	}
	if opt.asJSON {
		err = a.printJSON(v.out)
	} else {
		v.show()
	}
	return cmp.Or(err, v.verdict())
}

// verifyFolder begins the names of folders for reports that need not be kept.
const verifyFolder = "covpipe-verify-"

// verifyDirectory gives the folder for the reports: the one that was named, or
// one that remove deletes. If something cannot be measured, its logs say why, so
// the folder stays then, for a week.
func (a *app) verifyDirectory(out string) (dir string, remove func(), err error) {
	if out != "" {
		dir, err = filepath.Abs(out)
		return dir, func() {}, err
	}
	removeLeftFolders(verifyFolder, a.now())
	dir, err = os.MkdirTemp("", verifyFolder)
	return dir, func() { _ = os.RemoveAll(dir) }, err // in the folder for temporary files
}

// verification is the comparison of a sharded with an unsharded run.
type verification struct {
	shardSuite
	a       *app
	dir     string
	tools   sharding.Toolchain
	work    *sharding.Work
	parts   []sharding.Result
	whole   map[string]coverage.Row
	sharded map[string]coverage.Row
	out     verifyJSON
}

// run measures both ways.
func (v *verification) run(ctx context.Context) error {
	begin := v.a.now()
	s, err := v.a.runShards(ctx, v.shardSuite, v.dir, false)
	if err != nil {
		return err
	}
	v.out.Sharded = v.a.now().Sub(begin).Seconds()
	if len(s.missing) > 0 {
		return fmt.Errorf("verify: there is nothing to compare: %s: %w", s.missing.names(), s.missing[0])
	}
	if s.lost != "" {
		return fmt.Errorf("verify: there is nothing to compare: %s", s.lost)
	}
	v.tools, v.work, v.parts = s.tools, s.work, s.outcome.Results
	merged, err := v.a.uniteShards(s, v.suite)
	if err != nil {
		return err
	}
	v.sharded = rowsByPath(merged.Rows)
	v.a.say("%s: the same in one process", v.name)
	result, rows, err := v.runWhole(ctx, "whole", sharding.AsConfigured)
	if err != nil {
		return err
	}
	v.whole, v.out.Whole, v.out.Tests = rows, result.Wall.Seconds(), result.Tests
	started := 0
	for _, r := range s.outcome.Results {
		started += r.Tests
	}
	if started != result.Tests {
		return fmt.Errorf("verify: the unsharded run started %d tests and the shards %d", result.Tests, started)
	}
	return nil
}

// runWhole runs the suite in one process and reads its report with its lines.
func (v *verification) runWhole(
	ctx context.Context, name string, order sharding.Order,
) (sharding.Result, map[string]coverage.Row, error) {
	result, err := v.suite.RunWhole(ctx, v.tools, v.work, v.dir, name, order)
	if err != nil {
		return result, nil, err
	}
	merged, err := v.a.mergeFiles([]string{result.Report}, v.suite.Source, false)
	if err != nil {
		return result, nil, err
	}
	return result, rowsByPath(merged.Rows), nil
}

func rowsByPath(rows []coverage.Row) map[string]coverage.Row {
	byPath := map[string]coverage.Row{}
	for _, row := range rows {
		byPath[row.Path] = row
	}
	return byPath
}

func (v *verification) show() {
	out := v.out
	if len(out.Differences) > 0 {
		table := tabwriter.NewWriter(v.a.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "file\tunsharded\tsharded\tcause")
		for _, d := range out.Differences {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", d.File, d.Whole, d.Sharded, cmp.Or(d.Cause, "UNKNOWN"))
		}
		_ = table.Flush() // what is printed for people has nowhere else to go
	}
	fmt.Fprintf(v.a.stdout, "%s, %s: %s, %d of %d lines; %s equal, %d different; unsharded %s, sharded %s\n",
		v.name, out.Driver, plural(out.Tests, "test"), out.Covered, out.Total,
		plural(out.Equal, "file"), len(out.Differences), seconds(out.Whole), seconds(out.Sharded))
	if out.Inexact > 0 {
		fmt.Fprintf(v.a.stdout, "%s could not be proved exact and would be marked so\n", plural(out.Inexact, "file"))
	}
}

// verdict gives the error for the exit code.
func (v *verification) verdict() error {
	for _, d := range v.out.Differences {
		if d.Cause == "" {
			return fmt.Errorf("verify: %w: %s", errUnexplained, d.File)
		}
	}
	if n := len(v.out.Differences); n > 0 {
		return &partError{fmt.Sprintf("verify: %s different, each with a known cause", plural(n, "file"))}
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

// runOptions are the flags of covpipe run.
type runOptions struct {
	only   []string
	build  string
	jobs   int
	dryRun bool
	resume bool
}

func (a *app) runCommand() *cobra.Command {
	var opt runOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Measure every source, load the week and show it",
		Long: `Does the whole job of covpipe.yaml: runs PHPUnit with coverage in shards and
merges them, reads the reports of the other sources, loads one row for each file
into the warehouse in one transaction, and prints the week.

A source that fails does not stop the others; what is missing is named, and the
exit code is 3. Running it again replaces the week's rows, or changes nothing if
they are the same.`,
		Example: `  covpipe run
  covpipe run --resume
  covpipe run --only android --build 1204
  covpipe run --config samples/covpipe.yaml --dry-run`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.run(cmd.Context(), opt)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&opt.only, "only", nil, "measure only `SOURCE` (may be given several times)")
	flags.StringVar(&opt.build, "build", "", "take build `N` or a permalink from Jenkins, in place of the configuration's")
	flags.IntVar(&opt.jobs, "jobs", 0, "PHPUnit processes at a time (default: as many as cores, while memory lasts)")
	flags.BoolVar(&opt.resume, "resume", false, "go on with the newest run if it was interrupted or lacks a shard, else begin one")
	flags.BoolVar(&opt.dryRun, "dry-run", false, "show what would be done, and do nothing")
	return cmd
}

func (a *app) run(ctx context.Context, opt runOptions) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	if c.Warehouse, err = requireWarehouse(c.Warehouse); err != nil {
		return err
	}
	sources, err := chosen(c.Sources, opt)
	if err != nil {
		return err
	}
	begin := a.now()
	rules, errOwners := a.readOwners(c)
	if opt.dryRun && errOwners != nil {
		return errOwners
	}
	if errOwners != nil {
		a.complain(errOwners)
	}
	if opt.dryRun {
		return a.showPlan(ctx, c, sources, opt)
	}
	dir, err := a.runDirectory(c.Runs, &begin, &opt)
	if err != nil {
		return err
	}
	var results []measured
	for _, s := range sources {
		result := a.measure(ctx, c, s, opt, begin, filepath.Join(dir, s.Name))
		if ctx.Err() != nil {
			return fmt.Errorf("run: %w: %w", errStopped, context.Cause(ctx))
		}
		switch {
		case result.err != nil:
			a.complain(fmt.Errorf("%s: %w", s.Name, result.err))
		case errOwners != nil:
			result.lacking = append(result.lacking, "no owners")
		default:
			a.ownRows(&result, c.owningFor(s.Platform, rules))
		}
		results = append(results, result)
	}
	return a.finish(ctx, c, results, begin, dir, opt.build != "")
}

// errStopped is what a run is that was told to end.
var errStopped = errors.New("stopped, and nothing was loaded")

// runDirectory gives the folder of a run. With --resume it is that of the newest
// run, if that was interrupted or lacks something, and the run has begun then.
func (a *app) runDirectory(runs string, begin *time.Time, opt *runOptions) (string, error) {
	if opt.resume {
		dir, began, err := interrupted(runs)
		if err != nil {
			return "", err
		}
		if dir != "" {
			a.say("resuming the run that began at %s, in %s", began.Format("2006-01-02 15:04 MST"), dir)
			*begin = began
			return dir, nil
		}
		a.say("no run was interrupted; a new one begins")
		opt.resume = false
	}
	return newRunDirectory(runs, *begin)
}

// runLayout names the folder of a run.
const runLayout = "2006-01-02T150405Z"

// newRunDirectory makes the folder of this run: 2026-11-22T203000Z, or with a
// number behind it if another run began in the same second.
func newRunDirectory(runs string, begin time.Time) (string, error) {
	if err := os.MkdirAll(runs, 0o755); err != nil {
		return "", err
	}
	base := filepath.Join(runs, begin.UTC().Format(runLayout))
	dir := base
	for n := 2; ; n++ {
		err := os.Mkdir(dir, 0o755)
		if !errors.Is(err, os.ErrExist) {
			return dir, err
		}
		dir = fmt.Sprintf("%s-%d", base, n)
	}
}

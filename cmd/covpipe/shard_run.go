package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/sharding"
)

const defaultShardDir = "shards"

func (a *app) shardRunCommand() *cobra.Command {
	var opt shardOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run all shards here and merge their reports, without a warehouse",
		Long: `Runs the plan of one PHPUnit project and leaves the report and the log of each
shard and their merge, merged.clover.xml, in a folder. It loads nothing.

A shard that runs out of memory or time is split and tried again, one that
crashes is tried once more alone. What could not be measured is named, and the
exit code is 3; it is also 3 if tests failed.

With --shard 3/16 this is one machine of 16. Each makes the same plan, from the
same code and the same file of times, runs its own part, and leaves a shard set;
covpipe shard collect merges the sets. --shard auto takes the numbers from the
environment of GitLab, CircleCI, Buildkite or a Kubernetes Indexed Job, or from
COVPIPE_SHARD (docs/fleet.md).`,
		Example: `  covpipe shard run --out build/shards
  covpipe shard run --shard 3/16 --times times.json --out set-3
  covpipe shard run --dir /srv/shop --driver xdebug --jobs 4 --out /tmp/shards
  covpipe shard run --out build/shards --resume`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.partOf(opt.shard)
			switch {
			case err != nil:
				return err
			case p.machines > 0 && opt.overhead:
				return usage("--overhead is for a run on one machine, not for --shard")
			case p.machines > 0:
				return a.shardRunPart(cmd.Context(), opt, p)
			case opt.times != "":
				return usage("--times is for --shard; a run on one machine has its own times, in the cache")
			}
			if p, server, err := a.partOfServer(); err == nil && p.machines > 1 {
				a.say("%s says that this is job %v; --shard auto runs its part alone", server, p)
			}
			return a.shardRun(cmd.Context(), opt)
		},
	}
	opt.addFlags(cmd)
	opt.addJobs(cmd)
	cmd.Flags().StringVarP(&opt.out, "out", "o", "",
		"folder `DIR` of the reports (default "+defaultShardDir+", or "+defaultShardDir+"-3-of-16)")
	cmd.Flags().StringVar(&opt.shard, "shard", "", "run only `PART` of a fleet's plan: 3/16, or auto")
	cmd.Flags().StringVar(&opt.times, "times", "",
		"`FILE` of the times by which the plan is made, the same on all machines")
	cmd.Flags().BoolVar(&opt.resume, "resume", false, "run only what the folder lacks")
	cmd.Flags().BoolVar(&opt.overhead, "overhead", false,
		"run the shards without coverage, too, and say what coverage costs")
	return cmd
}

// shardRunJSON is what shard run --json prints.
type shardRunJSON struct {
	Merged  string          `json:"merged"`
	Files   int64           `json:"files"`
	Covered int64           `json:"lines_covered"`
	Total   int64           `json:"lines_total"`
	Missing []string        `json:"missing"`
	Failing []string        `json:"failing"`
	Wall    float64         `json:"seconds"`           // of everything
	CPU     float64         `json:"cpu_seconds"`       // of all PHP processes but the static analysis
	Own     float64         `json:"own_cpu_seconds"`   // of covpipe itself
	Warm    float64         `json:"analysis_seconds"`  // of the static analysis; 0: it was kept from an earlier run
	Kept    bool            `json:"kept_all_files"`    // the report of all files was kept from an earlier run
	PerTask float64         `json:"per_shard_seconds"` // what a process takes besides its tests
	Shards  []shardDoneJSON `json:"shards"`

	Overhead *sharding.Overhead `json:"overhead,omitempty"` // what coverage cost, if that was measured
}

type shardDoneJSON struct {
	Name    string  `json:"name"`
	Tests   int     `json:"tests"`
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu_seconds"`
	Peak    int64   `json:"peak_bytes"`
	Failed  bool    `json:"failed"`
	Reused  bool    `json:"reused"`
	Error   string  `json:"error,omitempty"`
}

func (a *app) shardRun(ctx context.Context, opt shardOptions) error {
	p, err := a.openSuite(opt)
	if err != nil {
		return err
	}
	defer p.release()
	dir, err := filepath.Abs(cmp.Or(opt.out, defaultShardDir))
	if err != nil {
		return err
	}
	if opt.overhead {
		p.suite.Overhead = 1 // however recently it was measured
	}
	file := filepath.Join(dir, "merged.clover.xml")
	if err := remove(file); err != nil {
		return err
	}
	begin := a.now()
	s, err := a.runShards(ctx, p, dir, opt.resume)
	if err != nil {
		return shardsStopped(ctx, err)
	}
	a.warnOfFailing(p.name, s, dir)
	if err := s.missing.orNothing(len(s.parts), dir); err != nil {
		return err
	}
	merged, err := a.uniteShards(s, p.suite)
	if err != nil {
		return err
	}
	bound := s.missing.mark(merged.Rows)
	if err := writeClover(file, begin, p.suite.Source, merged.Rows); err != nil {
		return err
	}
	var totals coverage.Totals
	for _, row := range merged.Rows {
		totals.Add(row)
	}
	if err := a.showShardRun(opt, s, file, totals, a.now().Sub(begin).Seconds()); err != nil {
		return err
	}
	var lacking []string
	if len(s.missing) > 0 {
		lacking = append(lacking, s.missing.gap(bound, totals.Files))
	}
	if s.lost != "" {
		lacking = append(lacking, s.lost)
	}
	var failing []string
	for _, shard := range s.failing {
		failing = append(failing, p.name+" "+shard)
	}
	return gaps{failing: failing, lacking: lacking}.err()
}

// remove deletes a result of an earlier run, which would else pass for one of this.
func remove(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// errShardsStopped is what a run of shards is that was told to end.
var errShardsStopped = errors.New("stopped, and nothing was merged")

// shardsStopped names the error of a run that was told to end.
func shardsStopped(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("shard run: %w: %w", errShardsStopped, context.Cause(ctx))
}

func (a *app) showShardRun(opt shardOptions, s *sharded, file string, totals coverage.Totals, wall float64) error {
	out := shardRunJSON{Merged: file, Files: totals.Files, Covered: totals.Lines.Covered, Total: totals.Lines.Total,
		Missing: []string{}, Failing: append([]string{}, s.failing...), Shards: []shardDoneJSON{}}
	out.Wall, out.CPU, out.Own = wall, s.outcome.CPU.Seconds(), ownCPU()
	out.Overhead = s.outcome.Overhead
	out.Warm, out.Kept, out.PerTask = s.outcome.Warm.Seconds(), s.outcome.Kept, s.outcome.PerShard
	for _, e := range s.missing {
		out.Missing = append(out.Missing, e.Shard)
	}
	for _, r := range s.outcome.Results {
		shard := shardDoneJSON{Name: r.Shard.Name, Tests: r.Tests, Seconds: r.Wall.Seconds(), CPU: r.CPU.Seconds(),
			Peak: r.Peak, Failed: r.Failed, Reused: r.Reused}
		if r.Err != nil {
			shard.Error = r.Err.Error()
		}
		out.Shards = append(out.Shards, shard)
	}
	if opt.asJSON {
		return a.printJSON(out)
	}
	fmt.Fprintf(a.stdout, "%s: %v lines of %s covered, from %s in %s\n", file, totals.Lines,
		plural(totals.Files, "file"), plural(len(s.parts), "shard"), seconds(wall))
	return nil
}

// ownCPU gives the seconds of processor time that this process has taken, those
// of its children apart.
func ownCPU() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/sharding"
)

func (a *app) shardPlanCommand() *cobra.Command {
	var opt shardOptions
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show which shards would run, in which order, and for how long",
		Long: `Finds the tests, checks with PHPUnit's own list that each is in exactly one
shard, and shows the plan: the longest shard first, by the times of earlier runs;
a shard that no run has shown is estimated by the number of its tests. The lower
bound is what no order can beat: all work shared evenly, or the longest file.

With --machines it shows which machine of a fleet would run what. --simulate
tells how long fleets of several sizes would take: as planned, and, if units take
up to 30 % and machines up to 20 % more or less than that, with index shards and
with a queue. Given only --times, it needs neither the project nor PHP.`,
		Example: `  covpipe shard plan
  covpipe shard plan --machines 16 --times times.json
  covpipe shard plan --simulate 4,16,64 --times times.json
  covpipe shard plan --dir /srv/shop --jobs 8 --json`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.partOf(opt.shard)
			switch {
			case err != nil:
				return err
			case opt.machines < 0:
				return usage("--machines %d is less than 1", opt.machines)
			case opt.simulate != "":
				return a.shardSimulate(cmd.Context(), opt)
			case opt.machines > 0 && p.machines > 0 && opt.machines != p.machines:
				return usage("--machines %d and --shard %d/%d contradict each other",
					opt.machines, p.machine, p.machines)
			case opt.machines > 0:
				return a.shardPlanFleet(cmd.Context(), opt, part{p.machine, opt.machines})
			case p.machines > 0:
				return a.shardPlanFleet(cmd.Context(), opt, p)
			case opt.times != "":
				return usage("--times is for --machines, --shard or --simulate; " +
					"a run on one machine has its own times, in the cache")
			}
			return a.shardPlan(cmd.Context(), opt)
		},
	}
	opt.addFlags(cmd)
	opt.addJobs(cmd)
	flags := cmd.Flags()
	flags.IntVar(&opt.machines, "machines", 0, "show the plan of a fleet of `N` machines")
	flags.StringVar(&opt.shard, "shard", "", "show only `PART` of that plan: 3/16, or auto")
	flags.StringVar(&opt.times, "times", "", "`FILE` of the times by which that plan is made")
	flags.StringVar(&opt.simulate, "simulate", "", "tell how long fleets of `WORKERS` would take, such as 4,16,64")
	return cmd
}

// planJSON is what shard plan --json prints. Times are seconds.
type planJSON struct {
	Driver    string      `json:"driver"`
	PHPUnit   string      `json:"phpunit"`
	Tests     int         `json:"tests"` // as PHPUnit lists them; 0 if it cannot
	Jobs      int         `json:"jobs"`
	Estimated bool        `json:"estimated"` // some times are guessed from the number of tests
	Total     float64     `json:"total_seconds"`
	Expected  float64     `json:"expected_seconds"`
	Bound     float64     `json:"lower_bound_seconds"`
	Shards    []shardJSON `json:"shards"`
	Skipped   []string    `json:"skipped"`
	Moved     []movedJSON `json:"moved"`
}

// movedJSON is a test file that does not run with the shard of its directory.
type movedJSON struct {
	File string `json:"file"` // relative to the project
	From string `json:"from"`
	To   string `json:"to"`
}

type shardJSON struct {
	Name      string   `json:"name"`
	Seconds   float64  `json:"seconds"`
	Estimated bool     `json:"estimated"`
	Tests     int      `json:"tests"`
	Files     []string `json:"files"` // relative to the project
}

func (a *app) shardPlan(ctx context.Context, opt shardOptions) error {
	s, err := a.openSuite(opt)
	if err != nil {
		return err
	}
	defer s.release()
	tools, work, err := a.prepareSuite(ctx, s.name, s.suite, s.jobs)
	if err != nil {
		return err
	}
	if opt.asJSON {
		return a.writePlan(s.suite, tools, work)
	}
	fmt.Fprintf(a.stdout, "%s, from the %s\n", s.name, work.From)
	a.showShards(s.suite, work)
	for _, note := range workNotes(s.suite, work) {
		fmt.Fprintln(a.stdout, note)
	}
	p := work.Plan
	if expected(p) == "" {
		fmt.Fprintf(a.stdout, "%s in %s, %d at a time; no earlier run tells all times, "+
			"so they are guessed from the number of tests\n",
			testsListed(work.Tests), plural(len(p.Shards), "shard"), p.Jobs)
		return nil
	}
	fmt.Fprintf(a.stdout, "%s in %s, %d at a time: about %s; lower bound %s; one at a time %s\n",
		testsListed(work.Tests), plural(len(p.Shards), "shard"), p.Jobs,
		seconds(p.Expected), seconds(p.Bound), seconds(p.Total))
	return nil
}

// showShards prints the shards of a plan in the order in which they start.
func (a *app) showShards(suite sharding.Suite, work *sharding.Work) {
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, shard := range work.Plan.Shards {
		length := seconds(shard.Seconds)
		if shard.Estimated {
			length = "~" + length
		}
		what := relative(suite.Dir, shard.Dir)
		if strings.Contains(shard.Name, "~") || strings.HasSuffix(shard.Name, sharding.RootShard) {
			what += ", part of it"
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\n", shard.Name, length,
			plural(shard.Tests, "test"), plural(len(shard.Files), "file"), what)
	}
	_ = table.Flush() // what is printed for people has nowhere else to go
}

func (a *app) writePlan(suite sharding.Suite, tools sharding.Toolchain, work *sharding.Work) error {
	p := work.Plan
	out := planJSON{Driver: tools.Driver, PHPUnit: tools.PHPUnitVersion, Tests: work.Tests,
		Jobs: p.Jobs, Estimated: expected(p) == "", Total: p.Total, Expected: p.Expected, Bound: p.Bound,
		Shards: []shardJSON{}, Skipped: []string{}, Moved: []movedJSON{}}
	for _, s := range p.Shards {
		shard := shardJSON{Name: s.Name, Seconds: s.Seconds, Estimated: s.Estimated, Tests: s.Tests}
		for _, file := range s.Files {
			shard.Files = append(shard.Files, filepath.ToSlash(relative(suite.Dir, file)))
		}
		out.Shards = append(out.Shards, shard)
	}
	for _, skip := range work.Skipped {
		out.Skipped = append(out.Skipped, filepath.ToSlash(relative(suite.Dir, skip.Path))+": "+skip.Reason)
	}
	for _, m := range work.Moved {
		out.Moved = append(out.Moved, movedJSON{filepath.ToSlash(relative(suite.Dir, m.File)), m.From, m.To})
	}
	return a.printJSON(out)
}

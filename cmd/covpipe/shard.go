package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/sharding"
)

// shardOptions say which suite the shard commands work on.
type shardOptions struct {
	source string
	dir    string
	tests  string
	root   string
	driver string
	jobs   int
	out    string
	asJSON bool
	resume bool
}

func (a *app) shardCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "shard",
		Short: "Plan, run and verify PHPUnit in shards",
		Long: `Works on one PHPUnit project in shards: shows the plan, runs it into a folder, or
proves that the merged shards equal the unsharded run.

The project is the one PHPUnit source of the configuration, the one that --source
names, or the folder that --dir names. Where there is no configuration, it is this
folder if phpunit.xml lies in it.`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.shardPlanCommand(), a.shardRunCommand(), a.shardVerifyCommand())
	return cmd
}

// addFlags adds what the shard commands have in common.
func (opt *shardOptions) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&opt.source, "source", "", "the PHPUnit `SOURCE` of the configuration, if it has several")
	flags.StringVar(&opt.dir, "dir", "", "the project `DIR`, where phpunit.xml lies, in place of a configuration")
	flags.StringVar(&opt.tests, "tests", "", "the tests root or a `PATTERN` of folders, from the project (default: the test suites, else tests)")
	flags.StringVar(&opt.root, "root", "", "source root `DIR`; paths count from it (default: the project)")
	flags.StringVar(&opt.driver, "driver", "", "auto, pcov or xdebug (`NAME`; default auto)")
	flags.IntVar(&opt.jobs, "jobs", 0, "PHPUnit processes at a time (default: as many as cores, while memory lasts)")
	flags.BoolVar(&opt.asJSON, "json", false, "print JSON")
}

func (a *app) shardPlanCommand() *cobra.Command {
	var opt shardOptions
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show which shards would run, in which order, and for how long",
		Long: `Finds the tests, checks with PHPUnit's own list that each is in exactly one
shard, and shows the plan: the longest shard first, by the times of earlier runs;
a shard that no run has shown is estimated by the number of its tests. The lower
bound is what no order can beat: all work shared evenly, or the longest file.`,
		Example: `  covpipe shard plan
  covpipe shard plan --dir /srv/shop --jobs 8 --json`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.shardPlan(cmd.Context(), opt) },
	}
	opt.addFlags(cmd)
	return cmd
}

// chosenSuite gives the project that the flags or the configuration mean.
func (a *app) chosenSuite(opt shardOptions) (name string, s *phpunitSource, cache string, err error) {
	if opt.jobs < 0 {
		return "", nil, "", usage("--jobs %d is less than 1", opt.jobs)
	}
	c, err := a.loadConfig()
	if opt.dir == "" && opt.source == "" && err != nil && a.mayLack(err) && hasPHPUnit(".") {
		opt.dir = "."
	}
	if opt.dir != "" {
		if opt.source != "" {
			return "", nil, "", usage("--dir and --source name two projects; give one of them")
		}
		dir, err := filepath.Abs(opt.dir)
		if err != nil {
			return "", nil, "", err
		}
		s = &phpunitSource{Dir: dir, Root: dir}
		name, cache = filepath.Base(dir), filepath.Join(dir, ".covpipe/cache/shard")
	} else {
		if err != nil {
			return "", nil, "", err
		}
		if name, s, err = onePHPUnit(c, opt.source); err != nil {
			return "", nil, "", err
		}
		cache = filepath.Join(c.Cache, name)
	}
	s.Tests, s.Driver = cmp.Or(opt.tests, s.Tests), cmp.Or(opt.driver, s.Driver)
	if opt.root != "" {
		if s.Root, err = filepath.Abs(opt.root); err != nil {
			return "", nil, "", err
		}
	}
	return name, s, cache, nil
}

// hasPHPUnit tells whether a folder is a PHPUnit project.
func hasPHPUnit(dir string) bool {
	return slices.ContainsFunc([]string{"phpunit.xml", "phpunit.xml.dist"}, func(name string) bool {
		info, err := os.Stat(filepath.Join(dir, name))
		return err == nil && info.Mode().IsRegular()
	})
}

// onePHPUnit finds the PHPUnit source that is meant.
func onePHPUnit(c *config, wanted string) (string, *phpunitSource, error) {
	var names []string
	var found *phpunitSource
	for _, s := range c.Sources {
		if s.PHPUnit != nil {
			names = append(names, s.Name)
			if wanted == "" || wanted == s.Name {
				found = s.PHPUnit
			}
		}
	}
	switch {
	case len(names) == 0:
		return "", nil, usage("the configuration has no PHPUnit source; --dir names a project")
	case wanted == "" && len(names) > 1:
		return "", nil, usage("the configuration has several PHPUnit sources; --source names one: %s", strings.Join(names, ", "))
	case found == nil:
		return "", nil, usage("--source %s: there is no such PHPUnit source (known: %s)", wanted, strings.Join(names, ", "))
	}
	return cmp.Or(wanted, names[0]), found, nil
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
}

type shardJSON struct {
	Name      string   `json:"name"`
	Seconds   float64  `json:"seconds"`
	Estimated bool     `json:"estimated"`
	Tests     int      `json:"tests"`
	Files     []string `json:"files"` // relative to the project
}

func (a *app) shardPlan(ctx context.Context, opt shardOptions) error {
	name, source, cache, err := a.chosenSuite(opt)
	if err != nil {
		return err
	}
	suite, release, err := a.suite(source, cache)
	if err != nil {
		return err
	}
	defer release()
	tools, err := suite.Toolchain(ctx)
	if err != nil {
		return err
	}
	work, err := suite.Prepare(ctx, tools, jobsOf(opt.jobs, source))
	if err != nil {
		return err
	}
	if work.Doubt != nil {
		a.warn("%s: that no test is lost could not be checked: %v", name, work.Doubt)
	}
	if opt.asJSON {
		return a.writePlan(suite, tools, work)
	}
	fmt.Fprintf(a.stdout, "%s, from the %s\n", name, work.From)
	a.showShards(suite, work)
	for _, skip := range work.Skipped {
		fmt.Fprintf(a.stdout, "skipped: %s: %s\n", relative(suite.Dir, skip.Path), skip.Reason)
	}
	p := work.Plan
	if expected(p) == "" {
		fmt.Fprintf(a.stdout, "%s in %s, %d at a time; no earlier run tells all times, so they are guessed from the number of tests\n",
			plural(work.Tests, "test"), plural(len(p.Shards), "shard"), p.Jobs)
		return nil
	}
	fmt.Fprintf(a.stdout, "%s in %s, %d at a time: about %s; lower bound %s; one at a time %s\n",
		plural(work.Tests, "test"), plural(len(p.Shards), "shard"), p.Jobs, seconds(p.Expected), seconds(p.Bound), seconds(p.Total))
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
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\n", shard.Name, length, plural(shard.Tests, "test"), plural(len(shard.Files), "file"), what)
	}
	_ = table.Flush() // what is printed for people has nowhere else to go
}

func (a *app) writePlan(suite sharding.Suite, tools sharding.Toolchain, work *sharding.Work) error {
	p := work.Plan
	out := planJSON{Driver: tools.Driver, PHPUnit: tools.PHPUnitVersion, Tests: work.Tests, Jobs: p.Jobs, Estimated: expected(p) == "",
		Total: p.Total, Expected: p.Expected, Bound: p.Bound, Shards: []shardJSON{}, Skipped: []string{}}
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
	return a.printJSON(out)
}

// printJSON prints a value for scripts.
func (a *app) printJSON(value any) error {
	encoder := json.NewEncoder(a.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// shardHint says what to try with a shard that was not measured.
func shardHint(e *sharding.ShardError) string {
	what := "phpunit " + e.Dir
	if len(e.Files) == 1 {
		what = "phpunit " + e.Files[0]
	}
	try := "run it alone with: " + what
	switch e.Ending {
	case sharding.NoDriver:
		try = "the driver works on the command line and not in PHPUnit: does phpunit.xml or the bootstrap switch it off?"
	case sharding.NoInclude:
		try = "phpunit.xml must say what code to measure, in <coverage><include> or <source><include>"
	case sharding.OutOfMemory:
		try = "even one test file alone takes too much; a memory_limit in phpunit.xml or in the test wins over covpipe's"
	case sharding.TimedOut:
		try = "timeout: in the configuration allows more; alone it runs with: " + what
	case sharding.Unwritable:
		try = "is the disk full?"
	}
	return fmt.Sprintf("%s has all that PHPUnit printed; %s", e.Log, try)
}

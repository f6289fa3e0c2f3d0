package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

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

	overhead bool
	shard    string // the part of one machine
	times    string // file of times

	machines int    // of a fleet
	simulate string // numbers of workers
}

func (a *app) shardCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "shard",
		Short: "Plan, run and verify PHPUnit in shards, on one machine or on many",
		Long: `Works on one PHPUnit project in shards: shows the plan, runs it into a folder, on
one machine or as one of a fleet, or proves that the merged shards equal the
unsharded run.

The project is the one PHPUnit source of the configuration, the one that --source
names, or the folder that --dir names. Where there is no configuration, it is this
folder if phpunit.xml lies in it.`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.shardPlanCommand(), a.shardRunCommand(), a.shardVerifyCommand(),
		a.shardServeCommand(), a.shardWorkCommand(), a.shardCollectCommand())
	return cmd
}

// addFlags adds what the shard commands have in common.
func (opt *shardOptions) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&opt.source, "source", "", "the PHPUnit `SOURCE` of the configuration, if it has several")
	flags.StringVar(&opt.dir, "dir", "", "the project `DIR`, where phpunit.xml lies, in place of a configuration")
	flags.StringVar(&opt.tests, "tests", "",
		"the tests root or a `PATTERN` of folders, from the project (default: the test suites, else tests)")
	flags.StringVar(&opt.root, "root", "", "source root `DIR`; paths count from it (default: the project)")
	flags.StringVar(&opt.driver, "driver", "", "coverage driver `NAME`: auto, pcov or xdebug (default auto)")
	flags.BoolVar(&opt.asJSON, "json", false, "print JSON")
}

// addJobs adds the flag of commands that run processes, or plan for that.
func (opt *shardOptions) addJobs(cmd *cobra.Command) {
	cmd.Flags().IntVar(&opt.jobs, "jobs", 0,
		"`N` PHPUnit processes at a time (default: as many as cores, while memory lasts)")
}

// driverNames are what driver: and --driver can be; empty is auto.
var driverNames = []string{"", "auto", "pcov", "xdebug"}

// chosenSuite gives the project that the flags or the configuration mean.
func (a *app) chosenSuite(opt shardOptions) (name string, s *phpunitSource, cache string, err error) {
	switch {
	case opt.jobs < 0:
		return "", nil, "", usage("--jobs %d is less than 1", opt.jobs)
	case !slices.Contains(driverNames, opt.driver):
		return "", nil, "", usage("--driver %q is not auto, pcov or xdebug", opt.driver)
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
		if err == nil {
			_, err = os.ReadDir(dir)
		}
		if err != nil {
			return "", nil, "", fmt.Errorf("--dir: %w", err)
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
		return "", nil, usage("the configuration has several PHPUnit sources; --source names one: %s",
			strings.Join(names, ", "))
	case found == nil:
		return "", nil, usage("--source %s: there is no such PHPUnit source (known: %s)",
			wanted, strings.Join(names, ", "))
	}
	return cmp.Or(wanted, names[0]), found, nil
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
	if e.Dir == "" { // the run that has no test, and lists all files
		try = "does phpunit run in the project without covpipe?"
	}
	switch e.Ending {
	case sharding.NoDriver:
		try = "the driver works on the command line and not in PHPUnit: " +
			"does phpunit.xml or the bootstrap switch it off?"
	case sharding.NoInclude:
		try = "phpunit.xml must say what code to measure, in <source><include>, or up to PHPUnit 9 in " +
			"<coverage><include>; phpunit --migrate-configuration moves it"
	case sharding.OutOfMemory:
		try = "even one test file alone takes too much; " +
			"a memory_limit in phpunit.xml or in the test wins over covpipe's"
	case sharding.TimedOut:
		try = "timeout: in the configuration allows more; alone it runs with: " + what
	case sharding.Unwritable:
		try = "is the disk full?"
	}
	if e.Log == "" {
		return try
	}
	return fmt.Sprintf("%s has all that PHPUnit printed; %s", e.Log, try)
}

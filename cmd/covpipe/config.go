package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/covpipe/covpipe/loaders"
)

// config is covpipe.yaml. Paths in it count from its own folder.
type config struct {
	Project   string        `yaml:"project"`
	Warehouse string        `yaml:"warehouse"`
	Archive   string        `yaml:"archive"`   // folder for Parquet and CSV files of each measurement; default none
	Runs      string        `yaml:"runs"`      // folder of the run directories; default .covpipe/runs
	KeepRuns  string        `yaml:"keep_runs"` // how long they are kept, such as 12w, 90d or forever; default 12w
	Parallel  int           `yaml:"parallel"`  // sources at a time, beside a PHPUnit project; default 2
	Heartbeat string        `yaml:"heartbeat"` // address to ping when a run starts and ends, a secret; default none
	Cache     string        `yaml:"cache"`     // folder of what is kept between runs; default .covpipe/cache
	TimeZone  string        `yaml:"time_zone"` // whose Sunday night it is; default that of the machine
	Owners    *ownersConfig `yaml:"owners"`
	Sources   []source      `yaml:"sources"`

	CarryWeeks *int       `yaml:"carry_weeks"` // weeks for which an older measurement stands in; default 4
	Gate       []gateRule `yaml:"gate"`        // what must hold, for covpipe gate
	Repository string     `yaml:"repository"`  // checkout for commits and renames; default owners' or covpipe.yaml's

	// AtEnd names what a run does when the week is loaded: dashboard, newsletter,
	// metrics; default all that is configured.
	AtEnd     []string `yaml:"at_end"`
	Dashboard string   `yaml:"dashboard"` // folder for the pages that a run writes at its end; default none

	Newsletter *newsletterConfig `yaml:"newsletter"` // where the weekly letter goes; default nowhere
	Links      *linksConfig      `yaml:"links"`      // what its names link to
	Graphite   *graphiteConfig   `yaml:"graphite"`   // where metrics go; default nowhere

	zone  *time.Location
	keep  time.Duration // of runs; 0: for ever
	named bool          // the repository is
}

// source is one thing to measure. It has one of PHPUnit, Report and Jenkins.
type source struct {
	Name       string         `yaml:"name"`
	Platform   string         `yaml:"platform"`   // default: the name
	Roots      []string       `yaml:"roots"`      // where its files lie in the repository, for owners and renames
	Repository string         `yaml:"repository"` // its own git checkout, if it is not the project's; default that
	PHPUnit    *phpunitSource `yaml:"phpunit"`
	Report     *reportSource  `yaml:"report"`
	Jenkins    *jenkinsSource `yaml:"jenkins"`
}

// phpunitSource is a PHPUnit project to run in shards.
type phpunitSource struct {
	Dir      string   `yaml:"dir"`      // where phpunit.xml lies
	Tests    string   `yaml:"tests"`    // the tests root or a pattern, from dir; default the test suites, else tests
	Root     string   `yaml:"root"`     // the source root; default dir
	Config   string   `yaml:"config"`   // phpunit.xml, from dir
	PHP      string   `yaml:"php"`      // the interpreter
	PHPUnit  string   `yaml:"phpunit"`  // the script
	Driver   string   `yaml:"driver"`   // auto, pcov or xdebug
	Suffixes []string `yaml:"suffixes"` // how test files end
	Timeout  string   `yaml:"timeout"`  // of one shard, for example 90m
	Jobs     int      `yaml:"jobs"`     // processes at a time; default as many as cores

	OverheadWeeks int `yaml:"overhead_weeks"` // weeks between runs without coverage, to tell its cost; default never
}

// reportSource is a report that something else has written.
type reportSource struct {
	File   string `yaml:"file"`
	Format string `yaml:"format"` // default: found by content
	Root   string `yaml:"root"`   // the source root as the machine that measured knew it
}

// jenkinsSource is a Jenkins job whose builds leave JaCoCo's report.
type jenkinsSource struct {
	URL      string `yaml:"url"`
	Job      string `yaml:"job"`      // with its folders
	Build    string `yaml:"build"`    // number or permalink; default lastSuccessfulBuild
	Artifact string `yaml:"artifact"` // pattern of the archived JaCoCo XML; default **/*jacoco*.xml
	Timeout  string `yaml:"timeout"`  // to fetch all of a build, for example 30m; default 1h
}

const defaultConfig = "covpipe.yaml"

var errNoConfig = errors.New("no configuration")

// environment gives a variable of the process, or "".
func (a *app) environment(name string) string {
	for _, entry := range slices.Backward(a.environ) {
		if value, found := strings.CutPrefix(entry, name+"="); found {
			return value
		}
	}
	return ""
}

// loadConfig reads the configuration: flag > environment > file > default.
func (a *app) loadConfig() (*config, error) {
	path := cmp.Or(a.configFile, a.environment("COVPIPE_CONFIG"), defaultConfig)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s does not exist", errNoConfig, path)
	}
	if err != nil {
		return nil, err
	}
	return a.configIn(path, text)
}

// configIn reads the text of a configuration that lies at path, or is to lie there.
func (a *app) configIn(path string, text []byte) (*config, error) {
	c := &config{}
	if line := secondDocument(text); line > 0 {
		return nil, fmt.Errorf("%s: line %d: a second document begins, and nothing would read it", path, line)
	}
	if err := yaml.UnmarshalWithOptions(text, c, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, explainYAML(text, err))
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	if err := c.resolve(dir, a); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// mayLack tells whether err says that there is no configuration, and none was
// named.
func (a *app) mayLack(err error) bool {
	return errors.Is(err, errNoConfig) && a.configFile == "" && a.environment("COVPIPE_CONFIG") == ""
}

// requireWarehouse checks that a place can keep one week beside another.
func requireWarehouse(place string) (string, error) {
	switch {
	case place == "":
		return "", usage("no warehouse is named; warehouse: in the configuration or --warehouse does, " +
			"for example duckdb:coverage.duckdb")
	case !strings.HasPrefix(place, "duckdb:") && mayHoldPassword(place):
		return "", fmt.Errorf("%w: it holds a password; COVPIPE_VERTICA_PASSWORD or COVPIPE_VERTICA_PASSWORD_FILE "+
			"gives it", loaders.ErrPlace)
	case !strings.HasSuffix(place, ".csv") && !strings.HasSuffix(place, ".parquet") && !loaders.IsWarehouse(place):
		return "", fmt.Errorf("%w %q (a warehouse is duckdb:coverage.duckdb or vertica://user@host:5433/db)",
			loaders.ErrPlace, place)
	case !loaders.IsWarehouse(place):
		return "", usage("%s holds the rows of one load and cannot be a warehouse; "+
			"use for example duckdb:coverage.duckdb", place)
	}
	return place, nil
}

// warehousePlace finds the warehouse for commands that need no sources. The
// configuration, if there is one, also gives the project and its sources.
func (a *app) warehousePlace() (string, *config, error) {
	c, err := a.loadConfig()
	if err != nil && !a.mayLack(err) {
		return "", nil, err
	}
	place := cmp.Or(a.warehouse, a.environment("COVPIPE_WAREHOUSE"))
	if c != nil {
		place = c.Warehouse
	}
	if place == "" && err != nil {
		return "", nil, err
	}
	place, err = requireWarehouse(place)
	return place, c, err
}

package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml"

	"github.com/covpipe/covpipe/loaders"
)

// config is covpipe.yaml. Paths in it count from its own folder.
type config struct {
	Project   string        `yaml:"project"`
	Warehouse string        `yaml:"warehouse"`
	Archive   string        `yaml:"archive"`   // folder for Parquet and CSV files of each measurement; default none
	Runs      string        `yaml:"runs"`      // folder of the run directories; default .covpipe/runs
	Cache     string        `yaml:"cache"`     // folder of what is kept between runs; default .covpipe/cache
	TimeZone  string        `yaml:"time_zone"` // whose Sunday night it is; default that of the machine
	Owners    *ownersConfig `yaml:"owners"`
	Sources   []source      `yaml:"sources"`

	zone *time.Location
}

// source is one thing to measure. It has one of PHPUnit, Report and Jenkins.
type source struct {
	Name     string         `yaml:"name"`
	Platform string         `yaml:"platform"` // default: the name
	Roots    []string       `yaml:"roots"`    // where its files lie in the repository, for owners
	PHPUnit  *phpunitSource `yaml:"phpunit"`
	Report   *reportSource  `yaml:"report"`
	Jenkins  *jenkinsSource `yaml:"jenkins"`
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
	c := &config{}
	if err := yaml.UnmarshalWithOptions(text, c, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, explainYAML(err))
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

// explainYAML shortens an error of the YAML library to one line, and names the
// known key that is nearest to an unknown one.
func explainYAML(err error) error {
	var unknown *yaml.UnknownFieldError
	var kind *yaml.TypeError
	var any yaml.Error
	switch {
	case errors.As(err, &unknown):
		at := unknown.Token.Position
		key := unknown.Token.Value
		return fmt.Errorf("line %d: unknown key %q; the nearest known one is %q", at.Line, key, nearestKey(key))
	case errors.As(err, &kind) && kind.Token != nil:
		return fmt.Errorf("line %d: %q is no %s", kind.Token.Position.Line, kind.Token.Value, kind.DstType.Kind())
	case errors.As(err, &any) && any.GetToken() != nil:
		return fmt.Errorf("line %d: %s", any.GetToken().Position.Line, any.GetMessage())
	case errors.As(err, &any):
		return errors.New(any.GetMessage()) // a syntax error without a place, whose Error would panic
	}
	return err
}

// nearestKey finds the known key with the fewest letters to change.
func nearestKey(key string) string {
	known := map[string]bool{}
	var collect func(reflect.Type)
	collect = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return
		}
		for i := range t.NumField() {
			if tag := t.Field(i).Tag.Get("yaml"); tag != "" {
				known[tag] = true
				collect(t.Field(i).Type)
			}
		}
	}
	collect(reflect.TypeFor[config]())
	return slices.MinFunc(slices.Sorted(maps.Keys(known)), func(a, b string) int {
		return levenshtein.ComputeDistance(key, a) - levenshtein.ComputeDistance(key, b)
	})
}

// resolve fills in the defaults, makes paths absolute and checks what can be
// checked without measuring.
func (c *config) resolve(dir string, a *app) error {
	c.Warehouse = cmp.Or(a.warehouse, a.environment("COVPIPE_WAREHOUSE"), absolutePlace(dir, c.Warehouse))
	c.Runs = absolute(dir, cmp.Or(c.Runs, ".covpipe/runs"))
	if c.Archive != "" {
		c.Archive = absolute(dir, c.Archive)
	}
	c.Cache = absolute(dir, cmp.Or(c.Cache, ".covpipe/cache"))
	c.zone = time.Local
	if c.TimeZone != "" {
		zone, err := time.LoadLocation(c.TimeZone)
		if err != nil {
			return fmt.Errorf("time_zone: %w", err)
		}
		c.zone = zone
	}
	if c.Project == "" {
		return errors.New("project: is missing; it names the rows of this company or product")
	}
	if len(c.Sources) == 0 {
		return errors.New("sources: there is nothing to measure")
	}
	if c.Owners != nil {
		if err := c.Owners.resolve(dir); err != nil {
			return fmt.Errorf("owners: %w", err)
		}
	}
	names, platforms := map[string]bool{}, map[string]string{}
	for i := range c.Sources {
		s := &c.Sources[i]
		if s.Name == "" {
			return fmt.Errorf("sources: number %d has no name", i+1)
		}
		if names[s.Name] {
			return fmt.Errorf("sources: two are named %s", s.Name)
		}
		names[s.Name] = true
		s.Platform = cmp.Or(s.Platform, s.Name)
		if other, taken := platforms[s.Platform]; taken {
			return fmt.Errorf("sources: %s and %s both have the platform %s, and would replace each other's rows", other, s.Name, s.Platform)
		}
		platforms[s.Platform] = s.Name
		err := s.resolve(dir, a)
		if err == nil {
			err = s.resolveRoots(c.Owners)
		}
		if err != nil {
			return fmt.Errorf("source %s: %w", s.Name, err)
		}
	}
	return nil
}

func (s *source) resolve(dir string, a *app) error {
	kinds := 0
	if p := s.PHPUnit; p != nil {
		kinds++
		p.Dir = absolute(dir, p.Dir)
		p.Root = absolute(dir, cmp.Or(p.Root, p.Dir))
		if p.Timeout != "" {
			if d, err := time.ParseDuration(p.Timeout); err != nil || d <= 0 {
				return fmt.Errorf("timeout: %q is no duration such as 90m", p.Timeout)
			}
		}
		if p.Jobs < 0 {
			return fmt.Errorf("jobs: %d is less than 1", p.Jobs)
		}
		if drivers := []string{"", "auto", "pcov", "xdebug"}; !slices.Contains(drivers, p.Driver) {
			return fmt.Errorf("driver: %q is not auto, pcov or xdebug", p.Driver)
		}
	}
	if r := s.Report; r != nil {
		kinds++
		if r.File == "" {
			return errors.New("report: file is missing")
		}
		r.File = absolute(dir, r.File)
		if file, isMapping := strings.CutPrefix(r.Format, xpathFormat); isMapping {
			r.Format = xpathFormat + absolute(dir, file)
		}
		if err := checkFormat(r.Format); err != nil {
			return fmt.Errorf("format: %q: %w", r.Format, err)
		}
	}
	if j := s.Jenkins; j != nil {
		kinds++
		j.URL = cmp.Or(a.environment("COVPIPE_JENKINS_URL"), j.URL)
		j.Build = cmp.Or(j.Build, "lastSuccessfulBuild")
		j.Artifact = cmp.Or(j.Artifact, defaultArtifact)
		if u, err := url.Parse(j.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("jenkins: url %q is no address such as https://ci.example.com/jenkins", j.URL)
		} else if u.User != nil {
			return errors.New("jenkins: url holds a user or password; secrets come from COVPIPE_JENKINS_USER and COVPIPE_JENKINS_TOKEN")
		}
		if j.Job == "" {
			return errors.New("jenkins: job is missing")
		}
	}
	if kinds != 1 {
		return fmt.Errorf("it has %d of phpunit, report and jenkins, and needs one", kinds)
	}
	return nil
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// absolutePlace makes the path inside a place absolute.
func absolutePlace(dir, place string) string {
	if scheme, path, found := strings.Cut(place, ":"); found && !strings.HasPrefix(path, "//") {
		return scheme + ":" + absolute(dir, path)
	}
	return place
}

// requireWarehouse checks that a place can keep one week beside another.
func requireWarehouse(place string) (string, error) {
	switch {
	case place == "":
		return "", usage("no warehouse is named; warehouse: in the configuration or --warehouse does, for example duckdb:coverage.duckdb")
	case !strings.HasSuffix(place, ".csv") && !strings.HasSuffix(place, ".parquet") && !loaders.IsWarehouse(place):
		return "", fmt.Errorf("%w %q (a warehouse is duckdb:coverage.duckdb or vertica://user@host:5433/db)", loaders.ErrPlace, place)
	case !loaders.IsWarehouse(place):
		return "", usage("%s holds the rows of one load and cannot be a warehouse; use for example duckdb:coverage.duckdb", place)
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

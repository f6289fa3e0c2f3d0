package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/covpipe/covpipe/loaders"
)

// resolve fills in the defaults, makes paths absolute and checks what can be
// checked without measuring.
func (c *config) resolve(dir string, a *app) error {
	c.Warehouse = cmp.Or(a.warehouse, a.environment("COVPIPE_WAREHOUSE"), absolutePlace(dir, c.Warehouse))
	c.Runs = absolute(dir, cmp.Or(c.Runs, ".covpipe/runs"))
	c.KeepRuns = cmp.Or(c.KeepRuns, "12w")
	var err error
	if c.keep, err = parseKeep(c.KeepRuns); err != nil {
		return fmt.Errorf("keep_runs: %w", err)
	}
	if c.Parallel = cmp.Or(c.Parallel, 2); c.Parallel < 1 {
		return fmt.Errorf("parallel: %d is less than 1", c.Parallel)
	}
	if c.Dashboard != "" {
		c.Dashboard = absolute(dir, c.Dashboard)
	}
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
	if c.CarryWeeks != nil && *c.CarryWeeks < 0 {
		return fmt.Errorf("carry_weeks: %d is less than 0", *c.CarryWeeks)
	}
	if c.Project == "" {
		return errors.New("project: is missing; it names the rows of this company or product")
	}
	if err := checkColumn("project", c.Project); err != nil {
		return err
	}
	if len(c.Sources) == 0 {
		return errors.New("sources: there is nothing to measure")
	}
	c.resolveRepository(dir)
	if _, err := c.rules(); err != nil {
		return err
	}
	if c.Owners != nil {
		if err := c.Owners.resolve(dir); err != nil {
			return fmt.Errorf("owners: %w", err)
		}
	}
	if err := c.resolveAtEnd(); err != nil {
		return fmt.Errorf("at_end: %w", err)
	}
	if c.Newsletter != nil {
		if err := c.Newsletter.resolve(dir); err != nil {
			return fmt.Errorf("newsletter: %w", err)
		}
	}
	if c.Graphite != nil {
		if err := c.Graphite.resolve(); err != nil {
			return fmt.Errorf("graphite: %w", err)
		}
	}
	names, platforms := map[string]bool{}, map[string]string{}
	for i := range c.Sources {
		s := &c.Sources[i]
		if s.Name == "" {
			return fmt.Errorf("sources: number %d has no name", i+1)
		}
		if err := checkSourceName(s.Name); err != nil {
			return fmt.Errorf("sources: %w", err)
		}
		if names[s.Name] {
			return fmt.Errorf("sources: two are named %s", s.Name)
		}
		names[s.Name] = true
		s.Platform = cmp.Or(s.Platform, s.Name)
		if err := checkColumn("platform", s.Platform); err != nil {
			return fmt.Errorf("source %.60s: %w", s.Name, err)
		}
		if other, taken := platforms[s.Platform]; taken {
			return fmt.Errorf("sources: %s and %s both have the platform %s, and would replace each other's rows",
				other, s.Name, s.Platform)
		}
		platforms[s.Platform] = s.Name
		err := s.resolve(dir, a)
		if err == nil {
			if s.Repository != "" {
				s.Repository = absolute(dir, s.Repository)
			}
			err = s.resolveRoots(c.Owners)
		}
		if err != nil {
			return fmt.Errorf("source %s: %w", s.Name, err)
		}
	}
	return nil
}

// checkColumn refuses what no row can have in a column, before a week is measured.
func checkColumn(column, text string) error {
	most := loaders.MostOctets(column)
	switch {
	case len(text) > most:
		return fmt.Errorf("%s: %.60s… has %d octets, and %d are kept", column, text, len(text), most)
	case strings.ContainsFunc(text, unicode.IsControl):
		return fmt.Errorf("%s: %q has control characters", column, text)
	}
	return nil
}

// mostName is how many octets a name of a source may have: the system allows 255.
const mostName = 200

// checkSourceName refuses a name that would be no folder below that of a run, or
// that of a file in it.
func checkSourceName(name string) error {
	isFolder := filepath.IsLocal(name) && filepath.Clean(name) == name && name != "."
	isPlain := len(name) <= mostName && !strings.ContainsFunc(name, unicode.IsControl)
	if !isFolder || !isPlain || slices.Contains([]string{recordFile, logFile, rowsFile}, name) {
		return fmt.Errorf("%.100q can be no source, since the files of a source lie in a folder of its name", name)
	}
	return nil
}

func (s *source) resolve(dir string, a *app) error {
	kinds := 0
	if p := s.PHPUnit; p != nil {
		kinds++
		p.Dir = absolute(dir, p.Dir)
		p.Root = absolute(dir, cmp.Or(p.Root, p.Dir))
		if _, err := timeoutOf(p.Timeout, 0); err != nil {
			return err
		}
		if p.Jobs < 0 {
			return fmt.Errorf("jobs: %d is less than 1", p.Jobs)
		}
		if p.OverheadWeeks < 0 {
			return fmt.Errorf("overhead_weeks: %d is less than 0", p.OverheadWeeks)
		}
		if !slices.Contains(driverNames, p.Driver) {
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
		if err := checkJenkins(j.URL); err != nil {
			return fmt.Errorf("jenkins: url %w", err)
		}
		if j.Job == "" {
			return errors.New("jenkins: job is missing")
		}
		if _, err := timeoutOf(j.Timeout, 0); err != nil {
			return fmt.Errorf("jenkins: %w", err)
		}
	}
	if kinds != 1 {
		return fmt.Errorf("it has %d of phpunit, report and jenkins, and needs one", kinds)
	}
	return nil
}

// timeoutOf reads how long something may take; it is other if the text is empty.
func timeoutOf(text string, other time.Duration) (time.Duration, error) {
	if text == "" {
		return other, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("timeout: %q is no duration such as 90m", text)
	}
	return d, nil
}

// checkJenkins refuses what is no address of a Jenkins, and one that holds a
// secret, which it does not repeat.
func checkJenkins(address string) error {
	u, err := url.Parse(address)
	switch {
	case err == nil && u.User != nil, mayHoldPassword(address):
		return errors.New("holds a user or password; secrets come from COVPIPE_JENKINS_USER and COVPIPE_JENKINS_TOKEN")
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%q is no address such as https://ci.example.com/jenkins", address)
	}
	return nil
}

// mayHoldPassword tells whether an address has a password, or cannot be read and
// could have one: no message may repeat it then.
func mayHoldPassword(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		before, _, found := strings.Cut(address, "@")
		return found && strings.Contains(before, ":")
	}
	_, has := u.User.Password()
	return has
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

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/sharding"
)

// phpunit tries out a PHPUnit source up to the point at which tests would run.
func (d *doctor) phpunit(ctx context.Context, s source, cache string) {
	suite, release, err := d.suite(s.PHPUnit, cache)
	if err != nil {
		d.try(ctx, trial{
			what: "project", essential: true,
		}, func(context.Context) (string, error) { return "", err })
		return
	}
	defer release()
	described := d.phpunitXML(ctx, suite)
	d.git(ctx, suite.Dir)
	tools, proved := d.toolchain(ctx, suite)
	if !described || !proved {
		return
	}
	if !d.try(ctx, trial{
		what: "project folder", essential: true,
		advice: "each process has a configuration beside phpunit.xml; give this user the right to write there",
	}, func(context.Context) (string, error) {
		dir := filepath.Dir(tools.Config())
		return dir + ": it can be written", writable(dir)
	}) {
		return
	}
	d.say("%s: PHPUnit loads every test to list it", s.Name)
	d.try(ctx, trial{what: "tests", essential: true, deadline: late}, func(ctx context.Context) (string, error) {
		work, err := suite.Prepare(ctx, tools, jobsOf(0, s.PHPUnit))
		if err != nil {
			return "", err
		}
		if work.Doubt != nil {
			return "", gap{work.Doubt}
		}
		return fmt.Sprintf("%s, each in exactly one of %s",
			plural(work.Tests, "test"), plural(len(work.Plan.Shards), "shard")), nil
	})
}

// leastMemory is the memory_limit in octets under which coverage of all but small
// projects fails.
const leastMemory = 256 << 20

// phpunitXML reads phpunit.xml and holds its include list against the folders.
func (d *doctor) phpunitXML(ctx context.Context, suite sharding.Suite) bool {
	project, err := suite.Describe()
	if !d.try(ctx, trial{what: "phpunit.xml", essential: true}, func(context.Context) (string, error) {
		return fmt.Sprintf("%s, %s", project.Config, plural(len(project.Suites), "test suite")), err
	}) {
		return false
	}
	if project.Memory != "" {
		d.found(loaders.Finding{
			What: "memory_limit of tests", OK: project.MemoryOctets() < 0 || project.MemoryOctets() >= leastMemory,
			Detail: project.Memory + ", by phpunit.xml, which goes before covpipe's own -1",
			Advice: `coverage takes a multiple of what tests take: take <ini name="memory_limit" …/> out, or set -1`,
		}, false)
	}
	d.try(ctx, trial{
		what: "include list", essential: true,
		advice: includeAdvice,
	}, func(context.Context) (string, error) {
		if len(project.Code) == 0 {
			return "", errors.New("phpunit.xml names no code to measure, so PHPUnit would write no report")
		}
		for _, path := range project.Code {
			if err := holdsCode(path, suite.Source); err != nil {
				return "", err
			}
		}
		return strings.Join(relativeAll(suite.Dir, project.Code), ", "), nil
	})
	return true
}

// holdsCode tells why an entry of an include list gives no rows.
func holdsCode(path, root string) error {
	found, err := filepath.Glob(path)
	if err != nil || len(found) == 0 {
		return fmt.Errorf("%s is not there", path)
	}
	files := 0
	for _, path := range found {
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
		if rel, err := filepath.Rel(root, path); err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
			return fmt.Errorf("%s does not lie under the source root %s, so its files could not be named; "+
				"root: in the configuration names another", path, root)
		}
		err := filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				files++
				return fs.SkipAll
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if files == 0 {
		return fmt.Errorf("%s has no file in it", path)
	}
	return nil
}

func relativeAll(dir string, paths []string) (all []string) {
	for _, path := range paths {
		all = append(all, relative(dir, path))
	}
	return all
}

// toolchain shows PHP, the driver and PHPUnit, as far as they are there, and
// proves the driver.
func (d *doctor) toolchain(ctx context.Context, suite sharding.Suite) (sharding.Toolchain, bool) {
	limited, cancel := context.WithTimeout(ctx, late)
	defer cancel()
	tools, err := suite.Toolchain(limited)
	missing := func(what, advice string) (sharding.Toolchain, bool) {
		d.try(ctx, trial{
			what: what, essential: true,
			advice: advice,
		}, func(context.Context) (string, error) { return "", err })
		return tools, false
	}
	if tools.PHPVersion == "" {
		return missing("php", "install it (Debian: apt-get install php-cli), or name it with php: in the configuration")
	}
	d.found(loaders.Finding{What: "php", OK: true, Detail: tools.PHP + ", PHP " + tools.PHPVersion}, true)
	if errors.Is(err, sharding.ErrNoDriver) || tools.Driver == "" {
		return missing("driver", "")
	}
	if !d.proveDriver(ctx, suite, tools) {
		return tools, false
	}
	if tools.PHPUnitVersion == "" {
		const advice = "composer install puts it into vendor/bin; phpunit: in the configuration names another"
		return missing("phpunit", advice)
	}
	version := tools.PHPUnit + ", PHPUnit " + tools.PHPUnitVersion
	d.found(loaders.Finding{What: "phpunit", OK: true, Detail: version}, true)
	return tools, err == nil
}

// proveDriver has the driver measure something.
func (d *doctor) proveDriver(ctx context.Context, suite sharding.Suite, tools sharding.Toolchain) bool {
	var proof sharding.Proof
	ok := d.try(ctx, trial{
		what: "driver", essential: true,
		advice: "reinstall the extension for this version of PHP, or name the other one with driver:",
	}, func(ctx context.Context) (detail string, err error) {
		proof, err = suite.Probe(ctx, tools)
		const measured = ": it measured a line that ran and one that did not"
		return tools.Driver + " " + tools.DriverVersion + measured, err
	})
	if !ok {
		return false
	}
	if tools.Driver == "xdebug" {
		detail := "coverage, by the command line"
		if proof.IniMode != "coverage" {
			detail += "; it is " + proof.IniMode + " without"
		}
		if mode := d.environment("XDEBUG_MODE"); mode != "" {
			detail += "; XDEBUG_MODE=" + mode + " of the environment is kept from PHP"
		}
		d.found(loaders.Finding{What: "xdebug.mode", OK: true, Detail: detail}, true)
	}
	d.found(loaders.Finding{
		What: "memory_limit", OK: proof.MemoryLimit == "-1", Detail: proof.MemoryLimit + ", by the command line",
		Advice: "something goes before the command line of PHP; look at the interpreter that php: names",
	}, false)
	return true
}

// git tells whether branch and commit will be known.
func (d *doctor) git(ctx context.Context, dir string) {
	d.try(ctx, trial{
		what:   "git",
		advice: "install git; if another user owns the folder, git config --global --add safe.directory " + dir,
	}, func(ctx context.Context) (string, error) {
		branch, commit := d.revision(ctx, dir)
		top, _ := gitRepository(dir)
		switch {
		case commit != "":
			return fmt.Sprintf("%s at %.8s", cmp.Or(branch, "no branch"), commit), nil
		case top == "":
			return "there is no repository, so the rows have neither branch nor commit", nil
		}
		return "", fmt.Errorf("there is a repository in %s, and git does not say what is checked out", top)
	})
}

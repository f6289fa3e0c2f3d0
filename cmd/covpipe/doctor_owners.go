package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/covpipe/covpipe/owners"
	"github.com/covpipe/covpipe/repository"
)

// ownersOf reads who owns what, and holds the rules against the files of the
// repository.
func (d *doctor) ownersOf(ctx context.Context, c *config) {
	if c.Owners == nil {
		return
	}
	d.begin("owners", false)
	for _, o := range c.ownersIn() {
		d.rulesOf(ctx, o)
	}
	d.try(ctx, trial{
		what:   "roots",
		advice: "roots: of the source names the folders from which its paths count",
	}, func(context.Context) (string, error) {
		for _, s := range c.Sources {
			top := c.Owners.in(s).Repository
			for _, root := range s.Roots {
				if !isFolder(filepath.Join(top, root)) {
					return "", fmt.Errorf("source %s: %s is no folder of %s", s.Name, root, top)
				}
			}
		}
		return "the roots of every source are there", nil
	})
}

// rulesOf holds the rules of one repository against its files.
func (d *doctor) rulesOf(ctx context.Context, o *ownersConfig) {
	var rules *owners.Rules
	if !d.try(ctx, trial{what: "rules"}, func(context.Context) (from string, err error) {
		rules, from, err = o.rules()
		return from, err
	}) {
		return
	}
	d.try(ctx, trial{
		what:   "syntax",
		advice: "mend these lines; the host of the repository skips them as well",
	}, func(context.Context) (string, error) {
		return "every line can be read", problems(rules.Problems)
	})
	d.try(ctx, trial{
		what: "patterns", deadline: rather,
		advice: "take these lines out, or mend their paths; what they were written for has another owner now, or none",
	}, func(context.Context) (string, error) {
		var walk error
		idle := rules.Idle(repositoryFiles(o.Repository, &walk))
		return "each matches a file of " + o.Repository, errors.Join(walk, problems(idle))
	})
}

// repositoryOf tells whether commits and renames between weeks can be asked for.
func (d *doctor) repositoryOf(ctx context.Context, c *config) {
	const advice = "without it a change has neither commits nor renames; git fetch --unshallow completes a " +
		"shallow clone, repository: in the configuration names another"
	looked := map[string]bool{}
	for _, s := range c.Sources {
		dir, named, _ := c.placeOf(s.Platform)
		if looked[dir] {
			continue
		}
		looked[dir] = true
		d.try(ctx, trial{what: "repository", advice: advice}, func(ctx context.Context) (string, error) {
			return d.hasCommits(ctx, dir, named)
		})
	}
}

// hasCommits tells whether a folder lies in a repository that is whole.
func (d *doctor) hasCommits(ctx context.Context, dir string, named bool) (string, error) {
	top, err := repository.Repository{Dir: dir, Environ: d.environ}.Top(ctx)
	there, _ := gitRepository(dir)
	switch {
	case err != nil && there == "" && !named:
		return "there is none in " + dir + ", so a change has neither commits nor renames", nil
	case err != nil:
		return "", fmt.Errorf("%s: %w", dir, err)
	case isRegular(filepath.Join(gitFolder(top), "shallow")):
		return "", fmt.Errorf("%s is a shallow clone, which does not have the commits of earlier weeks", top)
	}
	return top + " has its commits", nil
}

// problems gives an error that names the first lines.
func problems(found []owners.Problem) error {
	if len(found) == 0 {
		return nil
	}
	const most = 5
	var names []string
	for _, problem := range found[:min(most, len(found))] {
		names = append(names, problem.String())
	}
	if len(found) > most {
		names = append(names, fmt.Sprintf("and %d more", len(found)-most))
	}
	return errors.New(strings.Join(names, "; "))
}

// repositoryFiles yields the files of a checkout, with slashes; err is set if
// one cannot be looked at.
func repositoryFiles(dir string, err *error) iter.Seq[string] {
	return func(yield func(string) bool) {
		*err = fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules"):
				return fs.SkipDir
			case !entry.IsDir() && !yield(path):
				return fs.SkipAll
			}
			return nil
		})
	}
}

package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/covpipe/covpipe/reports"
	"github.com/covpipe/covpipe/repository"
)

// selection is all of the project of a configuration, with what its weeks should
// have and what its repository knows; of all projects if c is nil.
func (a *app) selection(c *config) reports.Selection {
	if c == nil {
		return reports.Selection{}
	}
	return reports.Selection{Project: c.Project, Expect: c.expectation(), History: a.historian(c)}
}

// mostCommits is how many commits between two measurements are read with their
// subjects.
const mostCommits = 50

// historian asks the repository of a configuration. One that nobody has named is
// that of the configuration itself, and need not have the commits.
func (a *app) historian(c *config) func(ctx context.Context, platform, older, newer string) *reports.History {
	return func(ctx context.Context, platform, older, newer string) *reports.History {
		top, named, roots := c.placeOf(platform)
		h, err := history(ctx, repository.Repository{Dir: top, Environ: a.environ}, roots, older, newer)
		switch {
		case err == nil:
			return h
		case !named && (errors.Is(err, repository.ErrNone) || errors.Is(err, repository.ErrCommit) ||
			errors.Is(err, repository.ErrNoGit)):
			return nil
		}
		return &reports.History{None: err.Error()}
	}
}

// history reads what lies between two commits, with renames as the rows of a
// source below roots name the files.
func history(
	ctx context.Context, r repository.Repository, roots []string, older, newer string,
) (*reports.History, error) {
	top, err := r.Top(ctx)
	if err != nil {
		return nil, err
	}
	between, err := r.Commits(ctx, older, newer, mostCommits)
	if err != nil {
		return nil, err
	}
	renames, err := r.Renames(ctx, older, newer)
	if err != nil {
		return nil, err
	}
	h := &reports.History{Count: between.Count, Dropped: between.Dropped, Renamed: map[string]string{}}
	for _, c := range between.Newest {
		h.Commits = append(h.Commits, reports.Commit(c))
	}
	for _, rename := range renames {
		for _, new := range below(top, roots, rename.New) {
			for _, old := range below(top, roots, rename.Old) {
				h.Renamed[new] = old
			}
		}
	}
	return h, nil
}

// below gives the paths that a file of the repository has from those of the roots
// that it lies in.
func below(top string, roots []string, file string) (paths []string) {
	for _, root := range roots {
		root, err := filepath.Rel(realRoot(top), realRoot(root))
		if err != nil {
			continue
		}
		switch root = filepath.ToSlash(root); {
		case root == ".":
			paths = append(paths, file)
		case strings.HasPrefix(file, root+"/"):
			paths = append(paths, strings.TrimPrefix(file, root+"/"))
		}
	}
	return paths
}

// placeOf gives the repository of a platform, whether the configuration names it,
// and the folders from which the paths of its rows count.
func (c *config) placeOf(platform string) (repository string, named bool, roots []string) {
	repository, named = c.Repository, c.named
	top := c.Repository // of the roots
	if c.Owners != nil {
		top = c.Owners.Repository
	}
	for _, s := range c.Sources {
		if s.Platform != platform {
			continue
		}
		if s.Repository != "" {
			repository, named, top = s.Repository, true, s.Repository
		}
		for _, root := range s.Roots {
			roots = append(roots, filepath.Join(top, filepath.FromSlash(root)))
		}
		if len(roots) == 0 && s.PHPUnit != nil {
			roots = []string{s.PHPUnit.Root}
		}
	}
	if len(roots) == 0 {
		roots = []string{top}
	}
	return repository, named, roots
}

// resolveRepository says where the repository is, and whether the configuration
// names it. That of the owners, if they have another one, is for them alone.
func (c *config) resolveRepository(dir string) {
	named := c.Repository
	if c.Owners != nil {
		c.Owners.Repository = cmp.Or(c.Owners.Repository, c.Repository)
		named = cmp.Or(c.Repository, c.Owners.Repository)
	}
	c.named, c.Repository = named != "", absolute(dir, named)
}

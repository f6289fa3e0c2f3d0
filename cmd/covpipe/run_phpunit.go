package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/sharding"
)

const defaultJobs = 2

func (a *app) suite(s *phpunitSource) sharding.Suite {
	timeout, _ := time.ParseDuration(s.Timeout) // checked with the configuration; empty is the default
	dir := realRoot(s.Dir)
	return sharding.Suite{
		Dir: dir, Tests: s.Tests, Config: s.Config, Source: realRoot(s.Root), PHP: s.PHP, PHPUnit: s.PHPUnit,
		Driver: s.Driver, Suffixes: s.Suffixes, Timeout: timeout, Environ: a.environ,
	}
}

// measurePHPUnit runs the suite in shards and merges their reports. If a shard
// is missing, the source is: a number that lacks a shard is no number.
func (a *app) measurePHPUnit(ctx context.Context, m *measured, opt runOptions, begin time.Time, dir string) {
	s := m.source.PHPUnit
	suite := a.suite(s)
	tools, err := suite.Toolchain(ctx)
	if err != nil {
		m.err = err
		return
	}
	shards, skipped, err := suite.Discover()
	if err != nil {
		m.err = err
		return
	}
	jobs := cmp.Or(opt.jobs, s.Jobs, defaultJobs)
	a.say("%s: PHPUnit %s, PHP %s, %s %s: %d shards, %d at a time", m.source.Name, tools.PHPUnitVersion, tools.PHPVersion,
		tools.Driver, tools.DriverVersion, len(shards), jobs)
	for _, skip := range skipped {
		a.say("%s: %s skipped: %s", m.source.Name, relative(suite.Dir, skip.Path), skip.Reason)
	}
	done := 0
	results, err := suite.Run(ctx, tools, shards, dir, jobs, func(e sharding.Event) {
		if e.Result != nil {
			done++
			a.say("%s: %s", m.source.Name, shardLine(done, len(shards), *e.Result))
		}
	})
	if err != nil {
		m.err = err
		return
	}
	var paths []string
	for _, result := range results {
		var failure *sharding.ShardError
		switch {
		case errors.As(result.Err, &failure):
			m.err = errors.Join(m.err, result.Err)
			for _, line := range failure.Tail {
				a.print(slog.LevelInfo, "    "+line, "")
			}
		case result.Failed:
			m.failing = append(m.failing, result.Shard.Name)
		}
		paths = append(paths, result.Report)
	}
	measured := int64(len(slices.DeleteFunc(slices.Clone(results), func(r sharding.Result) bool { return r.Err != nil })))
	m.about.Shards = loaders.Total{Covered: measured, Total: int64(len(shards)), Known: true}
	if m.err != nil {
		m.err = &missingShards{m.err, dir}
		return
	}
	a.unitePHPUnit(m, paths, suite, dir, begin)
	m.origin.Branch, m.origin.Commit = a.revision(ctx, suite.Dir)
}

// unitePHPUnit merges the reports of the shards.
func (a *app) unitePHPUnit(m *measured, paths []string, suite sharding.Suite, dir string, begin time.Time) {
	merged, err := a.mergeFiles(paths, suite.Source)
	if err != nil {
		m.err = err
		return
	}
	var totals coverage.Totals
	for _, row := range merged.Rows {
		totals.Add(row)
	}
	if totals.Lines.Covered == 0 {
		m.err = fmt.Errorf("%w: %d files with %d lines, none of them run by any test", errNothingCovered, totals.Files, totals.Lines.Total)
		return
	}
	file := filepath.Join(dir, "merged.clover.xml")
	if m.err = writeClover(file, begin, suite.Source, merged.Rows); m.err != nil {
		return
	}
	a.say("%s: merged %d shards: %v lines of %d files covered: %s", m.source.Name, len(paths), totals.Lines, totals.Files, file)
	for i := range merged.Rows {
		merged.Rows[i].Source = nil
	}
	m.rows, m.origin.Format, m.origin.MeasuredAt = merged.Rows, "clover", begin.UTC()
}

// errNothingCovered is what a wrong source root or include list looks like.
var errNothingCovered = errors.New("no line was covered")

// missingShards says that a source is missing because some of its shards are.
type missingShards struct {
	shards error
	dir    string
}

func (e *missingShards) Error() string {
	return fmt.Sprintf("not loaded, since a shard is missing: %s; the other reports are in %s",
		strings.ReplaceAll(e.shards.Error(), "\n", "; "), e.dir)
}

func (e *missingShards) Unwrap() error { return e.shards }

func shardLine(done, all int, r sharding.Result) string {
	state := fmt.Sprintf("%d tests", r.Tests)
	switch {
	case r.Err != nil:
		state = "NOT MEASURED"
	case r.Failed:
		state += ", some of them FAIL"
	case r.Tests == 0:
		state = "no test was run"
	}
	return fmt.Sprintf("[%d/%d] %s: %s, %.1f s", done, all, r.Shard.Name, state, r.Duration.Seconds())
}

// revision gives branch and commit: what is checked out, and where that is not
// known what the CI server says.
func (a *app) revision(ctx context.Context, dir string) (branch, commit string) {
	branch, commit = sharding.Revision(ctx, dir)
	ci := cmp.Or(a.environment("BRANCH_NAME"), strings.TrimPrefix(a.environment("GIT_BRANCH"), "origin/"))
	return cmp.Or(branch, ci), cmp.Or(commit, a.environment("GIT_COMMIT"))
}

func (a *app) planPHPUnit(ctx context.Context, s source, opt runOptions) error {
	suite := a.suite(s.PHPUnit)
	tools, err := suite.Toolchain(ctx)
	if err != nil {
		return err
	}
	shards, skipped, err := suite.Discover()
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: would run %d shards, %d at a time, with PHPUnit %s and %s %s:\n", s.Name, len(shards),
		cmp.Or(opt.jobs, s.PHPUnit.Jobs, defaultJobs), tools.PHPUnitVersion, tools.Driver, tools.DriverVersion)
	for _, shard := range shards {
		what := relative(suite.Dir, shard.Dir)
		if len(shard.Files) > 0 {
			what = ""
			for _, file := range shard.Files {
				what += relative(suite.Dir, file) + " "
			}
		}
		fmt.Fprintf(a.stdout, "  %s: %s\n", shard.Name, strings.TrimSpace(what))
	}
	fmt.Fprintf(a.stdout, "  each with: %s\n", strings.Join(suite.Command(tools), " "))
	for _, skip := range skipped {
		fmt.Fprintf(a.stdout, "  skipped: %s: %s\n", relative(suite.Dir, skip.Path), skip.Reason)
	}
	return nil
}

func relative(dir, path string) string {
	if rel, err := filepath.Rel(dir, path); err == nil {
		return rel
	}
	return path
}

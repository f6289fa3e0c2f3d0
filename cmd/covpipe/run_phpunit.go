package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/sharding"
)

// suite gives the suite of a source; release ends what guards its processes.
func (a *app) suite(s *phpunitSource, cache string) (suite sharding.Suite, release func(), err error) {
	timeout, err := timeoutOf(s.Timeout, 0) // 0 is the default of the package
	if err == nil && !isFolder(s.Dir) {
		err = fmt.Errorf("%w: %s", errNoProject, s.Dir)
	}
	if err != nil {
		return suite, nil, err
	}
	machine, release, err := sharding.Guarded()
	if err != nil {
		return suite, nil, err
	}
	return sharding.Suite{
		Dir: realRoot(s.Dir), Tests: s.Tests, Config: s.Config, Source: realRoot(s.Root),
		PHP: s.PHP, PHPUnit: s.PHPUnit, Driver: s.Driver, Suffixes: s.Suffixes,
		Timeout: timeout, Overhead: overheadOf(s), Environ: a.environ, Cache: cache, Processes: machine, Now: a.now,
	}, release, nil
}

// errNoProject says that the folder of a project is not there; without it nothing
// that starts there says what is wrong.
var errNoProject = errors.New("there is no such folder")

// overheadOf gives after how long the shards also run without coverage. A weekly
// job does not begin at the same second each week, so a day less will do.
func overheadOf(s *phpunitSource) time.Duration {
	const day = 24 * time.Hour
	if s.OverheadWeeks == 0 {
		return 0
	}
	return time.Duration(s.OverheadWeeks)*7*day - day
}

// jobsOf gives how many processes may run at a time.
func jobsOf(flag int, s *phpunitSource) int { return cmp.Or(flag, s.Jobs, runtime.GOMAXPROCS(0)) }

// measurePHPUnit runs the suite in shards and merges their reports. If a shard
// is missing, what there is is a lower bound, and its rows say so.
func (a *app) measurePHPUnit(ctx context.Context, m *measured, opt runOptions, begin time.Time, dir, cache string) {
	s := m.source.PHPUnit
	suite, release, err := a.suite(s, cache)
	if err != nil {
		m.err = err
		return
	}
	defer release()
	p := shardSuite{name: m.source.Name, suite: suite, jobs: jobsOf(opt.jobs, s)}
	sharded, err := a.runShards(ctx, p, dir, opt.resume)
	if err != nil {
		m.err = err
		return
	}
	a.warnOfFailing(p.name, sharded, dir)
	m.failing, m.peak = sharded.failing, sharded.peak
	sharded.tell(&m.about)
	if m.err = sharded.missing.orNothing(len(sharded.parts), dir); m.err != nil {
		return
	}
	a.unitePHPUnit(m, sharded, suite, dir, begin)
	m.origin.Branch, m.origin.Commit = a.revision(ctx, suite.Dir)
}

// sharded is what the shards of a suite have left.
type sharded struct {
	baseline string   // the report of all files; empty if there is none
	parts    []string // the reports of the shards that were measured
	failing  []string // shards whose tests failed
	missing  missingShards
	started  int    // tests that were started
	lost     string // tests that were listed and not started; empty if there are none
	peak     int64  // octets of the largest process
	outcome  *sharding.Outcome
	tools    sharding.Toolchain
	work     *sharding.Work
}

// shardsDir holds what the shards leave, apart from what is made of it.
const shardsDir = "shards"

// runShards prepares and runs a suite, and says how it goes.
func (a *app) runShards(ctx context.Context, s shardSuite, dir string, resume bool) (*sharded, error) {
	tools, work, err := a.prepareSuite(ctx, s.name, s.suite, s.jobs)
	if err != nil {
		return nil, err
	}
	left, err := a.runWork(ctx, s, tools, work, dir, resume)
	if err == nil && left.started != work.Tests && len(left.missing) == 0 {
		if err := s.suite.Recount(ctx, tools, work); err != nil {
			return nil, err
		}
	}
	if err == nil && left.started < work.Tests && len(left.missing) == 0 {
		left.lost = fmt.Sprintf("%d of the %s that PHPUnit listed were not started",
			work.Tests-left.started, plural(work.Tests, "test"))
	}
	return left, err
}

// warnOfFailing says where the tests that fail are named.
func (a *app) warnOfFailing(name string, s *sharded, dir string) {
	if n := len(s.failing); n > 0 {
		logs := filepath.Join(dir, shardsDir)
		a.warn("%s: tests fail in %s; SHARD.log in %s says which", name, plural(n, "shard"), logs)
	}
}

// runWork runs what is prepared, and says how it goes.
func (a *app) runWork(
	ctx context.Context, p shardSuite, tools sharding.Toolchain, work *sharding.Work, dir string, resume bool,
) (*sharded, error) {
	name, suite := p.name, p.suite
	a.sayWork(name, suite, tools, work)
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	options := sharding.Options{Dir: filepath.Join(dir, shardsDir), Resume: resume}
	if resume && !sameFiles(options.Dir, work.Plan) {
		a.say("%s: the run in %s is of other tests, as of another part of a fleet; all shards run", name, dir)
		options.Resume = false
	}
	options.Event = a.untilStopped(ctx, a.shardEvents(name, work.Plan), func(failure error) {
		if full := fullAt(options.Dir, failure); full != nil {
			giveUp(full)
		}
	})
	out, err := suite.Run(ctx, tools, work, options)
	if options.Resume && (errors.Is(err, sharding.ErrChanged) || errors.Is(err, sharding.ErrNoJournal)) {
		if errors.Is(err, sharding.ErrChanged) {
			a.say("%s: %v; all shards run", name, err)
		}
		options.Resume = false
		out, err = suite.Run(ctx, tools, work, options)
	}
	a.clearStatus(name)
	if err != nil {
		if cause := context.Cause(ctx); errors.Is(cause, errDiskFull) {
			return nil, cause
		}
		return nil, cmp.Or(fullAt(options.Dir, err), err)
	}
	left := &sharded{baseline: out.Baseline, outcome: out, tools: tools, work: work}
	for _, result := range out.Results {
		var failure *sharding.ShardError
		left.started += result.Tests
		left.peak = max(left.peak, result.Peak)
		switch {
		case errors.As(result.Err, &failure):
			left.missing = append(left.missing, failure)
			a.complainShard(name, failure)
			continue
		case result.Failed:
			left.failing = append(left.failing, result.Shard.Name)
		}
		left.parts = append(left.parts, result.Report)
	}
	a.sayOverhead(name, out)
	return left, nil
}

// mostNotes is how many notes on its tests a run says.
const mostNotes = 10

// workNotes tells what among the tests is no shard, and what runs with another
// one than that of its directory.
func workNotes(suite sharding.Suite, work *sharding.Work) (notes []string) {
	for _, skip := range work.Skipped {
		notes = append(notes, relative(suite.Dir, skip.Path)+" skipped: "+skip.Reason)
	}
	for _, moved := range work.Moved {
		notes = append(notes, fmt.Sprintf("%s runs with %s: tests depend on each other",
			relative(suite.Dir, moved.File), moved.To))
	}
	return notes
}

// sayWork says what is going to be run.
func (a *app) sayWork(name string, suite sharding.Suite, tools sharding.Toolchain, work *sharding.Work) {
	notes := workNotes(suite, work)
	for _, note := range notes[:min(len(notes), mostNotes)] {
		a.say("%s: %s", name, note)
	}
	if more := len(notes) - mostNotes; more > 0 {
		a.say("%s: and %d more; covpipe shard plan shows all", name, more)
	}
	a.say("%s: PHPUnit %s, PHP %s, %s %s: %s in %s, %d at a time%s", name, tools.PHPUnitVersion, tools.PHPVersion,
		tools.Driver, tools.DriverVersion, testsListed(work.Tests), plural(len(work.Plan.Shards), "shard"),
		work.Plan.Jobs, expected(work.Plan))
}

// expected says how long a plan is expected to take, if earlier runs tell.
func expected(p sharding.Plan) string {
	if slices.ContainsFunc(p.Shards, func(s sharding.Planned) bool { return s.Estimated }) {
		return ""
	}
	return ", about " + seconds(p.Expected)
}

// unitePHPUnit merges the reports of the shards.
func (a *app) unitePHPUnit(m *measured, s *sharded, suite sharding.Suite, dir string, begin time.Time) {
	merged, err := a.uniteShards(s, suite)
	if err != nil {
		m.err = err
		return
	}
	var totals coverage.Totals
	for _, row := range merged.Rows {
		totals.Add(row)
	}
	if totals.Lines.Covered == 0 {
		m.err = fmt.Errorf("%w: %d files with %d lines, none of them run by any test",
			errNothingCovered, totals.Files, totals.Lines.Total)
		return
	}
	bound := s.missing.mark(merged.Rows)
	file := filepath.Join(dir, "merged.clover.xml")
	if m.err = writeClover(file, begin, suite.Source, merged.Rows); m.err != nil {
		return
	}
	a.say("%s: merged %s: %v lines of %d files covered: %s",
		m.source.Name, plural(len(s.parts), "shard"), totals.Lines, totals.Files, file)
	if len(s.missing) > 0 {
		m.lacking = append(m.lacking, s.missing.gap(bound, totals.Files))
	}
	if s.lost != "" {
		m.lacking = append(m.lacking, "a gap: "+s.lost)
	}
	for i := range merged.Rows {
		merged.Rows[i].Source = nil
	}
	m.rows, m.origin.Format, m.origin.MeasuredAt = merged.Rows, "clover", begin.UTC()
}

// uniteShards merges what shards have loaded with the report of all files.
func (a *app) uniteShards(s *sharded, suite sharding.Suite) (*coverage.Merged, error) {
	paths := s.parts
	if s.baseline != "" {
		paths = append([]string{s.baseline}, paths...)
	}
	return a.mergeFiles(paths, suite.Source, true)
}

// errNothingCovered is what a wrong source root or include list looks like.
var errNothingCovered = errors.New("no line was covered")

// revision gives branch and commit: what is checked out, and where that is not
// known what the CI server says.
func (a *app) revision(ctx context.Context, dir string) (branch, commit string) {
	branch, commit = sharding.Revision(ctx, dir)
	ci := cmp.Or(a.environment("BRANCH_NAME"), strings.TrimPrefix(a.environment("GIT_BRANCH"), "origin/"))
	return cmp.Or(branch, ci), cmp.Or(commit, a.environment("GIT_COMMIT"))
}

// planPHPUnit shows what would be run. It gives how many seconds the shards are
// expected to take, 0 if no earlier run tells.
func (a *app) planPHPUnit(ctx context.Context, s source, opt runOptions, cache string) (expect float64, err error) {
	suite, release, err := a.suite(s.PHPUnit, cache)
	if err != nil {
		return 0, err
	}
	defer release()
	tools, work, err := a.prepareSuite(ctx, s.Name, suite, jobsOf(opt.jobs, s.PHPUnit))
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(a.stdout, "%s: would run %s, %d at a time, with PHPUnit %s and %s %s%s:\n",
		s.Name, plural(len(work.Plan.Shards), "shard"), work.Plan.Jobs,
		tools.PHPUnitVersion, tools.Driver, tools.DriverVersion, expected(work.Plan))
	a.showShards(suite, work)
	fmt.Fprintf(a.stdout, "  each with: %s\n", strings.Join(suite.Command(tools), " "))
	for _, note := range workNotes(suite, work) {
		fmt.Fprintf(a.stdout, "  %s\n", note)
	}
	if expected(work.Plan) == "" {
		return 0, nil
	}
	return work.Plan.Expected, nil
}

func relative(dir, path string) string {
	if rel, err := filepath.Rel(dir, path); err == nil {
		return rel
	}
	return path
}

package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/covpipe/covpipe/sharding"
)

// shardSuite is the project that a shard command works on.
type shardSuite struct {
	name    string
	suite   sharding.Suite
	jobs    int    // processes at a time
	release func() // ends what guards its processes
}

// openSuite gives the project that the flags or the configuration mean.
func (a *app) openSuite(opt shardOptions) (s shardSuite, err error) {
	name, source, cache, err := a.chosenSuite(opt)
	if err != nil {
		return s, err
	}
	s = shardSuite{name: name, jobs: jobsOf(opt.jobs, source)}
	s.suite, s.release, err = a.suite(source, cache)
	return s, err
}

// prepareSuite finds the tools and the tests of a suite and plans its run. It
// warns if PHPUnit cannot list the tests.
func (a *app) prepareSuite(ctx context.Context, name string, suite sharding.Suite, jobs int) (
	tools sharding.Toolchain, work *sharding.Work, err error,
) {
	if tools, err = suite.Toolchain(ctx); err != nil {
		return tools, nil, err
	}
	if work, err = suite.Prepare(ctx, tools, jobs); err != nil {
		return tools, nil, err
	}
	if work.Doubt != nil {
		a.warn("%s: that no test is lost could not be checked: %v", name, work.Doubt)
	}
	return tools, work, nil
}

// sameFiles tells whether the run whose journal lies in a folder is of the test
// files of a plan. Where there is no journal that can be read, resuming finds out.
func sameFiles(dir string, plan sharding.Plan) bool {
	f, err := os.Open(filepath.Join(dir, sharding.JournalName))
	if err != nil {
		return true
	}
	defer f.Close()
	var head struct{ Plan sharding.Plan }
	if json.NewDecoder(f).Decode(&head) != nil {
		return true
	}
	return slices.Equal(planFiles(head.Plan), planFiles(plan))
}

// planFiles gives the test files of a plan, sorted.
func planFiles(plan sharding.Plan) (files []string) {
	for _, shard := range plan.Shards {
		files = append(files, shard.Files...)
	}
	slices.Sort(files)
	return files
}

// testsListed says how many tests PHPUnit lists; it lists none if it cannot.
func testsListed(n int) string {
	if n == 0 {
		return "tests not counted"
	}
	return plural(n, "test")
}

// removeLeftFolders deletes temporary folders whose names begin so and that were
// left a week ago, as by a process that was killed.
func removeLeftFolders(prefix string, now time.Time) {
	entries, _ := os.ReadDir(os.TempDir()) // what cannot be read is left alone
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), prefix) {
			continue
		}
		if info, err := entry.Info(); err == nil && now.Sub(info.ModTime()) > 7*24*time.Hour {
			_ = os.RemoveAll(filepath.Join(os.TempDir(), entry.Name())) // what stays is tried again
		}
	}
}

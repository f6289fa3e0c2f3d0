package sharding

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Order is an order of tests.
type Order string

// The orders in which [Suite.RunWhole] runs tests.
const (
	AsConfigured Order = ""
	Reversed     Order = "reverse"
)

// RunWhole runs the suite in one process, as the project itself does, and
// leaves its report as NAME.clover.xml in dir. It uses nothing that is kept, and
// no cache.
func (s Suite) RunWhole(ctx context.Context, tools Toolchain, work *Work, dir, name string, order Order) (Result, error) {
	shard := Shard{Name: name, Dir: s.Dir}
	for _, part := range work.Shards {
		shard.Files = append(shard.Files, part.Files...)
	}
	result := Result{Shard: shard, Log: filepath.Join(dir, name+".log")}
	report, teamcity := filepath.Join(dir, name+".clover.xml"), filepath.Join(dir, name+".teamcity.log")
	temporary := filepath.Join(dir, "tmp", name)
	if err := errors.Join(os.MkdirAll(temporary, 0o755), remove(report, teamcity)); err != nil {
		return result, err
	}
	defer os.RemoveAll(temporary)
	v := variant{files: shard.Files}
	var path []string
	switch {
	case work.suites:
		v = variant{ownSuites: true}
	case len(work.roots) == 1 && !work.roots[0].whole:
		v, path = variant{ownSuites: true}, []string{work.roots[0].path}
	}
	if len(path) > 0 && len(s.Suffixes) > 0 {
		v, path = variant{files: shard.Files}, nil
	}
	config, drop, err := s.writeConfiguration(tools.config, v)
	if err != nil {
		return result, err
	}
	defer drop()
	args := s.shardArgs(tools, config, "", report, teamcity)
	if order != AsConfigured {
		args = append(args, "--order-by", string(order))
	}
	ended := s.processes().Run(ctx, Process{Args: slices.Concat(args, path), Dir: s.Dir, Env: s.environ(temporary), Output: result.Log,
		Timeout: cmp.Or(s.Timeout, defaultTimeout)})
	if ctx.Err() != nil {
		return result, context.Cause(ctx)
	}
	e := newEvents(teamcity)
	e.read()
	result.Planned, result.Tests, result.Times, result.Counts = e.planned, e.started, e.times, e.counts
	result.Wall, result.CPU, result.Peak = ended.Wall, ended.CPU, ended.Peak
	result = judge(result, report, e.running, ended, work.Tests)
	if result.Err != nil {
		return result, fmt.Errorf("the unsharded run: %w", result.Err)
	}
	return result, nil
}

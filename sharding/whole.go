package sharding

import (
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
func (s Suite) RunWhole(
	ctx context.Context, tools Toolchain, work *Work, dir, name string, order Order,
) (Result, error) {
	shard := join(name, s.Dir, work.Shards)
	v, path := variant{files: shard.Files}, []string(nil)
	switch {
	case work.suites:
		v = variant{ownSuites: true}
	case len(work.roots) == 1 && !work.roots[0].whole && len(s.Suffixes) == 0:
		v, path = variant{ownSuites: true}, []string{work.roots[0].path}
	}
	if order != AsConfigured {
		path = append([]string{"--order-by", string(order)}, path...)
	}
	return s.runOne(ctx, tools, shard, v, path, dir, work.Tests)
}

// RunTogether runs shards in one process, as RunWhole does with all.
func (s Suite) RunTogether(ctx context.Context, tools Toolchain, shards []Shard, dir, name string) (Result, error) {
	shard := join(name, s.Dir, shards)
	return s.runOne(ctx, tools, shard, variant{files: shard.Files}, nil, dir, 0)
}

// join makes one shard of several.
func join(name, dir string, shards []Shard) Shard {
	all := Shard{Name: name, Dir: dir}
	for _, part := range shards {
		all.Files = append(all.Files, part.Files...)
	}
	slices.Sort(all.Files)
	return all
}

// runOne runs one PHPUnit process with a full report.
func (s Suite) runOne(
	ctx context.Context, tools Toolchain, shard Shard, v variant, more []string, dir string, expected int,
) (Result, error) {
	result := Result{Shard: shard, Log: filepath.Join(dir, shard.Name+".log")}
	report, teamcity := filepath.Join(dir, shard.Name+".clover.xml"), filepath.Join(dir, shard.Name+".teamcity.log")
	temporary := filepath.Join(dir, "tmp", shard.Name)
	if err := errors.Join(os.MkdirAll(temporary, 0o755), remove(report, teamcity)); err != nil {
		return result, err
	}
	defer os.RemoveAll(temporary)
	config, drop, err := s.writeConfiguration(tools.config, v)
	if err != nil {
		return result, err
	}
	defer drop()
	ended := s.processes().Run(ctx, Process{
		Args: append(s.shardArgs(tools, config, "", report, teamcity), more...),
		Dir:  s.Dir, Env: s.environ(temporary), Output: result.Log, Timeout: s.timeout(),
	})
	if ctx.Err() != nil {
		return result, context.Cause(ctx)
	}
	e := newEvents(teamcity)
	e.read()
	result.Planned, result.Tests, result.Times, result.Counts = e.planned, e.started, e.times, e.counts
	result.Wall, result.CPU, result.Peak = ended.Wall, ended.CPU, ended.Peak
	result = judge(result, report, e.running, ended, expected)
	if result.Err != nil {
		return result, fmt.Errorf("in one process: %w", result.Err)
	}
	return result, nil
}

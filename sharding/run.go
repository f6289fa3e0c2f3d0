package sharding

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Event tells that a shard has started (Result is nil) or ended.
type Event struct {
	Shard  Shard
	Result *Result
}

// Run runs each shard in a PHPUnit process of its own, jobs at a time, and
// leaves for each a report, a log and an event log in dir, named after the
// shard. Whatever becomes of one shard, the others run. Events come one at a
// time. The error is about the whole run, a shard's own is in its Result;
// when ctx ends, processes are stopped and Run returns.
func (s Suite) Run(ctx context.Context, tools Toolchain, shards []Shard, dir string, jobs int, event func(Event)) ([]Result, error) {
	whole, files, remove, err := s.writeConfigurations(tools.config, shards)
	if err != nil {
		return nil, err
	}
	defer remove()
	results := make([]Result, len(shards))
	var events sync.Mutex
	tell := func(e Event) {
		events.Lock()
		defer events.Unlock()
		event(e)
	}
	queue := make(chan int)
	var workers sync.WaitGroup
	for range max(jobs, 1) {
		workers.Go(func() {
			for i := range queue {
				tell(Event{Shard: shards[i]})
				config := whole
				if len(shards[i].Files) > 0 {
					config = files
				}
				results[i] = s.runShard(ctx, tools, shards[i], config, dir)
				tell(Event{Shard: shards[i], Result: &results[i]})
			}
		})
	}
	for i := range shards {
		select {
		case queue <- i:
		case <-ctx.Done():
			results[i] = Result{Shard: shards[i], Err: &ShardError{Shard: shards[i].Name, Dir: shards[i].Dir, Reason: "not started: " + context.Cause(ctx).Error()}}
		}
	}
	close(queue)
	workers.Wait()
	return results, ctx.Err()
}

// writeConfigurations writes the derived phpunit.xml for whole directories and,
// if there is a shard of files, the one for that. remove deletes them again.
func (s Suite) writeConfigurations(original string, shards []Shard) (whole, files string, remove func(), err error) {
	var written []string
	remove = func() {
		for _, path := range written {
			_ = os.Remove(path) // a left-over file is hidden and harmless
		}
	}
	content, err := os.ReadFile(original)
	if err == nil {
		err = checkConfiguration(content)
	}
	if err != nil {
		return "", "", remove, fmt.Errorf("phpunit: %s: %w", original, err)
	}
	removeLeftOver(filepath.Dir(original))
	write := func(files []string) (string, error) {
		derived, err := shardConfiguration(content, files)
		if err != nil {
			return "", err
		}
		f, err := os.CreateTemp(filepath.Dir(original), derivedName)
		if err != nil {
			return "", err
		}
		written = append(written, f.Name())
		_, err = f.Write(derived)
		return f.Name(), errors.Join(err, f.Close())
	}
	if whole, err = write(nil); err == nil {
		for _, shard := range shards {
			if len(shard.Files) > 0 && err == nil {
				files, err = write(shard.Files)
			}
		}
	}
	if err != nil {
		remove()
		return "", "", remove, fmt.Errorf("phpunit: configuration of the shards, beside %s: %w", original, err)
	}
	return whole, files, remove, nil
}

const (
	derivedName = ".covpipe-*.phpunit.xml"
	derivedLife = 7 * 24 * time.Hour // longer than any run takes
)

// removeLeftOver deletes derived configurations that a run which was killed has
// left, and not those of a run that still goes on.
func removeLeftOver(dir string) {
	found, _ := filepath.Glob(filepath.Join(dir, derivedName)) // the pattern is well-formed
	for _, path := range found {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > derivedLife {
			_ = os.Remove(path) // a left-over file is hidden and harmless
		}
	}
}

func (s Suite) runShard(ctx context.Context, tools Toolchain, shard Shard, config, dir string) Result {
	result := Result{Shard: shard, Log: filepath.Join(dir, shard.Name+".log")}
	report, teamcity := filepath.Join(dir, shard.Name+".clover.xml"), filepath.Join(dir, shard.Name+".teamcity.log")
	fail := func(reason string) Result {
		result.Err = &ShardError{Shard: shard.Name, Dir: shard.Dir, Reason: reason, Log: result.Log}
		return result
	}
	temporary := filepath.Join(dir, "tmp", shard.Name)
	if err := os.MkdirAll(temporary, 0o755); err != nil {
		return fail(err.Error())
	}
	defer os.RemoveAll(temporary)
	for _, stale := range []string{report, teamcity} {
		if err := os.Remove(stale); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fail(err.Error())
		}
	}
	log, err := os.Create(result.Log)
	if err != nil {
		return fail(err.Error())
	}
	defer log.Close()

	timeout := s.Timeout
	if timeout == 0 {
		timeout = 2 * time.Hour
	}
	limited, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("it took longer than %v", timeout))
	defer cancel()
	cmd := s.command(limited, tools, shard, config, report, teamcity)
	cmd.Env = s.environ(temporary)
	cmd.Stdout, cmd.Stderr = log, log
	begin := time.Now()
	err = cmd.Start()
	if err == nil {
		group := cmd.Process.Pid
		err = cmd.Wait()
		_ = syscall.Kill(-group, syscall.SIGKILL) // whatever the shard started ends with it
	}
	result.Duration = time.Since(begin)
	return judge(result, report, teamcity, err, limited)
}

// killDelay is how long a process may take to end in order.
const killDelay = 5 * time.Second

// command gives the PHPUnit process of a shard, in a process group of its own.
func (s Suite) command(ctx context.Context, tools Toolchain, shard Shard, config, report, teamcity string) *exec.Cmd {
	args := append([]string{"-d", "memory_limit=-1"}, tools.flags...)
	args = append(args, tools.PHPUnit, "--configuration", config, "--do-not-cache-result", "--colors=never",
		"--coverage-clover", report, "--log-teamcity", teamcity)
	if len(shard.Files) == 0 {
		args = append(args, shard.Dir)
	}
	cmd := exec.CommandContext(ctx, tools.PHP, args...)
	cmd.Dir = s.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = killDelay
	return cmd
}

// Command shows what runs a shard, for a dry run, with SHARD in the place of
// what differs from shard to shard.
func (s Suite) Command(tools Toolchain) []string {
	return s.command(context.Background(), tools, Shard{Dir: "SHARD"}, tools.config, "SHARD.clover.xml", "SHARD.teamcity.log").Args
}

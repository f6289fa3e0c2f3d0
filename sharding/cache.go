package sharding

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/google/renameio/v2"
)

// kept is what a run keeps for the next one, in a folder that one run uses at a
// time. What is in it is named by the hash of all that it depends on, so what
// does not fit is not found.
type kept struct {
	static   string // the folder of PHPUnit's static analysis; empty: PHPUnit has none
	baseline string // the report of all files, as this code gives it; empty: it cannot be kept
	warm     string // tells that the analysis of this code is in static
	release  func()
}

// keptLife is how long what no run has used is kept.
const keptLife = 30 * 24 * time.Hour

// open finds in the cache what fits to the measured code, of which code is the
// fingerprint. While another run uses the cache, and where none is wanted, it is a
// folder of this run alone.
func (s Suite) open(tools Toolchain, dir, code string) (*kept, error) {
	k := &kept{release: func() {}}
	cache := s.Cache
	if cache != "" {
		if err := os.MkdirAll(cache, 0o755); err != nil {
			return nil, fmt.Errorf("cache: %w", err)
		}
		release, err := lock(filepath.Join(cache, "lock"))
		switch {
		case errors.Is(err, errBusy):
			cache = ""
		case err != nil:
			return nil, fmt.Errorf("cache: %w", err)
		default:
			k.release = release
			prune(cache, s.now())
		}
	}
	settings, err := s.settings(tools)
	if err != nil {
		k.release()
		return nil, fmt.Errorf("cache: %w", err)
	}
	place := cache
	if cache == "" {
		place = filepath.Join(dir, "cache")
	}
	if dialectOf(tools.PHPUnitVersion).cache != "" {
		k.static = filepath.Join(place, "static-"+settings.String()[:16])
		if err := os.MkdirAll(k.static, 0o755); err != nil {
			k.release()
			return nil, fmt.Errorf("cache: %w", err)
		}
	}
	if code != "" {
		k.baseline = filepath.Join(place, baselineName(code))
		k.warm = filepath.Join(place, "warm-"+code[:16])
		now := s.now()
		for _, path := range []string{k.static, k.baseline, k.warm} {
			_ = os.Chtimes(path, now, now) // what is not there is not kept any longer by that
		}
	}
	return k, nil
}

// keepsBaseline tells whether the cache has the report of all files of this code.
func (s Suite) keepsBaseline(code string) bool {
	return s.Cache != "" && code != "" && isFile(filepath.Join(s.Cache, baselineName(code)))
}

func baselineName(code string) string { return "baseline-" + code[:16] + ".clover.xml" }

// lock takes a lock that ends with the process.
func lock(path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errBusy
		}
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// prune deletes what no run has used for long.
func prune(cache string, now time.Time) {
	var old []string
	for _, pattern := range []string{"static-*", "baseline-*", "warm-*"} {
		found, _ := filepath.Glob(filepath.Join(cache, pattern)) // the patterns are well-formed
		old = append(old, found...)
	}
	for _, path := range old {
		if info, err := os.Stat(path); err == nil && now.Sub(info.ModTime()) > keptLife {
			_ = os.RemoveAll(path) // what stays is tried again
		}
	}
}

// warmTimeout bounds the static analysis of all measured code.
const warmTimeout = time.Hour

// warmUp fills the cache of the static analysis, with the driver off, since the
// analysis is PHP code that a driver slows down. It does nothing if the cache is
// known to be full. A failure costs time and nothing else: each shard then
// analyses what it needs.
func (s Suite) warmUp(ctx context.Context, tools Toolchain, k *kept, log string) (done bool, err error) {
	if k.static == "" {
		return false, nil
	}
	if k.warm != "" {
		if _, err := os.Stat(k.warm); err == nil {
			return false, nil
		}
	}
	config, remove, err := s.writeConfiguration(tools.config, variant{})
	if err != nil {
		return false, err
	}
	defer remove()
	args := slices.Concat([]string{tools.PHP, "-d", "memory_limit=-1"}, driverOff, s.phpunit(tools, config),
		dialectOf(tools.PHPUnitVersion).cacheArgs(k.static), []string{"--warm-coverage-cache"})
	ended := s.processes().Run(ctx,
		Process{Args: args, Dir: s.Dir, Env: s.environ(""), Output: log, Timeout: warmTimeout})
	if ctx.Err() != nil {
		return true, context.Cause(ctx)
	}
	if ended.Err == nil && ended.Code == 0 && !ended.Late && k.warm != "" {
		err = renameio.WriteFile(k.warm, nil, 0o644)
	}
	return true, err
}

// copyFile copies a file, whole or not at all.
func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := renameio.NewPendingFile(to)
	if err != nil {
		return err
	}
	defer out.Cleanup()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.CloseAtomicallyReplace()
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/covpipe/covpipe/loaders"
)

// leastFree is the space in octets that a folder needs at least.
const leastFree = 1 << 30

// leastForPages is the space in octets that a dashboard needs at least.
const leastForPages = 100 << 20

// folders tries out the folders that a run writes to.
func (d *doctor) folders(ctx context.Context, c *config) {
	d.folder(ctx, "runs", c.Runs, max(leastFree, 2*newestSize(c.Runs)), true)
	d.folder(ctx, "cache", c.Cache, leastFree, true)
	if temporary := os.TempDir(); !isFolder(temporary) {
		d.found(loaders.Finding{
			What: "temporary files", Detail: temporary + " is no folder",
			Advice: "set TMPDIR to a folder, or make that one",
		}, true)
	} else {
		d.folder(ctx, "temporary files", temporary, leastFree, true)
	}
	if c.Archive != "" {
		d.folder(ctx, "archive", c.Archive, leastFree, true)
	}
	if c.Dashboard != "" {
		d.dashboard(ctx, c.Dashboard)
	}
}

// dashboard tells whether pages can be written into a folder, which may hold
// nothing but those of an earlier run.
func (d *doctor) dashboard(ctx context.Context, dir string) {
	if isFolder(dir) {
		root, err := os.OpenRoot(dir)
		if err == nil {
			_, err = siteThere(root)
			_ = root.Close()
		}
		if err != nil {
			d.try(ctx, trial{what: "dashboard"}, func(context.Context) (string, error) {
				return "", fmt.Errorf("%s: %w", dir, err)
			})
			return
		}
	}
	d.folder(ctx, "dashboard", dir, leastForPages, false)
}

// folder tries whether files can be written in a folder, or in the one in which
// it will be made, and how much space there is.
func (d *doctor) folder(ctx context.Context, what, dir string, need int64, essential bool) bool {
	const advice = "make room, give this user the right to write there, or name another folder in the configuration"
	return d.try(ctx, trial{what: what, essential: essential, advice: advice}, func(context.Context) (string, error) {
		there, err := nearestFolder(dir)
		if err == nil {
			err = writable(there)
		}
		if at := (*fs.PathError)(nil); errors.As(err, &at) {
			err = at.Err // of a file whose name tells nobody anything
		}
		if err != nil {
			return "", fmt.Errorf("%s: it cannot be written: %w", dir, err)
		}
		free, err := freeSpace(there)
		if err != nil {
			return "", fmt.Errorf("%s: its free space is not known: %w", dir, err)
		}
		if free < need {
			return "", fmt.Errorf("%s: there is %s left, and a run may need %s", dir, octets(free), octets(need))
		}
		return fmt.Sprintf("%s: it can be written, %s free", dir, octets(free)), nil
	})
}

// nearestFolder gives the folder itself, or the one above it in which it would
// be made.
func nearestFolder(dir string) (string, error) {
	for {
		info, err := os.Stat(dir)
		switch {
		case err == nil && !info.IsDir():
			return "", fmt.Errorf("%s is no folder", dir)
		case err == nil:
			return dir, nil
		case !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir):
			return "", err
		}
		dir = filepath.Dir(dir)
	}
}

// writable writes a file into a folder and removes it again.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".covpipe-doctor-")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

// freeSpace gives the octets that this user may still write.
func freeSpace(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:gosec,unconvert // the types differ between systems
}

// newestSize gives the octets of the newest run, 0 if there is none.
func newestSize(runs string) (size int64) {
	found, err := earlierRuns(runs)
	if err != nil || len(found) == 0 {
		return 0
	}
	_ = filepath.WalkDir(found[0].dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil // what cannot be read is not counted
	})
	return size
}

// octets shows a size for people.
func octets(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/covpipe/covpipe/reports"
)

// siteManifest is the file by which a folder is known to hold a dashboard. It
// lists the files of that dashboard, one a line.
const siteManifest = "covpipe-dashboard.txt"

// errNotSite is returned for a folder that holds something else than a dashboard.
var errNotSite = errors.New("the folder is not empty and holds no dashboard")

// writeSite writes the files that [reports.Site.Pages] made into a folder, which is made if
// it is not there. Each file is replaced whole, the first page last, and what only
// the dashboard before had is removed then; so whoever looks meanwhile, and
// whatever ends the process, meets the old pages or the new ones. Files that no
// dashboard wrote stay. It fails with [errNotSite] if there are some and no
// dashboard.
func writeSite(dir string, files map[string][]byte, now time.Time) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := replaceSite(root, files, now); err != nil {
		return fmt.Errorf("%s: %w", filepath.Clean(dir), err)
	}
	return nil
}

func replaceSite(root *os.Root, files map[string][]byte, now time.Time) error {
	before, err := siteThere(root)
	if err != nil {
		return err
	}
	if err := removeLeftovers(root, now); err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(files))
	names = slices.DeleteFunc(names, func(name string) bool { return name == reports.SiteIndex })
	names = append(names, reports.SiteIndex)
	listed := slices.Concat(names, before)
	if err := writeManifest(root, listed); err != nil {
		return err
	}
	if err := root.Mkdir("assets", 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, name := range names {
		if err := replaceIn(root, name, files[name]); err != nil {
			return err
		}
	}
	for _, name := range before {
		if files[name] != nil {
			continue
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return writeManifest(root, names)
}

// siteThere gives the files of the dashboard in a folder; none if it is empty.
func siteThere(root *os.Root) ([]string, error) {
	text, err := root.ReadFile(siteManifest)
	if err == nil {
		_, list, _ := strings.Cut(string(text), "\n")
		return strings.Fields(list), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), temporaryPrefix) {
			err = errNotSite
		}
	}
	return nil, err
}

func writeManifest(root *os.Root, names []string) error {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	return replaceIn(root, siteManifest, []byte("covpipe dashboard\n"+strings.Join(names, "\n")+"\n"))
}

// temporaryPrefix begins the names of files that are not yet whole.
const temporaryPrefix = ".covpipe-"

// removeLeftovers removes what a process that was killed has left, if it is so old
// that nobody is writing it.
func removeLeftovers(root *os.Root, now time.Time) error {
	for _, dir := range []string{".", "assets"} {
		entries, err := fs.ReadDir(root.FS(), dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, entry := range entries {
			info, err := entry.Info()
			if err != nil || !strings.HasPrefix(entry.Name(), temporaryPrefix) || now.Sub(info.ModTime()) < time.Hour {
				continue
			}
			if err := removeLeft(root, path.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// replaceIn replaces a file whole, and leaves it alone if it has that content.
func replaceIn(root *os.Root, name string, content []byte) (err error) {
	if there, err := root.ReadFile(name); err == nil && bytes.Equal(there, content) {
		return nil
	}
	temporary := path.Join(path.Dir(name), temporaryPrefix+rand.Text())
	defer func() {
		if err != nil {
			err = errors.Join(err, removeLeft(root, temporary))
		}
	}()
	if err := root.WriteFile(temporary, content, 0o666); err != nil {
		return err
	}
	return root.Rename(temporary, name)
}

func removeLeft(root *os.Root, name string) error {
	if err := root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

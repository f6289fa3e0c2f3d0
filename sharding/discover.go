package sharding

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrNoTests is returned by [Suite.Discover] when the tests root has no test.
var ErrNoTests = errors.New("no test files")

// Discover finds the shards: each immediate subdirectory of the tests root that
// holds a test file, by name, and the test files that lie in the root itself
// as one more. Symbolic links are skipped, so nothing is measured twice, and so
// are directories without a test.
func (s Suite) Discover() ([]Shard, []Skipped, error) {
	root := s.path(s.Tests)
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, nil, fmt.Errorf("tests root: %w", err)
	}
	var shards []Shard
	var skipped []Skipped
	var loose []string
	for _, entry := range entries {
		path := filepath.Join(root, entry.Name())
		switch {
		case entry.Type()&fs.ModeSymlink != 0:
			skipped = append(skipped, Skipped{path, "a symbolic link"})
		case entry.IsDir():
			found, err := s.holdsTest(path)
			if err != nil {
				return nil, nil, fmt.Errorf("tests root: %w", err)
			}
			if !found {
				skipped = append(skipped, Skipped{path, "no test in it"})
				continue
			}
			shards = append(shards, Shard{Name: entry.Name(), Dir: path})
		case s.isTest(entry.Name()):
			loose = append(loose, path)
		}
	}
	if len(loose) > 0 {
		shards = append(shards, Shard{Name: RootShard, Dir: root, Files: loose})
	}
	if len(shards) == 0 {
		return nil, skipped, fmt.Errorf("tests root %s: %w (%s)", root, ErrNoTests, strings.Join(s.suffixes(), ", "))
	}
	return shards, skipped, nil
}

func (s Suite) holdsTest(dir string) (found bool, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && s.isTest(entry.Name()) {
			found = true
			return filepath.SkipAll
		}
		return err
	})
	return found, err
}

func (s Suite) isTest(name string) bool {
	for _, suffix := range s.suffixes() {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

func (s Suite) suffixes() []string {
	if len(s.Suffixes) > 0 {
		return s.Suffixes
	}
	return []string{"Test.php", ".phpt"}
}

func (s Suite) path(p string) string {
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(s.Dir, p)
}

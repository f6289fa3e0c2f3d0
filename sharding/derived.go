package sharding

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// check reads a phpunit.xml and tells whether its reports list files that no
// test loads.
func (s Suite) check(config string) (listsAll bool, err error) {
	content, err := os.ReadFile(config)
	if err == nil {
		listsAll, err = checkConfiguration(content)
	}
	if err != nil {
		return false, fmt.Errorf("phpunit: %s: %w", config, err)
	}
	return listsAll, nil
}

// writeConfiguration writes a variant of the project's phpunit.xml beside it.
// remove deletes it again.
func (s Suite) writeConfiguration(original string, v variant) (path string, remove func(), err error) {
	content, err := os.ReadFile(original)
	if err != nil {
		return "", nil, fmt.Errorf("phpunit: %w", err)
	}
	derived, err := derive(content, v)
	if err != nil {
		return "", nil, fmt.Errorf("phpunit: %s: %w", original, err)
	}
	f, err := os.CreateTemp(filepath.Dir(original), derivedName)
	if err != nil {
		return "", nil, fmt.Errorf("phpunit: configuration beside %s: %w", original, err)
	}
	remove = func() { _ = os.Remove(f.Name()) } // a left-over file is hidden and harmless
	_, err = f.Write(derived)
	if err = errors.Join(err, f.Close()); err != nil {
		remove()
		return "", nil, fmt.Errorf("phpunit: configuration beside %s: %w", original, err)
	}
	return f.Name(), remove, nil
}

const (
	derivedName = ".covpipe-*.phpunit.xml"
	derivedLife = 7 * 24 * time.Hour // longer than any run takes
)

// removeLeftOver deletes derived configurations that a run which was killed has
// left, and not those of a run that still goes on.
func removeLeftOver(dir string, now time.Time) {
	found, _ := filepath.Glob(filepath.Join(dir, derivedName)) // the pattern is well-formed
	for _, path := range found {
		if info, err := os.Stat(path); err == nil && now.Sub(info.ModTime()) > derivedLife {
			_ = os.Remove(path) // a left-over file is hidden and harmless
		}
	}
}

package sharding

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

// Inputs are what reports of one suite must have in common to be merged. They
// do not depend on where the project lies.
type Inputs struct {
	PHP      string `json:"php"`
	PHPUnit  string `json:"phpunit"`
	Coverage string `json:"php_code_coverage"` // empty: it does not say
	Driver   string `json:"driver"`            // "pcov 1.0.11"
	Commit   string `json:"commit"`            // empty: no git
	Code     string `json:"code_sha256"`       // of tests, measured code, configuration and composer.lock
}

// Inputs gives what the reports of this machine depend on.
func (s Suite) Inputs(tools Toolchain, w *Work, commit string) (Inputs, error) {
	in := Inputs{PHP: tools.PHPVersion, PHPUnit: tools.PHPUnitVersion, Coverage: tools.CoverageVersion,
		Driver: tools.Driver + " " + tools.DriverVersion, Commit: commit}
	var paths []string
	for _, shard := range w.Shards {
		paths = append(paths, shard.Files...)
	}
	measured, err := includedIn(tools.config)
	if err != nil {
		return in, fmt.Errorf("phpunit: %s: %w", tools.config, err)
	}
	paths = append(paths, measured.files...)
	paths = append(paths, tools.config, filepath.Join(s.Dir, "composer.lock"))
	slices.Sort(paths)
	f := newFingerprint()
	if w.sums != nil {
		f.sums = w.sums // most are known by now
	}
	for _, path := range slices.Compact(paths) {
		if err := f.relative(s.Dir, path); err != nil {
			return in, err
		}
	}
	in.Code = f.String()
	return in, nil
}

// Differences names what is not the same, such as "PHP 8.2.36 and 8.3.1".
func (in Inputs) Differences(other Inputs) (found []string) {
	for _, c := range []struct{ what, a, b string }{
		{"commit", in.Commit, other.Commit}, {"PHP", in.PHP, other.PHP}, {"PHPUnit", in.PHPUnit, other.PHPUnit},
		{"php-code-coverage", in.Coverage, other.Coverage}, {"driver", in.Driver, other.Driver},
	} {
		if c.a != c.b {
			found = append(found, fmt.Sprintf("%s %s and %s", c.what, orNone(c.a), orNone(c.b)))
		}
	}
	if in.Code != other.Code {
		found = append(found, "the texts of tests, measured code or configuration")
	}
	return found
}

func orNone(text string) string {
	if text == "" {
		return "(unknown)"
	}
	return text
}

// relative adds the path of a file, relative to dir, and its content.
func (f fingerprint) relative(dir, path string) error {
	sum, err := f.sums.of(path)
	if errors.Is(err, fs.ErrNotExist) {
		sum, err = "none", nil
	}
	f.add(relative(dir, path))
	f.add(sum)
	return err
}

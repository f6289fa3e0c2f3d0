package sharding

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fingerprint hashes texts and files, so that what was made from them is known
// to fit or not.
type fingerprint struct {
	hash.Hash
	sums *sums
}

func newFingerprint(texts ...string) fingerprint {
	f := fingerprint{sha256.New(), newSums("", time.Time{})}
	for _, text := range texts {
		f.add(text)
	}
	return f
}

func (f fingerprint) add(text string) {
	_, _ = io.WriteString(f, strconv.Itoa(len(text))+":"+text) // a hash takes everything
}

func (f fingerprint) String() string { return hex.EncodeToString(f.Sum(nil)) }

// file adds the path and the content of a file; one that is not there differs
// from an empty one.
func (f fingerprint) file(path string) error {
	sum, err := f.sums.of(path)
	return f.content(path, sum, err)
}

// content adds a path and what the file was found to have.
func (f fingerprint) content(path, sum string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		f.add("no " + path)
		return nil
	}
	if err != nil {
		return err
	}
	f.add(path)
	f.add(sum)
	return nil
}

// settings gives what the lines of a report depend on besides the code: the
// versions of all tools and the configuration.
func (s Suite) settings(tools Toolchain) (fingerprint, error) {
	f := newFingerprint(tools.PHPVersion, tools.PHPUnitVersion, tools.CoverageVersion,
		tools.Driver, tools.DriverVersion, s.Dir, s.Source)
	return f, errors.Join(f.file(tools.config), f.file(tools.PHPUnit), f.file(filepath.Join(s.Dir, "composer.lock")))
}

// inputs gives the fingerprint of all that the shards depend on: settings, test
// files, and code and its data below the project and the source root, but not
// what runs have left there. data is the fingerprint of what a listing of tests
// depends on: the same, and all other files of the project by their time, since
// data providers may read them, and their content may be large.
func (s Suite) inputs(tools Toolchain, shards []Shard, known *sums) (inputs, data string, err error) {
	f, err := s.settings(tools)
	if err != nil {
		return "", "", err
	}
	f.sums = cmp.Or(known, f.sums)
	others := newFingerprint()
	for _, shard := range shards {
		for _, file := range shard.Files {
			if err := f.file(file); err != nil {
				return "", "", err
			}
		}
	}
	roots := []string{s.Dir}
	if s.Source != "" && !within(s.Dir, s.Source) {
		roots = append(roots, s.Source)
	}
	for _, root := range roots {
		err = errors.Join(err, walk(root, func(path string, regular bool, state fileState) error {
			switch {
			case !regular:
				f.add("link " + path)
			case isCode(path):
				sum, err := f.sums.in(path, state)
				return f.content(path, sum, err)
			default:
				others.add(path)
				others.add(strconv.FormatInt(state.modified, 10))
			}
			return nil
		}))
	}
	inputs = f.String()
	others.add(inputs)
	return inputs, others.String(), err
}

// isCode tells whether a file is code, or data that code is made of.
func isCode(path string) bool {
	switch filepath.Ext(path) {
	case ".php", ".phpt", ".inc", ".phtml", ".module", ".xml", ".neon", ".json", ".lock":
		return true
	}
	return false
}

// errUnsure is why a baseline is not kept: what it depends on cannot be told.
var errUnsure = errors.New("what the report of all files depends on cannot be told")

// measuredCode gives the fingerprint of all that the report of all files
// depends on. What it lists is a superset of the include list.
func (s Suite) measuredCode(tools Toolchain, known *sums) (string, error) {
	f, err := s.settings(tools)
	if err != nil {
		return "", err
	}
	f.sums = cmp.Or(known, f.sums)
	list, err := includedIn(tools.config)
	switch {
	case err != nil:
		return "", err
	case list.processed: // they are run, and then anything may matter
		return "", fmt.Errorf("%w: uncovered files are processed", errUnsure)
	case len(list.links) > 0:
		return "", fmt.Errorf("%w: %s is a link", errUnsure, list.links[0])
	case len(list.files) == 0:
		return "", fmt.Errorf("%w: there is no include list", errUnsure)
	}
	for _, file := range list.files {
		if err := f.file(file); err != nil {
			return "", err
		}
	}
	return f.String(), nil
}

func absolute(base, path string) string {
	if path = strings.TrimSpace(path); filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(base, path)
}

func hasSuffix(path string, suffixes []string) bool {
	return slices.ContainsFunc(suffixes, func(suffix string) bool { return strings.HasSuffix(path, suffix) })
}

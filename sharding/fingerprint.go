package sharding

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// fingerprint hashes texts and files, so that what was made from them is known
// to fit or not.
type fingerprint struct {
	hash.Hash
	sums *sums
}

// sums are the hashes of files that one run has read, so that it reads each once.
type sums struct {
	known  map[string]string
	hash   hash.Hash
	buffer []byte
}

func newSums() *sums {
	return &sums{known: map[string]string{}, hash: sha256.New()}
}

// of gives the hash of what a file has.
func (s *sums) of(path string) (string, error) {
	if sum, known := s.known[path]; known {
		return sum, nil
	}
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	s.hash.Reset()
	if s.buffer == nil {
		s.buffer = make([]byte, 32<<10)
	}
	// As they are, io.Copy would make a buffer for each of thousands of files.
	if _, err := io.CopyBuffer(struct{ io.Writer }{s.hash}, struct{ io.Reader }{in}, s.buffer); err != nil {
		return "", err
	}
	sum := hex.EncodeToString(s.hash.Sum(nil))
	s.known[path] = sum
	return sum, nil
}

func newFingerprint(texts ...string) fingerprint {
	f := fingerprint{sha256.New(), newSums()}
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
		err = errors.Join(err, walk(root, func(path string, entry fs.DirEntry) error {
			switch {
			case !entry.Type().IsRegular():
				f.add("link " + path)
			case isCode(path):
				return f.file(path)
			default:
				info, err := entry.Info()
				if err != nil {
					return err
				}
				others.add(path)
				others.add(strconv.FormatInt(info.ModTime().UnixNano(), 10))
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

// walk visits files and links in order, but none in hidden folders, none of those
// that installing makes, and nothing that runs have left.
func walk(dir string, visit func(path string, entry fs.DirEntry) error) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != dir && (strings.HasPrefix(entry.Name(), ".") ||
			entry.Name() == "node_modules" || entry.Name() == "vendor" || isFile(filepath.Join(path, JournalName))):
			return filepath.SkipDir
		case !entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") && !strings.HasSuffix(path, ".clover.xml"):
			return visit(path, entry)
		}
		return nil
	})
}

// included is the list of measured code in a phpunit.xml, of all versions.
type included struct {
	Lists  []includedFiles `xml:"coverage>include"`
	Source []includedFiles `xml:"source>include"`
	White  []includedFiles `xml:"filter>whitelist"`
}

type includedFiles struct {
	Directories []testEntry `xml:"directory"`
	Files       []string    `xml:"file"`
}

// processed finds that uncovered files are to be loaded for the report.
var processed = regexp.MustCompile(`processUncoveredFiles(FromWhitelist)?\s*=\s*["']true["']`)

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
	text, err := os.ReadFile(tools.config)
	if err != nil {
		return "", err
	}
	var list included
	if err := xml.Unmarshal(text, &list); err != nil {
		return "", err
	}
	// Files that are processed are run, and then anything may matter.
	if processed.Match(text) {
		return "", fmt.Errorf("%w: uncovered files are processed", errUnsure)
	}
	found := false
	for _, files := range slices.Concat(list.Lists, list.Source, list.White) {
		for _, entry := range files.Directories {
			found = true
			if err := f.directory(filepath.Dir(tools.config), entry); err != nil {
				return "", err
			}
		}
		for _, file := range files.Files {
			found = true
			if err := f.file(absolute(filepath.Dir(tools.config), file)); err != nil {
				return "", err
			}
		}
	}
	if !found {
		return "", fmt.Errorf("%w: there is no include list", errUnsure)
	}
	return f.String(), nil
}

// directory adds the files that an entry of the include list may mean.
func (f fingerprint) directory(base string, entry testEntry) error {
	dirs, err := directories(absolute(base, entry.Path))
	if err != nil {
		return err
	}
	suffix := entry.Suffix
	if suffix == "" {
		suffix = ".php"
	}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.Type()&fs.ModeSymlink != 0:
				return fmt.Errorf("%w: %s is a link", errUnsure, path)
			case entry.Type().IsRegular() && hasSuffix(path, strings.Split(suffix, ",")):
				return f.file(path)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
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

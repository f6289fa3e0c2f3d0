package sharding

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// ErrNoTests is returned by [Suite.Discover] when there is no test.
var ErrNoTests = errors.New("no test files")

// Discovery is what the tests of a suite are.
type Discovery struct {
	Shards  []Shard // by name; each test file is in one of them
	Skipped []Skipped
	From    string // where they were looked for, for messages
	roots   []root
	suites  bool   // the test suites of phpunit.xml
	php     string // its version
}

// root is a folder or a file in which tests are looked for, as one <directory>
// or <file> of a test suite is.
type root struct {
	path           string // absolute, links resolved
	suffix, prefix []string
	exclude        []string // absolute, links resolved
	folders        bool     // an exclude is a folder or a file, not the beginning of a path
	whole          bool     // one shard, whatever lies in it
}

// Discover finds the test files and groups them into shards: each immediate
// subdirectory of a tests root is one, and the files that lie in the root
// itself are one more.
//
// The tests root is Tests. If Tests is a pattern, each directory that it
// matches is a shard. If it is empty, the roots are those of the test suites in
// phpunit.xml, by their own suffixes and excludes, or "tests" if there are none.
//
// Symbolic links are skipped, so nothing is measured twice, and so are
// directories without a test.
//
// php is the version of PHP, for test suites that ask for one.
func (s Suite) Discover(php string) (*Discovery, error) {
	return s.discover(Toolchain{PHPVersion: php})
}

// discover does so for a PHPUnit that is known.
func (s Suite) discover(tools Toolchain) (*Discovery, error) {
	d := &Discovery{php: tools.PHPVersion}
	if err := s.findRoots(d); err != nil {
		return nil, err
	}
	for i := range d.roots {
		d.roots[i].folders = tools.ExcludesFolders
	}
	groups := map[string]*Shard{}
	taken := map[string]bool{}
	for _, root := range d.roots {
		if err := d.collect(root, groups, taken); err != nil {
			return nil, fmt.Errorf("tests root: %w", err)
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(groups)) {
		shard := groups[dir]
		slices.Sort(shard.Files)
		d.Shards = append(d.Shards, *shard)
	}
	if len(d.Shards) == 0 {
		return nil, fmt.Errorf("%s: %w (%s)", d.From, ErrNoTests, strings.Join(d.roots[0].suffix, ", "))
	}
	d.name()
	return d, nil
}

func (s Suite) findRoots(d *Discovery) error {
	if s.Tests == "" {
		config, err := s.configuration()
		if err != nil {
			return err
		}
		if d.roots, err = suiteRoots(config, d.php); err != nil {
			return fmt.Errorf("phpunit: %s: %w", config, err)
		}
		if d.suites = len(d.roots) > 0; d.suites {
			d.From = "test suites of " + config
			return nil
		}
		s.Tests = "tests"
	}
	path := s.path(s.Tests)
	d.From = "tests root " + path
	paths := []string{path}
	pattern := strings.ContainsAny(s.Tests, "*?[{")
	if pattern {
		var err error
		if paths, err = doublestar.FilepathGlob(path, doublestar.WithNoFollow()); err != nil {
			return fmt.Errorf("tests: %s: %w", s.Tests, err)
		}
		if len(paths) == 0 {
			return fmt.Errorf("tests: %s: %w: nothing matches it", path, ErrNoTests)
		}
	}
	slices.Sort(paths)
	for _, path := range paths {
		if info, err := os.Lstat(path); pattern && err == nil && info.Mode()&fs.ModeSymlink != 0 {
			d.Skipped = append(d.Skipped, Skipped{path, "a symbolic link"})
			continue
		}
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return fmt.Errorf("tests root: %w", err)
		}
		d.roots = append(d.roots, root{path: real, suffix: s.suffixes(), whole: pattern})
	}
	if len(d.roots) == 0 {
		return fmt.Errorf("tests: %s: %w: it matches nothing but links", path, ErrNoTests)
	}
	return nil
}

// collect puts the test files of a root into groups, by the directory that is
// to be the shard. A file of two roots is in the first alone.
func (d *Discovery) collect(r root, groups map[string]*Shard, taken map[string]bool) error {
	add := func(dir, file string) {
		if taken[file] {
			return
		}
		taken[file] = true
		if groups[dir] == nil {
			groups[dir] = &Shard{Dir: strings.TrimSuffix(dir, string(filepath.Separator))}
		}
		groups[dir].Files = append(groups[dir].Files, file)
	}
	info, err := os.Stat(r.path)
	if err != nil {
		return err
	}
	// The key of loose files is not that of the directory, which can be a shard of another root.
	loose := r.path + string(filepath.Separator)
	if !info.IsDir() {
		add(filepath.Dir(r.path)+string(filepath.Separator), r.path)
		return nil
	}
	entries, err := os.ReadDir(r.path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(r.path, entry.Name())
		switch {
		case entry.Type()&fs.ModeSymlink != 0:
			d.Skipped = append(d.Skipped, Skipped{path, "a symbolic link"})
		case entry.IsDir():
			files, err := r.files(path)
			if err != nil {
				return err
			}
			if len(files) == 0 && !r.whole {
				d.Skipped = append(d.Skipped, Skipped{path, "no test in it"})
			}
			for _, file := range files {
				if r.whole {
					path = r.path
				}
				add(path, file)
			}
		case r.holds(path):
			if r.whole {
				loose = r.path
			}
			add(loose, path)
		}
	}
	return nil
}

// files finds the test files below dir. Hidden folders are left out, as PHPUnit
// does, and links are.
func (r root) files(dir string) (found []string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case entry.Type().IsRegular() && r.holds(path):
			found = append(found, path)
		}
		return nil
	})
	return found, err
}

// holds tells whether a file is one of the root's tests, by the rules of
// PHPUnit.
func (r root) holds(path string) bool {
	name := filepath.Base(path)
	excluded := func(e string) bool { return within(e, path) || !r.folders && strings.HasPrefix(path, e) }
	if slices.ContainsFunc(r.exclude, excluded) {
		return false
	}
	return (len(r.suffix) == 0 || hasSuffix(name, r.suffix)) &&
		(len(r.prefix) == 0 || slices.ContainsFunc(r.prefix, func(p string) bool { return strings.HasPrefix(name, p) }))
}

// name names the shards by their directories, relative to what all have in
// common; loose files are "(root)", or "Unit/(root)" if there are several roots.
func (d *Discovery) name() {
	common := ""
	for _, r := range d.roots {
		top := r.path
		if info, err := os.Stat(r.path); r.whole || err == nil && !info.IsDir() {
			top = filepath.Dir(r.path)
		}
		if common == "" {
			common = top
		}
		for !within(common, top) {
			common = filepath.Dir(common)
		}
	}
	used := map[string]bool{}
	for i := range d.Shards {
		shard := &d.Shards[i]
		name, err := filepath.Rel(common, shard.Dir)
		if err != nil || name == "." {
			name = ""
		}
		if d.isLoose(shard) {
			name = filepath.Join(name, RootShard)
		}
		name = filepath.ToSlash(name)
		if name == "" || used[name] {
			name = fmt.Sprintf("%s(%d)", name, i+1)
		}
		used[name] = true
		shard.Name = name
	}
}

// isLoose tells whether a shard is the files of a root, and not a directory.
func (d *Discovery) isLoose(shard *Shard) bool {
	for _, r := range d.roots {
		if !r.whole && (r.path == shard.Dir || slices.Contains(shard.Files, r.path)) {
			return true
		}
	}
	return false
}

func within(dir, path string) bool {
	return path == dir || dir == "/" || strings.HasPrefix(path, dir+string(filepath.Separator))
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

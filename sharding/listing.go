package sharding

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// listTimeout bounds a process that lists tests, which runs data providers.
const listTimeout = 10 * time.Minute

// Listing is what PHPUnit itself lists of the tests.
type Listing struct {
	Tests   int            // with their data sets
	Classes map[string]int // tests of each class, or of each .phpt file
	names   map[string]int // how often each test is listed
}

// ErrLost is returned by [Suite.List] if a test of the suite is in no shard.
var ErrLost = errors.New("tests of the suite are in no shard")

// ErrStrange is returned by [Suite.List] if a shard has a test that the suite
// has not, or two shards have the same.
var ErrStrange = errors.New("shards have tests that the suite has not")

// ErrUnlisted is returned by [Suite.List] if PHPUnit cannot list the tests, as
// with a test file that it cannot load. What the shards are is not in doubt,
// only whether PHPUnit would find the same.
var ErrUnlisted = errors.New("PHPUnit cannot list the tests")

// List has PHPUnit list the tests of the suite, and those of the files that the
// shards have, and compares the two. As each file is in one shard, each test
// then is.
func (s Suite) List(ctx context.Context, tools Toolchain, found *Discovery) (*Listing, error) {
	var files []string
	for _, shard := range found.Shards {
		files = append(files, shard.Files...)
	}
	slices.Sort(files)
	// Both start at once; what lists one is idle on the other processor.
	var whole []string
	switch {
	case found.suites:
		whole = []string{""}
	case len(found.roots) == 1 && !found.roots[0].whole:
		whole = []string{found.roots[0].path}
	}
	type answer struct {
		listing *Listing
		err     error
	}
	other := make(chan answer, 1)
	if whole != nil {
		go func() {
			listing, err := s.list(ctx, tools, variant{}, whole...)
			other <- answer{listing, err}
		}()
	}
	shards, err := s.list(ctx, tools, variant{files: files})
	suite := answer{shards, nil}
	if whole != nil {
		suite = <-other
	}
	if err = cmp.Or(err, suite.err); err != nil {
		return nil, err
	}
	return shards, compareListings(suite.listing, shards)
}

// compareListings holds the tests of the shards against those of the suite.
func compareListings(suite, shards *Listing) error {
	var lost, strange []string
	for _, name := range slices.Sorted(maps.Keys(suite.names)) {
		if shards.names[name] == 0 {
			lost = append(lost, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(shards.names)) {
		if suite.names[name] == 0 || shards.names[name] > suite.names[name] {
			strange = append(strange, name)
		}
	}
	var err error
	if len(lost) > 0 {
		err = fmt.Errorf("%w: %d of %d, the first is %s", ErrLost, len(lost), len(suite.names), lost[0])
	}
	if len(strange) > 0 {
		err = errors.Join(err, fmt.Errorf("%w, or twice: %d, the first is %s", ErrStrange, len(strange), strange[0]))
	}
	return err
}

// list has PHPUnit list tests: those of the variant, or, where an argument is
// given, those of the project's own suites ("") or of a path.
func (s Suite) list(ctx context.Context, tools Toolchain, v variant, argument ...string) (*Listing, error) {
	dir, err := os.MkdirTemp("", "covpipe-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if len(argument) > 0 {
		v = variant{ownSuites: true} // without the reports and caches for which the project has folders
	}
	config, remove, err := s.writeConfiguration(tools.config, v)
	if err != nil {
		return nil, err
	}
	defer remove()
	list := filepath.Join(dir, "tests.xml")
	args := slices.Concat([]string{tools.PHP, "-d", "memory_limit=-1"}, driverOff,
		s.phpunit(tools, config), []string{"--list-tests-xml", list})
	if len(argument) > 0 && argument[0] != "" {
		args = append(args, argument[0])
		if len(s.Suffixes) > 0 {
			args = append(args, "--test-suffix", strings.Join(s.Suffixes, ","))
		}
	}
	ended := s.processes().Run(ctx, Process{Args: args, Dir: s.Dir, Env: s.environ(dir), Timeout: listTimeout})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	f, err := os.Open(list)
	if err != nil || ended.Err != nil || ended.Late {
		return nil, fmt.Errorf("%w: %s", ErrUnlisted,
			cmp.Or(strings.TrimPrefix(because(ended.Output), ": "), lastOf(ended)))
	}
	defer f.Close()
	listing, err := readListing(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnlisted, list, err)
	}
	return listing, nil
}

func lastOf(ended Exit) string {
	if lines := tail(ended.Output); len(lines) > 0 {
		return lines[len(lines)-1]
	}
	return fmt.Sprintf("it ended with exit code %d and printed nothing", ended.Code)
}

// readListing reads the XML of --list-tests-xml, in which PHPUnit has named the
// elements in two ways.
func readListing(in io.Reader) (*Listing, error) {
	l := &Listing{Classes: map[string]int{}, names: map[string]int{}}
	class := ""
	for decoder := xml.NewDecoder(in); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attribute := map[string]string{}
		for _, a := range start.Attr {
			attribute[a.Name.Local] = a.Value
		}
		switch start.Name.Local {
		case "testCaseClass", "testClass":
			class = attribute["name"]
		case "testCaseMethod", "testMethod":
			// A later PHPUnit gives the data set only in the id.
			l.add(class, cmp.Or(attribute["id"], class+"::"+attribute["name"]+" "+attribute["dataSet"]))
		case "phptFile", "phpt":
			path := cmp.Or(attribute["path"], attribute["file"])
			if real, err := filepath.EvalSymlinks(path); err == nil {
				path = real
			}
			l.add(path, path)
		}
	}
}

func (l *Listing) add(class, name string) {
	l.Tests++
	l.Classes[class]++
	l.names[strings.TrimSpace(name)]++
}

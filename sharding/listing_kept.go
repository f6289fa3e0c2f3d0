package sharding

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// listed is a listing that is kept, and what it depends on.
type listed struct {
	Inputs string         `json:"inputs"`
	Tests  int            `json:"tests"`
	Counts map[string]int `json:"counts"` // by test file, relative to the project

	// Together has the test files of which tests depend on each other, by each the
	// first of them.
	Together map[string]string `json:"together"`
}

const listedFile = "tests.json"

// keptListing gives the tests of each file as PHPUnit listed them, and the files
// that must stay together, when code, tests, data and tools were as they are now.
func (s Suite) keptListing(inputs string) (tests int, counts map[string]int, first map[string]string, ok bool) {
	if s.Cache == "" || inputs == "" {
		return 0, nil, nil, false
	}
	text, err := os.ReadFile(filepath.Join(s.Cache, listedFile))
	var l listed
	if err != nil || json.Unmarshal(text, &l) != nil || l.Inputs != inputs || l.Together == nil {
		return 0, nil, nil, false
	}
	counts, first = map[string]int{}, map[string]string{}
	for file, n := range l.Counts {
		counts[s.path(filepath.FromSlash(file))] = n
	}
	for file, other := range l.Together {
		first[s.path(filepath.FromSlash(file))] = s.path(filepath.FromSlash(other))
	}
	return l.Tests, counts, first, true
}

// keepListing keeps a listing in which no test was lost.
func (s Suite) keepListing(work *Work) error {
	if s.Cache == "" || work.data == "" || work.kept {
		return nil
	}
	l := listed{Inputs: work.data, Tests: work.Tests, Counts: map[string]int{}, Together: map[string]string{}}
	for file, n := range work.counts {
		l.Counts[relative(s.Dir, file)] = n
	}
	for file, first := range work.first {
		l.Together[relative(s.Dir, file)] = relative(s.Dir, first)
	}
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return renameio.WriteFile(filepath.Join(s.Cache, listedFile), text, 0o644)
}

// Recount lists the tests anew, after a run that had others than a listing of an
// earlier run says: data providers may depend on anything. It does nothing if
// the listing is of this run.
func (s Suite) Recount(ctx context.Context, tools Toolchain, work *Work) error {
	if !work.kept {
		return nil
	}
	_ = os.Remove(filepath.Join(s.Cache, listedFile)) // what is not there needs no removal
	listing, err := s.List(ctx, tools, &work.Discovery)
	if err != nil {
		return err
	}
	work.Tests, work.kept = listing.Tests, false
	return nil
}

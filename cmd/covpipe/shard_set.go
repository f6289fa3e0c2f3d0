package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/sharding"
)

// shardSet is the manifest of what one machine of a fleet leaves. It is written
// last, so a folder without one is not whole.
type shardSet struct {
	Version  int              `json:"covpipe_shard_set"` // 1
	Project  string           `json:"project"`
	Machine  int              `json:"machine"` // from 1
	Machines int              `json:"machines"`
	Plan     string           `json:"plan_sha256"`
	Inputs   sharding.Inputs  `json:"inputs"`
	Branch   string           `json:"branch"`
	Began    time.Time        `json:"began"`
	Ended    time.Time        `json:"ended"`
	Host     string           `json:"host"`
	Listed   int              `json:"tests_listed"` // of the whole suite; 0: PHPUnit could not list them
	Baseline bool             `json:"all_files"`    // it has the report of all files
	Partial  string           `json:"partial_sha256"`
	Shards   []shardOutcome   `json:"shards"`
	Times    sharding.History `json:"times"`

	dir string
}

// shardOutcome is what became of a shard. Files are relative to the project.
type shardOutcome struct {
	Name    string          `json:"name"`
	Dir     string          `json:"dir"`
	Files   []string        `json:"files"`
	Tests   int             `json:"tests"`
	Seconds float64         `json:"seconds"`
	CPU     float64         `json:"cpu_seconds"`
	Peak    int64           `json:"peak_bytes"`
	Failed  bool            `json:"failed,omitempty"` // tests failed; it is measured all the same
	Ending  sharding.Ending `json:"ending,omitempty"` // of one that is missing
	Reason  string          `json:"reason,omitempty"`
	Test    string          `json:"test,omitempty"` // that was running
	Tail    []string        `json:"log_tail,omitempty"`
}

const (
	setManifest = "manifest.json"
	setPlan     = "plan.json"
	setPartial  = "merged.partial"
)

// errNoSet is what a folder is in which a machine was stopped.
var errNoSet = errors.New("it is no shard set")

// outcomeOf gives what became of a shard.
func outcomeOf(suite sharding.Suite, r sharding.Result) shardOutcome {
	o := shardOutcome{Name: r.Shard.Name, Dir: filepath.ToSlash(relative(suite.Dir, r.Shard.Dir)), Tests: r.Tests,
		Seconds: r.Wall.Seconds(), CPU: r.CPU.Seconds(), Peak: r.Peak, Failed: r.Failed}
	for _, file := range r.Shard.Files {
		o.Files = append(o.Files, filepath.ToSlash(relative(suite.Dir, file)))
	}
	if failure := (*sharding.ShardError)(nil); errors.As(r.Err, &failure) {
		o.Ending, o.Reason, o.Test, o.Tail = failure.Ending, failure.Reason, failure.Test, failure.Tail
	}
	return o
}

// missing gives the error of a shard that was not measured, or nil.
func (o shardOutcome) missing() *sharding.ShardError {
	if o.Ending == "" {
		return nil
	}
	return &sharding.ShardError{Shard: o.Name, Dir: o.Dir, Files: o.Files,
		Ending: o.Ending, Reason: o.Reason, Test: o.Test, Tail: o.Tail}
}

// planSum is the hash of a plan: who runs which files. What the machines expect
// it to take is not in it.
func planSum(f sharding.Fleet) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%d %d %d\n", f.Machines, f.Jobs, f.Baseline)
	for _, u := range f.Units {
		fmt.Fprintf(sum, "%d %q %q %q\n", u.Machine, u.Name, u.Dir, u.Files)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// writePartial writes a partial, whole or not at all, and gives its hash.
func writePartial(path string, p *coverage.Partial) (string, error) {
	var sum string
	err := loaders.ReplaceFile(path, func(w io.Writer) error {
		hash := sha256.New()
		err := p.Write(io.MultiWriter(w, hash))
		sum = hex.EncodeToString(hash.Sum(nil))
		return err
	})
	return sum, err
}

// readPartial reads a partial and holds it against its hash.
func readPartial(path, sum string) (*coverage.Partial, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if got := sha256.Sum256(text); hex.EncodeToString(got[:]) != sum {
		return nil, fmt.Errorf("%s: %w: its hash is not that of the manifest", path, coverage.ErrPartial)
	}
	p, err := coverage.ReadPartial(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err
	}
	return loaders.ReplaceFile(path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// readSets reads the shard sets that lie in folders: in each itself, or in its
// subfolders.
func readSets(dirs []string) (sets []*shardSet, err error) {
	for _, dir := range dirs {
		found := []string{filepath.Join(dir, setManifest)}
		if _, err := os.Stat(found[0]); errors.Is(err, os.ErrNotExist) {
			if found, err = manifestsIn(dir); err != nil {
				return nil, err
			}
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: %w: neither it nor a folder in it has a %s", dir, errNoSet, setManifest)
		}
		for _, path := range found {
			set, err := readSet(path)
			if err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(sets, func(s *shardSet) bool { return s.dir == set.dir }) {
				sets = append(sets, set)
			}
		}
	}
	return sets, nil
}

// manifestsIn gives the manifests in the subfolders of a folder.
func manifestsIn(dir string) (found []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name(), setManifest)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			found = append(found, path)
		}
	}
	return found, nil
}

func readSet(path string) (*shardSet, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &shardSet{dir: filepath.Dir(path)}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, errNoSet, err)
	}
	if s.Version != 1 || s.Machine < 1 || s.Machine > s.Machines {
		return nil, fmt.Errorf("%s: %w of this version of covpipe", path, errNoSet)
	}
	return s, nil
}

// plan reads the plan that the set belongs to.
func (s *shardSet) plan() (f sharding.Fleet, err error) {
	path := filepath.Join(s.dir, setPlan)
	text, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("%s: %w: %w", path, errNoSet, err)
	}
	if planSum(f) != s.Plan {
		return f, fmt.Errorf("%s: %w: its hash is not that of the manifest", path, errNoSet)
	}
	return f, nil
}

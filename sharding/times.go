package sharding

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
)

// ErrTimes is returned by [ReadHistory] for a file that has no times.
var ErrTimes = errors.New("it is no file of times, as a run leaves it")

// NewHistory gives what is known before the first run.
func NewHistory() History {
	return History{Files: map[string]FileHistory{}, PerShard: firstPerShard}
}

// ReadHistory reads a file of times. Unlike what a run finds in its cache, it
// was named, so it must be there and whole.
func ReadHistory(path string) (History, error) {
	h := NewHistory()
	text, err := os.ReadFile(path)
	if err != nil {
		return h, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&h); err != nil {
		return h, fmt.Errorf("%s: %w: %w", path, ErrTimes, err)
	}
	if h.Files == nil || h.PerShard < 0 || h.Baseline < 0 {
		return h, fmt.Errorf("%s: %w", path, ErrTimes)
	}
	for name, file := range h.Files {
		if file.Seconds < 0 || file.Tests < 0 {
			return h, fmt.Errorf("%s: %w: %s took %v s", path, ErrTimes, name, file.Seconds)
		}
	}
	return h, nil
}

// Write writes a file of times for [ReadHistory], whole or not at all.
func (h History) Write(path string) error {
	text, err := json.MarshalIndent(h, "", " ")
	if err != nil {
		return err
	}
	return renameio.WriteFile(path, append(text, '\n'), 0o644)
}

// Learn adds what shards of the suite took, by the results of one machine.
func (h *History) Learn(s Suite, results []Result) { h.learn(s.Dir, results) }

// LearnTooMuch notes a shard that ran out of memory or time and is split.
func (h *History) LearnTooMuch(s Suite, shard Shard, ending Ending) { h.tooMuch(s, shard, ending) }

// Add adds what another machine learned. What a process takes besides its tests
// is the least that any has seen.
func (h *History) Add(other History) {
	if len(other.Files) > 0 && (len(h.Files) == 0 || other.PerShard < h.PerShard) {
		h.PerShard = other.PerShard
	}
	maps.Copy(h.Files, other.Files)
	for _, t := range other.TooMuch {
		if !slices.ContainsFunc(h.TooMuch, func(known TooMuch) bool { return slices.Equal(known.Files, t.Files) }) {
			h.TooMuch = append(h.TooMuch, t)
		}
	}
	h.Baseline, h.Memory = max(h.Baseline, other.Baseline), max(h.Memory, other.Memory)
}

// Shards makes shards of the files of a history, one for each directory, for a
// plan without a project.
func (h History) Shards() (shards []Shard, cost map[string]Cost) {
	cost = map[string]Cost{}
	byDir := map[string][]string{}
	for _, file := range slices.Sorted(maps.Keys(h.Files)) {
		known := h.Files[file]
		byDir[path.Dir(file)] = append(byDir[path.Dir(file)], file)
		cost[file] = Cost{Seconds: known.Seconds, Tests: known.Tests}
	}
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		name := dir
		if name == "." {
			name = RootShard
		}
		shards = append(shards, Shard{Name: strings.TrimPrefix(name, "/"), Dir: dir, Files: byDir[dir]})
	}
	return shards, cost
}

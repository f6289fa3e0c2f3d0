package sharding

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// History is what earlier runs of a suite took. Paths of files are relative to
// the project.
type History struct {
	Files    map[string]FileHistory `json:"files"`         // by test file
	PerShard float64                `json:"per_shard"`     // seconds that a process takes besides its tests
	Baseline float64                `json:"baseline"`      // seconds of the run that lists all files
	Memory   int64                  `json:"baseline_peak"` // octets of it
	TooMuch  []TooMuch              `json:"too_much,omitempty"`
	Overhead *Overhead              `json:"overhead,omitempty"` // as measured the last time
}

// FileHistory is what a test file took the last time.
type FileHistory struct {
	Seconds float64 `json:"seconds"` // the less of the last two times, since a machine that was busy once says little
	Last    float64 `json:"last"`    // the last time; 0: the same
	Tests   int     `json:"tests"`
	Peak    int64   `json:"peak"` // octets of the process that it ran in
}

const (
	// guess is what a test is taken to last if no run has shown it.
	guess = 0.01
	// firstPerShard is what a process is taken to last besides its tests.
	firstPerShard = 0.2
)

// timesFile is where the history under a driver is kept.
func (s Suite) timesFile(driver string) string {
	return filepath.Join(s.Cache, "times-"+driver+".json")
}

// history reads what earlier runs took. Without a cache folder, or with a file
// that is not whole, there is none, and the plan is made from counts.
func (s Suite) history(driver string) History {
	empty := History{Files: map[string]FileHistory{}, PerShard: firstPerShard}
	if s.Cache == "" {
		return empty
	}
	text, err := os.ReadFile(s.timesFile(driver))
	if err != nil {
		return empty
	}
	h := empty
	if json.Unmarshal(text, &h) != nil || h.Files == nil {
		return empty
	}
	return h
}

// save keeps a history for the next run.
func (s Suite) save(driver string, h History) error {
	if s.Cache == "" {
		return nil
	}
	text, err := json.MarshalIndent(h, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.Cache, 0o755); err != nil {
		return err
	}
	return renameio.WriteFile(s.timesFile(driver), append(text, '\n'), 0o644)
}

// costs gives what each file is expected to take: as long as the last time, or
// as the number of its tests and the mean of all known tests let expect.
func (h History) costs(dir string, counts map[string]int) map[string]Cost {
	seconds, tests := 0.0, 0
	for file := range counts {
		if known, ok := h.Files[relative(dir, file)]; ok {
			seconds += known.Seconds
			tests += known.Tests
		}
	}
	mean := guess
	if tests > 0 {
		mean = seconds / float64(tests)
	}
	costs := map[string]Cost{}
	for file, count := range counts {
		if known, ok := h.Files[relative(dir, file)]; ok {
			costs[file] = Cost{Seconds: known.Seconds, Tests: count}
			continue
		}
		costs[file] = Cost{Seconds: mean * float64(max(count, 1)), Tests: count, Estimated: true}
	}
	return costs
}

// peak gives the octets that a process with these files is expected to take: as
// much as the largest of those that had one of them; 0 if that is not known.
func (h History) peak(dir string, files []string) (octets int64) {
	for _, file := range files {
		octets = max(octets, h.Files[relative(dir, file)].Peak)
	}
	return octets
}

// learn adds what shards took. What a process took besides its tests is, for
// the shortest, the constant cost of a shard; where it is more, as with a long
// setUpBeforeClass, it is shared out among the files. Of shards that a run which
// was killed has left nobody has learned yet.
func (h *History) learn(dir string, results []Result) {
	constant := math.Inf(1)
	for _, r := range results {
		if r.Err == nil {
			constant = min(constant, r.besides())
		}
	}
	if math.IsInf(constant, 1) {
		return
	}
	h.PerShard = constant
	for _, r := range results {
		if r.Err != nil {
			continue
		}
		rest := (r.besides() - constant) / float64(len(r.Shard.Files))
		for _, file := range r.Shard.Files {
			name, took := relative(dir, file), r.Times[file].Seconds()+rest
			known := FileHistory{Seconds: took, Last: took, Tests: r.Counts[file], Peak: r.Peak}
			if before, ok := h.Files[name]; ok && before.Tests == known.Tests {
				known.Seconds = min(took, cmp.Or(before.Last, before.Seconds))
			}
			h.Files[name] = known
		}
	}
}

// besides gives the seconds of a process that were no test.
func (r Result) besides() float64 {
	seconds := r.Wall.Seconds()
	for _, t := range r.Times {
		seconds -= t.Seconds()
	}
	return max(seconds, 0)
}

func relative(dir, path string) string {
	if short, err := filepath.Rel(dir, path); err == nil {
		return filepath.ToSlash(short)
	}
	return path
}

// errBusy says that another run uses the cache folder.
var errBusy = errors.New("another run uses the cache")

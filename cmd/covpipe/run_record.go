package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/covpipe/covpipe/loaders"
)

// recordFile is what a run leaves for scripts, and for --resume. It is replaced
// whole when the run begins, when a source ends, and when the run ends.
const recordFile = "run.json"

// recordVersion counts the versions of [runRecord]. It grows when a key changes
// its meaning or goes; keys may be added.
const recordVersion = 1

// What a run or a source is.
const (
	statusRunning  = "running"  // or killed, if its process is gone
	statusDone     = "done"     // exit code 0
	statusPart     = "part"     // exit code 3
	statusFailed   = "failed"   // exit code 1
	statusStopped  = "stopped"  // by a signal
	statusWaiting  = "waiting"  // of a source: not begun
	statusMeasured = "measured" // of a source
	statusKept     = "kept"     // of a source: measured before the run was resumed
	statusMissing  = "missing"  // of a source: not measured
)

// runRecord says how a run goes, or went. Times are UTC.
type runRecord struct {
	Version    int             `json:"version"`
	Covpipe    string          `json:"covpipe_version"`
	Run        string          `json:"run"` // the name of its folder
	Project    string          `json:"project"`
	Week       string          `json:"week"` // in which it began: 2026-W47
	Warehouse  string          `json:"warehouse"`
	Only       []string        `json:"only"`            // the sources that --only named, sorted; empty: all
	BuildAsked string          `json:"build,omitempty"` // of --build
	Status     string          `json:"status"`
	ExitCode   *int            `json:"exit_code"` // null while it runs
	Error      string          `json:"error,omitempty"`
	Complete   bool            `json:"complete"` // nothing is missing; --resume has nothing to do
	Began      time.Time       `json:"began"`
	Ended      *time.Time      `json:"ended"`      // null while it runs
	Seconds    float64         `json:"seconds"`    // that its processes ran
	PeakBytes  int64           `json:"peak_bytes"` // of the largest PHP process; 0 if none ran
	Attempts   []attemptRecord `json:"attempts"`   // its processes: one, and one more for each --resume
	Missing    []string        `json:"missing"`    // sources
	Lacking    []string        `json:"lacking"`    // what sources have a gap, and why
	Sources    []sourceRecord  `json:"sources"`
	Loaded     []loadedRecord  `json:"loaded"` // what the load did; empty before it
	Sent       []sentRecord    `json:"sent"`   // what was sent and written at the end
}

// attemptRecord is one process of a run.
type attemptRecord struct {
	PID   int        `json:"pid"`
	Host  string     `json:"host"`
	Began time.Time  `json:"began"`
	Ended *time.Time `json:"ended"` // null while it runs, or if it was killed
}

type sourceRecord struct {
	Name      string       `json:"name"`
	Platform  string       `json:"platform"`
	Kind      string       `json:"kind"` // phpunit, report or jenkins
	Status    string       `json:"status"`
	Began     *time.Time   `json:"began"`
	Ended     *time.Time   `json:"ended"`
	Seconds   float64      `json:"seconds"`
	Rows      int64        `json:"rows"`
	Build     int64        `json:"build_number,omitempty"`
	Tests     int64        `json:"tests_run,omitempty"`
	Shards    *shardCounts `json:"shards,omitempty"`
	PeakBytes int64        `json:"peak_bytes,omitempty"`
	Failing   []string     `json:"failing"` // shards with failing tests
	Lacking   []string     `json:"lacking"` // gaps
	Error     string       `json:"error,omitempty"`
}

type shardCounts struct {
	Expected int64 `json:"expected"`
	Present  int64 `json:"present"`
}

type loadedRecord struct {
	RunID    string `json:"run_id"` // in the ledger
	Week     string `json:"week"`   // the Monday
	Project  string `json:"project"`
	Platform string `json:"platform"`
	Branch   string `json:"branch"`
	Rows     int64  `json:"rows"`
	Change   string `json:"change"` // added, replaced or unchanged
}

// sentRecord is a letter, a dashboard or metrics.
type sentRecord struct {
	What  string    `json:"what"`
	At    time.Time `json:"at"`
	Error string    `json:"error,omitempty"` // why it was not
}

// recorder keeps the record of a run in its folder. Sources end side by side.
type recorder struct {
	dir   string
	mutex sync.Mutex
	runRecord
}

// change changes the record and writes it.
func (r *recorder) change(edit func(*runRecord)) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	edit(&r.runRecord)
	return loaders.ReplaceFile(filepath.Join(r.dir, recordFile), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r.runRecord)
	})
}

// source gives the entry of a source; only change may call it.
func (r *runRecord) source(name string) *sourceRecord {
	for i := range r.Sources {
		if r.Sources[i].Name == name {
			return &r.Sources[i]
		}
	}
	r.Sources = append(r.Sources, sourceRecord{Name: name, Failing: []string{}, Lacking: []string{}})
	return &r.Sources[len(r.Sources)-1]
}

// errNoRecord says that a folder has no record that this covpipe can read.
var errNoRecord = errors.New("no record of a run")

// readRecord reads the record of a run.
func readRecord(dir string) (record runRecord, err error) {
	text, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err == nil {
		err = json.Unmarshal(text, &record)
	}
	if err == nil && record.Version > recordVersion {
		err = fmt.Errorf("it is of version %d, and this covpipe knows %d", record.Version, recordVersion)
	}
	if err != nil {
		return runRecord{}, fmt.Errorf("%w: %w", errNoRecord, err)
	}
	return record, nil
}

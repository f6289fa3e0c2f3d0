package loaders

import (
	"crypto/rand"
	"time"
)

// About is what a loader is told of a load besides its rows. Files keep none of
// it; a warehouse keeps it in its ledger, coverage_runs. The zero About is a
// load of which nothing else is known.
type About struct {
	RunID    string          // names the load in the ledger; empty: a new name
	Version  string          // of covpipe
	At       time.Time       // when the load begins; zero: now
	Sources  func() []Source // what is known of its measurements; called when the rows have been read
	Progress func(step Step, rows int64)

	again   bool      // an earlier attempt may have been committed
	sources []Source  // as Sources gave them
	began   time.Time // by the clock of this process
}

// Source is what is known of one measurement besides its rows.
type Source struct {
	Key
	Name         string // in the configuration
	ReportSHA256 string // of the report file, in hexadecimal
	Stated       Totals // what the report states of itself
	Findings     []string
	Shards       Total         // present of expected
	Failing      []string      // parts that were measured although their tests fail
	Took         time.Duration // to measure
	Driver       string        // that measured coverage, "xdebug 3.2.0"; empty: unknown, as in the next two
	Runtime      string        // that ran the tests, "PHP 8.2.36"
	Runner       string        // of the tests, "PHPUnit 9.6.7"
	Tests        int64         // that were started; 0: unknown
	ShardRuns    []ShardRun    // one for each shard that was expected
	Missing      string        // why there are no rows of it; empty: there are
}

// ShardRun is one shard of a source, as a row of coverage_shards keeps it. It is
// written in the transaction of the source's row of the ledger.
type ShardRun struct {
	Name   string // no two of a source are the same
	Status ShardStatus
	Ending string        // how its process ended, "passed"; empty: unknown
	Tests  int64         // that were started
	Wall   time.Duration // of the process; 0: unknown
	CPU    time.Duration // of the process and its own; 0: unknown
	Peak   int64         // most octets of memory at a time; 0: unknown
	Driver string        // that measured coverage, "xdebug 3.2.0"; empty: unknown
}

// ShardStatus tells what became of a shard.
type ShardStatus string

// What can become of a shard.
const (
	ShardMeasured ShardStatus = "measured"
	ShardFailing  ShardStatus = "failing" // measured, and tests failed
	ShardReused   ShardStatus = "reused"  // measured and passed, before the run was resumed
	ShardMissing  ShardStatus = "missing" // not measured
)

// Total is covered out of total. The zero Total is unknown.
type Total struct {
	Covered, Total int64
	Known          bool
}

// Totals are those of a report.
type Totals struct{ Lines, Methods, Branches Total }

// Step is a point that a load has reached.
type Step string

// The steps of a load, in order. A file has Reading, Written and Committed.
const (
	Reading    Step = "reading"    // so many rows were read
	Connected  Step = "connected"  // to the warehouse
	Sending    Step = "sending"    // so many rows are on their way
	Staged     Step = "staged"     // all rows are in the warehouse, and do not count yet
	Compared   Step = "compared"   // with what the warehouse has
	Deleted    Step = "deleted"    // the rows that are replaced
	Inserted   Step = "inserted"   // the rows that replace them
	Written    Step = "written"    // all is ready to count; of a file: it is whole beside the old one
	Committing Step = "committing" // the last word is on its way
	Committed  Step = "committed"  // the rows count
)

// Steps are all of them.
var Steps = []Step{Reading, Connected, Sending, Staged, Compared, Deleted, Inserted, Written, Committing, Committed}

func (a About) step(s Step, rows int64) {
	if a.Progress != nil {
		a.Progress(s, rows)
	}
}

// complete fills in what every load has.
func (a About) complete() About {
	a.began = time.Now()
	if a.At.IsZero() {
		a.At = a.began
	}
	if a.RunID == "" {
		a.RunID = a.At.UTC().Format("20060102T150405Z-") + rand.Text()[:10]
	}
	return a
}

// told asks for what is known of the measurements.
func (a About) told() About {
	if a.Sources != nil {
		a.sources = a.Sources()
	}
	return a
}

// source gives what is known of a measurement.
func (a About) source(key Key) Source {
	for _, s := range a.sources {
		if s.Key == key {
			return s
		}
	}
	return Source{Key: key}
}

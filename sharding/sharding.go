// Package sharding turns a PHPUnit project into one Clover report for each part
// of its tests, and one of all files that it measures.
//
// It starts processes and reads what they leave behind; what is in a report is
// not its business.
package sharding

import (
	"fmt"
	"strings"
	"time"
)

// Suite is a PHPUnit project and how to run it.
type Suite struct {
	Dir       string        // the project, absolute; processes run in it
	Tests     string        // tests root or pattern of directories, from Dir or absolute; empty: see [Suite.Discover]
	Config    string        // phpunit.xml, likewise; empty: phpunit.xml or phpunit.xml.dist in Dir
	Source    string        // root of the measured code, absolute; empty: Dir
	PHP       string        // the interpreter, a command or a path, relative to Dir; empty: "php"
	PHPUnit   string        // the script, a path likewise; empty: vendor/bin/phpunit in Dir, else phpunit on the PATH
	Driver    string        // "pcov", "xdebug", or "auto": PCOV if it is there, else Xdebug
	Suffixes  []string      // how test files end; empty: "Test.php" and ".phpt", as in PHPUnit
	Timeout   time.Duration // for one shard; 0 is two hours
	Overhead  time.Duration // shards also run without coverage if the last time is so long ago; 0: never
	Environ   []string      // of the processes, as in os.Environ
	Cache     string        // a folder for what is kept between runs; empty: nothing is
	Processes Processes     // what runs PHP; nil: this machine
	Now       func() time.Time
}

// Shard is a part of the suite that one PHPUnit process runs.
type Shard struct {
	Name  string   // no two of a plan are the same, also as paths; "Cart", "(root)", "Cart~2"
	Dir   string   // absolute; holds the files
	Files []string // the test files, absolute, sorted

	// With has the files that cannot be split from others, since their tests depend
	// on each other: by each the first of them.
	With map[string]string `json:",omitempty"`
}

// RootShard names the shard of the test files that lie in the tests root
// itself, outside any directory.
const RootShard = "(root)"

// Skipped is something among the tests that is no shard.
type Skipped struct{ Path, Reason string }

// Result is how one shard ended.
type Result struct {
	Shard   Shard
	Report  string                   // its Clover report; empty if there is none to use
	Log     string                   // what PHPUnit printed
	Planned int                      // tests that PHPUnit said it would run
	Tests   int                      // that were started
	Times   map[string]time.Duration // of the tests in each file, by absolute path
	Counts  map[string]int           // tests of each file, likewise
	Wall    time.Duration            // of the process
	CPU     time.Duration            // of the process and those that it waited for
	Peak    int64                    // most octets that were resident at a time
	Failed  bool                     // tests failed or had errors; the report is whole all the same
	Reused  bool                     // from a run that was interrupted
	Err     error                    `json:"-"` // a *ShardError, if the shard could not be measured
}

// ShardError says why a shard was not measured.
type ShardError struct {
	Shard  string
	Dir    string   // its directory, absolute
	Files  []string // its test files, absolute
	Ending Ending   // the kind of end
	Reason string   // "PHP ended with exit code 255"
	Test   string   // that was running; empty if none was
	Log    string   // path of the log
	Tail   []string // the last lines of the log
}

func (e *ShardError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "shard %s: %s", e.Shard, e.Reason)
	if e.Test != "" {
		fmt.Fprintf(&b, ", in %s", e.Test)
	}
	return b.String()
}

func (s Suite) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s Suite) processes() Processes {
	if s.Processes != nil {
		return s.Processes
	}
	return Machine{}
}

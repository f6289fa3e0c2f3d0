package sharding

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// Ending is the kind of end that a shard came to.
type Ending string

// The ends of shards. Of the first two there is coverage.
const (
	Passed      Ending = "passed"
	TestsFailed Ending = "tests_failed"  // exit code 1 or 2: failures or errors of tests
	NoTests     Ending = "no_tests"      // "No tests executed!", where tests were expected
	Exited      Ending = "exited"        // a test called exit
	OutOfMemory Ending = "out_of_memory" // memory_limit, or the system's killer of processes
	Redeclared  Ending = "redeclared"    // two files declare one class or function
	ParseError  Ending = "parse_error"
	Fatal       Ending = "fatal"      // another fatal error of PHP
	Segfault    Ending = "segfault"   // SIGSEGV, SIGBUS, SIGABRT, SIGILL or SIGFPE
	Terminated  Ending = "terminated" // another signal, from outside
	TimedOut    Ending = "timed_out"
	BadPath     Ending = "bad_path"        // a test file is gone
	NoDriver    Ending = "no_driver"       // PHP cannot measure
	NoInclude   Ending = "no_include_list" // phpunit.xml does not say what to measure
	Unwritable  Ending = "unwritable"      // the report could not be written
	BadReport   Ending = "bad_report"      // the report is missing, empty or breaks off
	NotRun      Ending = "not_run"         // PHP could not be started
	Stopped     Ending = "stopped"         // by the user
	Absent      Ending = "absent"          // the machine that was to run it has left nothing

	KillsWorkers Ending = "kills_workers" // workers that ran it died or went silent
)

// Splits tells whether a smaller part of the shard may end better.
func (e Ending) Splits() bool { return e == OutOfMemory || e == TimedOut }

// Crashes tells whether the same may end better a second time, with the machine
// to itself.
func (e Ending) Crashes() bool {
	return slices.Contains([]Ending{Fatal, Segfault, Terminated, Exited, BadReport, Unwritable, NotRun}, e)
}

// judge decides from what a process left behind whether its shard was measured.
// An exit code of 0 proves nothing: exit(0) inside a test, a missing driver and
// an empty include list all end that way, without a report. expected is the
// number of tests that the shard should have, 0 if that is not known.
func judge(result Result, report string, running string, ended Exit, expected int) Result {
	log := readLog(result.Log)
	fail := func(ending Ending, format string, args ...any) Result {
		result.Err = &ShardError{Shard: result.Shard.Name, Dir: result.Shard.Dir, Files: result.Shard.Files,
			Ending: ending, Reason: fmt.Sprintf(format, args...), Test: running, Log: result.Log, Tail: tail(log)}
		return result
	}
	if ending, reason := endingOf(ended, log); ending != Passed {
		return fail(ending, "%s", reason)
	}
	if err := whole(report); err != nil {
		ending, why := withoutReport(log, running)
		if premature.Match(log) && fatalError.Match(log) {
			ending, why = fatalEnding(log), "PHP crashed: "
		}
		return fail(ending, "%sPHPUnit ended with exit code %d and left no whole report: %v%s",
			why, ended.Code, err, because(log))
	}
	if result.Tests == 0 && expected > 0 && bytes.Contains(log, []byte("No tests executed!")) {
		return fail(NoTests, "PHPUnit ran none of its %d tests", expected)
	}
	result.Report = report
	result.Failed = ended.Code != 0
	return result
}

// faults are the signals of a program that went wrong by itself.
var faults = []syscall.Signal{syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGABRT, syscall.SIGILL, syscall.SIGFPE}

// endingOf tells the ends apart that show in how the process ended. Passed means
// that the report decides.
func endingOf(ended Exit, log []byte) (Ending, string) {
	switch {
	case ended.Err != nil && ended.Wall == 0:
		return NotRun, fmt.Sprintf("PHP could not be run: %v", ended.Err)
	case ended.Err != nil:
		return Stopped, fmt.Sprintf("stopped: %v", ended.Err)
	case ended.Late:
		return TimedOut, "stopped: it took too long"
	case ended.Signal == syscall.SIGKILL:
		return OutOfMemory, "PHP was ended by a signal (killed), as the system does when memory runs out"
	case slices.Contains(faults, ended.Signal):
		return Segfault, fmt.Sprintf("PHP crashed by a signal (%v)", ended.Signal)
	case ended.Signal != 0:
		return Terminated, fmt.Sprintf("PHP was ended by a signal (%v)", ended.Signal)
	case ended.Code == 255:
		return fatalEnding(log), "PHP crashed (exit code 255)" + because(log)
	case interrupted.Match(log):
		return Terminated, "PHPUnit was interrupted by a signal and stopped in order"
	case ended.Code > 2:
		return Exited, fmt.Sprintf("PHP ended with exit code %d%s", ended.Code, because(log))
	}
	return Passed, ""
}

// Newer versions of PHPUnit, 13 among them, end with exit code 2 where PHP alone
// ends with 255 after a fatal error, and say so; they say the same of exit in a
// test.
var (
	premature = regexp.MustCompile(`(?m)^Fatal error: Premature end of PHP`)
	// Since 13 it also ends in order after a signal, with exit code 0.
	interrupted = regexp.MustCompile(`(?m)^Test execution was interrupted by a signal`)
	fatalError  = regexp.MustCompile(`(?:Fatal|Parse) error: +(?:[^P\s]|P[^r])`)
)

func fatalEnding(log []byte) Ending {
	for _, c := range []struct {
		sign   string
		ending Ending
	}{
		{"Allowed memory size of", OutOfMemory}, {"Out of memory", OutOfMemory},
		{"Cannot declare ", Redeclared}, {"Cannot redeclare ", Redeclared},
		{"Parse error:", ParseError}, {"ParseError", ParseError}, {"syntax error", ParseError},
	} {
		if bytes.Contains(log, []byte(c.sign)) {
			return c.ending
		}
	}
	return Fatal
}

// withoutReport tells why an exit code of 0 to 2 came without a report.
func withoutReport(log []byte, running string) (Ending, string) {
	for _, c := range []struct {
		sign   string
		ending Ending
	}{
		{"Cannot open file", BadPath}, {"not found", BadPath},
		{"No code coverage driver", NoDriver}, {"has to be set", NoDriver},
		{"No filter is configured", NoInclude}, {"Incorrect filter configuration", NoInclude},
		{"Incorrect whitelist", NoInclude}, {"No whitelist is configured", NoInclude},
		{"Could not write", Unwritable}, {"could not be written", Unwritable},
		{"Permission denied", Unwritable}, {"No space left on device", Unwritable}, {"failed [", Unwritable},
	} {
		if running == "" && bytes.Contains(log, []byte(c.sign)) {
			return c.ending, ""
		}
	}
	if running != "" {
		return Exited, "a test called exit: "
	}
	return BadReport, ""
}

// whole tells whether a Clover report was written to its end. Whether it is
// well-formed shows when it is read.
func whole(report string) error {
	f, err := os.Open(report)
	if errors.Is(err, os.ErrNotExist) {
		return errors.New("there is none")
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return errors.New("it is empty")
	}
	end := make([]byte, min(info.Size(), 64))
	if _, err := f.ReadAt(end, info.Size()-int64(len(end))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if !bytes.HasSuffix(bytes.TrimSpace(end), []byte("</coverage>")) {
		return errors.New("it breaks off")
	}
	return nil
}

// reasons are lines that say why, in PHP's words or PHPUnit's. What PHPUnit has
// printed for each test may stand before them.
var reasons = regexp.MustCompile(`(?m)^[.FEWRSIDN]*(?:PHP )?` +
	`((?:Fatal error:|Parse error:|Warning:|Cannot open file|Message:)\s*.*|` +
	`No code coverage driver.*|Could not read .*)$`)

// because gives the line of a log that says why, with a colon before it.
func because(log []byte) string {
	said := ""
	for _, match := range reasons.FindAllSubmatch(log, -1) {
		line := strings.TrimSpace(string(match[1]))
		if !premature.MatchString(line) {
			return ": " + line
		}
		said = ": " + line
	}
	return said
}

// logPart bounds what is read of the beginning and of the end of a log, in
// octets. Tests that print gigabytes do so in between: what PHPUnit cannot do it
// says at once, and why PHP crashed are its last words.
const logPart = 1 << 20

// readLog reads a log, or of a large one the beginning and the end. Without a log
// there is only less to tell.
func readLog(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	if info.Size() <= 2*logPart {
		log, _ := io.ReadAll(f)
		return log
	}
	log := make([]byte, 2*logPart+1)
	first, _ := f.ReadAt(log[:logPart], 0)
	log[first] = '\n'
	last, _ := f.ReadAt(log[first+1:], info.Size()-logPart)
	return log[:first+1+last]
}

const tailLines = 5

// tail gives the last lines of a log that are not blank.
func tail(log []byte) []string {
	var lines []string
	for line := range strings.Lines(string(log)) {
		if line = strings.TrimRight(line, " \r\n"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-tailLines):]
}

package sharding

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// judge decides from what a process left behind whether its shard was measured.
// An exit code of 0 proves nothing: exit(0) inside a test, a missing driver and
// an empty include list all end that way, without a report.
func judge(result Result, report, teamcity string, ended error, ctx context.Context) Result {
	var running string
	result.Tests, running = testsStarted(teamcity)
	fail := func(format string, args ...any) Result {
		result.Err = &ShardError{Shard: result.Shard.Name, Dir: result.Shard.Dir, Reason: fmt.Sprintf(format, args...),
			Test: running, Log: result.Log, Tail: tail(result.Log)}
		return result
	}
	if ctx.Err() != nil {
		return fail("stopped: %v", context.Cause(ctx))
	}
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(ended, &exit) {
		code = exit.ExitCode()
		if code < 0 {
			return fail("PHP was ended by a signal (%v)", exit.ProcessState)
		}
	} else if ended != nil {
		return fail("PHP could not be run: %v", ended)
	}
	if code > 2 {
		reason := fmt.Sprintf("PHP ended with exit code %d", code)
		if code == 255 {
			reason = "PHP crashed (exit code 255)"
		}
		return fail("%s%s", reason, because(result.Log))
	}
	if err := whole(report); err != nil {
		return fail("PHPUnit ended with exit code %d and left no whole report: %v%s", code, err, because(result.Log))
	}
	result.Report = report
	result.Failed = code != 0
	return result
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

var testStarted = regexp.MustCompile(`^##teamcity\[testStarted name='((?:[^'|]|\|.)*)'`)
var testFinished = regexp.MustCompile(`^##teamcity\[testFinished `)
var suiteStarted = regexp.MustCompile(`^##teamcity\[testSuiteStarted name='((?:[^'|]|\|.)*)'`)

// testsStarted counts the tests in PHPUnit's event log, which is flushed after
// each event, and names the one that never finished.
func testsStarted(teamcity string) (n int, running string) {
	f, err := os.Open(teamcity)
	if err != nil {
		return 0, ""
	}
	defer f.Close()
	suite := ""
	for in := bufio.NewReader(f); ; {
		line, err := in.ReadString('\n')
		switch {
		case testFinished.MatchString(line):
			running = ""
		case testStarted.MatchString(line):
			n++
			running = strings.TrimPrefix(suite+"::", "::") + unescapeTeamCity(testStarted.FindStringSubmatch(line)[1])
		case suiteStarted.MatchString(line):
			if name := unescapeTeamCity(suiteStarted.FindStringSubmatch(line)[1]); !strings.Contains(name, "::") {
				suite = name
			}
		}
		if err != nil {
			return n, running
		}
	}
}

func unescapeTeamCity(s string) string {
	return strings.NewReplacer("|'", "'", "|n", " ", "|r", " ", "||", "|", "|[", "[", "|]", "]").Replace(s)
}

var reasons = regexp.MustCompile(`(?m)^(?:PHP )?(?:Fatal error:|Parse error:|Warning:|Cannot open file)\s*(.*)$|^(No code coverage driver.*|Could not read .*)$`)

// because gives the line of the log that says why, with a colon before it.
func because(log string) string {
	text, err := os.ReadFile(log)
	if err != nil {
		return ""
	}
	line := strings.TrimSpace(string(reasons.Find(text)))
	if line == "" {
		return ""
	}
	return ": " + line
}

const tailLines = 5

// tail gives the last lines of a log that are not blank.
func tail(log string) []string {
	text, err := os.ReadFile(log)
	if err != nil {
		return nil
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, " \r\n"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-tailLines):]
}

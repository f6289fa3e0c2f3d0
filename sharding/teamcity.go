package sharding

import (
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// events reads PHPUnit's event log, which is flushed after each event, as far
// as it is written; it can be called again for more.
type events struct {
	path    string
	offset  int64
	rest    []byte // of a line that is not whole yet
	planned int
	started int
	running string // the test that has started and not ended
	suite   string
	file    string // that the suite is in
	counts  map[string]int
	times   map[string]time.Duration
}

func newEvents(path string) *events {
	return &events{path: path, counts: map[string]int{}, times: map[string]time.Duration{}}
}

// read reads what has been written since. A log that is not there yet says
// nothing.
func (e *events) read() {
	f, err := os.Open(e.path)
	if err != nil {
		return
	}
	defer f.Close()
	if _, err := f.Seek(e.offset, io.SeekStart); err != nil {
		return
	}
	chunk := make([]byte, 64<<10)
	for {
		n, err := f.Read(chunk)
		e.offset += int64(n)
		e.take(chunk[:n])
		if err != nil {
			return // at the end, or what there is must do
		}
	}
}

func (e *events) take(text []byte) {
	e.rest = append(e.rest, text...)
	for {
		line, rest, found := bytes.Cut(e.rest, []byte("\n"))
		if !found {
			return
		}
		e.rest = rest
		e.line(string(line))
	}
}

var event = regexp.MustCompile(`^##teamcity\[(\w+) (.*)\]\s*$`)

func (e *events) line(line string) {
	match := event.FindStringSubmatch(line)
	if match == nil {
		return
	}
	name := attribute(match[2], "name")
	switch match[1] {
	case "testCount":
		e.planned, _ = strconv.Atoi(attribute(match[2], "count"))
	case "testSuiteStarted":
		// The suite of a data provider has the name of its method.
		if !strings.Contains(name, "::") {
			e.suite = name
		}
		if file, ok := fileOf(match[2]); ok {
			e.file = file
		}
	case "testStarted":
		e.started++
		e.running = strings.TrimPrefix(e.suite+"::", "::") + name
		if file, ok := fileOf(match[2]); ok {
			e.file = file
		}
		e.counts[e.file]++
	case "testFinished":
		e.running = ""
		if ms, err := strconv.ParseInt(attribute(match[2], "duration"), 10, 64); err == nil {
			e.times[e.file] += time.Duration(ms) * time.Millisecond
		}
	}
}

// fileOf gives the file of a location hint, php_qn://FILE::\Class::method.
func fileOf(attributes string) (string, bool) {
	file, found := strings.CutPrefix(attribute(attributes, "locationHint"), "php_qn://")
	if !found {
		return "", false
	}
	file, _, found = strings.Cut(file, "::")
	return file, found
}

// attribute gives an attribute of an event, without the escapes.
func attribute(attributes, name string) string {
	_, value, found := strings.Cut(" "+attributes, " "+name+"='")
	if !found {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch {
		case value[i] == '\'':
			return b.String()
		case value[i] == '|' && i+1 < len(value):
			i++
			if c := value[i]; c == 'n' || c == 'r' {
				b.WriteByte(' ')
			} else {
				b.WriteByte(c)
			}
		default:
			b.WriteByte(value[i])
		}
	}
	return b.String()
}

// remove deletes what an earlier process may have left.
func remove(paths ...string) error {
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

package sharding

import (
	"bytes"
	"errors"
	"io"
	"os"
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
	hint    []byte // the same, as it is written
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
	if len(e.rest) > 0 {
		text = append(e.rest, text...)
	}
	for {
		line, rest, found := bytes.Cut(text, []byte("\n"))
		if !found {
			e.rest = append([]byte(nil), text...)
			return
		}
		text = rest
		e.line(line)
	}
}

// line takes one event, "##teamcity[testStarted name='testIt' …]". Tests by the
// thousand make it worth while to look at bytes alone.
func (e *events) line(line []byte) {
	rest, found := bytes.CutPrefix(line, []byte("##teamcity["))
	if !found {
		return
	}
	kind, attributes, found := bytes.Cut(rest, []byte(" "))
	if !found {
		return
	}
	switch string(kind) {
	case "testCount":
		e.planned, _ = strconv.Atoi(attribute(attributes, "count"))
	case "testSuiteStarted":
		// The suite of a data provider has the name of its method.
		if name := attribute(attributes, "name"); !strings.Contains(name, "::") {
			e.suite = name
		}
		e.enter(attributes)
	case "testStarted":
		e.started++
		e.running = strings.TrimPrefix(e.suite+"::", "::") + attribute(attributes, "name")
		e.enter(attributes)
		e.counts[e.file]++
	case "testFinished":
		e.running = ""
		if ms, err := strconv.ParseInt(attribute(attributes, "duration"), 10, 64); err == nil {
			e.times[e.file] += time.Duration(ms) * time.Millisecond
		}
	}
}

// enter takes the file of a location hint, php_qn://FILE::\Class::method.
func (e *events) enter(attributes []byte) {
	hint := raw(attributes, "locationHint")
	file, found := bytes.CutPrefix(hint, []byte("php_qn://"))
	if !found {
		return
	}
	if file, _, found = bytes.Cut(file, []byte("::")); found && !bytes.Equal(file, e.hint) {
		e.hint = append(e.hint[:0], file...)
		e.file = unescape(file)
	}
}

// raw gives an attribute of an event as it is written; nil if there is none.
func raw(attributes []byte, name string) []byte {
	for from := 0; ; {
		at := bytes.Index(attributes[from:], []byte(name))
		if at < 0 {
			return nil
		}
		from += at + len(name)
		value, found := bytes.CutPrefix(attributes[from:], []byte("='"))
		if !found || from > len(name) && attributes[from-len(name)-1] != ' ' {
			continue
		}
		for i := 0; i < len(value); i++ {
			switch value[i] {
			case '\'':
				return value[:i]
			case '|':
				i++
			}
		}
		return value
	}
}

// attribute gives an attribute of an event, without the escapes.
func attribute(attributes []byte, name string) string { return unescape(raw(attributes, name)) }

func unescape(value []byte) string {
	if bytes.IndexByte(value, '|') < 0 {
		return string(value)
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == '|' && i+1 < len(value) {
			i++
			if c = value[i]; c == 'n' || c == 'r' {
				c = ' '
			}
		}
		b.WriteByte(c)
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

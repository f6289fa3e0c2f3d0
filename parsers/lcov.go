package parsers

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/covpipe/covpipe/coverage"
)

// lcov reads the tracefiles of LCOV 1 and 2, and of the many tools that write
// the same.
//
//	TN:
//	SF:/srv/shop/cart.c
//	FN:3,total
//	FNDA:2,total
//	DA:3,2
//	BRDA:4,0,0,1
//	LF:1
//	LH:1
//	end_of_record
//
// A file may have several records, one a test: their lines, functions and
// branches are united, so all records are read before the first row is given.
// Lines are counted from DA. Where LF or LH of a record say otherwise, the row
// says so; totals are taken from them only where a record has no DA at all.
//
// Old tools write hit counts that are no counts. A negative one is taken as not
// run, and one from 2^63 on, which is a negative one written without its sign,
// as run: both as lcov itself does, and both make the row inexact. The marks
// "=====" and "#####" of gcov mean not run; a fraction or an exponent is read as
// a number.
//
// Names of files and functions can hold newlines (Firefox has such scripts), so
// a line after SF, FN or FNDA that begins no record goes on with the name.
var lcov = Format{Name: "lcov", Sniff: lcovSniff, Rows: lcovRows}

func lcovSniff(head []byte) bool {
	text := string(head)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "", strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "SF:"):
			return true
		case strings.HasPrefix(line, "TN:"):
			return strings.Contains(text, "\nSF:") || len(head) >= headSize-len(byteOrderMark)
		}
		return false
	}
	return false
}

func lcovRows(r io.Reader, _ *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		l := lcovReader{in: newTextLines(r), files: map[string]*lcovFile{}}
		if err := l.read(); err != nil {
			yield(coverage.Row{}, err)
			return
		}
		for _, file := range l.order {
			if !yield(file.row(), nil) {
				return
			}
		}
	}
}

// maxLCOVName bounds a name of several lines, which is built up line by line.
const maxLCOVName = 64 << 10

type lcovReader struct {
	in     *textLines
	files  map[string]*lcovFile
	order  []*lcovFile
	named  bool        // a TN waits for its record
	record *lcovRecord // the one at hand, or nil
	name   *string     // the name that the next line may go on with
}

func (l *lcovReader) read() error {
	for {
		err := l.in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if !l.in.whole && (l.record == nil || strings.TrimSpace(l.in.text) != "end_of_record") {
			return l.in.cut("a line")
		}
		if err := l.line(l.in.text); err != nil {
			return err
		}
	}
	switch {
	case l.record != nil:
		return l.in.cut("the record of " + l.record.path)
	case l.named, len(l.order) == 0:
		return l.in.cut("a test that has no record")
	}
	return nil
}

func (l *lcovReader) line(text string) error {
	trimmed := strings.TrimSpace(text)
	key, value, found := strings.Cut(text, ":")
	switch {
	case trimmed == "end_of_record":
		return l.end()
	case found && l.known(key):
	case l.record != nil && l.name != nil:
		if len(*l.name)+len(text) > maxLCOVName {
			return l.in.fail(1, "a name longer than %d octets", maxLCOVName)
		}
		*l.name += "\n" + text
		return nil
	case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		return nil
	default:
		return l.in.fail(1, "%q begins no record of LCOV", shortened(text))
	}
	l.function()
	l.name = nil
	if key == "TN" {
		if l.record == nil {
			l.named = true
		}
		return nil
	}
	if key == "SF" {
		if l.record != nil {
			return l.in.fail(1, "the record of %s does not end before the next one", l.record.path)
		}
		if value == "" {
			return l.in.fail(4, "a record without a file")
		}
		l.named = false
		l.record = &lcovRecord{path: value, methods: map[string]bool{}, ranges: map[string]string{},
			branches: map[string]bool{}, stated: map[string]int64{}}
		l.name = &l.record.path
		return nil
	}
	if l.record == nil {
		return l.in.fail(1, "%s outside a record", key)
	}
	if err := l.field(key, value); err != nil {
		return l.in.fail(len(key)+2, "%s of %s: %w", key, l.record.path, err)
	}
	return nil
}

func (l *lcovReader) known(key string) bool {
	switch key {
	case "TN", "SF", "VER", "FN", "FNDA", "FNF", "FNH", "FNL", "FNA",
		"DA", "BRDA", "BRF", "BRH", "LF", "LH", "MCDC", "MCF", "MCH":
		return true
	}
	return false
}

func (l *lcovReader) field(key, value string) error {
	r := l.record
	switch key {
	case "DA":
		return r.line(value)
	case "BRDA":
		return r.branch(value)
	case "FN":
		at, name, found := strings.Cut(value, ",")
		// Firefox has functions at line 0, and rows need no line of them
		if _, err := number([]byte(at)); err != nil || !found {
			return fmt.Errorf("%q is not a line and a name", shortened(value))
		}
		if end, rest, found := strings.Cut(name, ","); found { // since lcov 2.0: first line, last line, name
			if _, err := lineNumber(end); err == nil {
				name = rest
			}
		}
		r.function, r.calls = name, "0"
		l.name = &r.function
	case "FNDA":
		calls, name, found := strings.Cut(value, ",")
		if !found {
			return fmt.Errorf("%q is not a count and a name", shortened(value))
		}
		if _, err := new(lcovOdd).hits(calls); err != nil {
			return err
		}
		r.function, r.calls = name, calls
		l.name = &r.function
	case "FNL":
		index, lines, found := strings.Cut(value, ",")
		if !found {
			return fmt.Errorf("%q is not an index and lines", shortened(value))
		}
		r.ranges[index] = lines
	case "FNA":
		index, rest, _ := strings.Cut(value, ",")
		calls, name, found := strings.Cut(rest, ",")
		if !found {
			return fmt.Errorf("%q is not an index, a count and a name", shortened(value))
		}
		lines, found := r.ranges[index]
		if !found {
			return fmt.Errorf("function %s has no FNL", shortened(name))
		}
		return r.called("\n"+lines, calls) // aliases of one function lie on the same lines
	case "LF", "LH", "FNF", "FNH", "BRF", "BRH":
		n, err := number([]byte(value))
		if err != nil {
			return err
		}
		r.stated[key] = n
	}
	return nil
}

// function files the function at hand, whose name is now known to its end.
func (l *lcovReader) function() {
	r := l.record
	if r == nil || l.name != &r.function {
		return
	}
	_ = r.called(r.function, r.calls) // the hits were read before
}

func (r *lcovRecord) line(value string) error {
	at, hits, found := strings.Cut(value, ",")
	if !found {
		return fmt.Errorf("%q is not a line and its hits", shortened(value))
	}
	line, err := lineNumber(at)
	if err != nil {
		return err
	}
	hits, _, _ = strings.Cut(hits, ",") // a checksum of the line may follow
	covered, err := r.odd.hits(hits)
	if err != nil {
		return err
	}
	r.lines.add(line, covered)
	return nil
}

// end files the record at hand.
func (l *lcovReader) end() error {
	if l.record == nil {
		return l.in.fail(1, "end_of_record ends nothing")
	}
	l.function()
	r := l.record
	l.record, l.name = nil, nil
	file := l.files[r.path]
	if file == nil {
		file = &lcovFile{path: r.path}
		l.files[r.path] = file
		l.order = append(l.order, file)
	}
	for _, c := range []struct {
		total, covered string
		list           bool
		into           *coverage.Count
	}{
		{"LF", "LH", len(r.lines.lines) > 0, &file.summary.lines},
		{"FNF", "FNH", len(r.methods) > 0, &file.summary.methods},
		{"BRF", "BRH", len(r.branches) > 0, &file.summary.branches},
	} {
		total, stated := r.stated[c.total]
		covered, also := r.stated[c.covered]
		if c.list || !stated || !also {
			continue // one of them alone tells nothing
		}
		count := coverage.Of(covered, total)
		if err := count.Check(); err != nil {
			return l.in.fail(1, "%s and %s of %s: %w", c.total, c.covered, r.path, err)
		}
		if c.into.Known && *c.into != count && (c.into.Total > 0 || total > 0) {
			return l.in.fail(1, "%s has several records with %s and without the lines that would unite them",
				r.path, c.total)
		}
		*c.into = count
	}
	file.add(r)
	return nil
}

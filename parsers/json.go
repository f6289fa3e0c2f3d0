package parsers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// jsonReader decodes JSON and can say where it went wrong.
type jsonReader struct {
	*json.Decoder
	lines *lineCounter
}

func newJSONReader(r io.Reader) *jsonReader {
	lines := &lineCounter{from: r, starts: []int64{0}}
	in := &jsonReader{json.NewDecoder(lines), lines}
	lines.passed = in.InputOffset
	return in
}

// delimiter reads one delimiter: { } [ or ].
func (j *jsonReader) delimiter(want json.Delim) error {
	got, err := j.Token()
	if err != nil {
		return j.fail(err)
	}
	if got != want {
		return j.fail(fmt.Errorf("%v where %v was expected", got, want))
	}
	return nil
}

// end fails if anything but white space follows what was decoded.
func (j *jsonReader) end() error {
	if _, err := j.Token(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("text after the end of the report")
		}
		return j.fail(err)
	}
	return nil
}

// fail gives err with the line and column that it names, or else with those
// where the decoder stands.
func (j *jsonReader) fail(err error) error {
	offset := j.InputOffset()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, new(*ParseError)):
		return err // of what is compressed, or of the text
	case errors.As(err, &syntax) && syntax.Offset != offset:
		// It is of a value, and the decoder counted the octets of values alone.
		rest, _ := io.ReadAll(j.Buffered())
		if errors.As(json.Unmarshal(rest, new(unread)), &syntax) {
			offset += syntax.Offset - 1
		}
	case errors.As(err, &kind):
		err = fmt.Errorf("%s is a %s", kind.Field, kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		offset = j.lines.size
		err = fmt.Errorf("the report ends too early: %w", io.ErrUnexpectedEOF)
	}
	line, column := j.lines.place(offset)
	return &ParseError{Line: line, Column: column, Err: err}
}

// lineCounter notes where the lines of what passes through it begin, as far as
// an error can still be of them. It takes a byte order mark away, and lets only
// UTF-8 pass: the decoder would put another character in the place of what is
// none, and so make one name of two.
type lineCounter struct {
	from   io.Reader
	passed func() int64 // how far the decoder has read all that it was given
	size   int64        // octets that have passed
	line   int          // lines before the first of starts
	starts []int64      // offsets of the first octets of lines
	part   []byte       // the beginning of a character at the end of the last Read
}

func (l *lineCounter) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	if l.size == 0 && bytes.HasPrefix(p[:n], byteOrderMark) {
		n = copy(p, p[len(byteOrderMark):n])
		l.starts[0] = -int64(len(byteOrderMark)) // for the columns of the first line
	}
	l.forget()
	for rest, at := p[:n], l.size; ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			break
		}
		at += int64(i) + 1
		l.starts = append(l.starts, at)
		rest = rest[i+1:]
	}
	if bad, found := l.notUTF8(p[:n]); found {
		line, column := l.place(l.size + int64(bad))
		return 0, &ParseError{Line: line, Column: column, Err: errors.New("not UTF-8")}
	}
	l.size += int64(n)
	return n, err
}

// forget drops the lines that the decoder has left behind, when they are many
// and most of all.
func (l *lineCounter) forget() {
	if at := l.at(l.passed()); at > 1000 && at > len(l.starts)/2 {
		l.line += at
		l.starts = append(l.starts[:0], l.starts[at:]...)
	}
}

// at finds the line of an octet in starts.
func (l *lineCounter) at(offset int64) int {
	at, found := slices.BinarySearch(l.starts, offset)
	if !found {
		at-- // it is in the middle of the line before
	}
	return max(at, 0)
}

// notUTF8 finds the first octet that is not UTF-8 in the text that comes next,
// or in the part of a character before it, where at is negative.
func (l *lineCounter) notUTF8(text []byte) (at int, found bool) {
	if len(l.part) == 0 && utf8.Valid(text) {
		return 0, false
	}
	before := len(l.part)
	l.part = append(l.part, text...)
	for at < len(l.part) {
		r, n := utf8.DecodeRune(l.part[at:])
		if r == utf8.RuneError && n < 2 {
			if utf8.FullRune(l.part[at:]) {
				return at - before, true
			}
			break
		}
		at += n
	}
	l.part = append(l.part[:0], l.part[at:]...)
	return 0, false
}

func (l *lineCounter) place(offset int64) (line, column int) {
	at := l.at(offset)
	return l.line + at + 1, int(offset-l.starts[at]) + 1
}

package parsers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// jsonReader decodes JSON and can say where it went wrong.
type jsonReader struct {
	*json.Decoder
	lines *lineCounter
}

func newJSONReader(r io.Reader) *jsonReader {
	lines := &lineCounter{from: r}
	return &jsonReader{json.NewDecoder(lines), lines}
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
	case errors.As(err, &syntax):
		offset = max(syntax.Offset-1, 0)
	case errors.As(err, &kind):
		err = fmt.Errorf("%s is a %s", kind.Field, kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		offset = j.lines.size
		err = fmt.Errorf("the report ends too early: %w", io.ErrUnexpectedEOF)
	}
	line, column := j.lines.place(offset)
	return &ParseError{Line: line, Column: column, Err: err}
}

// lineCounter notes where the lines of what passes through it begin.
type lineCounter struct {
	from   io.Reader
	size   int64
	starts []int64 // offset of the first octet after each newline
}

func (l *lineCounter) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	for rest, at := p[:n], l.size; ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			break
		}
		at += int64(i) + 1
		l.starts = append(l.starts, at)
		rest = rest[i+1:]
	}
	l.size += int64(n)
	return n, err
}

func (l *lineCounter) place(offset int64) (line, column int) {
	line, start := 1, int64(0)
	for _, at := range l.starts {
		if at > offset {
			break
		}
		line, start = line+1, at
	}
	return line, int(offset-start) + 1
}

package parsers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// textLines reads a report that consists of lines, and can say where it went
// wrong.
type textLines struct {
	from   *bufio.Reader
	number int    // of the line at hand, from 1
	text   string // the line at hand, without its end
	whole  bool   // it ends with a newline; without one the report may be cut off there
}

const maxTextLine = 1 << 20

func newTextLines(r io.Reader) *textLines { return &textLines{from: bufio.NewReader(r)} }

// next moves to the next line. After the last one it returns io.EOF.
func (l *textLines) next() error {
	var long []byte
	for {
		part, err := l.from.ReadSlice('\n')
		if len(long)+len(part) > maxTextLine {
			l.number++
			return l.fail(1, "a line longer than %d octets", maxTextLine)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, part...)
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if long != nil {
			part = append(long, part...)
		}
		if len(part) == 0 {
			return io.EOF
		}
		l.number++
		text, whole := strings.CutSuffix(string(part), "\n")
		if l.number == 1 {
			text = strings.TrimPrefix(text, string(byteOrderMark))
		}
		l.text, l.whole = strings.TrimSuffix(text, "\r"), whole
		if l.whole && !utf8.ValidString(text) {
			return l.fail(1, "not UTF-8")
		}
		return nil
	}
}

func (l *textLines) fail(column int, format string, args ...any) error {
	return &ParseError{Line: max(l.number, 1), Column: column, Err: fmt.Errorf(format, args...)}
}

// cut says that the report ends before it is whole.
func (l *textLines) cut(inside string) error {
	return l.fail(len(l.text)+1, "the report ends inside %s: %w", inside, io.ErrUnexpectedEOF)
}

package verticatest

import (
	"bufio"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// copyStream is what the client sends as CopyData.
type copyStream struct {
	c      *session
	rest   []byte
	done   bool
	failed bool // the client has given up
	err    error
}

func (s *copyStream) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		if s.done {
			return 0, io.EOF
		}
		tag, body, err := s.c.w.message()
		switch {
		case err != nil:
			s.err = errors.Join(errGone, err)
		case tag == 'd':
			s.rest = body
		case tag == 'c':
			s.done = true
		case tag == 'f':
			s.done, s.failed = true, true
		case tag == 'H' || tag == 'S':
		case tag == 'X':
			s.err = errGone
		default:
			s.err = errors.Join(errGone, fmt.Errorf("message %q in the middle of COPY", tag))
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// drain reads what is left. An error is that the client has left.
func (s *copyStream) drain() error {
	_, err := io.Copy(io.Discard, s)
	return err
}

// recordReader takes the rows apart as Vertica's parser for delimited text does.
type recordReader struct {
	spec   *copySpec
	in     *bufio.Reader
	fields []*string
	reason string // why the last record is rejected
}

// next gives the fields of the next record; nil is NULL. Empty records are
// passed over: they are neither loaded nor rejected. For a record that is
// rejected, reason is set.
func (r *recordReader) next() ([]*string, error) {
	for {
		r.fields, r.reason = r.fields[:0], ""
		var field []byte
		plain := true // nothing of the field was escaped or enclosed
		inside, closed := false, false
		empty := true
		flush := func() {
			text := string(field)
			if plain && text == r.spec.null {
				r.fields = append(r.fields, nil)
			} else {
				r.fields = append(r.fields, &text)
			}
			field, plain, closed = field[:0], true, false
		}
	record:
		for {
			b, err := r.in.ReadByte()
			switch {
			case errors.Is(err, io.EOF) && empty:
				return nil, io.EOF
			case errors.Is(err, io.EOF):
				if inside {
					r.reason = "A closing quote is missing"
				}
				break record
			case err != nil:
				return nil, err
			case b == r.spec.escape && b != 0:
				if b, err = r.in.ReadByte(); err != nil {
					return nil, err
				}
				field, plain, empty = append(field, b), false, false
			case inside && b == r.spec.enclosed:
				inside, closed = false, true
			case inside:
				field = append(field, b)
			case b == r.spec.terminator:
				break record
			case b == r.spec.delimiter:
				empty = false
				flush()
			case b == r.spec.enclosed && b != 0 && len(field) == 0 && !closed:
				inside, plain, empty = true, false, false
			case closed: // "" inside quotes is no escape
				r.reason, empty = "Too many columns found", false
			default:
				field, empty = append(field, b), false
			}
		}
		if empty && len(r.fields) == 0 {
			continue
		}
		flush()
		if r.reason != "" {
			return nil, errRejected
		}
		return r.fields, nil
	}
}

var errRejected = errors.New("rejected")

// convert turns the fields of a record into values, or says why it is rejected.
func convert(fields []*string, columns []tableColumn, values []driver.Value, spec *copySpec) (reason string) {
	switch {
	case len(fields) > len(columns):
		return "Too many columns found"
	case len(fields) < len(columns):
		return "Too few columns found"
	}
	for i, col := range columns {
		values[i] = nil
		if fields[i] == nil {
			if col.notNull {
				return "Cannot set NOT NULL column (" + col.name + ") to NULL"
			}
			continue
		}
		text := *fields[i]
		var err error
		switch {
		case col.kind == "BIGINT":
			values[i], err = strconv.ParseInt(text, 10, 64)
		case col.kind == "DOUBLE":
			values[i], err = strconv.ParseFloat(text, 64)
		case col.kind == "BOOLEAN":
			values[i], err = strconv.ParseBool(text)
		case col.kind == "DATE":
			values[i], err = time.Parse(time.DateOnly, text)
		case strings.HasPrefix(col.kind, "TIMESTAMP"):
			values[i], err = time.Parse("2006-01-02 15:04:05.999999", text)
		case col.kind == "VARCHAR":
			if len(text) > col.octets && spec.enforceLength {
				return fmt.Sprintf("The %d-byte value is too long for type Varchar(%d), column %s",
					len(text), col.octets, col.name)
			}
			if len(text) > col.octets { // silently, as Vertica does unless told otherwise
				text = strings.ToValidUTF8(text[:col.octets], "")
			}
			if !utf8.ValidString(text) {
				return "Invalid UTF-8 in column " + col.name
			}
			values[i] = text
		default:
			err = errors.New("no such type")
		}
		if err != nil {
			return fmt.Sprintf("Invalid %s format '%s' for column %d (%s)", col.kind, text, i+1, col.name)
		}
	}
	return ""
}

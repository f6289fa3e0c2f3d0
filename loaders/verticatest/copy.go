package verticatest

import (
	"bufio"
	"compress/gzip"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/duckdb/duckdb-go/v2"
)

// copySpec is a COPY … FROM STDIN.
type copySpec struct {
	target        string
	columns       []string
	gzip          bool
	abortOnError  bool
	enforceLength bool
	noCommit      bool
	rejectMax     int64
	skip          int64
	delimiter     byte
	terminator    byte
	escape        byte // 0: none
	enclosed      byte // 0: none
	null          string
}

// understandCopy reads COPY and refuses options that it does not know.
func understandCopy(tokens []token) (*copySpec, error) {
	c := &copySpec{delimiter: '|', terminator: '\n', escape: '\\'}
	if len(tokens) < 2 || tokens[1].kind != 'w' {
		return nil, refused("syntax error in COPY")
	}
	c.target = strings.ToLower(tokens[1].text)
	rest := tokens[2:]
	if len(rest) > 0 && rest[0].is("(") {
		parts, after, err := list(rest)
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			if len(part) != 1 || part[0].kind != 'w' {
				return nil, refused("syntax error in the columns of COPY")
			}
			c.columns = append(c.columns, strings.ToLower(part[0].text))
		}
		rest = after
	}
	if len(rest) < 2 || !rest[0].is("from") || !rest[1].is("stdin") {
		return nil, refused("COPY is outside the agreed subset: only FROM STDIN is in it")
	}
	rest = rest[2:]
	next := func(words ...string) bool {
		for i, w := range words {
			if i >= len(rest) || !rest[i].is(w) {
				return false
			}
		}
		rest = rest[len(words):]
		return true
	}
	one := func(into *byte) error {
		if len(rest) == 0 || rest[0].kind != 's' || len(rest[0].text) != 1 || rest[0].text[0] >= 0x80 {
			return refused("COPY: an option wants one ASCII character")
		}
		*into = rest[0].text[0]
		rest = rest[1:]
		return nil
	}
	number := func(into *int64) (err error) {
		if len(rest) == 0 {
			return refused("COPY: an option wants a number")
		}
		*into, err = strconv.ParseInt(rest[0].text, 10, 64)
		rest = rest[1:]
		return err
	}
	for len(rest) > 0 {
		var err error
		switch {
		case next("gzip"):
			c.gzip = true
		case next("abort", "on", "error"):
			c.abortOnError = true
		case next("enforcelength"):
			c.enforceLength = true
		case next("no", "commit"):
			c.noCommit = true
		case next("no", "escape"):
			c.escape = 0
		case next("rejectmax"):
			err = number(&c.rejectMax)
		case next("skip"):
			err = number(&c.skip)
		case next("delimiter"):
			next("as")
			err = one(&c.delimiter)
		case next("record", "terminator"):
			err = one(&c.terminator)
		case next("escape"):
			next("as")
			err = one(&c.escape)
		case next("enclosed"):
			next("by")
			err = one(&c.enclosed)
		case next("null"):
			next("as")
			if len(rest) == 0 || rest[0].kind != 's' {
				return nil, refused("COPY: NULL wants a string")
			}
			c.null = rest[0].text
			rest = rest[1:]
		default:
			return nil, refused("syntax error at or near %q: COPY has no such option, or it is outside the agreed subset", rest[0].text)
		}
		if err != nil {
			return nil, err
		}
	}
	if c.enclosed != 0 && c.enclosed == c.escape {
		return nil, &sqlError{state: "42601", code: 3169, message: "ESCAPE character cannot be the same as the ENCLOSED BY character"}
	}
	return c, nil
}

// copyIn asks the client for rows and takes them into the table. What a client
// sends after a rejected row is read and thrown away: it listens to nothing
// until it has sent all.
func (c *session) copyIn(spec *copySpec) error {
	target := c.lookup(spec.target)
	if target == nil {
		return &sqlError{state: "42V01", code: 4566, message: fmt.Sprintf("Relation %q does not exist", spec.target)}
	}
	columns, err := spec.of(target)
	if err != nil {
		return err
	}
	if err := c.write(spec.target, shared); err != nil {
		return err
	}
	if err := c.w.send(build('G').octet(0).int16(0)); err != nil {
		return err
	}
	if err := c.w.out.Flush(); err != nil {
		return err
	}
	stream := &copyStream{c: c}
	c.accepted, c.rejected = 0, 0
	err = c.intoScratch(spec, columns, stream)
	if drained := stream.drain(); drained != nil {
		return drained
	}
	if err == nil && stream.failed {
		err = &sqlError{state: "57014", code: 3322, message: "COPY from client side failed"}
	}
	if err == nil {
		into := "main." + spec.target
		if target.temp {
			into = "temp." + spec.target
		}
		_, err = c.db.ExecContext(c.work, fmt.Sprintf("INSERT INTO %s (%s) SELECT * FROM temp.copy_scratch", into, strings.Join(names(columns), ", ")))
	}
	if _, errDrop := c.db.ExecContext(context.WithoutCancel(c.work), "DROP TABLE IF EXISTS temp.copy_scratch"); err == nil && !c.writing {
		err = errDrop
	}
	if err != nil {
		c.accepted, c.rejected = 0, 0
	}
	return err
}

func (spec *copySpec) of(t *table) (columns []tableColumn, err error) {
	if spec.columns == nil {
		return t.columns, nil
	}
	for _, name := range spec.columns {
		col, found := t.column(name)
		if !found {
			return nil, &sqlError{state: "42703", code: 2624, message: fmt.Sprintf("Column %q does not exist in %s", name, t.name)}
		}
		columns = append(columns, col)
	}
	return columns, nil
}

func names(columns []tableColumn) (out []string) {
	for _, c := range columns {
		out = append(out, c.name)
	}
	return out
}

// intoScratch appends the rows to a table of their own, from which they go into
// the target all at once.
func (c *session) intoScratch(spec *copySpec, columns []tableColumn, stream io.Reader) error {
	var defs []string
	for _, col := range columns {
		defs = append(defs, col.name+" "+col.kind)
	}
	if _, err := c.db.ExecContext(c.work, "CREATE TEMPORARY TABLE copy_scratch ("+strings.Join(defs, ", ")+")"); err != nil {
		return err
	}
	if spec.gzip {
		unzipped, err := gzip.NewReader(stream)
		if err != nil {
			return &sqlError{state: "22000", message: "COPY: " + err.Error()}
		}
		stream = unzipped
	}
	in := &recordReader{spec: spec, in: bufio.NewReaderSize(stream, 64<<10)}
	return c.db.Raw(func(raw any) (err error) {
		appender, err := duckdb.NewAppender(raw.(driver.Conn), "temp", "main", "copy_scratch")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, appender.Close()) }()
		values := make([]driver.Value, len(columns))
		for row := int64(1); ; row++ {
			fields, err := in.next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			reason := ""
			switch {
			case err != nil && in.reason == "":
				return err
			case err != nil:
				reason = in.reason
			case row <= spec.skip:
				continue
			default:
				reason = convert(fields, columns, values, spec)
			}
			if f := c.s.strike(InCopy, "", row); f != nil {
				switch f.Do {
				case Reject:
					reason = "planted"
				case Lose:
					continue
				case LoseLater:
					c.accepted++
					continue
				case LoseInsert:
					c.losing = true
				}
				if f.Do <= Slow {
					if err := c.suffer(f); err != nil {
						return err
					}
				}
			}
			if reason == "" {
				c.accepted++
				if err := appender.AppendRow(values...); err != nil {
					return err
				}
				continue
			}
			c.rejected++
			if spec.abortOnError || spec.rejectMax > 0 && c.rejected >= spec.rejectMax {
				return &sqlError{state: "22V04", code: 2035, message: fmt.Sprintf("COPY: Input record %d has been rejected (%s)", row, reason)}
			}
		}
	})
}

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
				return fmt.Sprintf("The %d-byte value is too long for type Varchar(%d), column %s", len(text), col.octets, col.name)
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

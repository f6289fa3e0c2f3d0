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
			return nil, refused(
				"syntax error at or near %q: COPY has no such option, or it is outside the agreed subset",
				rest[0].text,
			)
		}
		if err != nil {
			return nil, err
		}
	}
	if c.enclosed != 0 && c.enclosed == c.escape {
		return nil, &sqlError{
			state:   "42601",
			code:    3169,
			message: "ESCAPE character cannot be the same as the ENCLOSED BY character",
		}
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
		list := strings.Join(names(columns), ", ")
		_, err = c.db.ExecContext(c.work,
			fmt.Sprintf("INSERT INTO %s (%s) SELECT * FROM temp.copy_scratch", into, list))
	}
	_, errDrop := c.db.ExecContext(context.WithoutCancel(c.work), "DROP TABLE IF EXISTS temp.copy_scratch")
	if err == nil && !c.writing {
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
			return nil, &sqlError{
				state:   "42703",
				code:    2624,
				message: fmt.Sprintf("Column %q does not exist in %s", name, t.name),
			}
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
	create := "CREATE TEMPORARY TABLE copy_scratch (" + strings.Join(defs, ", ") + ")"
	if _, err := c.db.ExecContext(c.work, create); err != nil {
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
				return &sqlError{
					state:   "22V04",
					code:    2035,
					message: fmt.Sprintf("COPY: Input record %d has been rejected (%s)", row, reason),
				}
			}
		}
	})
}

package verticatest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// session is one client from its first packet to its last.
type session struct {
	s        *Server
	ctx      context.Context // ends with the connection
	w        *wire
	db       *sql.Conn
	pid, key uint32
	work     context.Context // of the statement that runs

	prepared map[string]*prepared
	portals  map[string]*portal
	skipping bool // after an error, until Sync
	owner    bool // may create tables

	autocommit bool
	explicit   bool // START TRANSACTION was given
	writing    bool // DuckDB has a transaction open
	held       []*lock
	temp       map[string]*table
	dirty      map[string]bool // temporary tables that this transaction wrote to

	accepted, rejected int64 // of the last COPY
	losing             bool  // a row of the next INSERT … SELECT
}

// prepared is a statement that was parsed.
type prepared struct {
	*statement
	columns []column // of its answer
	params  []int32  // types
}

// portal is a statement with its arguments.
type portal struct {
	*prepared
	args []any
}

// errGone ends a session: the client has left, or a fault has struck.
var errGone = errors.New("gone")

func serve(ctx context.Context, s *Server, conn net.Conn) {
	defer conn.Close()
	c := &session{
		s: s, ctx: ctx, w: newWire(conn), prepared: map[string]*prepared{}, portals: map[string]*portal{},
		temp: map[string]*table{}, dirty: map[string]bool{}, autocommit: true,
	}
	if err := c.fault(AtConnect, ""); err != nil {
		return
	}
	if !c.start() {
		return
	}
	defer c.end()
	for {
		tag, body, err := c.w.message()
		if err != nil || tag == 'X' {
			return
		}
		if err := c.take(tag, body); err != nil {
			return
		}
	}
}

// end rolls back and forgets the session, as Vertica does when a client leaves.
func (c *session) end() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), 10*time.Second)
	defer cancel()
	c.rollback(ctx)
	_ = c.db.Raw(func(any) error { return driver.ErrBadConn }) // its temporary tables go with it
	c.s.mu.Lock()
	delete(c.s.cancels, [2]uint32{c.pid, c.key})
	c.s.mu.Unlock()
}

// ready says that the next message may come, and in which state.
func (c *session) ready() error {
	state := byte('I')
	if c.explicit || c.writing || !c.autocommit {
		state = 'T'
	}
	if err := c.w.send(build('Z').octet(state)); err != nil {
		return err
	}
	return c.w.out.Flush()
}

// take handles one message. An error ends the session.
func (c *session) take(tag byte, body fields) error {
	if c.skipping && tag != 'S' {
		return nil
	}
	var err error
	switch tag {
	case 'Q':
		return c.query(body.text())
	case 'P':
		name, text := body.text(), body.text()
		if err = c.parse(name, text); err == nil {
			err = c.w.send(build('1'))
		}
	case 'D':
		err = c.describe(string(body.octets(1)), body.text())
	case 'B':
		err = c.bind(body)
	case 'E':
		err = c.execute(body.text())
	case 'C':
		if kind, name := body.octets(1), body.text(); string(kind) == "S" {
			delete(c.prepared, name)
		} else {
			delete(c.portals, name)
		}
		err = c.w.send(build('3'))
	case 'H':
		return c.w.out.Flush()
	case 'S':
		c.skipping = false
		return c.ready()
	default:
		err = &sqlError{state: "08P01", message: fmt.Sprintf("unexpected message %q", tag)}
	}
	var refused *sqlError
	if errors.As(err, &refused) {
		c.refuse(refused)
		c.skipping = true
		return c.w.out.Flush()
	}
	return err
}

// query is the simple protocol: all at once.
func (c *session) query(text string) error {
	err := c.parse("", text)
	if err == nil {
		err = c.describeRows(c.prepared[""])
	}
	if err == nil {
		c.portals[""] = &portal{prepared: c.prepared[""]}
		err = c.execute("")
	}
	var refused *sqlError
	if errors.As(err, &refused) {
		c.refuse(refused)
		err = nil
	}
	if err != nil {
		return err
	}
	return c.ready()
}

func (c *session) parse(name, text string) error {
	st, err := understand(text)
	if err != nil {
		return err
	}
	p := &prepared{statement: st}
	if err := c.shape(p); err != nil {
		return err
	}
	c.prepared[name] = p
	return nil
}

func (c *session) describe(kind, name string) error {
	p := c.prepared[name]
	if kind == "P" && c.portals[name] != nil {
		p = c.portals[name].prepared
	}
	if p == nil {
		return &sqlError{state: "26000", message: "there is no such prepared statement"}
	}
	if kind == "S" {
		params := build('t').int16(len(p.params)).int32(0)
		for _, oid := range p.params {
			params.octet(0).int32(int64(oid)).int32(-1).int16(1)
		}
		if err := c.w.send(params); err != nil {
			return err
		}
	}
	if err := c.describeRows(p); err != nil {
		return err
	}
	if kind == "S" {
		return c.w.send(build('m').text(p.tag).int16(0).text(""))
	}
	return nil
}

func (c *session) describeRows(p *prepared) error {
	if len(p.columns) == 0 {
		return c.w.send(build('n'))
	}
	rows := build('T').int16(len(p.columns)).int32(0)
	for i, col := range p.columns {
		rows.text(col.name).
			int64(0).
			int16(i + 1).
			octet(0).
			int32(int64(col.oid)).
			int16(col.size()).
			int16(1).
			int16(0).
			int32(int64(col.mod)).
			int16(0)
	}
	return c.w.send(rows)
}

// bind takes the arguments, whose types come between their number and them.
func (c *session) bind(body fields) error {
	name, statement := body.text(), body.text()
	p := c.prepared[statement]
	if p == nil {
		return &sqlError{state: "26000", message: "there is no such prepared statement"}
	}
	body.octets(2 * int(body.int16())) // formats: text is all there is
	n := int(body.int16())
	if n != len(p.params) {
		return &sqlError{state: "08P01", message: fmt.Sprintf("%d arguments for %d parameters", n, len(p.params))}
	}
	body.octets(4 * n)
	args := make([]any, n)
	for i := range args {
		size := body.int32()
		if size < 0 {
			continue
		}
		value, err := argument(p.params[i], string(body.octets(int(size))))
		if err != nil {
			return err
		}
		args[i] = value
	}
	c.portals[name] = &portal{p, args}
	return c.w.send(build('2'))
}

// argument turns the text of an argument into what DuckDB takes.
func argument(oid int32, text string) (any, error) {
	var value any = text
	var err error
	switch oid {
	case oidInt:
		value, err = strconv.ParseInt(text, 10, 64)
	case oidFloat:
		value, err = strconv.ParseFloat(text, 64)
	case oidBool:
		value = text == "1" || text == "t" || text == "true"
	}
	if err != nil {
		return nil, &sqlError{state: "22V02", message: fmt.Sprintf("invalid input %q", text)}
	}
	return value, nil
}

// refuse sends an error.
func (c *session) refuse(e *sqlError) {
	severity := e.severity
	if severity == "" {
		severity = "ERROR"
	}
	_ = c.w.send(build('E').octet('S').text(severity).octet('C').text(e.state).octet('M').text(e.message).
		octet('V').text(strconv.Itoa(e.code)).octet(0)) // the next read shows that the client has left
}

// sqlError is an error as a client sees it.
type sqlError struct {
	state    string // SQLSTATE
	code     int    // Vertica's own number
	severity string // default ERROR; ROLLBACK if the transaction is gone
	message  string
}

func (e *sqlError) Error() string { return e.state + ": " + e.message }

// fault lets a fault strike that was planted at this point.
func (c *session) fault(at Point, text string) error {
	f := c.s.strike(at, text, 0)
	if f == nil {
		return nil
	}
	return c.suffer(f)
}

func (c *session) suffer(f *Fault) error {
	if f.Hit != nil {
		select {
		case f.Hit <- struct{}{}:
		case <-c.ctx.Done():
		}
	}
	switch f.Do {
	case Mute:
		<-c.gone()
		return errGone
	case Slow:
		select {
		case <-time.After(f.Delay):
		case <-c.ctx.Done():
		}
		return nil
	case Reject:
		return &sqlError{state: "53000", code: 3587, message: "Insufficient resources to execute plan (planted)"}
	}
	_ = c.w.conn.Close()
	return errGone
}

// gone is closed when the server ends, or the client closes the connection.
func (c *session) gone() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.Discard, c.w.conn)
	}()
	return done
}

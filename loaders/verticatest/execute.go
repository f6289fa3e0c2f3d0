package verticatest

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// The types of the protocol.
const (
	oidBool        = 5
	oidInt         = 6
	oidFloat       = 7
	oidVarchar     = 9
	oidDate        = 10
	oidTimestamp   = 12
	oidTimestampTZ = 13
	oidNumeric     = 16
)

// column is one of an answer.
type column struct {
	name string
	oid  int32
	mod  int32
}

func (c column) size() int {
	if c.oid == oidVarchar {
		return -1
	}
	return 8
}

func typeOf(t duckdb.Type) (int32, bool) {
	switch t {
	case duckdb.TYPE_BOOLEAN:
		return oidBool, true
	case duckdb.TYPE_TINYINT, duckdb.TYPE_SMALLINT, duckdb.TYPE_INTEGER, duckdb.TYPE_BIGINT, duckdb.TYPE_HUGEINT:
		return oidInt, true
	case duckdb.TYPE_FLOAT, duckdb.TYPE_DOUBLE:
		return oidFloat, true
	case duckdb.TYPE_VARCHAR:
		return oidVarchar, true
	case duckdb.TYPE_DATE:
		return oidDate, true
	case duckdb.TYPE_TIMESTAMP:
		return oidTimestamp, true
	case duckdb.TYPE_TIMESTAMP_TZ:
		return oidTimestampTZ, true
	case duckdb.TYPE_DECIMAL:
		return oidNumeric, true
	}
	return 0, false
}

// shape finds the columns and parameters of a statement. What writes rows
// answers with how many; DDL and COPY answer with nothing.
func (c *session) shape(p *prepared) error {
	switch p.kind {
	case isSelect, isInsert, isDelete, isUpdate:
	default:
		return nil
	}
	if strings.EqualFold(strings.Join(strings.Fields(p.text), " "), "select now()::timestamptz") {
		p.duck += ` AS "now"` // so Vertica names it, and its clients ask at the start
	}
	return c.db.Raw(func(raw any) error {
		st, err := raw.(*duckdb.Conn).PrepareContext(c.ctx, c.functions(p.duck))
		if err != nil {
			return asRefusal(err)
		}
		defer st.Close()
		s := st.(*duckdb.Stmt)
		for n := 1; n <= s.NumInput(); n++ {
			oid := int32(oidVarchar)
			if t, err := s.ParamType(n); err == nil {
				if known, ok := typeOf(t); ok && (known == oidInt || known == oidFloat || known == oidBool) {
					oid = known
				}
			}
			p.params = append(p.params, oid)
		}
		if p.kind != isSelect {
			p.columns = []column{{"OUTPUT", oidInt, -1}}
			return nil
		}
		n, err := s.ColumnCount()
		if err != nil {
			return asRefusal(err)
		}
		for i := range n {
			name, errName := s.ColumnName(i)
			t, errType := s.ColumnType(i)
			if err := errors.Join(errName, errType); err != nil {
				return asRefusal(err)
			}
			oid, known := typeOf(t)
			if !known {
				return refused("column %s: the server has no type for it", name)
			}
			p.columns = append(p.columns, column{name, oid, -1})
		}
		return nil
	})
}

// functions puts in what only the session knows.
func (c *session) functions(text string) string {
	if !strings.Contains(text, "(") {
		return text
	}
	return strings.NewReplacer(
		"GET_NUM_ACCEPTED_ROWS()", fmt.Sprintf("%d::BIGINT", c.accepted),
		"GET_NUM_REJECTED_ROWS()", fmt.Sprintf("%d::BIGINT", c.rejected),
		"CURRENT_TRANS_ID()", "1::BIGINT",
		"version()", "'"+version+"'", "VERSION()", "'"+version+"'",
	).Replace(strings.ReplaceAll(text, "( )", "()"))
}

// execute runs a portal and sends its answer.
func (c *session) execute(name string) error {
	p := c.portals[name]
	if p == nil {
		return &sqlError{state: "34000", message: "there is no such portal"}
	}
	c.s.mu.Lock()
	c.s.seen = append(c.s.seen, p.text)
	c.s.mu.Unlock()
	if err := c.fault(AtExecute, p.text); err != nil {
		return err
	}
	answer, err := c.run(p)
	if errors.Is(err, errGone) {
		return err
	}
	if err != nil {
		return c.failed(err)
	}
	if err := c.fault(AtAnswer, p.text); err != nil {
		return err
	}
	for _, m := range answer {
		if err := c.w.send(m); err != nil {
			return err
		}
	}
	return c.w.send(build('C').text(p.tag))
}

// failed rolls the transaction back if it has written, as DuckDB would not go on.
func (c *session) failed(err error) error {
	var e *sqlError
	if !errors.As(asRefusal(err), &e) {
		return err
	}
	if c.writing {
		c.rollback(c.ctx)
		e.severity = "ROLLBACK"
	}
	return e
}

func asRefusal(err error) error {
	var e *sqlError
	if errors.As(err, &e) {
		return err
	}
	message := err.Error()
	out := &sqlError{state: "XX000", message: message}
	switch {
	case errors.Is(err, context.Canceled), strings.Contains(message, "INTERRUPT"):
		out.state, out.message = "57014", "Execution canceled by operator"
	case strings.Contains(message, "CHECK constraint failed"):
		out.state, out.code, out.message = "22001", 8682, "String is too long for its type: "+message
	case strings.Contains(message, "NOT NULL constraint failed"):
		out.state, out.code = "22004", 2501
	case strings.Contains(message, "does not exist"):
		out.state, out.code = "42V01", 4566
	case strings.Contains(message, "already exists"):
		out.state, out.code = "42P07", 4213
	case strings.Contains(message, "Parser Error"), strings.Contains(message, "Binder Error"):
		out.state, out.code = "42601", 4856
	}
	return out
}

// run does what a statement says and gives the rows of its answer.
func (c *session) run(p *portal) (answer []*message, err error) {
	switch p.kind {
	case isSet:
		return nil, nil
	case isBegin:
		c.explicit = true
		return nil, nil
	case isCommit:
		return nil, c.commit()
	case isRollback:
		c.rollback(c.ctx)
		return nil, nil
	case isCreate, isAlter, isDrop:
		return nil, c.define(p.statement)
	case isSelect:
		return c.rows(p)
	case isCopy:
		if err := c.copyIn(p.copy); err != nil {
			return nil, err
		}
		if !p.copy.noCommit && !c.isTemp(p.target) {
			return nil, c.commit() // whatever was before it, too
		}
		return nil, c.unlessOpen()
	}
	mode := shared
	if p.kind != isInsert {
		mode = exclusive
	}
	if err := c.write(p.target, mode); err != nil {
		return nil, err
	}
	text := c.functions(p.duck)
	if c.losing && p.kind == isInsert {
		c.losing = false
		text += " AND file_path <> 'src/File00006.php'"
	}
	result, err := c.db.ExecContext(c.work, text, p.args...)
	if err != nil {
		return nil, err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return nil, err
	}
	count := strconv.FormatInt(n, 10)
	row := build('D').int16(1)
	row.value(&count)
	return []*message{row}, c.unlessOpen()
}

// rows runs a query.
func (c *session) rows(p *portal) (answer []*message, err error) {
	rows, err := c.db.QueryContext(c.work, c.functions(p.duck), p.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	values := make([]any, len(p.columns))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row := build('D').int16(len(values))
		for i, v := range values {
			row.value(c.asText(v, p.columns[i].oid))
		}
		answer = append(answer, row)
	}
	return answer, rows.Err()
}

// asText gives a value as the protocol's text format has it.
func (c *session) asText(v any, oid int32) *string {
	var text string
	switch v := v.(type) {
	case nil:
		return nil
	case bool:
		text = "f"
		if v {
			text = "t"
		}
	case time.Time:
		switch oid {
		case oidDate:
			text = v.Format(time.DateOnly)
		case oidTimestampTZ:
			text = v.In(time.FixedZone("", c.s.opt.Zone*3600)).Format("2006-01-02 15:04:05.999999-07")
		default:
			text = v.Format("2006-01-02 15:04:05.999999")
		}
	case *big.Int:
		text = v.String()
	case float64:
		text = strconv.FormatFloat(v, 'g', 17, 64)
	case duckdb.Decimal:
		text = v.String()
	default:
		text = fmt.Sprint(v)
	}
	return &text
}

// define runs DDL, which commits first.
func (c *session) define(st *statement) error {
	if err := c.commit(); err != nil {
		return err
	}
	temp := st.kind == isCreate && st.table.temp || c.isTemp(st.target)
	if c.s.opt.ReadOnly && !temp && !c.owner {
		return &sqlError{state: "42501", code: 4367, message: "Permission denied for schema public"}
	}
	texts := []string{st.duck}
	switch st.kind {
	case isCreate:
		texts[0] = st.table.duck()
	case isAlter:
		was := c.lookup(st.target)
		if was == nil {
			return &sqlError{state: "42V01", code: 4566, message: fmt.Sprintf("Relation %q does not exist", st.target)}
		}
		texts = was.widened(st.table.columns[0])
	}
	for _, text := range texts {
		if _, err := c.db.ExecContext(c.work, text); err != nil {
			return err
		}
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	in := c.s.tables
	if temp {
		in = c.temp
	}
	switch st.kind {
	case isCreate:
		in[st.table.name] = st.table
	case isDrop:
		delete(in, st.target)
	case isAlter:
		if t := in[st.target]; t != nil {
			t.columns = append(t.columns, st.table.columns...)
		}
	}
	return nil
}

func (c *session) isTemp(name string) bool { return c.temp[name] != nil }

// lookup finds a table: a temporary one hides a permanent one.
func (c *session) lookup(name string) *table {
	if t := c.temp[name]; t != nil {
		return t
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.s.tables[name]
}

// write opens the transaction at its first write to a permanent table, once the
// lock is held. Until then every statement sees what is committed at its time,
// as READ COMMITTED has it; DuckDB alone would show the state at BEGIN.
func (c *session) write(target string, m mode) error {
	if c.isTemp(target) {
		c.dirty[target] = true
		return nil
	}
	if err := c.lock(target, m); err != nil {
		return err
	}
	if c.writing {
		return nil
	}
	if _, err := c.db.ExecContext(c.work, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	c.writing = true
	return nil
}

// unlessOpen commits a statement that stands alone.
func (c *session) unlessOpen() error {
	if c.explicit || !c.autocommit {
		return nil
	}
	return c.commit()
}

func (c *session) commit() error {
	defer c.unlock()
	writing := c.writing
	c.writing, c.explicit = false, false
	if writing {
		if _, err := c.db.ExecContext(context.WithoutCancel(c.ctx), "COMMIT"); err != nil {
			return err
		}
	}
	for name, t := range c.temp {
		if !t.preserve && c.dirty[name] {
			if _, err := c.db.ExecContext(c.ctx, "DELETE FROM "+name); err != nil {
				return err
			}
		}
	}
	clear(c.dirty)
	return nil
}

// rollback also empties the temporary tables that the transaction wrote to,
// which is more than Vertica does if they had rows before.
func (c *session) rollback(ctx context.Context) {
	defer c.unlock()
	ctx = context.WithoutCancel(ctx)
	if c.writing {
		_, _ = c.db.ExecContext(ctx, "ROLLBACK") // there is nothing to do about a failure
	}
	if c.explicit || c.writing || !c.autocommit {
		for name := range c.dirty {
			_, _ = c.db.ExecContext(ctx, "DELETE FROM "+name)
		}
	}
	clear(c.dirty)
	c.writing, c.explicit = false, false
}

// mode is how a lock is held.
type mode int

const (
	shared    mode = iota // INSERT, COPY: several at once
	exclusive             // DELETE, UPDATE: alone
)

// lock is held until the end of a transaction.
type lock struct {
	name    string
	holders map[*session]mode
	changed chan struct{} // closed when a holder leaves
}

// lock waits for a table, as Vertica does, and gives up after a time.
func (c *session) lock(name string, m mode) error {
	timeout := time.After(c.s.opt.WaitLock)
	for {
		c.s.mu.Lock()
		l := c.s.locks[name]
		if l == nil {
			l = &lock{name: name, holders: map[*session]mode{}, changed: make(chan struct{})}
			c.s.locks[name] = l
		}
		free := true
		for holder, held := range l.holders {
			free = free && (holder == c || held == shared && m == shared)
		}
		if free {
			if _, has := l.holders[c]; !has {
				c.held = append(c.held, l)
			}
			l.holders[c] = max(l.holders[c], m)
			c.s.mu.Unlock()
			return nil
		}
		changed := l.changed
		c.s.mu.Unlock()
		select {
		case <-changed:
		case <-timeout:
			return &sqlError{state: "55V03", code: 5156, severity: "ROLLBACK", message: "Unavailable: [Txn] X lock table - timeout error on table " + name}
		case <-c.work.Done():
			return c.work.Err()
		}
	}
}

func (c *session) unlock() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, l := range c.held {
		delete(l.holders, c)
		close(l.changed)
		l.changed = make(chan struct{})
	}
	c.held = nil
}

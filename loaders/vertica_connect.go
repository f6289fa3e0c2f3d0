package loaders

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	vertigo "github.com/vertica/vertica-sql-go"
	"github.com/vertica/vertica-sql-go/logger"
)

// connectLimit is how long a node may take to answer until the user is logged in.
const connectLimit = 30 * time.Second

// verticaConnector opens connections of the driver through a relay of its own,
// because the driver has no deadlines: a server that says nothing would hold it
// for ever.
type verticaConnector struct {
	ctx   context.Context // its end closes all connections
	place verticaPlace
	label string
	last  atomic.Pointer[relay]
}

func (c *verticaConnector) Driver() driver.Driver { return &vertigo.Driver{} }

// Connect opens one connection, to the first node that can be reached.
func (c *verticaConnector) Connect(ctx context.Context) (driver.Conn, error) {
	logger.SetLogLevel(logger.NONE) // it would write to standard output
	server, node, err := c.place.dial(ctx)
	if err != nil {
		return nil, err
	}
	r, err := newRelay(c.ctx, server, min(connectLimit, c.place.silence))
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	c.last.Store(r)
	address, err := c.place.address(r.address, node, c.label)
	if err != nil {
		r.close(err)
		return nil, err
	}
	conn, err := (&vertigo.Driver{}).Open(address)
	if err != nil {
		err = r.explain(err)
		r.close(err)
		return nil, fmt.Errorf("connect: %w", err)
	}
	r.silence.Store(int64(c.place.silence))
	r.extend()
	return conn, nil
}

// explain gives the reason why a connection ended in place of what the driver
// makes of it.
func (c *verticaConnector) explain(err error) error {
	if r := c.last.Load(); r != nil && err != nil {
		return r.explain(err)
	}
	return err
}

// dial connects to the first node that can be reached, or to the one that it
// names if load balancing is on. The node is the one whose name the user gave.
func (p verticaPlace) dial(ctx context.Context) (conn net.Conn, node string, err error) {
	dialer := net.Dialer{Timeout: min(connectLimit, p.silence)}
	var failed []error
	for _, node := range p.nodes {
		conn, err := dialer.DialContext(ctx, "tcp", node)
		if err == nil && p.balance {
			conn, err = balanced(ctx, &dialer, conn)
		}
		if err == nil {
			return conn, node, nil
		}
		failed = append(failed, err)
	}
	return nil, "", fmt.Errorf("connect: %w", errors.Join(failed...))
}

// balanced asks a node which one to take. The connection is closed if it is
// another one.
func balanced(ctx context.Context, dialer *net.Dialer, conn net.Conn) (net.Conn, error) {
	const loadBalance = 80936960
	fail := func(err error) (net.Conn, error) {
		return nil, fmt.Errorf("load balancing: %w", errors.Join(err, conn.Close()))
	}
	if err := conn.SetDeadline(time.Now().Add(dialer.Timeout)); err != nil {
		return fail(err)
	}
	ask := binary.BigEndian.AppendUint32([]byte{0, 0, 0, 8}, loadBalance)
	answer := make([]byte, 1)
	if _, err := conn.Write(ask); err != nil {
		return fail(err)
	}
	if _, err := io.ReadFull(conn, answer); err != nil {
		return fail(err)
	}
	switch answer[0] {
	case 'N': // there is none, so this node it is
		return conn, conn.SetDeadline(time.Time{})
	case 'Y':
	default:
		return fail(fmt.Errorf("the answer begins with %q", answer))
	}
	head := make([]byte, 8) // a length that counts itself, and the port
	if _, err := io.ReadFull(conn, head); err != nil {
		return fail(err)
	}
	size := binary.BigEndian.Uint32(head)
	if size < 9 || size > 1024 {
		return fail(fmt.Errorf("the answer has %d octets", size))
	}
	host := make([]byte, size-8)
	if _, err := io.ReadFull(conn, host); err != nil {
		return fail(err)
	}
	name, _, _ := strings.Cut(string(host), "\x00")
	if err := conn.Close(); err != nil {
		return nil, err
	}
	return dialer.DialContext(ctx, "tcp", net.JoinHostPort(name, strconv.Itoa(int(binary.BigEndian.Uint32(head[4:])))))
}

// unsafe names errors of TLS.
func unsafe(err error) error {
	text := err.Error()
	if strings.Contains(text, "SSL/TLS") || strings.Contains(text, "tls: ") || strings.Contains(text, "x509: ") {
		return fmt.Errorf("%w: %w", ErrTLS, err)
	}
	return err
}

// verticaSession is one connection and the pool that it is alone in.
type verticaSession struct {
	ctx       context.Context
	connector *verticaConnector
	db        *sql.DB
	conn      *sql.Conn
}

func connectVertica(ctx context.Context, place verticaPlace, label string) (*verticaSession, error) {
	s := &verticaSession{ctx: ctx, connector: &verticaConnector{ctx: ctx, place: place, label: "covpipe-" + label}}
	s.db = sql.OpenDB(s.connector)
	s.db.SetMaxOpenConns(1)
	var err error
	if s.conn, err = s.db.Conn(ctx); err != nil {
		return nil, errors.Join(s.connector.explain(err), s.db.Close())
	}
	if place.pool != "" {
		set := "SET SESSION RESOURCE_POOL = " + place.pool
		if _, err := s.conn.ExecContext(context.WithoutCancel(ctx), set); err != nil {
			return nil, errors.Join(s.explain(err), s.Close())
		}
	}
	return s, nil
}

// Close ends the session. What it has not committed is rolled back.
func (s *verticaSession) Close() error {
	return errors.Join(s.conn.Close(), s.db.Close())
}

func (s *verticaSession) explain(err error) error { return s.connector.explain(err) }

// isCurrent refuses tables of another version than this covpipe writes.
func (s *verticaSession) isCurrent(ctx context.Context) error {
	version, err := schemaVersion(ctx, s.conn)
	var refusal *vertigo.VError
	if errors.As(err, &refusal) && isMissingTable(refusal) || err == nil && version < SchemaVersion {
		return fmt.Errorf("schema version %d, and this covpipe needs %d: %w", version, SchemaVersion, ErrOlder)
	}
	return err
}

// has looks a load up in the ledger.
func (s *verticaSession) has(run string) (bool, error) {
	return hasRun(context.WithoutCancel(s.ctx), s.conn, run)
}

// repeatable tells whether an attempt that failed before its COMMIT may go well
// another time.
func repeatable(err error) bool {
	var refusal *vertigo.VError
	var network *net.OpError
	switch {
	case errors.As(err, &refusal):
		// connection, resources, lock not available, shutting down
		return slices.Contains([]string{"08", "53"}, refusal.SQLState[:min(2, len(refusal.SQLState))]) ||
			slices.Contains([]string{"55V03", "57V01", "57V03", "57P01"}, refusal.SQLState)
	case errors.Is(err, ErrSilent), errors.Is(err, ErrTLS):
		return false
	}
	return errors.Is(err, errClosed) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn)
}

// IsLogin tells whether Vertica has refused a user or a password.
func IsLogin(err error) bool {
	var refusal *vertigo.VError
	return errors.As(err, &refusal) && strings.HasPrefix(refusal.SQLState, "28")
}

// isMissingTable tells whether the server knows no such table.
func isMissingTable(refusal *vertigo.VError) bool {
	return refusal.SQLState == "42V01" || refusal.ErrorCode == "4566"
}

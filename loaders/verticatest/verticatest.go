// Package verticatest turns a DuckDB in memory into a server that speaks the
// wire protocol of Vertica, for tests of clients that load.
//
// It is strict where Vertica is: COPY commits unless it says NO COMMIT, DDL
// commits, lengths are octets, primary keys are not enforced, temporary rows go
// with the next commit, and SQL that Vertica does not know is refused, so that a
// test does not pass on what only DuckDB understands. It is no Vertica: what it
// does is what Vertica's manual and its clients' code say, and no more.
//
// [Server.Break] makes it fail as a busy cluster or a bad network does.
package verticatest

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// Options say what kind of server it is. The zero value takes every user
// without a password.
type Options struct {
	Listen     string      // default 127.0.0.1:0
	User       string      // the only one; empty takes all
	Password   string      // empty asks for none
	Auth       Auth        // how it asks
	TLS        *tls.Config // nil answers that there is none
	ReadOnly   bool        // the user may create no tables but temporary ones
	Redirect   string      // host:port that clients asking for load balancing are sent to
	Zone       int         // hours that the session's clock is off UTC
	WaitLock   time.Duration
	DuckDBFile string // keep the data in a file, to hold more than memory does
}

// Auth is a way to ask for a password.
type Auth int32

// The ways, with their numbers in the protocol.
const (
	SHA512    Auth = 66048 // the default
	Cleartext Auth = 3
	MD5       Auth = 5
)

// Server is a running server.
type Server struct {
	opt      Options
	listener net.Listener
	db       *sql.DB
	ctx      context.Context // ends with Close
	stop     context.CancelFunc
	sessions sync.WaitGroup

	mu      sync.Mutex
	faults  []*Fault
	tables  map[string]*table // by lower-case name
	locks   map[string]*lock
	cancels map[[2]uint32]context.CancelFunc
	seen    []string // statements that were executed
	logins  []map[string]string
	next    uint32
}

// Start starts a server. Close ends it.
func Start(opt Options) (*Server, error) {
	if opt.Listen == "" {
		opt.Listen = "127.0.0.1:0"
	}
	if opt.Auth == 0 {
		opt.Auth = SHA512
	}
	if opt.WaitLock == 0 {
		opt.WaitLock = 30 * time.Second
	}
	connector, err := duckdb.NewConnector(opt.DuckDBFile, nil)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{
		opt:     opt,
		db:      db,
		ctx:     ctx,
		stop:    stop,
		tables:  map[string]*table{},
		locks:   map[string]*lock{},
		cancels: map[[2]uint32]context.CancelFunc{},
	}
	if _, err := db.ExecContext(ctx, catalog); err != nil {
		stop()
		return nil, errors.Join(err, db.Close())
	}
	if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", opt.Listen); err != nil {
		stop()
		return nil, errors.Join(err, db.Close())
	}
	s.sessions.Go(s.accept)
	return s, nil
}

// Addr is the host:port to connect to.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends all sessions, rolls them back and forgets all data.
func (s *Server) Close() error {
	s.stop()
	err := s.listener.Close()
	s.sessions.Wait()
	return errors.Join(err, s.db.Close())
}

// DB is the DuckDB behind the server, for tests to look at what is committed.
func (s *Server) DB() *sql.DB { return s.db }

// Seen lists the statements that clients had executed, in order.
func (s *Server) Seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.seen...)
}

// Logins lists what clients said of themselves when they connected.
func (s *Server) Logins() []map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]map[string]string(nil), s.logins...)
}

// Sessions waits until none is open, or until ctx ends.
func (s *Server) Sessions(ctx context.Context) error {
	for {
		s.mu.Lock()
		n := len(s.cancels)
		s.mu.Unlock()
		if n == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		s.sessions.Go(func() {
			ctx, cancel := context.WithCancel(s.ctx)
			defer cancel()
			context.AfterFunc(ctx, func() { _ = conn.Close() })
			serve(ctx, s, conn)
		})
	}
}

// Fault makes the server fail once, or Times times.
type Fault struct {
	At    Point
	Match string        // only at statements that contain it, or with ^ before it begin with it
	Rows  int64         // InCopy: after so many rows
	Do    Action        // default Drop
	Delay time.Duration // of Slow
	Times int           // default 1
	Hit   chan<- struct{}
}

// Point is where a fault strikes.
type Point int

// The points.
const (
	AtConnect Point = iota // before the first octet is answered
	AtExecute              // before a statement is executed
	AtAnswer               // after it was executed, before its answer
	InCopy                 // in the middle of the rows
)

// Action is what a fault does.
type Action int

// The actions.
const (
	Drop       Action = iota // close the connection
	Mute                     // say nothing more, and read nothing more
	Slow                     // go on after Delay
	Reject                   // InCopy: the row is rejected; else: the statement fails
	Lose                     // InCopy: the row is gone, and not counted
	LoseLater                // InCopy: the row is counted, and gone after COPY
	LoseInsert               // InCopy: one row fewer is inserted by the next INSERT … SELECT
)

// Break adds a fault.
func (s *Server) Break(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

func (f *Fault) matches(text string) bool {
	if beginning, is := strings.CutPrefix(f.Match, "^"); is {
		return strings.HasPrefix(text, beginning)
	}
	return strings.Contains(text, f.Match)
}

// strike takes a fault that was planted at this point.
func (s *Server) strike(at Point, text string, rows int64) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.At == at && f.Times > 0 && f.matches(text) && rows >= f.Rows {
			f.Times--
			return f
		}
	}
	return nil
}

// Apply runs statements that end in semicolons, as a DBA would.
func (s *Server) Apply(ctx context.Context, statements string) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	c := &session{
		s:          s,
		ctx:        ctx,
		work:       ctx,
		db:         conn,
		prepared:   map[string]*prepared{},
		temp:       map[string]*table{},
		dirty:      map[string]bool{},
		owner:      true,
		autocommit: true,
	}
	defer conn.Close()
	tokens, err := scan(statements)
	if err != nil {
		return err
	}
	for len(tokens) > 0 {
		end := slices.IndexFunc(tokens, func(t token) bool { return t.is(";") })
		if end < 0 {
			end = len(tokens)
		}
		text := spell(tokens[:end])
		tokens = tokens[min(end+1, len(tokens)):]
		st, err := understand(text)
		if err == nil {
			_, err = c.run(&portal{prepared: &prepared{statement: st}})
		}
		if err != nil {
			c.rollback(ctx)
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return c.commit()
}

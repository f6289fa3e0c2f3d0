package loaders

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	vertigo "github.com/vertica/vertica-sql-go"
)

// relay carries the octets between the driver and a server. It ends when either
// side does, when its context does, or when nothing has come or gone for too
// long; the driver then sees a closed connection. It takes one client, from this
// host, and does not look into what it carries.
type relay struct {
	address        string
	silence        atomic.Int64
	ctx            context.Context // its cause says why the relay has ended
	stop           context.CancelCauseFunc
	client, server net.Conn
	accepted       atomic.Bool
}

var errClosed = errors.New("the server closed the connection")

// errDone ends a relay that is no longer needed.
var errDone = errors.New("done")

func newRelay(ctx context.Context, server net.Conn, limit time.Duration) (*relay, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{address: listener.Addr().String(), server: server}
	r.silence.Store(int64(limit))
	r.ctx, r.stop = context.WithCancelCause(ctx)
	context.AfterFunc(r.ctx, func() { _ = errors.Join(listener.Close(), server.Close()) })
	go func() {
		client, err := listener.Accept()
		_ = listener.Close() // one client is all
		if err != nil {
			r.stop(err)
			return
		}
		r.client = client
		context.AfterFunc(r.ctx, func() { _ = client.Close() })
		r.accepted.Store(true)
		r.extend()
		go r.carry(client, server, errDone)
		r.carry(server, client, errClosed)
	}()
	return r, nil
}

// carry copies from one side to the other until one ends.
func (r *relay) carry(from, to net.Conn, end error) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			r.extend()
			if _, errWrite := to.Write(buffer[:n]); errWrite != nil {
				err = errors.Join(err, errWrite)
			}
			r.extend()
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			end = fmt.Errorf("%w for %v", ErrSilent, time.Duration(r.silence.Load()))
		}
		if err != nil {
			r.stop(end)
			return
		}
	}
}

// extend moves the deadline, after something has come or gone.
func (r *relay) extend() {
	if !r.accepted.Load() {
		return
	}
	deadline := time.Now().Add(time.Duration(r.silence.Load()))
	_ = r.client.SetDeadline(deadline) // a closed connection needs none
	_ = r.server.SetDeadline(deadline)
}

func (r *relay) close(why error) { r.stop(why) }

// explain gives the reason why the relay has ended, if it has and the server did
// not say what is wrong.
func (r *relay) explain(err error) error {
	var refusal *vertigo.VError
	if err == nil || errors.As(err, &refusal) {
		return err
	}
	cause := context.Cause(r.ctx)
	switch {
	case cause == nil, errors.Is(cause, errDone):
		return unsafe(err)
	case errors.Is(err, ErrUnknownCommit):
		return fmt.Errorf("%w: %w", ErrUnknownCommit, cause)
	case errors.Is(cause, errClosed):
		return fmt.Errorf("%w: %w", cause, unsafe(err))
	}
	return cause
}

package notifiers

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
)

// Reach connects to the host of the address, with TLS if it is https, and sends
// no ping.
func (h *Heartbeat) Reach(ctx context.Context) error { return reach(ctx, h.url) }

// reach connects to the host of an http or https address and sends nothing. An
// error shows no more of the address than its host.
func reach(ctx context.Context, u *url.URL) error {
	secure := u.Scheme == "https"
	port := "80"
	if secure {
		port = "443"
	}
	address := net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
	var conn net.Conn
	var err error
	if secure {
		conn, err = (&tls.Dialer{}).DialContext(ctx, "tcp", address)
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	if err != nil {
		return err
	}
	return conn.Close()
}

// Reachable is a place that can be tried without a letter.
type Reachable interface {
	// Reach does all that comes before a letter: it connects, makes the
	// connection safe and logs in. It sends nothing.
	Reach(ctx context.Context) error
}

// Reach greets the mail server, makes the connection safe and logs in.
func (s *mailServer) Reach(ctx context.Context) error {
	if err := s.connect(ctx); err != nil {
		return err
	}
	return s.Close()
}

// Reach connects to the host of the webhook.
func (p *poster) Reach(ctx context.Context) error {
	if err := reach(ctx, p.url); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}

package notifiers

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"time"
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

// ReachMetrics connects to a place for metrics, and sends none.
func ReachMetrics(ctx context.Context, to string) error {
	address, err := graphiteAddress(to)
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("graphite: %w", err)
	}
	return conn.Close()
}

// ReachEvents asks a graphite-web for the events of a moment, with the login of
// opt, and posts none.
func ReachEvents(ctx context.Context, web string, at time.Time, opt Options) error {
	base, err := webAddress(web)
	if err == nil {
		_, err = knownEvents(ctx, webClient(opt), base, []Event{{At: at}}, opt)
	}
	return err
}

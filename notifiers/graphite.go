package notifiers

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Metric is one number at one time.
type Metric struct {
	Name  string // as [MetricName] makes it
	Value float64
	At    time.Time
}

// MetricName joins names to the name of a metric. Two lists of names give two
// names: a slash becomes a colon, an @ two tildes, and what Graphite, Grafana or a
// file name should not have a tilde and its octet in hexadecimal. An owner that is
// none, such as (unowned), is ~unowned.
func MetricName(prefix string, names ...string) string {
	var name strings.Builder
	name.WriteString(prefix)
	for _, n := range names {
		if name.Len() > 0 {
			name.WriteByte('.')
		}
		name.WriteString(safeName(n))
	}
	return name.String()
}

func safeName(name string) string {
	switch name {
	case "(unowned)", "(unmatched)": // owners that are none
		return "~" + strings.Trim(name, "()")
	case "":
		return "~"
	}
	var safe strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
			safe.WriteByte(c)
		case c == '/':
			safe.WriteByte(':')
		case c == '@':
			safe.WriteString("~~")
		default:
			fmt.Fprintf(&safe, "~%02x", c)
		}
	}
	if safe.Len() > mostName { // it would be no file name any more
		sum := sha256.Sum256([]byte(name))
		return safe.String()[:mostName-18] + "~x" + hex.EncodeToString(sum[:8])
	}
	return safe.String()
}

// mostName is how long a part of a metric's name may be.
const mostName = 200

// graphiteAddress reads graphite://host[:port].
func graphiteAddress(to string) (string, error) {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "graphite" || u.Hostname() == "" ||
		u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		return "", fmt.Errorf("%w: metrics go to a place such as graphite://carbon.example.com:2003", ErrPlace)
	}
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "2003")), nil
}

// CheckMetrics tells whether to names a place for metrics.
func CheckMetrics(to string) error {
	_, err := graphiteAddress(to)
	return err
}

// lineOf is a metric in Graphite's plaintext protocol.
func (m Metric) lineOf() string {
	return fmt.Sprintf("%s %s %d\n", m.Name, strconv.FormatFloat(m.Value, 'f', -1, 64), m.At.Unix())
}

// WriteMetrics gives metrics in Graphite's plaintext protocol, by name and time.
// Of two with the same name and second the last one counts, as it does for
// Graphite. What is no number is left out.
func WriteMetrics(metrics []Metric) string {
	type key struct {
		name string
		at   int64
	}
	last := map[key]Metric{}
	for _, m := range metrics {
		if !math.IsNaN(m.Value) && !math.IsInf(m.Value, 0) {
			last[key{m.Name, m.At.Unix()}] = m
		}
	}
	lines := make([]Metric, 0, len(last))
	for _, m := range last {
		lines = append(lines, m)
	}
	slices.SortFunc(lines, func(a, b Metric) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.At.Compare(b.At))
	})
	var text strings.Builder
	for _, m := range lines {
		text.WriteString(m.lineOf())
	}
	return text.String()
}

// SendMetrics sends metrics to Graphite, and tries up to three times. The protocol
// has no answer: without an error the server's machine has them. Sending them
// again changes nothing.
func SendMetrics(ctx context.Context, to string, metrics []Metric, opt Options) error {
	address, err := graphiteAddress(to)
	if err != nil {
		return err
	}
	text := WriteMetrics(metrics)
	return retried(ctx, opt, func() error { return sendLines(ctx, address, text, opt) })
}

func sendLines(ctx context.Context, address, text string, opt Options) error {
	timeout := cmp.Or(opt.Timeout, defaultTimeout)
	dialer := net.Dialer{Timeout: timeout}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("graphite: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	out := bufio.NewWriter(conn)
	for line := range strings.Lines(text) {
		_ = conn.SetDeadline(time.Now().Add(timeout))
		if _, err = out.WriteString(line); err != nil {
			break
		}
	}
	if err == nil {
		err = finish(conn, out)
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx) // and not that the connection is closed
	}
	if err != nil {
		return fmt.Errorf("graphite: %s: %w", address, err)
	}
	return nil
}

// finish ends the connection in a way that tells whether the other side has read
// all: carbon closes its own side then. A relay that does not is not waited for.
func finish(conn net.Conn, out *bufio.Writer) error {
	if err := out.Flush(); err != nil {
		return err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	if err := tcp.CloseWrite(); err != nil {
		return err
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, err := conn.Read(make([]byte, 1))
	if errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// retried calls send up to three times while its errors say that asking again may
// help. It must be something that may be sent twice.
func retried(ctx context.Context, opt Options, send func() error) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = cmp.Or(opt.Pause, time.Second)
	pause.Multiplier = 3
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := send()
		if err != nil && !Temporary(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(3), backoff.WithMaxElapsedTime(0))
	return err
}

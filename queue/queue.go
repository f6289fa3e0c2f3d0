// Package queue spreads named units of work over workers, through a NATS server
// with JetStream: which units there are, who has which, and what became of each.
//
// What a unit is and how it is run is not its business; it moves names and
// octets.
package queue

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Options say where the queue is and whose run it is.
type Options struct {
	Place       string // nats://host:4222 or tls://host:4222, several with commas; see [ParsePlace]
	Credentials []byte // of the user, as nsc writes them; nil: none
	User        string // another way to log in; empty: none
	Password    string // of User
	Run         string // names the run; letters, digits, "-" and "_"
	Client      string // names this client, for the server's logs
	// Silence is how long until a unit goes to another worker; 0 is a minute.
	// All clients of a run have the same.
	Silence  time.Duration
	Keep     time.Duration // for how long the server keeps the run; 0 is a week
	Patience time.Duration // for how long a server that does not answer is tried; 0 is 5 minutes
	Lost     func(error)   // is told when the connection is lost, and with nil when it is back
}

// Queue is a connection to the queue of one run.
type Queue struct {
	opt     Options
	conn    *nats.Conn
	js      jetstream.JetStream
	keys    jetstream.KeyValue
	objects jetstream.ObjectStore
	units   jetstream.Consumer
}

// Errors that a caller may want to tell apart.
var (
	ErrPlace       = errors.New("it is no place of a queue")
	ErrUnreachable = errors.New("the NATS server does not answer")
	ErrLogin       = errors.New("the NATS server refuses the login")
	ErrCredentials = errors.New("the credentials for the NATS server cannot be used")
	ErrTLS         = errors.New("TLS with the NATS server fails")
	ErrNoJetStream = errors.New("the NATS server has no JetStream")
	ErrNoRun       = errors.New("there is no such run in the queue")
	ErrOtherRun    = errors.New("the run is in the queue with another plan")
)

// requestTimeout bounds one question to the server.
const requestTimeout = 10 * time.Second

var runName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// Connect connects to a server. While it does not answer it is tried again, as
// long as the options have patience.
func Connect(ctx context.Context, opt Options) (*Queue, error) {
	opt.Silence, opt.Keep = cmp.Or(opt.Silence, time.Minute), cmp.Or(opt.Keep, 7*24*time.Hour)
	opt.Patience = cmp.Or(opt.Patience, 5*time.Minute)
	if opt.Lost == nil {
		opt.Lost = func(error) {}
	}
	if !runName.MatchString(opt.Run) {
		return nil, fmt.Errorf("queue: run %q is not of letters, digits, - and _", opt.Run)
	}
	servers, options, err := ParsePlace(opt.Place)
	if err != nil {
		return nil, err
	}
	options = append(options, nats.Name(opt.Client), nats.Timeout(requestTimeout), nats.MaxReconnects(-1),
		nats.ReconnectWait(time.Second), nats.PingInterval(5*time.Second), nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				opt.Lost(err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { opt.Lost(nil) }))
	if len(opt.Credentials) > 0 {
		options = append(options, nats.UserCredentialBytes(opt.Credentials))
	}
	if opt.User != "" {
		options = append(options, nats.UserInfo(opt.User, opt.Password))
	}
	if err := checkOptions(options); err != nil {
		return nil, fmt.Errorf("queue: %s: %w", servers, err)
	}
	q := &Queue{opt: opt}
	told := false
	err = q.retry(ctx, func(context.Context) error {
		conn, err := nats.Connect(servers, options...)
		wrong := (*tls.CertificateVerificationError)(nil)
		switch {
		case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired):
			return fmt.Errorf("%w: %w", ErrLogin, err)
		case errors.As(err, &wrong), errors.Is(err, nats.ErrSecureConnWanted),
			errors.Is(err, nats.ErrSecureConnRequired):
			return fmt.Errorf("%w: %w", ErrTLS, err)
		case err != nil && !told:
			told = true
			opt.Lost(err)
		}
		q.conn = conn
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("queue: %s: %w", servers, err)
	}
	if q.js, err = jetstream.New(q.conn); err == nil {
		err = q.hasJetStream(ctx)
	}
	if err != nil {
		q.Close()
		return nil, fmt.Errorf("queue: %s: %w", servers, err)
	}
	return q, nil
}

// checkOptions reads the files that options name, and the credentials. What is
// wrong with them does not change while a server is tried.
func checkOptions(options []nats.Option) error {
	var trial nats.Options
	for _, set := range options {
		if err := set(&trial); err != nil {
			return fmt.Errorf("%w: %w", ErrTLS, err)
		}
	}
	if trial.UserJWT == nil {
		return nil
	}
	_, errToken := trial.UserJWT()
	_, errKey := trial.SignatureCB(nil)
	if err := cmp.Or(errToken, errKey); err != nil {
		return fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	return nil
}

// hasJetStream checks that there is JetStream. A server that has just started may
// not have it yet.
func (q *Queue) hasJetStream(ctx context.Context) error {
	short := &Queue{opt: Options{Patience: requestTimeout}}
	err := short.retry(ctx, func(ctx context.Context) error {
		_, err := q.js.AccountInfo(ctx)
		return err
	})
	if errors.Is(err, nats.ErrNoResponders) {
		return fmt.Errorf("%w: %w", ErrNoJetStream, err)
	}
	return err
}

// Close ends the connection.
func (q *Queue) Close() { q.conn.Close() }

// ParsePlace reads a place such as tls://a:4222,tls://b:4222?ca=FILE. It gives
// the servers without what is not theirs. A password has no place in it.
//
//	ca=FILE            the certificate authority, in place of the system's
//	cert=FILE&key=FILE the certificate of this client
//	tls=first          TLS before anything else is said
func ParsePlace(place string) (servers string, options []nats.Option, err error) {
	list, query, _ := strings.Cut(place, "?")
	for server := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(strings.TrimSpace(server))
		if err != nil || u.Host == "" ||
			u.Scheme != "nats" && u.Scheme != "tls" && u.Scheme != "ws" && u.Scheme != "wss" {
			return "", nil, fmt.Errorf("queue: %q: %w such as nats://host:4222 or tls://host:4222",
				redacted(server), ErrPlace)
		}
		if u.User != nil {
			return "", nil, fmt.Errorf("queue: %q: %w: a user and a password have no place in it",
				redacted(server), ErrPlace)
		}
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", nil, fmt.Errorf("queue: %q: %w: %w", query, ErrPlace, err)
	}
	for name := range values {
		switch value := values.Get(name); name {
		case "ca":
			options = append(options, nats.RootCAs(value))
		case "cert":
			if !values.Has("key") {
				return "", nil, fmt.Errorf("queue: %w: cert= without key=", ErrPlace)
			}
			options = append(options, nats.ClientCert(value, values.Get("key")))
		case "key":
			if !values.Has("cert") {
				return "", nil, fmt.Errorf("queue: %w: key= without cert=", ErrPlace)
			}
		case "tls":
			if value != "first" {
				return "", nil, fmt.Errorf("queue: tls=%s: %w: only tls=first is known", value, ErrPlace)
			}
			options = append(options, nats.TLSHandshakeFirst())
		default:
			return "", nil, fmt.Errorf("queue: %s=: %w: it knows ca, cert, key and tls", name, ErrPlace)
		}
	}
	return list, options, nil
}

// redacted is a place without what may be a password.
func redacted(place string) string {
	if _, host, found := strings.Cut(place, "@"); found {
		return "…@" + host
	}
	return place
}

// retry asks the server until it answers. An answer that is a refusal is final, and
// so is, once it was there, that the run is not there any more.
func (q *Queue) retry(ctx context.Context, ask func(ctx context.Context) error) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 100*time.Millisecond, 5*time.Second
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		limited, cancel := context.WithTimeout(ctx, requestTimeout)
		defer cancel()
		err := ask(limited)
		switch {
		case err != nil && final(err):
			err = backoff.Permanent(err)
		case err != nil && q.isGone(ctx):
			err = backoff.Permanent(fmt.Errorf("%w: %s", ErrNoRun, q.opt.Run))
		}
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(q.opt.Patience))
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("%w: %w", ErrNoJetStream, err)
	case final(err), isRefusal(err):
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// isGone tells whether the server says that the run, which was there, is not there
// any more. What is asked about its keys and objects has no answer then.
func (q *Queue) isGone(ctx context.Context) bool {
	if q.units == nil {
		return false
	}
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	_, err := q.js.Stream(limited, q.stream())
	return errors.Is(err, jetstream.ErrStreamNotFound)
}

// isRefusal tells whether JetStream has answered, with an error of its own.
func isRefusal(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api)
}

// final tells whether the server has answered, so that asking again is no use.
func final(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.Code >= 400 && api.Code < 500
	}
	for _, known := range []error{
		jetstream.ErrKeyExists, jetstream.ErrKeyNotFound, jetstream.ErrBucketNotFound, jetstream.ErrObjectNotFound,
		nats.ErrPermissionViolation, nats.ErrMaxPayload, nats.ErrBadSubject, context.Canceled,
		ErrLogin, ErrTLS, ErrNoRun, errLostRace,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

package notifiers

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// mailServer sends mail over one connection, which it opens for the first letter
// and keeps for the next ones.
type mailServer struct {
	dial    *mail.Client
	timeout time.Duration // of each answer but that to the end of the mail
	secret  string        // that the server may repeat, and nobody else
	session *smtp.Client  // nil: not connected
	left    bool          // to its deadlines, in the middle of a word: the session is no longer ours
}

// endTimeout is how long a server may take to say that it has the mail.
// RFC 5321, 4.5.3.2.6.
const endTimeout = 10 * time.Minute

// openSMTP reads smtp://[user@]host[:port] (STARTTLS) or smtps://… (TLS from the
// first octet), with ?tlsmode=server-strict (the default: encrypted, and the
// certificate is verified), server (it is not verified) or none, and ?hello=NAME.
func openSMTP(to string, opt Options) (Notifier, error) {
	u, err := url.Parse(to)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return nil, fmt.Errorf("%w: it is smtp://mail.example.com:587 or smtps://mail.example.com", ErrPlace)
	}
	if _, has := u.User.Password(); has {
		return nil, fmt.Errorf("%w: it holds a password; secrets come from the environment", ErrPlace)
	}
	query := u.Query()
	mode := cmp.Or(query.Get("tlsmode"), "server-strict")
	for key := range query {
		if key != "tlsmode" && key != "hello" {
			return nil, fmt.Errorf("%w: it has no %q (known: tlsmode, hello)", ErrPlace, key)
		}
	}
	if !slices.Contains([]string{"server-strict", "server", "none"}, mode) {
		return nil, fmt.Errorf("%w: tlsmode %q is not server-strict, server or none", ErrPlace, mode)
	}
	port := 587
	options := []mail.Option{mail.WithTimeout(opt.Timeout), mail.WithoutNoop()}
	switch {
	case u.Scheme == "smtps" && mode == "none":
		return nil, fmt.Errorf("%w: smtps and tlsmode=none exclude each other", ErrPlace)
	case u.Scheme == "smtps":
		port = 465
		options = append(options, mail.WithSSL())
	case mode == "none":
		port = 25
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if u.Port() != "" {
		port, _ = strconv.Atoi(u.Port()) // url.Parse has seen that it is a number
	}
	config := &tls.Config{
		ServerName: u.Hostname(), MinVersion: tls.VersionTLS12, InsecureSkipVerify: mode == "server",
	}
	if opt.CA != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(opt.CA) {
			return nil, errors.New("the file of the certificate authority has no certificate in PEM")
		}
	}
	options = append(options, mail.WithPort(port), mail.WithTLSConfig(config))
	if hello := query.Get("hello"); hello != "" {
		options = append(options, mail.WithHELO(hello))
	}
	if user := cmp.Or(u.User.Username(), opt.User); user != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(user), mail.WithPassword(opt.Password))
	}
	client, err := mail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlace, err)
	}
	return &mailServer{dial: client, timeout: opt.Timeout, secret: opt.Password}, nil
}

// Notify sends one mail to one recipient. All but the dot that ends the mail is
// sent before last is called; a server keeps nothing of a mail without it.
func (s *mailServer) Notify(ctx context.Context, letter Letter, last func() error) error {
	message, err := compose(letter)
	if err != nil {
		return err
	}
	body, err := s.untilTold(ctx, func() (io.WriteCloser, error) { return s.write(ctx, letter, message) })
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = last()
	}
	if err != nil {
		if body != nil {
			s.drop() // QUIT would be read as part of the mail
		}
		return err
	}
	_ = s.session.UpdateDeadline(endTimeout)
	err = body.Close()
	if no := s.refused("the mail", err); no != nil {
		return no
	}
	if err != nil {
		s.drop()
		return fmt.Errorf("%w: %w", ErrUncertain, err)
	}
	return nil
}

// untilTold does what comes before the last word, and waits no longer for a server
// that says nothing once ctx ends.
func (s *mailServer) untilTold(ctx context.Context, work func() (io.WriteCloser, error)) (io.WriteCloser, error) {
	if s.left || ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	type answer struct {
		body io.WriteCloser
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		body, err := work()
		done <- answer{body, err}
	}()
	select {
	case a := <-done:
		return a.body, a.err
	case <-ctx.Done():
		s.left = true
		return nil, context.Cause(ctx)
	}
}

// write sends all of a mail but its end, over a connection that it makes first if
// there is none.
func (s *mailServer) write(ctx context.Context, letter Letter, message io.WriterTo) (io.WriteCloser, error) {
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	body, err := s.begin(letter)
	if err != nil {
		return nil, err
	}
	_, err = message.WriteTo(body)
	return body, err
}

// connect greets the server, makes the connection safe and logs in.
func (s *mailServer) connect(ctx context.Context) error {
	if s.session != nil {
		return ctx.Err()
	}
	session, err := s.dial.DialToSMTPClientWithContext(ctx)
	if err == nil {
		s.session = session
		return nil
	}
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var code *textproto.Error
	switch {
	case errors.As(err, &certificate), errors.As(err, &record):
		return fmt.Errorf("%w: %w", ErrTLS, err)
	case errors.As(err, &code) && slices.Contains([]int{454, 530, 534, 535, 538}, code.Code): // RFC 4954
		return s.refused("AUTH", err)
	case code != nil:
		return s.refused("greeting", err)
	case strings.Contains(err.Error(), "does not support STARTTLS"): // the library has no other sign of it
		return fmt.Errorf("%w: the server does not offer STARTTLS", ErrTLS)
	}
	return err
}

// begin opens a mail; what it gives takes the text.
func (s *mailServer) begin(letter Letter) (io.WriteCloser, error) {
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"MAIL FROM", func() error { return s.session.Mail("<" + letter.From.Address + ">") }},
		{"RCPT TO", func() error { return s.session.Rcpt("<" + letter.To.Address + ">") }},
	} {
		_ = s.session.UpdateDeadline(s.timeout)
		if err := step.do(); err != nil {
			return nil, s.failed(step.name, err)
		}
	}
	_ = s.session.UpdateDeadline(s.timeout)
	body, err := s.session.Data()
	if err != nil {
		return nil, s.failed("DATA", err)
	}
	return body, nil
}

// failed ends the mail that was begun, so that the next one can begin.
func (s *mailServer) failed(step string, err error) error {
	no := s.refused(step, err)
	if no == nil || s.session.Reset() != nil {
		s.drop()
	}
	if no != nil {
		return no
	}
	return fmt.Errorf("%s: %w", step, err)
}

func (s *mailServer) drop() {
	_ = s.session.Close()
	s.session = nil
}

func (s *mailServer) Close() error {
	if s.left || s.session == nil {
		return nil
	}
	_ = s.session.UpdateDeadline(s.timeout)
	_ = s.session.Quit() // each mail has had its answer
	s.session = nil
	return nil
}

// refused gives the server's no, or nil if err is none.
func (s *mailServer) refused(step string, err error) error {
	var code *textproto.Error
	if !errors.As(err, &code) {
		return nil
	}
	return &RefusedError{Step: step, Code: code.Code, Text: said(code.Msg, s.secret), Temporary: code.Code/100 == 4}
}

// Temporary tells whether the same letter may be delivered later: nothing of it
// was, and the server asks to come again or could not be reached.
func Temporary(err error) bool {
	var no *RefusedError
	var name *net.DNSError
	var network *net.OpError
	var waiting net.Error
	switch {
	case errors.Is(err, ErrUncertain), errors.Is(err, ErrTLS), errors.Is(err, context.Canceled):
		return false
	case errors.As(err, &no):
		return no.Temporary
	case errors.As(err, &name):
		return !name.IsNotFound
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	}
	return errors.As(err, &waiting) && waiting.Timeout()
}

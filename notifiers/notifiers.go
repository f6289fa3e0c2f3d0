// Package notifiers turns a letter into mail, a Slack message, a webhook call or
// a file, and metrics into Graphite.
//
// What a letter says is made elsewhere; a place is one file here and one case in
// [Open].
package notifiers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// Letter is one edition of a weekly letter to one recipient, in all the forms
// that places want.
type Letter struct {
	ID          string        // Message-ID without brackets; the same for the same letter, whenever it is made
	List        string        // List-Id without brackets, such as coverage-shop.example.com
	Date        time.Time     // of the mail
	From, To    *mail.Address // mail only
	ReplyTo     *mail.Address // nil: the sender
	Unsubscribe string        // address for List-Unsubscribe; empty: none
	Subject     string
	Text, HTML  string
	Pictures    []Picture // that HTML shows as cid:NAME
	Slack       []string  // sections in Slack's mrkdwn
	JSON        []byte    // an object
}

// Picture is a PNG inside a letter.
type Picture struct {
	Name string // its content ID, and the name of its file
	PNG  []byte
}

// Notifier takes letters to one place.
type Notifier interface {
	// Notify delivers a letter once. It calls last when all is ready and only
	// the word that makes the delivery good is missing; an error of last ends it,
	// and nothing is delivered. An error that is no [ErrUncertain] says that the
	// letter was not delivered.
	Notify(ctx context.Context, letter Letter, last func() error) error
	Close() error
}

// Options are what a place needs and its name must not hold.
type Options struct {
	User, Password string        // of a mail server; empty: none
	SlackURL       string        // of an incoming webhook
	WebhookURL     string        // of a webhook
	WebhookToken   string        // its bearer token; empty: none
	CA             []byte        // certificates in PEM to trust, in place of the system's; nil: the system's
	Timeout        time.Duration // of each answer; 0: 2 minutes
	Pause          time.Duration // before metrics are sent again, then longer; 0: 1 second
}

// defaultTimeout is that of RFC 5321 for DATA; the others are longer there.
const defaultTimeout = 2 * time.Minute

// Errors that a caller may tell apart.
var (
	ErrPlace     = errors.New("unknown place")
	ErrUncertain = errors.New("the connection ended after the letter was handed over, so it may have arrived or not")
	ErrTLS       = errors.New("the connection is not safe")
	ErrSecret    = errors.New("its address, which is a secret, is not set")
)

// RefusedError is a server's no. The letter was not delivered.
type RefusedError struct {
	Step      string        // at which: "greeting", "AUTH", "RCPT TO", "POST"
	Code      int           // SMTP or HTTP
	Text      string        // what the server says
	Temporary bool          // asking again may help
	After     time.Duration // how long the server wants to be left alone; 0: it does not say
}

func (e *RefusedError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%s: refused: %d %s", e.Step, e.Code, e.Text))
}

// Places describes what [Open] takes, for help texts.
const Places = "smtp://mail.example.com:587, smtps://mail.example.com, slack, webhook, " +
	"letter.html, letter.eml, letter.txt, letter.json"

// Kind tells what a place is: smtp, slack, webhook, file, or "" for none of
// these. slack and webhook may be written slack: and slack://, too.
func Kind(to string) string {
	switch name := strings.TrimSuffix(strings.TrimSuffix(to, "//"), ":"); {
	case IsMail(to):
		return "smtp"
	case name == "slack", name == "webhook":
		return name
	case IsFile(to):
		return "file"
	}
	return ""
}

// Open opens the place that to names. Nothing is asked of a server before the
// first Notify.
func Open(to string, opt Options) (Notifier, error) {
	opt.Timeout = cmp.Or(opt.Timeout, defaultTimeout)
	switch {
	case IsMail(to):
		return openSMTP(to, opt)
	case Kind(to) == "slack":
		return openSlack(opt)
	case Kind(to) == "webhook":
		return openWebhook(opt)
	case IsFile(to):
		return letterFile(to), nil
	}
	return nil, unknownPlace(to)
}

// unknownPlace shows no more of an address than its scheme: the rest may be the
// secret address of a webhook, or hold a password.
func unknownPlace(to string) error {
	scheme, _, isAddress := strings.Cut(to, "://")
	switch {
	case isAddress && (scheme == "https" || scheme == "http"):
		return fmt.Errorf("%w %s://…: the address of a webhook is a secret and comes from the environment; "+
			"the place is slack or webhook", ErrPlace, scheme)
	case isAddress:
		to = scheme + "://…"
	}
	return fmt.Errorf("%w %q (known: %s)", ErrPlace, to, Places)
}

// Check tells whether to names a place for letters. Its error does not repeat an
// address, which may be or hold a secret.
func Check(to string) error {
	if IsMail(to) {
		_, err := openSMTP(to, Options{Timeout: defaultTimeout})
		return err
	}
	if Kind(to) == "" {
		return unknownPlace(to)
	}
	return nil
}

// IsMail tells whether a place is a mail server, which wants recipients.
func IsMail(to string) bool {
	return strings.HasPrefix(to, "smtp://") || strings.HasPrefix(to, "smtps://")
}

// IsFile tells whether a place is a file, which may be written again and again.
func IsFile(to string) bool {
	for _, ending := range []string{".html", ".eml", ".txt", ".json"} {
		if strings.HasSuffix(to, ending) && !strings.Contains(to, "://") {
			return true
		}
	}
	return false
}

// mostSaid is how many octets of what a server says are shown.
const mostSaid = 300

// said gives what a server says for people: its beginning, in one line, without
// secrets that it repeats.
func said(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[secret]")
		}
	}
	if len(text) > mostSaid {
		text = strings.ToValidUTF8(text[:mostSaid], "") + "…"
	}
	return oneLine(text)
}

// oneLine makes a text safe in a header and on a terminal: control characters,
// and with them line breaks, become spaces.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(c rune) bool {
		return c == ' ' || c < ' ' || c >= 0x7f && c < 0xa0 || c == '\u2028' || c == '\u2029'
	}), " ")
}

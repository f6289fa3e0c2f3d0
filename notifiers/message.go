package notifiers

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"

	"github.com/wneessen/go-mail"
)

// ErrNoSender says that a letter has nobody whom it is from, or to.
var ErrNoSender = errors.New("a mail needs a sender and a recipient")

// compose makes the mail: plain text first, then HTML with its pictures beside
// it. Each text that goes into a header is one line, whatever a file or an owner
// is called.
func compose(letter Letter) (*mail.Msg, error) {
	if letter.From == nil || letter.To == nil {
		return nil, ErrNoSender
	}
	m := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithEncoding(mail.EncodingQP))
	m.FromMailAddress(letter.From)
	m.ToMailAddress(letter.To)
	if letter.ReplyTo != nil {
		m.ReplyToMailAddress(letter.ReplyTo)
	}
	m.Subject(oneLine(letter.Subject))
	m.SetDateWithValue(letter.Date)
	m.SetMessageIDWithValue(oneLine(letter.ID))
	// RFC 3834: answering machines leave it alone. RFC 2919: so they do with
	// lists, and people can sort by it.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	if letter.List != "" {
		m.SetGenHeader("List-Id", "<"+oneLine(letter.List)+">")
	}
	if letter.Unsubscribe != "" {
		subject := url.PathEscape("unsubscribe " + letter.To.Address)
		m.SetListUnsubscribe("mailto:" + url.PathEscape(letter.Unsubscribe) + "?subject=" + subject)
	}
	m.SetBodyString(mail.TypeTextPlain, letter.Text)
	m.AddAlternativeString(mail.TypeTextHTML, letter.HTML)
	for _, p := range letter.Pictures {
		err := m.EmbedReader(p.Name+".png", bytes.NewReader(p.PNG),
			mail.WithFileContentID("<"+p.Name+">"), mail.WithFileContentType("image/png"))
		if err != nil {
			return nil, fmt.Errorf("picture %s: %w", p.Name, err)
		}
	}
	return m, nil
}

// Package notifierstest starts servers that letters and metrics go to, for
// tests: real ones of Debian, and one of our own that breaks in the middle.
package notifierstest

import (
	"bufio"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed smtpd.py
var smtpd string

// MailOptions say what a mail server asks of those that send.
type MailOptions struct {
	Plain          bool // no STARTTLS
	TLS            bool // TLS from the first octet
	User, Password string
	Slow           string // seconds that it takes to accept a mail
	OtherName      bool   // its certificate is for another host
}

// Mail is an aiosmtpd that keeps mail in a Maildir.
type Mail struct {
	Addr    string // host:port
	CA      string // file with the certificate that it shows
	Maildir string // folder of what arrived
	process *exec.Cmd
}

// StartMail starts a mail server, which lives in dir.
func StartMail(dir string, opt MailOptions) (*Mail, error) {
	m := &Mail{Maildir: filepath.Join(dir, "maildir"), CA: filepath.Join(dir, "ca.pem")}
	args := []string{"-c", smtpd, m.Maildir}
	if !opt.Plain {
		host := "127.0.0.1"
		if opt.OtherName {
			host = "192.0.2.1"
		}
		key := filepath.Join(dir, "key.pem")
		if err := writeCertificate(m.CA, key, host); err != nil {
			return nil, err
		}
		args = append(args, "--cert", m.CA, "--key", key)
	}
	if opt.TLS {
		args = append(args, "--tls")
	}
	if opt.User != "" {
		args = append(args, "--user", opt.User)
	}
	if opt.Slow != "" {
		args = append(args, "--slow", opt.Slow)
	}
	m.process = exec.Command("/usr/bin/python3", args...) // Debian's, which has Debian's modules
	m.process.Env = append(os.Environ(), "SMTPD_PASSWORD="+opt.Password, "PYTHONWARNINGS=ignore")
	var trouble bytes.Buffer
	m.process.Stderr = &trouble
	out, err := m.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := m.process.Start(); err != nil {
		return nil, err
	}
	port, err := bufio.NewReader(out).ReadString('\n') // it listens by then
	if err != nil {
		err = errors.Join(err, m.Close()) // when it has ended, all that it says has been read
		return nil, fmt.Errorf("smtpd.py: %w (Debian: apt-get install python3-aiosmtpd): %s", err, &trouble)
	}
	m.Addr = "127.0.0.1:" + strings.TrimSpace(port)
	return m, nil
}

// Close ends the server.
func (m *Mail) Close() error {
	_ = m.process.Process.Kill()
	_ = m.process.Wait() // it was killed
	return nil
}

// Received is a mail that arrived.
type Received struct {
	*mail.Message
	To   string // the mailbox, from the envelope
	Body []byte
}

// Received reads the mails that arrived, by mailbox.
func (m *Mail) Received() ([]Received, error) { return ReadMaildir(m.Maildir) }

// ReadMaildir reads the mails in a Maildir, by mailbox.
func ReadMaildir(dir string) ([]Received, error) {
	files, err := filepath.Glob(filepath.Join(dir, "new", "*"))
	if err != nil {
		return nil, err
	}
	var all []Received
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		message, err := mail.ReadMessage(file)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", name, err), file.Close())
		}
		body, err := io.ReadAll(message.Body)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
		all = append(all, Received{message, message.Header.Get("X-RcptTo"), body})
	}
	slices.SortFunc(all, func(a, b Received) int { return strings.Compare(a.To, b.To) })
	return all, nil
}

package notifierstest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// Faulty is a mail server without TLS that is strict in the order of commands,
// and answers some of them as it is told.
type Faulty struct {
	listener net.Listener
	mu       sync.Mutex
	answers  map[string][]string
	got      []string
	done     sync.WaitGroup
}

// Hangup in place of an answer ends the connection.
const Hangup = "hangup"

// StartFaulty starts a server. answers has for a command ("CONNECT", "MAIL",
// "RCPT", "DATA", or "." for the end of a mail) the answers to its first uses, in
// order; "" is a good one, and so are all after them.
func StartFaulty(answers map[string][]string) (*Faulty, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &Faulty{listener: listener, answers: answers}
	f.done.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f.done.Go(func() {
				defer conn.Close()
				_ = f.serve(conn) // the client hung up, or was hung up on
			})
		}
	})
	return f, nil
}

// Addr is host:port.
func (f *Faulty) Addr() string { return f.listener.Addr().String() }

// Close ends the server when its connections have ended.
func (f *Faulty) Close() error {
	err := f.listener.Close()
	f.done.Wait()
	return err
}

// Mails gives the mails that were accepted, and those whose end was seen before
// the server hung up.
func (f *Faulty) Mails() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.got...)
}

// answer gives what to say to a command.
func (f *Faulty) answer(command, good string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if left := f.answers[command]; len(left) > 0 {
		f.answers[command] = left[1:]
		if left[0] != "" {
			return left[0]
		}
	}
	return good
}

var errHangup = errors.New("hung up")

func (f *Faulty) serve(conn net.Conn) error {
	in := bufio.NewReader(conn)
	say := func(command, good string) (ok bool, err error) {
		text := f.answer(command, good)
		if text == Hangup {
			return false, errHangup
		}
		_, err = fmt.Fprintf(conn, "%s\r\n", text)
		return text == good, err
	}
	if _, err := say("CONNECT", "220 faulty.example.com ESMTP"); err != nil {
		return err
	}
	state := "" // the command that was accepted last
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		command, _, _ := strings.Cut(strings.ToUpper(strings.TrimRight(line, "\r\n")), " ")
		good, before := "250 OK", map[string]string{"MAIL": "EHLO", "RCPT": "MAIL", "DATA": "RCPT"}[command]
		switch {
		case command == "EHLO":
			good = "250 faulty.example.com"
		case command == "RSET":
			state = "EHLO"
		case command == "QUIT":
			_, err := say(command, "221 bye")
			return err
		case command == "DATA":
			good = "354 go on"
		case before == "":
			good = "502 unknown command"
		}
		if before != "" && state != before {
			if _, err := fmt.Fprintf(conn, "503 %s after %q\r\n", command, state); err != nil {
				return err
			}
			continue
		}
		ok, err := say(command, good)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if command != "RSET" {
			state = command
		}
		if command == "DATA" {
			if err := f.data(in, conn); err != nil {
				return err
			}
			state = "EHLO"
		}
	}
}

// data reads a mail to its end. Who has the answer finds the mail in Mails.
func (f *Faulty) data(in *bufio.Reader, out io.Writer) error {
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	const good = "250 queued"
	answer := f.answer(".", good)
	if answer == good || answer == Hangup {
		f.mu.Lock()
		f.got = append(f.got, text.String())
		f.mu.Unlock()
	}
	if answer == Hangup {
		return errHangup
	}
	_, err := fmt.Fprintf(out, "%s\r\n", answer)
	return err
}

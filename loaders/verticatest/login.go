package verticatest

import (
	"context"
	"crypto/md5"
	"crypto/sha512"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"net"
	"strconv"
)

// start answers the packets before the first message, and logs the user in.
func (c *session) start() bool {
	for {
		packet, err := c.w.packet()
		if err != nil {
			return false
		}
		body := fields(packet)
		switch code := body.int32(); code {
		case codeLoadBalance:
			if !c.balance() {
				return false
			}
		case codeTLS:
			if !c.encrypt() {
				return false
			}
		case codeCancel:
			key := [2]uint32{uint32(body.int32()), uint32(body.int32())}
			c.s.mu.Lock()
			cancel := c.s.cancels[key]
			c.s.mu.Unlock()
			if cancel != nil {
				cancel()
			}
			return false
		case codeStartup:
			return c.login(body) == nil
		default:
			return false
		}
	}
}

func (c *session) balance() bool {
	host, port, err := net.SplitHostPort(c.s.opt.Redirect)
	n, errPort := strconv.Atoi(port)
	if err != nil || errPort != nil {
		_, err = c.w.conn.Write([]byte{'N'})
		return err == nil
	}
	return c.w.send(build('Y').int32(int64(n)).text(host)) == nil && c.w.out.Flush() == nil
}

func (c *session) encrypt() bool {
	answer := byte('N')
	if c.s.opt.TLS != nil {
		answer = 'S'
	}
	if _, err := c.w.conn.Write([]byte{answer}); err != nil {
		return false
	}
	if answer == 'S' {
		c.w = newWire(tls.Server(c.w.conn, c.s.opt.TLS))
	}
	return true
}

// login reads the startup packet, whose first value is binary, and asks for the
// password.
func (c *session) login(body fields) error {
	said := map[string]string{}
	for len(body) > 0 {
		name := body.text()
		if name == "" {
			break // only an empty name ends the list; empty values occur
		}
		if name == "protocol_version" {
			body.octets(5)
			continue
		}
		said[name] = body.text()
	}
	c.autocommit = said["autocommit"] != "off"
	c.s.mu.Lock()
	c.s.logins = append(c.s.logins, said)
	c.s.mu.Unlock()
	if c.s.opt.User != "" && said["user"] != c.s.opt.User || !c.passwordIsRight(said["user"]) {
		c.refuse(&sqlError{state: "28000", code: 3781, severity: "FATAL", message: "Invalid username or password"})
		return errors.Join(errGone, c.w.out.Flush())
	}
	var err error
	if c.db, err = c.s.db.Conn(c.ctx); err != nil {
		return err
	}
	work, cancel := context.WithCancel(c.ctx)
	c.s.mu.Lock()
	c.s.next++
	c.pid, c.key = c.s.next, c.s.next*2654435761
	c.s.cancels[[2]uint32{c.pid, c.key}] = func() { cancel() }
	c.s.mu.Unlock()
	c.work = work
	send := []*message{build('R').int32(0)}
	for _, p := range [][2]string{
		{"server_version", version}, {"standard_conforming_strings", "on"},
		{"auto_commit", said["autocommit"]}, {"client_locale", "en_US"},
	} {
		send = append(send, build('S').text(p[0]).text(p[1]))
	}
	send = append(send,
		build('S').text("protocol_version").text(strconv.Itoa(0x0003000B)),
		build('K').int32(int64(c.pid)).int32(int64(c.key)))
	for _, m := range send {
		if err := c.w.send(m); err != nil {
			return err
		}
	}
	return c.ready()
}

// version is what the server says of itself. It does not claim to be Vertica.
const version = "covpipe verticatest, a test server and not Vertica"

func (c *session) passwordIsRight(user string) bool {
	if c.s.opt.Password == "" {
		return true
	}
	salt, userSalt := []byte{1, 35, 69, 103}, []byte("sixteen octets..")
	ask := build('R').int32(int64(c.s.opt.Auth))
	want := c.s.opt.Password
	switch c.s.opt.Auth {
	case MD5:
		// The client for Node waits for ever unless a user's salt follows, as with
		// SHA-512; that for Go looks at the first salt only, as the hash does.
		ask.raw(salt).int32(int64(len(userSalt))).raw(userSalt)
		inner := md5.Sum([]byte(c.s.opt.Password + user))
		outer := md5.Sum(append([]byte(hex.EncodeToString(inner[:])), salt...))
		want = "md5" + hex.EncodeToString(outer[:])
	case SHA512:
		ask.raw(salt).int32(int64(len(userSalt))).raw(userSalt)
		inner := sha512.Sum512(append([]byte(c.s.opt.Password), userSalt...))
		outer := sha512.Sum512(append([]byte(hex.EncodeToString(inner[:])), salt...))
		want = "sha512" + hex.EncodeToString(outer[:])
	}
	if c.w.send(ask) != nil || c.w.out.Flush() != nil {
		return false
	}
	tag, body, err := c.w.message()
	return err == nil && tag == 'p' && body.text() == want
}

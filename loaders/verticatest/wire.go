package verticatest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
)

// The codes that a first packet can have in place of a tag.
const (
	codeStartup     = 0x00030005
	codeCancel      = 80877102
	codeTLS         = 80877103
	codeLoadBalance = 80936960
)

// maxMessage is longer than any message of a client that means well.
const maxMessage = 64 << 20

var errTooLong = errors.New("message too long")

// wire reads and writes the messages of the protocol: a tag, a length that
// counts itself, and a body, big endian.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	out  *bufio.Writer
	body []byte // of the last message read
}

func newWire(conn net.Conn) *wire {
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), out: bufio.NewWriterSize(conn, 64<<10)}
}

// packet reads a message without a tag.
func (w *wire) packet() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(w.in, head[:]); err != nil {
		return nil, err
	}
	n := int64(binary.BigEndian.Uint32(head[:])) - 4
	if n < 0 || n > maxMessage {
		return nil, errTooLong
	}
	if int64(cap(w.body)) < n {
		w.body = make([]byte, n)
	}
	w.body = w.body[:n]
	_, err := io.ReadFull(w.in, w.body)
	return w.body, err
}

// message reads a message; its body is valid until the next one is read.
func (w *wire) message() (tag byte, body fields, err error) {
	if tag, err = w.in.ReadByte(); err != nil {
		return 0, nil, err
	}
	packet, err := w.packet()
	return tag, packet, err
}

// fields takes a body apart. What is missing is zero.
type fields []byte

func (f *fields) text() string {
	for i, c := range *f {
		if c == 0 {
			s := string((*f)[:i])
			*f = (*f)[i+1:]
			return s
		}
	}
	s := string(*f)
	*f = nil
	return s
}

func (f *fields) octets(n int) []byte {
	n = max(0, min(n, len(*f)))
	b := (*f)[:n]
	*f = (*f)[n:]
	return b
}

func (f *fields) int32() int32 {
	if len(*f) < 4 {
		*f = nil
		return 0
	}
	return int32(binary.BigEndian.Uint32(f.octets(4)))
}

func (f *fields) int16() int16 {
	if len(*f) < 2 {
		*f = nil
		return 0
	}
	return int16(binary.BigEndian.Uint16(f.octets(2)))
}

// message builds one to send.
type message struct {
	tag  byte
	body []byte
}

func build(tag byte) *message { return &message{tag: tag} }

func (m *message) text(s string) *message { m.body = append(append(m.body, s...), 0); return m }
func (m *message) octet(b byte) *message  { m.body = append(m.body, b); return m }
func (m *message) raw(b []byte) *message  { m.body = append(m.body, b...); return m }
func (m *message) int16(n int) *message {
	m.body = binary.BigEndian.AppendUint16(m.body, uint16(n))
	return m
}
func (m *message) int32(n int64) *message {
	m.body = binary.BigEndian.AppendUint32(m.body, uint32(n))
	return m
}
func (m *message) int64(n int64) *message {
	m.body = binary.BigEndian.AppendUint64(m.body, uint64(n))
	return m
}

// value adds one value of a row; nil is NULL.
func (m *message) value(v *string) {
	if v == nil {
		m.int32(-1)
		return
	}
	m.int32(int64(len(*v)))
	m.body = append(m.body, *v...)
}

// send writes a message; flush puts it on the wire.
func (w *wire) send(m *message) error {
	head := binary.BigEndian.AppendUint32([]byte{m.tag}, uint32(len(m.body)+4))
	if _, err := w.out.Write(head); err != nil {
		return err
	}
	_, err := w.out.Write(m.body)
	return err
}

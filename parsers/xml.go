package parsers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// xmlReader reads XML 1.0 as a stream of start and end tags. It keeps nothing
// but the tag at hand and the names of the open elements, so memory does not
// grow with the document. It checks what a document must keep: one root, tags
// that match, quoted attributes, known references, nothing after the end.
//
// It is our own because a report of 100 MB is read at the speed of the disk,
// which encoding/xml misses by an order of magnitude. It does not validate, it
// fetches nothing, and it refuses what reports never have: entity
// declarations, encodings other than UTF-8, names outside ASCII, tags over
// 1 MiB or with more than 1000 attributes.
type xmlReader struct {
	name  []byte         // of the tag at hand; valid until the next call of next
	attrs []xmlAttribute // of the start tag at hand; likewise

	from     io.Reader
	buf      []byte
	pos, end int   // the unread part of buf
	err      error // what the last Read returned

	lines, column int // newlines before buf[0], and octets since the last of them

	open     []byte // names of the open elements, one behind the other
	starts   []int  // where in open each begins
	begun    bool   // the root was seen
	bom      bool   // the input began with a byte order mark
	keepText bool   // chars is wanted
	chars    []byte // the text since the last tag, with references in it; only if keepText
	doctype  bool
	endsNext bool // the tag at hand was <a/>, so its end comes next
	piece    bool // the input is a piece of a document, and ends between two tags
}

// xmlAttribute is one attribute of a start tag.
type xmlAttribute struct {
	name  []byte
	value []byte // as written
	plain bool   // the value has no reference and no white space but blanks
}

type xmlEvent int

const (
	xmlStart xmlEvent = iota
	xmlEnd
	xmlDone
)

const (
	xmlMaxTag   = 1 << 20
	xmlMaxDepth = 256
	xmlBuffer   = 256 << 10

	xmlMaxText       = 16 << 20 // octets between two tags, if they are kept
	xmlMaxAttributes = 1000     // of a tag, since each is compared with those before it
)

// Kinds of octets, looked up rather than compared.
const (
	xmlNameByte  = 1 << iota // may stand in a name
	xmlNameFirst             // may begin a name
	xmlSpace                 //
	xmlSpecial               // needs a closer look inside a text
	xmlStop                  // needs one inside a value: special, a quote, or white space but a blank
)

var xmlKinds = func() (kinds [256]byte) { // a constant table; Go has no constant arrays
	for b := range 256 {
		c := byte(b)
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == ':'
		switch {
		case letter:
			kinds[c] = xmlNameFirst | xmlNameByte
		case '0' <= c && c <= '9' || c == '-' || c == '.':
			kinds[c] = xmlNameByte
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			kinds[c] = xmlSpace
		}
		if c >= 0x80 || c < ' ' && c != '\n' || c == '&' || c == '<' || c == ']' {
			kinds[c] |= xmlSpecial | xmlStop
		}
		if c == '"' || c == '\'' || c == '\n' {
			kinds[c] |= xmlStop
		}
	}
	return kinds
}()

var errXMLMore = errors.New("the tag is not yet whole in the buffer")

func newXMLReader(r io.Reader) *xmlReader {
	return &xmlReader{from: r, buf: make([]byte, xmlBuffer)}
}

// fail returns an error with the line and column of position at in buf.
func (x *xmlReader) fail(at int, format string, args ...any) error {
	line := x.lines + bytes.Count(x.buf[:at], []byte{'\n'})
	column := x.column + at
	if last := bytes.LastIndexByte(x.buf[:at], '\n'); last >= 0 {
		column = at - last - 1
	}
	return &ParseError{Line: line + 1, Column: column + 1, Err: fmt.Errorf(format, args...)}
}

// fill reads more, keeping what is unread; it moves down to buf[0]. It returns
// io.EOF when there is no more.
func (x *xmlReader) fill() error {
	if x.err != nil {
		return x.err
	}
	if keep := x.pos; keep > 0 {
		gone := x.buf[:keep]
		if last := bytes.LastIndexByte(gone, '\n'); last >= 0 {
			x.lines += bytes.Count(gone, []byte{'\n'})
			x.column = keep - last - 1
		} else {
			x.column += keep
		}
		copy(x.buf, x.buf[keep:x.end])
		x.pos = 0
		x.end -= keep
	}
	if x.end == len(x.buf) {
		if len(x.buf) >= xmlMaxTag {
			return x.fail(0, "a tag longer than %d octets", xmlMaxTag)
		}
		x.buf = append(x.buf, make([]byte, len(x.buf))...)
	}
	for range 100 {
		n, err := x.from.Read(x.buf[x.end:])
		x.end += n
		x.err = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// cut turns the end of the input into an error that says what was cut off.
func (x *xmlReader) cut(err error, inside string) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if x.piece {
		return errCloverCut
	}
	if inside == "" && len(x.starts) > 0 {
		inside = fmt.Sprintf("<%s>", x.open[x.starts[len(x.starts)-1]:])
	}
	return x.fail(x.end, "the report ends inside %s: %w", inside, io.ErrUnexpectedEOF)
}

// next moves to the next start or end tag, or to the end of the document.
func (x *xmlReader) next() (xmlEvent, error) {
	x.chars = x.chars[:0]
	if x.endsNext {
		x.endsNext = false
		return xmlEnd, nil // the name is still that of the start
	}
	for {
		if err := x.text(); err != nil {
			if errors.Is(err, io.EOF) {
				if x.piece {
					return xmlDone, nil
				}
				if len(x.starts) > 0 {
					return 0, x.cut(err, "")
				}
				if !x.begun {
					return 0, x.fail(x.end, "no element in it: %w", io.ErrUnexpectedEOF)
				}
				return xmlDone, nil
			}
			return 0, err
		}
		// buf[pos] is '<'
		if err := x.need(2, "a tag"); err != nil {
			return 0, err
		}
		switch x.buf[x.pos+1] {
		case '/':
			for {
				if err := x.endTag(); err == nil || !errors.Is(err, errXMLMore) {
					return xmlEnd, err
				}
				if err := x.fill(); err != nil {
					return 0, x.cut(err, "an end tag")
				}
			}
		case '!':
			if err := x.declaration(); err != nil {
				return 0, err
			}
		case '?':
			if err := x.instruction(); err != nil {
				return 0, err
			}
		default:
			for {
				if err := x.startTag(); err == nil || !errors.Is(err, errXMLMore) {
					return xmlStart, err
				}
				if err := x.fill(); err != nil {
					return 0, x.cut(err, "a start tag")
				}
			}
		}
	}
}

// need makes n octets available from pos on.
func (x *xmlReader) need(n int, inside string) error {
	for x.end-x.pos < n {
		if err := x.fill(); err != nil {
			return x.cut(err, inside)
		}
	}
	return nil
}

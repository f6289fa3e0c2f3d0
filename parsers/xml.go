package parsers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
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
// 1 MiB.
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
	chars    []byte // the text since the last tag, references as written; only if keepText
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

// text skips to the next '<', checking what it passes.
func (x *xmlReader) text() error {
	inside := len(x.starts) > 0
	x.chars = x.chars[:0]
	for {
		i := x.pos
		mark := i // where the text begins that is not in chars yet
		for unread := x.buf[:x.end]; i < len(unread) && (unread[i] == ' ' || unread[i] == '\n'); {
			i++
		}
		for i < x.end && x.buf[i] != '<' {
			kind := xmlKinds[x.buf[i]]
			if kind&xmlSpace != 0 {
				i++
				continue
			}
			if !inside {
				if x.lines == 0 && x.column+i == 0 && !x.bom {
					n, err := x.byteOrderMark()
					if err != nil {
						return err
					}
					if n > 0 {
						i = n
						continue
					}
				}
				if x.begun {
					return x.fail(i, "text after the end of the document")
				}
				return x.fail(i, "text before the first element")
			}
			if kind&xmlSpecial == 0 {
				i++
				continue
			}
			x.keep(mark, i)
			x.pos = i
			n, err := x.special(false)
			if err != nil {
				return err
			}
			mark, i = x.pos, x.pos+n
		}
		x.keep(mark, i)
		x.pos = i
		if i < x.end {
			return nil
		}
		if err := x.fill(); err != nil {
			return err
		}
	}
}

// keep adds buf[from:to] to the text, if that is wanted.
func (x *xmlReader) keep(from, to int) {
	if x.keepText {
		x.chars = append(x.chars, x.buf[from:to]...)
	}
}

// byteOrderMark returns the length of the mark that the input begins with, and
// refuses that of UTF-16.
func (x *xmlReader) byteOrderMark() (int, error) {
	if x.buf[0] == 0xFE || x.buf[0] == 0xFF {
		return 0, x.fail(0, "encoding UTF-16 is not read, only UTF-8")
	}
	if x.buf[0] != 0xEF {
		return 0, nil
	}
	if err := x.need(3, "a byte order mark"); err != nil {
		return 0, err
	}
	x.bom = bytes.HasPrefix(x.buf, []byte("\xEF\xBB\xBF"))
	if !x.bom {
		return 0, nil
	}
	return 3, nil
}

// special checks the octet at pos, inside a text or a value: a reference, a
// character beyond ASCII, a control character. It returns how many octets it
// takes.
func (x *xmlReader) special(value bool) (int, error) {
	switch c := x.buf[x.pos]; {
	case c == '&':
		for {
			n := bytes.IndexByte(x.buf[x.pos:min(x.end, x.pos+16)], ';')
			if n > 0 {
				if _, ok := xmlReference(x.buf[x.pos : x.pos+n+1]); !ok {
					return 0, x.fail(x.pos, "unknown reference %s", x.buf[x.pos:x.pos+n+1])
				}
				return n + 1, nil
			}
			if x.end-x.pos >= 16 {
				return 0, x.fail(x.pos, "an ampersand that begins no known reference")
			}
			if err := x.fill(); err != nil {
				return 0, x.cut(err, "a reference")
			}
		}
	case c == ']':
		for !value && x.end-x.pos < 3 && x.err == nil {
			if err := x.fill(); err != nil {
				break
			}
		}
		if !value && bytes.HasPrefix(x.buf[x.pos:x.end], []byte("]]>")) {
			return 0, x.fail(x.pos, "]]> outside a CDATA section")
		}
		return 1, nil
	case c >= utf8.RuneSelf:
		for !utf8.FullRune(x.buf[x.pos:x.end]) && x.err == nil {
			if err := x.fill(); err != nil {
				break
			}
		}
		r, n := utf8.DecodeRune(x.buf[x.pos:x.end])
		if r == utf8.RuneError && n < 2 {
			return 0, x.fail(x.pos, "not UTF-8 (octet 0x%02X)", c)
		}
		if !xmlChar(r) {
			return 0, x.fail(x.pos, "character U+%04X is not allowed in XML", r)
		}
		return n, nil
	case c == '\t' || c == '\r':
		return 1, nil
	default:
		return 0, x.fail(x.pos, "character U+%04X is not allowed in XML", c)
	}
}

func xmlChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// xmlText tells whether text is UTF-8 and of characters that XML allows.
func xmlText(text []byte) bool {
	return utf8.Valid(text) && bytes.IndexFunc(text, func(r rune) bool { return !xmlChar(r) }) < 0
}

// endTag reads </name>.
func (x *xmlReader) endTag() error {
	i := x.pos + 2
	begin := i
	for i < x.end && xmlKinds[x.buf[i]]&xmlNameByte != 0 {
		i++
	}
	name := x.buf[begin:i]
	for i < x.end && xmlKinds[x.buf[i]]&xmlSpace != 0 {
		i++
	}
	if i == x.end {
		return errXMLMore
	}
	if x.buf[i] != '>' {
		return x.fail(i, "malformed end tag </%s", name)
	}
	if len(x.starts) == 0 {
		return x.fail(x.pos, "</%s> closes nothing", name)
	}
	if opened := x.open[x.starts[len(x.starts)-1]:]; !bytes.Equal(name, opened) {
		return x.fail(x.pos, "</%s> where </%s> was expected", name, opened)
	}
	x.pos = i + 1
	x.pop()
	return nil
}

func (x *xmlReader) pop() {
	last := len(x.starts) - 1
	x.name = x.open[x.starts[last]:]
	x.open = x.open[:x.starts[last]]
	x.starts = x.starts[:last]
}

// startTag reads <name a="…" b='…'> or <name …/>. It is where most of the time
// goes, so it works on one slice with an index that is always held against its
// length, which saves the compiler's own checks.
func (x *xmlReader) startTag() error {
	kinds := &xmlKinds
	s := x.buf[x.pos:x.end]
	i := 1
	for i < len(s) && kinds[s[i]]&xmlNameByte != 0 {
		i++
	}
	if i >= len(s) {
		return errXMLMore
	}
	x.name = s[1:i]
	if i == 1 || kinds[s[1]]&xmlNameFirst == 0 {
		return x.fail(x.pos, "< that begins no tag")
	}
	x.attrs = x.attrs[:0]
	var marks uint64
	for {
		spaced := i
		for i < len(s) && kinds[s[i]]&xmlSpace != 0 {
			i++
		}
		if i >= len(s) {
			return errXMLMore
		}
		switch c := s[i]; {
		case c == '>':
			return x.push(i+1, false)
		case c == '/':
			if i+1 >= len(s) {
				return errXMLMore
			}
			if s[i+1] != '>' {
				return x.fail(x.pos+i, "/ inside the tag <%s>", x.name)
			}
			return x.push(i+2, true)
		case spaced == i || kinds[c]&xmlNameFirst == 0:
			return x.fail(x.pos+i, "unexpected %q in the tag <%s>", c, x.name)
		}
		begin := i
		for i < len(s) && kinds[s[i]]&xmlNameByte != 0 {
			i++
		}
		name := s[begin:i]
		for i < len(s) && kinds[s[i]]&xmlSpace != 0 {
			i++
		}
		if i >= len(s) {
			return errXMLMore
		}
		if s[i] != '=' {
			return x.fail(x.pos+i, "attribute %s of <%s> has no value", name, x.name)
		}
		i++
		for i < len(s) && kinds[s[i]]&xmlSpace != 0 {
			i++
		}
		if i >= len(s) {
			return errXMLMore
		}
		quote := s[i]
		if quote != '"' && quote != '\'' {
			return x.fail(x.pos+i, "the value of attribute %s of <%s> is not quoted", name, x.name)
		}
		i++
		begin = i
		plain := true
		for {
			for i < len(s) && kinds[s[i]]&xmlStop == 0 {
				i++
			}
			if i >= len(s) {
				return errXMLMore
			}
			c := s[i]
			if c == quote {
				break
			}
			n := 1
			if c != '"' && c != '\'' {
				var err error
				if n, err = x.inValue(x.pos + i); err != nil {
					return err
				}
				plain = plain && (c >= utf8.RuneSelf || c == ']')
			}
			if i += n; i > len(s) {
				return errXMLMore
			}
		}
		// Names are compared only if some earlier one could be the same.
		mark := uint64(1) << ((name[0] ^ name[len(name)-1]<<2 ^ byte(len(name))<<4) & 63)
		if marks&mark != 0 && slices.ContainsFunc(x.attrs, func(a xmlAttribute) bool { return bytes.Equal(a.name, name) }) {
			return x.fail(x.pos+begin, "attribute %s of <%s> is given twice", name, x.name)
		}
		marks |= mark
		x.attrs = append(x.attrs, xmlAttribute{name, s[begin:i], plain})
		i++
	}
}

// inValue checks a special octet at i inside an attribute value.
func (x *xmlReader) inValue(i int) (int, error) {
	switch c := x.buf[i]; {
	case c == '<':
		return 0, x.fail(i, "< inside an attribute value of <%s>", x.name)
	case c == '\n':
		return 1, nil
	case c == '&' && bytes.IndexByte(x.buf[i:min(x.end, i+16)], ';') < 0 && x.end-i < 16,
		c >= utf8.RuneSelf && !utf8.FullRune(x.buf[i:x.end]):
		return 0, errXMLMore
	}
	pos := x.pos
	x.pos = i
	n, err := x.special(true)
	x.pos = pos
	return n, err
}

// push opens the element whose tag, length octets long, was read.
func (x *xmlReader) push(length int, closed bool) error {
	if len(x.starts) == 0 && x.begun {
		return x.fail(x.pos, "<%s> after the end of the document", x.name)
	}
	x.begun = true
	x.pos += length
	if x.endsNext = closed; closed {
		return nil
	}
	if len(x.starts) == xmlMaxDepth {
		return x.fail(x.pos, "elements nested more than %d deep", xmlMaxDepth)
	}
	x.starts = append(x.starts, len(x.open))
	x.open = append(x.open, x.name...)
	return nil
}

// declaration skips a comment, a CDATA section or the DOCTYPE.
func (x *xmlReader) declaration() error {
	for x.end-x.pos < 9 {
		if err := x.fill(); err != nil {
			if errors.Is(err, io.EOF) {
				break
			}
			return err
		}
	}
	rest := x.buf[x.pos:x.end]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		return x.comment()
	case bytes.HasPrefix(rest, []byte("<![CDATA[")) && len(x.starts) > 0:
		x.pos += 9
		return x.skip("]]>", "a CDATA section")
	case bytes.HasPrefix(rest, []byte("<!DOCTYPE")) && !x.begun && !x.doctype:
		x.doctype = true
		x.pos += 9
		return x.skipDoctype()
	case x.end-x.pos < 9 && (bytes.HasPrefix([]byte("<![CDATA["), rest) || bytes.HasPrefix([]byte("<!DOCTYPE"), rest)):
		return x.cut(io.EOF, "a declaration")
	}
	return x.fail(x.pos, "a declaration that has no place here")
}

// comment skips <!-- … -->.
func (x *xmlReader) comment() error {
	x.pos += 4
	if err := x.skip("--", "a comment"); err != nil {
		return err
	}
	if err := x.need(1, "a comment"); err != nil {
		return err
	}
	if x.buf[x.pos] != '>' {
		return x.fail(x.pos, "-- inside a comment")
	}
	x.pos++
	return nil
}

// skip moves behind the next term, and needs no more memory for a long stretch
// than for a short one.
func (x *xmlReader) skip(term, inside string) error {
	for {
		if i := bytes.Index(x.buf[x.pos:x.end], []byte(term)); i >= 0 {
			if !xmlText(x.buf[x.pos : x.pos+i]) {
				return x.fail(x.pos, "not UTF-8, or a control character, in %s", inside)
			}
			x.pos += i + len(term)
			return nil
		}
		keep := max(x.pos, x.end-max(len(term), utf8.UTFMax))
		for keep > x.pos && !utf8.RuneStart(x.buf[keep]) {
			keep--
		}
		if !xmlText(x.buf[x.pos:keep]) {
			return x.fail(x.pos, "not UTF-8, or a control character, in %s", inside)
		}
		x.pos = keep
		if err := x.fill(); err != nil {
			return x.cut(err, inside)
		}
	}
}

// skipDoctype skips to the end of the DOCTYPE. Nothing it names is fetched, and
// entity declarations are refused, since no report needs one.
func (x *xmlReader) skipDoctype() error {
	for subset := 0; ; {
		if err := x.need(1, "the DOCTYPE"); err != nil {
			return err
		}
		c := x.buf[x.pos]
		if c == '<' {
			if err := x.need(4, "the DOCTYPE"); err != nil {
				return err
			}
			if !bytes.HasPrefix(x.buf[x.pos:x.end], []byte("<!--")) {
				return x.fail(x.pos, "a DOCTYPE with declarations of its own is refused")
			}
			if err := x.comment(); err != nil {
				return err
			}
			continue
		}
		x.pos++
		switch {
		case c == '"' || c == '\'':
			if err := x.skip(string(c), "the DOCTYPE"); err != nil {
				return err
			}
		case c == '[':
			subset++
		case c == ']':
			subset--
		case c == '>' && subset == 0:
			return nil
		case c == '>':
			return x.fail(x.pos-1, "malformed DOCTYPE")
		}
	}
}

// instruction skips <?…?>. The XML declaration may name UTF-8 or ASCII only.
func (x *xmlReader) instruction() error {
	first := x.lines == 0 && (x.column+x.pos == 0 || x.bom && x.column+x.pos == 3)
	if err := x.need(3, "a processing instruction"); err != nil {
		return err
	}
	for x.end-x.pos < 6 {
		if err := x.fill(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	if begin := x.buf[x.pos:x.end]; len(begin) < 6 || string(begin[:5]) != "<?xml" || xmlKinds[begin[5]]&xmlSpace == 0 {
		x.pos += 2
		if xmlKinds[x.buf[x.pos]]&xmlNameFirst == 0 {
			return x.fail(x.pos, "a processing instruction without a name")
		}
		return x.skip("?>", "a processing instruction")
	}
	if !first {
		return x.fail(x.pos, "an XML declaration that is not at the very beginning")
	}
	for !bytes.Contains(x.buf[x.pos:x.end], []byte("?>")) {
		if err := x.fill(); err != nil {
			return x.cut(err, "the XML declaration")
		}
	}
	declaration := string(x.buf[x.pos : x.pos+bytes.Index(x.buf[x.pos:x.end], []byte("?>"))])
	x.pos += len(declaration) + 2
	if _, encoding, named := strings.Cut(declaration, "encoding"); named {
		encoding = strings.ToLower(strings.Trim(encoding, " \t\r\n='\""))
		encoding, _, _ = strings.Cut(encoding, " ")
		encoding = strings.Trim(encoding, "'\"")
		if encoding != "utf-8" && encoding != "utf8" && encoding != "us-ascii" && encoding != "ascii" {
			return x.fail(x.pos, "encoding %s is not read, only UTF-8", encoding)
		}
	}
	return nil
}

// text gives the value with references resolved and white space made blanks.
func (a xmlAttribute) text() string {
	if a.plain {
		return string(a.value)
	}
	out := make([]byte, 0, len(a.value))
	for v := a.value; len(v) > 0; {
		switch v[0] {
		case '&':
			n := bytes.IndexByte(v, ';') + 1
			r, _ := xmlReference(v[:n])
			out = utf8.AppendRune(out, r)
			v = v[n:]
		case '\r':
			if len(v) > 1 && v[1] == '\n' {
				v = v[1:]
			}
			fallthrough
		case '\t', '\n':
			out = append(out, ' ')
			v = v[1:]
		default:
			out = append(out, v[0])
			v = v[1:]
		}
	}
	return string(out)
}

// xmlReference resolves &lt; &gt; &amp; &quot; &apos; &#…; and &#x…;.
func xmlReference(ref []byte) (rune, bool) {
	switch string(ref) {
	case "&lt;":
		return '<', true
	case "&gt;":
		return '>', true
	case "&amp;":
		return '&', true
	case "&quot;":
		return '"', true
	case "&apos;":
		return '\'', true
	}
	if len(ref) < 4 || ref[1] != '#' {
		return 0, false
	}
	digits, base := ref[2:len(ref)-1], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	var r rune
	for _, d := range digits {
		switch {
		case '0' <= d && d <= '9':
			r = r*base + rune(d-'0')
		case base == 16 && 'a' <= d|0x20 && d|0x20 <= 'f':
			r = r*base + rune(d|0x20-'a') + 10
		default:
			return 0, false
		}
		if r > utf8.MaxRune {
			return 0, false
		}
	}
	return r, len(digits) > 0 && xmlChar(r)
}

package parsers

import (
	"bytes"
	"unicode/utf8"
)

// text skips to the next '<', checking what it passes.
func (x *xmlReader) text() error {
	inside := len(x.starts) > 0
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
		if len(x.chars) > xmlMaxText {
			return x.fail(x.pos, "more than %d octets without a tag", xmlMaxText)
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
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// xmlText tells whether text is UTF-8 and of characters that XML allows.
func xmlText(text []byte) bool {
	return utf8.Valid(text) && bytes.IndexFunc(text, func(r rune) bool { return !xmlChar(r) }) < 0
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

package parsers

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

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
		return x.cdata()
	case bytes.HasPrefix(rest, []byte("<!DOCTYPE")) && !x.begun && !x.doctype:
		x.doctype = true
		x.pos += 9
		return x.skipDoctype()
	case x.end-x.pos < 9 && (bytes.HasPrefix([]byte("<![CDATA["), rest) || bytes.HasPrefix([]byte("<!DOCTYPE"), rest)):
		return x.cut(io.EOF, "a declaration")
	}
	return x.fail(x.pos, "a declaration that has no place here")
}

// cdata skips a CDATA section, or adds it to the text.
func (x *xmlReader) cdata() error {
	if !x.keepText {
		return x.skip("]]>", "a CDATA section")
	}
	for x.end-x.pos < 3 || !bytes.Contains(x.buf[x.pos:x.end], []byte("]]>")) {
		if x.end-x.pos > xmlMaxTag/2 {
			return x.fail(x.pos, "a CDATA section longer than %d octets", xmlMaxTag/2)
		}
		if err := x.fill(); err != nil {
			return x.cut(err, "a CDATA section")
		}
	}
	text, _, _ := bytes.Cut(x.buf[x.pos:x.end], []byte("]]>"))
	// As it would be written outside.
	kept := bytes.ReplaceAll(text, []byte("&"), []byte("&amp;"))
	err := x.skip("]]>", "a CDATA section")
	x.chars = append(x.chars, kept...)
	return err
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
// what it declares of elements is passed over. Entity declarations are refused:
// no report needs one, and they can make a small document a huge one.
func (x *xmlReader) skipDoctype() error {
	subset, declaration := 0, false
	for {
		if err := x.need(1, "the DOCTYPE"); err != nil {
			return err
		}
		c := x.buf[x.pos]
		if c == '<' {
			if err := x.need(9, "the DOCTYPE"); err != nil {
				return err
			}
			switch rest := x.buf[x.pos:x.end]; {
			case bytes.HasPrefix(rest, []byte("<!--")):
				if err := x.comment(); err != nil {
					return err
				}
			case subset == 1 && !declaration &&
				(bytes.HasPrefix(rest, []byte("<!ELEMENT")) || bytes.HasPrefix(rest, []byte("<!ATTLIST"))):
				declaration = true
				x.pos += 9
			default:
				return x.fail(x.pos, "a DOCTYPE that declares more than elements is refused")
			}
			continue
		}
		x.pos++
		switch {
		case c >= utf8.RuneSelf || c < ' ' && xmlKinds[c]&xmlSpace == 0:
			return x.fail(x.pos-1, "unexpected %q in the DOCTYPE", c)
		case c == '"' || c == '\'':
			if err := x.skip(string(c), "the DOCTYPE"); err != nil {
				return err
			}
		case c == '>' && declaration:
			declaration = false
		case declaration:
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
		if err := x.instructionName(); err != nil {
			return err
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
	declaration := x.buf[x.pos : x.pos+bytes.Index(x.buf[x.pos:x.end], []byte("?>"))]
	told := xmlDeclaration.FindSubmatch(declaration)
	if told == nil {
		return x.fail(x.pos, "malformed XML declaration; only version 1.0 is read")
	}
	switch encoding := strings.ToLower(strings.Trim(string(told[1]), `'"`)); encoding {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
	default:
		return x.fail(x.pos, "encoding %s is not read, only UTF-8", encoding)
	}
	x.pos += len(declaration) + 2
	return nil
}

// xmlDeclaration is production 23 of XML 1.0, up to its end.
var xmlDeclaration = regexp.MustCompile(`^<\?xml\s+version\s*=\s*(?:"1\.0"|'1\.0')` +
	`(?:\s+encoding\s*=\s*("[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?` +
	`(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*$`)

// instructionName makes sure that the name of a processing instruction ends
// with white space or the instruction.
func (x *xmlReader) instructionName() error {
	for n := 1; ; n++ {
		if err := x.need(n+2, "a processing instruction"); err != nil {
			return err
		}
		switch next := x.buf[x.pos+n:]; {
		case xmlKinds[next[0]]&xmlNameByte != 0:
		case xmlKinds[next[0]]&xmlSpace != 0, next[0] == '?' && next[1] == '>':
			return nil
		default:
			return x.fail(x.pos+n, "unexpected %q in the name of a processing instruction", next[0])
		}
	}
}

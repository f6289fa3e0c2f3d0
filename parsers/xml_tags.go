package parsers

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

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
		if marks&mark != 0 {
			if slices.ContainsFunc(x.attrs, func(a xmlAttribute) bool { return bytes.Equal(a.name, name) }) {
				return x.fail(x.pos+begin, "attribute %s of <%s> is given twice", name, x.name)
			}
			if len(x.attrs) >= xmlMaxAttributes {
				return x.fail(x.pos+begin, "more than %d attributes of <%s>", xmlMaxAttributes, x.name)
			}
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

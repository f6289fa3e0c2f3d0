package parsers

import (
	"bytes"
	"errors"
	"io"

	"github.com/antchfx/xmlquery"
)

// strictXML passes XML on, one tag at a time, after our own reader has checked
// it. So a reader behind it that forgives damage never sees any, and an error
// has its line and column. What it holds does not grow with the document.
type strictXML struct {
	xml   *xmlReader
	ahead []byte // read, and not yet passed on
	sure  int    // how much of ahead is checked
	err   error

	file    string // the name of the elements that are taken out whole
	within  int    // how many of them are open
	strange int    // elements outside since the last of them
	inside  int    // elements inside the one at hand
	kept    int    // elements inside the last of them, while nobody has taken it
	from    io.Reader
}

// Limits on what XPath has to search: a tree is kept of a file element, and of
// what lies between two of them.
const (
	maxBetweenTags = 16 << 20
	maxOutside     = 20_000
	maxInside      = 1 << 20
)

func newStrictXML(r io.Reader, file string) *strictXML {
	s := &strictXML{from: r, file: file}
	s.xml = newXMLReader((*strictInput)(s))
	return s
}

// strictInput is where the checking reader reads, keeping a copy.
type strictInput strictXML

func (s *strictInput) Read(p []byte) (int, error) {
	if len(s.ahead) > maxBetweenTags {
		return 0, s.xml.fail(s.xml.pos, "more than %d octets without a tag", maxBetweenTags)
	}
	n, err := s.from.Read(p)
	s.ahead = append(s.ahead, p[:n]...)
	return n, err
}

func (s *strictXML) Read(p []byte) (int, error) {
	for s.sure == 0 {
		if s.err != nil {
			return 0, s.err
		}
		event, err := s.xml.next()
		switch {
		case err != nil:
			s.err = err
			continue
		case event == xmlDone:
			s.err = io.EOF
			s.sure = len(s.ahead)
			continue
		}
		s.err = s.limit(event)
		s.sure = len(s.ahead) - (s.xml.end - s.xml.pos)
	}
	n := copy(p, s.ahead[:s.sure])
	s.ahead = s.ahead[n:]
	s.sure -= n
	return n, nil
}

// limit bounds the trees that XPath will search.
func (s *strictXML) limit(event xmlEvent) error {
	name := s.xml.name
	if colon := bytes.IndexByte(name, ':'); colon >= 0 {
		name = name[colon+1:]
	}
	named := string(name) == s.file
	switch {
	case event == xmlEnd && named:
		s.within--
		if s.within == 0 {
			s.kept, s.inside = s.inside, 0
		}
	case event == xmlStart:
		if s.kept > 0 { // a predicate of the mapping left it out
			s.strange += s.kept
			s.kept = 0
		}
		if named {
			s.within++
		}
		if s.within > 0 {
			s.inside++
		} else {
			s.strange++
		}
		if s.strange > maxOutside {
			return s.xml.fail(s.xml.pos, "more than %d elements that are in no <%s>", maxOutside, s.file)
		}
		if s.inside > maxInside {
			return s.xml.fail(s.xml.pos, "more than %d elements in one <%s>", maxInside, s.file)
		}
	}
	return nil
}

// step gives the next file element. What is wrong with the document goes
// before what the parser behind makes of it.
func (s *strictXML) step(stream *xmlquery.StreamParser) (node *xmlquery.Node, err error) {
	node, err = stream.Read()
	switch {
	case err == nil:
		s.strange, s.kept = 0, 0
		return node, nil
	case s.err != nil && !errors.Is(s.err, io.EOF):
		return nil, s.err
	case errors.Is(err, io.EOF) && s.err != nil:
		return nil, io.EOF
	}
	return nil, s.xml.fail(s.xml.pos, "not to be read as a tree: %w", err)
}

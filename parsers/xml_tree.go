package parsers

import (
	"bytes"
	"encoding/xml"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/antchfx/xmlquery"
)

// xmlTree makes the nodes that XPath searches of what our own reader has read and
// checked: those of one file element at a time, and of what lies around it. White
// space between tags, comments and instructions are no nodes.
type xmlTree struct {
	xml  *xmlReader
	doc  *xmlquery.Node
	open *xmlquery.Node // the innermost element that is open, or doc

	file   *query         // finds the elements that are given one by one
	name   string         // of them, without a prefix
	within *xmlquery.Node // the one that is open
	given  *xmlquery.Node // the last one, still in the tree

	strange int // elements outside since the last one
	inside  int // elements in the one at hand

	namespaces bool // some are declared
	names      map[string]string
	nodes      pool[xmlquery.Node] // inside file elements
	attributes pool[xmlquery.Attr] // likewise
}

// Limits on what XPath has to search: a tree is kept of a file element, and of
// what lies between two of them.
const (
	maxOutside = 20_000
	maxInside  = 1 << 20
	maxNames   = 1000 // names of elements and attributes that are kept once for all
)

func newXMLTree(r io.Reader, file *query, name string) *xmlTree {
	t := &xmlTree{xml: newXMLReader(r), doc: &xmlquery.Node{Type: xmlquery.DocumentNode}, file: file, name: name}
	t.xml.keepText = true
	t.open = t.doc
	t.names = map[string]string{}
	return t
}

// next gives the next file element with all that is in it, and io.EOF after the
// last. The one before it and what stood before that is no longer in the tree.
func (t *xmlTree) next() (*xmlquery.Node, error) {
	t.forget()
	for {
		event, err := t.xml.next()
		if err != nil {
			return nil, err
		}
		t.text()
		switch event {
		case xmlStart:
			if err := t.start(); err != nil {
				return nil, err
			}
		case xmlEnd:
			ended := t.open
			t.open = ended.Parent
			if ended == t.within {
				t.within, t.given = nil, ended
				t.strange, t.inside = 0, 0
				return ended, nil
			}
		case xmlDone:
			return nil, io.EOF
		}
	}
}

// forget takes out of the tree what would pile up.
func (t *xmlTree) forget() {
	if t.given == nil {
		return
	}
	above := t.given.Parent
	xmlquery.RemoveFromTree(t.given)
	t.given = nil
	t.nodes.reset()
	t.attributes.reset()
	for ; above.Parent != nil && above.Parent != t.doc; above = above.Parent {
		for above.PrevSibling != nil {
			xmlquery.RemoveFromTree(above.PrevSibling)
		}
	}
}

func (t *xmlTree) text() {
	if len(bytes.TrimSpace(t.xml.chars)) == 0 {
		return
	}
	node := t.node(xmlquery.TextNode)
	node.Data = xmlCharacters(t.xml.chars)
	xmlquery.AddChild(t.open, node)
}

func (t *xmlTree) start() error {
	node := t.node(xmlquery.ElementNode)
	node.Prefix, node.Data = t.split(t.xml.name)
	node.Attr = t.attrs(t.xml.attrs)
	xmlquery.AddChild(t.open, node)
	if err := t.resolve(node); err != nil {
		return err
	}
	t.open = node
	if t.within == nil && node.Data == t.name {
		found, err := t.file.nodes(t.doc)
		if err != nil {
			return t.xml.fail(t.xml.pos, "%w", err)
		}
		if slices.Contains(found, node) {
			t.within = node
		}
	}
	if t.within == nil {
		t.strange++
	} else {
		t.inside++
	}
	switch {
	case t.strange > maxOutside:
		return t.xml.fail(t.xml.pos, "more than %d elements that are in no <%s>", maxOutside, t.name)
	case t.inside > maxInside:
		return t.xml.fail(t.xml.pos, "more than %d elements in one <%s>", maxInside, t.name)
	}
	return nil
}

// node gives a node. Those inside a file element are used again for the next one.
func (t *xmlTree) node(kind xmlquery.NodeType) *xmlquery.Node {
	if t.within == nil {
		return &xmlquery.Node{Type: kind}
	}
	node := &t.nodes.take(1)[0]
	node.Type = kind
	return node
}

func (t *xmlTree) attrs(read []xmlAttribute) []xmlquery.Attr {
	if len(read) == 0 {
		return nil
	}
	var attrs []xmlquery.Attr
	if t.within == nil {
		attrs = make([]xmlquery.Attr, len(read))
	} else {
		attrs = t.attributes.take(len(read))
	}
	for i, a := range read {
		prefix, local := t.split(a.name)
		attrs[i].Name = xml.Name{Space: prefix, Local: local}
		attrs[i].Value = a.text()
		t.namespaces = t.namespaces || prefix == "xmlns" || prefix == "" && local == "xmlns"
	}
	return attrs
}

// pool gives room that is used again after a reset.
type pool[T any] struct {
	blocks [][]T
	block  int // the one from which is taken
	used   int // of it
}

// poolBlock is how much a block of a pool has, and poolKept how many blocks a
// reset keeps.
const (
	poolBlock = 1024
	poolKept  = 64
)

// take gives n zero values in a row; n is at most poolBlock.
func (p *pool[T]) take(n int) []T {
	if p.block < len(p.blocks) && p.used+n > poolBlock {
		p.block, p.used = p.block+1, 0
	}
	if p.block == len(p.blocks) {
		p.blocks = append(p.blocks, make([]T, poolBlock))
	}
	taken := p.blocks[p.block][p.used : p.used+n : p.used+n]
	p.used += n
	return taken
}

func (p *pool[T]) reset() {
	for i := range min(p.block+1, len(p.blocks)) {
		clear(p.blocks[i])
	}
	p.blocks = p.blocks[:min(len(p.blocks), poolKept)]
	p.block, p.used = 0, 0
}

// split gives a name and the prefix before its colon.
func (t *xmlTree) split(name []byte) (prefix, local string) {
	if colon := bytes.IndexByte(name, ':'); colon > 0 && colon < len(name)-1 {
		return t.once(name[:colon]), t.once(name[colon+1:])
	}
	return "", t.once(name)
}

// once gives one string for all uses of a name.
func (t *xmlTree) once(name []byte) string {
	known, ok := t.names[string(name)]
	if !ok {
		known = string(name)
		if len(t.names) < maxNames {
			t.names[known] = known
		}
	}
	return known
}

// resolve finds the namespaces of an element and its attributes.
func (t *xmlTree) resolve(node *xmlquery.Node) error {
	if node.Prefix != "" || t.namespaces {
		uri, declared := namespace(node, node.Prefix)
		if !declared && node.Prefix != "" {
			return t.xml.fail(t.xml.pos, "the prefix of <%s:%s> is not declared", node.Prefix, node.Data)
		}
		node.NamespaceURI = uri
	}
	if !t.namespaces {
		return nil
	}
	for i, a := range node.Attr {
		if a.Name.Space != "" {
			node.Attr[i].NamespaceURI, _ = namespace(node, a.Name.Space)
		}
	}
	return nil
}

// namespace gives what a prefix, or "" for no prefix, stands for at a node.
func namespace(node *xmlquery.Node, prefix string) (uri string, declared bool) {
	if prefix == "xml" {
		return "http://www.w3.org/XML/1998/namespace", true
	}
	wanted := xml.Name{Space: "xmlns", Local: prefix}
	if prefix == "" {
		wanted = xml.Name{Local: "xmlns"}
	}
	for ; node != nil; node = node.Parent {
		for _, a := range node.Attr {
			if a.Name == wanted {
				return a.Value, true
			}
		}
	}
	return "", false
}

// xmlCharacters gives a text with references resolved.
func xmlCharacters(text []byte) string {
	if bytes.IndexByte(text, '&') < 0 && bytes.IndexByte(text, '\r') < 0 {
		return string(text)
	}
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		switch text[0] {
		case '&':
			n := bytes.IndexByte(text, ';') + 1
			r, _ := xmlReference(text[:n]) // it was checked
			out = utf8.AppendRune(out, r)
			text = text[n:]
		case '\r':
			if len(text) < 2 || text[1] != '\n' {
				out = append(out, '\n')
			}
			text = text[1:]
		default:
			out = append(out, text[0])
			text = text[1:]
		}
	}
	return string(out)
}

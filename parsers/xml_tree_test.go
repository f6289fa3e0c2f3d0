package parsers

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/antchfx/xmlquery"
)

// shape writes a tree down without what our own has not: white space between
// tags, comments, instructions, and where texts beside each other join.
func shape(node *xmlquery.Node, out *strings.Builder) {
	text := ""
	say := func() {
		if strings.TrimSpace(text) != "" {
			fmt.Fprintf(out, "%q ", text)
		}
		text = ""
	}
	for child := node.FirstChild; child != nil; child = child.NextSibling {
		switch child.Type {
		case xmlquery.TextNode, xmlquery.CharDataNode:
			text += child.Data
		case xmlquery.ElementNode:
			say()
			fmt.Fprintf(out, "<%s|%s|%s", child.Prefix, child.Data, child.NamespaceURI)
			for _, a := range child.Attr {
				fmt.Fprintf(out, " %s|%s=%q", a.Name.Space, a.Name.Local, a.Value)
			}
			out.WriteString("> ")
			shape(child, out)
			out.WriteString("</> ")
		}
	}
	say()
}

func TestTheTreeIsThatOfTheXPathLibrary(t *testing.T) {
	for _, text := range []string{
		`<r/>`,
		`<r a="1" b='x &amp; "y"'><a>text</a> <b>1 &lt; 2 &#x41;</b></r>`,
		"<r>\n <a/>\n <a x='1'/>tail\n</r>",
		`<r><![CDATA[a & <b>]]></r>`,
		`<r>one<!-- two --> three<?four five?></r>`,
		`<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE r [<!ELEMENT r ANY>]><r>é</r>`,
		`<r xmlns="urn:default"><a b="c"/></r>`,
		`<p:r xmlns:p="urn:p" xmlns:q="urn:q"><q:a q:b="1" b="2"/><c/></p:r>`,
		"<r>one\r\ntwo</r>",
	} {
		theirs, err := xmlquery.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		file, err := compileQuery("/*")
		if err != nil {
			t.Fatal(err)
		}
		tree := newXMLTree(strings.NewReader(text), file, "r")
		root, err := tree.next()
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var got, want strings.Builder
		shape(document(root), &got)
		shape(theirs, &want)
		if got.String() != want.String() {
			t.Errorf("%s:\n%s, theirs is\n%s", text, got.String(), want.String())
		}
		if _, err := tree.next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: after the end: %v", text, err)
		}
	}
}

func TestATreeHoldsOneFileElementAtATime(t *testing.T) {
	const files = 5000
	group := "<g>" + strings.Repeat("<f a='1'><x>text</x><y/></f>", 5) + "</g>"
	text := "<r><head>h</head>" + strings.Repeat(group, files/5) + "</r>"
	file, err := compileQuery("/r/g/f[@a]")
	if err != nil {
		t.Fatal(err)
	}
	tree := newXMLTree(strings.NewReader(text), file, "f")
	n := 0
	for ; ; n++ {
		node, err := tree.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		alone := node.NextSibling == nil && node.PrevSibling == nil
		if node.Parent.Data != "g" || node.FirstChild.InnerText() != "text" || !alone {
			t.Fatalf("file %d is %s in %s", n, node.OutputXML(true), node.Parent.OutputXML(true))
		}
		above := 0
		for child := document(node).FirstChild.FirstChild; child != nil; child = child.NextSibling {
			above++
		}
		if above > 2 { // the head, of the first group, and the group
			t.Fatalf("file %d: %d elements are beside its group", n, above)
		}
	}
	if n != files || len(tree.nodes.blocks) != 1 {
		t.Errorf("%d files, %d blocks of nodes", n, len(tree.nodes.blocks))
	}
}

func TestAnExpressionThatIsKnownGivesWhatItGave(t *testing.T) {
	for text, own := range map[string][]string{
		"substring-before(substring-after(@c, '('), '/')": {"c"},
		"@a + @b * 1":                  nil, // * is a name, too
		"@a div @b":                    {"a", "b"},
		"concat(@a, '@x', \"./\", @a)": {"a"},
		"number(@a) > 1 and not(@b)":   {"a", "b"},
		"count(@a)":                    nil,
		"string()":                     nil,
		"position() + @a":              nil,
		"../@a":                        nil,
		"substring-before(., '/')":     nil,
		"@a | @b":                      nil,
		"@a[1]":                        nil,
		"a":                            nil,
		"translate(normalize-space(@a), 'x ', '12')": {"a"},
	} {
		query, err := compileQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(query.own, own) {
			t.Errorf("%s depends on %q, want %q", text, query.own, own)
		}
		for range 2 { // the second time all are known
			for _, tag := range []string{
				`<x/>`, `<x a=""/>`, `<x a="1"/>`, `<x a="1" b="2"/>`, `<x b="1"/>`, `<x a="4" b="2" c="50% (1/2)"/>`,
				`<x c="(3/4)"/>`, `<x a=" 2 x" c="none"/>`,
			} {
				doc, err := xmlquery.Parse(strings.NewReader(tag))
				if err != nil {
					t.Fatal(err)
				}
				node := xmlquery.FindOne(doc, "/x")
				got, given, err := query.value(node)
				want, wanted, errWanted := query.evaluate(node)
				if got != want || given != wanted || fmt.Sprint(err) != fmt.Sprint(errWanted) {
					t.Errorf("%s of %s: %q, %v, %v; the library says %q, %v, %v",
						text, tag, got, given, err, want, wanted, errWanted)
				}
			}
		}
		if len(own) > 0 && len(query.known) == 0 {
			t.Errorf("%s: nothing is known", text)
		}
	}
}

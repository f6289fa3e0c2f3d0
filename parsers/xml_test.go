package parsers

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// ours lists the tags that our reader finds, one a line.
func ours(r io.Reader) (string, error) {
	x := newXMLReader(r)
	var out strings.Builder
	for {
		event, err := x.next()
		if err != nil {
			return "", err
		}
		switch event {
		case xmlStart:
			fmt.Fprintf(&out, "<%s", x.name)
			for _, a := range x.attrs {
				fmt.Fprintf(&out, " %s=%q", a.name, a.text())
			}
			out.WriteString("\n")
		case xmlEnd:
			fmt.Fprintf(&out, "/%s\n", x.name)
		case xmlDone:
			return out.String(), nil
		}
	}
}

// theirs lists the tags that encoding/xml finds in the same way. It also holds
// it to what a document must be: one root, nothing around it.
func theirs(r io.Reader) (string, error) {
	d := xml.NewDecoder(r)
	d.CharsetReader = func(charset string, input io.Reader) (io.Reader, error) {
		if c := strings.ToLower(charset); c == "utf8" || c == "us-ascii" || c == "ascii" {
			return input, nil
		}
		return nil, errors.New("another charset")
	}
	name := func(n xml.Name) string {
		if n.Space != "" {
			return n.Space + ":" + n.Local
		}
		return n.Local
	}
	var out strings.Builder
	depth, roots := 0, 0
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			if depth != 0 || roots != 1 {
				return "", io.ErrUnexpectedEOF
			}
			return out.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			depth++
			fmt.Fprintf(&out, "<%s", name(t.Name))
			for _, a := range t.Attr {
				value := strings.NewReplacer("\n", " ", "\t", " ").Replace(a.Value)
				fmt.Fprintf(&out, " %s=%q", name(a.Name), value)
			}
			out.WriteString("\n")
		case xml.EndElement:
			depth--
			fmt.Fprintf(&out, "/%s\n", name(t.Name))
		}
	}
}

func TestXMLIsReadAsByEncodingXML(t *testing.T) {
	documents := map[string]string{
		"plain":        `<a><b c="d"/><b c='e'>text</b></a>`,
		"references":   `<a b="&lt;&amp;&gt;&quot;&apos;&#65;&#x1F600;">&amp;</a>`,
		"declaration":  "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\" standalone='no'?>\n<a/>",
		"comments":     "<!-- a > b --><a><!----><b/><!-- < & --></a><!-- end -->",
		"cdata":        `<a><![CDATA[ <b> & ]] ]]></a>`,
		"instructions": `<?p q?><a><?r <s>?></a><?t?>`,
		"doctype":      `<!DOCTYPE a PUBLIC "-//X//DTD > 1.1//EN" "report.dtd"><a/>`,
		"declarations": "<!DOCTYPE a [\n<!ELEMENT a (b|c)*><!-- > -->" +
			"<!ATTLIST a b CDATA \">\" c NMTOKEN #IMPLIED>]><a/>",
		"blanks":       "<a  b = \"c\"\n\td='e' ></a >",
		"unicode":      `<a b="Größe 😀"><b/>ß</a>`,
		"brackets":     `<a b="]]&gt; ]"> ] ]] </a>`,
		"empty values": `<a b="" c=''/>`,
	}
	for name, document := range documents {
		want, err := theirs(strings.NewReader(document))
		if err != nil {
			t.Fatalf("%s: encoding/xml: %v", name, err)
		}
		for kind, r := range map[string]io.Reader{
			"at once": strings.NewReader(document), "octet by octet": iotest.OneByteReader(strings.NewReader(document)),
			"with the end": iotest.DataErrReader(strings.NewReader(document)),
		} {
			if got, err := ours(r); err != nil || got != want {
				t.Errorf("%s, %s: got %q, %v; want %q", name, kind, got, err, want)
			}
		}
	}
}

func TestXMLThatIsNotWellFormedIsRefusedWithItsPlace(t *testing.T) {
	for document, want := range map[string]string{
		"":                                   "line 1, column 1: no element in it",
		"  \n ":                              "line 2, column 2: no element in it",
		"<a>\n  <b>\n</a>":                   "line 3, column 1: </a> where </b> was expected",
		"<a></b>":                            "</b> where </a> was expected",
		"</a>":                               "</a> closes nothing",
		"<a/><b/>":                           "<b> after the end",
		"<a/>x":                              "line 1, column 5: text after the end",
		"x<a/>":                              "text before the first element",
		"<a b=c/>":                           "is not quoted",
		"<a b/>":                             "has no value",
		"<a b=\"<\"/>":                       "< inside an attribute value",
		"<a b='1' b='2'/>":                   "given twice",
		"<a b='1'c='2'/>":                    "unexpected 'c'",
		"<a>&nbsp;</a>":                      "unknown reference &nbsp;",
		"<a b='&#0;'/>":                      "unknown reference &#0;",
		"<a>&</a>":                           "reference",
		"<a b='& c'/>":                       "",
		"<a>\x00</a>":                        "U+0000 is not allowed",
		"<a>\xff</a>":                        "not UTF-8",
		"<a b='\xc3'/>":                      "not UTF-8",
		"<a>]]></a>":                         "]]> outside",
		"<a><!-- -- --></a>":                 "-- inside a comment",
		"<a><!-- ":                           "ends inside a comment",
		"<a><![CDATA[ ":                      "ends inside a CDATA section",
		"<a><!ELEMENT b ANY></a>":            "has no place here",
		"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>": "declares more than elements is refused",
		"<a><?xml version='1.0'?></a>":       "not at the very beginning",
		"<?xml version='1.1'?><a/>":          "only version 1.0 is read",
		"<?xml encoding='UTF-8'?><a/>":       "malformed XML declaration",
		"<?xml version='1.0\"?><a/>":         "malformed XML declaration",
		"<!DOCTYPE a \x01><a/>":              "in the DOCTYPE",
		"<a><?b]c?></a>":                     "unexpected ']' in the name of a processing instruction",
		"<a><?b?c?></a>":                     "unexpected '?' in the name of a processing instruction",
		"<a><?b":                             "ends inside a processing instruction",
		"<?xml version='1.0' encoding='ISO-8859-1'?><a/>": "encoding iso-8859-1 is not read",
		"\xff\xfe<\x00a\x00/\x00>\x00":                    "UTF-16 is not read",
		"< a/>":                                           "begins no tag",
		"<1a/>":                                           "begins no tag",
		"<a":                                              "ends inside a start tag",
		"<a><b></b>":                                      "ends inside <a>",
		"<a></a":                                          "ends inside an end tag",
		strings.Repeat("<a>", 100_000):                    "nested more than 256 deep",
		"<a b='" + strings.Repeat("x", 3<<20):             "a tag longer than",
		attributes(1001) + "/>":                           "more than 1000 attributes of <a>",
	} {
		readers := []io.Reader{strings.NewReader(document)}
		if len(document) < 1000 {
			readers = append(readers, iotest.OneByteReader(strings.NewReader(document)))
		}
		for _, r := range readers {
			_, err := ours(r)
			var parse *ParseError
			if !errors.As(err, &parse) || !strings.Contains(err.Error(), want) {
				t.Errorf("%.60q: got %v, want %q", document, err, want)
			}
		}
	}
}

func TestXMLReadErrorsAreKept(t *testing.T) {
	broken := errors.New("the disk is on fire")
	r := io.MultiReader(strings.NewReader("<a><b/>"), iotest.ErrReader(broken))
	if _, err := ours(r); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// attributes gives a start tag with n attributes, without its end.
func attributes(n int) string {
	var tag strings.Builder
	tag.WriteString("<a")
	for i := range n {
		fmt.Fprintf(&tag, " b%d=''", i)
	}
	return tag.String()
}

func TestATagMayHaveAThousandAttributes(t *testing.T) {
	if _, err := ours(strings.NewReader(attributes(1000) + "/>")); err != nil {
		t.Error(err)
	}
}

// FuzzXML holds our reader to encoding/xml: the same tags, or a refusal. Ours is
// the stricter one, so what it refuses the other may read.
func FuzzXML(f *testing.F) {
	for _, pattern := range []string{"../samples/android/reports/core.jacoco.xml", "../samples/php/phpunit.xml"} {
		text, err := os.ReadFile(filepath.FromSlash(pattern))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text[:min(len(text), 600)])
	}
	f.Add([]byte("<a b='&#65;'><![CDATA[x]]><!--y--><?z?></a>"))
	f.Fuzz(func(t *testing.T, document []byte) {
		got, err := ours(strings.NewReader(string(document)))
		if err != nil {
			return
		}
		slow, err := ours(iotest.OneByteReader(strings.NewReader(string(document))))
		if err != nil || slow != got {
			t.Fatalf("octet by octet: got %q, %v; want %q", slow, err, got)
		}
		if strings.Contains(string(document), ":") {
			return // encoding/xml has rules of its own for names with colons
		}
		want, err := theirs(strings.NewReader(string(document)))
		if err != nil {
			t.Fatalf("accepted %q, which encoding/xml refuses: %v", document, err)
		}
		if got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

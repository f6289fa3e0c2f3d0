package parsers

import (
	"bytes"
	"fmt"
	"testing"
)

// bigClover makes up a Clover report of n files.
func bigClover(n int) []byte {
	var out bytes.Buffer
	out.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
		"<coverage generated=\"1795315022\">\n  <project timestamp=\"1795315022\">\n")
	for f := range n {
		fmt.Fprintf(&out, "    <file name=\"/srv/app/src/Module%d/Component%d/Service%d.php\">\n", f%200, f, f)
		fmt.Fprintf(&out, "      <class name=\"App\\Module%d\\Service%d\" namespace=\"global\">\n"+
			"        <metrics complexity=\"21\" methods=\"7\" coveredmethods=\"7\" conditionals=\"0\""+
			" coveredconditionals=\"0\" statements=\"63\" coveredstatements=\"63\""+
			" elements=\"70\" coveredelements=\"70\"/>\n      </class>\n", f%200, f)
		line := 10
		for m := range 7 {
			fmt.Fprintf(&out, "      <line num=\"%d\" type=\"method\" name=\"handle%d\" visibility=\"public\""+
				" complexity=\"3\" crap=\"3\" count=\"%d\"/>\n", line, m, f%7+1)
			for range 9 {
				line++
				fmt.Fprintf(&out, "      <line num=\"%d\" type=\"stmt\" count=\"%d\"/>\n", line, f%7+1)
			}
			line += 4
		}
		fmt.Fprintf(&out, "      <metrics loc=\"%d\" ncloc=\"%d\" classes=\"1\" methods=\"7\" coveredmethods=\"7\""+
			" conditionals=\"0\" coveredconditionals=\"0\" statements=\"63\" coveredstatements=\"63\""+
			" elements=\"70\" coveredelements=\"70\"/>\n    </file>\n", line, line)
	}
	fmt.Fprintf(&out, "    <metrics files=\"%d\" statements=\"%d\" coveredstatements=\"%d\""+
		" methods=\"%d\" coveredmethods=\"%d\"/>\n  </project>\n</coverage>\n", n, n*63, n*63, n*7, n*7)
	return out.Bytes()
}

func BenchmarkClover(b *testing.B) {
	report := bigClover(2000)
	b.SetBytes(int64(len(report)))
	b.ReportAllocs()
	for b.Loop() {
		if err := drain(bytes.NewReader(report), "clover"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkXMLTags(b *testing.B) {
	report := bigClover(2000)
	b.SetBytes(int64(len(report)))
	b.ReportAllocs()
	for b.Loop() {
		x := newXMLReader(bytes.NewReader(report))
		for {
			event, err := x.next()
			if err != nil {
				b.Fatal(err)
			}
			if event == xmlDone {
				break
			}
		}
	}
}

package parsers

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"
)

// slowly gives a report in which no statement is written as php-code-coverage
// writes it, and which says the same, octet for octet at the same place.
func slowly(report []byte) []byte {
	return bytes.ReplaceAll(report, []byte("<line num"), []byte("<line\tnum"))
}

// TestStatementsAreReadAsTheXMLReaderReadsThem changes each octet around two
// statements and holds what comes of it to the reading without the short way.
func TestStatementsAreReadAsTheXMLReaderReadsThem(t *testing.T) {
	const (
		head       = `<coverage generated="1"><project timestamp="1"><file name="a">`
		statements = "\n  <line num=\"9\" type=\"stmt\" count=\"3\"/>\n" +
			"  <line num=\"12345678\" type=\"stmt\" count=\"1234567890123456\"/>" +
			"<line num=\"1234567\" type=\"stmt\" count=\"123456789012345\"/>\n"
		tail = `<metrics statements="3" coveredstatements="3"/></file><metrics files="1"/></project></coverage>`
	)
	read, refused := 0, 0
	check := func(middle string) {
		t.Helper()
		report := []byte(head + middle + tail)
		want := onOne(bytes.NewReader(slowly(report)))
		for name, got := range map[string]string{
			"at once":        onOne(bytes.NewReader(report)),
			"octet by octet": onOne(iotest.OneByteReader(bytes.NewReader(report))),
		} {
			if got != want {
				t.Errorf("%s, %q: got\n%s\nwant\n%s", name, middle, got, want)
			}
		}
		if strings.HasPrefix(want, "refused") {
			refused++
		} else {
			read++
		}
	}
	check(statements)
	for i := range len(statements) {
		check(statements[:i] + statements[i+1:])
		check(statements[:i] + statements[i:i+1] + statements[i:])
		check(statements[:i])
		for _, octet := range []byte(" \n\r\t\"'<>/=&019x\x00\xff") {
			check(statements[:i] + string([]byte{octet}) + statements[i+1:])
		}
	}
	if read < 100 || refused < 100 {
		t.Errorf("%d reports were read and %d refused, which tries too little", read, refused)
	}
}

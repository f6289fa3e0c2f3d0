package parsers

import (
	"encoding/binary"

	"github.com/covpipe/covpipe/coverage"
)

// Nine of ten octets of a large report are statements in the exact octets in
// which php-code-coverage writes them:
//
//	<line num="9" type="stmt" count="3"/>
//
// Such a line is known by comparing words, at several times the speed of the
// XML reader. Whatever differs in a single octet is left to the XML reader, so
// what is accepted, and what it means, stays the same.

// The words of a statement, in the byte order in which they are compared.
var (
	cloverLineNu   = binary.LittleEndian.Uint64([]byte(`<line nu`))
	cloverUm       = binary.LittleEndian.Uint32([]byte(`um="`))
	cloverType     = binary.LittleEndian.Uint64([]byte(`" type="`))
	cloverStmtCo   = binary.LittleEndian.Uint64([]byte(`stmt" co`))
	cloverCountEnd = binary.LittleEndian.Uint64([]byte(` count="`))
)

const (
	cloverLineDigits  = 7  // keeps a line number under maxLine
	cloverCountDigits = 15 // keeps a count within an int64
	cloverStatement   = len(`<line num="" type="stmt" count=""/>`) + cloverLineDigits + cloverCountDigits
)

// statements reads the statements that come next in the file at hand, as far
// as they are in the reader's buffer and written in that form.
func (c *cloverReader) statements() {
	lines, s, done := c.file.Statements, c.xml.buf[c.xml.pos:c.xml.end], 0
	for i := 0; ; {
		for i < len(s) && (s[i] == ' ' || s[i] == '\n') {
			i++
		}
		if len(s)-i < cloverStatement {
			break
		}
		t := (*[cloverStatement]byte)(s[i:])
		if binary.LittleEndian.Uint64(t[:]) != cloverLineNu || binary.LittleEndian.Uint32(t[7:]) != cloverUm {
			break
		}
		number, at := int64(0), 11
		for d := t[at] - '0'; d <= 9 && at < 11+cloverLineDigits; d = t[at] - '0' {
			number, at = number*10+int64(d), at+1
		}
		if number == 0 || binary.LittleEndian.Uint64(t[at:]) != cloverType ||
			binary.LittleEndian.Uint64(t[at+8:]) != cloverStmtCo ||
			binary.LittleEndian.Uint64(t[at+13:]) != cloverCountEnd {
			break
		}
		at += 21
		begin, hits := at, int64(0)
		for d := t[at] - '0'; d <= 9 && at < begin+cloverCountDigits; d = t[at] - '0' {
			hits, at = hits*10+int64(d), at+1
		}
		if at == begin || t[at] != '"' || t[at+1] != '/' || t[at+2] != '>' {
			break
		}
		lines = append(lines, coverage.Line{Number: int32(number), Hits: hits})
		i += at + 3
		done = i
	}
	c.file.Statements = lines
	c.xml.pos += done
}

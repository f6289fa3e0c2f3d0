package parsers

import (
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/covpipe/covpipe/coverage"
)

// clover reads the Clover XML of php-code-coverage (PHPUnit), and the totals of
// every other producer of the format.
//
//	<coverage generated="1795315022"><project timestamp="1795315022">
//	  <file name="/srv/app/src/Cart.php">
//	    <class name="Shop\Cart" namespace="global"><metrics methods="1" statements="2" …/></class>
//	    <line num="8" type="method" name="total" visibility="public" complexity="1" crap="1" count="3"/>
//	    <line num="9" type="stmt" count="3"/>
//	    <metrics methods="1" coveredmethods="1" statements="2" coveredstatements="2" …/>
//	  </file>
//	  <metrics files="1" …/>
//	</project></coverage>
//
// It follows Report/Clover.php of php-code-coverage 4 to 14, where metrics come
// after the lines; producers that put them first are read as well. The totals
// of a file are the ones it states: lines alone miss the statements that a
// method's start hides.
var clover = Format{Name: "clover", Sniff: cloverSniff, Rows: cloverRows}

func cloverSniff(head []byte) bool {
	name, rest := rootTag(head)
	if name != "coverage" {
		return false
	}
	attributes := rootAttributes(rest)
	return strings.Contains(attributes, " generated=") || strings.Contains(attributes, " clover=") ||
		!strings.Contains(attributes, " line-rate=") && strings.Contains(rest, "<project")
}

// cloverFinding is the attribute of a file in which [WriteClover] says why its
// numbers are not exact.
const cloverFinding = "finding"

// Limits on what a report may claim.
const maxLine = 50_000_000

func cloverRows(r io.Reader, stated *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		if runtime.GOMAXPROCS(0) > 1 {
			cloverParallel(r, stated)(yield)
			return
		}
		c := cloverReader{xml: newXMLReader(r), stated: stated, paths: map[string]bool{}}
		for {
			row, err := c.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

type cloverReader struct {
	xml    *xmlReader
	stated *coverage.Stated
	paths  map[string]bool // of the files so far; nil where somebody else looks

	stack   []string // names of the open elements, interned
	skip    int      // depth inside <testproject>, which holds the tests themselves
	file    coverage.Source
	fileAt  int         // where in the reader's buffer its tag ends
	finding string      // why an earlier merge could not prove its numbers
	metered bool        // the file at hand states metrics
	foreign cloverLines // its lines that php-code-coverage does not write
}

// cloverLines counts lines that are neither a statement nor a method of
// php-code-coverage.
type cloverLines struct {
	conditions, covered int64 // lines of type cond, and those of them that were run
	odd                 bool  // lines of other types, or without a count
}

// next reads on to the end of the next file, or to the end of the report,
// which is io.EOF.
func (c *cloverReader) next() (coverage.Row, error) {
	for {
		if n := len(c.stack); n > 0 && c.stack[n-1] == "file" && c.skip == 0 && !c.xml.endsNext {
			c.statements()
		}
		event, err := c.xml.next()
		if err != nil {
			return coverage.Row{}, err
		}
		switch event {
		case xmlStart:
			err = c.start()
		case xmlEnd:
			c.stack = c.stack[:len(c.stack)-1]
			switch {
			case c.skip > 0:
				c.skip--
			case string(c.xml.name) == "file":
				return c.row()
			}
		case xmlDone:
			if c.stated.Producer == "" && !c.xml.piece {
				c.stated.Producer = "PHPUnit"
			}
			return coverage.Row{}, io.EOF
		}
		if err != nil {
			return coverage.Row{}, err
		}
	}
}

func (c *cloverReader) start() error {
	parent := ""
	if len(c.stack) > 0 {
		parent = c.stack[len(c.stack)-1]
	}
	name := cloverElement(c.xml.name)
	c.stack = append(c.stack, name)
	if c.skip > 0 || name == "testproject" {
		c.skip++
		return nil
	}
	switch name {
	case "line":
		if parent != "file" {
			return c.xml.fail(c.xml.pos, "a line outside a file")
		}
		return c.line()
	case "metrics":
		return c.metrics(parent)
	case "class":
		if parent == "file" {
			return c.class()
		}
	case "file":
		if slices.Contains(c.stack[:len(c.stack)-1], "file") {
			return c.xml.fail(c.xml.pos, "a file inside a file")
		}
		return c.begin()
	case "coverage":
		for _, a := range c.xml.attrs {
			switch string(a.name) {
			case "generated":
				if t, err := number(a.value); err == nil && t > 0 {
					c.stated.MeasuredAt = unixTime(t)
				}
			case "clover": // its version; gcovr puts the time there
				c.stated.Producer = producerOpenClover
				if _, err := number(a.value); err == nil {
					c.stated.Producer = "gcovr"
				}
			}
		}
	}
	return nil
}

// unixTime reads seconds since 1970, or milliseconds as OpenClover writes them.
// What lies behind the year 9999 is no time, and gives the zero one.
func unixTime(t int64) time.Time {
	at := time.Unix(t, 0).UTC()
	if t > 100_000_000_000 {
		at = time.UnixMilli(t).UTC()
	}
	if at.Year() > 9999 {
		return time.Time{}
	}
	return at
}

func cloverElement(name []byte) string {
	switch string(name) {
	case "line":
		return "line"
	case "metrics":
		return "metrics"
	case "class":
		return "class"
	case "file":
		return "file"
	}
	return string(name)
}

func (c *cloverReader) begin() error {
	c.file = coverage.Source{
		Classes: c.file.Classes[:0], Methods: c.file.Methods[:0], Statements: c.file.Statements[:0],
	}
	c.metered, c.finding, c.foreign = false, "", cloverLines{}
	name := ""
	for _, a := range c.xml.attrs {
		switch string(a.name) {
		case "path": // OpenClover and Istanbul, where name is the base name
			c.file.Path = a.text()
		case "name":
			name = a.text()
		case cloverFinding:
			c.finding = a.text()
		}
	}
	if c.file.Path == "" {
		c.file.Path = name
	}
	if c.file.Path == "" {
		return c.xml.fail(c.xml.pos, "a file without a name")
	}
	c.fileAt = c.xml.pos
	if c.paths != nil {
		if c.paths[c.file.Path] {
			return c.xml.fail(c.xml.pos, "%s is listed twice", c.file.Path)
		}
		c.paths[c.file.Path] = true
	}
	return nil
}

func (c *cloverReader) class() error {
	class := coverage.Class{}
	for _, a := range c.xml.attrs {
		switch string(a.name) {
		case "name":
			class.Name = a.text()
		case "namespace":
			class.Namespace = a.text()
		}
	}
	c.file.Classes = append(c.file.Classes, class)
	return nil
}

// line reads one line of the file at hand.
func (c *cloverReader) line() error {
	var at, hits, complexity, yes, no int64
	var err error
	var kind, name, visibility string
	counted := false
	for _, a := range c.xml.attrs {
		if err != nil {
			break
		}
		switch string(a.name) {
		case "num":
			at, err = number(a.value)
		case "count":
			hits, err = number(a.value)
			counted = true
		case "type":
			switch string(a.value) {
			case "stmt":
				kind = "stmt"
			case "method":
				kind = "method"
			default:
				kind = a.text()
			}
		case "name":
			name = a.text()
		case "visibility":
			visibility = cloverVisibility(a)
		case "complexity":
			complexity, err = number(a.value)
		case "truecount":
			yes, err = number(a.value)
		case "falsecount":
			no, err = number(a.value)
		}
	}
	switch {
	case err != nil:
		return c.xml.fail(c.xml.pos, "a line of %s: %w", c.file.Path, err)
	case at < 1 || at > maxLine:
		return c.xml.fail(c.xml.pos, "a line of %s has the number %d", c.file.Path, at)
	case kind == "stmt" && counted:
		c.file.Statements = append(c.file.Statements, coverage.Line{Number: int32(at), Hits: hits})
	case kind == "method" && counted:
		c.file.Methods = append(c.file.Methods, coverage.Method{Line: int32(at), Hits: hits,
			Name: name, Visibility: visibility, Complexity: int32(min(complexity, 1<<30))})
	case kind == "cond":
		c.foreign.conditions++
		if counted && hits > 0 || !counted && yes+no > 0 {
			c.foreign.covered++
		}
		c.producer(counted)
	default:
		c.foreign.odd = true
	}
	return nil
}

// producer tells the writers of conditions apart: Istanbul gives them a count,
// OpenClover only how often they were true and false.
func (c *cloverReader) producer(counted bool) {
	if c.stated.Producer == "" || c.stated.Producer == producerOpenClover && counted {
		c.stated.Producer = producerOpenClover
		if counted {
			c.stated.Producer = "Istanbul"
		}
	}
}

const producerOpenClover = "OpenClover"

func cloverVisibility(a xmlAttribute) string {
	switch string(a.value) {
	case "public":
		return "public"
	case "protected":
		return "protected"
	case "private":
		return "private"
	}
	return a.text()
}

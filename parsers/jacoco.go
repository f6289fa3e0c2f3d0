package parsers

import (
	"cmp"
	"errors"
	"io"
	"strings"

	"github.com/covpipe/covpipe/coverage"
)

// jacoco reads JaCoCo's XML report (report.dtd 1.1).
//
//	<report name="app"><group name="core"><package name="com/example/shop">
//	  <sourcefile name="Cart.kt"><line nr="3" mi="0" ci="4" mb="0" cb="0"/>
//	    <counter type="LINE" missed="2" covered="5"/></sourcefile>
//	</package></group></report>
//
// A row is a source file: its module is the path of groups, or the report's
// name where there are none; its path is the package and the file's name. A
// counter of 0 of 0 is left out by JaCoCo, so one that is missing is known to
// be 0 of 0, except for lines of classes that were compiled without line
// numbers, which are unknown. Reports of other tools, such as gcovr's, have no
// instructions; there a counter that is missing is unknown.
var jacoco = Format{Name: "jacoco", Sniff: jacocoSniff, Rows: jacocoRows}

func jacocoSniff(head []byte) bool {
	name, rest := rootTag(head)
	return name == "report" && strings.Contains(rootAttributes(rest), " name=") &&
		(strings.Contains(string(head), "JACOCO") || strings.Contains(rest, "<sessioninfo") ||
			strings.Contains(rest, "<package") || strings.Contains(rest, "<group") ||
			strings.Contains(rest, "<counter"))
}

func jacocoRows(r io.Reader, stated *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		j := jacocoReader{xml: newXMLReader(r), stated: stated, seen: map[[2]string]bool{}}
		for {
			row, err := j.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// jacocoCounters are the counters of a source file or of the whole report.
type jacocoCounters struct {
	lines, methods, branches, instructions coverage.Count
}

type jacocoReader struct {
	xml    *xmlReader
	stated *coverage.Stated
	seen   map[[2]string]bool

	stack    []string
	report   string
	groups   []string
	pkg      string
	file     string
	counters jacocoCounters // of the source file at hand
	total    jacocoCounters // of the report
	lines    int64          // <line> elements of the source file at hand
}

func (j *jacocoReader) next() (coverage.Row, error) {
	for {
		event, err := j.xml.next()
		if err != nil {
			return coverage.Row{}, err
		}
		switch event {
		case xmlStart:
			if err := j.start(); err != nil {
				return coverage.Row{}, err
			}
		case xmlEnd:
			j.stack = j.stack[:len(j.stack)-1]
			switch string(j.xml.name) {
			case "sourcefile":
				return j.row()
			case "group":
				j.groups = j.groups[:len(j.groups)-1]
			}
		case xmlDone:
			t := j.total
			if t != (jacocoCounters{}) { // else the report states nothing
				t = t.known()
			}
			j.stated.Lines, j.stated.Methods, j.stated.Branches = t.lines, t.methods, t.branches
			return coverage.Row{}, io.EOF
		}
	}
}

func (j *jacocoReader) start() error {
	parent := ""
	if len(j.stack) > 0 {
		parent = j.stack[len(j.stack)-1]
	}
	name := jacocoElement(j.xml.name)
	j.stack = append(j.stack, name)
	switch name {
	case "line":
		if parent == "sourcefile" {
			j.lines++
		}
	case "counter":
		return j.counter(parent)
	case "report", "group", "package", "sourcefile":
		return j.enter(name, parent)
	case "sessioninfo":
		for _, a := range j.xml.attrs {
			if string(a.name) == "dump" {
				if t, err := number(a.value); err == nil && t > 0 {
					if at := unixTime(t); at.After(j.stated.MeasuredAt) {
						j.stated.MeasuredAt = at
					}
				}
			}
		}
	}
	return nil
}

func jacocoElement(name []byte) string {
	switch string(name) {
	case "line":
		return "line"
	case "counter":
		return "counter"
	case "method":
		return "method"
	case "class":
		return "class"
	case "sourcefile":
		return "sourcefile"
	}
	return string(name)
}

func (j *jacocoReader) enter(element, parent string) error {
	var name string
	given := false
	for _, a := range j.xml.attrs {
		if string(a.name) == "name" {
			name, given = a.text(), true
		}
	}
	if !given {
		return j.xml.fail(j.xml.pos, "<%s> without a name", element)
	}
	switch element {
	case "report":
		j.report = name
	case "group":
		j.groups = append(j.groups, name)
	case "package":
		j.pkg = name
	case "sourcefile":
		if parent != "package" {
			return j.xml.fail(j.xml.pos, "a source file outside a package")
		}
		if name == "" {
			return j.xml.fail(j.xml.pos, "a source file with an empty name")
		}
		j.file, j.counters, j.lines = name, jacocoCounters{}, 0
	}
	return nil
}

func (j *jacocoReader) counter(parent string) error {
	into := &j.counters
	switch parent {
	case "sourcefile":
	case "report":
		into = &j.total
	default:
		return nil
	}
	var kind string
	var missed, covered int64
	errMissed, errCovered := errors.New("it has no missed"), errors.New("it has no covered")
	for _, a := range j.xml.attrs {
		switch string(a.name) {
		case "type":
			kind = string(a.value)
		case "missed":
			missed, errMissed = number(a.value)
		case "covered":
			covered, errCovered = number(a.value)
		}
	}
	count := coverage.Of(covered, covered+missed)
	if err := cmp.Or(errMissed, errCovered, count.Check()); err != nil {
		return j.xml.fail(j.xml.pos, "counter %s of a %s: %w", kind, parent, err)
	}
	switch kind {
	case "LINE":
		into.lines = count
	case "METHOD":
		into.methods = count
	case "BRANCH":
		into.branches = count
	case "INSTRUCTION":
		into.instructions = count
	}
	return nil
}

// known fills in the counters that JaCoCo leaves out because they are 0 of 0. It
// has no lines without instructions: then another tool wrote the report, and
// what is left out was not measured.
func (c jacocoCounters) known() jacocoCounters {
	if c.lines.Total > 0 && !c.instructions.Known {
		return c
	}
	if c.instructions.Total == 0 || c.lines.Known {
		c.lines.Known = true
	}
	c.methods.Known = true
	c.branches.Known = true
	return c
}

func (j *jacocoReader) row() (coverage.Row, error) {
	module := j.report
	if len(j.groups) > 0 {
		module = strings.Join(j.groups, "/")
	}
	path := j.file
	if j.pkg != "" {
		path = j.pkg + "/" + j.file
	}
	key := [2]string{module, path}
	if j.seen[key] {
		return coverage.Row{}, j.xml.fail(j.xml.pos, "%s is listed twice in %s", path, module)
	}
	j.seen[key] = true
	c := j.counters.known()
	if c.lines.Known && c.lines.Total != j.lines && j.lines > 0 {
		return coverage.Row{}, j.xml.fail(j.xml.pos, "%s counts %d lines and lists %d", path, c.lines.Total, j.lines)
	}
	return coverage.Row{Module: module, Path: path, Lines: c.lines, Methods: c.methods, Branches: c.branches,
		Basis: coverage.BasisFileMetrics, Exact: true}, nil
}

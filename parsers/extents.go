package parsers

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/covpipe/covpipe/coverage"
)

// Extents are the methods of each file as PHPUnit's Cobertura report
// (--coverage-cobertura, since PHPUnit 9.4) lists them: which lines are their
// own, the start line among them where it can be run. Clover does not tell.
type Extents map[string][]methodLines // by absolute path

type methodLines struct{ first, last int32 }

// ReadExtents reads the methods out of a Cobertura report of PHPUnit. Functions
// are left out: php-code-coverage before 9.2.29 and 10.1.6 lists those of the
// whole report under every file.
func ReadExtents(r io.Reader) (Extents, error) {
	e := extentReader{xml: newXMLReader(r), found: Extents{}}
	e.xml.keepText = true
	for {
		event, err := e.xml.next()
		if err == nil {
			switch event {
			case xmlStart:
				err = e.start()
			case xmlEnd:
				e.end()
			case xmlDone:
				if !e.cobertura {
					return nil, fmt.Errorf("%w: it is no Cobertura report", ErrFormat)
				}
				return e.found, nil
			}
		}
		if parse := (*ParseError)(nil); errors.As(err, &parse) {
			parse.Format = "cobertura"
		}
		if err != nil {
			return nil, err
		}
	}
}

type extentReader struct {
	xml       *xmlReader
	found     Extents
	cobertura bool
	source    string
	file      string // of the class at hand; empty for the pseudo-class of functions
	inMethod  bool
	method    methodLines
}

func (e *extentReader) start() error {
	switch string(e.xml.name) {
	case "coverage":
		e.cobertura = slices.ContainsFunc(e.xml.attrs, func(a xmlAttribute) bool {
			return string(a.name) == "line-rate"
		})
	case "class":
		var name, file string
		for _, a := range e.xml.attrs {
			switch string(a.name) {
			case "name":
				name = a.text()
			case "filename":
				file = a.text()
			}
		}
		e.file = file
		if !path.IsAbs(file) {
			e.file = path.Join(e.source, file)
		}
		if name == path.Base(file) {
			e.file = ""
		}
	case "method":
		e.inMethod, e.method = true, methodLines{}
	case "line":
		if e.inMethod {
			return e.line()
		}
	}
	return nil
}

func (e *extentReader) line() error {
	for _, a := range e.xml.attrs {
		if string(a.name) != "number" {
			continue
		}
		n, err := number(a.value)
		if err == nil && (n < 1 || n > maxLine) {
			err = fmt.Errorf("a line has the number %d", n)
		}
		if err != nil {
			return e.xml.fail(e.xml.pos, "%w", err)
		}
		at := int32(n)
		if e.method.first == 0 || at < e.method.first {
			e.method.first = at
		}
		e.method.last = max(e.method.last, at)
	}
	return nil
}

func (e *extentReader) end() {
	switch string(e.xml.name) {
	case "source":
		if e.source == "" {
			e.source = strings.TrimSpace(xmlAttribute{value: e.xml.chars}.text())
		}
	case "method":
		if e.inMethod && e.file != "" && e.method.first > 0 {
			e.found[e.file] = append(e.found[e.file], e.method)
		}
		e.inMethod = false
	}
}

// Tell gives the methods of rows their extents. Paths must be as the reports
// have them, so it comes before [coverage.Under].
func (x Extents) Tell(rows coverage.Rows) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		for row, err := range rows {
			if err == nil && row.Source != nil {
				tell(row.Source.Methods, x[row.Path])
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// tell finds for each method the one whose first line lies in it: at its start,
// or before the next method.
func tell(methods []coverage.Method, extents []methodLines) {
	slices.SortFunc(extents, func(a, b methodLines) int { return int(a.first - b.first) })
	for i := range methods {
		m := &methods[i]
		at, _ := slices.BinarySearchFunc(extents, m.Line, func(e methodLines, line int32) int {
			return int(e.first - line)
		})
		if at < len(extents) && (i+1 == len(methods) || extents[at].first < methods[i+1].Line) {
			m.Extent = &coverage.Extent{Last: extents[at].last, OnStart: extents[at].first == m.Line}
		}
	}
}

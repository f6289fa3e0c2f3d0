package parsers

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strconv"
	"time"

	"github.com/covpipe/covpipe/coverage"
)

// WriteClover writes merged rows as Clover XML in the form of php-code-coverage
// 9, which other tools read: files without packages, metrics after the lines.
// Each path is written under root. A file whose numbers are not exact says why
// in an attribute of ours, finding, which our reader knows and others pass over.
// Rows must have a Source.
func WriteClover(w io.Writer, at time.Time, root string, rows []coverage.Row) error {
	out := cloverWriter{w: bufio.NewWriterSize(w, 64<<10)}
	out.print("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<coverage generated=\"%d\">\n  <project timestamp=\"%d\">\n",
		at.Unix(), at.Unix())
	var total coverage.Metrics
	for _, row := range rows {
		if row.Source == nil {
			return fmt.Errorf("clover: %s: %w", row.Path, coverage.ErrNoLines)
		}
		name := row.Path
		if root != "" && !path.IsAbs(name) {
			name = path.Join(root, name)
		}
		out.file(name, row)
		total = addMetrics(total, row.Source.Metrics)
	}
	out.print("    <metrics files=\"%d\"", len(rows))
	out.metrics(total, true)
	out.print("  </project>\n</coverage>\n")
	if out.err != nil {
		return out.err
	}
	return out.w.Flush()
}

func addMetrics(a, b coverage.Metrics) coverage.Metrics {
	return coverage.Metrics{
		LOC: a.LOC + b.LOC, NCLOC: a.NCLOC + b.NCLOC, Classes: a.Classes + b.Classes,
		Statements: a.Statements.Add(b.Statements), Methods: a.Methods.Add(b.Methods),
		Branches: a.Branches.Add(b.Branches),
	}
}

type cloverWriter struct {
	w   *bufio.Writer
	err error
}

func (c *cloverWriter) print(format string, args ...any) {
	if c.err == nil {
		_, c.err = fmt.Fprintf(c.w, format, args...)
	}
}

// attribute writes name="value", escaped.
func (c *cloverWriter) attribute(name, value string) {
	if c.err != nil {
		return
	}
	c.print(" %s=\"", name)
	if err := xml.EscapeText(c.w, []byte(value)); err != nil {
		c.err = err
	}
	c.print("\"")
}

func (c *cloverWriter) file(name string, row coverage.Row) {
	s := row.Source
	c.print("    <file")
	c.attribute("name", name)
	if !row.Exact {
		c.attribute(cloverFinding, row.Finding)
	}
	c.print(">\n")
	for _, class := range s.Classes {
		c.print("      <class")
		c.attribute("name", class.Name)
		c.attribute("namespace", class.Namespace)
		c.print(">\n        <metrics complexity=\"%d\"", class.Metrics.Complexity)
		c.metrics(class.Metrics, false)
		c.print("      </class>\n")
	}
	statements := s.Statements
	for _, m := range s.Methods {
		for len(statements) > 0 && statements[0].Number < m.Line {
			c.statement(statements[0])
			statements = statements[1:]
		}
		c.print("      <line num=\"%d\" type=\"method\"", m.Line)
		c.attribute("name", m.Name)
		if m.Visibility != "" {
			c.attribute("visibility", m.Visibility)
		}
		c.print(" complexity=\"%d\"", m.Complexity)
		if m.Lines.Known {
			c.attribute("crap", crap(m.Complexity, m.Lines))
		}
		c.print(" count=\"%d\"/>\n", m.Hits)
	}
	for _, line := range statements {
		c.statement(line)
	}
	c.print("      <metrics")
	c.metrics(s.Metrics, true)
	c.print("    </file>\n")
}

// statement writes one line. It is most of a report, so it goes without fmt.
func (c *cloverWriter) statement(l coverage.Line) {
	if c.err != nil {
		return
	}
	line := append(c.w.AvailableBuffer(), `      <line num="`...)
	line = strconv.AppendInt(line, int64(l.Number), 10)
	line = append(line, `" type="stmt" count="`...)
	line = strconv.AppendInt(line, l.Hits, 10)
	line = append(line, "\"/>\n"...)
	_, c.err = c.w.Write(line)
}

// metrics writes totals, and the end of their tag. Branches that are not known
// are 0 of 0, as php-code-coverage writes them.
func (c *cloverWriter) metrics(m coverage.Metrics, file bool) {
	if file {
		c.print(" loc=\"%d\" ncloc=\"%d\" classes=\"%d\"", m.LOC, m.NCLOC, m.Classes)
	}
	count := func(what string, count coverage.Count) {
		c.print(" %s=\"%d\" covered%s=\"%d\"", what, count.Total, what, count.Covered)
	}
	if m.Methods.Known {
		count("methods", m.Methods)
	}
	count("conditionals", m.Branches)
	count("statements", m.Statements)
	count("elements", m.Methods.Add(m.Branches).Add(m.Statements))
	c.print("/>\n")
}

// crap is the change risk index of php-code-coverage (Node/CrapIndex.php).
func crap(complexity int32, lines coverage.Count) string {
	c := float64(complexity)
	share := 0.0
	if lines.Total > 0 {
		share = float64(lines.Covered) / float64(lines.Total)
	}
	switch {
	case share == 0:
		return strconv.FormatFloat(c*c+c, 'f', -1, 64)
	case share >= 0.95:
		return strconv.FormatInt(int64(complexity), 10)
	}
	return strconv.FormatFloat(c*c*(1-share)*(1-share)*(1-share)+c, 'f', 2, 64)
}

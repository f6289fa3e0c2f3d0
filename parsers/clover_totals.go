package parsers

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/covpipe/covpipe/coverage"
)

// metrics reads the totals of a class, a file or the project; those of packages
// are sums that no reader needs.
func (c *cloverReader) metrics(parent string) error {
	if parent != "class" && parent != "file" && parent != "project" {
		return nil
	}
	var m coverage.Metrics
	var files int64 = -1
	var err error
	var given [3]int // of the two numbers of statements, methods and conditionals
	has := func(which int, field *int64, value []byte) {
		given[which]++
		*field, err = number(value)
	}
	for _, a := range c.xml.attrs {
		switch string(a.name) {
		case "statements":
			has(0, &m.Statements.Total, a.value)
		case "coveredstatements":
			has(0, &m.Statements.Covered, a.value)
		case "methods":
			has(1, &m.Methods.Total, a.value)
		case "coveredmethods":
			has(1, &m.Methods.Covered, a.value)
		case "conditionals":
			has(2, &m.Branches.Total, a.value)
		case "coveredconditionals":
			has(2, &m.Branches.Covered, a.value)
		case "loc":
			m.LOC, err = number(a.value)
		case "ncloc":
			m.NCLOC, err = number(a.value)
		case "classes":
			m.Classes, err = number(a.value)
		case "complexity":
			m.Complexity, err = number(a.value)
		case "files":
			files, err = number(a.value)
		}
		if err != nil {
			return c.xml.fail(c.xml.pos, "%s in the metrics of a %s: %w", a.name, parent, err)
		}
	}
	for i, count := range []*coverage.Count{&m.Statements, &m.Methods, &m.Branches} {
		if count.Known = given[i] == 2; !count.Known {
			*count = coverage.Count{} // one of them alone tells nothing
		}
	}
	if err := cmp.Or(m.Statements.Check(), m.Methods.Check(), m.Branches.Check()); err != nil {
		return c.xml.fail(c.xml.pos, "the metrics of a %s: %w", parent, err)
	}
	switch parent {
	case "class":
		if n := len(c.file.Classes); n > 0 {
			c.file.Classes[n-1].Metrics = m
		}
	case "file":
		c.file.Metrics = m
		c.metered = m.Statements.Known
	case "project":
		c.stated.Lines, c.stated.Methods, c.stated.Branches = m.Statements, m.Methods, stateBranches(m.Branches)
		if files >= 0 {
			c.stated.Files = coverage.Of(0, files)
		}
	}
	return nil
}

// stateBranches tells "no branch data" from a count: php-code-coverage writes 0
// where branches were not measured.
func stateBranches(b coverage.Count) coverage.Count {
	if b.Total == 0 {
		return coverage.Count{}
	}
	return b
}

func (c *cloverReader) row() (coverage.Row, error) {
	file := &c.file
	row := coverage.Row{Path: file.Path, Basis: coverage.BasisFileMetrics, Exact: true}
	listed := coverage.Of(c.foreign.covered, int64(len(file.Statements))+c.foreign.conditions)
	for _, line := range file.Statements {
		if line.Hits > 0 {
			listed.Covered++
		}
	}
	if !c.metered {
		row.Lines, row.Basis, row.Exact = listed, coverage.BasisLines, false
		row.Finding = "no_totals: the file states none, " +
			"and its lines alone miss the statements that the start of a method hides"
		return row, nil
	}
	row.Lines, row.Methods, row.Branches =
		file.Metrics.Statements, file.Metrics.Methods, stateBranches(file.Metrics.Branches)
	if row.Finding = cmp.Or(c.reconcile(listed), c.finding); row.Finding != "" {
		row.Exact = false
	}
	counted := len(file.Methods) > 0 || !file.Metrics.Methods.Known || file.Metrics.Methods.Total == 0
	if c.stated.Producer == "" && c.foreign == (cloverLines{}) && counted && c.ordered() {
		row.Source = file
	}
	return row, nil
}

// reconcile compares the lines that are listed with the totals that the file
// states, and says how they disagree.
func (c *cloverReader) reconcile(listed coverage.Count) string {
	stated, methods := c.file.Metrics.Statements, int64(len(c.file.Methods))
	hidden, covered := stated.Total-listed.Total, stated.Covered-listed.Covered
	switch {
	case listed.Total == 0 && methods == 0:
		return "" // totals only
	case hidden == 0 && covered == 0:
		return ""
	case hidden == -1 && methods > 0 && c.foreign.conditions == 0 && covered <= 0 && covered >= -1:
		return fmt.Sprintf("last_line: %d statements are stated and %d listed; "+
			"php-code-coverage up to 8 does not count the last line of a file that ends without a newline",
			stated.Total, listed.Total)
	case hidden < 0 || hidden > methods || covered < 0 || covered > hidden:
		return fmt.Sprintf("stated_totals: %v statements are stated, and the lines that are listed "+
			"give %v, with at most %d hidden by the start of a method", stated, listed, methods)
	}
	return ""
}

// ordered tells whether the lines are as php-code-coverage writes them: by
// number, and one for each number.
func (c *cloverReader) ordered() bool {
	for i := 1; i < len(c.file.Statements); i++ {
		if c.file.Statements[i].Number <= c.file.Statements[i-1].Number {
			return false
		}
	}
	for i := 1; i < len(c.file.Methods); i++ {
		if c.file.Methods[i].Line <= c.file.Methods[i-1].Line {
			return false
		}
	}
	return true
}

// number reads a whole number that is not negative.
func number(digits []byte) (int64, error) {
	var n int64
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, fmt.Errorf("%q is not a whole number from 0", digits)
		}
		if n = n*10 + int64(d-'0'); n > coverage.MaxCount {
			return 0, fmt.Errorf("%s is more than anything can be counted", digits)
		}
	}
	if len(digits) == 0 {
		return 0, errors.New("a number is empty")
	}
	return n, nil
}

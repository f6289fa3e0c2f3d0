package coverage

import "slices"

// Source is one source file line by line, as a Clover report of
// php-code-coverage lists it: a line is either the start of a method or a
// statement, so a method whose start line can itself be executed hides that
// statement. See [Merge] for how hidden lines are found again.
type Source struct {
	Path       string
	Classes    []Class  // classes in source order, then traits and enums in source order
	Methods    []Method // by line; methods with at least one executable line
	Statements []Line   // by number; executable lines that are not the start of a method
	Metrics    Metrics  // the totals that the report states for this file
}

// Line is an executable line.
type Line struct {
	Number int32 // from 1
	Hits   int64 // PHPUnit: tests that ran the line; others: executions
}

// Method is a method of a class, trait or enum.
type Method struct {
	Line       int32 // where it starts
	Complexity int32 // cyclomatic
	Hits       int64 // the most hits of any of its lines
	Lines      Count // its own executable lines; known only after [Merge] has united shards
	Name       string
	Visibility string  // public, protected, private; empty if not stated
	Extent     *Extent // nil where the report does not tell, as Clover alone never does
}

// Extent is what a second report of the same process tells about a method.
type Extent struct {
	Last    int32 // its last executable line
	OnStart bool  // its first line is executable, so it hides a statement
}

// Class is a class, trait or enum and what the report states for it.
type Class struct {
	Name, Namespace string
	Metrics         Metrics
}

// Metrics are the totals that a report states for a class or a file. LOC, NCLOC
// and Classes are stated for files only.
type Metrics struct {
	LOC, NCLOC, Classes int64 // lines of code, lines without comments, classes with methods
	Complexity          int64 // sum over the methods; classes only
	Statements          Count
	Methods             Count
	Branches            Count
}

// Clone copies a source that is about to be overwritten by the next row.
func (s *Source) Clone() *Source {
	c := *s
	c.Classes = slices.Clone(s.Classes)
	c.Methods = slices.Clone(s.Methods)
	c.Statements = slices.Clone(s.Statements)
	return &c
}

// Loaded tells whether any line was run, which is how a report shows that the
// process loaded this file: a file that was only listed has no hits at all.
func (s *Source) Loaded() bool {
	return slices.ContainsFunc(s.Statements, func(l Line) bool { return l.Hits > 0 }) ||
		slices.ContainsFunc(s.Methods, func(m Method) bool { return m.Hits > 0 })
}

// coveredStatements counts the listed statements that were run.
func (s *Source) coveredStatements() (n int64) {
	for _, l := range s.Statements {
		if l.Hits > 0 {
			n++
		}
	}
	return n
}

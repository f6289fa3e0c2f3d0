package coverage

import (
	"math"
	"slices"
)

// A Clover line is the start of a method or a statement, never both. A method
// whose first line can itself be executed, such as
//
//	function total(): int { return $this->sum; }
//
// therefore hides a statement: it is in the totals and not among the lines.
// To unite shards, two things must be found again: which methods hide a
// statement, and which statements belong to which method, since a report gives
// no method's end. Both are unknowns with bounds, and what the reports state
// are sums over them; narrowing the bounds until nothing moves settles almost
// every file, and says so where it does not.

// bounds are the values an unknown can still take.
type bounds struct{ low, high int64 }

func (b bounds) settled() bool { return b.low == b.high }

// sum says that some unknowns add up to total.
type sum struct {
	of    []*bounds
	total int64
}

// narrow applies the sums to the bounds of their unknowns until nothing moves.
// It returns false if they contradict each other.
func narrow(sums []sum) bool {
	for moved := true; moved; {
		moved = false
		for _, s := range sums {
			var low, high int64
			for _, b := range s.of {
				low, high = low+b.low, high+b.high
			}
			if s.total < low || s.total > high {
				return false
			}
			for _, b := range s.of {
				l := max(b.low, s.total-(high-b.high))
				h := min(b.high, s.total-(low-b.low))
				if l > h {
					return false
				}
				if l != b.low || h != b.high {
					low, high = low+l-b.low, high+h-b.high
					b.low, b.high = l, h
					moved = true
				}
			}
		}
	}
	return true
}

// evidence is what the reports tell about the statements that they do not list.
type evidence struct {
	hidden int64   // how many the file has
	loads  []load  // what each process that loaded the file knows of them
	ends   []int32 // from methodEnds; nil if not known
}

// methodEnds narrows ends by one more report: for each method the first line
// after its start that cannot be its own. A method's hits are the most that any
// of its lines has, so a line with more hits is none of them. Of reports with
// different methods only those with the most are heard: if these are not the
// same either, no report has all methods, and nobody asks for the ends.
func methodEnds(s *Source, ends []int32) []int32 {
	switch {
	case len(s.Methods) > len(ends):
		ends = slices.Repeat([]int32{math.MaxInt32}, len(s.Methods))
	case len(s.Methods) < len(ends):
		return ends
	}
	rest := s.Statements
	for i, m := range s.Methods {
		for len(rest) > 0 && rest[0].Number < m.Line {
			rest = rest[1:]
		}
		for _, line := range rest {
			if i+1 < len(s.Methods) && line.Number > s.Methods[i+1].Line || line.Number >= ends[i] {
				break
			}
			if line.Hits > m.Hits {
				ends[i] = line.Number
				break
			}
		}
	}
	return ends
}

// solveHidden fills in the metrics of all, its classes and methods from its
// lines. One is a single report of the file, whose totals and lines fit each
// other. It returns why the result could not be proved, or "".
func solveHidden(all, one *Source, known evidence) (reason string) {
	layouts := possibleLayouts(one, known)
	told, isTold := toldLayout(one, known)
	switch {
	case isTold && len(layouts) != 1:
		layouts = []layout{told}
	case len(layouts) == 0:
		reason = "unreconciled: what the report states of its classes does not fit its lines"
		layouts = []layout{plainLayout(one)}
	case one.manyOrders():
		reason = "ambiguous_classes: too many classes or methods in one file to tell which methods are whose"
	}
	for i, l := range layouts {
		layouts[i] = l.of(one, all)
	}
	first := layouts[0]
	covered, hidden := coverMethods(all.Clone(), first), first.coveredHidden(all)
	for _, l := range layouts {
		switch {
		case reason != "":
		case l.open:
			reason = "ambiguous_method_end: where a class ends and global code begins cannot be told"
		case !l.coveredHidden(all).settled():
			reason = "ambiguous_start_line: which methods begin with a statement on their first line cannot be told"
		case l.coveredHidden(all) != hidden || coverMethods(all.Clone(), l) != covered:
			reason = "ambiguous_classes: the order of classes and traits in the file cannot be told"
		}
	}
	for _, l := range known.loads {
		hidden.low = max(hidden.low, l.hidden)
	}
	coverMethods(all, first)
	total := int64(len(all.Statements)) + max(known.hidden, 0)
	all.Metrics.Statements = Of(min(all.coveredStatements()+hidden.low, total), total)
	return reason
}

// ownEvidence is what a single report tells about its own file.
func ownEvidence(s *Source) evidence {
	return evidence{
		hidden: s.Metrics.Statements.Total - int64(len(s.Statements)),
		loads:  []load{s.load()},
		ends:   methodEnds(s, nil),
	}
}

// load is what the process behind a report tells about hidden lines.
func (s *Source) load() load {
	entered := make([]bool, len(s.Methods))
	for i, m := range s.Methods {
		entered[i] = m.Hits > 0
	}
	return load{hidden: s.Metrics.Statements.Covered - s.coveredStatements(), entered: entered}
}

// Recount computes the totals of one report's file anew from its lines: which
// methods are covered, and how many statements. It returns why they could not
// be proved, or "". It does not change s.
func Recount(s *Source) (Metrics, string) {
	counted := s.Clone()
	reason := solveHidden(counted, s, ownEvidence(s))
	return counted.Metrics, reason
}

// HiddenMethods names the methods of a file whose first line hides a statement,
// and those of which the report does not tell, with their lines.
func HiddenMethods(s *Source) (hide, unsure []Method) {
	layouts := possibleLayouts(s, ownEvidence(s))
	if len(layouts) == 0 {
		layouts = []layout{plainLayout(s)}
	}
	for i, m := range s.Methods {
		switch h := layouts[0].hides[i]; {
		case !h.settled():
			unsure = append(unsure, m)
		case h.low == 1:
			hide = append(hide, m)
		}
	}
	return hide, unsure
}

// coverMethods computes for each method and class what is covered, under one
// layout, and returns the number of covered methods.
func coverMethods(s *Source, l layout) (covered int64) {
	classes := make([]Metrics, len(s.Classes))
	for i := range s.Methods {
		m := &s.Methods[i]
		own := s.Statements[l.first[i] : l.first[i]+int(l.spread[i].high)]
		m.Lines = Of(0, int64(len(own)))
		var most int64
		for _, line := range own {
			most = max(most, line.Hits)
			if line.Hits > 0 {
				m.Lines.Covered++
			}
		}
		if l.hides[i].low == 1 {
			m.Lines.Total++
			if m.Hits > 0 {
				m.Lines.Covered++
			}
		} else if l.spread[i].settled() && most > 0 {
			m.Hits = most // shards may have their maximum on different lines
		}
		one := int64(0)
		if m.Lines.Covered == m.Lines.Total {
			one = 1
			covered++
		}
		if c := l.class[i]; c >= 0 {
			classes[c].Methods = classes[c].Methods.Add(Of(one, 1))
			classes[c].Statements = classes[c].Statements.Add(m.Lines)
		}
	}
	for i := range s.Classes {
		if stated := &s.Classes[i].Metrics; classes[i].Methods.Known {
			stated.Methods.Covered = classes[i].Methods.Covered
			stated.Statements = Of(classes[i].Statements.Covered,
				max(classes[i].Statements.Covered, stated.Statements.Total))
			stated.Branches = Count{}
		}
	}
	s.Metrics.Methods = Of(covered, max(s.Metrics.Methods.Total, int64(len(s.Methods))))
	return covered
}

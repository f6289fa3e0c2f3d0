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

// layout is one way in which the statements can belong to the methods.
type layout struct {
	class  []int    // for each method, the index of its class
	first  []int    // for each method, the index of its first statement
	hides  []bounds // for each method, 1 if its start line is a hidden statement
	spread []bounds // for each method, how many listed statements it has
	open   bool     // some spread is not settled
}

// evidence is what the reports tell about the statements that they do not list.
type evidence struct {
	hidden int64   // how many the file has
	loads  []load  // what each process that loaded the file knows of them
	ends   []int32 // from methodEnds; nil if not known
}

// methodEnds narrows ends by one more report: a method's hits are the most that
// any of its lines has, so a line with more hits is not its own.
func methodEnds(s *Source, ends []int32) []int32 {
	if len(ends) != len(s.Methods) {
		ends = slices.Repeat([]int32{math.MaxInt32}, len(s.Methods))
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
		layouts = []layout{plainLayout(all)}
	case len(all.Classes) > maxClasses:
		reason = "ambiguous_classes: too many classes in one file to tell which methods are whose"
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

// of transfers the layout of one report to the union of several, which can have
// more statements. Where they have different methods, all that is left is that
// a statement belongs to the method before it.
func (l layout) of(one, all *Source) layout {
	l.open = slices.ContainsFunc(l.spread, func(b bounds) bool { return !b.settled() })
	if len(one.Statements) == len(all.Statements) && len(one.Methods) == len(all.Methods) {
		return l
	}
	united := plainLayout(all)
	if len(one.Methods) != len(all.Methods) {
		united.open = true
		return united
	}
	united.class, united.hides, united.open = l.class, l.hides, l.open
	for i := range united.spread {
		end := l.first[i] + int(l.spread[i].high)
		last := i == len(one.Methods)-1
		if end == len(one.Statements) || !last && one.Statements[end].Number > one.Methods[i+1].Line {
			continue // nothing but its own statements up to the next method
		}
		outside := one.Statements[end].Number
		gap := all.Statements[united.first[i] : united.first[i]+int(united.spread[i].high)]
		n, _ := slices.BinarySearchFunc(gap, outside, func(line Line, end int32) int { return int(line.Number - end) })
		united.spread[i] = bounds{int64(n), int64(n)}
	}
	return united
}

// coveredHidden counts the hidden statements that were run.
func (l *layout) coveredHidden(s *Source) (n bounds) {
	for i, m := range s.Methods {
		if m.Hits > 0 {
			n.low += l.hides[i].low
			n.high += l.hides[i].high
		}
	}
	return n
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
			stated.Statements = Of(classes[i].Statements.Covered, max(classes[i].Statements.Covered, stated.Statements.Total))
			stated.Branches = Count{}
		}
	}
	s.Metrics.Methods = Of(covered, max(s.Metrics.Methods.Total, int64(len(s.Methods))))
	return covered
}

// possibleLayouts tries the orders in which classes and traits can stand in the
// file, the listed order first, and keeps those that fit all that is stated.
func possibleLayouts(s *Source, known evidence) (fit []layout) {
	var methods int64
	for _, c := range s.Classes {
		methods += c.Metrics.Methods.Total
	}
	if methods != int64(len(s.Methods)) {
		return nil
	}
	for _, order := range classOrders(s.Classes) {
		l := plainLayout(s)
		if l.arrange(s, order, known) {
			fit = append(fit, l)
		}
	}
	return fit
}

// toldLayout is the layout that a second report tells of every method, if it
// does and hides as many statements as there are. It needs no classes.
func toldLayout(s *Source, known evidence) (layout, bool) {
	l := plainLayout(s)
	for i := range l.spread {
		l.spread[i].low, l.hides[i].low = 0, 0
	}
	if slices.ContainsFunc(s.Methods, func(m Method) bool { return m.Extent == nil }) || !l.applyExtents(s) {
		return l, false
	}
	var hidden int64
	for _, h := range l.hides {
		hidden += h.low
	}
	return l, hidden == known.hidden
}

// plainLayout gives every statement to the method that starts before it.
func plainLayout(s *Source) layout {
	n := len(s.Methods)
	l := layout{class: make([]int, n), first: make([]int, n), hides: make([]bounds, n), spread: make([]bounds, n)}
	end := len(s.Statements)
	for i := n - 1; i >= 0; i-- {
		first, _ := slices.BinarySearchFunc(s.Statements, s.Methods[i].Line, func(line Line, start int32) int {
			return int(line.Number - start)
		})
		gap := int64(end - first)
		l.class[i], l.first[i], end = -1, first, first
		l.spread[i] = bounds{gap, gap}
		l.hides[i] = bounds{0, 1}
		if gap == 0 {
			l.hides[i].low = 1 // a listed method has at least one executable line
		}
	}
	return l
}

// arrange gives the methods to the classes in the given order and narrows what
// is unknown. It returns false if the order contradicts what is stated.
func (l *layout) arrange(s *Source, order []int, known evidence) bool {
	var sums []sum
	var lasts []*bounds // statements of the last method of each class
	var gaps, inClasses int64
	next := 0
	for _, c := range order {
		stated := s.Classes[c].Metrics
		inClasses += stated.Statements.Total
		if stated.Methods.Total == 0 {
			continue
		}
		end := next + int(stated.Methods.Total)
		rest := stated.Statements.Total
		var unknown []*bounds
		var complexity int64
		for i := next; i < end; i++ {
			l.class[i] = c
			unknown = append(unknown, &l.hides[i])
			complexity += int64(s.Methods[i].Complexity)
			if i < end-1 {
				rest -= l.spread[i].low
				if l.own(s, i, known) < l.spread[i].high {
					return false
				}
			}
		}
		if complexity > stated.Complexity && stated.Complexity > 0 {
			return false
		}
		// Global code can follow the last method, so its gap is only an upper bound.
		last := &l.spread[end-1]
		gaps += last.high
		*last = bounds{0, l.own(s, end-1, known)}
		l.hides[end-1].low = 0
		lasts = append(lasts, last)
		sums = append(sums, sum{append(unknown, last), rest})
		next = end
	}
	before := int64(len(s.Statements)) // statements above the first method
	if len(s.Methods) > 0 {
		before = int64(l.first[0])
	}
	outside := int64(len(s.Statements)) + known.hidden - inClasses // statements in no class
	sums = append(sums, sum{lasts, gaps - (outside - before)})
	all := make([]*bounds, len(l.hides))
	for i := range all {
		all[i] = &l.hides[i]
	}
	sums = append(sums, sum{all, known.hidden})
	if !l.applyExtents(s) {
		return false
	}
	for _, load := range known.loads {
		var entered []*bounds
		for i, yes := range load.entered {
			if yes {
				entered = append(entered, all[i])
			}
		}
		sums = append(sums, sum{entered, load.hidden})
	}
	for {
		if !narrow(sums) {
			return false
		}
		again := false
		for i := range l.hides { // at least one line each
			if l.spread[i].high == 0 && l.hides[i].low == 0 {
				l.hides[i].low, again = 1, true
			}
			if l.hides[i].high == 0 && l.spread[i].low == 0 {
				l.spread[i].low, again = 1, true
			}
			if l.hides[i].low > l.hides[i].high || l.spread[i].low > l.spread[i].high {
				return false
			}
		}
		if !again {
			return true
		}
	}
}

// applyExtents settles what a second report tells. It returns false if that
// contradicts what is known.
func (l *layout) applyExtents(s *Source) bool {
	for i, m := range s.Methods {
		if m.Extent == nil {
			continue
		}
		end, _ := slices.BinarySearchFunc(s.Statements, m.Extent.Last+1, func(line Line, n int32) int { return int(line.Number - n) })
		own := max(int64(end-l.first[i]), 0)
		hides := int64(0)
		if m.Extent.OnStart {
			hides = 1
		}
		if own < l.spread[i].low || own > l.spread[i].high || hides < l.hides[i].low || hides > l.hides[i].high {
			return false
		}
		l.spread[i], l.hides[i] = bounds{own, own}, bounds{hides, hides}
	}
	return true
}

// own is the most listed statements that method i can have.
func (l *layout) own(s *Source, i int, known evidence) int64 {
	gap := s.Statements[l.first[i] : l.first[i]+int(l.spread[i].high)]
	if i >= len(known.ends) {
		return int64(len(gap))
	}
	n, _ := slices.BinarySearchFunc(gap, known.ends[i], func(line Line, end int32) int { return int(line.Number - end) })
	return int64(n)
}

const maxClasses = 8

// classOrders gives the orders in which the listed classes can stand in the
// file. A report lists classes first and then traits, each in source order, and
// does not say where the traits begin. Beyond maxClasses only the listed order
// is tried.
func classOrders(classes []Class) [][]int {
	n := len(classes)
	listed := make([]int, n)
	for i := range listed {
		listed[i] = i
	}
	orders := [][]int{listed}
	if n < 2 || n > maxClasses {
		return orders
	}
	var interleave func(done, a, b []int)
	interleave = func(done, a, b []int) {
		if len(a) == 0 || len(b) == 0 {
			order := slices.Concat(done, a, b)
			if !slices.ContainsFunc(orders, func(o []int) bool { return slices.Equal(o, order) }) {
				orders = append(orders, order)
			}
			return
		}
		interleave(append(slices.Clone(done), a[0]), a[1:], b)
		interleave(append(slices.Clone(done), b[0]), a, b[1:])
	}
	for traits := 1; traits < n; traits++ {
		interleave(nil, listed[:traits], listed[traits:])
	}
	return orders
}

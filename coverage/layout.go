package coverage

import "slices"

// layout is one way in which the statements can belong to the methods.
type layout struct {
	class  []int    // for each method, the index of its class
	first  []int    // for each method, the index of its first statement
	hides  []bounds // for each method, 1 if its start line is a hidden statement
	spread []bounds // for each method, how many listed statements it has
	open   bool     // some spread is not settled
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

// possibleLayouts tries the orders in which classes and traits can stand in the
// file, the listed order first, and keeps those that fit all that is stated.
func possibleLayouts(s *Source, known evidence) (fit []layout) {
	var methods int64
	for _, c := range s.Classes {
		if c.Metrics.Methods.Total > int64(len(s.Methods)) {
			return nil // so that no sum of them can be too large for an int64
		}
		methods += c.Metrics.Methods.Total
	}
	if methods != int64(len(s.Methods)) {
		return nil
	}
	for _, order := range s.classOrders() {
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
		end, _ := slices.BinarySearchFunc(s.Statements, m.Extent.Last+1, func(line Line, n int32) int {
			return int(line.Number - n)
		})
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
	n, _ := slices.BinarySearchFunc(gap, known.ends[i], func(line Line, end int32) int {
		return int(line.Number - end)
	})
	return int64(n)
}

// Limits on what is tried: eight classes have 247 orders, each as large as the
// methods of the file are many.
const (
	maxClasses = 8
	maxMethods = 2000
)

// manyOrders tells whether there are too many orders of its classes to try all.
func (s *Source) manyOrders() bool {
	return len(s.Classes) > maxClasses || len(s.Classes) > 1 && len(s.Methods) > maxMethods
}

// classOrders gives the orders in which the listed classes can stand in the
// file. A report lists classes first and then traits, each in source order, and
// does not say where the traits begin. Where that gives too many, only the
// listed order is tried.
func (s *Source) classOrders() [][]int {
	n := len(s.Classes)
	listed := make([]int, n)
	for i := range listed {
		listed[i] = i
	}
	orders := [][]int{listed}
	if n < 2 || s.manyOrders() {
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

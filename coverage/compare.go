package coverage

import (
	"cmp"
	"slices"
)

// compareSources is a total order, so that which of two reports is kept does
// not depend on which came first: more covered first, then more statements,
// then whatever differs.
func compareSources(a, b *Source) int {
	if order := compareMetrics(a.Metrics, b.Metrics); order != 0 {
		return order // as almost always, and the rest is long
	}
	return cmp.Or(
		slices.CompareFunc(a.Statements, b.Statements, func(x, y Line) int {
			return cmp.Or(cmp.Compare(x.Number, y.Number), cmp.Compare(x.Hits, y.Hits))
		}),
		slices.CompareFunc(a.Methods, b.Methods, func(x, y Method) int {
			return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Hits, y.Hits),
				compareHeads(x, y), compareExtents(x.Extent, y.Extent))
		}),
		slices.CompareFunc(a.Classes, b.Classes, func(x, y Class) int {
			return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Namespace, y.Namespace),
				compareMetrics(x.Metrics, y.Metrics))
		}),
	)
}

func compareMetrics(x, y Metrics) int {
	return cmp.Or(
		compareCounts(x.Statements, y.Statements),
		compareCounts(x.Methods, y.Methods),
		compareCounts(x.Branches, y.Branches),
		cmp.Compare(x.LOC, y.LOC), cmp.Compare(x.NCLOC, y.NCLOC),
		cmp.Compare(x.Classes, y.Classes), cmp.Compare(x.Complexity, y.Complexity),
	)
}

func compareCounts(x, y Count) int {
	return cmp.Or(cmp.Compare(x.Covered, y.Covered), cmp.Compare(x.Total, y.Total), compareFlags(x.Known, y.Known))
}

// compareHeads compares what is written at the start of two methods.
func compareHeads(x, y Method) int {
	return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Complexity, y.Complexity),
		cmp.Compare(x.Visibility, y.Visibility))
}

// compareExtents puts a method of which nothing is told last, so that a report
// with a second one beside it is kept before the same report without.
func compareExtents(x, y *Extent) int {
	if x == nil || y == nil {
		return compareFlags(x != nil, y != nil)
	}
	return cmp.Or(cmp.Compare(x.Last, y.Last), compareFlags(x.OnStart, y.OnStart))
}

func compareFlags(x, y bool) int {
	switch {
	case x == y:
		return 0
	case y:
		return -1
	}
	return 1
}

// compareLoads is a total order, so that equal partials are written alike.
func compareLoads(a, b load) int {
	return cmp.Or(cmp.Compare(a.hidden, b.hidden), slices.CompareFunc(a.entered, b.entered, compareFlags))
}

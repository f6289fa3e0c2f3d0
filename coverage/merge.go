package coverage

import (
	"cmp"
	"errors"
	"slices"
)

// ErrNoLines is returned by [Merge] for a report whose format has no lines, so
// that shards of it cannot be united.
var ErrNoLines = errors.New("the report has no lines as php-code-coverage lists them, " +
	"and totals of shards cannot be added up")

// Merged is the union of several shard reports.
type Merged struct {
	Rows     []Row // by path; every row has its Source
	Findings []Finding
}

// Finding names something about one file that a reader of its numbers should
// know.
type Finding struct{ Path, Reason string }

// Merge unites the reports of shards of one test suite, so that the result
// equals the report of one process that ran the whole suite.
//
// It follows the loaded-shards rule: a file's executable lines are those of
// the shards that loaded it, which shows in at least one hit; reports that only
// list the file count dead code as executable and are left out. If no shard
// loaded it, the report with the fewest statements counts. Hits are summed.
// The order of the reports does not matter.
//
// Files that shards cannot decide have Exact false and a [Finding]. Branch
// counts of united files are unknown, since their totals depend on which
// shards loaded the file.
func Merge(reports ...Rows) (*Merged, error) {
	p := NewPartial()
	for _, rows := range reports {
		if err := p.Add(rows); err != nil {
			return nil, err
		}
	}
	return p.Merged(), nil
}

// union is one file as the reports read so far have it.
type union struct {
	seen   int      // number of the last report that listed it, from 1
	size   [2]int64 // lines of code with and without comments, as some report states
	other  bool     // another report states another size
	listed *Source  // the smallest report of a process that did not load it
	best   *Source  // of the processes that loaded it, the one with the most covered; nil if none has
	lines  *Source  // union over those processes; nil if there are not two
	loads  []load   // of those that hide a statement, without repetitions
	shards int      // that loaded it
	ends   []int32  // from methodEnds, over those processes
	mixed  bool     // two processes that loaded it disagree about its lines

	branches bool // some process counted branches (path coverage)

	doubts []string // why reports say that their own numbers are not exact; sorted
}

// doubt keeps a finding of a report, which holds for all that it is part of.
func (u *union) doubt(finding string) {
	if at, found := slices.BinarySearch(u.doubts, finding); !found {
		u.doubts = slices.Insert(u.doubts, at, finding)
	}
}

// load is what one process that loaded the file tells about hidden lines.
type load struct {
	hidden  int64  // covered statements of that report that are hidden by a method's start
	entered []bool // for each method, whether it was run
}

// same tells whether two processes know the same.
func (l load) same(o load) bool { return l.hidden == o.hidden && slices.Equal(l.entered, o.entered) }

// sized notes the size of the file that a report states; 0 is none.
func (u *union) sized(size [2]int64) {
	switch {
	case size == [2]int64{}:
	case u.size == [2]int64{}:
		u.size = size
	default:
		u.other = u.other || u.size != size
	}
}

func (u *union) add(s *Source) {
	u.sized([2]int64{s.Metrics.LOC, s.Metrics.NCLOC})
	if !s.Loaded() {
		if u.best == nil && (u.listed == nil || compareSources(s, u.listed) < 0) {
			u.listed = s.Clone()
		}
		return
	}
	u.listed = nil
	if u.best == nil {
		u.best = s.Clone()
	} else {
		if u.lines == nil {
			u.lines = u.best.Clone()
		}
		u.unite(s)
		if compareSources(s, u.best) > 0 {
			u.best = s.Clone()
		}
	}
	u.ends = methodEnds(s, u.ends)
	u.branches = u.branches || s.Metrics.Branches.Total > 0
	u.shards++
	hidden := s.Metrics.Statements.Total - int64(len(s.Statements))
	if hidden == 0 && s.Metrics.Statements.Covered == s.coveredStatements() {
		return // nothing is hidden, so there is nothing to tell of it
	}
	if l := s.load(); !slices.ContainsFunc(u.loads, l.same) {
		u.loads = append(u.loads, l)
	}
}

// unite adds the hits of s line by line and notes where the two disagree.
func (u *union) unite(s *Source) {
	all := u.lines
	statements, same := uniteSorted(all.Statements, s.Statements,
		func(l Line) int32 { return l.Number },
		func(a, b Line) Line { a.Hits += b.Hits; return a })
	sameHeads := true
	methods, sameMethods := uniteSorted(all.Methods, s.Methods,
		func(m Method) int32 { return m.Line },
		func(a, b Method) Method {
			if order := compareHeads(a, b); order != 0 {
				sameHeads = false
				if order < 0 {
					a.Name, a.Visibility, a.Complexity = b.Name, b.Visibility, b.Complexity
				}
			}
			a.Hits += b.Hits
			return a
		})
	all.Statements, all.Methods = statements, methods
	u.mixed = u.mixed || !same || !sameMethods || !sameHeads ||
		all.Metrics.Statements.Total != s.Metrics.Statements.Total || !sameClasses(all.Classes, s.Classes)
}

// uniteSorted merges two slices that are sorted by key; same tells whether
// they had the same keys. It works in place when they had.
func uniteSorted[E any](a, b []E, key func(E) int32, join func(a, b E) E) (all []E, same bool) {
	if slices.EqualFunc(a, b, func(x, y E) bool { return key(x) == key(y) }) {
		for i := range a {
			a[i] = join(a[i], b[i])
		}
		return a, true
	}
	all = make([]E, 0, max(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		switch order := cmp.Compare(key(a[0]), key(b[0])); {
		case order < 0:
			all, a = append(all, a[0]), a[1:]
		case order > 0:
			all, b = append(all, b[0]), b[1:]
		default:
			all, a, b = append(all, join(a[0], b[0])), a[1:], b[1:]
		}
	}
	return append(append(all, a...), b...), false
}

func sameClasses(a, b []Class) bool {
	return slices.EqualFunc(a, b, func(x, y Class) bool {
		return x.Name == y.Name && x.Metrics.Statements.Total == y.Metrics.Statements.Total &&
			x.Metrics.Methods.Total == y.Metrics.Methods.Total
	})
}

// OtherCode is the name of the finding for a file of which two reports state
// another number of lines: they measured another version of it.
const OtherCode = "other_code"

// row gives the united row and why it may not be exact.
func (u *union) row(path string) (Row, []string) {
	reasons := slices.Clone(u.doubts)
	if u.other {
		reasons = append(reasons, OtherCode+": reports state another number of lines of code, "+
			"so they are of another commit")
	}
	switch {
	case u.best == nil:
		return sourceRow(path, u.listed, BasisFileMetrics, len(reasons) == 0), reasons
	case u.shards == 1:
		return sourceRow(path, u.best, BasisFileMetrics, len(reasons) == 0), reasons
	}
	reasons = append(reasons, u.settle()...)
	return sourceRow(path, u.lines, BasisMergedLines, len(reasons) == 0), reasons
}

// settle computes the metrics of the united lines.
func (u *union) settle() (reasons []string) {
	all := u.lines
	all.Classes, all.Metrics = slices.Clone(u.best.Classes), u.best.Metrics
	known := evidence{
		hidden: u.best.Metrics.Statements.Total - int64(len(u.best.Statements)),
		loads:  u.loads,
		ends:   u.ends,
	}
	if u.mixed {
		// Xdebug leaves out code that it takes for dead until it runs, and a function
		// that is declared under a condition is there only where it was declared. The
		// classes of the fullest report then tell how all of it is laid out.
		reasons = append(reasons, "mixed_line_sets: shards that loaded it disagree about its lines")
		if len(all.Methods) != len(u.best.Methods) {
			known.loads, known.ends = nil, nil
		}
		// What a process says that knows fewer methods is of other ones.
		known.loads = slices.DeleteFunc(slices.Clone(known.loads), func(l load) bool {
			return len(l.entered) != len(all.Methods)
		})
	}
	same := !u.mixed && sameCovered(all, u.best)
	if reason := solveHidden(all, u.best, known); reason != "" {
		reasons = append(reasons, reason)
	}
	if same {
		// Nothing was covered that the best shard alone did not cover, so its own totals are the totals.
		all.Classes, all.Metrics = u.best.Classes, u.best.Metrics
		reasons = nil
	}
	if u.branches {
		reasons = append(reasons, "path_coverage: covered branches of shards cannot be united, "+
			"and covered methods depend on them")
	}
	all.Metrics.Branches = Count{}
	return reasons
}

func sameCovered(a, b *Source) bool {
	return slices.EqualFunc(a.Statements, b.Statements, func(x, y Line) bool { return (x.Hits > 0) == (y.Hits > 0) }) &&
		slices.EqualFunc(a.Methods, b.Methods, func(x, y Method) bool { return (x.Hits > 0) == (y.Hits > 0) })
}

func sourceRow(path string, s *Source, basis Basis, exact bool) Row {
	s.Path = path
	row := Row{
		Path: path, Lines: s.Metrics.Statements, Methods: s.Metrics.Methods,
		Basis: basis, Exact: exact, Source: s,
	}
	if s.Metrics.Branches.Total > 0 {
		row.Branches = s.Metrics.Branches
	}
	return row
}

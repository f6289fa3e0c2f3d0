package coverage

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawStrangers makes up reports of one file that no single version of it can
// have: with lines, methods and classes left out, renamed or added, with totals
// of others, sizes, branches, extents and findings in some of them only.
func drawStrangers(t *rapid.T) (reports []Row) {
	file := drawFile(t)
	seldom := func(label string) bool { return rapid.IntRange(0, 5).Draw(t, label) == 0 }
	for range rapid.IntRange(2, 4).Draw(t, "reports") {
		s := file.report(drawTests(t, file))
		s.Methods = slices.DeleteFunc(s.Methods, func(Method) bool { return seldom("method left out") })
		s.Statements = slices.DeleteFunc(s.Statements, func(Line) bool { return seldom("statement left out") })
		s.Classes = slices.DeleteFunc(s.Classes, func(Class) bool { return seldom("class left out") })
		for i := range s.Methods {
			m := &s.Methods[i]
			if seldom("renamed") {
				m.Name, m.Visibility, m.Complexity = "other", "private", 2
			}
			if seldom("extent") {
				m.Extent = &Extent{OnStart: rapid.Bool().Draw(t, "on start")}
				m.Extent.Last = m.Line + rapid.Int32Range(0, 3).Draw(t, "last")
			}
		}
		if seldom("size") {
			s.Metrics.LOC, s.Metrics.NCLOC = int64(rapid.IntRange(0, 1).Draw(t, "loc")), 0
		}
		if seldom("branches") {
			s.Metrics.Branches = Of(int64(rapid.IntRange(0, 1).Draw(t, "branches")), 1)
		}
		if seldom("total") {
			s.Metrics.Statements.Total++
		}
		if seldom("no methods stated") {
			s.Metrics.Methods = Count{}
		}
		if seldom("namespace") && len(s.Classes) > 0 {
			s.Classes[0].Namespace = "Shop"
		}
		row := Row{Path: s.Path, Source: s, Exact: true}
		if seldom("finding") {
			row.Exact, row.Finding = false, rapid.SampledFrom([]string{"a: doubt", "b: doubt"}).Draw(t, "finding")
		}
		reports = append(reports, row)
	}
	return reports
}

// partialOf unites reports, which it copies.
func partialOf(t *rapid.T, reports ...Row) *Partial {
	p := NewPartial()
	for _, row := range reports {
		row.Source = row.Source.Clone()
		if err := p.Add(func(yield func(Row, error) bool) { yield(row, nil) }); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func TestWhateverTheReportsNeitherTheirOrderNorHowTheyAreGroupedMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reports := drawStrangers(t)
		merged := partialOf(t, reports...).Merged()
		counts := []Count{merged.Rows[0].Lines, merged.Rows[0].Methods}
		for _, class := range merged.Rows[0].Source.Classes {
			counts = append(counts, class.Metrics.Statements, class.Metrics.Methods)
		}
		for _, count := range counts {
			if err := count.Check(); err != nil {
				t.Fatal(err)
			}
		}
		want := all(merged)
		turned := rapid.Permutation(reports).Draw(t, "order")
		if got := all(partialOf(t, turned...).Merged()); got != want {
			t.Fatalf("in another order:\n%s\nas they came:\n%s", got, want)
		}
		cut := rapid.IntRange(1, len(turned)-1).Draw(t, "cut")
		left := copied(t, partialOf(t, turned[:cut]...))
		left.Unite(copied(t, partialOf(t, turned[cut:]...)))
		if got := all(left.Merged()); got != want {
			t.Fatalf("in two groups:\n%s\nas they came:\n%s", got, want)
		}
	})
}

func TestAReportThatStatesNoSizeIsOfNoOtherVersion(t *testing.T) {
	stated := &Source{Path: "a.php", Statements: []Line{{3, 1}},
		Metrics: Metrics{LOC: 10, Statements: Of(1, 1), Methods: Of(0, 0)}}
	silent := stated.Clone()
	silent.Metrics.LOC = 0
	for _, reports := range [][]Rows{{rowsOf(stated), rowsOf(silent)}, {rowsOf(silent), rowsOf(stated)}} {
		merged, err := Merge(reports...)
		if err != nil || !merged.Rows[0].Exact {
			t.Errorf("got %+v, %v", merged, err)
		}
	}
}

func TestShardsThatNameAMethodOtherwiseDisagree(t *testing.T) {
	report := func(name string) Rows {
		methods := []Method{{Line: 2, Name: name, Hits: 1}}
		return rowsOf(&Source{Path: "a.php", Methods: methods, Statements: []Line{{3, 1}},
			Metrics: Metrics{Statements: Of(1, 1), Methods: Of(1, 1)}})
	}
	merged, err := Merge(report("total"), report("sum"))
	if err != nil || merged.Rows[0].Exact {
		t.Errorf("got %+v, %v", merged, err)
	}
}

func TestClassesWithMoreMethodsThanAnIntegerHoldsAreUnreconciled(t *testing.T) {
	s := &Source{Path: "a.php", Methods: []Method{{Line: 2, Hits: 1}}, Statements: []Line{{3, 1}},
		Metrics: Metrics{Statements: Of(1, 1), Methods: Of(1, 1)}}
	for _, methods := range []int64{1, 1 << 62, 1 << 62, 1 << 62, 1 << 62} { // which is 1, for an int64
		s.Classes = append(s.Classes, Class{Metrics: Metrics{Methods: Of(0, methods)}})
	}
	if _, reason := Recount(s); reason == "" {
		t.Error("nothing was said of it")
	}
}

func TestAPartialFileWithImpossibleNumbersIsRefused(t *testing.T) {
	source := func() *Source {
		methods := []Method{{Line: 2, Hits: 1}, {Line: 4}}
		return &Source{Path: "a.php", Methods: methods, Statements: []Line{{3, 1}, {5, 0}},
			Metrics: Metrics{Statements: Of(1, 2), Methods: Of(1, 2)}}
	}
	for name, change := range map[string]func(*union){
		"":                       func(*union) {},
		"statements in disorder": func(u *union) { u.best.Statements[1].Number = 3 },
		"methods in disorder":    func(u *union) { u.best.Methods[1].Line = 2 },
		"more covered":           func(u *union) { u.best.Metrics.Statements = Of(3, 2) },
		"negative hits":          func(u *union) { u.best.Statements[0].Hits = -1 },
	} {
		p := NewPartial()
		if err := p.Add(rowsOf(source())); err != nil {
			t.Fatal(err)
		}
		change(p.files["a.php"])
		var file bytes.Buffer
		if err := p.encode(&file); err != nil {
			t.Fatal(err)
		}
		if err := NewPartial().decode(&file); (err == nil) != (name == "") {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

func TestAFileOfCountlessMethodsIsNotTriedInEveryOrder(t *testing.T) {
	report := func(methods int) *Source {
		s := &Source{Path: "a.php", Metrics: Metrics{Statements: Of(0, int64(methods)), Methods: Of(0, int64(methods))}}
		for i := range methods {
			s.Methods = append(s.Methods, Method{Line: int32(2*i + 1)})
			s.Statements = append(s.Statements, Line{Number: int32(2*i + 2)})
		}
		for range maxClasses {
			n := int64(methods / maxClasses)
			s.Classes = append(s.Classes, Class{Metrics: Metrics{Statements: Of(0, n), Methods: Of(0, n)}})
		}
		return s
	}
	if _, reason := Recount(report(maxMethods)); reason != "" {
		t.Errorf("of %d methods: %s", maxMethods, reason)
	}
	_, reason := Recount(report(maxMethods + maxClasses))
	if !strings.HasPrefix(reason, "ambiguous_classes: too many") {
		t.Errorf("of %d methods: %q", maxMethods+maxClasses, reason)
	}
}

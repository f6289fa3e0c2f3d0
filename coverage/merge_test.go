package coverage

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// phpFile is a made-up PHP file of which everything is known: which lines can
// run, which method they belong to, and which tests run them. Reports of it are
// drawn up as php-code-coverage does, so what Merge finds can be compared with
// the truth.
type phpFile struct {
	classes []phpClass // in source order
	outside []int32    // lines of functions and of global code
}

type phpClass struct {
	trait   bool
	methods []phpMethod
}

type phpMethod struct {
	start int32
	lines []int32 // that can run; the first is start if the body begins there
}

func drawFile(t *rapid.T) phpFile {
	var file phpFile
	line := int32(1)
	global := func(label string) {
		for range rapid.IntRange(0, 2).Draw(t, label) {
			line++
			file.outside = append(file.outside, line)
		}
	}
	global("before")
	for range rapid.IntRange(0, 3).Draw(t, "classes") {
		class := phpClass{trait: rapid.Bool().Draw(t, "trait")}
		for range rapid.IntRange(0, 4).Draw(t, "methods") {
			line++
			method := phpMethod{start: line}
			if rapid.Bool().Draw(t, "oneLine") {
				method.lines = append(method.lines, line)
			}
			for range rapid.IntRange(0, 3).Draw(t, "lines") {
				line++
				method.lines = append(method.lines, line)
			}
			if len(method.lines) > 0 {
				class.methods = append(class.methods, method)
			}
		}
		file.classes = append(file.classes, class)
		global("after")
	}
	return file
}

// drawTests makes up the tests of one shard: for each test the lines it ran. A
// test that enters a method runs its first line.
func drawTests(t *rapid.T, file phpFile) (tests []map[int32]bool) {
	for range rapid.IntRange(0, 3).Draw(t, "tests") {
		ran := map[int32]bool{}
		for _, line := range file.outside {
			ran[line] = rapid.Bool().Draw(t, "ran")
		}
		for _, class := range file.classes {
			for _, method := range class.methods {
				if rapid.Bool().Draw(t, "entered") {
					for i, line := range method.lines {
						ran[line] = i == 0 || rapid.Bool().Draw(t, "ran")
					}
				}
			}
		}
		tests = append(tests, ran)
	}
	return tests
}

// report draws up what php-code-coverage says of the file after these tests.
func (f phpFile) report(tests []map[int32]bool) *Source {
	hits := func(line int32) (n int64) {
		for _, ran := range tests {
			if ran[line] {
				n++
			}
		}
		return n
	}
	tally := func(lines []int32) Count {
		c := Of(0, int64(len(lines)))
		for _, line := range lines {
			if hits(line) > 0 {
				c.Covered++
			}
		}
		return c
	}
	s := &Source{Path: "src/File.php"}
	s.Metrics = Metrics{LOC: 100, NCLOC: 90, Statements: tally(f.outside), Methods: Of(0, 0)}
	visible := slices.Clone(f.outside)
	var traits []Class
	for i, class := range f.classes {
		c := Class{Name: fmt.Sprintf("C%d", i), Namespace: "global",
			Metrics: Metrics{Statements: Of(0, 0), Methods: Of(0, 0)}}
		for _, method := range class.methods {
			m := Method{Line: method.start, Complexity: 1, Name: fmt.Sprintf("m%d", method.start), Visibility: "public"}
			for _, line := range method.lines {
				m.Hits = max(m.Hits, hits(line))
				if line != method.start {
					visible = append(visible, line)
				}
			}
			s.Methods = append(s.Methods, m)
			count := tally(method.lines)
			covered := int64(0)
			if count.Covered == count.Total {
				covered = 1
			}
			c.Metrics.Complexity++
			c.Metrics.Statements = c.Metrics.Statements.Add(count)
			c.Metrics.Methods = c.Metrics.Methods.Add(Of(covered, 1))
		}
		s.Metrics.Statements = s.Metrics.Statements.Add(c.Metrics.Statements)
		s.Metrics.Methods = s.Metrics.Methods.Add(c.Metrics.Methods)
		if class.trait {
			traits = append(traits, c)
		} else {
			s.Classes = append(s.Classes, c)
		}
	}
	s.Classes = append(s.Classes, traits...)
	slices.Sort(visible)
	for _, line := range visible {
		s.Statements = append(s.Statements, Line{Number: line, Hits: hits(line)})
	}
	return s
}

func rowsOf(sources ...*Source) Rows {
	return func(yield func(Row, error) bool) {
		for _, s := range sources {
			row := Row{Path: s.Path, Lines: s.Metrics.Statements, Methods: s.Metrics.Methods, Source: s.Clone()}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// summary is what must be equal: the numbers of the row and the lines.
func summary(r Row) string {
	return fmt.Sprintf("lines %v methods %v statements %v", r.Lines, r.Methods, r.Source.Statements)
}

func TestMergedShardsEqualTheWholeRunWhereverTheySayExact(t *testing.T) {
	files, exact := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		file := drawFile(t)
		var all []map[int32]bool
		var shards []Rows
		for range rapid.IntRange(2, 4).Draw(t, "shards") {
			tests := drawTests(t, file)
			all = append(all, tests...)
			shards = append(shards, rowsOf(file.report(tests)))
		}
		merged, err := Merge(shards...)
		if err != nil {
			t.Fatal(err)
		}
		row := merged.Rows[0]
		truth := file.report(all)
		if row.Lines.Total != truth.Metrics.Statements.Total {
			t.Fatalf("total: got %v, want %v", row.Lines, truth.Metrics.Statements)
		}
		if !slices.Equal(row.Source.Statements, truth.Statements) {
			t.Fatalf("statements: got %v, want %v", row.Source.Statements, truth.Statements)
		}
		if row.Exact && (row.Lines != truth.Metrics.Statements || row.Methods != truth.Metrics.Methods) {
			t.Fatalf("said to be exact: got lines %v methods %v, want %v and %v",
				row.Lines, row.Methods, truth.Metrics.Statements, truth.Metrics.Methods)
		}
		if row.Exact == (len(merged.Findings) > 0) {
			t.Fatalf("exact %v with findings %v", row.Exact, merged.Findings)
		}
		files++
		if row.Exact {
			exact++
		}
	})
	t.Logf("%d of %d files proved exact", exact, files)
	if exact*10 < files*8 {
		t.Errorf("only %d of %d files were proved exact", exact, files)
	}
}

func TestWithASecondReportOfTheMethodsEveryMergeIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file := drawFile(t)
		extents := map[int32]*Extent{}
		for _, class := range file.classes {
			for _, method := range class.methods {
				extents[method.start] = &Extent{
					Last: method.lines[len(method.lines)-1], OnStart: method.lines[0] == method.start,
				}
			}
		}
		var all []map[int32]bool
		var shards []Rows
		for range rapid.IntRange(2, 4).Draw(t, "shards") {
			tests := drawTests(t, file)
			all = append(all, tests...)
			report := file.report(tests)
			for i, m := range report.Methods {
				report.Methods[i].Extent = extents[m.Line]
			}
			shards = append(shards, rowsOf(report))
		}
		merged, err := Merge(shards...)
		if err != nil {
			t.Fatal(err)
		}
		row, truth := merged.Rows[0], file.report(all)
		if !row.Exact || row.Lines != truth.Metrics.Statements || row.Methods != truth.Metrics.Methods {
			t.Fatalf("got lines %v methods %v exact %v (%s), want %v and %v",
				row.Lines, row.Methods, row.Exact, row.Finding, truth.Metrics.Statements, truth.Metrics.Methods)
		}
	})
}

func drawReports(t *rapid.T) []*Source {
	file := drawFile(t)
	var reports []*Source
	for range 3 {
		reports = append(reports, file.report(drawTests(t, file)))
	}
	return reports
}

func mustMerge(t *rapid.T, sources ...*Source) Row {
	var reports []Rows
	for _, s := range sources {
		reports = append(reports, rowsOf(s))
	}
	merged, err := Merge(reports...)
	if err != nil {
		t.Fatal(err)
	}
	return merged.Rows[0]
}

func TestMergeIsCommutative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReports(t)
		want := summary(mustMerge(t, r[0], r[1], r[2]))
		for _, order := range [][3]int{{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			if got := summary(mustMerge(t, r[order[0]], r[order[1]], r[order[2]])); got != want {
				t.Fatalf("order %v: got %s, want %s", order, got, want)
			}
		}
	})
}

func TestMergeOfExactMergesIsAssociative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReports(t)
		first, last := mustMerge(t, r[0], r[1]), mustMerge(t, r[1], r[2])
		if !first.Exact || !last.Exact {
			return // a bound can be narrower when all shards are seen at once
		}
		left, right := mustMerge(t, first.Source, r[2]), mustMerge(t, r[0], last.Source)
		if left.Exact && right.Exact && summary(left) != summary(right) {
			t.Fatalf("left %s, right %s", summary(left), summary(right))
		}
	})
}

func TestMergingAReportWithItselfOrWithNothingKeepsItsCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReports(t)[0]
		for _, row := range []Row{mustMerge(t, r), mustMerge(t, r, r)} {
			if row.Lines != r.Metrics.Statements || row.Methods != r.Metrics.Methods || !row.Exact {
				t.Fatalf("got lines %v methods %v exact %v, want %v and %v",
					row.Lines, row.Methods, row.Exact, r.Metrics.Statements, r.Metrics.Methods)
			}
		}
	})
}

func TestAShardThatOnlyListsAFileDoesNotAddItsDeadCode(t *testing.T) {
	listed := &Source{Path: "a.php", Statements: []Line{{3, 0}, {4, 0}, {9, 0}},
		Metrics: Metrics{Statements: Of(0, 3), Methods: Of(0, 0)}}
	loaded := &Source{Path: "a.php", Statements: []Line{{3, 1}, {4, 0}},
		Metrics: Metrics{Statements: Of(1, 2), Methods: Of(0, 0)}}
	merged, err := Merge(rowsOf(listed), rowsOf(loaded), rowsOf(listed))
	if err != nil {
		t.Fatal(err)
	}
	if got := merged.Rows[0].Lines; got != Of(1, 2) {
		t.Errorf("got %v, want 1 of 2", got)
	}
}

func TestAFileThatNoShardLoadedTakesTheSmallestReport(t *testing.T) {
	large := &Source{Path: "a.php", Statements: []Line{{3, 0}, {4, 0}}, Metrics: Metrics{Statements: Of(0, 2)}}
	small := &Source{Path: "a.php", Statements: []Line{{3, 0}}, Metrics: Metrics{Statements: Of(0, 1)}}
	merged, err := Merge(rowsOf(large), rowsOf(small))
	if err != nil {
		t.Fatal(err)
	}
	if got := merged.Rows[0].Lines; got != Of(0, 1) {
		t.Errorf("got %v, want 0 of 1", got)
	}
}

func TestShardsThatDisagreeAboutLinesAreNamed(t *testing.T) {
	a := &Source{Path: "a.php", Statements: []Line{{3, 1}, {4, 0}}, Metrics: Metrics{Statements: Of(1, 2)}}
	b := &Source{Path: "a.php", Statements: []Line{{3, 1}, {5, 1}}, Metrics: Metrics{Statements: Of(2, 2)}}
	merged, err := Merge(rowsOf(a), rowsOf(b))
	if err != nil {
		t.Fatal(err)
	}
	if row := merged.Rows[0]; row.Exact || row.Lines != Of(2, 3) || len(merged.Findings) == 0 {
		t.Errorf("got %v exact %v findings %v", row.Lines, row.Exact, merged.Findings)
	}
}

func TestMergeRefusesAReportWithoutLinesAndAPathListedTwice(t *testing.T) {
	totals := func(yield func(Row, error) bool) { yield(Row{Path: "a.swift"}, nil) }
	if _, err := Merge(totals); err == nil {
		t.Error("a report without lines was merged")
	}
	s := &Source{Path: "a.php"}
	if _, err := Merge(rowsOf(s, s)); err == nil {
		t.Error("a path listed twice was merged")
	}
}

func TestARecountOfOneReportGivesWhatItStatesWhereItIsProved(t *testing.T) {
	files, proved := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		file := drawFile(t)
		s := file.report(drawTests(t, file))
		got, reason := Recount(s)
		files++
		if reason != "" {
			return
		}
		proved++
		if got.Statements != s.Metrics.Statements || got.Methods != s.Metrics.Methods {
			t.Fatalf("got %v and %v, stated %v and %v",
				got.Statements, got.Methods, s.Metrics.Statements, s.Metrics.Methods)
		}
		hide, unsure := HiddenMethods(s)
		truth := map[int32]bool{}
		for _, class := range file.classes {
			for _, method := range class.methods {
				truth[method.start] = method.lines[0] == method.start
			}
		}
		for _, m := range hide {
			if len(s.Classes) < 2 && !truth[m.Line] {
				t.Fatalf("line %d is said to hide a statement", m.Line)
			}
		}
		if len(s.Classes) < 2 && len(unsure) == 0 &&
			int64(len(hide)) != s.Metrics.Statements.Total-int64(len(s.Statements)) {
			t.Fatalf("%d methods hide a statement, and %d are hidden",
				len(hide), s.Metrics.Statements.Total-int64(len(s.Statements)))
		}
	})
	if proved*10 < files*6 {
		t.Errorf("only %d of %d files were proved", proved, files)
	}
}

func TestReportsOfOtherVersionsOfAFileAreNamed(t *testing.T) {
	a := &Source{Path: "a.php", Statements: []Line{{3, 1}}, Metrics: Metrics{LOC: 10, Statements: Of(1, 1)}}
	b := &Source{Path: "a.php", Statements: []Line{{3, 0}}, Metrics: Metrics{LOC: 11, Statements: Of(0, 1)}}
	for _, reports := range [][]Rows{
		{rowsOf(a), rowsOf(b)}, {rowsOf(b), rowsOf(a)}, {rowsOf(b), rowsOf(b), rowsOf(a)},
	} {
		merged, err := Merge(reports...)
		if err != nil {
			t.Fatal(err)
		}
		if len(merged.Findings) != 1 || !strings.HasPrefix(merged.Findings[0].Reason, OtherCode) ||
			merged.Rows[0].Exact {
			t.Errorf("got %+v", merged.Findings)
		}
	}
}

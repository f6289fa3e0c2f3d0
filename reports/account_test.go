package reports

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func standing(path string, covered, total int64) Standing {
	return Standing{Path: path, Lines: &Count{covered, total}, In: true}
}

func outside(s Standing) Standing { s.In = false; return s }

func TestEachChangeHasItsCause(t *testing.T) {
	stays := standing("src/Stays.php", 5, 10)
	other := standing("A.php", 1, 10)
	other.How.Basis = "lines"
	unknown := Standing{Path: "A.php", In: true}
	git := func(s Standing, was string) Standing { s.Was, s.Known = was, true; return s }
	by := func(s Standing, h How) Standing { s.How = h; return s }
	of := func(s Standing, platform string) Standing { s.Platform = platform; return s }
	in := func(module string, s Standing) Standing { s.Module = module; return s }
	exact := How{Exact: true}
	type files = []Standing
	for name, c := range map[string]struct {
		before, after []Standing
		cause         Cause
		was           string
	}{
		"renamed, says git": {files{standing("a/A.php", 2, 10)}, files{git(standing("b/B.php", 2, 12), "a/A.php")},
			CodeResized, "a/A.php"},
		"other driver": {files{by(standing("A.php", 2, 10), How{Driver: "xdebug 3.2.0"})},
			files{by(standing("A.php", 3, 11), How{Driver: "pcov 1.0.11"})}, OtherDriver, ""},
		"last number of a version": {files{by(standing("A.php", 2, 10), How{Runtime: "PHP 8.2.35"})},
			files{by(standing("A.php", 1, 10), How{Runtime: "PHP 8.2.36"})}, TestsLost, ""},
		"other PHP": {files{by(standing("A.php", 2, 10), How{Runtime: "PHP 8.2.36"})},
			files{by(standing("A.php", 1, 10), How{Runtime: "PHP 8.3.0"})}, OtherRuntime, ""},
		"other PHPUnit": {files{by(standing("A.php", 2, 10), How{Runner: "PHPUnit 9.6.7"})},
			files{by(standing("A.php", 1, 10), How{Runner: "PHPUnit 10.0.1"})}, OtherRunner, ""},
		"driver not known before": {files{standing("A.php", 2, 10)},
			files{by(standing("A.php", 1, 10), How{Driver: "pcov 1.0.11"})}, TestsLost, ""},
		"other format": {files{by(standing("A.php", 2, 10), How{Format: "clover"})},
			files{by(standing("A.php", 1, 10), How{Format: "lcov"})}, OtherFormat, ""},
		"a shard is missing": {files{by(standing("A.php", 2, 10), exact)},
			files{by(standing("A.php", 1, 10), How{Parts: []string{"Cart"}})}, OtherParts, ""},
		"a shard is missing, and could not have covered more": {files{by(standing("A.php", 2, 10), exact)},
			files{by(standing("A.php", 10, 10), How{Exact: true, Parts: []string{"Cart"}})}, TestsGained, ""},
		"loaded by one shard now, by several before": {
			files{by(standing("A.php", 5, 10), How{Basis: "merged_lines", Exact: true})},
			files{by(standing("A.php", 3, 10), How{Basis: "file_metrics", Exact: true})}, TestsLost, ""},
		"the same, but a bound": {files{by(standing("A.php", 5, 10), How{Basis: "merged_lines"})},
			files{by(standing("A.php", 3, 10), How{Basis: "file_metrics"})}, OtherBasis, ""},
		"not exact now": {files{by(standing("A.php", 2, 10), exact)}, files{standing("A.php", 1, 10)}, OtherBasis, ""},
		"platform came": {nil, files{of(standing("A.swift", 1, 10), "ios")}, SourceCame, ""},
		"platform gone": {files{of(standing("A.swift", 1, 10), "ios")}, nil, SourceGone, ""},
		"gained":        {files{standing("A.php", 1, 10)}, files{standing("A.php", 2, 10)}, TestsGained, ""},
		"lost":          {files{standing("A.php", 2, 10)}, files{standing("A.php", 1, 10)}, TestsLost, ""},
		"resized":       {files{standing("A.php", 2, 10)}, files{standing("A.php", 2, 11)}, CodeResized, ""},
		"added":         {nil, files{standing("A.php", 2, 10)}, CodeAdded, ""},
		"deleted":       {files{standing("A.php", 2, 10)}, nil, CodeDeleted, ""},
		"moved in":      {files{outside(standing("A.php", 2, 10))}, files{standing("A.php", 2, 10)}, MovedIn, ""},
		"moved out":     {files{standing("A.php", 2, 10)}, files{outside(standing("A.php", 2, 10))}, MovedOut, ""},
		"renamed away": {files{standing("a/A.php", 2, 10)}, files{outside(standing("b/A.php", 2, 10))}, MovedOut,
			"a/A.php"},
		"renamed here": {files{standing("a/A.php", 2, 10)}, files{standing("b/A.php", 3, 10)}, TestsGained, "a/A.php"},
		"remeasured":   {files{standing("A.php", 2, 10)}, files{other}, OtherBasis, ""},
		"total of a build": {files{of(standing("", 2, 10), "android")}, files{of(standing("", 3, 11), "android")},
			BuildTotal, ""},
		"total of a build, in another format": {files{of(by(standing("", 2, 10), How{Format: "a"}), "android")},
			files{of(by(standing("", 3, 11), How{Format: "b"}), "android")}, OtherFormat, ""},
		"only a total, of a platform that came": {nil, files{of(standing("", 3, 11), "android")}, SourceCame, ""},
		"other module": {files{in("app", standing("A.kt", 2, 10))}, files{in("shop", git(standing("A.kt", 3, 10), ""))},
			TestsGained, ""},
		"other module, renamed, says git": {files{in("app", standing("a/A.kt", 2, 10))},
			files{in("shop", git(standing("b/B.kt", 2, 12), "a/A.kt"))}, CodeResized, "a/A.kt"},
		"other format, with modules": {files{standing("A.kt", 2, 10)},
			files{in("app", by(standing("A.kt", 3, 12), How{Format: "jacoco"}))}, OtherFormat, ""},
		"now unknown": {files{standing("A.php", 2, 10)}, files{unknown}, OtherBasis, ""},
	} {
		a, err := Explain(append(c.before, stays), append(c.after, stays))
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Parts) != 1 || a.Parts[0].Cause != c.cause || a.Parts[0].Was != c.was ||
			a.Parts[0].Share.Cmp(a.Change) != 0 {
			t.Errorf("%s: got %+v of %v", name, a.Parts, a.Change)
		}
	}
}

func TestWhatDidNotChangeHasNoPart(t *testing.T) {
	rate := Standing{Path: "R.swift", In: true}
	before := []Standing{standing("a/A.php", 1, 3), standing("B.php", 0, 0), rate, outside(standing("C.php", 1, 1))}
	after := []Standing{standing("b/A.php", 1, 3), standing("B.php", 0, 0), rate, outside(standing("C.php", 0, 9))}
	a, err := Explain(before, after)
	if err != nil || len(a.Parts) != 0 || a.Change.Sign() != 0 {
		t.Errorf("got %+v, %v", a, err)
	}
}

func TestTwoFilesThatLookAlikeAreNotTakenForRenamed(t *testing.T) {
	before := []Standing{standing("a/A.php", 1, 3), standing("b/A.php", 2, 3)}
	after := []Standing{standing("c/A.php", 1, 3)}
	a, err := Explain(before, after)
	if err != nil || len(a.Parts) != 3 {
		t.Fatalf("got %+v, %v", a, err)
	}
	for _, p := range a.Parts {
		if p.Was != "" {
			t.Errorf("got %+v", p)
		}
	}
}

// A build of which only the total is known now has not lost its files.
func TestFilesAreNotDeletedWhereOnlyTheTotalIsKnown(t *testing.T) {
	files, total := []Standing{standing("A.kt", 2, 10), standing("B.kt", 3, 5)}, []Standing{standing("", 9, 16)}
	for _, weeks := range [][2][]Standing{{files, total}, {total, files}} {
		a, err := Explain(weeks[0], weeks[1])
		if err != nil || len(a.Causes) != 1 || a.Causes[0].Cause != OtherBasis || len(a.Parts) != 3 {
			t.Fatalf("got %+v, %v", a, err)
		}
		sums(t, a)
	}
}

// A path that one module lost and two have now is another file: nobody knows which.
func TestAFileThatTwoModulesHaveNowIsNotTakenForTheOneThatWent(t *testing.T) {
	in := func(module string, lines int64) Standing {
		s := standing("A.kt", 1, lines)
		s.Module = module
		return s
	}
	a, err := Explain([]Standing{in("app", 3)}, []Standing{in("shop", 4), in("cart", 5)})
	if err != nil || len(a.Parts) != 3 {
		t.Errorf("got %+v, %v", a, err)
	}
}

func TestNoLinesHaveNoShare(t *testing.T) {
	some, none := []Standing{standing("A.php", 1, 2)}, []Standing{standing("A.php", 0, 0)}
	for _, c := range [][2][]Standing{{some, none}, {none, some}, {nil, nil}} {
		if _, err := Explain(c[0], c[1]); !errors.Is(err, ErrNoShare) {
			t.Errorf("got %v", err)
		}
	}
}

func TestWhereGitWasAskedNothingIsGuessed(t *testing.T) {
	come := standing("b/A.php", 1, 3)
	come.Known = true
	a, err := Explain([]Standing{standing("a/A.php", 1, 3)}, []Standing{come})
	if err != nil || len(a.Parts) != 2 || a.Parts[0].Was != "" || a.Parts[1].Was != "" {
		t.Errorf("got %+v, %v", a, err)
	}
}

// sums checks that an account's parts are its whole: by file, by cause, and as
// they are shown.
func sums(t interface{ Fatalf(string, ...any) }, a *Account) {
	want := new(big.Rat).Sub(big.NewRat(a.New.Covered, a.New.Total), big.NewRat(a.Old.Covered, a.Old.Total))
	files, causes := new(big.Rat), new(big.Rat)
	var shares []*big.Rat
	for _, p := range a.Parts {
		files.Add(files, p.Share)
	}
	for _, c := range a.Causes {
		causes.Add(causes, c.Share)
		shares = append(shares, c.Share)
	}
	if files.Cmp(want) != 0 || causes.Cmp(want) != 0 || a.Change.Cmp(want) != 0 {
		t.Fatalf("files sum to %v, causes to %v, the change is %v, and should be %v", files, causes, a.Change, want)
	}
	points, whole := Points(shares)
	var shown int64
	for i, p := range points {
		shown += p
		exact := new(big.Rat).Mul(shares[i], big.NewRat(10000, 1))
		if exact.Sub(exact, big.NewRat(p, 1)).Abs(exact).Cmp(big.NewRat(1, 1)) >= 0 {
			t.Fatalf("%v is shown as %d hundredths", shares[i], p)
		}
	}
	if shown != whole {
		t.Fatalf("shown parts sum to %d, the whole is %d", shown, whole)
	}
}

func TestPartsSumToTheWholeToTheLastDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		week := rapid.Custom(func(t *rapid.T) []Standing {
			var files []Standing
			for n := range rapid.IntRange(1, 30).Draw(t, "files") {
				total := rapid.Int64Range(0, 1<<40).Draw(t, "total")
				file := fmt.Sprintf("%d/F%d.php", rapid.IntRange(0, 2).Draw(t, "folder"), n)
				s := standing(file, rapid.Int64Range(0, total).Draw(t, "covered"), total)
				s.In = rapid.Bool().Draw(t, "in")
				s.How.Format = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "how")
				s.How.Parts = rapid.SliceOfN(rapid.SampledFrom([]string{"x", "y"}), 0, 2).Draw(t, "parts")
				s.Platform = rapid.SampledFrom([]string{"php", "ios"}).Draw(t, "platform")
				if rapid.IntRange(0, 5).Draw(t, "known") == 0 {
					s.Lines = nil
				}
				if rapid.Bool().Draw(t, "asked") { // of git, which may be wrong: two files that were one, or none
					s.Known = true
					s.Was = fmt.Sprintf("%d/F%d.php", rapid.IntRange(0, 2).Draw(t, "was in"),
						rapid.IntRange(0, 30).Draw(t, "was"))
				}
				files = append(files, s)
			}
			return files
		})
		before, after := week.Draw(t, "before"), week.Draw(t, "after")
		a, err := Explain(before, after)
		if linesOf(before) == 0 || linesOf(after) == 0 {
			if !errors.Is(err, ErrNoShare) {
				t.Fatalf("a week without lines has a share: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		sums(t, a)
	})
}

// Because names the greatest cause that goes the way of the change.
func TestWhatDidMostIsNamedFirst(t *testing.T) {
	a, err := Explain(
		[]Standing{standing("A.php", 5, 10), standing("B.php", 5, 10),
			standing("C.php", 5, 10), standing("D.php", 0, 2)},
		[]Standing{standing("A.php", 4, 10), standing("B.php", 2, 10), standing("C.php", 9, 10)})
	if err != nil {
		t.Fatal(err)
	}
	cause, part, is := a.Because()
	if !is || a.Change.Sign() <= 0 || cause.Cause != TestsGained || part.Path != "C.php" {
		t.Errorf("it rose by %v: got %+v, %+v", a.Change, cause, part)
	}
	same, err := Explain([]Standing{standing("A.php", 5, 10)}, []Standing{standing("A.php", 5, 10)})
	if _, _, is := same.Because(); err != nil || is {
		t.Errorf("nothing has changed: %v, %v", is, err)
	}
}

// linesOf are the lines of a week that its share is of.
func linesOf(week []Standing) (lines int64) {
	for _, file := range week {
		if file.In && file.Lines != nil {
			lines += file.Lines.Total
		}
	}
	return lines
}

// A history of 10,000 edits: files are written, grow, shrink, go, move to other
// folders and owners, and are tested more and less.
func TestAHistoryOfEditsAddsUpFromAnyWeekToAnyOther(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 2026))
	files := map[string]Standing{"0/Start.php": standing("0/Start.php", 1, 2)}
	weeks := [][]Standing{slices.Collect(maps.Values(files))}
	for edit := 1; edit <= 10000; edit++ {
		names := slices.Sorted(maps.Keys(files))
		f := files[names[random.IntN(len(names))]]
		c := *f.Lines
		switch random.IntN(6) {
		case 0, 1:
			f = standing(fmt.Sprintf("%d/F%d.php", random.IntN(4), edit), 0, 0)
			c = Count{Total: random.Int64N(300)}
			c.Covered = random.Int64N(c.Total + 1)
		case 2:
			c.Covered = random.Int64N(c.Total + 1)
		case 3:
			c.Total = max(0, c.Total+random.Int64N(21)-10)
			c.Covered = min(c.Covered, c.Total)
		case 4:
			delete(files, f.Path)
			if random.IntN(2) == 0 {
				was := f.Path
				f.Path = fmt.Sprintf("%d%s", random.IntN(4), f.Path[1:])
				if f.Known = random.IntN(2) == 0; f.Known && f.Path != was {
					f.Was, f.Path = was, fmt.Sprintf("%d/R%d.php", random.IntN(4), edit)
				}
			} else if len(files) > 0 {
				continue
			}
		case 5:
			f.In = !f.In
		}
		f.Lines = &c
		files[f.Path] = f
		if edit%200 == 0 {
			weeks = append(weeks, slices.Collect(maps.Values(files)))
		}
	}
	causes := map[Cause]bool{}
	for n := 1; n < len(weeks); n++ {
		for _, before := range [][]Standing{weeks[n-1], weeks[n/2], weeks[0]} {
			a, err := Explain(before, weeks[n])
			if err != nil {
				t.Fatal(err)
			}
			sums(t, a)
			for _, c := range a.Causes {
				causes[c.Cause] = true
			}
		}
	}
	if len(causes) != 7 {
		t.Errorf("the history has only %v", causes)
	}
}

package reports

import (
	"database/sql"
	"math/big"
	"strings"
	"testing"
	"time"
)

func lines(covered, total int64) (c, t sql.NullInt64) {
	return sql.NullInt64{Int64: covered, Valid: true}, sql.NullInt64{Int64: total, Valid: true}
}

func counted(path string, covered, total int64) file {
	f := file{path: path, exact: true}
	f.linesCovered, f.linesTotal = lines(covered, total)
	return f
}

func TestSharesAreRoundedDownAndNothingOfNothingIsNoShare(t *testing.T) {
	for _, c := range []struct {
		count *Count
		want  string
	}{
		{nil, ""},
		{&Count{0, 0}, "no data"},
		{&Count{0, 7}, "0.0 %"},
		{&Count{9999, 10000}, "99.9 %"},
		{&Count{99999999, 100000000}, "99.9 %"},
		{&Count{1, 1}, "100.0 %"},
		{&Count{2, 3}, "66.6 %"},
	} {
		if got := c.count.Percent(); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.count, got, c.want)
		}
	}
}

func TestDirectoriesAreTheFirstBelowWhatAllFilesShare(t *testing.T) {
	for name, c := range map[string]struct{ files, want string }{
		"one root":         {"src/Cart/A.php src/Cart/B.php src/Search/deep/C.php", "src/Cart src/Search"},
		"two roots":        {"src/Cart/A.php legacy/x.php", "legacy src"},
		"some at the root": {"src/A.php src/Cart/B.php", "src/ src/Cart"},
		"no folder":        {"A.php Cart/B.php", "./ Cart"},
		"one folder":       {"src/Cart/A.php src/Cart/B.php", "src/Cart/"},
		"one file":         {"src/A.php", "src/"},
		"like names":       {"src/Cart/A.php src/Carton/B.php", "src/Cart src/Carton"},
	} {
		var files []file
		for _, path := range strings.Fields(c.files) {
			files = append(files, counted(path, 1, 2))
		}
		all, directories := summarise(files)
		var got []string
		sum := int64(0)
		for _, d := range directories {
			got = append(got, d.Directory)
			sum += d.Lines.Total
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if sum != all.Lines.Total || all.Files != int64(len(files)) {
			t.Errorf("%s: directories have %d lines, all %d", name, sum, all.Lines.Total)
		}
	}
}

func TestWhatIsUnknownIsNotSummedAndRatesStandBeside(t *testing.T) {
	unknown := file{path: "a/X.php", exact: true}
	rate := func(path string, value float64) file {
		return file{path: path, rate: sql.NullFloat64{Float64: value, Valid: true}, exact: true}
	}
	all, _ := summarise([]file{unknown, rate("a/B.swift", 0.5), rate("a/C.swift", 1)})
	if all.Lines != nil || all.Methods != nil || all.RateOnly == nil || *all.RateOnly != (RateOnly{2, 0.75}) {
		t.Errorf("got %+v", all)
	}
	all, _ = summarise([]file{unknown, counted("a/D.php", 1, 2)})
	if *all.Lines != (Count{1, 2}) || all.RateOnly != nil || !all.Exact {
		t.Errorf("got %+v", all)
	}
	bound := counted("b/E.php", 1, 2)
	bound.exact = false
	all, directories := summarise([]file{bound, counted("a/F.php", 1, 2)})
	if all.Exact || directories[0].Exact == directories[1].Exact {
		t.Errorf("a bound makes its directory and the total inexact: %+v, %+v", all, directories)
	}
	total := counted("", 3, 4)
	all, directories = summarise([]file{total})
	if all.Files != 0 || *all.Lines != (Count{3, 4}) || len(directories) != 0 {
		t.Errorf("the total of a build: %+v, %+v", all, directories)
	}
}

func TestColoursAreOnlyThereWhenAskedFor(t *testing.T) {
	all, directories := summarise([]file{counted("src/a/A.php", 1, 2), counted("src/b/B.php", 2, 2)})
	week := Week{Monday: time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC),
		Measurements: []Measurement{{Project: "p", Platform: "php", Group: all, Directories: directories}}}
	for _, colour := range []bool{false, true} {
		var out strings.Builder
		if err := week.WriteText(&out, Look{Colour: colour}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "\x1b[") != colour {
			t.Errorf("colour %v: %q", colour, out.String())
		}
		plain := out.String()
		for _, code := range []string{"\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m"} {
			plain = strings.ReplaceAll(plain, code, "")
		}
		for _, line := range strings.Split(plain, "\n") {
			if strings.HasPrefix(line, "php ") && !strings.Contains(line, "3/4   75.0 %") {
				t.Errorf("got %q", line)
			}
		}
	}
}

func TestEachOfSeveralProjectsIsNamed(t *testing.T) {
	var out strings.Builder
	gap := SourceState{Project: "b", Platform: "php", State: Stale, WeeksOld: 5}
	week := Week{Measurements: []Measurement{{Project: "a", Platform: "php"}, {Project: "b", Platform: "ios"}},
		Sources: []SourceState{gap}}
	if err := week.WriteText(&out, Look{}); err != nil {
		t.Fatal(err)
	}
	since := Since{Changes: []Change{{Project: "a", Platform: "php", None: "none"},
		{Project: "b", Platform: "php", None: "none"}}}
	if err := since.WriteText(&out, Look{}); err != nil {
		t.Fatal(err)
	}
	status := Status{Sources: []SourceState{gap, {Project: "a", Platform: "ios"}}}
	if err := status.WriteText(&out, Look{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\na php ", "\nb ios ", "\nb php: MISSING", "\na php since : none",
		"\nb php since : none"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nothing says %q: %s", want, out.String())
		}
	}
	if strings.Count(out.String(), "\nb php: MISSING") != 2 || strings.Contains(out.String(), "\nphp") {
		t.Errorf("got %s", out.String())
	}
}

func TestAWeekOverTheEndOfAYearHasBoth(t *testing.T) {
	var out strings.Builder
	week := Week{Monday: time.Date(2025, 12, 29, 0, 0, 0, 0, time.UTC)}
	if err := week.WriteText(&out, Look{}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "Coverage in week 2026-W01 (29 December 2025 to 4 January 2026)\n") {
		t.Errorf("got %q", out.String())
	}
}

func TestAProjectIsTheSumOfItsPlatformsUnlessAFileWouldCountTwice(t *testing.T) {
	part := func(project, platform, branch string, c *Count, rates *RateOnly) Measurement {
		return Measurement{Project: project, Platform: platform, Branch: branch,
			Group: Group{Files: 2, Lines: c, RateOnly: rates, Exact: project != "c"}}
	}
	week := Week{Measurements: []Measurement{
		part("a", "ios", "", nil, &RateOnly{1, 0.5}), part("a", "php", "", &Count{1, 3}, nil),
		part("a", "web", "", &Count{1, 1}, &RateOnly{3, 1}),
		part("b", "php", "main", &Count{1, 2}, nil), part("b", "php", "next", &Count{1, 2}, nil),
		part("c", "php", "", nil, nil),
	}}
	totals := week.Totals()
	if len(totals) != 2 || totals[0].Project != "a" || totals[1].Project != "c" {
		t.Fatalf("got %+v", totals)
	}
	a, c := totals[0], totals[1]
	if a.Platforms != 3 || a.Files != 6 || *a.Lines != (Count{2, 4}) || a.Methods != nil ||
		*a.RateOnly != (RateOnly{4, 0.875}) || !a.Exact {
		t.Errorf("got %+v", a)
	}
	if c.Lines != nil || c.RateOnly != nil || c.Exact {
		t.Errorf("got %+v", c)
	}
	if *week.Measurements[1].Lines != (Count{1, 3}) {
		t.Errorf("summing changed a measurement: %+v", week.Measurements[1].Lines)
	}
}

func TestANameCannotWriteToTheTerminal(t *testing.T) {
	all, directories := summarise([]file{counted("a\x1b[31m/A.php", 1, 2), counted("b\u202e/B.php", 1, 2)})
	week := Week{Measurements: []Measurement{{Platform: "php", Group: all, Directories: directories,
		Owners: []Group{{Owner: "@x\x1b]0;"}}}}}
	account, err := Explain([]Standing{standing("a\n/A.php", 1, 2)}, []Standing{standing("b\r/A.php", 2, 2)})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := week.WriteText(&out, Look{}); err != nil {
		t.Fatal(err)
	}
	if err := (Since{Changes: []Change{{Account: account}}}).WriteText(&out, Look{}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e\r") || strings.Contains(out.String(), "a\n/") {
		t.Errorf("got %q", out.String())
	}
	if strings.Count(out.String(), "\uFFFD") != 7 {
		t.Errorf("got %q", out.String())
	}
}

// What another program said, and names in sentences, neither write to the terminal
// nor are markup.
func TestNothingInASentenceIsMarkup(t *testing.T) {
	const bad = "\x1b[2J<img src=x> [a](http://b) *c* `d` @all"
	change := Change{Platform: "php", Account: &Account{Old: Count{1, 2}, New: Count{1, 2}, Change: new(big.Rat)},
		Notes: []string{bad}, Old: Moment{Commit: bad}, History: &History{None: bad}}
	commits := change
	commits.History = &History{Count: 1}
	gate := Gate{Rulings: []Ruling{{Verdict: Undecided, Why: []string{bad}}}}
	state := SourceState{Platform: "php", State: Carried, Why: bad}
	for _, look := range []Look{{}, {Markdown: true}} {
		var out strings.Builder
		if err := (Since{Changes: []Change{change, commits}}).WriteText(&out, look); err != nil {
			t.Fatal(err)
		}
		if err := gate.WriteText(&out, look); err != nil {
			t.Fatal(err)
		}
		out.WriteString(strings.Join(state.Gaps(look), "\n"))
		text := strings.ReplaceAll(out.String(), `\<`, "")
		if strings.Contains(text, "\x1b") || look.Markdown && strings.ContainsAny(text, "<") ||
			look.Markdown && strings.Contains(text, "@all") {
			t.Errorf("%+v: got %q", look, out.String())
		}
	}
}

func TestANameIsNoMarkup(t *testing.T) {
	for name, want := range map[string]string{
		"@shop/cart": "`@shop/cart`", "<b>*x*": "`<b>*x*`", "a`b``c": "``` a`b``c ```", "a\nb": "`a\uFFFDb`", "": "",
	} {
		if got := (Look{Markdown: true}).name(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

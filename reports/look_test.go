package reports

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestABarIsFullOnlyIfAllIsCovered(t *testing.T) {
	for want, c := range map[string]*Count{
		"": nil, "··········": {0, 7}, "██████████": {7, 7},
		"█████████▉": {9999999, 10000000}, "█████·····": {1, 2},
		"▏·········": {1, 80},
	} {
		if got := bar(c); got != want {
			t.Errorf("%v: got %q, want %q", c, got, want)
		}
	}
	if got := bar(&Count{}); got != "" {
		t.Errorf("0 of 0 has the bar %q", got)
	}
}

// A week on screens of each width: nothing is wider than the screen down to 48
// columns, what goes first is what is least, and a pipe has no bars.
func TestAWeekFitsTheScreen(t *testing.T) {
	f := counted("src/Customers/And/Their/Addresses/A.php", 1234, 5678)
	f.methodsCovered, f.methodsTotal = lines(12, 345)
	f.branchesCovered, f.branchesTotal = lines(12, 345)
	all, directories := summarise([]file{f, counted("src/Customers/And/More/B.php", 1, 3)})
	week := Week{Measurements: []Measurement{{Project: "p", Platform: "php", Group: all, Directories: directories,
		Owners: []Group{{Owner: "@shop/a-team-with-a-long-name", Lines: &Count{3, 4}, Exact: true}}}}}
	text := func(look Look) string {
		var out strings.Builder
		if err := week.WriteText(&out, look); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for width := 48; width < 160; width++ {
		shown := text(Look{Bars: true, Width: width})
		_, table, _ := strings.Cut(shown, "\n\n")
		for line := range strings.Lines(table) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d of %d columns: %q", n, width, line)
			}
		}
		bars, branches, methods := strings.Contains(shown, "█"), strings.Contains(shown, "branches"),
			strings.Contains(shown, "methods")
		if bars && !branches || branches && !methods || !strings.Contains(shown, "1234/5678") &&
			!strings.Contains(shown, "1235/5681") {
			t.Errorf("%d columns: bars %v, branches %v, methods %v:\n%s", width, bars, branches, methods, shown)
		}
	}
	if wide := text(Look{Bars: true, Width: 200}); !strings.Contains(wide, "█") ||
		!strings.Contains(wide, "branches") {
		t.Errorf("a wide screen has all: %s", wide)
	}
	if pipe := text(Look{}); strings.Contains(pipe, "█") ||
		strings.Contains(text(Look{Markdown: true, Bars: true}), "█") {
		t.Errorf("a pipe and Markdown have no bars: %s", pipe)
	}
}

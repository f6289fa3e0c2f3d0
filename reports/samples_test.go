package reports

import (
	"database/sql"
	"strings"
	"testing"
	"time"
)

// How much of a source is there is a number, or not known; it is never 100 where a
// part is missing.
func TestCompletenessIsANumberOrNone(t *testing.T) {
	gap := []ShardGap{{Name: "Cart"}}
	for name, c := range map[string]struct {
		state SourceState
		want  float64
		none  bool
	}{
		"whole":                  {SourceState{State: Whole}, 100, false},
		"counted":                {SourceState{State: Partial, Expected: 4, Present: 3}, 75, false},
		"counted and named":      {SourceState{State: Partial, Expected: 4, Present: 4, Missing: gap}, 75, false},
		"of how many, is unsaid": {SourceState{State: Partial, Missing: gap}, 0, true},
		"carried over":           {SourceState{State: Carried}, 0, false},
		"removed":                {SourceState{State: Removed}, 0, true},
	} {
		got := c.state.samples(time.Time{})
		if c.none != (len(got) == 0) || !c.none && got[0].Value != c.want {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestTheMeanOfEqualRatesIsThatRate(t *testing.T) {
	for hundredth := range 101 {
		var files []file
		for range 7 {
			rate := sql.NullFloat64{Float64: float64(hundredth) / 100, Valid: true}
			files = append(files, file{path: "a/A.swift", rate: rate})
		}
		all, _ := summarise(files)
		if got, want := all.RateOnly.Percent(), (&Count{int64(hundredth), 100}).Percent(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := (&RateOnly{MeanRate: 0.99999999}).Percent(); got != "99.9 %" {
		t.Errorf("not all is covered, and it says %s", got)
	}
}

func TestAnAnswerCannotWriteToTheTerminal(t *testing.T) {
	a := &Answer{columns: []string{"path", "lines\x1b[2J"}, dates: make([]bool, 2),
		rows: [][]any{{"a\x1b[31m.php", nil}, {"b\n.php", int64(3)}}}
	var out strings.Builder
	if err := a.Write(&out, "table"); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if strings.Contains(out.String(), "\x1b") || len(lines) != 5 ||
		!strings.HasSuffix(strings.TrimRight(lines[3], " "), "  3") {
		t.Errorf("got %q", out.String())
	}
}

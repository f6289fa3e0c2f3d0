package parsers

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/covpipe/covpipe/coverage"
)

func TestASetOfLinesCountsAsAMapOfThemDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := map[int64]bool{}
		draw := func() (set lineSet) {
			for range rapid.IntRange(0, 300).Draw(t, "lines") {
				line := rapid.OneOf(rapid.Int64Range(1, 40), rapid.Int64Range(1, maxLine)).Draw(t, "line")
				run := rapid.Bool().Draw(t, "run")
				set.add(line, run)
				want[line] = want[line] || run
			}
			return set
		}
		set := draw()
		set.addAll(draw())
		if got := set.count(); got != coverage.Of(trues(want), int64(len(want))) {
			t.Fatalf("got %v, want %d of %d", got, trues(want), len(want))
		}
	})
}

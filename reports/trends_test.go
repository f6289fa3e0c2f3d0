package reports

import (
	"fmt"
	"strings"
	"testing"
)

// historyOf makes the weeks of platforms: "a 1" is 1 of 10 lines in the week of that
// place, "a/b 1" on branch b, "a @x 1" of the owner x, "a" a week without counts.
func historyOf(carry int, weeks ...string) *Trends {
	w := weekly{series: map[seriesName][]weeklyPoint{}}
	for i, measured := range weeks {
		w.last = w46.AddDate(0, 0, 7*i)
		for one := range strings.SplitSeq(measured, ",") {
			words := strings.Fields(one)
			if len(words) == 0 {
				continue
			}
			name := seriesName{project: "p"}
			name.platform, name.branch, _ = strings.Cut(words[0], "/")
			point := weeklyPoint{w.last, nil, true}
			if last := words[len(words)-1]; len(words) > 1 {
				point.lines = &Count{Total: 10}
				if _, err := fmt.Sscan(last, &point.lines.Covered); err != nil {
					panic(err) // the test's own words are wrong
				}
			}
			w.add(name, point)
			if len(words) == 3 {
				name.owner = words[1]
				w.add(name, point)
			}
		}
	}
	t := w.trends()
	t.Carry = carry
	return t
}

// shown writes points: 1/10, "-" without counts, "." not measured.
func shown(points []Point) string {
	var all []string
	for _, p := range points {
		switch {
		case p.Lines != nil:
			all = append(all, fmt.Sprintf("%d/%d", p.Lines.Covered, p.Lines.Total))
		case p.Measured:
			all = append(all, "-")
		default:
			all = append(all, ".")
		}
	}
	return strings.Join(all, " ")
}

func TestAllPlatformsTogetherAreWhatTheWeeksShow(t *testing.T) {
	for name, c := range map[string]struct {
		weeks        []string
		owner, there string // platforms of the last week
		want         string
	}{
		"carried over":      {[]string{"a 1, b 5", "a 2", "a 3", "a 4"}, "", "a b", "6/20 7/20 8/20 4/10"},
		"a week of nothing": {[]string{"a 1, b 5", "", "a 3, b 5"}, "", "a b", "6/20 . 8/20"},
		"another branch":    {[]string{"a/main 1, b 5", "a/next 2, b 5"}, "", "a b", "6/20 7/20"},
		"two branches":      {[]string{"a/main 1, b 5", "a/main 1, a/next 2, b 5"}, "", "a b", "6/20 -"},
		"without counts":    {[]string{"a 1, b 5", "a 2, b", "a 3"}, "", "a b", "6/20 2/10 3/10"},
		"removed":           {[]string{"a 1, b 5", "a 2, b 5", "a 3"}, "", "a", "6/20 7/20 3/10"},
		"gone long ago":     {[]string{"a 1, b 5", "a 2", "a 3", "a 4"}, "", "a", "6/20 7/20 8/20 4/10"},
		"an owner":          {[]string{"a @x 1, b @x 5", "a @x 2, b @y 5", "b @x 6"}, "@x", "a b", "6/20 2/10 8/20"},
	} {
		trends := historyOf(2, c.weeks...)
		var last Week
		for platform := range strings.FieldsSeq(c.there) {
			last.all = append(last.all, Measurement{Project: "p", Platform: platform})
		}
		trends.end(last)
		if got := shown(trends.together(func(s Series) bool { return s.Owner == c.owner })); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// The line of all platforms is there if there are several, and each platform says
// for which weeks it stands in.
func TestAChartHasTheSumOfItsPlatforms(t *testing.T) {
	s := &Site{Project: "p", Trends: historyOf(2, "a 1, b 5", "a 2", "", "a 4, b 5, c")}
	s.label()
	all := func(h Series) bool { return h.Owner == "" }
	var got []string
	for _, series := range s.trend(all).Series {
		got = append(got, fmt.Sprint(series.Number, " ", series.Label, " ",
			series.Covered, series.Total, series.Carried))
	}
	want := "0 all platforms [6 7 -1 9] [20 20 -1 20] []; 1 a [1 2 -1 4] [10 10 -1 10] [2 1]; " +
		"2 b [5 -1 -1 5] [10 -1 -1 10] [1 0 2 0]"
	if strings.Join(got, "; ") != want {
		t.Errorf("got %s", strings.Join(got, "; "))
	}
	if one := s.trend(func(h Series) bool { return h.Platform == "a" }).Series; len(one) != 1 || one[0].Number != 1 {
		t.Errorf("got %+v", one)
	}
	s.Project = ""
	if several := s.trend(all).Series; len(several) != 2 {
		t.Errorf("of several projects: %+v", several)
	}
}

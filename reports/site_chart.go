package reports

import (
	"fmt"
	"strings"
)

// chartView is a chart over the weeks for paper, and for those without scripts. It
// lies in a box of 640 by 220.
type chartView struct {
	Lines    []drawnLine
	Ticks    []drawnTick
	Releases []drawnMark
	First    string // week
	Last     string
}

type drawnLine struct {
	Label     string
	Number    int      // of its colour; 0: all platforms together
	Stretches []string // points of weeks without a gap
}

type drawnTick struct {
	Y, Label string
}

type drawnMark struct {
	X, Name string // a name that would lie on another is left out
}

// The box of a chart, and where its lines lie in it.
const (
	boxLeft, boxRight = 44.0, 632.0
	boxTop, boxBottom = 20.0, 196.0
	lineColours       = 6
)

// Chart draws the weeks; nil if there are less than two, or nothing is known.
func (t trendData) Chart() *chartView {
	low, high := 1.0, 0.0
	for _, s := range t.Series {
		for i := range t.Weeks {
			if share, known := s.share(i); known {
				low, high = min(low, share), max(high, share)
			}
		}
	}
	if low > high || len(t.Weeks) < 2 {
		return nil
	}
	air := max(0.12*(high-low), 0.01)
	low, high = max(0, low-air), min(1, high+air)
	y := func(share float64) float64 { return boxBottom - (boxBottom-boxTop)*(share-low)/(high-low) }
	x := func(week float64) float64 { return boxLeft + (boxRight-boxLeft)*week/float64(len(t.Weeks)-1) }
	c := &chartView{First: t.Weeks[0], Last: t.Weeks[len(t.Weeks)-1]}
	for _, s := range t.Series {
		line := drawnLine{Label: s.Label}
		if s.Number > 0 {
			line.Number = 1 + (s.Number-1)%lineColours
		}
		var stretch []string
		for i := range len(t.Weeks) + 1 {
			if share, known := s.share(i); known {
				stretch = append(stretch, fmt.Sprintf("%.1f,%.1f", x(float64(i)), y(share)))
				continue
			}
			if len(stretch) == 1 {
				stretch = append(stretch, stretch[0]) // with round ends it is a dot
			}
			if len(stretch) > 0 {
				line.Stretches = append(line.Stretches, strings.Join(stretch, " "))
			}
			stretch = nil
		}
		c.Lines = append(c.Lines, line)
	}
	c.Ticks = drawnTicks(low, high, y)
	free := 0.0
	for _, r := range t.Releases {
		at := float64(r.At-t.First) / (week.Seconds())
		if at < 0 || at > float64(len(t.Weeks)-1) {
			continue
		}
		mark := drawnMark{X: fmt.Sprintf("%.1f", x(at))}
		if width := 7 * float64(len([]rune(r.Name))); x(at) >= free && x(at)+width <= boxRight {
			mark.Name, free = r.Name, x(at)+width
		}
		c.Releases = append(c.Releases, mark)
	}
	return c
}

// share gives that of a week; there is none after the last one.
func (s trendSeries) share(i int) (share float64, known bool) {
	if i >= len(s.Total) || s.Total[i] <= 0 {
		return 0, false
	}
	return float64(s.Covered[i]) / float64(s.Total[i]), true
}

// drawnTicks gives whole percentages in a range, three to six of them.
func drawnTicks(low, high float64, y func(float64) float64) (ticks []drawnTick) {
	for _, step := range []int{1, 2, 5, 10, 20} {
		ticks = nil
		for percent := 0; percent <= 100; percent += step {
			if share := float64(percent) / 100; share >= low && share <= high {
				ticks = append(ticks, drawnTick{Y: fmt.Sprintf("%.1f", y(share)), Label: fmt.Sprintf("%d %%", percent)})
			}
		}
		if len(ticks) <= 6 {
			break
		}
	}
	return ticks
}

package reports

import (
	"fmt"
	"math"
	"strings"
)

// sparkWeeks is how many weeks a small line shows.
const sparkWeeks = 26

// sparkline is a line without axes in a box of 100 by 24.
type sparkline struct {
	Lines []string // points of one stretch of weeks without a gap
	Title string   // for those who do not see it
}

// spark draws the last weeks of a series, the newest at the right. The height is
// the range that they have, and no less than ten points of per cent.
func spark(points []Point) (s sparkline) {
	points = points[max(0, len(points)-sparkWeeks):]
	low, high, measured := 1.0, 0.0, 0
	for _, p := range points {
		if share, known := p.share(); known {
			low, high, measured = min(low, share), max(high, share), measured+1
		}
	}
	if measured == 0 {
		return s
	}
	s.Title = fmt.Sprintf("measured in %d of the last %s, between %s and %s",
		measured, weeksOf(len(points)), inPercent(low), inPercent(high))
	if spread := 0.1 - (high - low); spread > 0 {
		low, high = low-spread/2, high+spread/2
	}
	var stretch []string
	for i, p := range append(points[:len(points):len(points)], Point{}) { // a gap ends it
		if share, known := p.share(); known {
			x := 98 - 96*float64(len(points)-1-i)/float64(max(1, len(points)-1))
			stretch = append(stretch, fmt.Sprintf("%.1f,%.1f", x, 22-20*(share-low)/(high-low)))
			continue
		}
		if len(stretch) == 1 {
			stretch = append(stretch, stretch[0]) // with round ends it is a dot
		}
		if len(stretch) > 0 {
			s.Lines = append(s.Lines, strings.Join(stretch, " "))
		}
		stretch = nil
	}
	return s
}

func (p Point) share() (share float64, known bool) {
	if p.Lines == nil || p.Lines.Total == 0 {
		return 0, false
	}
	return float64(p.Lines.Covered) / float64(p.Lines.Total), true
}

// inPercent rounds a share down to one digit. What a sum of fractions has lost in its
// last digits does not count: the mean of 0.3 and 0.3 and 0.3 is 30.0 %.
func inPercent(share float64) string {
	return fmt.Sprintf("%.1f %%", math.Floor(share*1000+1e-6)/10)
}

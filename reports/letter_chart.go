package reports

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/go-analyze/charts"
)

// The picture of a letter is drawn twice as large as it is shown, for sharp
// screens, on no background and in colours that can be read on white and on
// black.
const (
	chartWidth, chartHeight                    = 1152, 460
	chartLeft, chartRight, chartTop, chartFoot = 108, 226, 52, 62
)

// chartText is the size of its letters, which a phone still shows.
const chartText = 24

var (
	chartGrey  = charts.ColorFromHex("#7d8897")
	chartLine  = charts.ColorFromHex("#7d889755")
	chartBlue  = charts.ColorFromHex("#3a82e0")
	chartMarks = charts.ColorFromHex("#c77a12")
)

// chartSeries is one line of the picture.
type chartSeries struct {
	name   string
	shares []float64 // in per cent, one a week; NaN: not known
	thick  bool
}

// series gives the whole and, if there are several, the platforms. Without two
// weeks of a share there is nothing to draw.
func (d *Digest) series() (all []chartSeries) {
	whole := chartSeries{name: "all", thick: true}
	platforms := map[string]*chartSeries{}
	for i, p := range d.Trend {
		whole.shares = append(whole.shares, percentOf(p.Share))
		for name, c := range p.Platforms {
			if platforms[name] == nil {
				platforms[name] = &chartSeries{name: name, shares: slices.Repeat([]float64{math.NaN()}, len(d.Trend))}
			}
			platforms[name].shares[i] = percentOf(c)
		}
	}
	known := 0
	for _, share := range whole.shares {
		if !math.IsNaN(share) {
			known++
		}
	}
	if known < 2 {
		return nil
	}
	if len(platforms) > 1 {
		for _, s := range platforms {
			all = append(all, *s)
		}
		slices.SortFunc(all, func(a, b chartSeries) int { return cmp.Compare(a.name, b.name) })
	} else {
		whole.name = d.Project
	}
	return append(all, whole)
}

func percentOf(c *Count) float64 {
	if c == nil || c.Total == 0 {
		return math.NaN()
	}
	return float64(c.Covered) * 100 / float64(c.Total)
}

// ChartText says what the picture shows; "" if there is none.
func (d *Digest) ChartText() string {
	var shown []TrendPoint
	for _, p := range d.Trend {
		if p.Share != nil {
			shown = append(shown, p)
		}
	}
	if len(shown) < 2 {
		return ""
	}
	first, last := shown[0], shown[len(shown)-1]
	return fmt.Sprintf("Share of covered lines by week: %s in %s, %s in %s.",
		first.Share.Percent(), isoWeek(first.Monday), last.Share.Percent(), isoWeek(last.Monday))
}

// Chart draws the share of covered lines over the last weeks as a PNG, with a
// line for each release; nil if there are not two weeks.
func (d *Digest) Chart() ([]byte, error) {
	all := d.series()
	if all == nil {
		return nil, nil
	}
	options := charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: chartWidth, Height: chartHeight}
	c := chart{Painter: charts.NewPainter(options), weeks: d.Trend}
	c.scale(all)
	c.grid()
	c.marks(d.Marks)
	for _, s := range all {
		c.line(s)
	}
	c.names(all)
	picture, err := c.Bytes()
	if err != nil {
		return nil, err
	}
	return withPalette(picture)
}

// withPalette makes a picture a fraction of its size: it has few colours, and the
// edges of its lines do not need all their shades.
func withPalette(picture []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	counts := map[color.NRGBA]int{}
	at := func(x, y int) color.NRGBA { return color.NRGBAModel.Convert(full.At(x, y)).(color.NRGBA) }
	size := full.Bounds()
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(counts), func(a, b color.NRGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]),
			slices.Compare([]uint8{a.R, a.G, a.B, a.A}, []uint8{b.R, b.G, b.B, b.A}))
	})
	var palette color.Palette
	for _, c := range most[:min(paletteSize, len(most))] {
		palette = append(palette, c)
	}
	nearest := map[color.NRGBA]uint8{}
	for c := range counts {
		nearest[c] = uint8(palette.Index(c)) //nolint:gosec // less than paletteSize
	}
	small := image.NewPaletted(size, palette)
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			small.SetColorIndex(x, y, nearest[at(x, y)])
		}
	}
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small)
	return out.Bytes(), err
}

// paletteSize is how many colours a picture keeps.
const paletteSize = 64

// chart is a picture while it is drawn.
type chart struct {
	*charts.Painter
	weeks     []TrendPoint
	low, high float64 // per cent at the foot and at the top
	step      float64 // between two lines of the grid
}

// scale finds the range that is shown, with two to five steps.
func (c *chart) scale(all []chartSeries) {
	c.low, c.high = 100, 0
	for _, s := range all {
		for _, share := range s.shares {
			if !math.IsNaN(share) {
				c.low, c.high = min(c.low, share), max(c.high, share)
			}
		}
	}
	for _, c.step = range []float64{0.5, 1, 2, 5, 10, 20, 25} {
		if math.Ceil(c.high/c.step+0.1)-math.Floor(c.low/c.step-0.1) <= 5 {
			break
		}
	}
	c.low = max(0, math.Floor(c.low/c.step-0.1)*c.step)
	c.high = min(100, math.Ceil(c.high/c.step+0.1)*c.step)
}

func (c *chart) x(week float64) int {
	return chartLeft + int(week*float64(chartWidth-chartLeft-chartRight)/float64(max(1, len(c.weeks)-1)))
}

func (c *chart) y(share float64) int {
	return chartTop + int((c.high-share)*float64(chartHeight-chartTop-chartFoot)/(c.high-c.low))
}

func ink(colour charts.Color) charts.FontStyle {
	return charts.FontStyle{FontSize: chartText, FontColor: colour}
}

func (c *chart) grid() {
	for share := c.low; share <= c.high+c.step/1000; share += c.step {
		c.LineStroke([]charts.Point{{X: chartLeft, Y: c.y(share)}, {X: chartWidth - chartRight, Y: c.y(share)}},
			chartLine, 2)
		label := fmt.Sprintf("%g %%", math.Round(share*10)/10)
		box := c.MeasureText(label, 0, ink(chartGrey))
		c.Text(label, chartLeft-14-box.Width(), c.y(share)+10, 0, ink(chartGrey))
	}
	every := (len(c.weeks) + 6) / 7
	for i := len(c.weeks) - 1; i >= 0; i -= every { // from the end, so that this week has its name
		_, number := c.weeks[i].Monday.ISOWeek()
		label := fmt.Sprintf("W%02d", number)
		half := c.MeasureText(label, 0, ink(chartGrey)).Width() / 2
		c.Text(label, c.x(float64(i))-half, chartHeight-8, 0, ink(chartGrey))
	}
}

// marks draws the releases. The point of a week is where it ends, so a release
// comes before that of its week. The name of one that has no room is left out.
func (c *chart) marks(releases []Release) {
	end := 0
	for _, r := range releases {
		week := r.At.Sub(c.weeks[0].Monday).Hours()/(7*24) - 1
		x := c.x(max(0, min(week, float64(len(c.weeks)-1))))
		line := []charts.Point{{X: x, Y: chartTop - 8}, {X: x, Y: chartHeight - chartFoot}}
		c.DashedLineStroke(line, chartMarks, 2, []float64{6, 6})
		name := printable(r.Name)
		if len([]rune(name)) > 14 {
			name = string([]rune(name)[:13]) + "…"
		}
		width := c.MeasureText(name, 0, ink(chartMarks)).Width()
		if left := x - width/2; left >= end {
			c.Text(name, left, chartTop-14, 0, ink(chartMarks))
			end = left + width + 12
		}
	}
}

func (c *chart) line(s chartSeries) {
	colour, width := chartGrey, 3.0
	if s.thick {
		colour, width = chartBlue, 6
	}
	var points []charts.Point
	flush := func() {
		if len(points) == 1 {
			c.Circle(width, points[0].X, points[0].Y, colour, colour, 1)
		} else if len(points) > 1 {
			c.LineStroke(points, colour, width)
		}
		points = nil
	}
	for i, share := range s.shares {
		if math.IsNaN(share) {
			flush()
			continue
		}
		points = append(points, charts.Point{X: c.x(float64(i)), Y: c.y(share)})
	}
	if s.thick && len(points) > 0 {
		last := points[len(points)-1]
		c.Circle(9, last.X, last.Y, colour, colour, 1)
	}
	flush()
}

// names writes the name and number of each line at its end, apart from each
// other.
func (c *chart) names(all []chartSeries) {
	type label struct {
		chartSeries
		y int
	}
	var labels []label
	for _, s := range all {
		if last := s.shares[len(s.shares)-1]; !math.IsNaN(last) {
			labels = append(labels, label{s, c.y(last)})
		}
	}
	slices.SortFunc(labels, func(a, b label) int { return cmp.Compare(a.y, b.y) })
	places := make([]int, len(labels))
	for i, l := range labels {
		places[i] = l.y
	}
	spread(places, 33, chartHeight-chartFoot)
	for i := range labels {
		colour := chartGrey
		if labels[i].thick {
			colour = chartBlue
		}
		last := labels[i].shares[len(c.weeks)-1]
		name := []rune(printable(labels[i].name))
		if len(name) > 9 {
			name = append(name[:8], '…')
		}
		text := strings.TrimSpace(fmt.Sprintf("%.1f %s", math.Floor(last*10)/10, string(name)))
		c.Text(text, chartWidth-chartRight+20, places[i]+10, 0, ink(colour))
	}
}

// spread moves places, which are in order, so far apart that none is closer to the
// next than gap, and none below the bottom.
func spread(places []int, gap, bottom int) {
	for i := 1; i < len(places); i++ {
		places[i] = max(places[i], places[i-1]+gap)
	}
	for i := len(places) - 1; i >= 0; i-- {
		places[i] = min(places[i], bottom)
		bottom = places[i] - gap
	}
}

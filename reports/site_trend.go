package reports

import (
	"slices"
	"time"
)

// trendData is what a chart over the weeks is drawn from, and its table made of.
type trendData struct {
	First    int64             `json:"first"` // the end of the first week, seconds since 1970
	Weeks    []string          `json:"weeks"` // the oldest first
	Series   []trendSeries     `json:"series"`
	Releases []releaseOnTrends `json:"releases"`
}

type trendSeries struct {
	Label   string  `json:"label"`
	Number  int     `json:"number"`  // of its colour, from 1 on; 0: all platforms together
	Covered []int64 `json:"covered"` // -1: not measured; 0 of 0: without counts
	Total   []int64 `json:"total"`
	Inexact []int   `json:"inexact"` // indexes of weeks
	// Carried are pairs of indexes: a week that was not measured, and the one that
	// stands in for it.
	Carried []int `json:"carried"`
}

// releaseOnTrends is a line on every chart.
type releaseOnTrends struct {
	Name     string `json:"name"`
	Platform string `json:"platform"`
	At       int64  `json:"at"` // seconds since 1970
}

// releaseView is a row of the table of releases.
type releaseView struct{ Week, Label, Name, At string }

// releases gives all of them up to the end of the week, the newest first.
func (s *Site) releases() (all []releaseView) {
	for _, r := range slices.Backward(s.Releases) {
		if r.At.Before(s.Week.Monday.Add(week)) {
			label := s.labelOf(r.Project, r.Platform, "")
			all = append(all, releaseView{isoWeek(r.At), label, printable(r.Name), r.At.Format("2 January 2006")})
		}
	}
	return all
}

// sinceMonday is when in a week its measurement is drawn: on Sunday evening.
const sinceMonday = 7*24*time.Hour - 2*time.Hour

// trend gives the series that are wanted, without those that have no counts, and
// before them the sum of the platforms of a project if there are several.
func (s *Site) trend(wanted func(Series) bool) trendData {
	t := trendData{Releases: []releaseOnTrends{}, Series: []trendSeries{}}
	for i, monday := range s.Trends.Mondays {
		if i == 0 {
			t.First = monday.Add(sinceMonday).Unix()
		}
		t.Weeks = append(t.Weeks, isoWeek(monday))
	}
	for _, r := range s.Releases {
		t.Releases = append(t.Releases, releaseOnTrends{printable(r.Name), printable(r.Platform), r.At.Unix()})
	}
	platforms := map[platformName]bool{}
	for _, h := range s.Trends.Series {
		if !wanted(h) || !slices.ContainsFunc(h.Points, func(p Point) bool { return p.Lines != nil }) {
			continue
		}
		platforms[h.of()] = true
		series := seriesOf(s.labelOf(h.Project, h.Platform, h.Branch), h.Points)
		series.Number = len(t.Series) + 1
		for i := range h.Points {
			if p, from := s.Trends.standing(h, i); from >= 0 && from < i && p.Lines != nil {
				series.Carried = append(series.Carried, i, from)
			}
		}
		t.Series = append(t.Series, series)
	}
	if len(platforms) > 1 && s.Project != "" {
		t.Series = slices.Insert(t.Series, 0, seriesOf("all platforms", s.Trends.together(wanted)))
	}
	return t
}

// seriesOf makes the points of a series into columns.
func seriesOf(label string, points []Point) trendSeries {
	series := trendSeries{Label: label, Inexact: []int{}, Carried: []int{}}
	for i, p := range points {
		covered, total := int64(-1), int64(-1)
		switch {
		case p.Lines != nil:
			covered, total = p.Lines.Covered, p.Lines.Total
			if !p.Exact {
				series.Inexact = append(series.Inexact, i)
			}
		case p.Measured:
			covered, total = 0, 0
		}
		series.Covered, series.Total = append(series.Covered, covered), append(series.Total, total)
	}
	return series
}

// Rows gives the newest weeks for the table below a chart, the newest first.
func (t trendData) Rows() (rows [][]string) {
	for i := len(t.Weeks) - 1; i >= 0; i-- {
		row := []string{t.Weeks[i]}
		for _, s := range t.Series {
			row = append(row, s.percent(i))
		}
		rows = append(rows, row)
	}
	return rows
}

func (s trendSeries) percent(i int) string {
	if s.Total[i] < 0 {
		return "not measured"
	}
	c := &Count{s.Covered[i], s.Total[i]}
	return c.Percent()
}

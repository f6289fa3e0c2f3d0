package reports

import (
	"fmt"
	"strings"
)

// sourceView is how a source stands in the week.
type sourceView struct {
	Label, State, Class string // Class: whole or lacking
	Measured            string // ISO week, and how old
	Parts               string // 15 of 16
	Gaps                []string
}

// sources gives the completeness of the week, and in short what it lacks.
func (s *Site) sources() (alerts []string, views []sourceView) {
	for _, state := range s.Week.Sources {
		v := sourceView{Label: printable(state.Platform), State: string(state.State),
			Class: "lacking", Measured: "never"}
		if s.Project == "" {
			v.Label = printable(state.Project) + " " + v.Label
		}
		if state.Complete() {
			v.Class = "whole"
		}
		if state.Measured != "" {
			v.Measured = state.Measured
			if state.WeeksOld > 0 {
				v.Measured += ", " + weeksOf(state.WeeksOld) + " old"
			}
		}
		if state.Expected > 0 {
			v.Parts = fmt.Sprintf("%d of %d", state.Present, state.Expected)
		}
		for _, gap := range state.Gaps(Look{}) {
			gap = strings.TrimPrefix(gap, printable(state.Platform)+": ")
			v.Gaps = append(v.Gaps, strings.ToUpper(gap[:1])+gap[1:])
		}
		if !state.Complete() && state.State != Removed { // that was on purpose
			alerts = append(alerts, v.Label+": "+strings.Join(v.Gaps, " "))
		}
		views = append(views, v)
	}
	return alerts, views
}

package reports

import "slices"

// ProjectTotal sums the measurements of a project in a week.
type ProjectTotal struct {
	Project   string   `json:"project"`
	Platforms int      `json:"platforms"`
	Carried   []string `json:"carried_over,omitempty"` // platforms whose numbers are of an earlier week
	Group
}

// Totals sums each project over its platforms. A project of which a platform was
// measured on two branches is left out: its files would count twice.
func (w Week) Totals() []ProjectTotal {
	totals := []ProjectTotal{}
	for first := 0; first < len(w.Measurements); {
		sum := ProjectTotal{Project: w.Measurements[first].Project, Group: Group{Exact: true}}
		platforms := map[string]bool{}
		n := first
		for ; n < len(w.Measurements) && w.Measurements[n].Project == sum.Project; n++ {
			platforms[w.Measurements[n].Platform] = true
			if w.Measurements[n].Carried != "" && !slices.Contains(sum.Carried, w.Measurements[n].Platform) {
				sum.Carried = append(sum.Carried, w.Measurements[n].Platform)
			}
			sum.join(w.Measurements[n].Group)
		}
		if sum.Platforms = len(platforms); sum.Platforms == n-first {
			totals = append(totals, sum)
		}
		first = n
	}
	return totals
}

// join adds the sums of another group.
func (g *Group) join(o Group) {
	g.Files += o.Files
	g.Exact = g.Exact && o.Exact
	for _, c := range []struct {
		into **Count
		more *Count
	}{{&g.Lines, o.Lines}, {&g.Methods, o.Methods}, {&g.Branches, o.Branches}} {
		if c.more == nil {
			continue
		}
		if *c.into == nil {
			*c.into = &Count{}
		}
		(*c.into).Covered += c.more.Covered
		(*c.into).Total += c.more.Total
	}
	if o.RateOnly == nil {
		return
	}
	if g.RateOnly == nil {
		g.RateOnly = &RateOnly{}
	}
	r, m := g.RateOnly, o.RateOnly
	r.MeanRate = (r.MeanRate*float64(r.Files) + m.MeanRate*float64(m.Files)) / float64(r.Files+m.Files)
	r.Files += m.Files
}

package reports

import "slices"

// comparison is the files of a project in two weeks, over all platforms.
type comparison struct {
	before, after []Standing
	files         []pair
	none          string // why nothing can be compared; all else is empty then
}

// double tells whether a platform of a project was measured on two branches in one
// of the weeks.
func (s *Site) double(project string) bool {
	for _, week := range []*Week{&s.Week, s.Earlier} {
		if week != nil &&
			!slices.ContainsFunc(week.Totals(), func(t ProjectTotal) bool { return t.Project == project }) {
			return true
		}
	}
	return false
}

// comparison gives that of a project, which is made once for all owners.
func (s *Site) comparison(project string) *comparison {
	if c := s.comparisons[project]; c != nil {
		return c
	}
	c := &comparison{}
	if s.comparisons == nil {
		s.comparisons = map[string]*comparison{}
	}
	s.comparisons[project] = c
	if s.double(project) {
		c.none = "a platform was measured on two branches, so files would count twice"
		return c
	}
	histories := map[string]*History{}
	for _, change := range s.Since.Changes {
		if change.Project == project && change.Platform != "" {
			histories[change.Platform] = change.History
		}
	}
	for i := range s.Earlier.all {
		if m := &s.Earlier.all[i]; m.Project == project {
			c.before = append(c.before, m.standings(Selection{}.has, Lines, nil)...)
		}
	}
	for i := range s.Week.all {
		if m := &s.Week.all[i]; m.Project == project {
			c.after = append(c.after, m.standings(Selection{}.has, Lines, histories[m.Platform])...)
		}
	}
	c.files = pairs(c.before, c.after)
	return c
}

// explain says why the share of an owner changed.
func (c *comparison) explain(owner string) (*Account, string) {
	if c.none != "" {
		return nil, c.none
	}
	for _, files := range [][]Standing{c.before, c.after} {
		for i := range files {
			files[i].In = slices.Contains(files[i].Owners, owner)
		}
	}
	account, err := explain(c.before, c.after, c.files)
	if err != nil {
		return nil, err.Error()
	}
	return account, ""
}

// earlierOf gives the same measurement in the week compared with, or nil.
func (s *Site) earlierOf(m Measurement) *Measurement {
	if s.Earlier == nil {
		return nil
	}
	for _, two := range couples(s.Earlier.all, s.Week.all) {
		if two.old == nil || two.new == nil || !two.new.same(m) {
			continue
		}
		for i := range s.Earlier.Measurements {
			if s.Earlier.Measurements[i].same(*two.old) {
				return &s.Earlier.Measurements[i]
			}
		}
	}
	return nil
}

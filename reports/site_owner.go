package reports

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// ownerView is what an owner has, over all platforms of a project.
type ownerView struct {
	Project, Name string
	Page          string // file name
	Group                // over all platforms
	Platforms     []ownedPlatform
	Change        *moveView
	Changes       []changeView // one, or none in the first week
	Trend         trendData
	Spark         sparkline
	Worst         []worstFile
	Double        bool // a platform was measured on two branches, so there is no sum
}

// ownedPlatform is what an owner has of one measurement.
type ownedPlatform struct {
	Label  string
	Change *moveView
	None   string // why it is not compared
	Spark  sparkline
	Group

	platform string
	earlier  *Measurement // nil: there is none
}

// worstOfOwner is how many files the page of an owner names as least covered.
const worstOfOwner = 10

// owners gives all owners of files in the week, by project and name.
func (s *Site) owners() (all []*ownerView) {
	type key struct{ project, name string }
	at := map[key]*ownerView{}
	for _, m := range s.Week.Measurements {
		for _, g := range m.Owners {
			o := at[key{m.Project, g.Owner}]
			if o == nil {
				o = &ownerView{Project: m.Project, Name: g.Owner, Page: ownerPage(m.Project, g.Owner),
					Group: Group{Exact: true}}
				at[key{m.Project, g.Owner}] = o
				all = append(all, o)
			}
			if o.Double = s.double(m.Project); !o.Double {
				o.join(g)
			}
			p := ownedPlatform{
				platform: m.Platform, earlier: s.earlierOf(m), Label: s.called(m), Group: g,
				Spark: spark(s.points(m.Project, m.Platform, m.Branch, g.Owner)),
			}
			o.Platforms = append(o.Platforms, p)
			o.Worst = append(o.Worst, worst(p.Label, m.ownedBy(g.Owner), worstOfOwner)...)
		}
	}
	for _, o := range all {
		s.explainOwner(o)
		o.Worst = mostMissed(o.Worst, worstOfOwner)
		o.Trend = s.trend(func(h Series) bool { return h.Project == o.Project && h.Owner == o.Name })
		if o.Double {
			continue
		}
		o.Spark = spark(s.Trends.together(func(h Series) bool { return h.Project == o.Project && h.Owner == o.Name }))
	}
	slices.SortFunc(all, func(x, y *ownerView) int {
		return cmp.Or(cmp.Compare(x.Project, y.Project), cmp.Compare(x.Name, y.Name))
	})
	return all
}

// explainOwner says why the share of an owner changed, over all platforms.
func (s *Site) explainOwner(o *ownerView) {
	if s.Earlier == nil {
		return
	}
	account, none := s.comparison(o.Project).explain(o.Name)
	view := viewOf("", account, none, s.since(), mostOfOwner)
	if len(o.Platforms) < 2 {
		view.forget()
	}
	for i := range o.Platforms {
		p := &o.Platforms[i]
		for _, c := range s.Since.Changes {
			if c.Project == o.Project && c.Platform == p.platform {
				view.note(c, len(o.Platforms) > 1)
			}
		}
		switch {
		case p.earlier == nil:
			p.None = "not measured in " + s.since()
		case groupOf(p.earlier, o.Name) == nil:
			p.None = "no files in " + s.since()
		default:
			p.Change = changeBetween(groupOf(p.earlier, o.Name).Lines, p.Lines, s.since())
		}
	}
	o.Changes, o.Change = append(o.Changes, view), view.Change
}

// ownedBy gives the files of an owner.
func (m Measurement) ownedBy(owner string) (files []file) {
	for _, f := range m.files {
		if slices.Contains(f.owners, owner) {
			files = append(files, f)
		}
	}
	return files
}

func groupOf(m *Measurement, owner string) *Group {
	for i := range m.Owners {
		if m.Owners[i].Owner == owner {
			return &m.Owners[i]
		}
	}
	return nil
}

var notInFileNames = regexp.MustCompile(`[^a-z0-9]+`)

// ownerPage gives the file name of an owner's page: what of the name is safe in
// one, and a hash, since two owners may have that in common.
func ownerPage(project, owner string) string {
	hash := sha256.Sum256([]byte(project + "\x00" + owner))
	safe := strings.Trim(notInFileNames.ReplaceAllString(strings.ToLower(owner), "-"), "-")
	return "owner-" + cmp.Or(safe[:min(40, len(safe))], "x") + "-" + hex.EncodeToString(hash[:4]) + ".html"
}

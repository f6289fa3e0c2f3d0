package reports

import "fmt"

// The lists of the HTML letter, each with its rest.

func (p letterPage) Gaps() []string {
	shown, rest := cut(p.d.gaps(), p.most.gaps)
	if rest > 0 {
		shown = append(shown[:len(shown):len(shown)], fmt.Sprintf("and %s more", thousands(int64(rest))))
	}
	return shown
}

func (p letterPage) Thanks() (entries []entry) {
	shown, rest := cut(p.d.Thanks, p.most.thanks)
	for _, t := range shown {
		e := entry{change: changeOf(t.Points), Name: t.who(), Below: t.did()}
		if t.Owner != "" {
			e.Link = p.links.owner(p.d, t.Owner)
		}
		entries = append(entries, e)
	}
	if rest > 0 {
		entries = append(entries, entry{Name: fmt.Sprintf("and %s more", thousands(int64(rest)))})
	}
	return entries
}

func (p letterPage) Causes() (entries []entry) {
	if p.d.Account == nil || len(p.d.Account.Parts) == 0 {
		return nil
	}
	whole, causes := p.d.Points()
	longest := int64(1)
	for _, n := range causes {
		longest = max(longest, abs(n))
	}
	for i, c := range p.d.Account.Causes {
		entries = append(entries, entry{
			change: changeOf(causes[i]), Name: string(c.Cause), Beside: c.size(),
			Bar: int(abs(causes[i]) * 100 / longest),
		})
	}
	return append(entries, entry{change: changeOf(whole), Name: "together", Total: true})
}

func (p letterPage) Files() (entries []entry) {
	shown, rest := p.d.files(p.most.files)
	for _, f := range shown {
		below := fmt.Sprintf("%s, %s", f.Cause, f.lines())
		if names := f.names(); names != "" {
			below += ", " + printable(names)
		}
		entries = append(entries, entry{change: changeOf(f.Points), Name: f.what(),
			Link: p.links.file(p.d, f), Below: below})
	}
	if rest.files > 0 {
		entries = append(entries, entry{change: changeOf(rest.points),
			Name: "and " + numbered(rest.files, "more file")})
	}
	return entries
}

func (p letterPage) Owners() (entries []entry) {
	shown, rest := cut(p.d.Owners, p.most.owners)
	for _, o := range shown {
		e := entry{Name: printable(o.Owner), Beside: o.New.Percent(), Below: o.why(), Link: p.links.owner(p.d, o.Owner)}
		if o.Account != nil {
			e.change = changeOf(o.Points)
		}
		entries = append(entries, e)
	}
	if rest > 0 {
		entries = append(entries, entry{Name: restOfOwners(p.d.Owners[len(shown):])})
	}
	return entries
}

func (p letterPage) Untested() (entries []entry) {
	files := p.d.Untested()
	shown, rest := cut(files, p.most.untested)
	for _, f := range shown {
		entries = append(entries, entry{
			Name: f.what(), Link: p.links.file(p.d, f), Beside: thousands(f.New.Total) + " lines",
			Below: printable(f.names()),
		})
	}
	if rest > 0 {
		lines := thousands(linesOfFiles(files[len(shown):])) + " lines"
		entries = append(entries, entry{Name: "and " + numbered(rest, "more file"), Beside: lines})
	}
	return entries
}

func (p letterPage) Releases() (entries []entry) {
	for _, r := range p.d.Released {
		at := r.At.Format("Mon 2 Jan, 15:04 UTC")
		entries = append(entries, entry{Name: printable(r.Platform + " " + r.Name), Beside: at})
	}
	return entries
}

func (p letterPage) Platforms() (entries []entry) {
	for _, w := range p.d.Platforms {
		below := w.detail()
		if label := w.label(); label != "" {
			below += ", " + printable(label)
		}
		entries = append(entries, entry{
			change: change{w.was(), "small"}, Name: printable(w.Platform), Beside: w.percent(), Below: below,
		})
	}
	return entries
}

package reports

import "strings"

// slackLimits keep a message to what people scroll through.
var slackLimits = limits{thanks: 3, files: 5, untested: 5, owners: 10, gaps: 10}

// slackSection is how many characters a section may have.
const slackSection = 2900

// Slack gives the letter as sections in Slack's mrkdwn.
func (d *Digest) Slack(links Links) (sections []string) {
	p := letterPage{d: d, links: links, most: slackLimits}
	head := []string{slackText(d.sentence())}
	if scope := d.scope(); scope != "" {
		head = append(head, slackText(scope))
	}
	if link := p.Dashboard(); link != "" {
		head = append(head, slackLink(link, "All numbers on the dashboard"))
	}
	sections = append(sections, fit(head))
	add := func(title string, lines []string) {
		if len(lines) > 0 {
			sections = append(sections, fit(append([]string{"*" + title + "*"}, lines...)))
		}
	}
	var gaps []string
	for _, gap := range p.Gaps() {
		gaps = append(gaps, ":warning: "+slackText(gap))
	}
	add("Missing or incomplete", gaps)
	add("Thank you", slackLines(p.Thanks()))
	add("Why it changed, in points of "+slackText(d.basis()), slackLines(p.Causes()))
	add("What moved most", slackLines(p.Files()))
	add("Owners", slackLines(p.Owners()))
	add("New files without tests", slackLines(p.Untested()))
	add("Releases of the week", slackLines(p.Releases()))
	add("Platforms", slackLines(p.Platforms()))
	return sections
}

// slackLines writes entries, one a line.
func slackLines(entries []entry) (lines []string) {
	for _, e := range entries {
		var parts []string
		moved := e.Class != "small" // else it is what was before
		if e.Points != "" && moved {
			parts = append(parts, "`"+e.Points+"`")
		}
		name := slackText(e.Name)
		if e.Link != "" {
			name = slackLink(e.Link, e.Name)
		}
		if e.Total {
			name = "*" + name + "*"
		}
		parts = append(parts, name)
		more := []string{e.Beside, e.Below}
		if !moved {
			more = []string{e.Beside, e.Points, e.Below}
		}
		for _, more := range more {
			if more != "" {
				parts = append(parts, "– "+slackText(more))
			}
		}
		lines = append(lines, strings.Join(parts, " "))
	}
	return lines
}

// slackText makes a text plain: neither a link nor a call to everybody, and with
// marks that do not make it bold.
func slackText(text string) string {
	const joiner = "\u2060" // nothing to see, and no mark begins behind it
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	for _, mark := range []string{"*", "_", "~"} {
		text = strings.ReplaceAll(text, mark, joiner+mark+joiner)
	}
	return strings.ReplaceAll(text, "`", "'")
}

func slackLink(address, text string) string {
	address = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C").Replace(address)
	return "<" + address + "|" + strings.ReplaceAll(slackText(text), "|", "¦") + ">"
}

// fit joins as many lines as a section holds, and says how many it leaves out.
func fit(lines []string) string {
	text := strings.Join(lines, "\n")
	for n := len(lines); n > 0 && len(text) > slackSection; n-- {
		text = strings.Join(lines[:n-1], "\n") + "\nand " + numbered(len(lines)-n+1, "more line")
	}
	return text
}

package jenkinstest

import (
	"fmt"
	"html"
	"strings"
)

// html is the page of a report: a table with one row for the whole of it, and
// below another one with a row for each child (breakdownTable.jelly). Only the
// rows of the second have links.
func (r *report) html() string {
	var out strings.Builder
	switch r.class {
	case coverageReport:
		out.WriteString("<h2>JaCoCo Coverage Report</h2>\n")
	default:
		fmt.Fprintf(&out, "<h2>%s</h2>\n", html.EscapeString(r.name))
	}
	out.WriteString("<h3>Overall Coverage Summary</h3>\n<table border=\"1px\" class=\"pane\">\n" + captionLine +
		"<tr>\n<td>all classes</td>\n")
	r.cells(&out)
	out.WriteString("</tr>\n</table>\n")
	if len(r.children) == 0 {
		return out.String()
	}
	out.WriteString("<h3>Coverage Breakdown</h3>\n<table border=\"1px\" class=\"sortable pane\">\n" + captionLine)
	for _, child := range r.children {
		name := html.EscapeString(child.name)
		fmt.Fprintf(&out, "<tr>\n<td class=\"nowrap \">\n<a href=\"%s/\">%s</a>\n</td>\n", name, name)
		child.cells(&out)
		out.WriteString("</tr>\n")
	}
	out.WriteString("</table>\n")
	return out.String()
}

const captionLine = "<tr>\n<th>name</th>\n<th>instruction</th>\n<th>branch</th>\n<th>complexity</th>\n" +
	"<th>line</th>\n<th>method</th>\n<th>class</th>\n</tr>\n"

// cells writes a cell for each counter (printFourCoverageColumns, which has had
// six for long). Their attributes are in single quotes, other than those of the
// page around; the div elements of a row with bars are never closed.
func (r *report) cells(out *strings.Builder) {
	for t, c := range r.counters {
		if r.parent == nil { // CoverageReport.printRatioCell
			fmt.Fprintf(out, "<td bgcolor='#FFFFFF' data='%06.2f'>\n", c.percentageFloat())
			fmt.Fprintf(out, "<table class='percentgraph' cellpadding='0' cellspacing='0'><tr class='percentgraph'>"+
				"<td style='width:40px' class='data'>%d%%</td>"+
				"<td class='percentgraph'><div class='percentgraph' style='width:100px'>"+
				"<div class='redbar' style='width:%dpx'></div></div></td></tr><tr><td colspan='2'>"+
				"<span class='text'><b>M:</b> %d <b>C:</b> %d</span></td></tr></table>\n</td>\n",
				c.percentage(), 100-c.percentage(), c.missed, c.covered)
			continue
		}
		largest := float32(1)
		for _, sibling := range r.parent.children {
			largest = max(largest, float32(sibling.counters[t].missed+sibling.counters[t].covered))
		}
		fmt.Fprintf(out, "<td class='' data='%06.2f'>\n", c.percentageFloat())
		fmt.Fprintf(out, "<table class='percentgraph' cellpadding='0px' cellspacing='0px'><tr>"+
			"<td class='percentgraph' colspan='2'>"+
			"<span class='text'><b>M:</b> %d <b>C:</b> %d</span></td></tr>"+
			"<tr><td width='40px' class='data'>%d%%</td><td>"+
			"<div class='percentgraph' style='width: %spx;'>"+
			"<div class='redbar' style='width: %spx;'></td></tr></table></td>\n",
			c.missed, c.covered, c.percentage(),
			javaFloat(float32(c.missed+c.covered)/largest*100), javaFloat(float32(c.missed)/largest*100))
	}
}

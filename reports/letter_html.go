package reports

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed templates/letter.html
var letterTemplate embed.FS

// mostHTML is how many octets the HTML of a letter may have: some readers cut a
// mail off at 102 KB.
const mostHTML = 88_000

// htmlLimits are tried in turn until the letter is small enough.
var htmlLimits = []limits{
	{thanks: 5, files: 10, untested: 10, owners: 50, gaps: 20},
	{thanks: 5, files: 8, untested: 6, owners: 25, gaps: 10},
	{thanks: 3, files: 5, untested: 3, owners: 10, gaps: 5},
	{thanks: 1, files: 2, untested: 1, owners: 3, gaps: 3},
}

// ChartName is the content ID of the picture that [Digest.WriteHTML] shows.
const ChartName = "trend"

// WriteHTML writes the letter as the HTML of a mail: tables for the layout, all
// styles inline, dark where the reader is dark, less than 100 KB. It shows the
// picture cid:trend if chart is true, and says the same without it.
func (d *Digest) WriteHTML(out io.Writer, links Links, chart bool) error {
	page, err := template.New("letter.html").Funcs(template.FuncMap{"css": inline, "outlook": outlook}).
		ParseFS(letterTemplate, "templates/letter.html")
	if err != nil {
		return fmt.Errorf("letter: %w", err)
	}
	var text bytes.Buffer
	for _, most := range htmlLimits {
		text.Reset()
		if err := page.Execute(&text, letterPage{d: d, links: links, most: most, Chart: chart}); err != nil {
			return fmt.Errorf("letter: %w", err)
		}
		if text.Len() <= mostHTML {
			break
		}
	}
	_, err = text.WriteTo(out)
	return err
}

// styles are those of each element, by what it is. The classes of the same names
// turn them dark.
var styles = map[string]string{
	"page":  "margin:0;padding:0;background-color:#f3f4f6;",
	"table": "width:100%;border-collapse:collapse;border-spacing:0;",
	"gain":  "height:12px;padding:0;font-size:0;line-height:0;border-radius:2px;background-color:#3fa46c;",
	"loss":  "height:12px;padding:0;font-size:0;line-height:0;border-radius:2px;background-color:#d9584e;",
	"card":  "background-color:#ffffff;border-radius:8px;",
	"font":  "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;",
	"text":  "color:#1c2430;font-size:15px;line-height:22px;",
	"small": "color:#5b6675;font-size:13px;line-height:19px;",
	"big":   "color:#1c2430;font-size:44px;line-height:52px;font-weight:700;letter-spacing:-1px;",
	"title": "color:#1c2430;font-size:17px;line-height:24px;font-weight:700;margin:0;padding:26px 0 6px 0;",
	"cell":  "padding:7px 0 7px 0;border-top:1px solid #e5e8ec;vertical-align:top;",
	"right": "text-align:right;white-space:nowrap;padding-left:12px;",
	"wrap":  "word-break:break-word;overflow-wrap:anywhere;",
	"up":    "color:#187a48;font-weight:600;",
	"down":  "color:#b3261e;font-weight:600;",
	"level": "color:#5b6675;font-weight:600;",
	"warn": "background-color:#fff4d6;color:#6b4a00;border-radius:6px;padding:12px 14px;" +
		"font-size:14px;line-height:20px;",
	"link": "color:#1558b0;text-decoration:none;",
	"code": "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px;line-height:20px;",
}

func inline(names ...string) (template.CSS, error) {
	var all strings.Builder
	for _, name := range names {
		style, known := styles[name]
		if !known {
			return "", fmt.Errorf("there is no style %q", name)
		}
		all.WriteString(style)
	}
	return template.CSS(all.String()), nil //nolint:gosec // of the table above
}

// outlook is for Outlook alone, which knows no greatest width.
func outlook(html string) template.HTML {
	return template.HTML("<!--[if mso]>" + html + "<![endif]-->") //nolint:gosec // of the template itself
}

// letterPage is what the template asks.
type letterPage struct {
	d     *Digest
	links Links
	most  limits
	Chart bool
}

// change is a number of points with its colour.
type change struct{ Points, Class string }

func changeOf(hundredths int64) change {
	switch {
	case hundredths > 0:
		return change{points(hundredths), "up"}
	case hundredths < 0:
		return change{points(hundredths), "down"}
	}
	return change{points(hundredths), "level"}
}

// entry is one line of any list: a name with its link, what is beside it, and a
// smaller line below.
type entry struct {
	change
	Name, Link, Beside, Below string
	Bar                       int // of the width of a bar, in per cent of the longest; 0: none
	Total                     bool
}

func (e entry) BarStyle() string {
	if e.Class == "up" {
		return "gain"
	}
	return "loss"
}

func (p letterPage) Subject() string   { return p.d.Subject() }
func (p letterPage) Project() string   { return printable(p.d.Project) }
func (p letterPage) Owner() string     { return printable(p.d.Owner) }
func (p letterPage) Week() string      { return isoWeek(p.d.Monday) }
func (p letterPage) Days() string      { return days(p.d.Monday) }
func (p letterPage) Sentence() string  { return p.d.sentence() }
func (p letterPage) Scope() string     { return p.d.scope() }
func (p letterPage) Basis() string     { return p.d.basis() }
func (p letterPage) Dashboard() string { return p.links.dashboard(p.d) }
func (p letterPage) HowToRead() string { return howToRead }
func (p letterPage) Alt() string       { return p.d.ChartText() }

func (p letterPage) Percent() string {
	if p.d.Share == nil {
		return ""
	}
	return p.d.Share.Percent()
}

// Change is how far the number moved; nil if there is nothing to compare with.
func (p letterPage) Change() *change {
	if p.d.Account == nil {
		return nil
	}
	whole, _ := p.d.Points()
	c := changeOf(whole)
	c.Points = p.d.Moved()
	return &c
}

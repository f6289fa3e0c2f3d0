package reports

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"path"
	"strings"
)

//go:embed site
var siteFiles embed.FS

// SiteIndex is the page that people open. All else is reached from it.
const SiteIndex = "index.html"

// page is what each template is given.
type page struct {
	Title, Here string // Here: overview, files or owner
	Project     string
	Week, Dates string
	Against     string // empty: nothing to compare with
	Version     string
	Assets      map[string]string // name in site/ -> name in the dashboard
	Body        any
}

// Pages makes the files of the dashboard, by their names in its folder. The same
// week gives the same files. Scripts, styles and data carry a hash of their
// content in their names, so that a page never meets those of another version.
func (s *Site) Pages() (map[string][]byte, error) {
	files := map[string][]byte{}
	assets := map[string]string{}
	add := func(name string, content []byte) {
		hash := sha256.Sum256(content)
		extension := path.Ext(name)
		base := strings.TrimSuffix(path.Base(name), extension)
		assets[name] = fmt.Sprintf("assets/%s-%s%s", base, hex.EncodeToString(hash[:6]), extension)
		files[assets[name]] = content
	}
	for _, name := range siteAssets {
		content, err := siteFiles.ReadFile("site/" + name)
		if err != nil {
			return nil, err
		}
		add(name, content)
	}
	for _, name := range siteLicences {
		content, err := siteFiles.ReadFile("site/" + name)
		if err != nil {
			return nil, err
		}
		files["assets/"+strings.ReplaceAll(name, "/", "-")+".txt"] = content
	}
	data, earlier := s.data()
	add("data.js", script("files", data))
	add("past.js", script("past", earlier))

	templates, err := template.New("").Funcs(template.FuncMap{
		"show": printable, "number": grouped, "folders": func(path string) []string { return strings.Split(path, "/") },
	}).ParseFS(siteFiles, "site/*.html")
	if err != nil {
		return nil, err
	}
	year := s.Week.Monday.Year()
	sunday := s.Week.Monday.AddDate(0, 0, 6)
	from := "2 January"
	if sunday.Year() != year {
		from += " 2006"
	}
	p := page{
		Project: s.Project, Version: s.Version, Assets: assets, Week: isoWeek(s.Week.Monday),
		Dates: s.Week.Monday.Format(from) + " to " + sunday.Format("2 January 2006"),
	}
	if s.Earlier != nil {
		p.Against = isoWeek(s.Earlier.Monday)
	}
	render := func(file, name, title string, body any) error {
		var out bytes.Buffer
		p.Here, p.Title, p.Body = name, title, body
		err := templates.ExecuteTemplate(&out, name+".html", p)
		files[file] = out.Bytes()
		return err
	}
	owners := s.owners()
	for _, o := range owners {
		if err := render(o.Page, "owner", printable(o.Name), o); err != nil {
			return nil, err
		}
	}
	if err := render("files.html", "files", "Files", s.filesBody(data)); err != nil {
		return nil, err
	}
	if err := render(SiteIndex, "overview", "Overview", s.overview(owners)); err != nil {
		return nil, err
	}
	return files, nil
}

// siteAssets are the scripts and styles in site/.
var siteAssets = []string{
	"site.css", "icon.svg", "theme.js", "common.js", "trend.js", "treemap.js", "tables.js", "files.js", "detail.js",
	"uplot/uPlot.iife.min.js", "uplot/uPlot.min.css", "d3-hierarchy/d3-hierarchy.min.js",
}

// siteLicences are the texts that go with the libraries among them.
var siteLicences = []string{"uplot/LICENSE", "d3-hierarchy/LICENSE"}

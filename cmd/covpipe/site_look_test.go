package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/covpipe/covpipe/loaders"
)

// folderOf gives the folder of a file address.
func folderOf(t *testing.T, site string) string {
	t.Helper()
	u, err := url.Parse(site)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

// pagesOf gives the addresses of one page of each kind.
func pagesOf(t *testing.T, site string) []string {
	t.Helper()
	owner, err := filepath.Glob(filepath.Join(folderOf(t, site), "owner-cart-*.html"))
	if err != nil || len(owner) != 1 {
		t.Fatal(owner, err)
	}
	return []string{site + "/index.html", site + "/files.html", site + "/" + filepath.Base(owner[0])}
}

// axe finds what keeps people out who use a keyboard or a screen reader, or see
// little.
func testAccess(t *testing.T, chromium chromium, site string) {
	axe, err := os.ReadFile("../../build/npm/node_modules/axe-core/axe.min.js")
	if err != nil {
		if os.Getenv("COVPIPE_TEST_ALL") != "" {
			t.Fatal(err, "; make setup installs it")
		}
		t.Skip(err)
	}
	b := chromium.open(t, 1280, 900)
	for _, scheme := range []string{"light", "dark"} {
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		for _, page := range pagesOf(t, site) {
			b.open(page)
			b.want(`document.documentElement.dataset.theme`, scheme)
			b.eval(string(axe) + "; true")
			b.eval(`axe.run({preload: false}).then(found => window.found = found.violations.map(v =>
				v.id + ': ' + v.help + '\n' + v.nodes.map(n => n.html + ' ' + n.failureSummary).join('\n'))); true`)
			b.until(`window.found !== undefined`)
			if found := b.eval(`found.join('\n')`); found != "" {
				t.Errorf("%s, %s: %s", filepath.Base(page), scheme, found)
			}
			b.shoot(scheme + "-" + strings.Split(filepath.Base(page), "-")[0])
		}
	}
	b.quiet(site)
}

func testDark(t *testing.T, chromium chromium, site string) {
	b := chromium.open(t, 1280, 900)
	b.open(site + "/index.html")
	light := b.eval(`getComputedStyle(document.body).backgroundColor`)
	b.do(chromedp.Click(chromedp.CSS("#theme")))
	b.want(`document.documentElement.dataset.theme`, "dark")
	dark := b.eval(`getComputedStyle(document.body).backgroundColor`)
	if light == dark {
		t.Errorf("both are %v", light)
	}
	b.open(site + "/files.html")
	b.want(`getComputedStyle(document.body).backgroundColor`, dark)
	b.want(`document.querySelector('#theme').textContent`, "Light")
	b.quiet(site)
}

// Nothing is wider than a phone, and no text is lost.
func testPhone(t *testing.T, chromium chromium, site string) {
	b := chromium.open(t, 390, 844)
	b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	for _, page := range pagesOf(t, site) {
		b.open(page)
		b.want(`document.documentElement.scrollWidth <= innerWidth`, true)
		b.shoot("phone-" + strings.Split(filepath.Base(page), "-")[0])
	}
	b.quiet(site)
}

// Jenkins serves published files so that nothing in them may run, unless somebody
// allows it.
func testJenkins(t *testing.T, chromium chromium, site string) {
	folder := folderOf(t, site)
	const strict = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';"
	const scripts = "sandbox allow-scripts; default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
	policy := strict
	files := http.FileServer(http.Dir(folder))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		files.ServeHTTP(w, r)
	}))
	defer server.Close()

	b := chromium.open(t, 1280, 900)
	b.open(server.URL + "/")
	b.want(`document.querySelector('.card .big').textContent`, "46.7 % −2.48")
	b.want(`getComputedStyle(document.querySelector('.cards')).display`, "grid") // the style sheet was taken
	b.want(`document.querySelector('.waterfall tr.down rect').getBoundingClientRect().width > 10`, true)
	b.want(`document.querySelector('.verdict').textContent.includes('fell by')`, true)
	b.want(`document.querySelector('#treemap').checkVisibility()`, false) // there is a table in its place
	b.want(`document.querySelector('#directories table').checkVisibility()`, true)
	b.want(`document.querySelector('#theme').checkVisibility()`, false)
	b.shoot("jenkins-strict")
	b.open(server.URL + "/files.html")
	b.reads("noscript table tbody tr", "43 php src/Search/Index.php 17/60 28.3 %")
	b.shoot("jenkins-strict-files")

	policy = scripts
	b = chromium.open(t, 1280, 900)
	b.open(server.URL + "/")
	b.want(`document.querySelectorAll('#trend canvas').length`, 1.0)
	b.want(`document.querySelectorAll('.treemap li').length > 3`, true)
	b.open(server.URL + "/files.html")
	b.do(chromedp.SendKeys(chromedp.CSS("#search"), "price"), chromedp.Click(chromedp.CSS(".file")))
	b.until(`document.querySelector('#detail table') !== null`)
	b.quiet(server.URL)
}

// A line of a release is drawn in the chart, and said where it belongs.
func TestReleasesStandInTheChartAndBesideTheChange(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	for n, load := range eightWeeks() {
		loadRows(t, place, load.origin, load.rows, n)
	}
	at := time.Date(2026, 11, 19, 12, 0, 0, 0, time.UTC)
	_, err := loaders.AddReleases(t.Context(), place, loaders.Options{}, []loaders.Release{
		{Project: "shop", Platform: "php", Name: "2.4.0", At: at},
		{Project: "shop", Platform: "php", Name: "2.3.0", At: at.AddDate(0, 0, -21)},
		{Project: "shop", Platform: "android", Name: `7.0 <b>"x"`, At: at.AddDate(0, 0, -21)},
	})
	if err != nil {
		t.Fatal(err)
	}
	site := filepath.Join(t.TempDir(), "site")
	if code := covpipe(t, "dashboard", "-o", site, "--warehouse", place); code != exitDone {
		t.Fatal(code)
	}
	b := startChromium(t).open(t, 1280, 900)
	b.open("file://" + site + "/index.html")
	b.want(`document.querySelector('#trend .readout').textContent.endsWith('released: php 2.4.0')`, true)
	b.says(".why .note", "Released in between: php 2.4.0, 19 November 2026.")
	b.reads("#releases tbody", "2026-W47 php 2.4.0 19 November 2026 2026-W44 php 2.3.0 29 October 2026 "+
		`2026-W44 android 7.0 <b>"x" 29 October 2026`)
	b.shoot("releases")
	b.quiet("file://" + site)
}

func testPrint(t *testing.T, chromium chromium, site string) {
	b := chromium.open(t, 1280, 900)
	for _, page := range pagesOf(t, site) {
		b.open(page)
		b.do(chromedp.Click(chromedp.CSS("#theme"))) // paper is white all the same
		print := chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPrintBackground())
		pdf, err := chromedp.Run(b.ctx, print)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(pdf), "%PDF-") {
			t.Errorf("%s: no PDF", page)
		}
		if dir := os.Getenv("COVPIPE_SHOTS"); dir != "" {
			name := strings.Split(filepath.Base(page), "-")[0] + ".pdf"
			if err := os.WriteFile(filepath.Join(dir, name), pdf, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		b.do(chromedp.Click(chromedp.CSS("#theme")))
	}
	b.quiet(site)
}

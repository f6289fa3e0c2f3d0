package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
)

// hostile are names that would be markup, code or orders somewhere.
var hostile = []string{
	`src/</script><img src=x onerror=alert(1)>.php`,
	`src/"onmouseover="alert(2)" x='.php`, "src/turn\u202eed\u200f.php",
	"src/new\nline.php", "src/__proto__/constructor.php", "src/{{.Body}}/${alert(3)}.php",
	"src/&lt;b&gt;\\u003c.php", "src/<!--.php",
}

var hostileOwners = []string{`@</script><img/src=x/onerror=alert(4)>`, "__proto__", `@"q'`, "@\u202egro"}

// eightWeeks are measurements of three platforms: android lacks two weeks, ios the
// last one, php has files with hostile names and falls at the end.
func eightWeeks() (loads []measurement) {
	for i := range 8 {
		at := time.Date(2026, 10, 4+7*i, 20, 30, 0, 0, time.UTC)
		origin := coverage.Origin{
			Week: coverage.WeekOf(at, time.UTC), MeasuredAt: at, Project: "shop", Platform: "php", Branch: "main",
			Commit: "c0ffee5ec0ffee5ec0ffee5ec0ffee5ec0ffee5e", Format: "clover",
		}
		row := func(path, owner string, covered, total int64) coverage.Row {
			return coverage.Row{
				Path: path, Owners: owner, Lines: coverage.Of(covered, total), Methods: coverage.Of(covered/5, total/5),
				Basis: coverage.BasisFileMetrics, Exact: true,
			}
		}
		n := int64(i)
		cart := 15 + n/2
		if i == 7 {
			cart = 9
		}
		php := []coverage.Row{
			row("src/Cart/Price.php", "@cart", cart, 20), row("src/Cart/Cart.php", "@cart @platform", 40, 50),
			row("src/Search/Index.php", "@search", 10+n, 60), row("src/Search/deep/er/Never.php", "@search", 0, 30),
			row("src/Search/deep/All.php", "(unowned)", 25, 25), row("src/Empty.php", "(unowned)", 0, 0),
		}
		for n, name := range hostile {
			php = append(php, row(name, hostileOwners[n%len(hostileOwners)], int64(n), int64(10+i)))
		}
		loads = append(loads, measurement{origin, php})
		if i < 4 || i > 5 {
			android := origin
			android.Platform, android.Format = "android", "jacoco"
			loads = append(loads, measurement{android, []coverage.Row{
				row("com/example/cart/Cart.kt", "@cart", 30+n, 60),
				row("com/example/search/Search.kt", "@search", 50, 60)}})
		}
		if i < 7 {
			ios := origin
			ios.Platform, ios.Format = "ios", "xcov"
			loads = append(loads, measurement{ios, []coverage.Row{
				{Path: "Sources/Cart.swift", Owners: "@cart", Rate: coverage.Rate{Value: 0.256, Known: true},
					Basis: coverage.BasisFraction, Exact: true}}})
		}
	}
	return loads
}

// dashboardOf writes a dashboard of measurements and gives the address of its folder.
func dashboardOf(t *testing.T, loads []measurement, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	place := "duckdb:" + filepath.Join(dir, "w.duckdb")
	for n, load := range loads {
		loadRows(t, place, load.origin, load.rows, n)
	}
	site := filepath.Join(dir, "site")
	command := append([]string{"dashboard", "-o", site, "--warehouse", place}, args...)
	if code := covpipe(t, command...); code != exitDone {
		t.Fatalf("exit code %d", code)
	}
	return (&url.URL{Scheme: "file", Path: site}).String()
}

// The pages are used as people do, in a real browser, from files.
func TestTheDashboardInABrowser(t *testing.T) {
	site := dashboardOf(t, eightWeeks())
	browser := startChromium(t)
	for _, is := range []struct {
		name string
		so   func(*testing.T, chromium, string)
	}{
		{"the overview", testOverview},
		{"the table of files", testFiles},
		{"the page of an owner says why it fell", testOwner},
		{"hostile names stay text", testHostileNames},
		{"nobody is kept out", testAccess},
		{"dark is chosen and remembered", testDark},
		{"a phone is wide enough", testPhone},
		{"the policy of Jenkins leaves the numbers", testJenkins},
		{"paper is white", testPrint},
	} {
		t.Run(is.name, func(t *testing.T) { is.so(t, browser, site) })
	}
}

func testOverview(t *testing.T, chromium chromium, site string) {
	b := chromium.open(t, 1280, 900)
	b.open(site + "/index.html")
	b.reads(`h1`, "Coverage in week 2026-W47 16 November to 22 November 2026, compared with 2026-W46")
	b.says(".alert", "ios: MISSING this week, and carried over from 2026-W46")
	b.want(`document.querySelectorAll('#trend canvas').length`, 1.0)
	b.reads(`#trend .readout`, "2026-W47: all platforms 46.7 % · android 72.5 % · php 37.0 %")
	b.shoot("overview")

	t.Run("the chart by keyboard", func(t *testing.T) {
		b.do(chromedp.Focus(chromedp.CSS(".chart")), chromedp.KeyEvent(kb.ArrowLeft), chromedp.KeyEvent(kb.ArrowLeft))
		b.reads(`#trend .readout`,
			"2026-W45: all platforms 48.9 % · android 69.1 % (carried over from 2026-W43) · php 40.9 %")
	})
	t.Run("the waterfall sums up", func(t *testing.T) {
		b.want(`[...document.querySelectorAll('.waterfall')].map(table => {
			const number = text => Math.round(100 * parseFloat(text.replace('−', '-')));
			const points = [...table.tBodies[0].rows].slice(1, -1).map(row => number(row.cells[1].textContent));
			const verdict = table.closest('.why').querySelector('.verdict');
			const sign = verdict.textContent.includes('fell') ? -1 : 1;
			return points.reduce((a, b) => a + b) === sign * number(verdict.querySelector('.change').textContent);
		}).join()`, "true,true,true")
	})
	t.Run("sorting owners", func(t *testing.T) {
		b.do(chromedp.Click(chromedp.CSS("table.sortable thead th:nth-child(5) button")))
		b.reads(`table.sortable tbody th`, "@search")
		b.do(chromedp.Click(chromedp.CSS("table.sortable thead th:nth-child(5) button")))
		b.reads(`table.sortable tbody th`, "@cart")
		b.want(`document.querySelector('table.sortable thead th:nth-child(5)').getAttribute('aria-sort')`, "ascending")
	})
	t.Run("into a directory and its files", func(t *testing.T) {
		b.do(chromedp.Click(chromedp.CSS(`.treemap li:not(.group) button[aria-label^="Search"]`)))
		b.reads(`.crumbs [aria-current]`, "Search 36.5 %")
		b.want(`document.activeElement.closest('.crumbs') !== null`, true)
		b.do(chromedp.Focus(chromedp.CSS(".treemap button, .treemap a")), chromedp.KeyEvent(kb.Escape))
		b.reads(`.crumbs [aria-current]`, "php/src 37.0 %")
		b.follow(chromedp.Click(chromedp.CSS(`.treemap a[aria-label^="Cart"]`)))
		b.reads(`#found`, "2 files in src/Cart/, 49 of 70 lines, 70.0 %")
	})
	b.quiet(site)
}

func testFiles(t *testing.T, chromium chromium, site string) {
	b := chromium.open(t, 1280, 900)
	b.open(site + "/files.html")
	b.reads(`#found`, "17 files, 206 of 441 lines, 46.7 %")
	b.shoot("files")

	t.Run("search", func(t *testing.T) {
		b.do(chromedp.SendKeys(chromedp.CSS("#search"), "cart PRICE"))
		b.reads(`#found`, "1 file, 9 of 20 lines, 45.0 %")
		b.reads(`.files td.path`, "src/Cart/Price.php")
	})
	t.Run("a file and its weeks", func(t *testing.T) {
		b.do(chromedp.Click(chromedp.CSS(".file")))
		b.until(`document.querySelector('#detail table') !== null`)
		b.reads(`#detail h2`, "src/Cart/Price.php")
		b.reads(`#detail tbody tr`, "2026-W479/2045.0 %−45.00")
		b.want(`document.querySelectorAll('#detail tbody tr').length`, 8.0)
		b.shoot("detail")
		b.do(chromedp.KeyEvent(kb.Escape))
		b.want(`document.querySelector('#detail').open`, false)
	})
	t.Run("the address keeps what was chosen", func(t *testing.T) {
		b.open(site + "/files.html#" +
			url.Values{"owner": {"__proto__"}, "sort": {"coverage"}, "order": {"asc"}}.Encode())
		b.want(`document.querySelector('#found').textContent.split(',')[0]`, "2 files")
		b.want(`document.querySelector('#owner').value`, "__proto__")
		b.reads(`th[aria-sort]`, "coverage")
		b.open(site + "/files.html#" + url.Values{"file": {"src/Cart/Price.php"}, "of": {"php"}}.Encode())
		b.reads(`#detail h2`, "src/Cart/Price.php")
	})
	t.Run("by keyboard", func(t *testing.T) {
		b.open(site + "/files.html")
		b.do(chromedp.KeyEvent("/"))
		b.want(`document.activeElement.id`, "search")
		b.do(chromedp.Focus(chromedp.CSS(".rows")), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
		b.reads(`#here`, "com/example/cart/Cart.kt, 61.6 %")
		b.do(chromedp.KeyEvent(kb.Enter))
		b.want(`document.querySelector('#detail').open`, true)
		b.do(chromedp.KeyEvent(kb.Escape))
		b.want(`document.activeElement.className`, "rows")
	})
	b.quiet(site)
}

// What somebody sees who follows the link of a team that has fallen.
func testOwner(t *testing.T, chromium chromium, site string) {
	b := chromium.open(t, 1280, 900)
	b.open(site + "/index.html")
	b.follow(chromedp.Click(chromedp.CSS(`a[href^="owner-cart-"]`)))
	b.want(`document.querySelector('h1').firstChild.textContent.trim()`, "@cart")
	b.reads(`.verdict`,
		"Fell by 6.15 points since 2026-W46, from 72.3 % to 66.1 %. Mainly: tests lost in 1 file (−6.92).")
	b.reads(`.parts tbody tr`, "−6.92 php src/Cart/Price.php tests lost tests lost 18/20 → 9/20")
	b.want(`document.querySelector('.why').getBoundingClientRect().bottom < innerHeight`, true) // in one look
	b.shoot("owner")
	b.quiet(site)
}

// No name of a file or owner becomes markup, code or a property.
func testHostileNames(t *testing.T, chromium chromium, site string) {
	b := chromium.open(t, 1280, 900)
	pages := []string{"/index.html", "/files.html"}
	b.open(site + "/index.html")
	links := b.eval(`[...document.querySelectorAll('table.sortable a')].map(a => a.getAttribute('href'))`)
	for _, page := range links.([]any) {
		pages = append(pages, "/"+page.(string))
	}
	if len(pages) < 2+len(hostileOwners) {
		t.Errorf("only %q", pages)
	}
	for _, page := range pages {
		b.open(site + page)
		b.want(`document.querySelectorAll('img, [onerror], [onmouseover]').length`, 0.0)
		b.want(`document.documentElement.textContent.search(/[\u202a-\u202e\u2066-\u2069]/)`, -1.0)
		if strings.HasPrefix(page, "/owner-") {
			name := b.eval(`document.querySelector('h1').firstChild.textContent.trim()`)
			b.follow(chromedp.Click(chromedp.CSS(`a[href^="files.html#"]`)))
			b.want(`document.querySelector('#owner').value`, name)
			b.want(`parseInt(document.querySelector('#found').textContent) > 0`, true)
		}
		b.want(`({}).constructor === Object && ({}).polluted === undefined`, true)
	}
	b.open(site + "/files.html")
	for _, name := range hostile {
		shown := strings.Map(func(c rune) rune {
			if c == '\n' || c == '\u202e' || c == '\u200f' {
				return '\ufffd'
			}
			return c
		}, name)
		cells := `[...document.querySelectorAll('.files td.path')]`
		b.want(fmt.Sprintf(`%s.some(cell => cell.textContent === %q)`, cells, shown), true)
	}
	b.quiet(site)
}

func TestBothEnginesGiveTheSameDashboard(t *testing.T) {
	vertica := startVertica(t)
	var sites []map[string][]byte
	for _, place := range []string{"duckdb:" + filepath.Join(t.TempDir(), "w.duckdb"), vertica} {
		var prints []string
		for n, load := range append(sixWeeks()[9:], eightWeeks()[12:]...) {
			loadRows(t, place, load.origin, load.rows, n)
			print, err := loaders.Fingerprint(t.Context(), place, loaders.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(prints, print) {
				t.Errorf("%s: a load leaves the fingerprint %q", place, print)
			}
			prints = append(prints, print)
		}
		a := &app{now: time.Now}
		pages, err := a.sitePages(t.Context(), place, nil, siteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		sites = append(sites, pages)
	}
	if len(sites[0]) != len(sites[1]) {
		t.Errorf("%d and %d files", len(sites[0]), len(sites[1]))
	}
	for name, content := range sites[0] {
		if string(sites[1][name]) != string(content) {
			t.Errorf("%s: DuckDB gives\n%s\nand Vertica\n%s", name, content, sites[1][name])
		}
	}
}

// A Jenkins build can leave one total and no files.
func TestADashboardOfATotalAlone(t *testing.T) {
	load := eightWeeks()[0]
	load.rows = []coverage.Row{{Lines: coverage.Of(3, 4), Basis: coverage.BasisBuildTotal, Exact: true}}
	site := dashboardOf(t, []measurement{load})
	b := startChromium(t).open(t, 1280, 900)
	b.open(site + "/index.html")
	b.reads(".card .big", "75.0 %")
	b.open(site + "/files.html")
	b.reads("#found", "0 files, 0 of 0 lines, no data")
	b.quiet(site)
}

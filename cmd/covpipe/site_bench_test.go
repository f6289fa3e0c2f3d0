package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/covpipe/covpipe/loaders"
)

// years makes a DuckDB with a number of files in each of a number of weeks, the
// last of which is 2026-W47, and gives its place. Each week some files differ from
// the week before; there are 61 owners.
func years(tb testing.TB, files, weeks int) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "years.duckdb")
	db, err := sql.Open("duckdb", file)
	if err != nil {
		tb.Fatal(err)
	}
	ddl, err := loaders.DDL("duckdb", 0)
	if err != nil {
		tb.Fatal(err)
	}
	for _, statement := range []string{ddl, fmt.Sprintf(`
INSERT INTO coverage_files
SELECT DATE '2026-11-16' - CAST(7 * week AS INTEGER), TIMESTAMP '2026-11-22 21:00:00' - INTERVAL (7 * week) DAY, 'shop',
    platform, 'main', 'c0ffee', 1000 - week, format, NULL, path, owners, total,
    CAST(floor(total * least(1, greatest(0, base + 0.2 * sin(week / 40.0 + file %% 7)))) AS BIGINT),
    total // 8 + 1, total // 16, NULL, NULL, NULL, 'file_metrics', true
FROM (
    SELECT file, 20 + hash(file) %% 300 AS total, (hash(file + 1000000) %% 100) / 100.0 AS base,
        CASE WHEN file %% 10 < 6 THEN 'php' WHEN file %% 10 < 8 THEN 'android' ELSE 'ios' END AS platform,
        CASE WHEN file %% 10 < 6 THEN 'clover' WHEN file %% 10 < 8 THEN 'jacoco' ELSE 'xccov_report' END AS format,
        'src/' || ['Cart','Search','Checkout','Catalog','Payments','Account','Shipping','Returns'][1 + file %% 8]
            || '/Module' || (hash(file) %% 40) || '/Part' || (hash(file + 5) %% 6) || '/File' || file || '.ext' AS path,
        '@shop/team' || (hash(file) %% 60) || CASE WHEN file %% 11 = 0 THEN ' @shop/platform' ELSE '' END AS owners
    FROM range(%d) AS f(file)
), range(%d) AS w(week)`, files, weeks)} {
		if _, err := db.Exec(statement); err != nil {
			tb.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
	return "duckdb:" + file
}

// BenchmarkDashboard makes the pages of a large company, and measures in Chromium
// when somebody sees the first of it (first contentful paint, after the start of
// the navigation), when all of it is there, and how long a search takes.
func BenchmarkDashboard(b *testing.B) {
	files, weeks := 20000, 260
	if os.Getenv("QUICK") != "" {
		files, weeks = 2000, 26
	}
	place := years(b, files, weeks)
	site := filepath.Join(b.TempDir(), "site")
	for b.Loop() {
		a := &app{now: time.Now}
		pages, err := a.sitePages(b.Context(), place, nil, siteOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if err := writeSite(site, pages, time.Now()); err != nil {
			b.Fatal(err)
		}
		size := 0
		for _, content := range pages {
			size += len(content)
		}
		b.ReportMetric(float64(size)/1e6, "MB")
	}
	browser := startChromium(b)
	for _, page := range []string{"index", "files"} {
		tab := browser.open(b, 1280, 900)
		tab.open("file://" + site + "/" + page + ".html")
		tab.until(`performance.getEntriesByName('first-contentful-paint').length === 1`)
		tab.until(`document.readyState === 'complete'`)
		painted := tab.eval(`performance.getEntriesByName('first-contentful-paint')[0].startTime`)
		b.ReportMetric(painted.(float64), page+"-paint-ms")
		loaded := tab.eval(`performance.getEntriesByType('navigation')[0].loadEventEnd`).(float64)
		b.ReportMetric(loaded, page+"-load-ms")
		if page != "files" {
			continue
		}
		tab.want(`document.querySelectorAll('.files tbody tr').length < 80`, true) // only what is seen
		took := tab.eval(`(() => {
			const search = document.querySelector('#search'), began = performance.now();
			search.value = 'cart 7';
			search.dispatchEvent(new Event('input', {bubbles: true}));
			document.querySelector('.rows').getBoundingClientRect();
			return performance.now() - began;
		})()`)
		b.ReportMetric(took.(float64), "search-ms")
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/loaders/verticatest"
	"github.com/covpipe/covpipe/reports"
)

// vertica starts a test server with the tables of covpipe, whose clock is not
// UTC, and gives its place.
func startVertica(t *testing.T) string {
	t.Helper()
	server, err := verticatest.Start(verticatest.Options{Zone: -5})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	ddl, err := loaders.DDL("vertica", 0)
	if err == nil {
		err = server.Apply(t.Context(), ddl)
	}
	if err != nil {
		t.Fatal(err)
	}
	return "vertica://loader@" + server.Addr() + "/coverage?tlsmode=none"
}

// measurement is one load.
type measurement struct {
	origin coverage.Origin
	rows   []coverage.Row
}

// sixWeeks are measurements of a project: files that rise, fall, appear, go, are
// never run, lie at the root, are of two Xcode targets, or have only a rate.
func sixWeeks() (loads []measurement) {
	row := func(module, path string, covered, total int64) coverage.Row {
		return coverage.Row{Module: module, Path: path, Lines: coverage.Of(covered, total),
			Basis: coverage.BasisFileMetrics, Exact: true}
	}
	for i := range 6 {
		at := time.Date(2026, 10, 18+7*i, 20, 30, 0, 0, time.UTC)
		week := coverage.WeekOf(at, time.UTC)
		n := int64(i)
		php := []coverage.Row{
			row("", "src/Cart/Rises.php", n, 10), row("", "src/Cart/Falls.php", 10-n, 10),
			row("", "src/Search/Never.php", 0, 7),
			row("", "root.php", 3, 3), row("", "src/Cart/Grows.php", 5, 10+n), row("", "src/Empty.php", 0, 0),
			{Path: "src/Unknown.php", Basis: coverage.BasisFileMetrics, Exact: true},
		}
		if i >= 3 {
			php = append(php, row("", "src/deep/er/New's \"quoted\", file.php", 1, 3))
		}
		origin := coverage.Origin{Week: week, MeasuredAt: at, Project: "shop", Platform: "php", Branch: "main",
			Format: "clover"}
		ios := origin
		ios.Platform, ios.Branch, ios.Format = "ios", "", "xccov_report"
		other := origin
		other.Project = "other"
		for _, load := range []measurement{
			{origin, php},
			{ios, []coverage.Row{
				row("App", "Sources/A.swift", 4, 8), row("Tests", "Sources/A.swift", n, 8),
				row("App", "Sources/B.swift", 0, 2)}},
			{other, []coverage.Row{row("", "x.php", 1, 2)}},
		} {
			if i >= 2 { // from then on somebody looked for owners
				for n := range load.rows {
					load.rows[n].Owners = []string{"@cart", "(unmatched)", "@cart @shop", "(unowned)"}[n%4]
				}
			}
			loads = append(loads, load)
		}
	}
	return loads
}

// Each question has the same answer in both engines, in each format.
func TestEachQuestionHasTheSameAnswerInBothEngines(t *testing.T) {
	vertica := startVertica(t)
	places := []string{"duckdb:" + filepath.Join(t.TempDir(), "w.duckdb"), vertica}
	var outputs [2]map[string]string
	for i, place := range places {
		for n, load := range sixWeeks() {
			loadRows(t, place, load.origin, load.rows, n)
		}
		outputs[i] = map[string]string{}
		for _, q := range reports.Queries() {
			for _, format := range reports.Formats {
				for _, args := range [][]string{{}, {"--project", "shop"}, {"--week", "2026-W45"}} {
					if len(args) > 0 && format != "csv" {
						continue
					}
					command := append([]string{"query", q.Name, "--format", format, "--warehouse", place}, args...)
					var out, problems bytes.Buffer
					a := &app{stdin: os.Stdin, stdout: &out, stderr: &problems,
						environ: []string{"COVPIPE_CONFIG="}, now: time.Now}
					if code := a.main(context.WithoutCancel(t.Context()), command); code != 0 {
						t.Fatalf("%v: exit code %d: %s", command, code, problems.String())
					}
					outputs[i][fmt.Sprint(q.Name, format, args)] = someSeconds.ReplaceAllString(out.String(), "$1")
				}
			}
		}
		var out, problems bytes.Buffer
		a := &app{stdin: os.Stdin, stdout: &out, stderr: &problems, now: time.Now}
		for n, week := range []int{5, 4, 3, 0} { // of another project, whose platforms are 0, 1, 2 and 5 weeks old
			late := sixWeeks()[3*week]
			late.origin.Project, late.origin.Platform = "late", fmt.Sprint("p", n)
			loadRows(t, place, late.origin, late.rows, 30+n)
		}
		a.now = func() time.Time { return time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC) }
		a.configFile = filepath.Join(t.TempDir(), "gate.yaml")
		rules := "project: shop\nsources: [{name: php, report: {file: x}}]\n" +
			"gate: [{floor: 1.5}, {platform: '*', owner: '*', max_fall: 100}, " +
			"{directory: src, metric: lines, floor: 0}]\n"
		if err := os.WriteFile(a.configFile, []byte(rules), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{"release", "add", "4.2", "--platform", "php", "--app", "ios", "--at", "2026-11-20T10:00:00Z"},
			{"release", "list", "--json"}, {"report", "--json"}, {"report", "--json", "--against", "last"},
			{"report", "--against", "2026-W42", "--owner", "@cart", "--platform", "php"},
			{"report", "--week", "2026-W43"},
			{"status", "--json"}, {"status"}, {"release", "remove", "4.2", "--platform", "ios"}, {"release", "list"},
			{"gate", "--json"},
		} {
			command := append(args, "--warehouse", place, "--config", a.configFile)
			if code := a.main(context.WithoutCancel(t.Context()), command); code != 0 {
				t.Fatalf("%v: exit code %d: %s", command, code, problems.String())
			}
		}
		late := filepath.Join(t.TempDir(), "late.yaml")
		settings := "project: late\nsources: [{name: p9, report: {file: x}}]\n"
		if err := os.WriteFile(late, []byte(settings), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"report", "--json", "--against", "last"}, {"status"}} {
			command := append(args, "--warehouse", place, "--config", late)
			if code := a.main(context.WithoutCancel(t.Context()), command); code != 0 {
				t.Fatalf("%v: exit code %d: %s", args, code, problems.String())
			}
		}
		outputs[i]["report"] = out.String()
		for _, state := range []string{"carried over from 2026-W46, 1 week old",
			"carried over from 2026-W45, 2 weeks old",
			"too old to be carried over: last measured in 2026-W42, 5 weeks ago",
			"p9: MISSING this week, never measured"} {
			if !strings.Contains(out.String(), state) {
				t.Errorf("%s: nothing says %q: %s", place, state, out.String())
			}
		}
	}
	for name, answer := range outputs[0] {
		if other := outputs[1][name]; answer != other {
			t.Errorf("%s: DuckDB says\n%s\nand Vertica\n%s", name, answer, other)
		}
	}
	for _, q := range reports.Queries() {
		golden(t, "query_"+q.Name, outputs[0][fmt.Sprint(q.Name, "csv", []string{})])
	}
}

// someSeconds are those that a load took, which are another each time.
var someSeconds = regexp.MustCompile(`(2026-11-22 21:\d\d):\d\d`)

// golden compares with a file in testdata, which -update rewrites.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".csv")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// shardsWithAndWithout are shards of which two also ran without coverage, and one
// failed to.
func shardsWithAndWithout(n int) []loaders.ShardRun {
	shard := func(name, driver string, cpu time.Duration) loaders.ShardRun {
		return loaders.ShardRun{Name: name, Status: loaders.ShardMeasured, Tests: 3,
			Driver: driver, CPU: cpu, Wall: 2 * cpu}
	}
	second := time.Second
	return []loaders.ShardRun{shard("Basket", "xdebug 3.2.0", 9*second), shard("Basket~without", "none", 3*second),
		shard("Tax", "xdebug 3.2.0", time.Duration(n)*second), shard("Tax~without", "none", second/2),
		shard("Admin", "xdebug 3.2.0", second)}
}

// loadRows loads one measurement, n minutes after the first.
func loadRows(t *testing.T, place string, origin coverage.Origin, rows []coverage.Row, n int) {
	t.Helper()
	records, err := coverage.Batches(origin, rows)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := reader(records)
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Release()
	loader, err := loaders.Open(place, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 21, n, 0, 0, time.UTC)
	source := loaders.Source{Key: keyOf(origin), Shards: loaders.Total{Covered: 15, Total: 16, Known: true},
		Failing: []string{"Cart"},
		Driver:  "pcov 1.0.11", Runtime: "PHP 8.2.36", Runner: "PHPUnit 9.6.7", ShardRuns: []loaders.ShardRun{
			{Name: "Cart", Status: loaders.ShardFailing},
			{Name: "Search", Status: loaders.ShardMissing, Ending: "timed_out"},
			{Name: fmt.Sprint("Week", n/6), Status: loaders.ShardMeasured}}}
	if origin.Format == "clover" && origin.Project == "shop" {
		source.ShardRuns = append(source.ShardRuns, shardsWithAndWithout(n)...)
	}
	_, err = loader.Load(t.Context(), batch,
		loaders.About{At: at, RunID: fmt.Sprint("run", n),
			Sources: func() []loaders.Source { return []loaders.Source{source} }})
	if err != nil {
		t.Fatal(err)
	}
	if err := loader.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSQLThatDoesMoreThanReadIsRefused(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	loadRows(t, place, sixWeeks()[0].origin, sixWeeks()[0].rows, 0)
	for _, sql := range []string{"DELETE FROM coverage_files", "SELECT 1; DROP TABLE coverage_files",
		"COPY coverage_files TO 'x'", "selected", "", "SELECT file_path INTO TABLE t FROM coverage_files",
		"SELECT 'a'; SELECT 'b'"} {
		if code := covpipe(t, "query", "--sql", sql, "--warehouse", place); code != exitUsage {
			t.Errorf("%q: exit code %d", sql, code)
		}
	}
	for _, sql := range []string{"SELECT COUNT(*) FROM coverage_files;", "SELECT 'a; into' AS \"; into\""} {
		if code := covpipe(t, "query", "--sql", sql, "--warehouse", place); code != exitDone {
			t.Errorf("%q: exit code %d", sql, code)
		}
	}
	for _, args := range [][]string{{"nonsense"}, {"owners", "--list"}, {"owners", "--format", "xml"},
		{"owners", "--week", "soon"}} {
		if code := covpipe(t, append([]string{"query", "--warehouse", place}, args...)...); code != exitUsage {
			t.Errorf("%q: exit code %d", args, code)
		}
	}
}

package loaders

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/loaders/verticatest"
)

// asked gives the rows of a query as text, in both engines through their own
// drivers.
func asked(t *testing.T, p place, query string) (found []string) {
	t.Helper()
	db, err := Read(t.Context(), p.to, p.opt)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, v := range values {
			if at, is := v.(time.Time); is {
				v = at.UTC().Format("2006-01-02 15:04:05")
			}
			texts = append(texts, fmt.Sprint(v))
		}
		found = append(found, strings.Join(texts, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// shardsOf are more shards than one statement inserts.
func shardsOf(n int) (runs []ShardRun) {
	for i := range n {
		runs = append(
			runs,
			ShardRun{Name: fmt.Sprintf("Shard%03d", i), Status: ShardMeasured, Ending: "passed", Tests: int64(i),
				Wall: 1500 * time.Millisecond, CPU: time.Second, Peak: 1 << 20, Driver: "pcov 1.0.12"},
		)
	}
	return runs
}

func TestTheLedgerSaysWhatMeasuredAndEachShard(t *testing.T) {
	key := Key{Week: "2026-11-16", Project: "shop", Platform: "php", Branch: "main"}
	runs := shardsOf(2*together + 3)
	runs[1].Status, runs[1].Ending = ShardFailing, "tests_failed"
	runs[2] = ShardRun{Name: strings.Repeat("ü", maxShard), Status: ShardMissing}
	about := About{RunID: "run-1", Sources: func() []Source {
		return []Source{
			{
				Key:       key,
				Name:      "php",
				Driver:    "pcov 1.0.12",
				Runtime:   "PHP 8.2.36",
				Runner:    "PHPUnit 9.6.7",
				Tests:     42,
				ShardRuns: runs,
			},
			{Key: Key{Week: "2026-11-16", Project: "shop", Platform: "web"}, Name: "web", Missing: "no shard",
				ShardRuns: []ShardRun{{Name: "All", Status: ShardMissing, Ending: "timed_out", Tests: 3}}},
			{Key: Key{Week: "2026-11-16", Project: "shop", Platform: "ios"}, Name: "ios", Missing: "no report"},
		}
	}}
	const shards = "SELECT run_id, source_name, report_week, project, platform, git_branch, shard_name, " +
		"shard_status, ending, tests_run, wall_seconds, cpu_seconds, peak_octets, coverage_driver " +
		"FROM coverage_shards ORDER BY platform, shard_name"
	for _, p := range warehouses(t) {
		if _, err := loadAbout(t.Context(), t, p, batches(t, 1, base("a.php", nil)), about); err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		got := asked(t, p, "SELECT source_name, coverage_driver, runtime_version, runner_version, tests_run "+
			"FROM coverage_runs ORDER BY 1")
		want := []string{
			"ios|<nil>|<nil>|<nil>|<nil>",
			"php|pcov 1.0.12|PHP 8.2.36|PHPUnit 9.6.7|42",
			"web|<nil>|<nil>|<nil>|<nil>",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the ledger has %q", p.name, got)
		}
		got = asked(t, p, shards)
		if len(got) != len(runs)+1 {
			t.Fatalf("%s: %d shards of %d", p.name, len(got), len(runs)+1)
		}
		const begin = "run-1|php|2026-11-16 00:00:00|shop|php|main|"
		for i, want := range map[int]string{
			0:             begin + "Shard000|measured|passed|0|1.5|1|1048576|pcov 1.0.12",
			1:             begin + "Shard001|failing|tests_failed|1|1.5|1|1048576|pcov 1.0.12",
			2:             begin + "Shard003|measured|passed|3|1.5|1|1048576|pcov 1.0.12",
			len(runs) - 1: begin + strings.Repeat("ü", maxShard/2-2) + "…|missing|<nil>|0|<nil>|<nil>|<nil>|<nil>",
			len(runs): "run-1|web|2026-11-16 00:00:00|shop|web|<nil>|" +
				"All|missing|timed_out|3|<nil>|<nil>|<nil>|<nil>",
		} {
			if got[i] != want {
				t.Errorf("%s: shard %d is\n%s\nand should be\n%s", p.name, i, got[i], want)
			}
		}
		// What is replaced adds to the ledger; what is there already does not.
		about := About{
			RunID:   "run-2",
			Sources: func() []Source { return []Source{{Key: key, Name: "php", ShardRuns: runs[:1]}} },
		}
		for range 2 {
			if _, err := loadAbout(t.Context(), t, p, batches(t, 1, base("b.php", nil)), about); err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
		}
		got = asked(t, p, "SELECT run_id, COUNT(*) AS n FROM coverage_shards GROUP BY run_id ORDER BY run_id")
		if want := []string{fmt.Sprintf("run-1|%d", len(runs)+1), "run-2|1"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q", p.name, got)
		}
	}
}

// Rows that are there already add nothing to the ledger, unless it says of them
// what is no longer so.
func TestTheLedgerSaysWhenAnAttemptHasSucceededAfterAll(t *testing.T) {
	php := Source{Key: Key{Week: "2026-11-16", Project: "shop", Platform: "php", Branch: "main"}, Name: "php"}
	missing := Source{Key: Key{Week: "2026-11-16", Project: "shop", Platform: "php"}, Name: "php", Missing: "no disk"}
	shards := func(present int64, failing ...string) Source {
		s := php
		s.Shards, s.Failing = Total{Covered: present, Total: 3, Known: true}, failing
		return s
	}
	lacks := func(shard, ending string) Source {
		s := shards(2)
		s.ShardRuns = []ShardRun{
			{Name: shard, Status: ShardMissing, Ending: ending},
			{Name: "Tax", Status: ShardMeasured},
		}
		return s
	}
	for _, p := range warehouses(t) {
		for i, step := range []struct {
			source Source
			ledger string // what the load adds to it
		}{
			{shards(3), "added"},
			{shards(3), ""},
			{missing, "missing"},
			{Source{Key: php.Key}, ""}, // covpipe load, which knows of no source
			{shards(3), "unchanged"},
			{shards(3), ""},
			{shards(3, "Cart"), "unchanged"},
			{shards(3, "Cart"), ""},
			{shards(2), "unchanged"},
			{lacks("Cart", "parse_error"), "unchanged"},
			{lacks("Cart", "parse_error"), ""},
			{lacks("Cart", "exited"), "unchanged"},
			{lacks("Money", "exited"), "unchanged"},
			{php, "unchanged"},
			{php, ""},
		} {
			run := fmt.Sprintf("run-%02d", i)
			about := About{RunID: run, Sources: func() []Source { return []Source{step.source} }}
			if _, err := loadAbout(t.Context(), t, p, batches(t, 1, base("a.php", nil)), about); err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
			got := strings.Join(asked(t, p, "SELECT run_status FROM coverage_runs WHERE run_id = '"+run+"'"), " ")
			if got != step.ledger {
				t.Errorf("%s: load %d adds %q to the ledger, want %q", p.name, i, got, step.ledger)
			}
		}
	}
}

// The second version had no shards and letters, and knew less of runs and
// releases. What it has stays.
func TestTablesOfTheSecondVersionAreBroughtForward(t *testing.T) {
	const rows = `INSERT INTO coverage_runs (run_id, run_status, report_week, project, platform, rows_loaded, loaded_at)
		SELECT 'old', 'added', DATE '2026-11-09', 'shop', 'php', 1, TIMESTAMP '2026-11-15 20:00:00'`
	const release = `INSERT INTO coverage_releases (project, platform, release_name, released_at, git_commit)
		SELECT 'shop', 'php', 'v1', TIMESTAMP '2026-11-10 12:00:00', 'abc'`
	duck, second := places(t)[2], ""
	for _, step := range []string{"duckdb/0001", "duckdb/0002"} {
		second += sqlFile(step) + ";"
	}
	change(t, duck, second+recordVersion(1)+";"+recordVersion(2)+";"+rows+";"+release)
	server, err := verticatest.Start(verticatest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	whole, errWhole := DDL("vertica", 0)
	last, errLast := DDL("vertica", 2)
	old, found := strings.CutSuffix(whole, last)
	if errWhole != nil || errLast != nil || !found {
		t.Fatal(errWhole, errLast, found)
	}
	if err := server.Apply(t.Context(), old+rows+";"+release+"; COMMIT;"); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(t.Context(), verticaPlaceOf(server).to, Options{}); err == nil ||
		!strings.Contains(err.Error(), "version 2, and this covpipe needs 3") {
		t.Errorf("reading old tables: %v", err)
	}
	if err := server.Apply(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	for _, p := range []place{duck, verticaPlaceOf(server)} {
		// Reading is enough to bring DuckDB forward.
		got := asked(t, p, "SELECT run_id, loaded_at, coverage_driver, tests_run FROM coverage_runs")
		if !slices.Equal(got, []string{"old|2026-11-15 20:00:00|<nil>|<nil>"}) {
			t.Errorf("%s: the ledger has %q", p.name, got)
		}
		got = asked(t, p, "SELECT release_name, git_commit, release_source, release_url FROM coverage_releases")
		if !slices.Equal(got, []string{"v1|abc|<nil>|<nil>"}) {
			t.Errorf("%s: releases %q", p.name, got)
		}
		if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
	}
	// A new column is as narrow as the others.
	wide := "UPDATE coverage_runs SET coverage_driver = '" + strings.Repeat("x", 129) + "'"
	if err := server.Apply(t.Context(), wide); err == nil ||
		!strings.Contains(err.Error(), "strlen(coverage_driver) <= 128") {
		t.Errorf("a text that is too long for a new column: %v", err)
	}
}

func TestWhyNothingWasMeasuredIsNoted(t *testing.T) {
	for _, p := range warehouses(t) {
		t.Run(p.name, func(t *testing.T) {
			key := Key{Week: "2026-11-16", Project: "shop", Platform: "php"}
			sources := []Source{
				{Key: key, Name: "php", Missing: "no coverage driver",
					ShardRuns: []ShardRun{{Name: "Cart", Status: ShardMissing, Ending: "crash"}}},
				{Key: Key{Week: key.Week, Project: "shop", Platform: "ios"}, Name: "ios"},
			}
			about := About{RunID: "run-1", Sources: func() []Source { return sources }}
			if err := RecordMissing(t.Context(), p.to, p.opt, about); err != nil {
				t.Fatal(err)
			}
			got := asked(t, p, "SELECT r.run_status, r.source_name, r.findings_text, r.rows_loaded, "+
				"s.shard_name, s.ending FROM coverage_runs r LEFT JOIN coverage_shards s ON s.run_id = r.run_id")
			if want := []string{"missing|php|no coverage driver|0|Cart|crash"}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if rows := asked(t, p, "SELECT file_path FROM coverage_files"); len(rows) != 0 {
				t.Errorf("got rows %q", rows)
			}
		})
	}
}

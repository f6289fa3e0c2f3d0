package loaders

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
)

func TestTextsOfFullLengthAreKeptAndLongerOnesRefused(t *testing.T) {
	full := line{}
	for name, octets := range maxOctets {
		full[name] = strings.Repeat("ü", octets/2) // two octets each
	}
	row := base("x", full)
	for _, p := range places(t) {
		if _, err := load(t.Context(), t, p, batches(t, 1, row)); err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		same(t, p, "full length", row)
		for name := range maxOctets {
			long := base("y", line{name: full[name] + "x"})
			if _, err := load(t.Context(), t, p, batches(t, 1, row, long)); !errors.Is(err, ErrTooLong) ||
				!strings.Contains(err.Error(), name) {
				t.Errorf("%s: %s: got %v", p.name, name, err)
			}
		}
		same(t, p, "after longer ones", row)
	}
}

// What an empty text is depends on the place: CSV cannot tell it from NULL.
func TestAnEmptyTextIsNotNull(t *testing.T) {
	for _, p := range places(t)[1:] {
		rows := []line{
			base("a.php", line{"module_name": ""}),
			base("b.php", nil),
			base("c.php", line{"owner_name": "\x01\x02\x03\x04"}),
			base("d.php", line{"owner_name": "\x03"}),
		}
		if _, err := load(t.Context(), t, p, batches(t, 2, rows...)); err != nil {
			t.Fatal(err)
		}
		same(t, p, "empty texts", rows...)
	}
}

func TestTheLedgerSaysWhatWasLoaded(t *testing.T) {
	key := Key{Week: "2026-11-16", Project: "shop", Platform: "php", Branch: "main"}
	about := About{
		RunID: "run-1", Version: "1.2.3", At: time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC),
		Sources: func() []Source {
			return []Source{
				{
					Key:          key,
					Name:         "php",
					ReportSHA256: strings.Repeat("a", 64),
					Stated:       Totals{Lines: Total{5, 9, true}},
					Findings:     []string{"a.php: x", "b.php: y"},
					Shards:       Total{15, 16, true},
					Failing:      []string{"Cart", "Search"},
					Took:         90 * time.Second,
				},
				{
					Key:     Key{Week: "2026-11-16", Project: "shop", Platform: "ios"},
					Name:    "ios",
					Missing: "the report is not there",
				},
			}
		},
	}
	rows := []line{base("a.php", line{"git_commit": "abc", "build_number": "42"}), base("b.php", nil)}
	columns := []string{
		"run_id",
		"run_status",
		"source_name",
		"report_week",
		"measured_at",
		"platform",
		"git_branch",
		"git_commit",
		"build_number",
		"report_format",
		"report_sha256",
		"stated_lines_total",
		"stated_lines_covered",
		"stated_methods_total",
		"lines_total",
		"lines_covered",
		"branches_total",
		"findings_count",
		"findings_text",
		"shards_expected",
		"shards_present",
		"failing_parts",
		"rows_loaded",
		"measure_seconds",
		"covpipe_version",
		"date_trunc('minute', loaded_at)",
	}
	var texts []string
	for _, c := range columns {
		texts = append(texts, "coalesce("+c+"::VARCHAR, '-')")
	}
	for _, p := range warehouses(t) {
		about := about
		if _, err := loadAbout(t.Context(), t, p, batches(t, 1, rows...), about); err != nil {
			t.Fatal(err)
		}
		wanted := []string{
			"run-1 added php 2026-11-16 2026-11-22 20:30:00 php main abc 42 clover " + strings.Repeat("a", 64) +
				" 9 5 - 6 4 - 2 a.php: x\nb.php: y 16 15 Cart, Search 2 90.0 1.2.3 2026-11-22 21:00:00",
			"run-1 missing ios 2026-11-16 - ios - - - - - - - - - - - " +
				"1 the report is not there - - - 0 - 1.2.3 2026-11-22 21:00:00",
		}
		if got := ledger(t, p, strings.Join(texts, ", ")); !slices.Equal(got, wanted) {
			t.Errorf("%s: got\n%s\nwant\n%s", p.name, strings.Join(got, "\n"), strings.Join(wanted, "\n"))
		}
		about.Sources = nil
		if _, err := load(t.Context(), t, p, batches(t, 1, rows...)); err != nil {
			t.Fatal(err)
		}
		if got := ledger(t, p, "run_status"); len(got) != 2 {
			t.Errorf("%s: the same rows again are in the ledger: %q", p.name, got)
		}
		about.Sources = func() []Source {
			long := strings.Repeat("ü", 20000)
			return []Source{{
				Key: key, Name: long, Findings: []string{long}, Failing: []string{long},
				Driver: long, Runtime: long, Runner: long,
				ShardRuns: []ShardRun{{Name: long, Status: ShardMeasured, Ending: long, Driver: long}},
			}, {Key: Key{key.Week, key.Project, "ios", ""}, Name: long, Missing: long}}
		}
		about.RunID, about.At = "run-2", about.At.Add(time.Hour)
		if _, err := loadAbout(t.Context(), t, p, batches(t, 1, rows[0]), about); err != nil {
			t.Errorf("%s: long texts: %v", p.name, err)
		}
		got := ledger(t, p, "run_id, run_status, strlen(findings_text), strlen(source_name)")
		if want := []string{"run-2 replaced 15999 255", "run-2 missing 15999 255"}; !slices.Equal(got[2:], want) {
			t.Errorf("%s: long texts: %q", p.name, got)
		}
	}
}

// A Parquet file says which version of the rows it has; another one is refused.
func TestParquetOfAnotherVersionOfTheRowsIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.parquet")
	version := func(n string) *arrow.Schema {
		metadata := arrow.NewMetadata([]string{RowsVersion}, []string{n})
		return arrow.NewSchema(testSchema().Fields(), &metadata)
	}
	err := ReplaceFile(file, func(w io.Writer) error {
		out, err := newParquetWriter(w, version("2"))
		if err == nil {
			err = out.Close()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRows(file, version("1")); err == nil ||
		!strings.Contains(err.Error(), "version 2 of the rows, and this covpipe reads version 1") {
		t.Errorf("got %v", err)
	}
	rows, err := OpenRows(file, version("2"))
	if err != nil {
		t.Fatal(err)
	}
	rows.Release()
}

// An archive puts rows that come mixed into the files of their measurements, in
// pieces, and leaves nothing if it is not committed.
func TestAnArchiveKeepsEachMeasurementInItsOwnFiles(t *testing.T) {
	dir := t.TempDir()
	ios := line{"platform": "ios/beta", "git_branch": "feature/x"}
	rows := []line{
		base("a.php", nil),
		base("a.swift", ios),
		base("b.php", nil),
		base("c.php", line{"report_week": "2026-11-09"}),
		base("d.php", line{"project": "shop@next", "git_branch": "x"}),
		base("d.php", line{"git_branch": "next@x"}),
		base("e.php", nil),
	}
	for _, commit := range []bool{false, true} {
		archive := NewArchive(dir)
		tee := archive.Tee(batches(t, 3, rows...))
		for tee.Next() {
			if err := archive.flush(); err != nil {
				t.Fatal(err)
			}
		}
		if err := tee.Err(); err != nil {
			t.Fatal(err)
		}
		if commit {
			if _, err := archive.Commit(); err != nil {
				t.Fatal(err)
			}
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
		var found []string
		err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				found = append(found, strings.TrimPrefix(path, dir+"/"))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if !commit && len(found) > 0 {
			t.Errorf("without a commit there are %q", found)
		}
	}
	for name, want := range map[string][]line{
		"week=2026-11-16/platform=php/shop@main":               {rows[0], rows[2], rows[6]},
		"week=2026-11-16/platform=ios%2Fbeta/shop@feature%2Fx": {rows[1]},
		"week=2026-11-09/platform=php/shop@main":               {rows[3]},
		"week=2026-11-16/platform=php/shop%40next@x":           {rows[4]},
		"week=2026-11-16/platform=php/shop@next@x":             {rows[5]},
	} {
		for _, suffix := range []string{".csv", ".parquet"} {
			same(t, place{name: "archive", file: filepath.Join(dir, name+suffix), read: readFile}, name+suffix, want...)
		}
	}
}

// owned are the rows of coverage_owners.
func owned(t *testing.T, p place) (rows []string) {
	t.Helper()
	db, err := Read(t.Context(), p.to, p.opt)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.QueryContext(t.Context(), `SELECT platform, COALESCE(module_name, '-'), file_path, owner_name
		FROM coverage_owners ORDER BY report_week, platform, COALESCE(module_name, ''), file_path, owner_name`)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var platform, module, file, owner string
		if err := found.Scan(&platform, &module, &file, &owner); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, strings.Join([]string{platform, module, file, owner}, " "))
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestEachOwnerOfAFileIsARowOfItsWeek(t *testing.T) {
	for _, p := range warehouses(t) {
		load := func(rows ...line) {
			t.Helper()
			loader, err := Open(p.to, p.opt)
			if err != nil {
				t.Fatal(err)
			}
			defer loader.Close()
			if _, err := loader.Load(t.Context(), batches(t, 10, rows...), About{}); err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
		}
		check := func(want ...string) {
			t.Helper()
			if got := owned(t, p); !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", p.name, got, want)
			}
		}
		load(
			base("a.php", line{"owner_name": "@a @shop/a"}),
			base("b.php", line{"owner_name": "(unowned)"}),
			base("c.php", nil),
		)
		check("php - a.php @a", "php - a.php @shop/a", "php - b.php (unowned)")
		load(
			base("a.php", line{"owner_name": "@shop/a", "git_branch": "next"}),
			base("d.php", line{"owner_name": "@a", "git_branch": "next"}),
		)
		check("php - a.php @a", "php - a.php @shop/a", "php - b.php (unowned)", "php - d.php @a")
		load(base("a.php", line{"owner_name": "@b"}), base("é.php", line{"owner_name": "é%_'", "module_name": "M"}))
		check("php - a.php @b", "php - a.php @shop/a", "php - d.php @a", "php M é.php é%_'")
		noModule := line{"owner_name": "@a", "git_branch": "other", "module_name": ""}
		load(base("d.php", noModule))
		check("php - a.php @b", "php - a.php @shop/a", "php - d.php @a", "php M é.php é%_'")
		last := base(
			"a.php",
			line{"owner_name": "dev@example.com", "report_week": "2026-11-23", "measured_at": "2026-11-29 20:30:00"},
		)
		load(last)
		check("php - a.php @b", "php - a.php @shop/a", "php - d.php @a", "php M é.php é%_'",
			"php - a.php dev@example.com")
	}
}

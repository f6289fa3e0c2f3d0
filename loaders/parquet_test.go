package loaders

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// parquetText reads rows to the end, as text.
func parquetText(path string) (found []string, err error) {
	rows, err := OpenRows(path, testSchema())
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	for rows.Next() {
		record := rows.Record()
		for i := range int(record.NumRows()) {
			found = append(found, recordText(record, i))
		}
	}
	return found, rows.Err()
}

// manyRows are rows for more than one row group, in which every nullable column
// is null now and then.
func manyRows(n int) (rows []line) {
	for i := range n {
		row := base(fmt.Sprintf("src/File%d.php", i), nil)
		if i%3 == 0 {
			row["module_name"], row["line_rate"] = "App", "0.5"
		}
		if i%5 == 0 {
			delete(row, "lines_total")
			delete(row, "lines_covered")
		}
		rows = append(rows, row)
	}
	return rows
}

func TestDuckDBReadsTheParquetThatWeWrite(t *testing.T) {
	rows := manyRows(parquetGroup + 5000)
	path := filepath.Join(t.TempDir(), "rows.parquet")
	if _, err := load(t.Context(), t, place{to: path}, batches(t, 1000, rows...)); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var total, named, sum, groups int64
	var first string
	row := db.QueryRowContext(t.Context(),
		`SELECT count(*), count(module_name), sum(lines_total), min(measured_at)::VARCHAR
		FROM read_parquet(?)`, path)
	if err := row.Scan(&total, &named, &sum, &first); err != nil {
		t.Fatal(err)
	}
	row = db.QueryRowContext(t.Context(), "SELECT count(DISTINCT row_group_id) FROM parquet_metadata(?)", path)
	if err := row.Scan(&groups); err != nil {
		t.Fatal(err)
	}
	wantNamed, wantSum := int64(0), int64(0)
	for _, row := range rows {
		if row["module_name"] != "" {
			wantNamed++
		}
		if row["lines_total"] != "" {
			wantSum += 3
		}
	}
	if total != int64(len(rows)) || named != wantNamed || sum != wantSum || groups != 2 {
		t.Errorf("DuckDB reads %d rows, %d modules, %d lines in %d row groups; want %d, %d, %d in 2",
			total, named, sum, groups, len(rows), wantNamed, wantSum)
	}
	got, err := parquetText(path)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if !slices.Equal(got, want(rows...)) {
		t.Errorf("%d rows come back, and not those that were written", len(got))
	}
}

// TestParquetThatIsDamagedIsNeverFewerRows cuts a file short and turns over
// octets of it, every fifth: it is refused, or its rows are all there.
func TestParquetThatIsDamagedIsNeverFewerRows(t *testing.T) {
	rows := manyRows(40)
	path := filepath.Join(t.TempDir(), "rows.parquet")
	if _, err := load(t.Context(), t, place{to: path}, batches(t, 7, rows...)); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, at int, content []byte) (refused bool) {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		found, err := parquetText(path)
		if err == nil && len(found) != len(rows) {
			t.Errorf("%s at %d: %d rows of %d", what, at, len(found), len(rows))
		}
		return err != nil
	}
	for at := len(whole) - 1; at >= 0; at -= 5 {
		if !check("cut", at, whole[:at]) {
			t.Errorf("cut at %d: accepted", at)
		}
		turned := slices.Clone(whole)
		turned[at] ^= 0xff
		check("turned", at, turned)
	}
}

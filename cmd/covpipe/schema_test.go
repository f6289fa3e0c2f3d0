package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
)

// TestTheWarehouseHasTheColumnsOfTheRows holds the warehouse's table to the
// schema of the rows, column by column and in order.
func TestTheWarehouseHasTheColumnsOfTheRows(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	at := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	records, err := coverage.Batches(coverage.Origin{Week: coverage.WeekOf(at, time.UTC), MeasuredAt: at,
		Project: "p", Platform: "php", Format: "clover"},
		[]coverage.Row{{Path: "a.php", Lines: coverage.Of(1, 2), Basis: coverage.BasisFileMetrics, Exact: true}})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := reader(records)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Release()
	loader, err := loaders.Open(place, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loader.Load(t.Context(), rows, loaders.About{}); err != nil {
		t.Fatal(err)
	}
	if err := loader.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := loaders.Read(t.Context(), place, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	columns, err := db.QueryContext(t.Context(), `SELECT column_name, data_type, is_nullable = 'YES'
		FROM information_schema.columns WHERE table_name = 'coverage_files' ORDER BY ordinal_position`)
	if err != nil {
		t.Fatal(err)
	}
	defer columns.Close()
	kinds := map[string]string{"utf8": "VARCHAR", "int64": "BIGINT", "float64": "DOUBLE",
		"bool": "BOOLEAN", "date32": "DATE", "timestamp": "TIMESTAMP"}
	fields := coverage.NewSchema().Fields()
	n := 0
	for ; columns.Next(); n++ {
		var name, kind string
		var nullable bool
		if err := columns.Scan(&name, &kind, &nullable); err != nil {
			t.Fatal(err)
		}
		if n >= len(fields) {
			t.Fatalf("column %d, %s, is none of the rows'", n+1, name)
		}
		if field := fields[n]; name != field.Name || kind != kinds[field.Type.Name()] {
			t.Errorf("column %d is %s %s, and in the rows %s %s", n+1, name, kind, field.Name, field.Type)
		} else if nullable && !field.Nullable {
			t.Errorf("column %s may be NULL, and in the rows it may not", name)
		}
	}
	if err := columns.Err(); err != nil || n != len(fields) {
		t.Errorf("%d columns of %d, %v", n, len(fields), err)
	}
}

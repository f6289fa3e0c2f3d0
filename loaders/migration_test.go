package loaders

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/covpipe/covpipe/loaders/verticatest"
)

// The first version had no ledger. Its rows stay.
func TestADuckDBOfTheFirstVersionIsBroughtForward(t *testing.T) {
	p := places(t)[2]
	first, _, _ := strings.Cut(sqlFile("duckdb/0001"), "\x00")
	change(t, p, first+"; INSERT INTO coverage_schema VALUES (1, now()::TIMESTAMP);"+
		`INSERT INTO coverage_files SELECT DATE '2026-11-09', TIMESTAMP '2026-11-15 20:00:00', 'shop', 'php', 'main', `+
		`NULL, NULL, 'clover', NULL, 'old.php', NULL, 3, 2, NULL, NULL, NULL, NULL, NULL, 'file_metrics', true`)
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
		t.Fatal(err)
	}
	same(
		t,
		p,
		"both",
		base("a.php", nil),
		base("old.php", line{"report_week": "2026-11-09", "measured_at": "2026-11-15 20:00:00"}),
	)
	if got := ledger(t, p, "rows_loaded"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("the ledger has %q", got)
	}
}

// What brings Vertica from one version to the next is what makes it from nothing.
func TestAVerticaOfTheFirstVersionIsRefusedUntilItIsBroughtForward(t *testing.T) {
	server, err := verticatest.Start(verticatest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	p := verticaPlaceOf(server)
	whole, err := DDL("vertica", 0)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := DDL("vertica", 1)
	if err != nil {
		t.Fatal(err)
	}
	first, found := strings.CutSuffix(whole, rest)
	if !found {
		t.Fatal("the end of the whole is not the last step")
	}
	if err := server.Apply(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); !errors.Is(err, ErrOlder) {
		t.Errorf("got %v", err)
	}
	if err := server.Apply(t.Context(), rest); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
		t.Errorf("got %v", err)
	}
}

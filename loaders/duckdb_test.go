package loaders

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
)

// weeksOf gives rows of several measurements, mixed.
func weeksOf(files int) (rows []line) {
	for i := range files {
		for _, week := range []string{"2026-11-09", "2026-11-16"} {
			for _, platform := range []string{"ios", "php"} {
				rows = append(rows, base(fmt.Sprintf("src/Some/Longer/Name/File%05d.php", i),
					line{"report_week": week, "platform": platform, "owner_name": "@one @two", "line_rate": "0.125"}))
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

// Rows of several measurements that come mixed are loaded one measurement after
// the other, whole, also if they do not fit into the buffers.
func TestMixedRowsAreLoadedByMeasurement(t *testing.T) {
	p := places(t)[2]
	rows := weeksOf(20)
	outcome, err := load(t.Context(), t, p, batches(t, 7, rows...))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range outcome.Measurements {
		got = append(got, fmt.Sprint(m.Week, " ", m.Platform, " ", m.Rows, " ", m.Change))
	}
	want := []string{
		"2026-11-09 ios 20 added",
		"2026-11-09 php 20 added",
		"2026-11-16 ios 20 added",
		"2026-11-16 php 20 added",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	same(t, p, "mixed", rows...)
	parts, err := newParts(t.Context(), batches(t, 7, rows...), About{})
	if err != nil {
		t.Fatal(err)
	}
	defer parts.Close()
	for key, sum := range parts.sent.about { // as if each had been written in pieces
		text, err := io.ReadAll(parts.reader(&sum.part))
		if err != nil || len(text) == 0 {
			t.Fatalf("%v: %d octets, %v", key, len(text), err)
		}
		whole := sum.part.where[0]
		sum.part.where = []extent{{whole.from, 5}, {whole.from + 5, 100}, {whole.from + 105, whole.octets - 105}}
		pieces, err := io.ReadAll(parts.reader(&sum.part))
		if err != nil || string(pieces) != string(text) {
			t.Errorf("%v: the pieces are not the whole: %v", key, err)
		}
	}
}

// A load that lacks memory keeps nothing, and is tried again with more.
func TestALoadThatLacksMemoryIsTriedWithMore(t *testing.T) {
	p := places(t)[2]
	if _, err := load(t.Context(), t, p, batches(t, 100, base("old.php", nil))); err != nil {
		t.Fatal(err)
	}
	db, err := writeDuckDB(t.Context(), p.file)
	if err != nil {
		t.Fatal(err)
	}
	rows := weeksOf(300)
	parts, err := newParts(t.Context(), batches(t, 1000, rows...), About{})
	if err != nil {
		t.Fatal(err)
	}
	defer parts.Close()
	about := About{}.complete()
	if _, err := loadDuckDB(t.Context(), db, parts, testSchema(), about, 1, 1<<20); !LacksMemory(err) {
		t.Fatalf("with 1 MiB: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, p, "without memory", base("old.php", nil))
	again := &duckDB{path: p.file, least: 1 << 20}
	if _, err := again.Load(t.Context(), batches(t, 1000, rows...), About{}); err != nil {
		t.Error(err)
	}
	same(t, p, "with more", rows...)
}

// A file of parts that is cut off is an error.
func TestPartsThatAreCutOffAreAnError(t *testing.T) {
	p := places(t)[2]
	db, err := writeDuckDB(t.Context(), p.file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	parts, err := newParts(t.Context(), batches(t, 100, base("a.php", nil), base("b.php", nil)), About{})
	if err != nil {
		t.Fatal(err)
	}
	defer parts.Close()
	if err := parts.file.Truncate(parts.size - 3); err != nil {
		t.Fatal(err)
	}
	_, err = loadDuckDB(t.Context(), db, parts, testSchema(), About{}.complete(), 1, leastMemory)
	if err == nil || errors.Is(err, ErrDouble) {
		t.Errorf("got %v", err)
	}
}

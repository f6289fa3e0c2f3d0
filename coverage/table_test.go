package coverage

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow/csv"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("3000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestUnknownIsAnEmptyFieldAndNeverZero(t *testing.T) {
	at := time.Date(2026, 11, 22, 20, 30, 5, 999, time.UTC)
	from := Origin{Week: WeekOf(at, time.UTC), MeasuredAt: at, Project: "shop", Platform: "php", Format: "clover"}
	records, err := Batches(from, []Row{
		{Path: `a "b", c.php`, Lines: Of(0, 0), Basis: BasisFileMetrics, Exact: true},
		{Module: "App", Path: "A.swift", Rate: Rate{0.25, true}, Basis: BasisFraction, Exact: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	w := csv.NewWriter(&out, NewSchema(), csv.WithHeader(true), csv.WithNullWriter(""))
	for _, r := range records {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	want := `report_week,measured_at,project,platform,git_branch,git_commit,` +
		`build_number,report_format,module_name,file_path,owner_name,lines_total,lines_covered,` +
		`methods_total,methods_covered,branches_total,branches_covered,line_rate,basis,is_exact
2026-11-16,2026-11-22 20:30:05,shop,php,,,,clover,,"a ""b"", c.php",,0,0,,,,,,file_metrics,true
2026-11-16,2026-11-22 20:30:05,shop,php,,,,clover,App,A.swift,,,,,,,,0.25,fraction,true
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestBatchesRefuseNoRowsDoubleRowsAndImpossibleCounts(t *testing.T) {
	if _, err := Batches(Origin{}, nil); !errors.Is(err, ErrNoRows) {
		t.Errorf("no rows: got %v", err)
	}
	for name, rows := range map[string][]Row{
		"double":       {{Path: "a"}, {Path: "a"}},
		"over":         {{Path: "a", Lines: Of(3, 2)}},
		"rate":         {{Path: "a", Rate: Rate{1.5, true}}},
		"double, late": append(make([]Row, batchRows), Row{}),
	} {
		if _, err := Batches(Origin{}, rows); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

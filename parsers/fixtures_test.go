package parsers

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/covpipe/covpipe/coverage"
)

// fixture opens a folder of real reports from public projects that may lie
// beside the checkout; they are not part of the project.
func fixture(t *testing.T, name string) string {
	path := filepath.Join("../../shared/fixtures", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no real reports beside the checkout (%s): this test is not run", name)
	}
	return path
}

// readAll reads one report to its end.
func readAll(path string) (*Report, []coverage.Row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	report, err := Open(f)
	if err != nil {
		return nil, nil, err
	}
	var rows []coverage.Row
	for row, err := range report.Rows {
		if err != nil {
			return report, nil, err
		}
		if row.Source != nil {
			row.Source = row.Source.Clone()
		}
		rows = append(rows, row)
	}
	return report, rows, nil
}

// oracle gives the figures that were computed without covpipe: a record a
// report, whose first field is its path, and the columns by name.
func oracle(t *testing.T) (records [][]string, column map[string]int) {
	t.Helper()
	table, err := os.Open(fixture(t, "ORACLE.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	in := csv.NewReader(table)
	in.Comma = '\t'
	in.LazyQuotes = true
	records, err = in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column = map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	return records[1:], column
}

// refused are the real Clover and JaCoCo reports that are not read, and why.
var refused = map[string]string{
	"clover/SonarSource_sonar-php__phpunit.coverage-2.xml":                          "11 covered of only 7",
	"clover/SonarSource_sonar-php__phpunit.coverage-fqn.xml":                        "11 covered of only 7",
	"clover/SonarSource_sonar-php__phpunit.coverage-fqn_win.xml":                    "11 covered of only 7",
	"clover/SonarSource_sonar-php__phpunit.coverage-with-filenode-without-line.xml": "11 covered of only 7",
	"clover/CMB2_CMB2__coverage-2.clover":                                           "has the number 0",
	"clover/Molajo_Fieldhandler__coverage.clover":                                   "has the number 0",
	"jacoco-xml/DataDog_datadog-ci__invalid-jacoco-report.xml":                      "the report ends inside <report>",
}

// TestRealReportsSumToWhatTheirFilesState compares every real Clover and JaCoCo
// report with figures that were computed without covpipe.
func TestRealReportsSumToWhatTheirFilesState(t *testing.T) {
	records, column := oracle(t)
	read := 0
	for _, record := range records {
		name := record[0]
		if !strings.HasPrefix(name, "clover/") && !strings.HasPrefix(name, "jacoco-xml/") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			_, rows, err := readAll(filepath.Join("../../shared/fixtures", name))
			if why, known := refused[name]; known {
				if err == nil || !strings.Contains(err.Error(), why) {
					t.Errorf("got %v, want a refusal: %s", err, why)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			read++
			var totals coverage.Totals
			for _, row := range rows {
				totals.Add(row)
			}
			want := func(field string) int64 {
				n, err := strconv.ParseInt(record[column[field]], 10, 64)
				if err != nil {
					return 0
				}
				return n
			}
			total, covered := want("sum_of_file_metrics_total"), want("sum_of_file_metrics_covered")
			if totals.Lines.Total != total || totals.Lines.Covered != covered {
				t.Errorf("got %v, want %d of %d (%s)", totals.Lines, covered, total, record[column["agrees"]])
			}
		})
	}
	if read < 90 {
		t.Errorf("only %d real reports were read", read)
	}
}

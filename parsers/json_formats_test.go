package parsers

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/covpipe/covpipe/coverage"
)

func TestJSONClaimsThatCannotBeAreRefused(t *testing.T) {
	xccov := func(file string) string { return `{"targets":[{"name":"T","files":[` + file + `]}]}` }
	istanbul := func(maps string) string {
		return `{"/a":{"path":"/a",` + maps + `}}`
	}
	llvm := func(files, totals string) string {
		return `{"type":"llvm.coverage.json.export","data":[{"files":[` + files + `]` + totals + `}]}`
	}
	suite := func(coverage string) string { return `{"RSpec":{"coverage":{` + coverage + `},"timestamp":1}}` }
	for _, c := range []struct{ format, report, want string }{
		{"xccov_report", xccov(`{"path":"/a","coveredLines":2,"executableLines":1}`), "2 covered of only 1"},
		{"xccov_report", xccov(`{"path":"/a","coveredLines":-1,"executableLines":1}`), "negative count"},
		{"xccov_report", xccov(`{"path":"/a","coveredLines":1,"executableLines":99999999999999999999}`),
			"is a number 99999999999999999999"},
		{"xccov_report", xccov(`{"path":"/a","lineCoverage":1}`), "/a has no coveredLines"},
		{"xccov_report", xccov(`{"path":"/a","coveredLines":1}`), "only one of covered and total"},
		{"xccov_report", xccov(`{"coveredLines":1,"executableLines":1}`), "a file without a path"},
		{"xccov_report", xccov(`{"path":"/a","coveredLines":1,"executableLines":1},` +
			`{"path":"/a","coveredLines":1,"executableLines":1}`), "/a is listed twice in target T"},
		{"xccov_report", xccov(`{"path":"/a","coveredLines":1,"executableLines":1,` +
			`"functions":[{"executionCount":-1,"coveredLines":0,"executableLines":1}]}`), "-1 is not a count"},
		{"xccov_report", xccov(`{"path":"/a","coveredLines":1,"executableLines":1,` +
			`"functions":[{"coveredLines":0,"executableLines":1}]}`), "a function of /a has no"},
		{"xccov_report", `{"targets":[{"files":[]}]}`, "a target without a name"},
		{"xccov_report", `{"targets":[],"coveredLines":3,"executableLines":2}`,
			"the lines of the report: 3 covered of only 2"},
		{"xccov_report", `{"targets":[],"targets":[]}`, "targets is given twice"},
		{"xccov_report", `{"coveredLines":1,"executableLines":1}`, "no targets in it"},
		{"xccov_report", `[{"name":"T","coveredLines":1,"executableLines":1,"buildProductPath":"/T"}]`,
			"export the whole report with xcrun xccov view --report --json"},
		{"xccov_report", `[{"name":"f()","lineNumber":1,"coveredLines":1,"executableLines":1,"executionCount":1}]`,
			"a list without files"},
		{"xccov_report", `{"targets":[],"errors":[{"localizedDescription":"Malformed\ncoverage data"}]}`,
			"nothing was measured: Malformed coverage data"},
		{"xccov_report", `7`, "7 where { or [ was expected"},

		{"xccov_archive", `{"/a":[{"line":0,"isExecutable":false}]}`, "a line of /a has the number 0"},
		{"xccov_archive", `{"/a":[{"line":50000001,"isExecutable":false}]}`, "has the number 50000001"},
		{"xccov_archive", `{"/a":[{"line":1,"isExecutable":true}]}`,
			"line 1 of /a is executable and has no executionCount"},
		{"xccov_archive", `{"/a":[{"line":1,"executionCount":1}]}`, "does not say whether it is executable"},
		{"xccov_archive", `{"/a":[{"line":1,"isExecutable":true,"executionCount":-3}]}`, "-3 is not a count"},
		{"xccov_archive", `{"/a":[{"line":1,"isExecutable":true,"executionCount":18446744073709551615}]}`,
			"18446744073709551615 is not a count"},
		{"xccov_archive", `{"/a":[{"line":1,"isExecutable":true,"executionCount":1},{"line":1,"isExecutable":false}]}`,
			"line 1 of /a is listed twice"},
		{"xccov_archive", `{"/a":[],"/a":[]}`, "/a is given twice"},
		{"xccov_archive", `{"":[]}`, "a file without a path"},

		{"xcov_core", `{"targets":[{"name":"T","files":[{"location":"/a","coverage":1.5}]}]}`,
			"which is not from 0 to 1"},
		{"xcov_core", `{"targets":[{"name":"T","files":[{"location":"/a"}]}]}`, "/a of target T has no coverage"},
		{"xcov_core", `{"targets":[{"name":"T","files":[{"location":"/a","coveredLines":2,"executableLines":1}]}]}`,
			"2 covered of only 1"},
		{"xcov_core", `{"targets":[{"name":"T","files":[{"location":"/a","coveredLines":2}]}]}`,
			"only one of covered and total"},
		{"xcov_core", `{"targets":[{"name":"T","files":[{"coverage":1}]}]}`, "neither location nor name"},
		{"xcov_core", `{"targets":[{"name":"T","files":[{"location":"/a","coverage":1},` +
			`{"location":"/a","coverage":1}]}]}`, "/a is listed twice in target T"},
		{"xcov_core", `{"targets":[{"files":[]}]}`, "a target without a name"},
		{"xcov_core", `{}`, "no targets in it"},
		{"xcov", `{"targets":[{"name":"T","files":[{"path":"/a","coverage":1,` +
			`"covered_lines":2,"executable_lines":1}]}]}`, "2 covered of only 1"},

		{"istanbul_json", istanbul(`"s":{},"f":{},"b":{}`), "it must have statementMap"},
		{"istanbul_json", istanbul(`"statementMap":{"0":{"start":{"line":0}}},"s":{"0":1},` +
			`"fnMap":{},"f":{},"branchMap":{},"b":{}`), "a statement starts at line 0"},
		{"istanbul_json", istanbul(`"statementMap":{"0":{"start":{"line":50000001}}},"s":{"0":1},` +
			`"fnMap":{},"f":{},"branchMap":{},"b":{}`), "a statement starts at line 50000001"},
		{"istanbul_json", istanbul(`"statementMap":{"0":null},"s":{"0":1},"fnMap":{},"f":{},"branchMap":{},"b":{}`),
			"a statement starts at line 0"},
		{"istanbul_json", istanbul(`"statementMap":{},"s":{"0":1},"fnMap":{},"f":{},"branchMap":{},"b":{}`),
			"s has keys that statementMap lacks"},
		{"istanbul_json", istanbul(`"statementMap":{},"s":{},"fnMap":{"0":{}},"f":{},"branchMap":{},"b":{}`),
			"fnMap has keys that f lacks"},
		{"istanbul_json", istanbul(`"statementMap":{},"s":{},"fnMap":{},"f":{},` +
			`"branchMap":{"0":{}},"b":{"0":[1,null]}`), "null is not a count"},
		{"istanbul_json", istanbul(`"statementMap":{},"s":{"0":-1}`), "-1 is not a count"},
		{"istanbul_json", istanbul(`"statementMap":{},"s":{"0":1e30}`), "1e30 is not a count"},
		{"istanbul_json", `{"/a":{"path":"/a","statementMap":{},"s":{},"fnMap":{},"f":{},"branchMap":{},"b":{}},` +
			`"/b":{"path":"/a","statementMap":{},"s":{},"fnMap":{},"f":{},"branchMap":{},"b":{}}}`,
			"/a is listed twice"},
		{"istanbul_json", `{"/a":null}`, "/a: no path in it"},

		{"llvm_cov", llvm(`{"filename":"/a","summary":{"lines":{"count":1,"covered":2}}}`, ""), "2 covered of only 1"},
		{"llvm_cov", llvm(`{"filename":"/a","summary":{"lines":{"count":1,"covered":1},"branches":{"percent":3}}}`, ""),
			"/a: branches: no count in it"},
		{"llvm_cov", llvm(`{"filename":"/a","summary":{"lines":{"count":-1,"covered":-2}}}`, ""), "negative count"},
		{"llvm_cov", llvm(`{"filename":"/a","summary":{"functions":{"count":1,"covered":1}}}`, ""),
			"/a has no summary of its lines"},
		{"llvm_cov", llvm(`{"summary":{"lines":{"count":1,"covered":1}}}`, ""), "a file without a name"},
		{"llvm_cov", llvm(`{"filename":"/a","summary":{"lines":{"count":1,"covered":1}}},`+
			`{"filename":"/a","summary":{"lines":{"count":1,"covered":1}}}`, ""), "/a is listed twice"},
		{"llvm_cov", llvm("", `,"totals":{"lines":{"count":1,"covered":2}}`), "totals: lines: 2 covered of only 1"},
		{"llvm_cov", `{"type":"another","data":[]}`, `its type is "another"`},
		{"llvm_cov", `{"data":[{}]}`, "an export without files"},
		{"llvm_cov", `{"version":"2.0.1"}`, "no data in it"},

		{"simplecov", suite(`"/a":[1,-1]`), "-1 is not a count"},
		{"simplecov", suite(`"/a":[1.5]`), "1.5 is not a count"},
		{"simplecov", suite(`"/a":["never"]`), `"never" is not a count`},
		{"simplecov", suite(`"/a":{"lines":"AAEC"}`), "lines is a string"},
		{"simplecov", suite(`"/a":{"branches":{}}`), "a file without lines"},
		{"simplecov", suite(`"/a":null`), "a file without lines"},
		{"simplecov", suite(`"/a":{"lines":[],"branches":{"c":{"b":null}}}`), "null is not a count"},
		{"simplecov", suite(`"/a":{"lines":[],"branches":7}`), "branches are neither an object nor an array"},
		{"simplecov", suite(`"/a":{"lines":[],"branches":[{"type":"then"}]}`), "a branch without coverage"},
		{"simplecov", suite(`"/a":[],"/a":[]`), "/a is given twice"},
		{"simplecov", suite(`"":[]`), "a file without a path"},
		{"simplecov", `{"RSpec":{"coverage":{},"timestamp":-1}}`, "the timestamp -1"},
		{"simplecov", `{"RSpec":{"timestamp":1}}`, "RSpec has no coverage"},
		{"simplecov", `{"RSpec":{"coverage":{}},"coverage":{}}`, "suites and a formatter's coverage"},
		{"simplecov", `{"files":[{"filename":"/a","coverage":[]},{"filename":"/a","coverage":[]}]}`,
			"/a is listed twice"},
		{"simplecov", `{"files":[{"filename":"/a"}]}`, `"/a" has no coverage`},
	} {
		err := drain(strings.NewReader(c.report), c.format)
		var parse *ParseError
		if !errors.As(err, &parse) || parse.Line < 1 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %s: got %v, want %q", c.format, c.report, err, c.want)
		}
	}
}

func TestWhatJSONDoesNotSayIsUnknown(t *testing.T) {
	const nothing = `"statementMap":{},"s":{},"fnMap":{},"f":{},"branchMap":{},"b":{}`
	for _, c := range []struct {
		format, report string
		want           coverage.Row
	}{
		{"xccov_report", `{"targets":[{"files":[{"path":"/a","executableLines":0,"coveredLines":0}],"name":"T"}]}`,
			coverage.Row{Module: "T", Path: "/a", Lines: coverage.Of(0, 0)}},
		{"xccov_report",
			`{"targets":[{"name":"T","files":[{"path":"/a","executableLines":9,"coveredLines":3,"functions":[
			{"name":"","executionCount":2,"coveredLines":3,"executableLines":5},` +
				`{"executionCount":0,"coveredLines":0,"executableLines":4},
			{"executionCount":1,"coveredLines":0,"executableLines":0}]}]}]}`,
			coverage.Row{Module: "T", Path: "/a", Lines: coverage.Of(3, 9), Methods: coverage.Of(1, 2)}},
		{"xccov_archive", `{"/a":[{"line":1,"isExecutable":false}]}`,
			coverage.Row{Path: "/a", Lines: coverage.Of(0, 0)}},
		{"xcov_core", `{"targets":[{"name":"T","files":[{"name":"a","coverage":0.5}]}]}`,
			coverage.Row{Module: "T", Path: "a", Rate: coverage.Rate{Value: 0.5, Known: true}}},
		{"xcov",
			`{"targets":[{"name":"T","files":[{"path":"/a","coverage":0.5,"covered_lines":1,"executable_lines":2}]}]}`,
			coverage.Row{Module: "T", Path: "/a", Lines: coverage.Of(1, 2)}},
		{"istanbul_json", `{"/a":{"path":"/a",` + nothing + `}}`,
			coverage.Row{Path: "/a", Lines: coverage.Of(0, 0), Methods: coverage.Of(0, 0),
				Branches: coverage.Of(0, 0)}},
		{"istanbul_json", `{"/a":{"data":{"path":"/a",` + nothing + `}}}`,
			coverage.Row{Path: "/a", Lines: coverage.Of(0, 0), Methods: coverage.Of(0, 0),
				Branches: coverage.Of(0, 0)}},
		{"llvm_cov", `{"data":[{"files":[{"filename":"/a","summary":{"lines":{"count":0,"covered":0}}}]}]}`,
			coverage.Row{Path: "/a", Lines: coverage.Of(0, 0)}},
		{"simplecov", `{"RSpec":{"coverage":{"/a":[null,"ignored",1,0]}}}`,
			coverage.Row{Path: "/a", Lines: coverage.Of(1, 2)}},
		{"simplecov", `{"RSpec":{"coverage":{"/a":{"lines":[null,1,0],"branches":{}}}}}`,
			coverage.Row{Path: "/a", Lines: coverage.Of(1, 2), Branches: coverage.Of(0, 0)}},
		{"simplecov", `{"RSpec":{"coverage":{"/a":{"lines":[null,0,0],"branches":{}}}}}`,
			coverage.Row{Path: "/a", Lines: coverage.Of(0, 2)}},
		{"simplecov", `{"coverage":{"a":{"lines":[1,"ignored"],` +
			`"branches":[{"coverage":"ignored"},{"coverage":0},{"coverage":4}]}},"meta":{"timestamp":1}}`,
			coverage.Row{Path: "a", Lines: coverage.Of(1, 1), Branches: coverage.Of(1, 2)}},
	} {
		rows, _, err := readJSON(c.format, c.report)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%s: %s: %d rows, %v", c.format, c.report, len(rows), err)
		}
		rows[0].Basis, rows[0].Exact = "", false
		if rows[0] != c.want {
			t.Errorf("%s: %s: got %+v, want %+v", c.format, c.report, rows[0], c.want)
		}
	}
}

func readJSON(format, report string) (rows []coverage.Row, stated coverage.Stated, err error) {
	opened, err := OpenAs(format, strings.NewReader(report))
	if err != nil {
		return nil, stated, err
	}
	for row, err := range opened.Rows {
		if err != nil {
			return nil, stated, err
		}
		rows = append(rows, row)
	}
	return rows, opened.Stated, nil
}

func TestSuitesAreUnitedByLineInAnyOrder(t *testing.T) {
	const (
		a = `{"coverage":{"/a":{"lines":[1,0,null,null,0,0],` +
			`"branches":{"[:if, 0, 1, 0, 2, 0]":{"[:then, 1, 1, 0, 1, 9]":1,` +
			`"[:else, 2, 1, 0, 2, 0]":0}}}},"timestamp":5}`
		b = `{"timestamp":7.5,"coverage":{"/b":[1],"/a":` +
			`{"branches":{"[:if, 3, 1, 0, 2, 0]":{"[:else, 5, 1, 0, 2, 0]":2,"[:then, 4, 1, 0, 1, 9]":0}},` +
			`"lines":[0,0,0,2,null]}}}`
		c = `{"coverage":{"/a":[0,0,0,0,0,3,0]}}`
	)
	for _, suites := range [][]string{{a, b, c}, {a, c, b}, {b, a, c}, {b, c, a}, {c, a, b}, {c, b, a}} {
		rows, stated, err := readJSON("simplecov", `{"x":`+suites[0]+`,"y":`+suites[1]+`,"z":`+suites[2]+`}`)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(rows, func(r coverage.Row) bool { return r.Path == "/a" })
		// Lines 1, 4 and 6 were run, 2 was not; one of the suites calls 3, 5 and 7 no code.
		if len(rows) != 2 || rows[i].Lines != coverage.Of(3, 4) ||
			rows[i].Branches != coverage.Of(2, 2) || stated.MeasuredAt.Unix() != 7 {
			t.Errorf("%q: got %+v", suites, rows)
		}
	}
}

func TestXcodeErrorsAreInTheFindingOfEachRow(t *testing.T) {
	_, rows, err := readAll("../samples/xccov/report-with-errors.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if !row.Exact || !strings.HasPrefix(row.Finding, "xcode_errors: ") ||
			!strings.Contains(row.Finding, "Pods_Shop.framework") {
			t.Errorf("%s: %v %q", row.Path, row.Exact, row.Finding)
		}
	}
}

func TestSeveralExportsAreStatedTogether(t *testing.T) {
	const one = `{"files":[{"filename":"/a","summary":{"lines":{"count":3,"covered":1}}}],` +
		`"totals":{"lines":{"count":3,"covered":1},"branches":{"count":2,"covered":2}}}`
	const two = `{"totals":{"lines":{"count":2,"covered":2}},` +
		`"files":[{"filename":"/b","summary":{"lines":{"count":2,"covered":2}}}]}`
	for data, want := range map[string]coverage.Count{one + "," + two: coverage.Of(3, 5), one + `,{"files":[]}`: {}} {
		_, stated, err := readJSON("llvm_cov", `{"data":[`+data+`]}`)
		if err != nil || stated.Lines != want || stated.Branches.Known {
			t.Errorf("%s: got %+v, %v", data, stated, err)
		}
	}
}

// TestIstanbulCountsAsItsOwnSummary compares with what the tools made of the
// same data, file by file.
func TestIstanbulCountsAsItsOwnSummary(t *testing.T) {
	for report, totals := range map[string]string{"nyc": "nyc", "jest-data": "nyc", "c8": "c8"} {
		_, rows, err := readAll("../samples/istanbul/" + report + ".coverage-final.json")
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile("../samples/istanbul/" + totals + ".totals.json")
		if err != nil {
			t.Fatal(err)
		}
		type count struct{ Covered, Total int64 }
		var files map[string]struct{ Lines, Functions, Branches count }
		if err := json.Unmarshal(content, &files); err != nil {
			t.Fatal(err)
		}
		if len(rows) != len(files)-1 {
			t.Errorf("%s: %d rows, want %d", report, len(rows), len(files)-1)
		}
		for _, row := range rows {
			want := files[row.Path]
			for _, c := range []struct {
				got  coverage.Count
				want count
			}{{row.Lines, want.Lines}, {row.Methods, want.Functions}, {row.Branches, want.Branches}} {
				if c.got != coverage.Of(c.want.Covered, c.want.Total) && (c.got.Known || totals != "c8") {
					t.Errorf("%s: %s: got %v, want %v", report, row.Path, c.got, c.want)
				}
			}
		}
	}
}

// TestRealJSONReportsSumToKnownFigures compares with figures that were computed
// without covpipe: with istanbul-lib-coverage, or from the lines themselves.
func TestRealJSONReportsSumToKnownFigures(t *testing.T) {
	for _, c := range []struct {
		report                   string
		files                    int64
		lines, methods, branches coverage.Count
	}{
		{"istanbul-json/codecov_umbrella__node1.json", 20,
			coverage.Of(2830, 2924), coverage.Of(322, 323), coverage.Of(1753, 1876)},
		{"istanbul-json/codecov_umbrella__node2.json", 16,
			coverage.Of(300, 489), coverage.Of(50, 114), coverage.Of(92, 177)},
		{"llvm-cov/codeclimate_test-reporter__lcovjson_example.json", 2,
			coverage.Of(32, 35), coverage.Of(10, 11), coverage.Count{}},
		{"simplecov/DataDog_datadog-ci__.resultset.json", 1, coverage.Of(6, 6), coverage.Count{}, coverage.Of(0, 0)},
		{"simplecov/codeclimate_test-reporter__simplecov-example-legacy-resultset.json", 7,
			coverage.Of(56, 57), coverage.Count{}, coverage.Count{}},
		{"simplecov/codeclimate_test-reporter__simplecov-merged-legacy-resultset.json", 1,
			coverage.Of(6, 8), coverage.Count{}, coverage.Count{}},
		{"simplecov/coverallsapp_coverage-reporter__.resultset.json", 5,
			coverage.Of(314, 338), coverage.Count{}, coverage.Count{}},
		{"simplecov/coverallsapp_coverage-reporter__float-timestamp.resultset.json", 1,
			coverage.Of(2, 3), coverage.Count{}, coverage.Count{}},
		{"simplecov/grodowski_undercover__branch_ignored_test.json", 1,
			coverage.Of(4, 4), coverage.Count{}, coverage.Of(1, 1)},
		{"simplecov/grodowski_undercover__simplecov_with_ignored_files.json", 2,
			coverage.Of(6, 8), coverage.Count{}, coverage.Of(0, 0)},
		{"simplecov/k1LoW_octocov__.resultset.another.json", 335,
			coverage.Of(2347, 6043), coverage.Count{}, coverage.Count{}},
		{"simplecov/k1LoW_octocov__.resultset.json", 335, coverage.Of(2347, 6043), coverage.Count{}, coverage.Count{}},
		{"simplecov/k1LoW_octocov__.resultset2.json", 21, coverage.Of(1147, 1202), coverage.Count{}, coverage.Count{}},
		{"simplecov/qltysh_qlty__sample-json.json", 2, coverage.Of(20, 25), coverage.Count{}, coverage.Count{}},
	} {
		_, rows, err := readAll(filepath.Join(fixture(t, "."), c.report))
		if err != nil {
			t.Errorf("%s: %v", c.report, err)
			continue
		}
		var got coverage.Totals
		for _, row := range rows {
			got.Add(row)
		}
		want := coverage.Totals{Files: c.files, Lines: c.lines, Methods: c.methods, Branches: c.branches}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", c.report, got, want)
		}
	}
}

func TestRealXcodeReportsStateWhatTheyState(t *testing.T) {
	table, err := os.Open(fixture(t, "ORACLE.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	in := csv.NewReader(table)
	in.Comma, in.LazyQuotes = '\t', true
	header, err := in.Read()
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(record[0], "xccov/") {
			continue
		}
		read++
		number := func(name string) int64 {
			n, err := strconv.ParseInt(record[slices.Index(header, name)], 10, 64)
			if err != nil {
				t.Fatalf("%s: %v", record[0], err)
			}
			return n
		}
		report, rows, err := readAll(filepath.Join(fixture(t, "."), record[0]))
		if err != nil {
			t.Fatal(err)
		}
		var totals coverage.Totals
		for _, row := range rows {
			totals.Add(row)
		}
		if want := coverage.Of(number("stated_covered"), number("stated_total")); report.Stated.Lines != want {
			t.Errorf("%s: stated %v, want %v", record[0], report.Stated.Lines, want)
		}
		want := coverage.Of(number("sum_of_file_metrics_covered"), number("sum_of_file_metrics_total"))
		if totals.Lines != want || totals.Files != number("n_file_elements") {
			t.Errorf("%s: got %v in %d files, want %v", record[0], totals.Lines, totals.Files, want)
		}
		differs := record[slices.Index(header, "agrees")] != "files=root"
		if differs != (len(totals.Differences(report.Stated)) > 0) {
			t.Errorf("%s: differences %q", record[0], totals.Differences(report.Stated))
		}
	}
	if read < 2 {
		t.Errorf("only %d reports", read)
	}
}

// TestJSONIsKnownWhateverItsOrderAndSpacing writes each sample anew.
func TestJSONIsKnownWhateverItsOrderAndSpacing(t *testing.T) {
	for _, path := range samples(t) {
		if filepath.Ext(path) != ".json" {
			continue
		}
		report, rows, err := readAll(path)
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(content, &value); err != nil {
			t.Fatal(err)
		}
		for _, write := range []func() ([]byte, error){
			func() ([]byte, error) { return json.Marshal(value) },
			func() ([]byte, error) { return json.MarshalIndent(value, "", "        ") },
			func() ([]byte, error) { return backwards(value), nil },
		} {
			text, err := write()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range formats {
				if f.Name != report.Format && f.Sniff(headOf(text)) {
					t.Errorf("%s: claimed by %s too: %.200s", path, f.Name, text)
				}
			}
			again, err := Open(strings.NewReader(string(text)))
			if err != nil || again.Format != report.Format {
				t.Errorf("%s: %v, not %s: %.200s", path, err, report.Format, text)
				continue
			}
			var want, got coverage.Totals
			for _, row := range rows {
				want.Add(row)
			}
			for row, err := range again.Rows {
				if err != nil {
					t.Fatal(err)
				}
				got.Add(row)
			}
			if got != want || again.Stated != report.Stated {
				t.Errorf("%s: got %+v, want %+v", path, got, want)
			}
		}
	}
}

// backwards writes the keys of objects from z to a.
func backwards(value any) []byte {
	object, is := value.(map[string]any)
	if !is {
		list, is := value.([]any)
		if !is {
			text, _ := json.Marshal(value)
			return text
		}
		var elements []string
		for _, element := range list {
			elements = append(elements, string(backwards(element)))
		}
		return []byte("[" + strings.Join(elements, ",") + "]")
	}
	var members []string
	for key, member := range object {
		name, _ := json.Marshal(key)
		members = append(members, string(name)+":"+string(backwards(member)))
	}
	slices.Sort(members)
	slices.Reverse(members)
	return []byte("{" + strings.Join(members, ",") + "}")
}

// TestDamagedJSONIsNamedWhereItIs puts a wrong octet everywhere into a report,
// and holds the place that is named to the one that encoding/json names when it
// sees the whole report at once.
func TestDamagedJSONIsNamedWhereItIs(t *testing.T) {
	const report = `{
 "/a": {"path": "/a", "statementMap": {"0": {
"start": {"line": 1}}}, "s": {"0": 12},
 "fnMap": {}, "f": {},"branchMap": {"0": null}, "b": {"0": [ 1,
2]}},
"/b": {"path": "/é","statementMap":{},"s":{},"fnMap":{},"f":{},"branchMap":{},"b":{}}
}
`
	for at := range report {
		damaged := report[:at] + "@" + report[at:]
		var syntax *json.SyntaxError
		if !errors.As(json.Unmarshal([]byte(damaged), new(any)), &syntax) {
			continue // it is in a text
		}
		before := damaged[:syntax.Offset-1]
		line, column := strings.Count(before, "\n")+1, len(before)-strings.LastIndexByte(before, '\n')
		for _, mark := range []string{"", "\uFEFF"} {
			column := column
			if line == 1 {
				column += len(mark)
			}
			var place *ParseError
			err := drain(iotest.OneByteReader(strings.NewReader(mark+damaged)), "istanbul_json")
			if !errors.As(err, &place) || place.Line != line || place.Column != column {
				t.Errorf("%q: got %v, want line %d, column %d", mark+damaged[:at+1], err, line, column)
			}
		}
	}
}

func TestJSONThatIsNotUTF8IsRefusedWhereItIs(t *testing.T) {
	const report = "{\"/ä€𝄞\": [],\n\"/bäd€/x\": [],\n\"/ä𝄞\": []}"
	for at := range len(report) {
		for _, wrong := range []string{"\xff", "\xc3", "\xe2\x82", "\xf0\x9d\x84"} {
			damaged := report[:at] + wrong + report[at:]
			bad := 0
			for n := 0; bad < len(damaged); bad += n {
				var r rune
				if r, n = utf8.DecodeRuneInString(damaged[bad:]); r == utf8.RuneError && n == 1 {
					break
				}
			}
			line, column := strings.Count(damaged[:bad], "\n")+1, bad-strings.LastIndexByte(damaged[:bad], '\n')
			for name, slow := range map[string]func(io.Reader) io.Reader{
				"at once":        func(r io.Reader) io.Reader { return r },
				"octet by octet": iotest.OneByteReader,
				"in halves":      iotest.HalfReader,
			} {
				counter := newJSONReader(slow(strings.NewReader(damaged))).lines
				_, err := io.Copy(io.Discard, struct{ io.Reader }{counter})
				var place *ParseError
				if !errors.As(err, &place) || place.Line != line || place.Column != column {
					t.Fatalf("%q %s: got %v, want line %d, column %d", damaged, name, err, line, column)
				}
			}
		}
	}
	if err := drain(strings.NewReader(report), "xccov_archive"); err != nil {
		t.Error(err)
	}
}

func TestOfALongJSONReportFewLinesAreKept(t *testing.T) {
	many := io.LimitReader(repeated("0,\n"), 3<<20)
	in := newJSONReader(io.MultiReader(strings.NewReader("["), many, strings.NewReader("@")))
	err := in.array(in.skip)
	var place *ParseError
	if !errors.As(err, &place) || place.Line != 1<<20+1 || place.Column != 1 {
		t.Errorf("got %v", err)
	}
	if n := cap(in.lines.starts); n > 10_000 {
		t.Errorf("%d lines are kept", n)
	}
}

// repeated gives a text again and again.
type repeated string

func (r repeated) Read(p []byte) (int, error) {
	n := 0
	for len(p)-n >= len(r) {
		n += copy(p[n:], r)
	}
	return n, nil
}

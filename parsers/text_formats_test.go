package parsers

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/covpipe/covpipe/coverage"
)

// differing are the real reports that do not give the lines that the table
// beside them has, and why.
var differing = map[string]string{
	"gocover/jenkinsci_coverage-model__go-relative-import.out": "refused: inside a line",
	"cobertura/coverallsapp_coverage-reporter__cobertura.xml":  "refused: was expected", // not well-formed
	"cobertura/codeclimate_test-reporter__example-2.xml":       "refused: has the number 0",
	"lcov/mozilla_grcov__prova.info":                           "refused: has the number 0",
}

// TestRealTextReportsAreCountedAsByOthers compares every real LCOV, Go,
// Cobertura and JaCoCo CSV report with figures that were computed without
// covpipe.
func TestRealTextReportsAreCountedAsByOthers(t *testing.T) {
	records, column := oracle(t)
	read := 0
	for _, record := range records {
		name := record[0]
		dir, _, _ := strings.Cut(name, "/")
		if dir != "cobertura" && dir != "gocover" && dir != "jacoco-csv" && dir != "lcov" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			report, rows, err := readAll(filepath.Join("../../shared/fixtures", name))
			why := differing[name]
			if err != nil {
				if part, known := strings.CutPrefix(why, "refused: "); !known || !strings.Contains(err.Error(), part) {
					t.Errorf("refused: %v", err)
				}
				return
			}
			read++
			var totals coverage.Totals
			for _, row := range rows {
				totals.Add(row)
			}
			want := coverage.Of(0, 0)
			want.Total, _ = strconv.ParseInt(record[column["lines_in_file_total"]], 10, 64)
			want.Covered, _ = strconv.ParseInt(record[column["lines_in_file_covered"]], 10, 64)
			if (totals.Lines == want) != (why == "") {
				t.Errorf("got %v, want %v (%s)", totals.Lines, want, why)
			}
			files, err := strconv.ParseInt(record[column["n_file_elements"]], 10, 64)
			if err == nil && files != totals.Files {
				t.Logf("%d rows, %d files", totals.Files, files)
			}
			for _, difference := range totals.Differences(report.Stated) {
				t.Logf("states otherwise: %s", difference)
			}
			for _, row := range rows {
				if row.Finding != "" && dir != "jacoco-csv" {
					t.Logf("%s: %s", shortened(row.Path), row.Finding)
				}
			}
		})
	}
	if read < 55 {
		t.Errorf("only %d real reports were read", read)
	}
}

func TestClaimsOfTextReportsThatCannotBeAreRefused(t *testing.T) {
	lcov := func(fields string) string { return "TN:\nSF:a\n" + fields + "\nend_of_record\n" }
	csv := func(line string) string {
		return "GROUP,PACKAGE,CLASS,BRANCH_MISSED,BRANCH_COVERED," +
			"LINE_MISSED,LINE_COVERED,METHOD_MISSED,METHOD_COVERED\n" + line + "\n"
	}
	cobertura := func(lines string) string {
		return `<coverage line-rate="1"><class filename="a"><lines>` + lines + `</lines></class></coverage>`
	}
	for _, c := range []struct{ format, report, want string }{
		{"lcov", lcov("DA:0,1"), "line 3, column 4: DA of a: a line has the number 0"},
		{"lcov", lcov("DA:50000001,1"), "a line has the number 50000001"},
		{"lcov", lcov("DA:1"), "is not a line and its hits"},
		{"lcov", lcov("DA:1,x"), `"x" is no hit count`},
		{"lcov", lcov("DA:1,NaN"), "is no hit count"},
		{"lcov", lcov("DA:1,0x1p4"), "is no hit count"},
		{"lcov", lcov("DA:1,99999999999999999999"), "is too large"},
		{"lcov", lcov("DA:-1,1"), "is not a whole number"},
		{"lcov", lcov("BRDA:1,0,1"), "is not a line, block, branch and its hits"},
		{"lcov", lcov("LF:-1"), "is not a whole number"},
		{"lcov", lcov("LF:1\nLH:2"), "2 covered of only 1"},
		{"lcov", lcov("FNA:0,1,f"), "function f has no FNL"},
		{"lcov", lcov("SF:b"), "the record of a does not end before the next one"},
		{"lcov", lcov("") + "SF:\nend_of_record\n", "a record without a file"},
		{"lcov", lcov("") + "DA:1,1\n", "DA outside a record"},
		{"lcov", lcov("DA:1,1\nXX:1"), `"XX:1" begins no record`},
		{"lcov", "SF:a\n" + strings.Repeat("more of the name\n", 10_000), "a name longer than 65536 octets"},
		{"lcov", "end_of_record\n", "end_of_record ends nothing"},
		{"lcov", lcov("LF:2\nLH:1") + lcov("LF:2\nLH:2"), "without the lines that would unite them"},
		{"lcov", "SF:a\nDA:1,1\n", "the report ends inside the record of a"},
		{"lcov", "TN:\n", "a test that has no record"},
		{"lcov", "SF:\xff\nend_of_record\n", "not UTF-8"},
		{"gocover", "mode: sett\n", "is not a mode"},
		{"gocover", "mode: set\na.go:1.1,2.2 1\n", "line 2, column 1"},
		{"gocover", "mode: set\na.go:0.1,2.2 1 1\n", "a block from 0.1 to 2.2"},
		{"gocover", "mode: set\na.go:3.1,2.2 1 1\n", "a block from 3.1 to 2.2"},
		{"gocover", "mode: set\na.go:1.1,50000001.2 1 1\n", "a block from 1.1 to 50000001.2"},
		{"gocover", "mode: set\na.go:1.50000001,2.2 1 1\n", "a block from 1.50000001 to 2.2"},
		{"gocover", "mode: set\na.go:1.1,2.2 -1 1\n", "is not a whole number"},
		{"gocover", "mode: set\na.go:1.1,2.2 1 99999999999999999999\n", "is more than anything can be counted"},
		{"gocover", "mode: set\na.go:1.1,2.2 99999999999 1\n", "a block of 99999999999 statements"},
		{"gocover", "mode: set\na.go:1.1,2.2 1 1\na.go:1.1,2.2 2 1\n", "has 2 statements here and 1 before"},
		{"gocover", "mode: set\na.go:1.1,2.2 1 1\nmode: set\n", "is not a file, a block and its counts"},
		{"gocover", "mode: set\na.go:1.1,2.2 1 1", "inside a line"},
		{"jacoco_csv", "GROUP,PACKAGE,CLASS,LINE_MISSED\n", "there is no column BRANCH_MISSED"},
		{"jacoco_csv", "GROUP,PACKAGE,CLASS,CLASS\n", "column CLASS is given twice"},
		{"jacoco_csv", csv("g,p,C,0,0,1"), "6 fields where there are 9 columns"},
		{"jacoco_csv", csv("g,p,C,0,0,-1,1,0,0"), "LINE of C: \"-1\" is not a whole number"},
		{"jacoco_csv", csv("g,p,C,0,0,99999999999,1,0,0"), "too many for a class"},
		{"jacoco_csv", csv("g,p,,0,0,1,1,0,0"), "a class without a name"},
		{"jacoco_csv", csv(`g,p,"C,0,0,1,1,0,0`), "no line of CSV"},
		{"cobertura", cobertura(`<line number="0" hits="1"/>`), "a line has the number 0"},
		{"cobertura", cobertura(`<line number="50000001" hits="1"/>`), "a line has the number 50000001"},
		{"cobertura", cobertura(`<line number="1" hits="-1"/>`), `the hits of line 1: "-1" is not a whole number`},
		{"cobertura", cobertura(`<line number="1" hits="99999999999999999999"/>`), "is not a whole number"},
		{"cobertura", cobertura(`<line number="1"/>`), "line 1 has no hits"},
		{"cobertura", cobertura(`<line hits="1"/>`), "a line has no number"},
		{"cobertura", cobertura(`<line number="1" hits="1" condition-coverage="100% (3/2)"/>`), "3 covered of only 2"},
		{"cobertura", `<coverage line-rate="1"><class><lines/></class></coverage>`, "it has no path"},
		{"cobertura", `<coverage lines-valid="1" lines-covered="2"><class filename="a"/></coverage>`,
			"stated: lines: 2 covered of only 1"},
		{"cobertura", `<coverage lines-valid="many" lines-covered="2"><class filename="a"/></coverage>`,
			`"many" is not a whole number`},
		{"cobertura", `<coverage line-rate="1"><class filename="a"><p:x/></class></coverage>`, ""},
		{"cobertura", `<coverage line-rate="1">` + strings.Repeat("<x/>", maxOutside+1) + `</coverage>`,
			"that are in no <class>"},
		{"cobertura", cobertura(strings.Repeat(" ", xmlMaxText+2*xmlBuffer)), "without a tag"},
		{"cobertura", `<coverage line-rate="1"><class filename="a">` +
			strings.Repeat("<x/>", maxInside) + `</class></coverage>`, "elements in one <class>"},
	} {
		err := drain(strings.NewReader(c.report), c.format)
		if c.want == "" {
			continue // refused or not: without a panic
		}
		var place *ParseError
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &place) || place.Line < 1 {
			t.Errorf("%s: got %v, want %q", shortened(c.report), err, c.want)
		}
	}
}

// rowsOf reads a report that must be whole.
func rowsOf(t *testing.T, format, content string) []coverage.Row {
	t.Helper()
	report, err := OpenAs(format, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	var rows []coverage.Row
	for row, err := range report.Rows {
		if err != nil {
			t.Fatalf("%s: %v", content, err)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestWhatTextReportsMean(t *testing.T) {
	lines := func(covered, total int64) coverage.Row {
		return coverage.Row{Path: "a", Lines: coverage.Of(covered, total), Basis: coverage.BasisLines, Exact: true}
	}
	with := func(row coverage.Row, change func(*coverage.Row)) coverage.Row { change(&row); return row }
	stated := func(row coverage.Row, finding string, exact bool) coverage.Row {
		row.Finding, row.Exact = finding, exact
		return row
	}
	class := func(content string) string { return `<class filename="a"><lines>` + content + `</lines></class>` }
	for _, c := range []struct {
		name, format, report string
		want                 coverage.Row
	}{
		{"records of one file are united", "lcov",
			"TN:x\nSF:a\nDA:1,0\nDA:2,1\nend_of_record\nTN:y\nSF:a\nDA:1,3\nDA:3,0\nend_of_record\n", lines(2, 3)},
		{"a checksum is no hit", "lcov", "SF:a\nDA:1,1,abc==\nDA:2,0,x\nend_of_record\n", lines(1, 2)},
		{"gcov's marks are no hits, and an exponent is one", "lcov",
			"SF:a\nDA:1,=====\nDA:2,#####\nDA:3,1.5e+10\nDA:4,0.0\nend_of_record\n", lines(1, 4)},
		{"a negative hit is none", "lcov", "SF:a\nDA:1,-4\nDA:2,1\nend_of_record\n",
			stated(lines(1, 2), "negative_hits: 1 hit counts are below 0; "+
				"they are taken as not run, as lcov does", false)},
		{"LF is held to DA", "lcov", "SF:a\nDA:1,1\nLF:2\nLH:1\nend_of_record\n",
			stated(lines(1, 1), "stated_totals: a record states LF:2, and its DA are 1", true)},
		{"LH is held to DA", "lcov", "SF:a\nDA:1,1\nLF:1\nLH:0\nend_of_record\n",
			stated(lines(1, 1), "stated_totals: a record states LH:0, and its DA are 1", true)},
		{"without DA the totals are taken", "lcov", "SF:a\nLF:3\nLH:2\nend_of_record\n",
			with(lines(2, 3), func(r *coverage.Row) { r.Basis = coverage.BasisFileMetrics })},
		{"nothing is unknown", "lcov", "SF:a\nend_of_record\n",
			with(lines(0, 0), func(r *coverage.Row) { r.Lines = coverage.Count{} })},
		{"CR is no part of a path", "lcov", "TN:\r\nSF:a\r\nDA:1,1\r\nend_of_record\r\n", lines(1, 1)},
		{"a name can have several lines", "lcov", "SF:a\nFN:1,f(\n  x)\nFNDA:1,f(\n  x)\nDA:1,1\nend_of_record\n",
			with(lines(1, 1), func(r *coverage.Row) { r.Methods = coverage.Of(1, 1) })},
		{"lcov 2 gives ends of functions", "lcov", "SF:a\nFN:1,3,f\nFNDA:0,f\nDA:1,1\nend_of_record\n",
			with(lines(1, 1), func(r *coverage.Row) { r.Methods = coverage.Of(0, 1) })},
		{"aliases are one function", "lcov", "SF:a\nFNL:0,1,3\nFNA:0,0,f\nFNA:0,2,g\nDA:1,1\nend_of_record\n",
			with(lines(1, 1), func(r *coverage.Row) { r.Methods = coverage.Of(1, 1) })},
		{"a branch that was not reached is not taken", "lcov",
			"SF:a\nBRDA:1,0,0,-\nBRDA:1,0,1,2\nBRDA:1,e0,a, b,0\nDA:1,1\nend_of_record\n",
			with(lines(1, 1), func(r *coverage.Row) { r.Branches = coverage.Of(1, 3) })},
		{"a block of two binaries is one", "gocover", "mode: atomic\na:1.1,2.2 3 0\na:3.1,4.2 2 0\na:1.1,2.2 3 7\n",
			lines(3, 5)},
		{"classes of one file are united", "cobertura",
			`<coverage line-rate="1">` + class(`<line number="1" hits="0"/>`) + `<class filename="b"/>` +
				class(`<line number="1" hits="2"/><line number="2" hits="0"/>`) + `</coverage>`, lines(1, 2)},
		{"methods repeat lines", "cobertura", `<coverage line-rate="1"><class filename="a">` +
			`<methods><method><lines><line number="9" hits="1"/></lines></method></methods>` +
			`<lines><line number="1" hits="1"/></lines></class></coverage>`, lines(1, 1)},
		{"conditions are branches", "cobertura",
			`<coverage line-rate="1">` + class(`<line number="1" hits="1" condition-coverage="50% (1/2)"/>`+
				`<line number="2" hits="1" condition-coverage="50.0% (3/4)"/>`) + `</coverage>`,
			with(lines(2, 2), func(r *coverage.Row) { r.Branches = coverage.Of(4, 6) })},
		{"branches in two entries may be others", "cobertura", `<coverage line-rate="1">` +
			strings.Repeat(class(`<line number="1" hits="1" condition-coverage="50% (1/2)"/>`), 2) + `</coverage>`,
			with(stated(lines(1, 1), "branch_union: 1 lines are listed several times with other branches; "+
				"the larger count of covered ones was taken", false),
				func(r *coverage.Row) { r.Branches = coverage.Of(1, 2) })},
		{"of several sources none is chosen", "cobertura",
			`<coverage line-rate="1"><sources><source>/x</source><source>/y</source></sources>` +
				class(`<line number="1" hits="1"/>`) + class(``) + `</coverage>`,
			stated(lines(1, 1), "several_sources: 2 entries have this name, "+
				"and nothing says in which of 2 source folders each lies; they may be several files", false)},
		{"flags are no sources", "cobertura",
			`<coverage line-rate="1"><sources><source>--source</source><source>/x</source></sources>` +
				class(`<line number="1" hits="1"/>`) + `</coverage>`,
			with(lines(1, 1), func(r *coverage.Row) { r.Path = "/x/a" })},
		{"a Windows source", "cobertura", `<coverage line-rate="1"><sources><source>C:\x\</source></sources>` +
			class(`<line number="1" hits="1"/>`) + `</coverage>`,
			with(lines(1, 1), func(r *coverage.Row) { r.Path = `C:\x\a` })},
		{"an outer class with what is in it", "jacoco_csv",
			"GROUP,PACKAGE,CLASS,BRANCH_MISSED,BRANCH_COVERED,LINE_MISSED,LINE_COVERED,METHOD_MISSED,METHOD_COVERED\n" +
				"g,default,a,1,2,3,4,5,6\ng,default,\"a.new F() {...}\",1,0,0,1,0,1\n",
			coverage.Row{Module: "g", Path: "a", Lines: coverage.Of(5, 8), Branches: coverage.Of(2, 4),
				Methods: coverage.Of(7, 12), Basis: coverage.BasisClassSum,
				Finding: "class_sum: JaCoCo's CSV has classes, not files; " +
					"2 were summed, and lines that they share count more than once"}},
	} {
		if rows := rowsOf(t, c.format, c.report); len(rows) == 0 || rows[0] != c.want {
			t.Errorf("%s: got\n%+v, want\n%+v", c.name, rows, c.want)
		}
	}
}

// TestTheMappingInTheDocumentationIsReadAsItSays takes report, mapping and rows
// from docs/xpath.md.
func TestTheMappingInTheDocumentationIsReadAsItSays(t *testing.T) {
	page, err := os.ReadFile("../docs/xpath.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string) string {
		_, rest, _ := strings.Cut(string(page), "```"+kind+"\n")
		content, _, _ := strings.Cut(rest, "```")
		return content
	}
	mapping, err := Mapping([]byte(block("yaml")))
	if err != nil {
		t.Fatal(err)
	}
	report, err := Options{Mapping: mapping}.Open(strings.NewReader(block("xml")))
	if err != nil {
		t.Fatal(err)
	}
	got, err := text(report)
	if err != nil || got != block("rows") {
		t.Errorf("got\n%s, %v, want\n%s", got, err, block("rows"))
	}
	if want := time.Date(2026, 11, 22, 20, 30, 0, 0, time.UTC); !report.Stated.MeasuredAt.Equal(want) {
		t.Errorf("measured at %v", report.Stated.MeasuredAt)
	}
	twice := strings.Replace(block("xml"), "src/shipping.adb", "src/cart.adb", 1)
	report, err = Options{Mapping: mapping}.Open(strings.NewReader(twice))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := text(report); err == nil || !strings.Contains(err.Error(), "acme: line 7, column") ||
		!strings.Contains(err.Error(), "src/cart.adb is listed twice") {
		t.Errorf("a file that is listed twice: %v", err)
	}
}

func TestAMappingThatCannotBeUsedIsRefused(t *testing.T) {
	for mapping, want := range map[string]string{
		"": "it is empty",
		"name: x\nfile: //f\npath: \"@p\"\nlines: {covered: a, total: b}\ncolour: red": "colour",
		"name: cobertura\nfile: //f\npath: p\nlines: {covered: a, total: b}":           "is a format that covpipe has",
		"name: X y\nfile: //f\npath: p\nlines: {covered: a, total: b}":                 "is no word",
		"name: x\nfile: //*\npath: p\n" +
			"lines: {covered: a, total: b}": "does not end in the name of an element",
		"name: x\nfile: //f\nlines: {covered: a, total: b}":                        "path is missing",
		"name: x\nfile: //f\npath: p":                                              "either line",
		"name: x\nfile: //f\npath: p\nlines: {covered: a}":                         "it needs covered and total",
		"name: x\nfile: //f\npath: \"][\"\nlines: {covered: a, total: b}":          "is not XPath",
		"name: x\nfile: //f\npath: nope(\nlines: {covered: a, total: b}":           "is not XPath",
		"name: x\nfile: //f\npath: p\nunion: lines\nlines: {covered: a, total: b}": "only lines",
		"name: x\nfile: //f\npath: p\nunion: all\nlines: {covered: a, total: b}":   "is not lines",
		"name: x\nfile: //f\npath: p\nline: {each: l}":                             "number and hits",
		"name: [": "",
	} {
		if _, err := Mapping([]byte(mapping)); !errors.Is(err, ErrMapping) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", mapping, err, want)
		}
	}
}

// packed compresses a text.
func packed(t *testing.T, kind, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	var into io.WriteCloser = gzip.NewWriter(&out)
	if kind == "zstd" {
		var err error
		if into, err = zstd.NewWriter(&out, zstd.WithEncoderCRC(true)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.WriteString(into, text); err != nil {
		t.Fatal(err)
	}
	if err := into.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// sum reads a report whatever its format.
func sum(r io.Reader, opt Options) (coverage.Totals, error) {
	var totals coverage.Totals
	report, err := opt.Open(r)
	if err != nil {
		return totals, err
	}
	for row, err := range report.Rows {
		if err != nil {
			return totals, err
		}
		totals.Add(row)
	}
	return totals, nil
}

func TestACompressedReportIsReadAsItsText(t *testing.T) {
	content, err := os.ReadFile("../samples/clover/shop.xml")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := sum(bytes.NewReader(content), Options{})
	if err != nil {
		t.Fatal(err)
	}
	half := len(content) / 2
	for _, kind := range []string{"gzip", "zstd"} {
		whole := packed(t, kind, string(content))
		parts := slices.Concat(packed(t, kind, string(content[:half])), packed(t, kind, string(content[half:])))
		for _, p := range [][]byte{whole, parts} {
			if got, err := sum(bytes.NewReader(p), Options{}); err != nil || got != plain {
				t.Errorf("%s: got %+v, %v, want %+v", kind, got, err, plain)
			}
			limited := Options{Format: "clover", MaxBytes: int64(len(content))}
			if got, err := sum(bytes.NewReader(p), limited); err != nil || got != plain {
				t.Errorf("%s up to its size: got %+v, %v", kind, got, err)
			}
			_, err := sum(bytes.NewReader(p), Options{MaxBytes: int64(len(content)) - 1})
			if !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s over the limit: got %v", kind, err)
			}
		}
		for n := 4; n < len(whole); n += max(1, len(whole)/200) {
			var place *ParseError
			_, err := sum(bytes.NewReader(whole[:n]), Options{Format: "clover"})
			if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &place) || place.Line < 1 || place.Column < 1 {
				t.Fatalf("%s cut after %d of %d octets: got %v", kind, n, len(whole), err)
			}
		}
		for _, at := range []int{len(whole) - 1, len(whole) - 4, len(whole) / 2} {
			damaged := slices.Clone(whole)
			damaged[at] ^= 0x55
			if _, err := sum(bytes.NewReader(damaged), Options{}); err == nil {
				t.Errorf("%s with octet %d changed was accepted", kind, at)
			}
		}
		if _, err := sum(bytes.NewReader(append(slices.Clone(whole), "junk"...)), Options{}); err == nil {
			t.Errorf("%s with junk behind it was accepted", kind)
		}
		for _, inner := range []string{"gzip", "zstd"} {
			_, err := sum(bytes.NewReader(packed(t, kind, string(packed(t, inner, "<a/>")))), Options{})
			if err == nil || !strings.Contains(err.Error(), "compressed twice, with "+inner+" inside "+kind) {
				t.Errorf("%s in %s: got %v", inner, kind, err)
			}
		}
	}
}

func TestAZipBombEndsAtTheLimit(t *testing.T) {
	for _, kind := range []string{"gzip", "zstd"} {
		bomb := packed(t, kind, `<coverage generated="1"><!-- `+strings.Repeat(" ", 64<<20))
		_, err := sum(bytes.NewReader(bomb), Options{MaxBytes: 1 << 20})
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s of %d octets: got %v", kind, len(bomb), err)
		}
	}
}

package parsers

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/antchfx/xmlquery"

	"github.com/covpipe/covpipe/coverage"
)

var update = flag.Bool("update", false, "rewrite the expected rows beside the samples")

// samples are reports of ours, each with the rows that it must give in a file
// beside it: NAME.rows.
func samples(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"../samples/android/reports/*.xml", "../samples/ios/*.json",
		"../samples/jenkins/*.json", "../samples/clover/*.xml",
		"../samples/istanbul/*.coverage-final.json", "../samples/llvm-cov/*.json",
		"../samples/simplecov/*.json", "../samples/xccov/*.json",
		"../samples/android/reports/*.csv", "../samples/cobertura/*.xml",
		"../samples/gocover/*.out", "../samples/lcov/*.info"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, paths...)
	}
	if len(found) < 7 {
		t.Fatalf("only %d samples: %q", len(found), found)
	}
	return found
}

// text shows rows, one a line, and what the report states of itself.
func text(report *Report) (string, error) {
	var out strings.Builder
	for row, err := range report.Rows {
		if err != nil {
			return "", err
		}
		rate := ""
		if row.Rate.Known {
			rate = fmt.Sprintf(" rate %v", row.Rate.Value)
		}
		fmt.Fprintf(&out, "%s | %s | lines %v | methods %v | branches %v%s | %s exact=%v\n",
			row.Module, row.Path, row.Lines, row.Methods, row.Branches, rate, row.Basis, row.Exact)
	}
	s := report.Stated
	fmt.Fprintf(&out, "%s: states files %v, lines %v, methods %v, branches %v\n",
		report.Format, s.Files, s.Lines, s.Methods, s.Branches)
	return out.String(), nil
}

func TestGoldenRowsOfTheSamples(t *testing.T) {
	for _, path := range samples(t) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		report, err := Open(f)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		got, err := text(report)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		golden := strings.TrimSuffix(path, filepath.Ext(path)) + ".rows"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
		}
	}
}

func TestEachSampleIsClaimedByOneFormat(t *testing.T) {
	for _, path := range samples(t) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var claims []string
		for _, f := range formats {
			if f.Sniff(headOf(content)) {
				claims = append(claims, f.Name)
			}
		}
		if len(claims) != 1 {
			t.Errorf("%s: claimed by %q", path, claims)
		}
	}
}

// noReports matches test data among them that no tool writes so, and octocov's
// own report.json.
var noReports = regexp.MustCompile(`istanbul-json/(istanbuljs_|codecov_umbrella__ifbinary)|octocov__report\.json$`)

// TestRealReportsAreClaimedByOneFormat does the same with the reports beside
// the checkout, each folder of which has one format.
func TestRealReportsAreClaimedByOneFormat(t *testing.T) {
	claimed := 0
	for dir, want := range map[string]string{
		"clover": "clover", "jacoco-xml": "jacoco", "jenkins-jacoco-api": "jenkins_jacoco",
		"cobertura": "cobertura", "gocover": "gocover", "istanbul-json": "istanbul_json",
		"jacoco-csv": "jacoco_csv", "jenkins-coverage-api": "", "lcov": "lcov", "llvm-cov": "llvm_cov",
		"simplecov": "simplecov", "xccov": "xccov_report",
	} {
		paths, err := filepath.Glob(filepath.Join(fixture(t, dir), "*.*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var claims []string
			for _, f := range formats {
				if f.Sniff(headOf(content)) {
					claims = append(claims, f.Name)
				}
			}
			want := want
			if noReports.MatchString(path) {
				want = ""
			}
			if got := strings.Join(claims, ", "); got != want {
				t.Errorf("%s: claimed by %q, want %q", path, got, want)
			}
			claimed++
		}
	}
	if claimed < 150 {
		t.Errorf("only %d reports were there", claimed)
	}
}

// drain reads a report to its end.
func drain(r io.Reader, format string) error {
	report, err := OpenAs(format, r)
	if err != nil {
		return err
	}
	for _, err := range report.Rows {
		if err != nil {
			return err
		}
	}
	return nil
}

// wholeAgain tells whether nothing shows that a report was cut: formats without
// an end are whole after every line or record.
func wholeAgain(format, begin string) bool {
	switch format {
	case "gocover", "jacoco_csv":
		return strings.HasSuffix(begin, "\n")
	case "lcov":
		return strings.HasSuffix(strings.TrimSpace(begin), "end_of_record")
	}
	return false
}

func TestAReportCutAnywhereIsAnErrorWithItsPlace(t *testing.T) {
	for _, path := range samples(t) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		report, err := Open(strings.NewReader(string(content)))
		if err != nil {
			t.Fatal(err)
		}
		end := len(strings.TrimRight(string(content), " \n"))
		step := max(1, end/4000) // every octet of a small report
		for n := 0; n < end; n += step {
			if wholeAgain(report.Format, string(content[:n])) {
				continue
			}
			err := drain(strings.NewReader(string(content[:n])), report.Format)
			var parse *ParseError
			if !errors.As(err, &parse) || parse.Line < 1 || parse.Column < 1 || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("%s cut after %d of %d octets: got %v", path, n, end, err)
			}
		}
		if err := drain(strings.NewReader(string(content)+"x"), report.Format); err == nil {
			t.Errorf("%s with an x behind it was accepted", path)
		}
		broken := io.MultiReader(strings.NewReader(string(content[:end/2])), iotest.ErrReader(os.ErrPermission))
		if err := drain(broken, report.Format); !errors.Is(err, os.ErrPermission) {
			t.Errorf("%s: a read error became %v", path, err)
		}
	}
}

func TestClaimsThatCannotBeAreRefused(t *testing.T) {
	clover := func(file string) string {
		return `<coverage generated="1"><project timestamp="1">` + file + `</project></coverage>`
	}
	jacoco := func(content string) string {
		return `<report name="r"><package name="p">` + content + `</package></report>`
	}
	counted := func(counts string) string {
		return `<sourcefile name="a"><counter type="LINE" ` + counts + `/></sourcefile>`
	}
	for _, c := range []struct{ format, report, want string }{
		{"clover", clover(`<file name="a"><line num="0" type="stmt" count="1"/>` +
			`<metrics statements="1" coveredstatements="1"/></file>`), "has the number 0"},
		{"clover", clover(`<file name="a"><line num="1000000000" type="stmt" count="1"/>` +
			`<metrics statements="1" coveredstatements="1"/></file>`), "has the number 1000000000"},
		{"clover", clover(`<file name="a"><line num="1" type="stmt" count="-1"/>` +
			`<metrics statements="1" coveredstatements="1"/></file>`), `"-1" is not a whole number`},
		{"clover", clover(`<file name="a"><line num="1" type="stmt" count="99999999999999999999"/></file>`),
			"is more than anything can be counted"},
		{"clover", clover(`<file name="a"><metrics statements="1" coveredstatements="2"/></file>`),
			"2 covered of only 1"},
		{"clover", clover(`<file name="a"><metrics statements="0"/></file>` +
			`<file name="a"><metrics statements="0"/></file>`), "a is listed twice"},
		{"clover", clover(`<file><metrics statements="0"/></file>`), "a file without a name"},
		{"clover", clover(`<line num="1" type="stmt" count="1"/>`), "a line outside a file"},
		{"clover", `<coverage generated="1"><project><file name="a"><file name="b"/></file></project></coverage>`,
			"a file inside a file"},
		{"jacoco", jacoco(`<sourcefile name="a"><counter type="LINE" missed="-1" covered="2"/></sourcefile>`),
			"is not a whole number"},
		{"jacoco", jacoco(`<sourcefile name="a"><line nr="1"/>` +
			`<counter type="LINE" missed="1" covered="1"/></sourcefile>`), "counts 2 lines and lists 1"},
		{"jacoco", jacoco(`<sourcefile name="a"/><sourcefile name="a"/>`), "p/a is listed twice in r"},
		{"jacoco", jacoco(`<sourcefile/>`), "<sourcefile> without a name"},
		{"jacoco", jacoco(`<sourcefile name=""/>`), "a source file with an empty name"},
		{"jacoco", jacoco(counted(`covered="2"`)), "a sourcefile: it has no missed"},
		{"jacoco", jacoco(counted(`missed="2"`)), "a sourcefile: it has no covered"},
		{"jacoco", jacoco(counted(`missed="9007199254740992" covered="1"`)), "9007199254740993 is more than"},
		{"clover", clover(`<file name="a"><metrics loc="9007199254740993"/></file>`), "9007199254740993 is more than"},
		{"xcov", `{"targets":[{"name":"T","files":[{"name":"a","coverage":1.5}]}]}`, "which is not from 0 to 1"},
		{"xcov", `{"targets":[{"name":"T","files":[{"name":"a"}]}]}`, "a of target T has no coverage"},
		{"xcov", `{"targets":[{"files":[]}]}`, "a target without a name"},
		{"xcov", `{"targets":[{"name":"T","files":[{"path":"/a","coverage":1},{"path":"/a","coverage":1}]}]}`,
			"/a is listed twice in target T"},
		{"xcov", `{"coverage":1}`, "no targets in it"},
		{"xcov", `{"targets":[{"name":7}]}`, "name is a number"},
		{"jenkins_jacoco", `{"lineCoverage":{"percentage":50}}`, "percentages and no counts"},
		{"jenkins_jacoco", `{"lineCoverage":{"covered":1,"missed":1,"total":3}}`,
			"1 covered and 1 missed are not 3 in total"},
		{"jenkins_jacoco", `{"lineCoverage":{"covered":-1,"missed":1}}`, "negative count"},
		{"jenkins_jacoco", `{"lineCoverage":{"covered":1,"missed":9007199254740992}}`, "9007199254740993 is more than"},
		{"jenkins_jacoco", `{"branchCoverage":{"covered":1,"missed":1}}`, "no lineCoverage in it"},
	} {
		if err := drain(strings.NewReader(c.report), c.format); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.report, err, c.want)
		}
	}
}

func TestUnknownIsUnknown(t *testing.T) {
	none := coverage.Of(0, 0)
	source := func(counters string) string {
		return `<report name="r"><package name=""><sourcefile name="a">` + counters + `</sourcefile></package></report>`
	}
	file := func(content string) string {
		return `<coverage generated="1"><project><file name="a">` + content + `</file></project></coverage>`
	}
	for _, c := range []struct {
		format, report string
		want           coverage.Row
	}{
		{"clover", `<coverage generated="1"><project><file name="a"><metrics statements="0" coveredstatements="0"` +
			` methods="0" coveredmethods="0" conditionals="0" coveredconditionals="0"/></file></project></coverage>`,
			coverage.Row{Path: "a", Lines: coverage.Of(0, 0), Methods: coverage.Of(0, 0)}},
		{"clover", `<coverage generated="1"><project><file name="a">` +
			`<metrics statements="2" coveredstatements="1"/></file></project></coverage>`,
			coverage.Row{Path: "a", Lines: coverage.Of(1, 2)}},
		{"clover", file(`<line num="1" type="stmt" count="1"/><metrics statements="5"/>`),
			coverage.Row{Path: "a", Lines: coverage.Of(1, 1), Finding: "no_totals: the file states none, " +
				"and its lines alone miss the statements that the start of a method hides"}},
		{"clover", file(`<metrics statements="2" coveredstatements="1" methods="1"/>`),
			coverage.Row{Path: "a", Lines: coverage.Of(1, 2)}},
		{"lcov", "SF:a\nLF:10\nend_of_record\n", coverage.Row{Path: "a"}},
		{"lcov", "SF:a\nDA:1,1\nFNF:3\nBRF:2\nend_of_record\n", coverage.Row{Path: "a", Lines: coverage.Of(1, 1)}},
		{"jacoco", `<report name="r"><package name=""><sourcefile name="A.java">` +
			`<counter type="INSTRUCTION" missed="1" covered="2"/><counter type="METHOD" missed="0" covered="1"/>` +
			`</sourcefile></package></report>`,
			coverage.Row{Module: "r", Path: "A.java", Methods: coverage.Of(1, 1), Branches: coverage.Of(0, 0)}},
		{"jacoco", source(`<counter type="LINE" missed="1" covered="2"/>`),
			coverage.Row{Module: "r", Path: "a", Lines: coverage.Of(2, 3)}},
		{"jacoco", source(""), coverage.Row{Module: "r", Path: "a", Lines: none, Methods: none, Branches: none}},
		{"jenkins_jacoco", `{"lineCoverage":{"covered":0,"missed":0,"percentage":100}}`,
			coverage.Row{Lines: coverage.Of(0, 0)}},
	} {
		report, err := OpenAs(c.format, strings.NewReader(c.report))
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range report.Rows {
			if err != nil {
				t.Fatal(err)
			}
			row.Basis, row.Exact, row.Source = "", false, nil
			if row != c.want {
				t.Errorf("%s: got %+v, want %+v", c.report, row, c.want)
			}
		}
	}
}

// TestCloverIsReadAsByXPath holds the reader to an independent one on a real
// report, if there is one beside the checkout.
func TestCloverIsReadAsByXPath(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(fixture(t, "clover"), "*PHPUnit*"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join(fixture(t, "generated-phpunit96-shards"), "*", "*", "*.clover.xml"))
	if err != nil || len(more) == 0 {
		t.Fatalf("no reports: %v", err)
	}
	for _, path := range slices.Concat(paths, more) {
		_, rows, err := readAll(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		document, err := xmlquery.Parse(f)
		if err != nil {
			t.Fatal(err)
		}
		files := xmlquery.Find(document, "//file")
		if len(files) != len(rows) {
			t.Fatalf("%s: %d rows, want %d", path, len(rows), len(files))
		}
		for i, file := range files {
			row := rows[i]
			metrics := xmlquery.FindOne(file, "metrics")
			got := fmt.Sprint(row.Path, row.Lines.Total, row.Lines.Covered, row.Methods.Total, row.Methods.Covered,
				len(row.Source.Statements), len(row.Source.Methods), len(row.Source.Classes))
			want := fmt.Sprint(file.SelectAttr("name"), metrics.SelectAttr("statements"), " ",
				metrics.SelectAttr("coveredstatements"), " ",
				metrics.SelectAttr("methods"), " ", metrics.SelectAttr("coveredmethods"), " ",
				len(xmlquery.Find(file, "line[@type='stmt']")), len(xmlquery.Find(file, "line[@type='method']")),
				len(xmlquery.Find(file, "class")))
			if strings.Join(strings.Fields(got), "") != strings.Join(strings.Fields(want), "") {
				t.Errorf("%s: got %s, want %s", path, got, want)
			}
		}
	}
}

func TestATimeBeyondTheYear9999IsNone(t *testing.T) {
	for generated, want := range map[string]string{
		"1795315022":       "2026-11-22",
		"99999999999":      "5138-11-16", // as seconds
		"253402300799":     "1978-01-11", // as milliseconds
		"253402300799000":  "9999-12-31",
		"253402300800000":  "0001-01-01",
		"9007199254740992": "0001-01-01",
	} {
		report, err := OpenAs("clover", strings.NewReader(`<coverage generated="`+generated+`"><project/></coverage>`))
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range report.Rows {
			t.Fatal(err)
		}
		if got := report.Stated.MeasuredAt.Format(time.DateOnly); got != want {
			t.Errorf("%s: got %s, want %s", generated, got, want)
		}
	}
}

// headOf gives what Open shows of a report to those who may claim it.
func headOf(report []byte) []byte {
	return bytes.TrimPrefix(report[:min(len(report), headSize)], byteOrderMark)
}

func TestWhatIsNoReportIsSaidToBeWhatItLooksLike(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "it is empty",
		"\uFEFF":                             "it is empty",
		" \n\t":                              "it holds only white space",
		"\uFEFF<!DOCTYPE html><title>Log in": "it is an HTML page",
		"report_week,measured_at\n":          "it is a file of covpipe's rows",
		"\xFF\xFE{\x00}\x00":                 "it is UTF-16",
		"\xFE\xFF\x00{\x00}":                 "it is UTF-16",
		"PAR1\x00":                           "it is binary",
		"<?xml version='1.0'?>\n<testsuites": "it begins like XML",
		"<!-- a --><testsuites>":             "it is XML with the root element <testsuites>",
		"{\"status\": 404}":                  "it is JSON with other keys",
		"OK (7 tests)\nTime: 1 s":            `it begins with "OK (7 tests)"`,
	} {
		if _, err := Open(strings.NewReader(text)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

package jenkinstest_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

const (
	ofReport  = `{"_class":"hudson.plugins.jacoco.report.CoverageReport"`
	ofPackage = `{"_class":"hudson.plugins.jacoco.report.PackageReport"`
	ofClass   = `{"_class":"hudson.plugins.jacoco.report.ClassReport"`
	ofSample  = `,"branchCoverage":{"covered":133,"missed":69,` +
		`"percentage":66,"percentageFloat":65.84158,"total":202},` +
		`"classCoverage":{"covered":27,"missed":8,"percentage":77,"percentageFloat":77.14286,"total":35},` +
		`"complexityScore":{"covered":163,"missed":83,"percentage":66,"percentageFloat":66.26016,"total":246},` +
		`"instructionCoverage":{"covered":1619,"missed":550,"percentage":75,"percentageFloat":74.64269,"total":2169},` +
		`"lineCoverage":{"covered":318,"missed":118,"percentage":73,"percentageFloat":72.935776,"total":436},` +
		`"methodCoverage":{"covered":104,"missed":33,"percentage":76,"percentageFloat":75.91241,"total":137},` +
		`"previousResult":`
)

// one is a job "app" with build 1, which published the report.
func one(report string) *jenkinstest.Jenkins {
	return &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{Name: "app", Builds: []jenkinstest.Build{
		{Number: 1, Result: "SUCCESS", JaCoCo: []byte(report)},
	}}}}
}

func TestCoverageIsThatOfTheReport(t *testing.T) {
	j := &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{Name: "app", Builds: builds(t)}}}
	root := start(t, j) + "/job/app"
	wantBody(t, root+"/3/jacoco/api/json", ofReport+ofSample+"null}")
	wantBody(t, root+"/lastUnstableBuild/jacoco/api/json", ofReport+ofSample+ofReport+"}}")
	wantBody(t, root+"/4/jacoco/api/json?depth=1", ofReport+ofSample+ofReport+ofSample+"null}}")
	// 8 is compared with 4 and that with 3, since 5 failed
	j.Put("app", jenkinstest.Build{Number: 8, Result: "SUCCESS", JaCoCo: read(t, sampleReport)})
	wantBody(t, root+"/8/jacoco/api/json?depth=2", ofReport+ofSample+ofReport+ofSample+ofReport+ofSample+"null}}}")
	wantStatus(t, root+"/6/jacoco/api/json", http.StatusNotFound)
	wantStatus(t, root+"/6/jacoco/", http.StatusNotFound)

	// com.example.shop.network is in two groups
	wantBody(t, root+"/3/jacoco/com.example.shop.network/api/json", ofPackage+
		`,"branchCoverage":{"covered":39,"missed":23,"percentage":63,"percentageFloat":62.903225,"total":62},`+
		`"classCoverage":{"covered":3,"missed":3,"percentage":50,"percentageFloat":50.0,"total":6},`+
		`"complexityScore":{"covered":36,"missed":23,"percentage":61,"percentageFloat":61.01695,"total":59},`+
		`"instructionCoverage":{"covered":413,"missed":151,"percentage":73,"percentageFloat":73.22695,"total":564},`+
		`"lineCoverage":{"covered":93,"missed":33,"percentage":74,"percentageFloat":73.809525,"total":126},`+
		`"methodCoverage":{"covered":17,"missed":6,"percentage":74,"percentageFloat":73.91304,"total":23},`+
		`"previousResult":null}`)
	wantBody(t, root+"/4/jacoco/com.example.shop.network/api/json?tree=previousResult",
		ofPackage+`,"previousResult":`+ofPackage+"}}")
	wantBody(t, root+"/3/jacoco/com.example.shop.cart/Cart$Line/api/json?tree=*[missed,covered]", ofClass+
		`,"branchCoverage":{"covered":0,"missed":0},"classCoverage":{"covered":1,"missed":0},`+
		`"complexityScore":{"covered":3,"missed":1},`+
		`"instructionCoverage":{"covered":16,"missed":3},"lineCoverage":{"covered":5,"missed":1},`+
		`"methodCoverage":{"covered":3,"missed":1},"previousResult":null}`)
	wantStatus(t, root+"/3/jacoco/com.example.shop.cart/Cart.Line/api/json", http.StatusNotFound)
	wantStatus(t, root+"/3/jacoco/com/example/shop/cart/api/json", http.StatusNotFound)
}

func TestPercentagesAreThoseOfJava(t *testing.T) {
	for _, test := range []struct{ missed, covered, percentage, percentageFloat string }{
		{"0", "0", "100", "100.0"}, {"2", "3", "60", "60.000004"}, {"1", "0", "0", "0.0"},
		{"1999999", "1", "0", "5.0E-5"}, {"1", "1", "50", "50.0"},
		{"3", "5", "63", "62.5"}, // 62.5 is rounded up
		// what a Jenkins of the public sent for these counts
		{"1588", "244", "13", "13.318777"}, {"21", "38", "64", "64.406784"},
		{"9220", "4205", "31", "31.32216"}, {"380", "320", "46", "45.714287"},
	} {
		counter := `<counter type="LINE" missed="` + test.missed + `" covered="` + test.covered + `"/>`
		root := start(t, one(`<report name="r">`+counter+`</report>`))
		wantBody(t, root+"/job/app/1/jacoco/api/json?tree=lineCoverage[percentage,percentageFloat]",
			fmt.Sprintf(`%s,"lineCoverage":{"percentage":%s,"percentageFloat":%s}}`,
				ofReport, test.percentage, test.percentageFloat))
	}
}

func TestNamesAreThoseOfThePlugin(t *testing.T) {
	root := start(t, one(`<?xml version="1.0"?>`+
		`<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="r">`+
		`<package name=""><class name="Main"/></package>`+
		`<package name="a/b&amp;c"><class name="a/b&amp;c/Odd&lt;T&gt;:x;y%z"/></package>`+
		`<package name="shop"><class name="shop/Workshops"/><class name="shop/Outer$Inner$1"/></package>`+
		`</report>`)) + "/job/app/1/jacoco/"
	for path, status := range map[string]int{
		"(default)/api/json": 200, "%28default%29/Main/api/json": 200, "default/api/json": 404,
		"a.b_c/api/json": 200, "a.b_c/Odd_T__x_y_z/api/json": 200, "a.b&c/api/json": 404,
		"shop/Outer$Inner$1/api/json": 200, "shop/Outer%24Inner%241/api/json": 200, "shop/Outer/api/json": 404,
		"shop/Workshops/api/json": 404, "shop/Work/api/json": 200,
	} {
		wantStatus(t, root+path, status)
	}
}

func TestIndexPagesListTheChildren(t *testing.T) {
	j := &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{Name: "app", Builds: builds(t)}}}
	root := start(t, j) + "/job/app/3/jacoco"
	wantStatus(t, root, http.StatusFound)
	wantStatus(t, root+"/com.example.shop.cart", http.StatusFound)
	got := wantStatus(t, root+"/", http.StatusOK)
	if got.header.Get("Content-Type") != "text/html;charset=utf-8" {
		t.Errorf("Content-Type is %s", got.header.Get("Content-Type"))
	}
	want := []string{
		"all classes: 074.64 550/1619 065.84 69/133 066.26 83/163 072.94 118/318 075.91 33/104 077.14 8/27",
		"com.example.shop.app/: 000.00 7/0 100.00 0/0 000.00 2/0 000.00 2/0 000.00 2/0 000.00 1/0",
	}
	rows := tableRows(got.body)
	if len(rows) != 10 || rows[0] != want[0] || rows[1] != want[1] ||
		!strings.HasPrefix(rows[9], "com.example.shop.search/: 100.00 0/239") {
		t.Errorf("rows of the index:\n%s\nwant first:\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
	rows = tableRows(wantStatus(t, root+"/com.example.shop.network/", http.StatusOK).body)
	if len(rows) != 7 || rows[6] != "Retry/: 000.00 46/0 000.00 4/0 000.00 4/0 000.00 14/0 000.00 2/0 000.00 1/0" {
		t.Errorf("rows of the package:\n%s", strings.Join(rows, "\n"))
	}
}

// tableRows gives the name or link of each row, with value and counts of its cells.
func tableRows(page string) []string {
	var rows []string
	marks := regexp.MustCompile(`<td>(all classes)</td>|<a href="([^"]+)">|` +
		`data='([0-9.]+)'|<b>M:</b> (\d+) <b>C:</b> (\d+)`)
	for _, mark := range marks.FindAllStringSubmatch(page, -1) {
		switch {
		case mark[1] != "" || mark[2] != "":
			rows = append(rows, mark[1]+mark[2]+":")
		case mark[3] != "":
			rows[len(rows)-1] += " " + mark[3]
		default:
			rows[len(rows)-1] += " " + mark[4] + "/" + mark[5]
		}
	}
	return rows
}

func TestAReportThatIsNoneIsAnError(t *testing.T) {
	for _, report := range []string{
		"", "<report", "<coverage/>", `<report><counter type="LINE" missed="x" covered="1"/></report>`,
	} {
		j := one("")
		j.Jobs[0].Builds[0].JaCoCo = append([]byte{}, report...)
		wantStatus(t, start(t, j)+"/job/app/1/jacoco/api/json", http.StatusInternalServerError)
	}
}

func TestBeansEqualThoseDerivedFromRealReports(t *testing.T) {
	fixtures := "../../../shared/fixtures"
	if _, err := os.Stat(fixtures); err != nil {
		t.Skipf("NOT CHECKED: no beans of real reports here: %v", err)
	}
	for name, document := range map[string]string{
		"codacy":      "codacy_codacy-coverage-reporter__test_jacoco.xml",
		"codingstyle": "jenkinsci_coverage-model__jacoco-codingstyle.xml",
	} {
		derived := filepath.Join(fixtures, "jenkins-jacoco-api", "derived", name)
		report := read(t, filepath.Join(fixtures, "jacoco-xml", document))
		j := &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{Name: "app", Builds: []jenkinstest.Build{
			{Number: 42, Result: "SUCCESS", JaCoCo: report},
		}}}}
		root := start(t, j)
		beans := 0
		for lines := bufio.NewScanner(bytes.NewReader(read(t, filepath.Join(derived, "INDEX.tsv")))); lines.Scan(); {
			columns := strings.Split(lines.Text(), "\t")
			if len(columns) > 1 && strings.Contains(columns[0], "/jacoco/") &&
				columns[0] != "/job/app/42/jacoco/api/json" {
				wantBody(t, root+columns[0], string(read(t, filepath.Join(derived, columns[1]))))
				beans++
			}
		}
		j.Put("app", jenkinstest.Build{Number: 1, Result: "SUCCESS", JaCoCo: report})
		wantBody(t, root+"/job/app/1/jacoco/api/json",
			string(read(t, filepath.Join(derived, "job_app_1_jacoco_api_json.first-build.json"))))
		wantBody(t, root+"/job/app/42/jacoco/api/json",
			string(read(t, filepath.Join(derived, "job_app_42_jacoco_api_json.json"))))
		if beans == 0 {
			t.Errorf("%s names no beans", derived)
		}
	}
}

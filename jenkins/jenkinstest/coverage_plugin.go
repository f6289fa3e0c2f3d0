package jenkinstest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// coveragePage is the page of the Coverage plugin, version 1 or 2, and of
// code-coverage-api 4, at the id "coverage" (CoverageViewModel). What its API has
// is a CoverageApi: percentages as text, and neither counts nor files.
func (v *view) coveragePage(build *Build) (page, error) {
	report, err := parseJaCoCo(build.Coverage)
	if err != nil {
		return page{}, fmt.Errorf("coverage of build %d: %w", build.Number, err)
	}
	return page{title: "Coverage Report", bean: report.coverageAPI}, nil
}

// coverageAPI has the properties of CoverageApi that a build without a change
// request and without quality gates has.
func (r *report) coverageAPI() *bean {
	statistics := dictionary{}
	for _, metric := range []struct {
		name string
		counterType
	}{{"branch", branch}, {"class", class}, {"instruction", instruction}, {"line", line}, {"method", method}} {
		if c := r.counters[metric.counterType]; c.missed+c.covered > 0 {
			statistics = append(statistics, property{name: metric.name, value: c.text()})
		}
	}
	whole := func(c counter) string { return strconv.FormatInt(c.missed+c.covered, 10) }
	statistics = append(statistics, property{name: "cyclomatic-complexity", value: whole(r.counters[complexity])},
		property{name: "loc", value: whole(r.counters[line])})
	slices.SortFunc(statistics, func(a, b property) int { return strings.Compare(a.name, b.name) })
	none := func() *bean {
		return &bean{properties: []property{
			{name: "overallResult", value: "INACTIVE"}, {name: "resultItems", value: []any{}},
		}}
	}
	return &bean{class: "io.jenkins.plugins.coverage.metrics.restapi.CoverageApi", properties: []property{
		{name: "projectDelta", value: dictionary{}, inline: true},
		{name: "projectStatistics", value: statistics, inline: true},
		{name: "qualityGates", value: none, inline: true},
		{name: "referenceBuild", value: "-"},
	}}
}

// text is how the Coverage plugin writes a percentage: "72.94%".
func (c counter) text() string {
	return fmt.Sprintf("%.2f%%", float64(c.covered)/float64(c.missed+c.covered)*100)
}

// codeCoveragePage is the page of code-coverage-api before 4.0. Its API is one
// level below, and at depth 0 its children are empty objects.
func (v *view) codeCoveragePage(build *Build) (page, error) {
	report, err := parseJaCoCo(build.CodeCoverage)
	if err != nil {
		return page{}, fmt.Errorf("code coverage of build %d: %w", build.Number, err)
	}
	return page{
		title: "Coverage Report",
		bean:  func() *bean { return &bean{class: "io.jenkins.plugins.coverage.CoverageAction"} },
		below: func(w http.ResponseWriter, r *http.Request, rest []string) {
			if rest[0] != "result" {
				jettyError(w, r, http.StatusNotFound, "Not Found")
				return
			}
			v.serve(w, r, rest[1:], page{title: "All reports", bean: report.codeCoverage})
		},
	}, nil
}

func (r *report) codeCoverage() *bean {
	c := r.counters[line]
	lines := &bean{properties: []property{
		{name: "denominator", value: c.missed + c.covered, visibility: 2},
		{name: "name", value: "Line", visibility: 2},
		{name: "numerator", value: c.covered, visibility: 2},
		{name: "ratio", value: c.percentageFloat(), visibility: 2},
	}}
	return &bean{class: "io.jenkins.plugins.coverage.targets.CoverageResult", properties: []property{
		{name: "results", inline: true, value: &bean{properties: []property{
			{name: "children", value: []any{&bean{}}},
			{name: "elements", value: []any{lines}},
			{name: "name", value: "All reports"},
		}}},
	}}
}

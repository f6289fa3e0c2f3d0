package jenkinstest_test

import (
	"net/http"
	"testing"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

func TestTheCoveragePluginServesPercentagesOnly(t *testing.T) {
	report := []byte(`<report name="r"><counter type="INSTRUCTION" missed="1" covered="2"/>` +
		`<counter type="LINE" missed="118" covered="318"/>` +
		`<counter type="COMPLEXITY" missed="3" covered="4"/></report>`)
	j := &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{Name: "app", Builds: []jenkinstest.Build{
		{Number: 1, Result: "SUCCESS", Coverage: report},
		{Number: 2, Result: "SUCCESS", CodeCoverage: report},
		{Number: 3, Result: "SUCCESS", JaCoCo: report},
		{Number: 4, Result: "SUCCESS", Coverage: []byte("<none")},
	}}}}
	root := start(t, j) + "/job/app"
	const api = `{"_class":"io.jenkins.plugins.coverage.metrics.restapi.CoverageApi"`
	wantBody(t, root+"/1/coverage/api/json", api+`,"projectDelta":{},`+
		`"projectStatistics":{"cyclomatic-complexity":"7","instruction":"66.67%","line":"72.94%","loc":"436"},`+
		`"qualityGates":{"overallResult":"INACTIVE","resultItems":[]},"referenceBuild":"-"}`)
	wantBody(t, root+"/1/coverage/api/json?tree=referenceBuild", api+`,"referenceBuild":"-"}`)
	wantBody(t, root+"/2/coverage/result/api/json",
		`{"_class":"io.jenkins.plugins.coverage.targets.CoverageResult","results":{"children":[{}],`+
			`"elements":[{"denominator":436,"name":"Line","numerator":318,"ratio":72.935776}],"name":"All reports"}}`)
	for path, status := range map[string]int{
		"/1/jacoco/api/json": 404, "/1/coverage/": 200,
		"/1/coverage/result/api/json": 404, "/2/coverage/other/api/json": 404,
		"/2/jacoco/api/json": 404, "/3/coverage/api/json": 404, "/4/coverage/api/json": http.StatusInternalServerError,
	} {
		wantStatus(t, root+path, status)
	}
}

package jenkinstest_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

const (
	workflowJob = `{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob"`
	workflowRun = `{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun"`
)

// hundred is a job with builds 101 to 1, each with two artifacts.
func hundred() *jenkinstest.Jenkins {
	job := jenkinstest.Job{Name: "app"}
	for number := 1; number <= 101; number++ {
		artifacts := map[string][]byte{"a.xml": nil, "b.xml": nil}
		job.Builds = append(job.Builds, jenkinstest.Build{Number: number, Result: "SUCCESS", Artifacts: artifacts})
	}
	return &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{job}}
}

func TestTreeSelectsWhatIsWritten(t *testing.T) {
	root := start(t, hundred()) + "/job/app/api/json?tree="
	run := func(number int) string { return fmt.Sprintf(`%s,"number":%d}`, workflowRun, number) }
	for tree, want := range map[string]string{
		"name": workflowJob + `,"name":"app"}`,
		// in the order of the bean
		"url,name,fullName":         workflowJob + `,"fullName":"app","name":"app","url":"ROOT/job/app/"}`,
		"nothing":                   workflowJob + `}`,
		"name, fullName":            workflowJob + `,"name":"app"}`, // a blank belongs to the name
		"lastBuild":                 workflowJob + `,"lastBuild":` + workflowRun + `}}`,
		"lastBuild[number,nothing]": workflowJob + `,"lastBuild":` + run(101) + `}`,
		"lastBuild[id,artifacts]": workflowJob + `,"lastBuild":` + workflowRun +
			`,"artifacts":[{},{}],"id":"101"}}`,
		"lastBuild[artifacts[*]{1}]": workflowJob + `,"lastBuild":` + workflowRun +
			`,"artifacts":[{"displayPath":"b.xml","fileName":"b.xml","relativePath":"b.xml"}]}}`,
		"lastBuild[previousBuild[id]]": workflowJob + `,"lastBuild":` + workflowRun +
			`,"previousBuild":{"id":"100"}}}`,
		"lastBuild[number]{5,6}":  workflowJob + `,"lastBuild":` + run(101) + `}`, // a range is for arrays
		"lastBuild[id],lastBuild": workflowJob + `,"lastBuild":` + workflowRun + `}}`,
		"builds[number]{,3}": workflowJob + `,"builds":[` + run(101) +
			`,` + run(100) + `,` + run(99) + `]}`,
		"builds[number]{2,4}": workflowJob + `,"builds":[` + run(99) + `,` + run(98) + `]}`,
		"builds[number]{38}":  workflowJob + `,"builds":[` + run(63) + `]}`,
		// no more than 100
		"builds[number]{98,}":            workflowJob + `,"builds":[` + run(3) + `,` + run(2) + `]}`,
		"allBuilds[number]{99,}":         workflowJob + `,"allBuilds":[` + run(2) + `,` + run(1) + `]}`,
		"builds[number]{200,}":           workflowJob + `,"builds":[]}`,
		"builds[number]{3,1},name":       workflowJob + `,"name":"app","builds":[]}`,
		"builds{,1}":                     workflowJob + `,"builds":[` + workflowRun + `}]}`,
		"builds[*[fileName]{,1},id]{,1}": "",
	} {
		got := get(t, root+url.QueryEscape(tree))
		want = strings.Replace(want, "ROOT", strings.TrimSuffix(root, "/job/app/api/json?tree="), 1)
		if got.status != http.StatusOK || (want != "" && got.body != want) {
			t.Errorf("tree=%s\n got %d %s\nwant 200 %s", tree, got.status, got.body, want)
		}
	}
	got := get(t, root+url.QueryEscape("builds[*[fileName]{,1}]{,1}")).body
	if !strings.Contains(got, `"artifacts":[{"fileName":"a.xml"}],"building":false`) ||
		strings.Contains(got, `"number":100`) {
		t.Errorf("* does not stand for all other names with the same below: %s", got)
	}
}

func TestTreePrunesCoverage(t *testing.T) {
	report := `<report><counter type="LINE" missed="1" covered="3"/></report>`
	root := start(t, one(report)) + "/job/app/1/jacoco/api/json?tree="
	for tree, want := range map[string]string{
		"lineCoverage": `,"lineCoverage":{}}`,
		"lineCoverage[*],branchCoverage[covered,total]": `,"branchCoverage":{"covered":0,"total":0},` +
			`"lineCoverage":{"covered":3,"missed":1,"percentage":75,"percentageFloat":75.0,"total":4}}`,
		"previousResult[*]": `,"previousResult":null}`,
		"covered":           `}`,
	} {
		wantBody(t, root+url.QueryEscape(tree), ofReport+want)
	}
}

func TestMalformedParametersAreAnException(t *testing.T) {
	root := start(t, hundred()) + "/job/app/api/json?"
	for _, tree := range []string{
		"", "a,", ",b", "a[", "a[b,c", "a[]", "a[b,,]", "a]", "a{}", "a{b}", "a{1", "a{1,2", "a{-1}", "a{,}",
		"a{99999999999}", "a[b]c", "a{1}[b]",
	} {
		got := wantStatus(t, root+"tree="+url.QueryEscape(tree), http.StatusInternalServerError)
		if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || !strings.Contains(got.body, "Oops!") {
			t.Errorf("tree=%s: %v\n%s", tree, got.header, got.body)
		}
	}
	for query, status := range map[string]int{
		"depth=x": 500, "depth=": 500, "depth=1.0": 500, "depth=99999999999": 500, "depth=0": 200, "depth=-1": 200,
		"tree=name&depth=x": 200, "jsonp=call": 403, "tree=name&jsonp=": 403,
	} {
		wantStatus(t, root+query, status)
	}
}

func TestDepthShowsOneLevelMore(t *testing.T) {
	jobs := []jenkinstest.Job{{Name: "app", Builds: []jenkinstest.Build{{Number: 1, Result: "SUCCESS"}}}}
	root := start(t, &jenkinstest.Jenkins{Jobs: jobs})
	run := workflowRun + `,"number":1,"url":"` + root + `/job/app/1/"}`
	wantBody(t, root+"/job/app/api/json", workflowJob+`,"actions":[],"description":null,"displayName":"app",`+
		`"fullDisplayName":"app","fullName":"app","name":"app","url":"`+root+`/job/app/",`+
		`"buildable":true,"builds":[`+run+`],"color":"blue","firstBuild":`+run+`,"inQueue":false,`+
		`"keepDependencies":false,"lastBuild":`+run+`,"lastCompletedBuild":`+run+
		`,"lastFailedBuild":null,"lastStableBuild":`+run+`,"lastSuccessfulBuild":`+run+
		`,"lastUnstableBuild":null,"lastUnsuccessfulBuild":null,"nextBuildNumber":2}`)
	wantBody(t, root+"/api/json", `{"_class":"hudson.model.Hudson","mode":"NORMAL",`+
		`"nodeDescription":"the Jenkins controller's built-in node","url":"`+root+`/","useSecurity":false,`+
		`"jobs":[`+workflowJob+`,"fullName":"app","name":"app","url":"`+root+`/job/app/","color":"blue"}]}`)
	for depth, want := range []bool{false, true} {
		got := get(t, fmt.Sprintf("%s/job/app/api/json?depth=%d", root, depth)).body
		if strings.Contains(got, `"timestamp":`) != want {
			t.Errorf("depth=%d: builds with their time: %t\n%s", depth, !want, got)
		}
	}
}

func TestPrettyIsForReaders(t *testing.T) {
	root := start(t, one(`<report/>`)) +
		"/job/app/1/api/json?pretty=true&tree=actions[causes[shortDescription]],artifacts,id"
	wantBody(t, root, `{
  "_class" : "org.jenkinsci.plugins.workflow.job.WorkflowRun",
  "actions" : [
    {
      "_class" : "hudson.model.CauseAction",
      "causes" : [
        {
          "_class" : "hudson.triggers.SCMTrigger$SCMTriggerCause",
          "shortDescription" : "Started by an SCM change"
        }
      ]
    },
    {
      
    },
    {
      "_class" : "hudson.plugins.jacoco.JacocoBuildAction"
    },
    {
      
    }
  ],
  "artifacts" : [
    
  ],
  "id" : "1"
}`)
}

func TestTheAPICompressesForThoseWhoAsk(t *testing.T) {
	root := start(t, one(`<report/>`))
	for accepted, want := range map[string]string{"gzip": "gzip", "deflate, gzip": "gzip", "identity": ""} {
		address := root + "/job/app/1/api/json?tree=id"
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", accepted) // so that net/http leaves the body as it is
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = response.Body
		if want == "gzip" {
			if body, err = gzip.NewReader(response.Body); err != nil {
				t.Fatal(err)
			}
		}
		text, err := io.ReadAll(body)
		_ = response.Body.Close()
		got := response.Header.Get("Content-Encoding")
		if err != nil || got != want || string(text) != workflowRun+`,"id":"1"}` {
			t.Errorf("Accept-Encoding: %s: %s as %q, %v", accepted, text, got, err)
		}
	}
}

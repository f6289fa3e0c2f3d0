package jenkinstest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

const sampleReport = "../../samples/android/reports/shop.jacoco.xml"

// reply is an answer that was read to its end. Redirects are not followed.
type reply struct {
	status int
	header http.Header
	body   string
}

func start(t *testing.T, j *jenkinstest.Jenkins) string {
	t.Helper()
	server := httptest.NewServer(j)
	t.Cleanup(server.Close)
	return server.URL
}

// send asks for the address; a user comes before the address as in user:token@.
func send(t *testing.T, method, address string) (reply, error) {
	t.Helper()
	user, rest, authenticated := strings.Cut(strings.TrimPrefix(address, "http://"), "@")
	if authenticated {
		address = "http://" + rest
	}
	request, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if authenticated {
		name, token, _ := strings.Cut(user, ":")
		request.SetBasicAuth(name, token)
	}
	client := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DisableKeepAlives: true},
	}
	response, err := client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(body)}, err
}

func get(t *testing.T, address string) reply {
	t.Helper()
	got, err := send(t, http.MethodGet, address)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func wantBody(t *testing.T, address, want string) {
	t.Helper()
	if got := get(t, address); got.status != http.StatusOK || got.body != want {
		t.Errorf("GET %s\n got %d %s\nwant 200 %s", address, got.status, got.body, want)
	}
}

func wantStatus(t *testing.T, address string, want int) reply {
	t.Helper()
	got := get(t, address)
	if got.status != want {
		t.Errorf("GET %s: got %d, want %d\n%s", address, got.status, want, got.body)
	}
	return got
}

// builds has one of each result, the newest running; only 3, 4 and 5 have coverage.
func builds(t *testing.T) []jenkinstest.Build {
	t.Helper()
	report := read(t, sampleReport)
	at := time.UnixMilli(1_700_000_000_000)
	return []jenkinstest.Build{
		{Number: 4, Result: "UNSTABLE", Started: at, JaCoCo: report},
		{Number: 5, Result: "FAILURE", Started: at, JaCoCo: report},
		{Number: 3, Result: "SUCCESS", Started: at, Duration: 1500 * time.Millisecond,
			Branch: "main", Commit: "c0ffee", JaCoCo: report,
			Artifacts: map[string][]byte{
				"app/jacoco.xml": report, "core/jacoco.xml": []byte("<core/>"), "log.txt": []byte("0123456789"),
			}},
		{Number: 6, Result: "ABORTED", Started: at},
		{Number: 7, Started: at, Duration: time.Second},
	}
}

func TestPermalinksPointToTheNewestSuchBuild(t *testing.T) {
	j := &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{Name: "app", Builds: builds(t)}, {Name: "new"}}}
	root := start(t, j)
	for link, number := range map[string]string{
		"7": "7", "lastBuild": "7", "lastCompletedBuild": "6", "lastSuccessfulBuild": "4", "lastStableBuild": "3",
		"lastUnstableBuild": "4", "lastFailedBuild": "5", "lastUnsuccessfulBuild": "6",
	} {
		wantBody(t, root+"/job/app/"+link+"/api/json?tree=number",
			`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":`+number+`}`)
		if link != number {
			wantBody(t, root+"/job/app/api/json?tree="+link+"[number]",
				`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","`+link+
					`":{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":`+number+`}}`)
		}
	}
	wantStatus(t, root+"/job/app/lastBuilt/api/json", http.StatusNotFound)
	wantStatus(t, root+"/job/app/8/api/json", http.StatusNotFound)
	wantStatus(t, root+"/job/new/lastBuild/api/json", http.StatusNotFound)
	wantBody(t, root+"/job/new/api/json?tree=lastBuild,builds[number]",
		`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","builds":[],"lastBuild":null}`)

	j.Put("app", jenkinstest.Build{Number: 7, Result: "SUCCESS"})
	j.Put("other", jenkinstest.Build{Number: 1, Result: "SUCCESS", Building: true})
	wantBody(t, root+"/job/app/lastStableBuild/api/json?tree=number,building,result",
		`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","building":false,"number":7,"result":"SUCCESS"}`)
	wantStatus(t, root+"/job/other/lastStableBuild/api/json", http.StatusNotFound)
}

func TestABuildTellsWhatItWas(t *testing.T) {
	root := start(t, &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{Name: "mobile/app", Builds: builds(t)}}})
	wantBody(t, root+"/job/mobile/job/app/3/api/json?tree=number,url,result,building,timestamp,duration,"+
		"actions[lastBuiltRevision[SHA1,branch[*]]],artifacts[*]",
		`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun",`+
			`"actions":[{"_class":"hudson.model.CauseAction"},{},`+
			`{"_class":"hudson.plugins.git.util.BuildData",`+
			`"lastBuiltRevision":{"SHA1":"c0ffee","branch":[{"SHA1":"c0ffee","name":"main"}]}},{},`+
			`{"_class":"hudson.plugins.jacoco.JacocoBuildAction"},{}],"artifacts":[`+
			`{"displayPath":"app/jacoco.xml","fileName":"jacoco.xml","relativePath":"app/jacoco.xml"},`+
			`{"displayPath":"core/jacoco.xml","fileName":"jacoco.xml","relativePath":"core/jacoco.xml"},`+
			`{"displayPath":"log.txt","fileName":"log.txt","relativePath":"log.txt"}],`+
			`"building":false,"duration":1500,"number":3,`+
			`"result":"SUCCESS","timestamp":1700000000000,"url":"`+root+`/job/mobile/job/app/3/"}`)
	wantBody(t, root+"/job/mobile/job/app/7/api/json?tree=result,building,duration,actions[*]",
		`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun",`+
			`"actions":[{"_class":"hudson.model.CauseAction","causes":[`+
			`{"_class":"hudson.triggers.SCMTrigger$SCMTriggerCause"}]},{}],"building":true,"duration":0,"result":null}`)
	got := get(t, root+"/job/mobile/job/app/3/api/json")
	for _, want := range []string{
		`{"_class":"hudson.plugins.jacoco.JacocoBuildAction"}`, `"previousBuild":null`,
		`"nextBuild":{"number":4,"url":"` + root + `/job/mobile/job/app/4/"}`,
		`"causes":[{"_class":"hudson.triggers.SCMTrigger$SCMTriggerCause",` +
			`"shortDescription":"Started by an SCM change"}]`,
		`"fullDisplayName":"mobile » app #3"`,
		`"buildsByBranchName":{"main":{"_class":"hudson.plugins.git.util.Build",` +
			`"buildNumber":3,"buildResult":null,"marked":{"SHA1":"c0ffee"`,
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("api/json has no %s\n%s", want, got.body)
		}
	}
}

func TestJobsAreFoundInFoldersBranchesViewsAndBelowAContextPath(t *testing.T) {
	one := []jenkinstest.Build{{Number: 1, Result: "SUCCESS"}}
	jobs := []jenkinstest.Job{
		{Name: "mobile/app/feature%2Ffoo", Builds: one}, {Name: "mobile/shop app", Builds: one},
	}
	root := start(t, &jenkinstest.Jenkins{ContextPath: "/jenkins", RootURL: "https://ci.example.com/old", Jobs: jobs})
	for path, status := range map[string]int{
		"/jenkins/job/mobile/job/app/job/feature%252Ffoo/1/api/json": 200,
		"/jenkins/job/mobile/job/app/job/feature%2Ffoo/1/api/json":   404,
		"/jenkins/job/mobile/job/shop%20app/lastBuild/api/json":      200,
		"/jenkins/view/all/job/mobile/view/x/job/shop%20app/1/":      200,
		"/jenkins//job/mobile//job/shop%20app/1/api/json":            200,
		"/jenkins/job/shop%20app/1/api/json":                         404,
		"/jenkins/job/mobile/shop%20app/1/api/json":                  404,
		"/jenkins/job/mobile/api/json":                               200,
		"/jenkins/job/mob/api/json":                                  404,
		"/job/mobile/api/json":                                       404,
		"/jenkinsjob/mobile/api/json":                                404,
		"/jenkins/job/mobile/job/shop%20app/1/api/xml":               404,
		"/jenkins/job/mobile/job/shop%20app/1/jacoco/api/json":       404,
	} {
		wantStatus(t, root+path, status)
	}
	wantBody(t, root+"/jenkins/job/mobile/job/app/job/feature%252Ffoo/api/json"+
		"?tree=fullName,displayName,url,lastBuild[url]",
		`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","displayName":"feature/foo",`+
			`"fullName":"mobile/app/feature%2Ffoo",`+
			`"url":"https://ci.example.com/old/job/mobile/job/app/job/feature%252Ffoo/",`+
			`"lastBuild":{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun",`+
			`"url":"https://ci.example.com/old/job/mobile/job/app/job/feature%252Ffoo/1/"}}`)
	wantBody(t, root+"/jenkins/api/json?tree=jobs[name,jobs[name]]",
		`{"_class":"hudson.model.Hudson","jobs":[{"_class":"com.cloudbees.hudson.plugins.folder.Folder",`+
			`"name":"mobile","jobs":[{"_class":"com.cloudbees.hudson.plugins.folder.Folder","name":"app"},`+
			`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","name":"shop app"}]}]}`)
	for from, to := range map[string]string{
		"/jenkins": "/jenkins/", "/jenkins/job/mobile?a=b": "/jenkins/job/mobile/?a=b",
		"/jenkins/job/mobile/job/app/job/feature%252Ffoo/1": "/jenkins/job/mobile/job/app/job/feature%252Ffoo/1/",
	} {
		if got := wantStatus(t, root+from, http.StatusFound); got.header.Get("Location") != to {
			t.Errorf("GET %s: redirected to %s, want %s", from, got.header.Get("Location"), to)
		}
	}
}

func TestArtifactsAreServedFromTheArchive(t *testing.T) {
	j := &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{Name: "app", Builds: builds(t)}}}
	root := start(t, j) + "/job/app/lastStableBuild/artifact"
	got := wantStatus(t, root+"/app/jacoco.xml", http.StatusOK)
	if got.body != string(read(t, sampleReport)) || got.header.Get("Content-Type") != "application/xml" {
		t.Errorf("got %d bytes of %s", len(got.body), got.header.Get("Content-Type"))
	}
	for path, want := range map[string]string{
		"/": "<tr><td><a href=\"app/\">app</a></td></tr>\n" +
			"<tr><td><a href=\"core/\">core</a></td></tr>\n<tr><td><a href=\"log.txt\">log.txt</a></td></tr>\n",
		"/app/": "<tr><td><a href=\"jacoco.xml\">jacoco.xml</a></td></tr>\n",
	} {
		table := "<table class=\"fileList\">\n" + want + "</table>"
		if got := wantStatus(t, root+path, http.StatusOK); !strings.Contains(got.body, table) {
			t.Errorf("GET %s\n%s", path, got.body)
		}
	}
	wantStatus(t, root+"/app", http.StatusFound)
	wantStatus(t, root+"/jacoco.xml", http.StatusNotFound)
	wantStatus(t, root+"/app/jacoco.xml/", http.StatusNotFound)
	wantStatus(t, root+"/app/../log.txt", http.StatusNotFound)
}

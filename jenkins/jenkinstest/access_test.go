package jenkinstest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

func TestCredentialsAreChecked(t *testing.T) {
	one := []jenkinstest.Build{{Number: 1, Result: "SUCCESS"}}
	j := &jenkinstest.Jenkins{
		ContextPath: "/jenkins", Users: map[string]string{"ann": "11aa", "bob": "22bb"},
		Jobs: []jenkinstest.Job{
			{Name: "open", Builds: one}, {Name: "hidden", Builds: one, Readers: []string{"ann"}},
			{Name: "known", Builds: one, Readers: []string{"ann"}, Discoverable: true},
			{Name: "none", Builds: one, Readers: []string{}},
		},
	}
	host := strings.TrimPrefix(start(t, j), "http://")
	for _, test := range []struct {
		user, job string
		status    int
	}{
		{"ann:11aa@", "open", 200}, {"ann:11aa@", "hidden", 200},
		{"ann:11aa@", "known", 200}, {"ann:11aa@", "none", 404},
		{"bob:22bb@", "open", 200}, {"bob:22bb@", "hidden", 404},
		{"bob:22bb@", "known", 403}, {"bob:22bb@", "missing", 404},
		{"ann:22bb@", "open", 401}, {"eve:@", "open", 401}, {"ann:22bb@", "missing", 401},
		{"", "open", 403}, {"", "missing", 403},
	} {
		got := wantStatus(t, "http://"+test.user+host+"/jenkins/job/"+test.job+"/1/api/json?tree=number", test.status)
		isJSON := got.header.Get("Content-Type") == "application/json;charset=utf-8"
		if isJSON != (test.status == 200) {
			t.Errorf("%s of %s: %d as %s", test.job, test.user, test.status, got.header.Get("Content-Type"))
		}
		if challenge := got.header.Get("WWW-Authenticate"); (challenge != "") != (test.status == 401) {
			t.Errorf("%s of %s: %d with challenge %q", test.job, test.user, test.status, challenge)
		}
		if got.header.Get("X-Jenkins") == "" || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s of %s: headers of Jenkins are missing: %v", test.job, test.user, got.header)
		}
	}
	got := get(t, "http://"+host+"/jenkins/job/open/1/api/json?tree=number")
	for _, want := range []string{
		"Authentication required",
		`<meta http-equiv='refresh' content='1;url=/jenkins/login` +
			`?from=%2Fjenkins%2Fjob%2Fopen%2F1%2Fapi%2Fjson%3Ftree%3Dnumber'/>`,
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %q in %s", want, got.body)
		}
	}
	wantStatus(t, "http://"+host+"/jenkins/login?from=%2F", http.StatusOK)
	wantBody(t, "http://bob:22bb@"+host+"/jenkins/api/json?tree=jobs[name]",
		`{"_class":"hudson.model.Hudson","jobs":[`+
			`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","name":"open"}]}`)
}

func TestAnybodyMayAskWhoTheyAre(t *testing.T) {
	j := &jenkinstest.Jenkins{Users: map[string]string{"ann": "11aa"}}
	host := strings.TrimPrefix(start(t, j), "http://")
	for user, want := range map[string]string{
		"ann:11aa@": `{"_class":"hudson.security.WhoAmI","anonymous":false,"authenticated":true,` +
			`"authorities":["authenticated"],"name":"ann"}`,
		"": `{"_class":"hudson.security.WhoAmI","anonymous":true,"authenticated":true,` +
			`"authorities":["anonymous"],"name":"anonymous"}`,
	} {
		wantBody(t, "http://"+user+host+"/whoAmI/api/json", want)
	}
	wantStatus(t, "http://ann:wrong@"+host+"/whoAmI/api/json", http.StatusUnauthorized)
}

func TestWithoutUsersAnybodyMayRead(t *testing.T) {
	root := start(t, &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{
		{Name: "app", Readers: []string{"ann"}, Builds: []jenkinstest.Build{{Number: 1}}},
	}})
	wantStatus(t, root+"/job/app/1/api/json", http.StatusOK)
	wantStatus(t, "http://eve:wrong@"+strings.TrimPrefix(root, "http://")+"/job/app/1/api/json", http.StatusOK)
	got, err := send(t, http.MethodPost, root+"/job/app/1/api/json")
	if err != nil || got.status != http.StatusForbidden || !strings.Contains(got.body, "No valid crumb") {
		t.Errorf("POST without crumb: %d %v\n%s", got.status, err, got.body)
	}
	got, err = send(t, http.MethodHead, root+"/job/app/1/api/json")
	if err != nil || got.status != http.StatusOK || got.body != "" {
		t.Errorf("HEAD: %d %v\n%s", got.status, err, got.body)
	}
}

func TestRequestsAreLogged(t *testing.T) {
	j := &jenkinstest.Jenkins{
		Users: map[string]string{"ann": "11aa"},
		Jobs:  []jenkinstest.Job{{Name: "a b", Builds: []jenkinstest.Build{{Number: 1}}}},
	}
	host := strings.TrimPrefix(start(t, j), "http://")
	get(t, "http://ann:11aa@"+host+"/job/a%20b/1/api/json?tree=number%2Curl&pretty=true")
	get(t, "http://ann:wrong@"+host+"/job/a%20b")
	get(t, "http://"+host+"/job/a%20b/")
	requests := j.Requests()
	if len(requests) != 3 {
		t.Fatalf("%d requests: %+v", len(requests), requests)
	}
	first := requests[0]
	if first.Method != "GET" || first.URI != "/job/a%20b/1/api/json?tree=number%2Curl&pretty=true" ||
		first.Query.Get("tree") != "number,url" {
		t.Errorf("first request: %+v", first)
	}
	for i, want := range []jenkinstest.Request{
		{User: "ann", Authorised: true, Status: 200}, {User: "ann", Status: 401}, {Status: 403},
	} {
		if got := requests[i]; got.User != want.User || got.Authorised != want.Authorised || got.Status != want.Status {
			t.Errorf("request %d: %+v", i, got)
		}
	}
}

package jenkins

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

const job = "mobile/shop android" // a blank in a name must not break the address

var started = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

// serve starts a Jenkins with one job, and gives a client for it that waits
// next to nothing between attempts.
func serve(t *testing.T) (*jenkinstest.Jenkins, Server) {
	t.Helper()
	report, err := os.ReadFile("../samples/android/reports/shop.jacoco.xml")
	if err != nil {
		t.Fatal(err)
	}
	fake := &jenkinstest.Jenkins{
		ContextPath: "/ci",
		RootURL:     "http://wrong.example.com/",
		Users:       map[string]string{"ci": "sesame"},
		Jobs: []jenkinstest.Job{{Name: job, Builds: []jenkinstest.Build{
			{Number: 41, Result: "UNSTABLE", Started: started,
				Branch: "refs/remotes/origin/feature/x", Commit: "c0ffee", JaCoCo: report},
			{Number: 42, Result: "SUCCESS", Started: started,
				Branch: "refs/remotes/origin/main", Commit: "c0ffee", JaCoCo: report,
				Artifacts: map[string][]byte{
					"app/build/jacoco.xml":         report,
					"core/build/jacoco & more.xml": []byte("<report/>"),
					"app.apk":                      []byte("PK"),
				}},
			{Number: 43, Result: "FAILURE", Started: started},
			{Number: 44, Building: true, Started: started},
		}}, {Name: "mobile/app/feature%2Ffoo", Builds: []jenkinstest.Build{
			{Number: 7, Result: "SUCCESS", Started: started, JaCoCo: report},
		}}},
	}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	return fake, Server{URL: server.URL + "/ci/", User: "ci", Token: "sesame", Pause: time.Millisecond,
		HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

func TestAPermalinkBecomesABuildWithAllThatIsKnownOfIt(t *testing.T) {
	fake, server := serve(t)
	build, err := server.Build(t.Context(), job, "lastSuccessfulBuild")
	if err != nil {
		t.Fatal(err)
	}
	want := Build{Job: job, Number: 42, Result: "SUCCESS", Started: started, Branch: "main", Commit: "c0ffee"}
	artifacts := slices.Sorted(slices.Values(build.Artifacts))
	build.Artifacts = nil
	if build.Job != want.Job || build.Number != want.Number ||
		build.Result != want.Result || !build.Started.Equal(want.Started) ||
		build.Branch != want.Branch || build.Commit != want.Commit {
		t.Errorf("got %+v, want %+v", build, want)
	}
	if !slices.Equal(artifacts, []string{"app.apk", "app/build/jacoco.xml", "core/build/jacoco & more.xml"}) {
		t.Errorf("artifacts: %q", artifacts)
	}
	for _, r := range fake.Requests() {
		if !r.Query.Has("tree") || !r.Authorised {
			t.Errorf("a request without tree= or without credentials: %+v", r)
		}
	}
	if branch, err := server.Build(t.Context(), job, "41"); err != nil || branch.Branch != "feature/x" {
		t.Errorf("build 41: got %+v, %v", branch, err)
	}
	multi, err := server.Build(t.Context(), "mobile/app/feature%2Ffoo", "lastBuild")
	if err != nil || multi.Number != 7 || multi.Branch != "" {
		t.Errorf("multibranch: got %+v, %v", multi, err)
	}
}

func TestDocumentsAreSavedWhole(t *testing.T) {
	fake, server := serve(t)
	build, err := server.Build(t.Context(), job, "42")
	if err != nil {
		t.Fatal(err)
	}
	found, err := build.Matching("**/*jacoco*.xml")
	if err != nil || !slices.Equal(found, []string{"app/build/jacoco.xml", "core/build/jacoco & more.xml"}) {
		t.Fatalf("matching: %q, %v", found, err)
	}
	if _, err := build.Matching("[x"); err == nil {
		t.Error("a malformed pattern was taken")
	}
	dir := t.TempDir()
	for i, artifact := range found {
		file := filepath.Join(dir, string(rune('a'+i)))
		if err := server.SaveArtifact(t.Context(), build, artifact, file); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, fake.Jobs[0].Builds[1].Artifacts[artifact]) {
			t.Errorf("%s: %d octets, %v", artifact, len(got), err)
		}
	}
	bean := filepath.Join(dir, "bean")
	if err := server.SaveJaCoCo(t.Context(), build, bean); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(bean)
	if err != nil ||
		!bytes.Contains(got, []byte(`"lineCoverage":{"covered":318,"missed":118`)) ||
		bytes.Contains(got, []byte("previousResult")) {
		t.Errorf("bean: %s, %v", got, err)
	}
}

func TestWhatIsNotADocumentIsRefused(t *testing.T) {
	const elsewhere = "http://127.0.0.1:1/login"
	for _, c := range []struct {
		name  string
		fault jenkinstest.Fault
		edit  func(*Server)
		build string
		check func(error) bool
		tries int
	}{
		{name: "login page", fault: jenkinstest.LoginPage(),
			check: func(err error) bool { return errors.Is(err, ErrHTML) }, tries: 1},
		{name: "redirect to another host", fault: jenkinstest.Redirect(elsewhere),
			check: func(err error) bool { return errors.Is(err, ErrRedirect) }, tries: 1},
		{name: "endless", fault: jenkinstest.Endless("application/json", "{} "),
			edit:  func(s *Server) { s.MaxBytes = 1 << 20 },
			check: func(err error) bool { return errors.Is(err, ErrTooLarge) }, tries: 1},
		{name: "wrong token", edit: func(s *Server) { s.Token = "wrong" }, check: status(401, true), tries: 1},
		{name: "no credentials", edit: func(s *Server) { s.User, s.Token = "", "" },
			check: status(403, true), tries: 1},
		{name: "no such build", build: "99", check: status(404, false), tries: 1},
		{name: "running", build: "44", check: func(err error) bool { return errors.Is(err, ErrRunning) }, tries: 1},
		{name: "always busy", fault: jenkinstest.Status(503, "0"), check: status(503, false), tries: 5},
		{name: "always cut", fault: jenkinstest.Truncate(20),
			check: func(err error) bool { return err != nil }, tries: 5},
	} {
		fake, server := serve(t)
		if c.fault != nil {
			fake.Break("*", jenkinstest.Always, c.fault)
		}
		if c.edit != nil {
			c.edit(&server)
		}
		if c.build == "" {
			c.build = "42"
		}
		_, err := server.Build(t.Context(), job, c.build)
		if err == nil || !c.check(err) {
			t.Errorf("%s: got %v", c.name, err)
			continue
		}
		if strings.Contains(err.Error(), "sesame") || strings.Contains(err.Error(), "wrong") {
			t.Errorf("%s: the error tells the token: %v", c.name, err)
		}
		if n := len(fake.Requests()); n != c.tries {
			t.Errorf("%s: %d requests, want %d", c.name, n, c.tries)
		}
	}
}

func TestAnAnswerThatIsNoBuildIsNoneThatRuns(t *testing.T) {
	for _, answer := range []string{
		"", "[]", "{", "{}", "null", `{"number":0,"result":"SUCCESS","timestamp":1}`, `{"number":1,"result":"SUCCESS"}`,
	} {
		document := answer
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, document)
		}))
		asked := Server{URL: server.URL, Pause: time.Millisecond}
		if build, err := asked.Build(t.Context(), job, "lastBuild"); !errors.Is(err, ErrNoBuild) {
			t.Errorf("%s: got %+v, %v", answer, build, err)
		}
		if answer != "" {
			document = `{"allBuilds":[` + answer + `]}`
		}
		if all, err := asked.Builds(t.Context(), job, 10); !errors.Is(err, ErrNoBuild) {
			t.Errorf("%s: got %+v, %v", document, all, err)
		}
		server.Close()
	}
}

func status(code int, login bool) func(error) bool {
	return func(err error) bool {
		var e *StatusError
		return errors.As(err, &e) && e.Status == code && e.Login == login
	}
}

func TestPassingFaultsAreOvercome(t *testing.T) {
	for name, fault := range map[string]jenkinstest.Fault{
		"500": jenkinstest.Status(500, ""), "502": jenkinstest.Status(502, ""), "429": jenkinstest.Status(429, "0"),
		"cut": jenkinstest.Truncate(1000), "closed": jenkinstest.Disconnect(),
	} {
		fake, server := serve(t)
		fake.Break("/job/*/artifact/*", 2, fault)
		file := filepath.Join(t.TempDir(), "jacoco.xml")
		build := Build{Job: job, Number: 42}
		if err := server.SaveArtifact(t.Context(), build, "app/build/jacoco.xml", file); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, fake.Jobs[0].Builds[1].Artifacts["app/build/jacoco.xml"]) {
			t.Errorf("%s: %d octets, %v", name, len(got), err)
		}
		if n := len(fake.Requests()); n != 3 {
			t.Errorf("%s: %d requests", name, n)
		}
	}
}

func TestAFileIsNotReplacedByHalfADocument(t *testing.T) {
	fake, server := serve(t)
	fake.Break("/job/*/artifact/*", jenkinstest.Always, jenkinstest.Truncate(1000))
	dir := t.TempDir()
	file := filepath.Join(dir, "jacoco.xml")
	if err := os.WriteFile(file, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := server.SaveArtifact(t.Context(), Build{Job: job, Number: 42}, "app/build/jacoco.xml", file); err == nil {
		t.Error("half a document was saved")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "before" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestASlowServerIsLeftWhenTimeIsUp(t *testing.T) {
	fake, server := serve(t)
	never := make(chan struct{})
	defer close(never)
	fake.Break("*", jenkinstest.Always, jenkinstest.Slow(1, never))
	server.Timeout, server.Attempts = 50*time.Millisecond, 2
	if _, err := server.Build(t.Context(), job, "42"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := server.Build(ctx, job, "42"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

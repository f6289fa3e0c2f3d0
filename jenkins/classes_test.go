package jenkins

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

// counts are those of the lines in a document of SaveClasses.
type counts struct {
	Lines struct{ Covered, Missed int64 } `json:"lineCoverage"`
}

type savedClasses struct {
	Build    counts
	Packages []struct {
		Name     string
		Counters counts
		Classes  []struct {
			Name     string
			Counters counts
		}
	}
}

func TestClassesAreFoundThroughThePages(t *testing.T) {
	fake, server := serve(t)
	var now, most atomic.Int32
	fake.Break("*/jacoco/*", jenkinstest.Always, func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n := now.Add(1)
			defer now.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			honest.ServeHTTP(w, r)
		})
	})
	file := filepath.Join(t.TempDir(), "classes.json")
	classes, err := server.SaveClasses(t.Context(), Build{Job: job, Number: 41}, file)
	if err != nil || classes != 40 {
		t.Fatalf("%d classes, %v", classes, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var saved savedClasses
	if err := json.Unmarshal(text, &saved); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, []byte("{\n \"build\":")) ||
		saved.Build.Lines.Covered != 318 || saved.Build.Lines.Missed != 118 {
		t.Errorf("build: %+v in %.300s", saved.Build, text)
	}
	var covered, total int64
	var names []string
	for _, p := range saved.Packages {
		for _, c := range p.Classes {
			covered += c.Counters.Lines.Covered
			total += c.Counters.Lines.Covered + c.Counters.Lines.Missed
			names = append(names, p.Name+"/"+c.Name)
		}
	}
	if len(saved.Packages) != 9 || covered != 322 || total != 441 ||
		!slices.Contains(names, "com.example.shop.cart/Cart$Line") ||
		!slices.Contains(names, "com.example.shop.catalog/Catalog") {
		t.Errorf("%d packages, lines %d of %d, %q", len(saved.Packages), covered, total, names)
	}
	for _, r := range fake.Requests() {
		if strings.Contains(r.URI, "/api/json") && !r.Query.Has("tree") {
			t.Errorf("a request without tree=: %s", r.URI)
		}
	}
	if n, want := len(fake.Requests()), 2+2*9+40; n != want {
		t.Errorf("%d requests, want %d", n, want)
	}
	if most.Load() > crawlers {
		t.Errorf("%d requests at a time", most.Load())
	}
}

func TestOddNamesOfClassesSurvive(t *testing.T) {
	fake, server := serve(t)
	report := `<report name="r"><package name=""><class name="Main"/></package>` +
		`<package name="shop"><class name="shop/Workshops"/><class name="shop/a b#c?d$1"/>` +
		`<class name="shop/Odd&lt;T&gt;:x%z"/><class name="shop/Ähre&quot;'"/></package></report>`
	fake.Put(job, jenkinstest.Build{Number: 50, Result: "SUCCESS", JaCoCo: []byte(report)})
	file := filepath.Join(t.TempDir(), "classes.json")
	if _, err := server.SaveClasses(t.Context(), Build{Job: job, Number: 50}, file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var saved savedClasses
	if err := json.Unmarshal(text, &saved); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range saved.Packages {
		for _, c := range p.Classes {
			names = append(names, p.Name+"/"+c.Name)
		}
	}
	want := []string{"(default)/Main", "shop/Odd_T__x_z", "shop/Work", "shop/a b#c?d$1", "shop/Ähre\"'"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

func TestClassesAreAllOrNone(t *testing.T) {
	for _, c := range []struct {
		name  string
		path  string
		fault jenkinstest.Fault
		edit  func(*Server)
		build int64
		check func(error) bool
	}{
		{name: "too many classes", edit: func(s *Server) { s.MaxClasses = 39 },
			check: func(err error) bool {
				return errors.Is(err, ErrTooMany) && strings.Contains(err.Error(), "40, of 39")
			}},
		{name: "too many packages", edit: func(s *Server) { s.MaxClasses = 8 },
			check: func(err error) bool { return errors.Is(err, ErrTooMany) }},
		{name: "a class that is gone", path: "*/Cart$Line/*",
			fault: jenkinstest.Status(404, ""), check: status(404, false)},
		{name: "a login page", path: "*/jacoco/", fault: jenkinstest.LoginPage(),
			check: func(err error) bool { return errors.Is(err, errNoTable) }},
		{name: "a page that is cut", path: "*.cart/", fault: jenkinstest.Truncate(900),
			check: func(err error) bool { return err != nil }},
		{name: "no coverage", build: 43, check: status(404, false)},
	} {
		fake, server := serve(t)
		server.Attempts = 1
		if c.fault != nil {
			fake.Break(c.path, jenkinstest.Always, c.fault)
		}
		if c.edit != nil {
			c.edit(&server)
		}
		if c.build == 0 {
			c.build = 41
		}
		dir := t.TempDir()
		_, err := server.SaveClasses(t.Context(), Build{Job: job, Number: c.build}, filepath.Join(dir, "classes.json"))
		prefix := fmt.Sprintf("jenkins: JaCoCo classes of build %d of %s: ", c.build, job)
		if err == nil || !c.check(err) || !strings.HasPrefix(err.Error(), prefix) {
			t.Errorf("%s: got %v", c.name, err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("%s: left behind %v, %v", c.name, entries, err)
		}
	}
}

func TestOnlyLinksOfTheTableAreNames(t *testing.T) {
	const head = `<html><body><a href="/ci/">Dashboard</a>` +
		`<table class="pane"><tr><td><a href="side/">x</a></td></tr></table>`
	for _, c := range []struct {
		page string
		want []string
		fail string
	}{
		{head + `<table class="sortable pane"><tr><th>name</th></tr>` +
			`<tr><td><a href="a.b/">a.b</a></td><td><table><tr><td><div></td></tr></table></td></tr>` +
			`<tr><td><a href='C$1/'>C$1</a></td></tr></table><a href="after/">x</a>`, []string{"a.b", "C$1"}, ""},
		{head + `<table class="sortable"><a href="a/"></a><a href="a/">again</a>` +
			`<a href="..">up</a><a href="../">up</a><a href="x/y/">deep</a>` +
			`<a href="b">no slash</a><a>none</a></table>`, []string{"a"}, ""},
		{head + `<table class="sortable"><a href="a%20b/"></a><a href="&lt;init&gt;/"></a></table>`,
			[]string{"a b", "<init>"}, ""},
		{head + `<script>"<table class='sortable'><a href='no/'>"</script>`, nil, "no table"},
		{head + `<table class="sortable"><tr><td><a href="a/">a</a>`, nil, "ends inside its table"},
		{"", nil, "no table"},
	} {
		got, err := breakdown([]byte(c.page))
		if (err == nil) != (c.fail == "") ||
			err != nil && !strings.Contains(err.Error(), c.fail) || !slices.Equal(got, c.want) {
			t.Errorf("%s\ngot %q, %v; want %q, %q", c.page, got, err, c.want, c.fail)
		}
	}
}

func TestAnotherPluginIsNamed(t *testing.T) {
	fake, server := serve(t)
	report := fake.Jobs[0].Builds[0].JaCoCo
	fake.Put(job, jenkinstest.Build{Number: 50, Result: "SUCCESS", Coverage: report})
	fake.Put(job, jenkinstest.Build{Number: 51, Result: "SUCCESS", CodeCoverage: report})
	for number, want := range map[int64][2]string{
		50: {"Coverage plugin", "/50/coverage/api/json"},
		51: {"Code Coverage API plugin", "/51/coverage/result/api/json"},
	} {
		dir := t.TempDir()
		err := server.SaveJaCoCo(t.Context(), Build{Job: job, Number: number}, filepath.Join(dir, "jacoco.json"))
		var other *OtherPluginError
		if !errors.As(err, &other) || other.Plugin != want[0] ||
			!strings.HasSuffix(other.URL, want[1]) || missing(err) {
			t.Errorf("build %d: got %v", number, err)
			continue
		}
		says := "the " + want[0] + " published this build's coverage, not the JaCoCo plugin, " +
			"and it serves no counts of files"
		if !strings.HasSuffix(err.Error(), says) {
			t.Errorf("build %d: %v", number, err)
		}
	}
	err := server.SaveJaCoCo(t.Context(), Build{Job: job, Number: 43}, filepath.Join(t.TempDir(), "x"))
	if !missing(err) || !strings.Contains(err.Error(), "/43/jacoco/api/json: 404") {
		t.Errorf("no plugin at all: got %v", err)
	}
}

func TestABuildIsSavedAsJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "build.json")
	build := Build{Job: job, Number: 42, Result: "SUCCESS", Started: started, Branch: "main", Commit: "c0ffee"}
	if err := build.Save(file); err != nil {
		t.Fatal(err)
	}
	const want = `{
 "job": "mobile/shop android",
 "number": 42,
 "result": "SUCCESS",
 "started": "2026-11-22T20:00:00Z",
 "branch": "main",
 "commit": "c0ffee",
 "artifacts": []
}
`
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

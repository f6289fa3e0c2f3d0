package jenkinstest_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

func TestAFaultIsUsedUp(t *testing.T) {
	j := one(`<report/>`)
	j.ContextPath = "/jenkins"
	root := start(t, j) + "/jenkins/job/app/1"
	j.Break("/job/app/1/jacoco/api/json", 2, jenkinstest.Status(http.StatusServiceUnavailable, "7"))
	j.Break("*/api/json", 1, jenkinstest.Status(http.StatusTooManyRequests, ""))
	j.Break("/nowhere*", jenkinstest.Always, jenkinstest.LoginPage())
	if j.Pending() != 3 {
		t.Errorf("%d faults are pending, want 3", j.Pending())
	}
	got := wantStatus(t, root+"/jacoco/api/json?tree=x", http.StatusServiceUnavailable)
	if got.header.Get("Retry-After") != "7" ||
		got.header.Get("X-Jenkins") != "" || got.header.Get("Content-Type") != "text/html" {
		t.Errorf("headers of a proxy: %v", got.header)
	}
	wantStatus(t, root+"/jacoco/", http.StatusOK)
	wantStatus(t, root+"/jacoco/api/json", http.StatusServiceUnavailable)
	if got := wantStatus(t, root+"/jacoco/api/json", http.StatusTooManyRequests); got.header.Get("Retry-After") != "" {
		t.Errorf("Retry-After is %s", got.header.Get("Retry-After"))
	}
	wantStatus(t, root+"/jacoco/api/json", http.StatusOK)
	if j.Pending() != 0 || len(j.Requests()) != 5 || j.Requests()[0].Status != http.StatusServiceUnavailable {
		t.Errorf("%d pending, requests %+v", j.Pending(), j.Requests())
	}
	j.Break("*", jenkinstest.Always, jenkinstest.LoginPage())
	for range 3 {
		got := wantStatus(t, root+"/api/json", http.StatusOK)
		if !strings.Contains(got.body, "<form") || got.header.Get("X-Jenkins") != "" {
			t.Errorf("no login page: %v %s", got.header, got.body)
		}
	}
	if last := j.Requests()[7]; last.Status != http.StatusOK {
		t.Errorf("request with a login page: %+v", last)
	}
	j.Mend()
	wantBody(t, root+"/api/json?tree=id", workflowRun+`,"id":"1"}`)
}

func TestPatternsCoverSlashes(t *testing.T) {
	for pattern, want := range map[string]bool{
		"/job/a/1/api/json": true, "/job/*/api/json": true, "*": true,
		"*/a/*/json": true, "/job/a/1/api/json*": true, "**": true,
		"/job/a/1/api": false, "job/a/1/api/json": false, "/job/*/1": false,
		"": false, "*?tree=x": false, "/job/*b*": false,
	} {
		j := &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{Name: "a", Builds: []jenkinstest.Build{{Number: 1}}}}}
		j.Break(pattern, 1, jenkinstest.Status(http.StatusBadGateway, ""))
		if got := get(t, start(t, j)+"/job/a/1/api/json?tree=x").status == http.StatusBadGateway; got != want {
			t.Errorf("%q matches: %t, want %t", pattern, got, want)
		}
	}
}

func TestFaultsOfTheConnection(t *testing.T) {
	j := &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{Name: "app", Builds: builds(t)}}}
	address := start(t, j) + "/job/app/3/artifact/log.txt"
	j.Break("*", 1, jenkinstest.Disconnect())
	if got, err := send(t, http.MethodGet, address); err == nil {
		t.Errorf("disconnected, and got %d", got.status)
	}
	if log := j.Requests(); len(log) != 1 || log[0].Status != 0 {
		t.Errorf("requests: %+v", log)
	}
	for sent, want := range map[int]string{4: "0123", 0: "", 10: "012345678", 1000: "012345678"} {
		j.Break("*", 1, jenkinstest.Truncate(sent))
		got, err := send(t, http.MethodGet, address)
		if !errors.Is(err, io.ErrUnexpectedEOF) || got.body != want ||
			got.status != http.StatusOK || got.header.Get("Content-Length") != "10" {
			t.Errorf("Truncate(%d): %v, %d %v %q", sent, err, got.status, got.header, got.body)
		}
	}
	j.Break("*", 1, jenkinstest.Redirect("http://127.0.0.1:1/elsewhere?x=y"))
	got := wantStatus(t, address, http.StatusFound)
	if got.header.Get("Location") != "http://127.0.0.1:1/elsewhere?x=y" {
		t.Errorf("redirected to %s", got.header.Get("Location"))
	}
	wantBody(t, address, "0123456789")
}

func TestASlowBodyComesAtTheTestsPace(t *testing.T) {
	j := &jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{Name: "app", Builds: builds(t)}}}
	address := start(t, j) + "/job/app/3/artifact/log.txt"
	next := make(chan struct{})
	j.Break("*", 2, jenkinstest.Slow(4, next))
	body := open(t, t.Context(), address)
	part := make([]byte, 4)
	for _, want := range []string{"0123", "4567"} {
		next <- struct{}{}
		if _, err := io.ReadFull(body, part); err != nil || string(part) != want {
			t.Errorf("got %q, %v, want %q", part, err, want)
		}
	}
	close(next)
	if rest, err := io.ReadAll(body); err != nil || string(rest) != "89" {
		t.Errorf("rest is %q, %v", rest, err)
	}
	wantBody(t, address, "0123456789")

	j.Break("*", 1, jenkinstest.Slow(4, make(chan struct{})))
	ctx, cancel := context.WithCancel(t.Context())
	body = open(t, ctx, address)
	cancel()
	if _, err := io.ReadAll(body); !errors.Is(err, context.Canceled) {
		t.Errorf("read after giving up: %v", err)
	} // and the server can be closed, although nothing comes from the channel
}

func TestAnEndlessBodyEndsWithItsReader(t *testing.T) {
	j := one(`<report/>`)
	address := start(t, j) + "/job/app/1/jacoco/api/json"
	j.Break("*", 1, jenkinstest.Endless("application/json;charset=utf-8", strings.Repeat(" ", 4096)))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if n, err := io.CopyN(io.Discard, bufio.NewReader(open(t, ctx, address)), 5<<20); err != nil {
		t.Errorf("got %d bytes: %v", n, err)
	}
}

// open returns the body of the answer, which the test may leave unread.
func open(t *testing.T, ctx context.Context, address string) io.Reader { //nolint:revive // t comes first, as everywhere
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response.Body
}

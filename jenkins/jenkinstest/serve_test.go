package jenkinstest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

func TestServeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j := one(`<report/>`)
	j.Break("*", 1, jenkinstest.Endless("text/plain", "x"))
	url, wait, err := jenkinstest.Serve(ctx, "127.0.0.1:0", j)
	if err != nil {
		t.Fatal(err)
	}
	open(t, t.Context(), url+"/") // is never read, and does not hold up the end
	wantStatus(t, url+"/job/app/1/jacoco/api/json", http.StatusOK)
	cancel()
	for range 2 {
		if err := wait(); err != nil {
			t.Errorf("wait: %v", err)
		}
	}
	if got, err := send(t, http.MethodGet, url); err == nil {
		t.Errorf("still answers: %d", got.status)
	}
	_, _, err = jenkinstest.Serve(t.Context(), "127.0.0.1:none", j)
	if err == nil || !strings.HasPrefix(err.Error(), "jenkinstest: ") {
		t.Errorf("serve at no port: %v", err)
	}
}

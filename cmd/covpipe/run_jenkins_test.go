package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

// runSays runs the job of one Jenkins source, with more lines for it.
func runSays(t *testing.T, url, more string) (code int, said string) {
	t.Helper()
	dir := t.TempDir()
	writeAll(t, dir, map[string]string{"covpipe.yaml": "project: shop\nwarehouse: duckdb:w.duckdb\n" +
		"sources: [{name: android, jenkins: {job: app, url: '" + url + "'" + more + "}}]\n"})
	var out bytes.Buffer
	a := &app{stdout: &out, stderr: &out, now: time.Now}
	code = a.main(t.Context(), []string{"run", "--config", filepath.Join(dir, "covpipe.yaml")})
	return code, out.String()
}

func TestAJenkinsThatHangsHoldsARunNoLongerThanItsTimeout(t *testing.T) {
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(hang)
	const want = "covpipe: android: jenkins: stopped: it took longer than 50ms (timeout: of the source)\n"
	if code, out := runSays(t, server.URL, ", timeout: 50ms"); code != exitFailed || !strings.Contains(out, want) {
		t.Errorf("exit code %d: %s", code, out)
	}
	const refused = `jenkins: timeout: "1" is no duration such as 90m`
	if code, out := runSays(t, server.URL, ", timeout: 1"); code != exitFailed || !strings.Contains(out, refused) {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// Its rows would be the newest of all reports until that week comes.
func TestABuildOfATimeThatHasNotComeIsNotLoaded(t *testing.T) {
	report, err := os.ReadFile("../../samples/android/reports/shop.jacoco.xml")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		ahead time.Duration
		code  int
		want  string
	}{
		{time.Hour, exitDone, "rows added"}, // clocks differ
		{72 * time.Hour, exitFailed, "covpipe: android: that time has not come: it was measured at "},
	} {
		server := httptest.NewServer(&jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{
			Name: "app", Builds: []jenkinstest.Build{{
				Number: 1, Result: "SUCCESS", Started: time.Now().Add(test.ahead), JaCoCo: report,
				Artifacts: map[string][]byte{"jacoco.xml": report},
			}},
		}}})
		code, out := runSays(t, server.URL, "")
		server.Close()
		if isSunday := strings.Contains(out, "and not to this week"); code != test.code && !isSunday ||
			!strings.Contains(out, test.want) {
			t.Errorf("%v ahead: exit code %d: %s", test.ahead, code, out)
		}
	}
}

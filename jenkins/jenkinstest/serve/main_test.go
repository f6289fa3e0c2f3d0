package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const sampleReport = "../../../samples/android/reports/shop.jacoco.xml"

func TestItServesTheJobUntilItIsStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	urlFile := filepath.Join(t.TempDir(), "url")
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		args := []string{
			"--job", "mobile/shop-android", "--jacoco", sampleReport, "--artifact", "build/jacoco.xml=" + sampleReport,
			"--url-file", urlFile, "--user", "ann", "--token-env", "TOKEN", "--context", "/jenkins", "--build", "7",
		}
		env := func(name string) string { return map[string]string{"TOKEN": "11aa"}[name] }
		err := run(ctx, args, env, time.UnixMilli(1_700_000_000_000), in, io.Discard)
		_ = in.CloseWithError(io.EOF)
		ended <- err
	}()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err, <-ended)
	}
	if written, err := os.ReadFile(urlFile); err != nil || string(written) != address {
		t.Errorf("--url-file has %q, %v, stdout has %q", written, err, address)
	}
	address = strings.TrimSpace(address) + "/job/mobile/job/shop-android/"
	for path, want := range map[string]string{
		"lastSuccessfulBuild/api/json?tree=number,timestamp": `"number":7,"timestamp":1699999580000}`,
		"lastBuild/api/json?tree=number,result":              `"number":8,"result":"FAILURE"}`,
		"6/api/json?tree=result":                             `"result":"UNSTABLE"}`,
		"7/jacoco/api/json?tree=lineCoverage[covered,total]": `"lineCoverage":{"covered":318,"total":436}}`,
		"7/artifact/build/jacoco.xml":                        `</report>`,
		"8/jacoco/api/json":                                  `404`,
		"8/artifact/build/jacoco.xml":                        `404`,
	} {
		if body := get(t, address+path); !strings.Contains(body, want) {
			t.Errorf("GET %s: no %s in %s", path, want, body)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
}

func TestItRefusesWhatItCannotServe(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", "--job is missing"},
		{"--job a --build 0", "--build must be 1 or more"},
		{"--job a --context jenkins", "--context must begin with a slash"},
		{"--job a --artifact b", "want RELPATH=FILE"},
		{"--job a --user ann", "JENKINS_TOKEN is empty"},
		{"--job a --jacoco no-such-file", "no-such-file"},
		{"--job a b", `unexpected argument "b"`},
		{"--job a --listen nowhere", "nowhere"},
	} {
		noEnv := func(string) string { return "" }
		err := run(t.Context(), strings.Fields(test.args), noEnv, time.Time{}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("serve %s: %v, want %s", test.args, err, test.want)
		}
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("ann", "11aa")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

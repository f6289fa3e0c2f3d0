package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/notifiers/notifierstest"
)

// TestDoctorAndInitPrintNoSecret sets every secret, has servers answer with all
// that they were sent, and looks for the secrets in what is printed and written.
func TestDoctorAndInitPrintNoSecret(t *testing.T) {
	var heard bytes.Buffer // by a server that tells everybody
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dump, _ := httputil.DumpRequest(r, true)
		user, password, _ := r.BasicAuth()
		w.Header().Set("X-Jenkins", password)
		http.Error(w, string(dump)+user+password, http.StatusUnauthorized)
		heard.Write(dump)
	}))
	defer server.Close()
	mail, err := notifierstest.StartFaulty(map[string][]string{
		"CONNECT": {"554 5.3.2 no", "554 5.3.2 no", "554 5.3.2 no"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer mail.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := write("covpipe.yaml", fmt.Sprintf(`project: shop
warehouse: vertica://loader@127.0.0.1:1/coverage?tlsmode=none
heartbeat: http://%[1]s/sesame-heartbeat-key
newsletter: {to: ['smtp://%[2]s?tlsmode=none', slack, webhook], from: a@example.com, recipients: [b@example.com]}
graphite: {to: 'graphite://%[1]s', web: 'http://%[1]s'}
sources: [{name: android, jenkins: {url: 'http://%[1]s', job: app}}]
`, address, mail.Addr()))
	environ := append(os.Environ(),
		"COVPIPE_JENKINS_USER=sesame-user", "COVPIPE_JENKINS_TOKEN_FILE="+write("token", "sesame-token\n"),
		"COVPIPE_VERTICA_PASSWORD=sesame-vertica", "COVPIPE_SMTP_USER=covpipe", "COVPIPE_SMTP_PASSWORD=sesame-smtp",
		"COVPIPE_SLACK_WEBHOOK=http://127.0.0.1:1/sesame-slack", "COVPIPE_WEBHOOK_URL="+server.URL+"/sesame-webhook",
		"COVPIPE_WEBHOOK_TOKEN=sesame-bearer", "COVPIPE_GRAPHITE_USER=ann", "COVPIPE_GRAPHITE_PASSWORD=sesame-graphite",
		"COVPIPE_NATS_PASSWORD=sesame-nats", "COVPIPE_NATS_CREDS=sesame-creds")
	say := func(args ...string) string {
		var out bytes.Buffer
		a := &app{stdout: &out, stderr: &out, environ: environ, now: time.Now}
		if code := a.main(t.Context(), args); code == exitUsage {
			t.Errorf("%q is no command line: %s", args, &out)
		}
		return out.String()
	}
	printed := say("doctor", "--config", config) + say("doctor", "--config", config, "--json") +
		say("doctor", "--config", config, "--log-format", "json")
	if !strings.Contains(printed, "NOT OK") || !strings.Contains(heard.String(), "Authorization") {
		t.Fatalf("the servers were not asked: %s", printed)
	}
	write("project/.git/config",
		"[remote \"origin\"]\n\turl = https://ann:sesame-git@"+address+"/shop.git?t=sesame-git\n")
	write("project/phpunit.xml", "<phpunit><source><include><directory>src</directory></include></source></phpunit>")
	file := filepath.Join(dir, "project/covpipe.yaml")
	printed += say("init", "--config", file) + say("init", "--config", file, "--stdout")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range strings.Split(printed+string(text), "\n") {
		if strings.Contains(line, "sesame") {
			t.Errorf("line %d: %s", n+1, line)
		}
	}
}

// TestAnAddressWithASecretIsRefusedAndNotRepeated names secrets where the
// configuration and flags must not have them.
func TestAnAddressWithASecretIsRefusedAndNotRepeated(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "covpipe.yaml")
	say := func(args ...string) (string, int) {
		var out bytes.Buffer
		a := &app{stdout: &out, stderr: &out, environ: []string{"PATH=" + os.Getenv("PATH")}, now: time.Now}
		code := a.main(t.Context(), append(args, "--config", file))
		return out.String(), code
	}
	const head = "project: shop\nwarehouse: duckdb:w.duckdb\n"
	const report = "sources: [{name: a, report: {file: x}}]\n"
	for _, text := range []string{
		head + "sources: [{name: a, jenkins: {job: x, url: 'https://ann:sesame@ci.example.com'}}]",
		head + "sources: [{name: a, jenkins: {job: x, url: 'https://ann:%sesame@ci.example.com'}}]",
		head + "sources: [{name: a, jenkins: {job: x, url: 'ann:sesame@ci.example.com'}}]",
		"project: shop\nwarehouse: 'vertica://ann:sesame@db/c'\n" + report,
		"project: shop\nwarehouse: 'vertica://ann:%sesame@db/c'\n" + report,
		"project: shop\nwarehouse: 'vertca://ann:sesame@db/c'\n" + report,
		head + report + "newsletter: {to: ['https://hooks.example.com/T0/sesame']}",
		head + report + "newsletter: {to: ['stmp://ann:sesame@mail.example.com']}",
		head + report + "graphite: {to: 'graphite://c', web: 'https://ann:sesame@g.example.com'}",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"run --dry-run", "run", "doctor"} {
			out, code := say(strings.Fields(command)...)
			if code != exitFailed && code != exitUsage || strings.Contains(out, "sesame") {
				t.Errorf("%s\n%s: exit code %d: %s", text, command, code, out)
			}
		}
	}
	for _, url := range []string{
		"https://ann:%sesame@ci.example.com", "https://ann@ci.example.com", "ann:sesame@ci.example.com",
	} {
		out, code := say("fetch", "jenkins", "--job", "a", "-o", dir, "--url", url)
		refused := code == exitUsage && strings.Contains(out, "--url holds a user or password")
		if !refused || strings.Contains(out, "sesame") {
			t.Errorf("%s: exit code %d: %s", url, code, out)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("there are %v, %v", left, err)
	}
}

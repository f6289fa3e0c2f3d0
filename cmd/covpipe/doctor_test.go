package main

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

// doctorSays runs doctor on a configuration with another clock.
func doctorSays(t *testing.T, config string, now func() time.Time) (code int, stdout string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "covpipe.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	a := &app{stdout: &out, stderr: t.Output(), environ: os.Environ(), now: now}
	code = a.main(t.Context(), []string{"doctor", "--config", file})
	return code, out.String()
}

func TestDoctorComparesTheClock(t *testing.T) {
	server := httptest.NewServer(&jenkinstest.Jenkins{Jobs: []jenkinstest.Job{{Name: "app", Builds: []jenkinstest.Build{
		{
			Number: 1, Result: "SUCCESS", Started: time.Now(),
			Artifacts: map[string][]byte{"jacoco.xml": []byte("<report/>")},
		},
	}}}})
	defer server.Close()
	config := "project: shop\nwarehouse: duckdb:w.duckdb\n" +
		"sources: [{name: android, jenkins: {url: '" + server.URL + "', job: app}}]\n"
	const apart = "NOT OK  clock                   it is 10m0s apart from that of Jenkins, which says "
	for what, test := range map[string]struct {
		by   time.Duration
		code int
		want string
	}{
		"right":    {0, exitDone, "ok      clock                   it agrees with that of Jenkins"},
		"fast":     {10 * time.Minute, exitPart, apart},
		"slow":     {-10 * time.Minute, exitPart, apart},
		"a decade": {-10 * 365 * 24 * time.Hour, exitPart, "NOT OK  clock                   it is 87600h0m"},
	} {
		code, out := doctorSays(t, config, func() time.Time { return time.Now().Add(test.by) })
		if code != test.code || !strings.Contains(out, test.want) {
			t.Errorf("%s: exit code %d, and not %q in\n%s", what, code, test.want, out)
		}
	}
}

func TestDoctorAsksForAsMuchSpaceAsARunMayTake(t *testing.T) {
	runs := t.TempDir()
	for name, size := range map[string]int64{
		"2026-11-15T210000Z": 9 << 20, "2026-11-22T210000Z": 2 << 20, "2026-11-22T210000Z-2": 4 << 20, "other": 1 << 30,
	} {
		if err := os.Mkdir(filepath.Join(runs, name), 0o700); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(runs, name, "x")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(file, size); err != nil {
			t.Fatal(err)
		}
	}
	if got := newestSize(runs); got != 4<<20 {
		t.Errorf("the newest run has %d octets", got)
	}
	var out bytes.Buffer
	d := &doctor{app: &app{stdout: &out, now: time.Now}}
	d.folder(t.Context(), "runs", runs, 1<<62, true)
	if !d.stops || !strings.Contains(out.String(), "and a run may need ") {
		t.Error(out.String())
	}
}

func TestDoctorTellsOfATimeZoneThatIsNotTaken(t *testing.T) {
	const config = "project: shop\nwarehouse: duckdb:w.duckdb\nsources: [{name: a, report: {file: x}}]\n"
	const told = `NOT OK  time zone               TZ is "CET-1CEST", which has no name that is known`
	for zone, want := range map[string]bool{"CET-1CEST": true, ":Europe/Berlin": false, "": false} {
		t.Setenv("TZ", zone)
		if _, out := doctorSays(t, config, time.Now); strings.Contains(out, told) != want {
			t.Errorf("TZ=%s: %s", zone, out)
		}
	}
	t.Setenv("TZ", "CET-1CEST")
	if _, out := doctorSays(t, "time_zone: Europe/Berlin\n"+config, time.Now); strings.Contains(out, "time zone ") {
		t.Error(out)
	}
}

func TestDoctorDoesNotWaitForWhatNeverComes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "report.xml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	config := "project: shop\nwarehouse: duckdb:w.duckdb\nsources: [{name: a, report: {file: " + pipe + "}}]\n"
	code, out := doctorSays(t, config, time.Now)
	if code != exitFailed || !strings.Contains(out, "report.xml: it is no regular file") {
		t.Errorf("exit code %d: %s", code, out)
	}
	var said bytes.Buffer
	d := &doctor{app: &app{stdout: &said, now: time.Now}}
	never := func(context.Context) (string, error) { select {} }
	if d.try(t.Context(), trial{what: "disk", deadline: time.Millisecond}, never) ||
		!strings.Contains(said.String(), "no answer within 1ms") {
		t.Error(said.String())
	}
}

func TestDoctorShowsNoSecret(t *testing.T) {
	var out bytes.Buffer
	a := &app{stdout: &out, now: time.Now, environ: []string{
		"COVPIPE_JENKINS_TOKEN=open-says-me", "COVPIPE_WAREHOUSE=duckdb:w",
		"COVPIPE_SLACK_WEBHOOK_FILE=" + filepath.Join(t.TempDir(), "gone"),
	}}
	d := &doctor{app: a, secrets: a.secrets()}
	d.try(t.Context(), trial{
		what: "server", essential: true,
		advice: "not open-says-me",
	}, func(ctx context.Context) (string, error) {
		return "", errors.New("the token open-says-me is not known")
	})
	if strings.Contains(out.String(), "says-me") || !strings.Contains(out.String(), "the token [secret] is not known") {
		t.Error(out.String())
	}
}

// TestEachSecretIsListed holds SECURITY.md and what doctor hides to the secrets
// that the code asks for.
func TestEachSecretIsListed(t *testing.T) {
	page, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\.secret\("(\w+)"\)`).FindAllSubmatch(text, -1) {
			name := string(m[1])
			asked++
			if !bytes.Contains(page, []byte("`"+name+"`")) {
				t.Errorf("SECURITY.md does not list %s", name)
			}
			hidden := (&app{environ: []string{name + "=sesame"}}).secrets()
			if isUser := strings.HasSuffix(name, "_USER"); len(hidden) == 0 && !isUser {
				t.Errorf("doctor does not hide %s", name)
			}
		}
	}
	if asked < 8 {
		t.Errorf("the code asks for %d secrets", asked)
	}
}

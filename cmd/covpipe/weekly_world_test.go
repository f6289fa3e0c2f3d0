package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/loaders/verticatest"
	"github.com/covpipe/covpipe/notifiers/notifierstest"
)

// secrets are what no log, message, command line, or file of a run may hold.
var secrets = []string{"sesame-jenkins", "sesame-vertica", "sesame-heartbeat", "sesame-smtp"}

// weekly is what a weekly job meets: a PHP project, a report, a Jenkins, a
// warehouse and a mail server that ask for passwords, a carbon, and a service for
// its heartbeat.
type weekly struct {
	dir     string
	environ []string
	vertica *verticatest.Server
	mail    *notifierstest.Mail
	carbon  *notifierstest.Carbon // shared; this one's metrics begin with prefix
	prefix  string
	watched int // how often a PHP process of it was looked at

	mutex sync.Mutex
	pings []string
}

func newWeekly(t *testing.T, carbon *notifierstest.Carbon, prefix string) *weekly {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &weekly{dir: dir, carbon: carbon, prefix: prefix}
	report, err := os.ReadFile("../../samples/android/reports/shop.jacoco.xml")
	if err == nil {
		err = os.CopyFS(filepath.Join(dir, "php"), os.DirFS("../../samples/php"))
	}
	ios, errRead := os.ReadFile("../../samples/ios/report.json")
	if err := errors.Join(err, errRead); err != nil {
		t.Fatal(err)
	}
	ci := httptest.NewServer(&jenkinstest.Jenkins{
		Users: map[string]string{"ci": secrets[0]},
		Jobs: []jenkinstest.Job{{Name: "mobile/shop-android", Builds: []jenkinstest.Build{{
			Number: 42, Result: "SUCCESS", Started: time.Now(), Branch: "refs/remotes/origin/main",
			Commit: strings.Repeat("ab", 20),
			JaCoCo: report, Artifacts: map[string][]byte{"app/build/reports/jacoco.xml": report},
		}}}},
	})
	t.Cleanup(ci.Close)
	heart := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		w.pings = append(w.pings, strings.TrimPrefix(r.URL.Path, "/"+secrets[2]))
	}))
	t.Cleanup(heart.Close)
	if w.vertica, err = verticatest.Start(verticatest.Options{User: "loader", Password: secrets[1]}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.vertica.Close(); err != nil {
			t.Error(err)
		}
	})
	ddl, err := loaders.DDL("vertica", 0)
	if err == nil {
		err = w.vertica.Apply(t.Context(), ddl)
	}
	if err != nil {
		t.Fatal(err)
	}
	login := notifierstest.MailOptions{User: "covpipe", Password: secrets[3]}
	if w.mail, err = notifierstest.StartMail(t.TempDir(), login); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.mail.Close(); err != nil {
			t.Error(err)
		}
	})
	w.environ = append(os.Environ(), "COVPIPE_SMTP_USER=covpipe", "COVPIPE_SMTP_PASSWORD="+secrets[3],
		"COVPIPE_JENKINS_USER=ci", "COVPIPE_JENKINS_TOKEN="+secrets[0],
		"COVPIPE_VERTICA_PASSWORD="+secrets[1], "COVPIPE_HEARTBEAT_URL="+heart.URL+"/"+secrets[2], "COVPIPE_CONFIG=")
	w.write(t, "ios.json", string(ios))
	w.write(t, "covpipe.yaml", fmt.Sprintf(`project: shop
warehouse: vertica://loader@%s/coverage?tlsmode=none
archive: archive
time_zone: UTC
graphite: {to: "graphite://%s", prefix: %s}
dashboard: site
newsletter:
  to: ["smtp://%s"]
  from: covpipe <coverage@example.com>
  recipients: [team@example.com]
  ca: %s
sources:
  - {name: php, phpunit: {dir: php, tests: tests, jobs: 2}}
  - {name: ios, report: {file: ios.json, root: /Users/ci/shop-ios}}
  - {name: android, jenkins: {url: "%s", job: mobile/shop-android}}
`, w.vertica.Addr(), carbon.Addr, prefix, w.mail.Addr, w.mail.CA, ci.URL))
	return w
}

func (w *weekly) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// command gives covpipe with these arguments, in a process group of its own.
func (w *weekly) command(args ...string) (cmd *exec.Cmd, said *bytes.Buffer) {
	said = &bytes.Buffer{}
	cmd = exec.Command("covpipe", args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = w.dir, w.environ, said, said
	return cmd, said
}

// run runs covpipe to its end, which must be good, and gives what it said.
func (w *weekly) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd, said := w.command(args...)
	if err := cmd.Run(); err != nil {
		t.Fatalf("covpipe %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	noSecret(t, "output", said.Bytes())
	return said.String()
}

// rows gives all that the warehouse has of the measured files, and of the ledger
// what is the same in each run.
func (w *weekly) rows(t *testing.T) string {
	t.Helper()
	all := ""
	for _, sql := range []string{
		"SELECT report_week, project, platform, git_branch, git_commit, build_number, report_format, module_name, " +
			"file_path, lines_total, lines_covered, methods_total, methods_covered, branches_total, " +
			"branches_covered, line_rate, basis, is_exact " +
			"FROM coverage_files ORDER BY platform, module_name, file_path",
		"SELECT run_status, source_name, report_week, platform, rows_loaded, shards_expected, shards_present, " +
			"tests_run FROM coverage_runs ORDER BY platform, run_status",
		"SELECT shard_name, tests_run FROM coverage_shards ORDER BY shard_name",
	} {
		all += w.run(t, "query", "--format", "csv", "--sql", sql)
	}
	return all
}

// letters checks that the one letter of the week arrived, once, or tells that
// none has.
func (w *weekly) letters(t *testing.T) (arrived bool) {
	t.Helper()
	got, err := w.mail.Received()
	if err != nil || len(got) > 1 {
		t.Fatalf("%d letters arrived, %v", len(got), err)
	}
	for _, letter := range got {
		subject := letter.Header.Get("Subject")
		if letter.To != "team@example.com" || !strings.HasPrefix(subject, "shop 20") {
			t.Errorf("a letter to %s: %s", letter.To, subject)
		}
	}
	return len(got) == 1
}

// metrics checks that carbon has what the warehouse says, and waits for it, since
// carbon writes when it likes.
func (w *weekly) metrics(t *testing.T) {
	t.Helper()
	want := map[string]float64{w.prefix + ".shop.all.run.loaded": 1, w.prefix + ".shop.all.run.missing": 0}
	for line := range strings.Lines(w.run(t, "metrics", "--dry-run")) {
		fields := strings.Fields(line)
		value, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		want[fields[0]] = value
	}
	missing := func() (names []string) {
		there, err := w.carbon.Names()
		if err != nil {
			t.Fatal(err)
		}
		for name := range want {
			if !slices.Contains(there, name) {
				names = append(names, name)
			}
		}
		return names
	}
	for deadline := time.Now().Add(30 * time.Second); len(missing()) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("carbon lacks %q", missing())
		}
	}
	for _, name := range []string{"php.total.lines_pct", "android.total.lines_covered", "ios.total.mean_rate_pct",
		"all.run.loaded", "all.run.missing"} {
		name = w.prefix + ".shop." + name
		points, err := w.carbon.Points(t.Context(), name)
		value, known := want[name]
		same := func(point float64) bool { return math.Abs(point-value) < 1e-5 } // whisper-fetch prints so many digits
		if err != nil || !known || len(points) != 1 || !slices.ContainsFunc(slices.Collect(maps.Values(points)), same) {
			t.Errorf("%s: carbon has %v, %v, and the warehouse %v", name, points, err, value)
		}
	}
}

func noSecret(t *testing.T, where string, text []byte) {
	t.Helper()
	for _, secret := range secrets {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s holds %s", where, secret)
		}
	}
}

// noSecretInFiles looks through all that runs have left.
func (w *weekly) noSecretInFiles(t *testing.T) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		noSecret(t, path, text)
		return err
	})
	if err != nil || files < 100 {
		t.Errorf("%d files were searched, %v", files, err)
	}
}

// process is one of /proc.
type process struct {
	pid, parent int
	args        []byte
}

// processes lists those whose command line can be read. One that ends while it
// is read is left out.
func processes(t *testing.T) (all []process) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, errStat := os.ReadFile(filepath.Join("/proc", entry.Name(), "stat"))
		args, errArgs := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
		if errStat != nil || errArgs != nil {
			continue
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		parent, err := strconv.Atoi(fields[1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, process{pid, parent, args})
	}
	return all
}

// phpLeft gives the PHP processes of the project that run.
func (w *weekly) phpLeft(t *testing.T) (left []string) {
	t.Helper()
	for _, p := range processes(t) {
		php := bytes.Contains(p.args, []byte("php")) && !bytes.HasPrefix(p.args, []byte("covpipe"))
		if php && bytes.Contains(p.args, []byte(w.dir)) {
			left = append(left, string(bytes.ReplaceAll(p.args, []byte{0}, []byte{' '})))
		}
	}
	return left
}

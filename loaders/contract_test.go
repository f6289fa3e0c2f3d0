package loaders

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/covpipe/covpipe/loaders/verticatest"
)

// This process is also the one that is killed: TestMain loads and dies if it is
// told to.
func TestMain(m *testing.M) {
	if to := os.Getenv("COVPIPE_TEST_LOAD"); to != "" {
		os.Exit(loadAndDie(to))
	}
	os.Exit(m.Run())
}

// loadAndDie loads the rows of killRows and kills this process when the load
// reaches a step for the second time, or for the first if it comes only once.
func loadAndDie(to string) int {
	ctx := context.Background()
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	loader, err := Open(ctx, to, Options{Password: os.Getenv("COVPIPE_TEST_PASSWORD")})
	if err != nil {
		return fail(err)
	}
	fatal := Step(os.Getenv("COVPIPE_TEST_STEP"))
	rows := killRows(os.Getenv("COVPIPE_TEST_ROWS"))
	_, err = loader.Load(ctx, batches(fatalT{}, 50, rows...), About{Progress: func(step Step, n int64) {
		if step == fatal {
			if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
				panic(err)
			}
			select {} // until the signal is there
		}
	}})
	if err = errors.Join(err, loader.Close()); err != nil {
		return fail(err)
	}
	return 0
}

// fatalT lets the builders of rows be used outside of a test.
type fatalT struct{}

func (fatalT) Helper()                   {}
func (fatalT) Fatal(args ...any)         { panic(fmt.Sprint(args...)) }
func (fatalT) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (fatalT) Cleanup(func())            {}

// killRows are the rows of a load: 120 files, covered as much as the name says.
func killRows(covered string) (rows []line) {
	for i := range 120 {
		rows = append(rows, base(fmt.Sprintf("src/File%03d.php", i), line{"lines_covered": covered}))
	}
	return rows
}

// inProcess loads in a process of its own, which is killed at a step.
func inProcess(t *testing.T, p place, rows string, step Step) error {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "COVPIPE_TEST_LOAD="+p.to, "COVPIPE_TEST_PASSWORD="+p.opt.Password, "COVPIPE_TEST_ROWS="+rows, "COVPIPE_TEST_STEP="+string(step))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, is := exit.Sys().(syscall.WaitStatus); is && status.Signaled() && status.Signal() == syscall.SIGKILL {
			return errKilled
		}
		return fmt.Errorf("%s at %s: %w: %s", p.name, step, err, out)
	}
	return err
}

var errKilled = errors.New("killed")

// killRounds is how often each step is tried: COVPIPE_KILL_ROUNDS, default 1.
func killRounds(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("COVPIPE_KILL_ROUNDS"))
	if os.Getenv("COVPIPE_KILL_ROUNDS") == "" {
		return 1
	}
	if err != nil || n < 1 {
		t.Fatalf("COVPIPE_KILL_ROUNDS: %q is no number of rounds", os.Getenv("COVPIPE_KILL_ROUNDS"))
	}
	return n
}

// A process that is killed at any step leaves all of the old rows or all of the
// new ones, and loading again gives the new ones, once.
func TestALoadThatIsKilledAtAnyStepLosesAndDoublesNothing(t *testing.T) {
	rounds := killRounds(t)
	for _, p := range places(t) {
		t.Run(p.name, func(t *testing.T) {
			if err := inProcess(t, p, "0", "none"); err != nil {
				t.Fatal(err)
			}
			kills, old := 0, "0"
			for round := range rounds {
				for _, step := range Steps {
					next := strconv.Itoa(1 + (round*len(Steps)+slices.Index(Steps, step))%3)
					if next == old {
						next = "0"
					}
					err := inProcess(t, p, next, step)
					if err == nil && p.server == nil && p.file != "" && !slices.Contains([]Step{Reading, Written, Committed}, step) && p.name != "duckdb" {
						old = next // a file has no such step
						continue
					}
					if !errors.Is(err, errKilled) {
						t.Fatalf("%s: the process was not killed: %v", step, err)
					}
					kills++
					if p.server != nil {
						if err := p.server.Sessions(t.Context()); err != nil {
							t.Fatal(err)
						}
					}
					got := p.read(t, p)
					if whole := slices.Equal(got, want(killRows(next)...)); !whole && !slices.Equal(got, want(killRows(old)...)) {
						t.Fatalf("%s, round %d: neither the old rows nor the new ones: %d rows", step, round, len(got))
					} else if whole != (step == Committed) {
						t.Fatalf("%s, round %d: new rows: %v", step, round, whole)
					}
					if err := inProcess(t, p, next, "none"); err != nil {
						t.Fatal(err)
					}
					same(t, p, string(step), killRows(next)...)
					old = next
				}
			}
			if p.file == "" || p.name == "duckdb" {
				if want := rounds * len(Steps); kills != want {
					t.Errorf("%d kills of %d", kills, want)
				}
			} else if want := rounds * 3; kills != want {
				t.Errorf("%d kills of %d", kills, want)
			}
			t.Logf("%s: %d kills", p.name, kills)
		})
	}
}

// Two writers at once: one comes after the other, whole.
func TestTwoWritersAtOnceComeOneAfterTheOther(t *testing.T) {
	for _, p := range places(t) {
		var writers sync.WaitGroup
		for i := range 3 {
			writers.Go(func() {
				if err := inProcess(t, p, strconv.Itoa(i), "none"); err != nil {
					t.Errorf("%s: writer %d: %v", p.name, i, err)
				}
			})
		}
		writers.Wait()
		if p.server != nil || p.name == "duckdb" {
			if got := ledger(t, p, "run_status"); len(got) != 3 || got[0] != "added" || got[1] != "replaced" || got[2] != "replaced" {
				t.Errorf("%s: the ledger has %q", p.name, got)
			}
		}
		got := p.read(t, p)
		if !slices.ContainsFunc([]string{"0", "1", "2"}, func(covered string) bool { return slices.Equal(got, want(killRows(covered)...)) }) {
			t.Errorf("%s: the rows are of no one writer: %d", p.name, len(got))
		}
	}
}

func TestTextsOfFullLengthAreKeptAndLongerOnesRefused(t *testing.T) {
	full := line{}
	for name, octets := range maxOctets {
		full[name] = strings.Repeat("ü", octets/2) // two octets each
	}
	row := base("x", full)
	for _, p := range places(t) {
		if _, err := load(t.Context(), t, p, batches(t, 1, row)); err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		same(t, p, "full length", row)
		for name := range maxOctets {
			long := base("y", line{name: full[name] + "x"})
			if _, err := load(t.Context(), t, p, batches(t, 1, row, long)); !errors.Is(err, ErrTooLong) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %s: got %v", p.name, name, err)
			}
		}
		same(t, p, "after longer ones", row)
	}
}

// What an empty text is depends on the place: CSV cannot tell it from NULL.
func TestAnEmptyTextIsNotNull(t *testing.T) {
	for _, p := range places(t)[1:] {
		rows := []line{base("a.php", line{"module_name": ""}), base("b.php", nil), base("c.php", line{"owner_name": "\x01\x02\x03\x04"}), base("d.php", line{"owner_name": "\x03"})}
		if _, err := load(t.Context(), t, p, batches(t, 2, rows...)); err != nil {
			t.Fatal(err)
		}
		same(t, p, "empty texts", rows...)
	}
}

func TestTheLedgerSaysWhatWasLoaded(t *testing.T) {
	key := Key{Week: "2026-11-16", Project: "shop", Platform: "php", Branch: "main"}
	about := About{
		RunID: "run-1", Version: "1.2.3", At: time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC),
		Sources: func() []Source {
			return []Source{
				{Key: key, Name: "php", ReportSHA256: strings.Repeat("a", 64), Stated: Totals{Lines: Total{5, 9, true}}, Findings: []string{"a.php: x", "b.php: y"},
					Shards: Total{15, 16, true}, Failing: []string{"Cart", "Search"}, Took: 90 * time.Second},
				{Key: Key{Week: "2026-11-16", Project: "shop", Platform: "ios"}, Name: "ios", Missing: "the report is not there"},
			}
		},
	}
	rows := []line{base("a.php", line{"git_commit": "abc", "build_number": "42"}), base("b.php", nil)}
	columns := []string{"run_id", "run_status", "source_name", "report_week", "measured_at", "platform", "git_branch", "git_commit", "build_number", "report_format", "report_sha256",
		"stated_lines_total", "stated_lines_covered", "stated_methods_total", "lines_total", "lines_covered", "branches_total", "findings_count", "findings_text",
		"shards_expected", "shards_present", "failing_parts", "rows_loaded", "measure_seconds", "covpipe_version", "date_trunc('minute', loaded_at)"}
	var texts []string
	for _, c := range columns {
		texts = append(texts, "coalesce("+c+"::VARCHAR, '-')")
	}
	for _, p := range warehouses(t) {
		about := about
		if _, err := loadAbout(t.Context(), t, p, batches(t, 1, rows...), about); err != nil {
			t.Fatal(err)
		}
		wanted := []string{
			"run-1 added php 2026-11-16 2026-11-22 20:30:00 php main abc 42 clover " + strings.Repeat("a", 64) +
				" 9 5 - 6 4 - 2 a.php: x\nb.php: y 16 15 Cart, Search 2 90.0 1.2.3 2026-11-22 21:00:00",
			"run-1 missing ios 2026-11-16 - ios - - - - - - - - - - - 1 the report is not there - - - 0 - 1.2.3 2026-11-22 21:00:00",
		}
		if got := ledger(t, p, strings.Join(texts, ", ")); !slices.Equal(got, wanted) {
			t.Errorf("%s: got\n%s\nwant\n%s", p.name, strings.Join(got, "\n"), strings.Join(wanted, "\n"))
		}
		about.Sources = nil
		if _, err := load(t.Context(), t, p, batches(t, 1, rows...)); err != nil {
			t.Fatal(err)
		}
		if got := ledger(t, p, "run_status"); len(got) != 2 {
			t.Errorf("%s: the same rows again are in the ledger: %q", p.name, got)
		}
		about.Sources = func() []Source { return []Source{{Key: key, Findings: []string{strings.Repeat("ü", 20000)}}} }
		about.RunID, about.At = "run-2", about.At.Add(time.Hour)
		if _, err := loadAbout(t.Context(), t, p, batches(t, 1, rows[0]), about); err != nil {
			t.Errorf("%s: long findings: %v", p.name, err)
		}
		if got := ledger(t, p, "run_id, run_status, strlen(findings_text)"); len(got) != 3 || got[2] != "run-2 replaced 15999" && got[2] != "run-2 replaced 16000" {
			t.Errorf("%s: long findings: %q", p.name, got)
		}
	}
}

// The first version had no ledger. Its rows stay.
func TestADuckDBOfTheFirstVersionIsBroughtForward(t *testing.T) {
	p := places(t)[2]
	first, _, _ := strings.Cut(sqlFile("duckdb/0001"), "\x00")
	change(t, p, first+"; INSERT INTO coverage_schema VALUES (1, now()::TIMESTAMP);"+
		`INSERT INTO coverage_files SELECT DATE '2026-11-09', TIMESTAMP '2026-11-15 20:00:00', 'shop', 'php', 'main', NULL, NULL, 'clover', NULL, 'old.php', NULL, 3, 2, NULL, NULL, NULL, NULL, NULL, 'file_metrics', true`)
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
		t.Fatal(err)
	}
	same(t, p, "both", base("a.php", nil), base("old.php", line{"report_week": "2026-11-09", "measured_at": "2026-11-15 20:00:00"}))
	if got := ledger(t, p, "rows_loaded"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("the ledger has %q", got)
	}
}

// What brings Vertica from one version to the next is what makes it from nothing.
func TestAVerticaOfTheFirstVersionIsRefusedUntilItIsBroughtForward(t *testing.T) {
	server, err := verticatest.Start(verticatest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	p := verticaPlaceOf(server)
	whole, err := DDL("vertica", 0)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := DDL("vertica", 1)
	if err != nil {
		t.Fatal(err)
	}
	first, found := strings.CutSuffix(whole, rest)
	if !found {
		t.Fatal("the end of the whole is not the last step")
	}
	if err := server.Apply(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); !errors.Is(err, ErrOlder) {
		t.Errorf("got %v", err)
	}
	if err := server.Apply(t.Context(), rest); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
		t.Errorf("got %v", err)
	}
}

// A load waits while another process writes, and goes on when it has ended.
func TestALoadWaitsForTheLockOfAnotherProcess(t *testing.T) {
	p := places(t)[2]
	holder := holdLock(t, p)
	done := make(chan error)
	go func() {
		_, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil)))
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(300 * time.Millisecond): // it can only be seen to go on too early
	}
	holder.kill()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	same(t, p, "after the wait", base("a.php", nil))
}

// A lock that is not given back is said to be held, and by whom.
func TestALockThatIsHeldIsSaidToBe(t *testing.T) {
	p := places(t)[2]
	holder := holdLock(t, p)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, p.to, p.opt)
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("PID %d", holder.pid)) {
		t.Errorf("got %v", err)
	}
}

type holder struct {
	pid  int
	kill func()
}

// holdLock starts a process that holds the lock of a DuckDB file.
func holdLock(t *testing.T, p place) holder {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run", "^TestHoldLock$", "-test.v")
	cmd.Env = append(os.Environ(), "COVPIPE_TEST_HOLD="+p.file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "held" {
			return holder{cmd.Process.Pid, kill}
		}
	}
	t.Fatal("the lock is not held")
	return holder{}
}

// TestHoldLock is no test but the other process of holdLock.
func TestHoldLock(t *testing.T) {
	file := os.Getenv("COVPIPE_TEST_HOLD")
	if file == "" {
		return
	}
	loader, err := openDuckDB(t.Context(), filepath.Clean(file))
	if err != nil {
		t.Fatal(err)
	}
	defer loader.Close()
	fmt.Println("held")
	select {}
}

// A Parquet file says which version of the rows it has; another one is refused.
func TestParquetOfAnotherVersionOfTheRowsIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.parquet")
	version := func(n string) *arrow.Schema {
		metadata := arrow.NewMetadata([]string{RowsVersion}, []string{n})
		return arrow.NewSchema(testSchema().Fields(), &metadata)
	}
	err := ReplaceFile(file, func(w io.Writer) error {
		out, err := newParquetWriter(w, version("2"))
		if err == nil {
			err = out.Close()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRows(file, version("1")); err == nil || !strings.Contains(err.Error(), "version 2 of the rows, and this covpipe reads version 1") {
		t.Errorf("got %v", err)
	}
	rows, err := OpenRows(file, version("2"))
	if err != nil {
		t.Fatal(err)
	}
	rows.Release()
}

// An archive puts rows that come mixed into the files of their measurements, and
// leaves nothing if it is not committed.
func TestAnArchiveKeepsEachMeasurementInItsOwnFiles(t *testing.T) {
	dir := t.TempDir()
	ios := line{"platform": "ios/beta", "git_branch": "feature/x"}
	rows := []line{base("a.php", nil), base("a.swift", ios), base("b.php", nil), base("c.php", line{"report_week": "2026-11-09"})}
	for _, commit := range []bool{false, true} {
		archive := NewArchive(dir)
		tee := archive.Tee(batches(t, 3, rows...))
		for tee.Next() {
		}
		if err := tee.Err(); err != nil {
			t.Fatal(err)
		}
		if commit {
			if _, err := archive.Commit(); err != nil {
				t.Fatal(err)
			}
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
		var found []string
		err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				found = append(found, strings.TrimPrefix(path, dir+"/"))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if !commit && len(found) > 0 {
			t.Errorf("without a commit there are %q", found)
		}
	}
	for name, want := range map[string][]line{
		"week=2026-11-16/platform=php/shop@main":               {rows[0], rows[2]},
		"week=2026-11-16/platform=ios%2Fbeta/shop@feature%2Fx": {rows[1]},
		"week=2026-11-09/platform=php/shop@main":               {rows[3]},
	} {
		for _, suffix := range []string{".csv", ".parquet"} {
			same(t, place{name: "archive", file: filepath.Join(dir, name+suffix), read: readFile}, name+suffix, want...)
		}
	}
}

// owned are the rows of coverage_owners.
func owned(t *testing.T, p place) (rows []string) {
	t.Helper()
	db, err := Read(t.Context(), p.to, p.opt)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.QueryContext(t.Context(), `SELECT platform, COALESCE(module_name, '-'), file_path, owner_name
		FROM coverage_owners ORDER BY report_week, platform, COALESCE(module_name, ''), file_path, owner_name`)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var platform, module, file, owner string
		if err := found.Scan(&platform, &module, &file, &owner); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, strings.Join([]string{platform, module, file, owner}, " "))
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestEachOwnerOfAFileIsARowOfItsWeek(t *testing.T) {
	for _, p := range warehouses(t) {
		load := func(rows ...line) {
			t.Helper()
			loader, err := Open(t.Context(), p.to, p.opt)
			if err != nil {
				t.Fatal(err)
			}
			defer loader.Close()
			if _, err := loader.Load(t.Context(), batches(t, 10, rows...), About{}); err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
		}
		check := func(want ...string) {
			t.Helper()
			if got := owned(t, p); !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", p.name, got, want)
			}
		}
		load(base("a.php", line{"owner_name": "@a @shop/a"}), base("b.php", line{"owner_name": "(unowned)"}), base("c.php", nil))
		check("php - a.php @a", "php - a.php @shop/a", "php - b.php (unowned)")
		load(base("a.php", line{"owner_name": "@shop/a", "git_branch": "next"}), base("d.php", line{"owner_name": "@a", "git_branch": "next"}))
		check("php - a.php @a", "php - a.php @shop/a", "php - b.php (unowned)", "php - d.php @a")
		load(base("a.php", line{"owner_name": "@b"}), base("é.php", line{"owner_name": "é%_'", "module_name": "M"}))
		check("php - a.php @b", "php - a.php @shop/a", "php - d.php @a", "php M é.php é%_'")
		last := base("a.php", line{"owner_name": "dev@example.com", "report_week": "2026-11-23", "measured_at": "2026-11-29 20:30:00"})
		load(last)
		check("php - a.php @b", "php - a.php @shop/a", "php - d.php @a", "php M é.php é%_'", "php - a.php dev@example.com")
	}
}

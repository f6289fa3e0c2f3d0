package loaders

import (
	"bufio"
	"context"
	"errors"
	"fmt"
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
)

// This process is also the one that is killed, or that reads at once with another:
// TestMain loads and dies, or reads, if it is told to.
func TestMain(m *testing.M) {
	if to := os.Getenv("COVPIPE_TEST_LOAD"); to != "" {
		os.Exit(loadAndDie(to))
	}
	if to := os.Getenv("COVPIPE_TEST_SPILL"); to != "" {
		os.Exit(spillAndSay(to))
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
	loader, err := Open(to, Options{Password: os.Getenv("COVPIPE_TEST_PASSWORD")})
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

func (fatalT) Helper() {}

func (fatalT) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func (fatalT) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }

func (fatalT) Cleanup(func()) {}

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
	cmd.Env = append(
		os.Environ(),
		"COVPIPE_TEST_LOAD="+p.to,
		"COVPIPE_TEST_PASSWORD="+p.opt.Password,
		"COVPIPE_TEST_ROWS="+rows,
		"COVPIPE_TEST_STEP="+string(step),
	)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status, is := exit.Sys().(syscall.WaitStatus)
		if is && status.Signaled() && status.Signal() == syscall.SIGKILL {
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
					if err == nil && p.server == nil && p.file != "" &&
						!slices.Contains([]Step{Reading, Written, Committed}, step) && p.name != "duckdb" {
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
					whole := slices.Equal(got, want(killRows(next)...))
					if !whole && !slices.Equal(got, want(killRows(old)...)) {
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
			if got := ledger(t, p, "run_status"); len(got) != 3 || got[0] != "added" || got[1] != "replaced" ||
				got[2] != "replaced" {
				t.Errorf("%s: the ledger has %q", p.name, got)
			}
		}
		got := p.read(t, p)
		if !slices.ContainsFunc(
			[]string{"0", "1", "2"},
			func(covered string) bool { return slices.Equal(got, want(killRows(covered)...)) },
		) {
			t.Errorf("%s: the rows are of no one writer: %d", p.name, len(got))
		}
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
	_, err := load(ctx, t, p, batches(t, 1, base("a.php", nil)))
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
	db, err := writeDuckDB(t.Context(), filepath.Clean(file))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fmt.Println("held")
	select {}
}

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/covpipe/covpipe/notifiers/notifierstest"
)

// weeklyKills is how often the weekly job is killed; COVPIPE_TEST_KILLS says
// how often, and COVPIPE_TEST_SEED when.
const weeklyKills = 4

// marks are lines of run.log: half of the kills follow one of them, so that the
// short steps at the end are met, too.
var marks = []string{"rows added", "newsletter: begins", "metrics: begins", "merged 15 shards", "rows written",
	`"source":"android","status":"measured"`,
}

// TestAWeeklyJobThatIsKilledAnywhereEndsAsIfItHadNotBeen runs the whole job, with
// real PHPUnit and the servers of [weekly]. Then it does so again and again, is
// killed with -9 in between, and resumed.
func TestAWeeklyJobThatIsKilledAnywhereEndsAsIfItHadNotBeen(t *testing.T) {
	carbon, err := notifierstest.StartCarbon(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := carbon.Close(); err != nil {
			t.Error(err)
		}
	})
	whole := newWeekly(t, carbon, "whole.coverage")
	began := time.Now()
	whole.run(t, "run", "--resume")
	took := time.Since(began)
	want := whole.rows(t)
	if !whole.letters(t) {
		t.Error("no letter arrived")
	}
	if got := strings.Join(whole.pings, " "); got != "/start " {
		t.Errorf("pings %q", got)
	}
	whole.metrics(t)
	whole.noSecretInFiles(t)

	kills := numberIn("COVPIPE_TEST_KILLS", weeklyKills)
	random := rand.New(rand.NewPCG(uint64(numberIn("COVPIPE_TEST_SEED", 1)), 0))
	spread, watched := kills/2, 0
	for i := range kills {
		part := (float64(i/2) + random.Float64()) / float64(max(spread, 1))
		moment := killMoment{after: time.Duration(part * float64(took))}
		if i%2 == 1 {
			soon := time.Duration(random.Int64N(int64(100 * time.Millisecond)))
			moment = killMoment{mark: marks[(i/2)%len(marks)], after: soon}
		}
		t.Run(fmt.Sprint(moment), func(t *testing.T) {
			for ; ; moment.after /= 2 {
				w := newWeekly(t, carbon, fmt.Sprintf("kill%d.coverage", i))
				killed := w.kill(t, moment)
				watched += w.watched
				w.end(t, want)
				if killed {
					return
				}
				t.Logf("it ended before")
			}
		})
	}
	if watched == 0 {
		t.Error("no PHP process was seen, so nothing is known of their command lines")
	}
}

// killMoment is so long after the start, or after a line of run.log that holds
// mark.
type killMoment struct {
	mark  string
	after time.Duration
}

func (m killMoment) String() string {
	if m.mark == "" {
		return fmt.Sprintf("after %v", m.after.Round(time.Millisecond))
	}
	return fmt.Sprintf("%v after %s", m.after.Round(time.Millisecond), m.mark)
}

// kill starts the job and kills its first process at a moment, if it has not ended
// by then. Nothing that it has started may be left, and none of them may show a
// secret.
func (w *weekly) kill(t *testing.T, moment killMoment) (killed bool) {
	t.Helper()
	cmd, said := w.command("run", "--resume")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	w.awaitMoment(t, cmd, moment, ended)
	_ = cmd.Process.Kill() // it may have ended
	err := <-ended
	noSecret(t, "output", said.Bytes())
	deadline := time.Now().Add(20 * time.Second)
	for left := w.phpLeft(t); len(left) > 0; left = w.phpLeft(t) {
		if time.Now().After(deadline) {
			t.Fatalf("PHP processes are left: %q", left)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return err != nil
}

// awaitMoment waits for the moment, or the end of the job, and looks at all that
// runs meanwhile.
func (w *weekly) awaitMoment(t *testing.T, cmd *exec.Cmd, moment killMoment, ended chan error) {
	t.Helper()
	moment.await(w.dir, ended, func() {
		seen := map[int]bool{cmd.Process.Pid: true}
		for _, p := range processes(t) { // parents come first, since their numbers are lower
			if seen[p.pid] || seen[p.parent] {
				seen[p.pid] = true
				noSecret(t, "command line", p.args)
				if bytes.Contains(p.args, []byte("--coverage-clover")) {
					w.watched++
				}
			}
		}
	})
}

// await waits for the moment of a job that runs in dir, or for its end, and looks
// meanwhile.
func (m killMoment) await(dir string, ended chan error, look func()) {
	var at time.Time
	if m.mark == "" {
		at = time.Now().Add(m.after)
	}
	for tick := time.NewTicker(2 * time.Millisecond); ; {
		select {
		case err := <-ended:
			ended <- err
			return
		case now := <-tick.C:
			if at.IsZero() && logged(dir, m.mark) {
				at = now.Add(m.after)
			}
			if !at.IsZero() && now.After(at) {
				return
			}
		}
		look()
	}
}

// logged tells whether the log of a run in dir has a line with this text.
func logged(dir, text string) bool {
	logs, _ := filepath.Glob(filepath.Join(dir, ".covpipe/runs/*", logFile)) // the pattern is well-formed
	for _, path := range logs {
		if log, err := os.ReadFile(path); err == nil && bytes.Contains(log, []byte(text)) {
			return true
		}
	}
	return false
}

// numberIn gives the number in a variable of the environment.
func numberIn(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// resume resumes the job. If it was killed in the moment in which the letter went
// out, nobody can know whether it did: then it does as its words say, and looks
// into the mailbox.
func (w *weekly) resume(t *testing.T) (status string) {
	t.Helper()
	cmd, said := w.command("run", "--resume")
	err := cmd.Run()
	if !bytes.Contains(said.Bytes(), []byte("may have it or not")) {
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		return statusDone
	}
	t.Log("it was killed while the letter went out")
	if !w.letters(t) {
		w.run(t, "newsletter", "--resend")
	}
	return statusPart
}

// end resumes the job, and checks that all is as if it had not been killed.
func (w *weekly) end(t *testing.T, want string) {
	t.Helper()
	status := w.resume(t)
	if !w.letters(t) {
		t.Error("no letter arrived")
	}
	found, err := earlierRuns(filepath.Join(w.dir, ".covpipe/runs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range found[:1] {
		record, err := readRecord(run.dir)
		if err != nil || record.Status != status {
			t.Errorf("%s: %+v, %v", run.dir, record, err)
		}
	}
	if got := w.rows(t); got != want {
		t.Errorf("the warehouse has\n%s\nand had\n%s\nafter a run that was not killed", got, want)
	}
	w.metrics(t)
	w.noSecretInFiles(t)
}

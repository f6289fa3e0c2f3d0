package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/notifiers/notifierstest"
)

// postOffice is a warehouse with two weeks and a real mail server that takes its
// time, as one does that looks for viruses.
type postOffice struct {
	dir  string
	mail *notifierstest.Mail
}

func newPostOffice(t *testing.T, slow string) *postOffice {
	t.Helper()
	p := &postOffice{dir: t.TempDir()}
	var err error
	p.mail, err = notifierstest.StartMail(p.dir,
		notifierstest.MailOptions{User: "covpipe", Password: "sesame", Slow: slow})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.mail.Close() })
	rows := "report_week,measured_at,project,platform,git_branch,git_commit,build_number," +
		"report_format,module_name,file_path,owner_name,lines_total,lines_covered," +
		"methods_total,methods_covered,branches_total,branches_covered,line_rate,basis,is_exact\n"
	for week, covered := range map[string]int{"2026-11-09": 5, "2026-11-16": 7} {
		rows += week + "," + week + "T23:00:00Z,shop,php,main,,,clover,,src/A.php,@shop,10," +
			fmt.Sprint(covered) + ",,,,,,file_metrics,true\n"
	}
	config := "project: shop\nwarehouse: duckdb:w.duckdb\nsources: [{name: php, report: {file: x}}]\nnewsletter:\n" +
		"  to: [\"smtp://" + p.mail.Addr + "\"]\n  from: c@example.com\n" +
		"  recipients: [a@example.com, b@example.com, c@example.com]\n  ca: ca.pem\n"
	err = errors.Join(os.WriteFile(filepath.Join(p.dir, "rows.csv"), []byte(rows), 0o644),
		os.WriteFile(filepath.Join(p.dir, "covpipe.yaml"), []byte(config), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := p.command("load", "rows.csv").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return p
}

func (p *postOffice) command(args ...string) *exec.Cmd {
	cmd := exec.Command("covpipe", args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "COVPIPE_SMTP_USER=covpipe", "COVPIPE_SMTP_PASSWORD=sesame", "COVPIPE_CONFIG=")
	return cmd
}

// A sender is killed with -9 at 20 moments over all that it does, and called again
// each time. Nobody gets the letter twice; and who has not got it is named, so
// that it is nobody's guess.
func TestALetterThatIsKilledAtAnyMomentArrivesOnceOrIsToldOf(t *testing.T) {
	p := newPostOffice(t, "0.05")
	began := time.Now()
	if out, err := p.command("newsletter", "--week", "2026-W46").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole := time.Since(began)
	random := rand.New(rand.NewPCG(5, 321))
	for range 20 {
		cmd := p.command("newsletter")
		var out bytes.Buffer
		cmd.Stderr = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.Int64N(int64(whole)))) // when it is killed, not what is waited for
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	out, err := p.command("newsletter").CombinedOutput()
	got, errGot := p.mail.Received()
	if errGot != nil {
		t.Fatal(errGot)
	}
	for _, to := range []string{"a@example.com", "b@example.com", "c@example.com"} {
		mails := 0
		for _, m := range got {
			if m.To == to && strings.Contains(m.Header.Get("Subject"), "W47") {
				mails++
			}
		}
		told := strings.Contains(string(out), to+" by smtp://"+p.mail.Addr+" may have it or not")
		t.Logf("%s: %d mails, told of: %v", to, mails, told)
		if mails > 1 || mails == 0 && !told || told && err == nil {
			t.Errorf("%s has %d mails; the last call says %s", to, mails, out)
		}
	}
}

// Several senders at the same time share the work: each recipient gets one mail.
func TestSendersAtTheSameTimeSendOnce(t *testing.T) {
	p := newPostOffice(t, "0.02")
	var all []*exec.Cmd
	var outs [4]bytes.Buffer
	for i := range outs {
		cmd := p.command("newsletter")
		cmd.Stderr = &outs[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, cmd)
	}
	for _, cmd := range all {
		_ = cmd.Wait() // one that finds a letter in the hands of another says so
	}
	var said []string
	for i := range outs {
		said = append(said, outs[i].String())
	}
	got, err := p.mail.Received()
	var to []string
	for _, m := range got {
		to = append(to, m.To)
	}
	if err != nil || !slices.Equal(to, []string{"a@example.com", "b@example.com", "c@example.com"}) {
		t.Errorf("got %q, %v; the senders say %v", to, err, said)
	}
}

package loaders

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covpipe/covpipe/loaders/verticatest"
)

var letterTime = time.Date(2026, 11, 23, 6, 0, 0, 123456000, time.UTC)

func letter(id string) Letter {
	return Letter{Project: "shop", Week: "2026-11-16", Edition: "all", MessageID: id, SHA256: strings.Repeat("a", 64)}
}

func kept(t *testing.T, p place) (found []string) {
	t.Helper()
	db, err := Read(t.Context(), p.to, p.opt)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	letters, err := Letters(t.Context(), db, "shop")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range letters {
		found = append(
			found,
			fmt.Sprint(
				l.Week,
				" ",
				l.Edition,
				" ",
				l.MessageID,
				" ",
				l.Status,
				" ",
				l.ChangedAt.UTC().Format("15:04:05.999999"),
			),
		)
	}
	return found
}

func TestALetterIsClaimedOnceAndConfirmed(t *testing.T) {
	for _, p := range warehouses(t) {
		t.Run(p.name, func(t *testing.T) { claimsOnce(t, p) })
	}
}

func claimsOnce(t *testing.T, p place) {
	ctx := t.Context()
	claim := func(l Letter) error { return ClaimLetter(ctx, p.to, p.opt, l, letterTime) }
	if err := claim(letter("<1@x>")); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"<1@x>", "<2@x>"} {
		err := claim(letter(id))
		var other *LetterError
		if !errors.Is(err, ErrLetterSending) || errors.Is(err, ErrLetterSent) || !errors.As(err, &other) ||
			other.Kept.MessageID != "<1@x>" || !other.Kept.ChangedAt.Equal(letterTime) {
			t.Errorf("a second claim: %v", err)
		}
	}
	if err := ConfirmLetter(ctx, p.to, p.opt, letter("<2@x>"), letterTime); !errors.Is(err, ErrNoClaim) {
		t.Errorf("a letter of somebody else: %v", err)
	}
	if err := ReleaseClaim(ctx, p.to, p.opt, letter("<2@x>")); err != nil {
		t.Errorf("the claim of somebody else: %v", err)
	}
	if got := kept(t, p); !slices.Equal(got, []string{"2026-11-16 all <1@x> sending 06:00:00.123456"}) {
		t.Errorf("got %q", got)
	}
	if err := ReleaseClaim(ctx, p.to, p.opt, letter("<1@x>")); err != nil {
		t.Fatal(err)
	}
	if err := claim(letter("<3@x>")); err != nil {
		t.Errorf("after the release: %v", err)
	}
	for range 2 {
		if err := ConfirmLetter(ctx, p.to, p.opt, letter("<3@x>"), letterTime.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	const already = "letter all of shop, week of 2026-11-16: it was sent already (2026-11-23T06:01:00Z)"
	if err := claim(letter("<4@x>")); !errors.Is(err, ErrLetterSent) || errors.Is(err, ErrLetterSending) ||
		!strings.Contains(err.Error(), already) {
		t.Errorf("a letter that was sent: %v", err)
	}
	if err := ReleaseClaim(ctx, p.to, p.opt, letter("<3@x>")); !errors.Is(err, ErrLetterSent) {
		t.Errorf("the claim of a letter that was sent: %v", err)
	}
	next, team := letter("<5@x>"), letter("<6@x>")
	next.Week, team.Edition = "2026-11-23", "team"
	for _, l := range []Letter{next, team} {
		if err := claim(l); err != nil {
			t.Errorf("another letter: %v", err)
		}
	}
	want := []string{
		"2026-11-23 all <5@x> sending 06:00:00.123456",
		"2026-11-16 all <3@x> sent 06:01:00.123456",
		"2026-11-16 team <6@x> sending 06:00:00.123456",
	}
	if got := kept(t, p); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for _, l := range []Letter{{}, {Project: "shop", Week: "2026-11-16", Edition: "all", SHA256: "a"}} {
		if err := claim(l); !errors.Is(err, ErrUnknown) {
			t.Errorf("a letter without a name: %v", err)
		}
	}
}

// Of several processes that claim a letter one gets it.
func TestOneOfSeveralSendersGetsTheLetter(t *testing.T) {
	if to := os.Getenv("COVPIPE_TEST_CLAIM"); to != "" { // this is one of them
		err := ClaimLetter(t.Context(), to, Options{Password: os.Getenv("COVPIPE_TEST_PASSWORD")},
			letter(fmt.Sprintf("<%d@x>", os.Getpid())), letterTime)
		switch {
		case err == nil:
			fmt.Println("claimed")
		case !errors.Is(err, ErrLetterSending):
			t.Error(err)
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range warehouses(t) {
		var senders sync.WaitGroup
		var claimed atomic.Int32
		for range 4 {
			senders.Go(func() {
				cmd := exec.Command(self, "-test.run", "^TestOneOfSeveralSendersGetsTheLetter$")
				cmd.Env = append(os.Environ(), "COVPIPE_TEST_CLAIM="+p.to, "COVPIPE_TEST_PASSWORD="+p.opt.Password)
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Errorf("%s: %v: %s", p.name, err, out)
				}
				if strings.Contains(string(out), "claimed\n") {
					claimed.Add(1)
				}
			})
		}
		senders.Wait()
		if n := claimed.Load(); n != 1 || len(kept(t, p)) != 1 {
			t.Errorf("%s: %d senders got it, and %q is kept", p.name, n, kept(t, p))
		}
	}
}

// A claim whose COMMIT is not answered is known to be one's own afterwards.
func TestAClaimOutlastsABrokenConnection(t *testing.T) {
	for name, fault := range map[string]verticatest.Fault{
		"at the insert":     {At: verticatest.AtExecute, Match: "INSERT INTO coverage_letters"},
		"before the commit": {At: verticatest.AtExecute, Match: "^COMMIT"},
		"after the commit":  {At: verticatest.AtAnswer, Match: "^COMMIT"},
	} {
		p := verticaPlaceOf(startVertica(t, verticatest.Options{}))
		p.server.Break(fault)
		if err := ClaimLetter(t.Context(), p.to, p.opt, letter("<1@x>"), letterTime); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		p.server.Break(fault)
		if err := ConfirmLetter(t.Context(), p.to, p.opt, letter("<1@x>"), letterTime); err != nil {
			t.Errorf("%s: confirm: %v", name, err)
		}
		if got := kept(t, p); !slices.Equal(got, []string{"2026-11-16 all <1@x> sent 06:00:00.123456"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
	p := verticaPlaceOf(startVertica(t, verticatest.Options{}))
	p.server.Break(verticatest.Fault{At: verticatest.AtExecute, Match: "^COMMIT", Times: 99})
	if err := ClaimLetter(t.Context(), p.to, p.opt, letter("<1@x>"), letterTime); !errors.Is(err, ErrUnknownCommit) {
		t.Errorf("a claim that cannot be settled: %v", err)
	}
}

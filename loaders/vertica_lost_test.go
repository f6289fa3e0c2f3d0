package loaders

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	vertigo "github.com/vertica/vertica-sql-go"

	"github.com/covpipe/covpipe/loaders/verticatest"
)

// A server that says nothing ends in an error, and soon.
func TestASilentServerIsGivenUp(t *testing.T) {
	for name, fault := range map[string]verticatest.Fault{
		"at connecting":    {At: verticatest.AtConnect},
		"after connecting": {At: verticatest.AtExecute, Match: "now()"},
		"at the schema":    {At: verticatest.AtExecute, Match: "coverage_schema"},
		"in COPY":          {At: verticatest.InCopy, Rows: 3},
		"after COPY":       {At: verticatest.AtAnswer, Match: "COPY"},
		"at the insert":    {At: verticatest.AtExecute, Match: "INSERT INTO coverage_files"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startVertica(t, verticatest.Options{})
			p := verticaPlaceOf(server)
			p.to = strings.Replace(p.to, "silence=20s", "silence=500ms", 1)
			fault.Do = verticatest.Mute
			server.Break(fault)
			begin := time.Now()
			if _, err := load(t.Context(), t, p, batches(t, 100, many()...)); !errors.Is(err, ErrSilent) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(begin); took > 15*time.Second {
				t.Errorf("it took %v", took)
			}
			same(t, p, "silent")
		})
	}
}

// A cancelled load ends at once, wherever it is, and leaves nothing.
func TestACancelledLoadEndsAtOnce(t *testing.T) {
	for name, fault := range map[string]verticatest.Fault{
		"at connecting": {At: verticatest.AtConnect},
		"in COPY":       {At: verticatest.InCopy, Rows: 3},
		"at the insert": {At: verticatest.AtExecute, Match: "INSERT INTO coverage_files"},
	} {
		server := startVertica(t, verticatest.Options{})
		p := verticaPlaceOf(server)
		hit := make(chan struct{})
		fault.Do, fault.Hit = verticatest.Mute, hit
		server.Break(fault)
		ctx, cancel := context.WithCancel(t.Context())
		var begin time.Time
		go func() { <-hit; begin = time.Now(); cancel() }()
		if _, err := load(ctx, t, p, batches(t, 100, many()...)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", name, err)
		}
		if took := time.Since(begin); took > 10*time.Second { // silence would end it after 20
			t.Errorf("%s: it took %v", name, took)
		}
		same(t, p, "cancelled "+name)
		if err := server.Sessions(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// A connection that breaks before COMMIT leaves nothing, and the load goes on
// with a new one.
func TestABrokenConnectionIsTriedAgain(t *testing.T) {
	for name, fault := range map[string]verticatest.Fault{
		"at connecting":     {At: verticatest.AtConnect},
		"at the schema":     {At: verticatest.AtExecute, Match: "coverage_schema"},
		"in COPY":           {At: verticatest.InCopy, Rows: 3},
		"after COPY":        {At: verticatest.AtAnswer, Match: "COPY"},
		"after the delete":  {At: verticatest.AtAnswer, Match: "DELETE"},
		"after the insert":  {At: verticatest.AtAnswer, Match: "INSERT INTO coverage_files"},
		"before the commit": {At: verticatest.AtExecute, Match: "^COMMIT"},
		"after the commit":  {At: verticatest.AtAnswer, Match: "^COMMIT"},
		"no resources":      {At: verticatest.AtExecute, Match: "COPY", Do: verticatest.Reject},
	} {
		server := startVertica(t, verticatest.Options{})
		p := verticaPlaceOf(server)
		if _, err := load(t.Context(), t, p, batches(t, 100, base("old.php", nil))); err != nil {
			t.Fatal(err)
		}
		server.Break(fault)
		outcome, err := load(t.Context(), t, p, batches(t, 100, many()...))
		if err != nil || len(outcome.Measurements) != 1 || outcome.Measurements[0].Change != Replaced {
			t.Errorf("%s: got %+v, %v", name, outcome, err)
		}
		same(t, p, name, many()...)
		if got := ledger(t, p, "run_status, rows_loaded"); !slices.Equal(got, []string{"added 1", "replaced 20"}) {
			t.Errorf("%s: the ledger has %q", name, got)
		}
	}
}

// A connection that breaks again and again is an error, which says if the load
// may be there.
func TestAConnectionThatKeepsBreakingIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		fault verticatest.Fault
		want  error
	}{
		"in COPY": {verticatest.Fault{At: verticatest.InCopy, Rows: 3, Times: 99}, errClosed},
		"before the commit": {
			verticatest.Fault{At: verticatest.AtExecute, Match: "^COMMIT", Times: 99}, ErrUnknownCommit,
		},
	} {
		server := startVertica(t, verticatest.Options{})
		p := verticaPlaceOf(server)
		server.Break(c.fault)
		if _, err := load(t.Context(), t, p, batches(t, 100, many()...)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
		same(t, p, name)
	}
	p := verticaPlaceOf(startVertica(t, verticatest.Options{}))
	p.server.Break(verticatest.Fault{At: verticatest.AtAnswer, Match: "^COMMIT"})
	p.server.Break(verticatest.Fault{At: verticatest.AtExecute, Match: "coverage_runs WHERE run_id", Times: 99})
	if _, err := load(t.Context(), t, p, batches(t, 100, many()...)); !errors.Is(err, ErrUnknownCommit) {
		t.Errorf("a commit that cannot be looked up: got %v", err)
	}
	same(t, p, "it was committed", many()...)
}

// What is wrong for good is tried once.
func TestWhatIsWrongForGoodIsNotTriedAgain(t *testing.T) {
	server := startVertica(t, verticatest.Options{})
	p := verticaPlaceOf(server)
	p.opt.Password = "wrong"
	var refusal *vertigo.VError
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); !errors.As(err, &refusal) ||
		refusal.SQLState != "28000" {
		t.Errorf("a wrong password: got %v", err)
	} else if strings.Contains(err.Error(), "wrong") {
		t.Errorf("the password is in the error: %v", err)
	}
	empty, err := verticatest.Start(verticatest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	if _, err := load(t.Context(), t, verticaPlaceOf(empty), batches(t, 1, base("a.php", nil))); !errors.Is(
		err,
		ErrOlder,
	) {
		t.Errorf("no tables: got %v", err)
	}
	if _, err := Read(t.Context(), verticaPlaceOf(empty).to, Options{}); !errors.Is(err, ErrNotLoaded) {
		t.Errorf("reading where there are no tables: got %v", err)
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/covpipe/covpipe/notifiers/notifierstest"
)

// startMailIn [plain|tls|other] starts a real mail server and sets MAIL to its
// host:port and MAIL_CA to its certificate. User "covpipe" logs in with "sesame",
// but not where it is plain.
func startMailIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: mail [plain|tls|other]")
	}
	opt := notifierstest.MailOptions{
		Plain: slices.Contains(args, "plain"), TLS: slices.Contains(args, "tls"),
		OtherName: slices.Contains(args, "other"),
	}
	if !opt.Plain {
		opt.User, opt.Password = "covpipe", "sesame"
	}
	server, err := notifierstest.StartMail(ts.MkAbs("."), opt)
	ts.Check(err)
	ts.Defer(func() { ts.Check(server.Close()) })
	ts.Setenv("MAIL", server.Addr)
	ts.Setenv("MAIL_CA", server.CA)
	ts.Setenv("MAILS", server.Maildir)
}

// listMails FILE writes a line "recipient: subject" for each mail that arrived.
func listMails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mails FILE")
	}
	got, err := notifierstest.ReadMaildir(ts.Getenv("MAILS"))
	ts.Check(err)
	var text strings.Builder
	for _, m := range got {
		fmt.Fprintf(&text, "%s: %s\n", m.To, m.Header.Get("Subject"))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o644))
}

// startFaultyIn COMMAND=ANSWER… starts a mail server that gives these answers,
// each once, and sets FAULTY to its host:port.
func startFaultyIn(ts *testscript.TestScript, neg bool, args []string) {
	answers := map[string][]string{}
	for _, arg := range args {
		command, answer, _ := strings.Cut(arg, "=")
		answers[command] = append(answers[command], answer)
	}
	server, err := notifierstest.StartFaulty(answers)
	ts.Check(err)
	ts.Defer(func() { ts.Check(server.Close()) })
	ts.Setenv("FAULTY", server.Addr())
}

// hook is a webhook that keeps what it gets.
type hook struct {
	sync.Mutex
	bodies []string
}

// startHook VARIABLE [STATUS] starts a webhook, sets the variable to its address
// and answers with the status.
func startHook(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: hook VARIABLE [STATUS]")
	}
	status := http.StatusOK
	if len(args) == 2 {
		_, err := fmt.Sscan(args[1], &status)
		ts.Check(err)
	}
	h := &hook{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		h.Lock()
		defer h.Unlock()
		if err == nil {
			h.bodies = append(h.bodies, string(body))
		}
		w.WriteHeader(status)
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL+"/services/T0/B0/secret")
	hooks(ts)[args[0]] = h
}

// listHooks VARIABLE FILE writes what a webhook got, one body a line.
func listHooks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 || hooks(ts)[args[0]] == nil {
		ts.Fatalf("usage: hooks VARIABLE FILE")
	}
	h := hooks(ts)[args[0]]
	h.Lock()
	defer h.Unlock()
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Join(h.bodies, "\n")), 0o644))
}

type hooksKey struct{}

func hooks(ts *testscript.TestScript) map[string]*hook {
	return ts.Value(hooksKey{}).(map[string]*hook)
}

// startCarbonIn starts a real carbon-cache and sets CARBON to its host:port.
func startCarbonIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: carbon")
	}
	dir := ts.MkAbs("carbon")
	ts.Check(os.Mkdir(dir, 0o755))
	server, err := notifierstest.StartCarbon(dir)
	ts.Check(err)
	ts.Defer(func() { ts.Check(server.Close()) })
	ts.Setenv("CARBON", server.Addr)
	ts.Setenv("CARBON_DIR", dir)
}

// listPoints NAME FILE writes a line "day value" for each point of a metric, when
// carbon has written it.
func listPoints(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: points NAME FILE")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var points map[string]float64
	for len(points) == 0 {
		ts.Check(ctx.Err())
		points, _ = notifierstest.CarbonIn(ts.Getenv("CARBON_DIR")).Points(ctx, args[0])
	}
	var text strings.Builder
	for _, day := range slices.Sorted(maps.Keys(points)) {
		fmt.Fprintf(&text, "%s %v\n", day, points[day])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text.String()), 0o644))
}

// substitute FILE.in FILE writes a file with its variables filled in.
func substitute(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: envsubst FILE.in FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o644))
}

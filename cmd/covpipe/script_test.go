package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/loaders/verticatest"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"covpipe": main,
		"status":  status,
	})
}

// status N COMMAND… runs a command and ends well if its exit code is N.
func status() {
	want, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "status:", err)
		os.Exit(2)
	}
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "status:", err)
		os.Exit(2)
	}
	if got := cmd.ProcessState.ExitCode(); got != want {
		fmt.Fprintf(os.Stderr, "status: exit code %d, want %d\n", got, want)
		os.Exit(1)
	}
}

func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Deadline:            time.Now().Add(8 * time.Minute),
		Setup: func(env *testscript.Env) error {
			env.Setenv("SAMPLES", filepath.Join(root, "samples"))
			env.Setenv("TZ", "UTC")
			env.Setenv("NO_COLOR", "1")
			env.Values[hooksKey{}] = map[string]*hook{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"jenkins":  startJenkins,
			"nats":     startNATSIn,
			"cut":      cutFile,
			"vertica":  startVerticaIn,
			"newest":   newestFolder,
			"pings":    startPings,
			"lock":     lockFolder,
			"unlock":   unlockFolder,
			"mail":     startMailIn,
			"mails":    listMails,
			"faulty":   startFaultyIn,
			"hook":     startHook,
			"hooks":    listHooks,
			"carbon":   startCarbonIn,
			"points":   listPoints,
			"envsubst": substitute,
		},
	})
}

// startJenkins CONTEXT REPORT.xml [ARCHIVED.xml] serves build 41 (UNSTABLE, last
// week) and 42 (SUCCESS, now) of mobile/shop-android to user "ci" with token
// "sesame", 40 whose coverage the Coverage plugin published, 43 without
// coverage, 44 running, and sets COVPIPE_JENKINS_URL. The first two have the
// report as their coverage, and 42 has archived it, or the other report.
func startJenkins(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: jenkins CONTEXT REPORT.xml [ARCHIVED.xml]")
	}
	report := []byte(ts.ReadFile(args[1]))
	artifacts := map[string][]byte{"app/build/reports/jacoco.xml": []byte(ts.ReadFile(args[len(args)-1]))}
	started := time.Now()
	const branch, commit = "refs/remotes/origin/main", "0123456789abcdef0123456789abcdef01234567"
	server := httptest.NewServer(&jenkinstest.Jenkins{
		ContextPath: args[0],
		Users:       map[string]string{"ci": "sesame"},
		Jobs: []jenkinstest.Job{{Name: "mobile/shop-android", Builds: []jenkinstest.Build{
			{Number: 40, Result: "SUCCESS", Started: started.Add(-8 * 24 * time.Hour),
				Branch: branch, Commit: commit, Coverage: report},
			{Number: 41, Result: "UNSTABLE", Started: started.Add(-7 * 24 * time.Hour),
				Branch: branch, Commit: commit, JaCoCo: report},
			{Number: 42, Result: "SUCCESS", Started: started,
				Branch: branch, Commit: commit, JaCoCo: report, Artifacts: artifacts},
			{Number: 43, Result: "FAILURE", Started: started.Add(time.Hour), Branch: branch, Commit: commit},
			{Number: 44, Building: true, Started: started.Add(2 * time.Hour)},
		}}},
	})
	ts.Defer(server.Close)
	ts.Setenv("COVPIPE_JENKINS_URL", server.URL+args[0])
}

// startVerticaIn starts a Vertica test server with the tables of covpipe and sets
// VERTICA to its place; "empty" has no tables, "secret" asks for a password.
func startVerticaIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: vertica [empty|secret]")
	}
	var opt verticatest.Options
	if slices.Contains(args, "secret") {
		opt.User, opt.Password = "loader", "sesame"
	}
	server, err := verticatest.Start(opt)
	ts.Check(err)
	ts.Defer(func() { ts.Check(server.Close()) })
	if !slices.Contains(args, "empty") {
		ddl, err := loaders.DDL("vertica", 0)
		ts.Check(err)
		ts.Check(server.Apply(context.Background(), ddl))
	}
	ts.Setenv("VERTICA", "vertica://loader@"+server.Addr()+"/coverage?tlsmode=none")
}

// startPings FILE CODE starts a service for heartbeats that answers with a code
// and adds a line to FILE for each ping, and sets COVPIPE_HEARTBEAT_URL.
func startPings(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pings FILE CODE")
	}
	code, err := strconv.Atoi(args[1])
	ts.Check(err)
	file, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(file, r.URL.Path)
		w.WriteHeader(code)
	}))
	ts.Defer(func() {
		server.Close()
		ts.Check(file.Close())
	})
	ts.Setenv("COVPIPE_HEARTBEAT_URL", server.URL+"/ping/sesame")
}

// newestFolder DIR sets NEWEST to the last of the run folders in a folder.
func newestFolder(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: newest DIR")
	}
	found, err := earlierRuns(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(found) == 0 {
		ts.Fatalf("there is none")
	}
	ts.Setenv("NEWEST", found[0].dir)
}

// locks has what ends the locks of scripts, by folder.
var locks sync.Map

// lockFolder DIR takes the lock of a run.
func lockFolder(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: lock DIR")
	}
	a := &app{now: time.Now}
	release, err := a.lockRuns(context.Background(), ts.MkAbs(args[0]), 0)
	ts.Check(err)
	locks.Store(ts.MkAbs(args[0]), release)
}

// unlockFolder DIR lets go of it.
func unlockFolder(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unlock DIR")
	}
	release, held := locks.LoadAndDelete(ts.MkAbs(args[0]))
	if !held {
		ts.Fatalf("it is not locked")
	}
	release.(func())()
}

// cutFile FILE N OUT writes the first N octets of a file, or all but -N.
func cutFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: cut FILE N OUT")
	}
	text := ts.ReadFile(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	if n < 0 {
		n += len(text)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(text[:n]), 0o644))
}

// covpipe runs a command line inside this process.
func covpipe(t *testing.T, args ...string) (code int) {
	t.Helper()
	a := &app{stdin: os.Stdin, stdout: t.Output(), stderr: t.Output(), environ: os.Environ(), now: time.Now}
	return a.main(context.WithoutCancel(t.Context()), args)
}

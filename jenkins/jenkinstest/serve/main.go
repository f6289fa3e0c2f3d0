// Command serve shows one job of a Jenkins with the JaCoCo plugin over HTTP, for
// demonstrations and for trying out a client:
//
//	go run ./jenkins/jenkinstest/serve --job mobile/shop-android --build 42 \
//	    --jacoco shop.jacoco.xml --artifact build/reports/jacoco.xml=shop.jacoco.xml
//
// Build 42 was a success a few minutes ago. Before it there was an unstable one,
// and after it one failed, without coverage. The address is the only line on
// stdout. SIGINT and SIGTERM end it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, time.Now(), os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

type options struct {
	listen, urlFile, job, jacoco, user, tokenEnv, context string
	build                                                 int
	artifacts                                             map[string]string // file by relative path
}

func parse(args []string, stderr io.Writer) (options, error) {
	opt := options{artifacts: map[string]string{}}
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&opt.listen, "listen", "127.0.0.1:0", "`address` to listen at")
	flags.StringVar(&opt.urlFile, "url-file", "", "`file` that gets the URL as soon as it answers")
	flags.StringVar(&opt.job, "job", "", "full `name` of the job, such as mobile/shop-android")
	flags.StringVar(&opt.jacoco, "jacoco", "", "JaCoCo XML `file` with the coverage that the builds published")
	flags.Func("artifact", "`RELPATH=FILE` that the builds archived; may be repeated", func(value string) error {
		relative, file, ok := strings.Cut(value, "=")
		if !ok || relative == "" || file == "" {
			return errors.New("want RELPATH=FILE")
		}
		opt.artifacts[relative] = file
		return nil
	})
	flags.StringVar(&opt.user, "user", "", "`name` of the only user; without it anybody may read")
	flags.StringVar(&opt.tokenEnv, "token-env", "JENKINS_TOKEN",
		"`variable` of the environment with the user's API token")
	flags.StringVar(&opt.context, "context", "", "context `path`, such as /jenkins")
	flags.IntVar(&opt.build, "build", 42, "`number` of the successful build")
	switch err := flags.Parse(args); {
	case err != nil:
		return opt, err
	case flags.NArg() > 0:
		return opt, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case opt.job == "":
		return opt, errors.New("--job is missing")
	case opt.build < 1:
		return opt, errors.New("--build must be 1 or more")
	case opt.context != "" && (!strings.HasPrefix(opt.context, "/") || strings.HasSuffix(opt.context, "/")):
		return opt, errors.New("--context must begin with a slash and not end with one")
	}
	return opt, nil
}

func run(
	ctx context.Context, args []string, getenv func(string) string, now time.Time, stdout, stderr io.Writer,
) error {
	opt, err := parse(args, stderr)
	if err != nil {
		return err
	}
	jenkins := &jenkinstest.Jenkins{ContextPath: opt.context}
	if opt.user != "" {
		token := getenv(opt.tokenEnv)
		if token == "" {
			return fmt.Errorf("--user: environment variable %s is empty", opt.tokenEnv)
		}
		jenkins.Users = map[string]string{opt.user: token}
	}
	if jenkins.Jobs, err = jobs(opt, now); err != nil {
		return err
	}
	base, wait, err := jenkinstest.Serve(ctx, opt.listen, jenkins)
	if err != nil {
		return err
	}
	address := base + opt.context
	if opt.urlFile != "" {
		if err := writeFile(opt.urlFile, address+"\n"); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(stdout, address); err != nil {
		return err
	}
	return wait()
}

// jobs makes up the builds around the reports. Nothing but their time depends on
// anything else than the options.
func jobs(opt options, now time.Time) ([]jenkinstest.Job, error) {
	build := jenkinstest.Build{
		Number: opt.build, Result: "SUCCESS", Started: now.Add(-7 * time.Minute), Duration: 184 * time.Second,
		Branch: "main", Commit: "c0ffee5eed0fa11b1e55ed0ddba11ca5cade0042", Artifacts: map[string][]byte{},
	}
	var err error
	if opt.jacoco != "" {
		if build.JaCoCo, err = os.ReadFile(opt.jacoco); err != nil {
			return nil, err
		}
	}
	for relative, file := range opt.artifacts {
		if build.Artifacts[relative], err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	older, newer := build, build
	older.Number, older.Result, older.Started = opt.build-1, "UNSTABLE", now.Add(-25*time.Hour)
	older.Commit = "0ddba11ca5cade0042c0ffee5eed0fa11b1e55ed"
	newer.Number, newer.Result, newer.Started = opt.build+1, "FAILURE", now.Add(-2*time.Minute)
	newer.Commit = "deadbea7fa11b1e55ed0ddba11ca5cade0042c0f"
	newer.Duration, newer.JaCoCo, newer.Artifacts = 31*time.Second, nil, nil
	builds := []jenkinstest.Build{build, newer}
	if older.Number > 0 {
		builds = append(builds, older)
	}
	return []jenkinstest.Job{{Name: opt.job, Builds: builds}}, nil
}

// writeFile writes the file so that whoever waits for it never sees half of it.
func writeFile(name, content string) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // fails after the rename, when it is not needed
	_, err = temporary.WriteString(content)
	if err := errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name)
}

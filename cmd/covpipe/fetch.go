package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/jenkins"
)

// fetchOptions are the flags of covpipe fetch jenkins.
type fetchOptions struct {
	url, job, build, artifact, out string
	maxDocument                    int64
	timeout                        time.Duration
	dryRun, asJSON                 bool
}

func (a *app) fetchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fetch",
		Short: "Save what a CI server has of a build's coverage",
		Example: `  covpipe fetch jenkins --url https://ci.example.com --job mobile/shop-android -o build/fetched
  covpipe fetch jenkins --job mobile/shop-android --build 42 -o build/42 --dry-run`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("fetch: name where from (known: jenkins)")
			}
			return usage("fetch: there is no %q (known: jenkins)", args[0])
		},
		Args: cobra.ArbitraryArgs,
	}
	cmd.AddCommand(a.fetchJenkinsCommand())
	return cmd
}

func (a *app) fetchJenkinsCommand() *cobra.Command {
	var opt fetchOptions
	cmd := &cobra.Command{
		Use:   "jenkins",
		Short: "Save a Jenkins build's JaCoCo totals and reports",
		Long: `Saves into a folder, each file whole or not at all: build.json, what the build is;
jacoco.json, the totals that the JaCoCo plugin serves; and every archived JaCoCo
XML that matches. If the build has archived none, jacoco-classes.json has the
counters of its classes, and the exit code is 3: a class is no file, and its lines
are not exact. covpipe parse reads all but build.json.

Credentials come from COVPIPE_JENKINS_USER and COVPIPE_JENKINS_TOKEN, or from the
files that COVPIPE_JENKINS_USER_FILE and COVPIPE_JENKINS_TOKEN_FILE name.`,
		Example: `  covpipe fetch jenkins --url https://ci.example.com/jenkins --job mobile/shop-android ` +
			`-o build/fetched
  covpipe fetch jenkins --job mobile/shop-android --build 42 --artifact '**/jacocoTestReport.xml' -o build/42 --json`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.fetchJenkins(cmd.Context(), opt)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opt.url, "url", "", "Jenkins `URL` with its context path (default COVPIPE_JENKINS_URL)")
	flags.StringVar(&opt.job, "job", "", "`JOB` with its folders, such as mobile/shop-android")
	flags.StringVar(&opt.build, "build", "lastSuccessfulBuild", "build `N`, or a permalink such as lastBuild")
	flags.StringVar(&opt.artifact, "artifact", defaultArtifact, "`PATTERN` of the archived JaCoCo XML")
	flags.StringVarP(&opt.out, "output", "o", "", "folder `DIR` to save into, one for each build")
	flags.Int64Var(&opt.maxDocument, "max-document", 1<<30, "refuse a document of more than `N` octets")
	flags.DurationVar(&opt.timeout, "timeout", 10*time.Minute, "stop when all of it takes longer than `DURATION`")
	flags.BoolVar(&opt.dryRun, "dry-run", false, "look the build up, show what would be saved, and save nothing")
	flags.BoolVar(&opt.asJSON, "json", false, "print JSON")
	return cmd
}

// resolve fills in what the flags leave to the environment, and checks them.
func (o *fetchOptions) resolve(a *app) error {
	o.url = cmp.Or(o.url, a.environment("COVPIPE_JENKINS_URL"))
	switch {
	case o.url == "":
		return usage("no Jenkins is named: --url or COVPIPE_JENKINS_URL does")
	case checkJenkins(o.url) != nil:
		return usage("--url %w", checkJenkins(o.url))
	case o.job == "":
		return usage("no job is named: --job does, with its folders")
	case o.build == "":
		return usage("--build is empty")
	case o.out == "":
		return usage("no folder is named to save into: -o does")
	case o.maxDocument < 1:
		return usage("--max-document %d is less than 1", o.maxDocument)
	case o.timeout <= 0:
		return usage("--timeout %v is not more than 0", o.timeout)
	}
	if _, err := (jenkins.Build{}).Matching(o.artifact); err != nil {
		return usageError{fmt.Errorf("--artifact: %w", err)}
	}
	return nil
}

func (a *app) fetchJenkins(ctx context.Context, opt fetchOptions) error {
	if err := opt.resolve(a); err != nil {
		return err
	}
	server, err := a.jenkinsServer(opt.url, "fetch")
	if err != nil {
		return err
	}
	server.MaxBytes = opt.maxDocument
	limited, cancel := context.WithTimeoutCause(ctx, opt.timeout,
		fmt.Errorf("it took longer than %v (--timeout)", opt.timeout))
	defer cancel()
	build, err := server.Build(limited, opt.job, opt.build)
	if err != nil {
		return inTime(limited, "fetch", err)
	}
	a.say("build %d of %s, %s, started %s", build.Number, build.Job, build.Result,
		build.Started.Format("2006-01-02 15:04 MST"))
	if opt.dryRun {
		return a.showFetch(build, opt)
	}
	if err := freshFolder(opt.out, build); err != nil {
		return err
	}
	saved, err := a.saveBuild(limited, server, build, opt.artifact, opt.out, "fetch")
	if err != nil {
		return inTime(limited, "fetch", err)
	}
	if len(saved.reports) > 0 && saved.noTotals != nil {
		a.warn("the build's own totals could not be had: %v", saved.noTotals)
	}
	if err := a.showSaved(build, saved.files(), opt); err != nil {
		return err
	}
	if len(saved.reports) == 0 {
		return &partError{what: fmt.Sprintf("build %d has no archived file that matches %s, so %s",
			build.Number, opt.artifact, saved.instead())}
	}
	return nil
}

// inTime adds why a context ended to the error of what it stopped.
func inTime(ctx context.Context, what string, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("%s: stopped: %w", what, context.Cause(ctx))
}

// freshFolder makes the folder and refuses one that holds another build: files
// of two builds side by side would pass for one.
func freshFolder(dir string, build jenkins.Build) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file := filepath.Join(dir, buildFile)
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var there jenkins.Build
	if err := json.Unmarshal(text, &there); err != nil {
		return fmt.Errorf("%s: it is not of this program: %w; name another folder", file, err)
	}
	if there.Job != build.Job || there.Number != build.Number {
		return fmt.Errorf("%s holds build %d of %s, and this is build %d of %s; name another folder",
			dir, there.Number, there.Job, build.Number, build.Job)
	}
	return nil
}

// showFetch says what would be saved, as far as it is known before.
func (a *app) showFetch(build jenkins.Build, opt fetchOptions) error {
	artifacts, err := build.Matching(opt.artifact)
	if err != nil {
		return err
	}
	saved := savedBuild{dir: opt.out, reports: namedReports(opt.out, artifacts)}
	if len(artifacts) == 0 {
		saved.classes = filepath.Join(opt.out, classesFile)
	}
	return a.showSaved(build, saved.files(), opt)
}

// showSaved prints the files on stdout, one a line, or as JSON.
func (a *app) showSaved(build jenkins.Build, files []savedFile, opt fetchOptions) error {
	if opt.asJSON {
		return json.NewEncoder(a.stdout).Encode(struct {
			DryRun bool          `json:"dry_run,omitempty"`
			Build  jenkins.Build `json:"build"`
			Files  []savedFile   `json:"files"`
		}{opt.dryRun, build, files})
	}
	for _, f := range files {
		switch {
		case opt.dryRun && f.Artifact != "":
			fmt.Fprintf(a.stdout, "would save %s: the artifact %s\n", f.File, f.Artifact)
		case opt.dryRun:
			fmt.Fprintf(a.stdout, "would save %s: %s\n", f.File, f.Kind)
		default:
			fmt.Fprintln(a.stdout, f.File)
		}
	}
	return nil
}

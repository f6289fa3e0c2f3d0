package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/jenkins"
)

func buildOf(s source, opt runOptions) string { return cmp.Or(opt.build, s.Jenkins.Build) }

// measureJenkins fetches a build's JaCoCo totals and its archived JaCoCo XML.
// The XML has the counts of each file; the totals are what it must add up to.
// Without an archived XML the total of the build is the one row there is.
func (a *app) measureJenkins(ctx context.Context, m *measured, opt runOptions, dir string) {
	s := m.source.Jenkins
	server := jenkins.Server{URL: s.URL, Waiting: func(err error, wait time.Duration) {
		a.say("%s: %v; trying again in %v", m.source.Name, err, wait.Round(100*time.Millisecond))
	}}
	if server.User, m.err = a.secret("COVPIPE_JENKINS_USER"); m.err != nil {
		return
	}
	if server.Token, m.err = a.secret("COVPIPE_JENKINS_TOKEN"); m.err != nil {
		return
	}
	build, err := server.Build(ctx, s.Job, buildOf(m.source, opt))
	if err != nil {
		m.err = err
		return
	}
	a.say("%s: build %d of %s, %s, started %s", m.source.Name, build.Number, build.Job, build.Result, build.Started.Format("2006-01-02 15:04 MST"))
	m.origin.BuildNumber, m.origin.MeasuredAt = build.Number, build.Started
	m.origin.Branch, m.origin.Commit = build.Branch, build.Commit

	bean := filepath.Join(dir, "jacoco.json")
	totals := a.fetchTotals(ctx, server, build, bean)
	artifacts, err := build.Matching(s.Artifact)
	if err != nil {
		m.err = err
		return
	}
	if len(artifacts) == 0 {
		if totals.err != nil {
			m.err = fmt.Errorf("%w, and no archived file matches %s", totals.err, s.Artifact)
			return
		}
		a.warn("%s: build %d has no archived file that matches %s, so there is only the total of the build; archive JaCoCo's XML to have a row for each file",
			m.source.Name, build.Number, s.Artifact)
		m.lacking = append(m.lacking, "no counts of single files")
		m.rows, m.origin.Format = totals.report.rows, totals.report.format
		return
	}
	for i, artifact := range artifacts {
		file := filepath.Join(dir, fmt.Sprintf("%d-%s", i+1, filepath.Base(artifact)))
		if m.err = server.SaveArtifact(ctx, build, artifact, file); m.err != nil {
			return
		}
		report, err := a.readFile(file, readOptions{})
		if err != nil {
			m.err = fmt.Errorf("artifact %s: %w", artifact, err)
			return
		}
		m.rows, m.origin.Format = append(m.rows, report.rows...), report.format
		a.say("%s: %s: %s, %d rows", m.source.Name, artifact, report.format, len(report.rows))
	}
	a.reconcile(m, totals, len(artifacts))
}

// beanTotals is the row of the JaCoCo plugin, or why there is none.
type beanTotals struct {
	report *readReport
	err    error
}

func (a *app) fetchTotals(ctx context.Context, server jenkins.Server, build jenkins.Build, file string) (t beanTotals) {
	if t.err = server.SaveJaCoCo(ctx, build, file); t.err == nil {
		t.report, t.err = a.readFile(file, readOptions{})
	}
	return t
}

// reconcile compares the files of the archived reports with the totals that the
// JaCoCo plugin states for the build.
func (a *app) reconcile(m *measured, totals beanTotals, artifacts int) {
	if totals.err != nil {
		a.warn("%s: the archived reports could not be compared with the build's own totals: %v", m.source.Name, totals.err)
		return
	}
	var sum coverage.Totals
	for _, row := range m.rows {
		sum.Add(row)
	}
	stated := totals.report.rows[0]
	differences := sum.Differences(coverage.Stated{Lines: stated.Lines, Methods: stated.Methods, Branches: stated.Branches})
	if len(differences) == 0 {
		a.say("%s: the %d files agree with the totals that Jenkins states: %v lines", m.source.Name, sum.Files, stated.Lines)
		return
	}
	m.lacking = append(m.lacking, "reports that differ from the totals of the build")
	a.warn("%s: the archived reports (%d) and the totals that Jenkins states differ: %s", m.source.Name, artifacts, strings.Join(differences, "; "))
}

// secret reads a secret from the environment, or from the file that NAME_FILE
// names there.
func (a *app) secret(name string) (string, error) {
	value, file := a.environment(name), a.environment(name+"_FILE")
	switch {
	case value != "" && file != "":
		return "", fmt.Errorf("both %s and %s_FILE are set", name, name)
	case file == "":
		return value, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	if value = strings.TrimSpace(string(text)); value == "" {
		return "", errors.New(name + "_FILE: the file is empty")
	}
	return value, nil
}

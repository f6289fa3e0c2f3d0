package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/jenkins"
)

func buildOf(s source, opt runOptions) string { return cmp.Or(opt.build, s.Jenkins.Build) }

// The files of a fetched build, besides its archived reports.
const (
	buildFile   = "build.json"
	totalsFile  = "jacoco.json"
	classesFile = "jacoco-classes.json"
)

// defaultArtifact is the pattern of archived JaCoCo XML if none is given.
const defaultArtifact = "**/*jacoco*.xml"

// jenkinsServer is a Jenkins with the credentials of the environment; what is
// tried again is said under the name.
func (a *app) jenkinsServer(address, name string) (server jenkins.Server, err error) {
	server = jenkins.Server{URL: address, Waiting: func(err error, wait time.Duration) {
		a.say("%s: %v; trying again in %v", name, err, wait.Round(100*time.Millisecond))
	}}
	if server.User, err = a.secret("COVPIPE_JENKINS_USER"); err == nil {
		server.Token, err = a.secret("COVPIPE_JENKINS_TOKEN")
	}
	return server, err
}

// savedBuild is what a build has left, in the files of a folder.
type savedBuild struct {
	dir       string
	noTotals  error         // why there is no jacoco.json
	reports   []savedReport // the archived JaCoCo XML, of which each file has exact counts
	classes   string        // without reports: the file of its classes, or "" and why
	noClasses error
}

type savedReport struct{ artifact, file string }

// savedFile is one file of a savedBuild.
type savedFile struct {
	File     string `json:"file"`
	Kind     string `json:"kind"`               // build, totals, report or classes
	Artifact string `json:"artifact,omitempty"` // of a report: its path in the archive
}

func (s savedBuild) files() []savedFile {
	files := []savedFile{{File: filepath.Join(s.dir, buildFile), Kind: "build"}}
	if s.noTotals == nil {
		files = append(files, savedFile{File: filepath.Join(s.dir, totalsFile), Kind: "totals"})
	}
	for _, r := range s.reports {
		files = append(files, savedFile{File: r.file, Kind: "report", Artifact: r.artifact})
	}
	if s.classes != "" {
		files = append(files, savedFile{File: s.classes, Kind: "classes"})
	}
	return files
}

// instead says what there is without reports.
func (s savedBuild) instead() string {
	if s.classes != "" {
		return "there are counts of its classes and not of its files, with lines that are not exact"
	}
	return fmt.Sprintf("there is only the total of the build, since its classes could not be had: %v", s.noClasses)
}

// saveBuild saves what a build has left into a folder that is there: its
// description, the JaCoCo totals and the archived JaCoCo XML that matches. The
// XML has the counts of each file; the totals are what it must add up to. Without
// XML it saves the counts of the classes. It fails if there is neither XML nor
// totals. What takes long is said under the name.
func (a *app) saveBuild(
	ctx context.Context, server jenkins.Server, build jenkins.Build, pattern, dir, name string,
) (savedBuild, error) {
	saved := savedBuild{dir: dir}
	artifacts, err := build.Matching(pattern)
	if err != nil {
		return saved, err
	}
	if err := build.Save(filepath.Join(dir, buildFile)); err != nil {
		return saved, err
	}
	saved.noTotals = server.SaveJaCoCo(ctx, build, filepath.Join(dir, totalsFile))
	if len(artifacts) == 0 && saved.noTotals != nil {
		advice := ""
		if other := (*jenkins.OtherPluginError)(nil); errors.As(saved.noTotals, &other) {
			advice = "; archive JaCoCo's XML, for example with archiveArtifacts '**/build/reports/jacoco/**/*.xml', " +
				"and name it with --artifact or artifact: in the configuration"
		}
		return saved, fmt.Errorf("%w, and no archived file matches %s%s", saved.noTotals, pattern, advice)
	}
	saved.reports = namedReports(dir, artifacts)
	for _, r := range saved.reports {
		if err := server.SaveArtifact(ctx, build, r.artifact, r.file); err != nil {
			return saved, err
		}
	}
	if len(artifacts) == 0 {
		a.say("%s: no archived file matches %s; asking for the counters of each class", name, pattern)
		file := filepath.Join(dir, classesFile)
		if _, saved.noClasses = server.SaveClasses(ctx, build, file); saved.noClasses == nil {
			saved.classes = file
		}
	}
	return saved, ctx.Err()
}

// namedReports gives each artifact a file of its own: two may have one name.
func namedReports(dir string, artifacts []string) []savedReport {
	var reports []savedReport
	for i, artifact := range artifacts {
		file := fmt.Sprintf("%d-%s", i+1, path.Base(artifact))
		reports = append(reports, savedReport{artifact, filepath.Join(dir, file)})
	}
	return reports
}

// measureJenkins fetches a build and takes the best rows that it has left: those
// of the files in archived XML, else those of the classes, else its total.
func (r *running) measureJenkins(ctx context.Context, m *measured, dir string) {
	s := m.source.Jenkins
	timeout, err := timeoutOf(s.Timeout, time.Hour)
	if err != nil {
		m.err = err
		return
	}
	late := fmt.Errorf("it took longer than %v (timeout: of the source)", timeout)
	limited, cancel := context.WithTimeoutCause(ctx, timeout, late)
	defer cancel()
	if err := r.fetchAndRead(limited, m, dir); err != nil {
		m.err = inTime(limited, "jenkins", err)
	}
}

func (r *running) fetchAndRead(ctx context.Context, m *measured, dir string) error {
	s := m.source.Jenkins
	server, err := r.jenkinsServer(s.URL, m.source.Name)
	if err != nil {
		return err
	}
	build, err := server.Build(ctx, s.Job, buildOf(m.source, r.opt))
	if err != nil {
		return err
	}
	r.say("%s: build %d of %s, %s, started %s",
		m.source.Name, build.Number, build.Job, build.Result, build.Started.Format("2006-01-02 15:04 MST"))
	m.origin.BuildNumber, m.origin.MeasuredAt = build.Number, build.Started
	m.origin.Branch, m.origin.Commit = build.Branch, build.Commit
	if r.opt.build != "" && !r.opt.force {
		if err := r.refuseOldBuild(ctx, m); err != nil {
			return err
		}
	}
	saved, err := r.saveBuild(ctx, server, build, s.Artifact, dir, m.source.Name)
	if err != nil {
		return err
	}
	if len(saved.reports) == 0 {
		return r.readWithoutReports(m, &saved)
	}
	return r.readReports(m, saved)
}

// readReports takes the rows of archived XML.
func (a *app) readReports(m *measured, saved savedBuild) error {
	for _, r := range saved.reports {
		report, err := a.readFile(r.file, readOptions{})
		if err != nil {
			return fmt.Errorf("artifact %s: %w", r.artifact, err)
		}
		m.rows, m.origin.Format = append(m.rows, report.rows...), report.format
		a.say("%s: %s: %s, %d rows", m.source.Name, r.artifact, report.format, len(report.rows))
	}
	totals := beanTotals{err: saved.noTotals}
	if totals.err == nil {
		totals.report, totals.err = a.readFile(filepath.Join(saved.dir, totalsFile), readOptions{})
	}
	a.reconcile(m, totals, len(saved.reports))
	return nil
}

// readWithoutReports takes the rows of classes, or if there are none, or none
// that can be read, the total of the build.
func (a *app) readWithoutReports(m *measured, saved *savedBuild) error {
	var report *readReport
	if saved.classes != "" {
		if report, saved.noClasses = a.readFile(saved.classes, readOptions{}); saved.noClasses != nil {
			saved.classes = ""
		}
	}
	part := "counts of classes, not of files"
	if saved.classes == "" {
		var err error
		if report, err = a.readFile(filepath.Join(saved.dir, totalsFile), readOptions{}); err != nil {
			return err
		}
		part = "no counts of single files"
	}
	a.warn("%s: build %d has no archived file that matches %s, so %s; archive JaCoCo's XML to have a row for each file",
		m.source.Name, m.origin.BuildNumber, m.source.Jenkins.Artifact, saved.instead())
	m.lacking = append(m.lacking, part)
	m.rows, m.origin.Format = report.rows, report.format
	return nil
}

// beanTotals is the row of the JaCoCo plugin, or why there is none.
type beanTotals struct {
	report *readReport
	err    error
}

// reconcile compares the files of the archived reports with the totals that the
// JaCoCo plugin states for the build.
func (a *app) reconcile(m *measured, totals beanTotals, artifacts int) {
	if totals.err != nil {
		a.warn("%s: the archived reports could not be compared with the build's own totals: %v",
			m.source.Name, totals.err)
		return
	}
	var sum coverage.Totals
	for _, row := range m.rows {
		sum.Add(row)
	}
	stated := totals.report.rows[0]
	differences := sum.Differences(
		coverage.Stated{Lines: stated.Lines, Methods: stated.Methods, Branches: stated.Branches})
	if len(differences) == 0 {
		a.say("%s: the %d files agree with the totals that Jenkins states: %v lines",
			m.source.Name, sum.Files, stated.Lines)
		return
	}
	m.lacking = append(m.lacking, "reports that differ from the totals of the build")
	a.warn("%s: the archived reports (%d) and the totals that Jenkins states differ: %s",
		m.source.Name, artifacts, strings.Join(differences, "; "))
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

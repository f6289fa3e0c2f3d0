package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/jenkins"
)

// report reads a report, as a run would.
func (d *doctor) report(ctx context.Context, c *config, s source) {
	var read *readReport
	if !d.try(ctx, trial{what: "report", essential: true, deadline: rather}, func(context.Context) (string, error) {
		var err error
		if read, err = d.readSource(s.Report); err != nil {
			return "", err
		}
		return fmt.Sprintf("%s: %s, %s", s.Report.File, read.format, plural(len(read.rows), "row")), nil
	}) {
		return
	}
	d.age(ctx, c, "measured", read.measuredAt, "whatever writes the report must do so before the run; look at that job")
}

// showTime shows a time as the configuration's clock has it.
func (d *doctor) showTime(c *config, at time.Time) string {
	return at.In(c.zone).Format("2006-01-02 15:04 MST")
}

// oldest is how old what is read may be: a run takes what its week has.
const oldest = 7 * 24 * time.Hour

// age tells whether something is of the last seven days.
func (d *doctor) age(ctx context.Context, c *config, done string, at time.Time, advice string) {
	d.try(ctx, trial{what: "age", advice: advice}, func(context.Context) (string, error) {
		when := fmt.Sprintf("%s at %s, in %v", done, d.showTime(c, at), coverage.WeekOf(at, c.zone))
		if age := d.now().Sub(at); age > oldest {
			return "", fmt.Errorf("%s: that is %d days ago, so this week would have nothing of it",
				when, int(age.Hours()/24))
		}
		return when, nil
	})
}

// jenkins asks a Jenkins for what a run would fetch.
func (d *doctor) jenkins(ctx context.Context, c *config, s source) {
	j := s.Jenkins
	server, err := d.jenkinsServer(j.URL, s.Name)
	server.Waiting, server.Attempts, server.Timeout = nil, 2, soon/2
	var hello jenkins.Greeting
	asked := d.now()
	address := d.try(ctx, trial{
		what: "address and token", essential: true,
	}, func(ctx context.Context) (string, error) {
		if err != nil {
			return "", err
		}
		if hello, err = server.Greet(ctx); err != nil {
			return "", err
		}
		return fmt.Sprintf("%s: Jenkins %s, which knows us as %s", j.URL, hello.Version, hello.User), nil
	})
	d.compareClock(ctx, "Jenkins", hello.Date, asked)
	if !address {
		return
	}
	var build jenkins.Build
	advice := ""
	if server.Token == "" {
		advice = "look at the job's name with its folders; if one must log in to see it, set COVPIPE_JENKINS_USER " +
			"and COVPIPE_JENKINS_TOKEN"
	}
	if !d.try(ctx, trial{what: "job", essential: true, advice: advice}, func(ctx context.Context) (string, error) {
		build, err = server.Build(ctx, j.Job, j.Build)
		return fmt.Sprintf("build %d of %s, %s, started %s",
			build.Number, j.Job, build.Result, d.showTime(c, build.Started)), err
	}) {
		return
	}
	d.age(ctx, c, "started", build.Started, "look at that job: it has not been built, or not well, since")
	d.try(ctx, trial{
		what: "coverage", essential: true, deadline: rather,
	}, func(ctx context.Context) (string, error) { return d.jenkinsCoverage(ctx, server, build, j.Artifact) })
}

// jenkinsCoverage tells what a build has left. Without archived reports there are
// no counts of files, which is a gap of its own.
func (d *doctor) jenkinsCoverage(
	ctx context.Context, server jenkins.Server, build jenkins.Build, pattern string,
) (string, error) {
	artifacts, err := build.Matching(pattern)
	if err != nil || len(artifacts) > 0 {
		return fmt.Sprintf("%s matches %s", plural(len(artifacts), "archived file"), pattern), err
	}
	dir, err := os.MkdirTemp("", "covpipe-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	err = fmt.Errorf("no archived file matches %s", pattern)
	if totals := server.SaveJaCoCo(ctx, build, filepath.Join(dir, totalsFile)); totals != nil {
		return "", errors.Join(err, totals)
	}
	return "", gap{fmt.Errorf("%w, so there would be no counts of files; archive JaCoCo's XML", err)}
}

package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/repository"
)

func (a *app) releaseImportCommand() *cobra.Command {
	var opt releaseOptions
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Add releases from git tags, a CSV file or the builds of a Jenkins job",
		Long: `Adds releases from one of three sources: the tags of a git repository; a CSV file
with the columns release_name and released_at, and if need be platform, git_commit
and release_url; or the builds of a Jenkins job that ended with SUCCESS. It can be
called after each build: what is there already stays, and what has another time
now is changed, with a warning.`,
		Example: `  covpipe release import --git-tags /srv/shop --pattern 'v*' --platform php
  covpipe release import --jenkins https://ci.example.com/jenkins --job mobile/release-android --app android
  covpipe release import --csv releases.csv --dry-run`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.importReleases(cmd.Context(), opt)
		},
	}
	opt.register(cmd, true)
	flags := cmd.Flags()
	flags.StringVar(&opt.gitTags, "git-tags", "", "take the tags of the git repository in `DIR`")
	flags.StringVar(&opt.pattern, "pattern", "", "only tags that match this `PATTERN` of git, such as 'v*'")
	flags.StringVar(&opt.csv, "csv", "", "take the lines of `FILE`")
	flags.StringVar(&opt.jenkins, "jenkins", "", "take the builds of a job of the Jenkins at `URL`")
	flags.StringVar(&opt.job, "job", "", "the `JOB` with its folders, such as mobile/release-android")
	flags.IntVar(&opt.most, "most", 1000, "look at the newest `N` builds of the job")
	return cmd
}

func (a *app) importReleases(ctx context.Context, opt releaseOptions) error {
	sources := 0
	for _, flag := range []string{opt.gitTags, opt.csv, opt.jenkins} {
		if flag != "" {
			sources++
		}
	}
	switch {
	case sources != 1:
		return usage("import: name one of --git-tags, --csv and --jenkins")
	case opt.pattern != "" && opt.gitTags == "":
		return usage("--pattern is for --git-tags")
	case (opt.job == "") != (opt.jenkins == ""):
		return usage("--jenkins and --job go together")
	case opt.jenkins != "" && checkJenkins(opt.jenkins) != nil:
		return usage("--jenkins %w", checkJenkins(opt.jenkins))
	case opt.most < 1:
		return usage("--most %d is less than 1", opt.most)
	}
	needsPlatform := opt.csv == "" // a CSV file may have it
	place, err := a.releasePlace(&opt)
	if needsPlatform && err == nil {
		place, err = a.whose(&opt)
	}
	if err != nil {
		return err
	}
	var found []loaders.Release
	switch {
	case opt.gitTags != "":
		found, err = a.taggedReleases(ctx, opt)
	case opt.csv != "":
		found, err = a.listedReleases(opt)
	default:
		found, err = a.builtReleases(ctx, opt)
	}
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("release: %w", errNoReleases)
	}
	return a.keepReleases(ctx, place, found, opt)
}

// errNoReleases says that there was nothing to import.
var errNoReleases = errors.New("nothing was found that could be a release")

// onEach gives a release to each platform.
func (o releaseOptions) onEach(r loaders.Release) (all []loaders.Release) {
	for _, platform := range o.platforms {
		r.Project, r.Platform = o.project, platform
		all = append(all, r)
	}
	return all
}

func (a *app) taggedReleases(ctx context.Context, opt releaseOptions) (all []loaders.Release, err error) {
	tags, err := repository.Repository{Dir: opt.gitTags, Environ: a.environ}.Tags(ctx, opt.pattern)
	if err != nil {
		return nil, fmt.Errorf("release: %w", err)
	}
	for _, tag := range tags {
		release := loaders.Release{Name: tag.Name, At: tag.At, Commit: tag.Commit, Source: "git tag"}
		all = append(all, opt.onEach(release)...)
	}
	return all, nil
}

// success is how Jenkins calls a build with which all is well.
const success = "SUCCESS"

func (a *app) builtReleases(ctx context.Context, opt releaseOptions) (all []loaders.Release, err error) {
	server, err := a.jenkinsServer(opt.jenkins, "jenkins")
	if err != nil {
		return nil, err
	}
	builds, err := server.Builds(ctx, opt.job, opt.most)
	if err != nil {
		return nil, err
	}
	for _, b := range builds {
		if b.Result != success {
			continue
		}
		name := cmp.Or(b.Name, fmt.Sprintf("#%d", b.Number))
		if strings.HasPrefix(name, "#") { // nobody has named it
			name = path.Base(opt.job) + " " + name
		}
		if err := checkReleaseName(name); err != nil {
			return nil, fmt.Errorf("release: build %d of %s: %w", b.Number, opt.job, err)
		}
		r := loaders.Release{Name: name, At: b.At, Commit: b.Commit, URL: b.URL, Source: "jenkins " + opt.job}
		all = append(all, opt.onEach(r)...)
	}
	return all, nil
}

// releaseColumns are those of a CSV file of releases. The first two must be there.
var releaseColumns = []string{"release_name", "released_at", "platform", "git_commit", "release_url"}

func (a *app) listedReleases(opt releaseOptions) ([]loaders.Release, error) {
	if opt.project == "" {
		return nil, usage("release: --project is missing, and there is no configuration that has one")
	}
	file, err := os.Open(opt.csv)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	all, err := readReleaseCSV(file, opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", opt.csv, err)
	}
	return all, nil
}

func readReleaseCSV(in io.Reader, opt releaseOptions) (all []loaders.Release, err error) {
	reader := csv.NewReader(in)
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	}
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, name := range header {
		name = strings.TrimPrefix(strings.TrimSpace(name), "\ufeff")
		if !slices.Contains(releaseColumns, name) {
			return nil, fmt.Errorf("line 1: unknown column %q (known: %s)", name, strings.Join(releaseColumns, ", "))
		}
		if _, twice := at[name]; twice {
			return nil, fmt.Errorf("line 1: two columns are named %s", name)
		}
		at[name] = i
	}
	for _, name := range releaseColumns[:2] {
		if _, there := at[name]; !there {
			return nil, fmt.Errorf("line 1: the column %s is missing", name)
		}
	}
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := reader.FieldPos(0)
		field := func(name string) string {
			if i, there := at[name]; there {
				return strings.TrimSpace(fields[i])
			}
			return ""
		}
		when, err := time.Parse(time.RFC3339, field("released_at"))
		if err != nil {
			return nil, fmt.Errorf("line %d: released_at: %q is no time such as 2026-11-19T10:00:00Z", line,
				field("released_at"))
		}
		own := opt
		if platform := field("platform"); platform != "" {
			own.platforms = []string{platform}
		}
		if err := checkReleaseName(field("release_name")); err != nil {
			return nil, fmt.Errorf("line %d: release_name: %w", line, err)
		}
		if len(own.platforms) == 0 {
			return nil, fmt.Errorf("line %d: it names no platform, and there is no --platform", line)
		}
		all = append(all, own.onEach(loaders.Release{Name: field("release_name"), At: when, Commit: field("git_commit"),
			URL: field("release_url"), Source: "csv"})...)
	}
}

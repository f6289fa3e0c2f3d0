package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/reports"
)

// releaseOptions are the flags of covpipe release and what is below it.
type releaseOptions struct {
	project, at, commit, url string
	platforms                []string
	asJSON, dryRun           bool

	gitTags, pattern string
	csv              string
	jenkins, job     string
	most             int
}

func (a *app) releaseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "release",
		Short: "Keep the releases of a product beside its coverage",
		Long: `Keeps in the warehouse what was released when, so that reports, newsletter and
dashboard can show what was released before a number changed.`,
		Example: `  covpipe release add 4.2.0 --platform php --at 2026-11-19T10:00:00Z
  covpipe release import --git-tags . --pattern 'v*' --platform php`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usage("release: name one of add, import, list and remove")
		},
	}
	cmd.AddCommand(a.releaseAddCommand(), a.releaseImportCommand(), a.releaseListCommand(), a.releaseRemoveCommand())
	return cmd
}

// register adds the flags that say which project and platforms.
func (o *releaseOptions) register(cmd *cobra.Command, writes bool) {
	flags := cmd.Flags()
	flags.StringVar(&o.project, "project", "", "the project (default: that of the configuration)")
	flags.StringSliceVar(&o.platforms, "platform", nil,
		"the `PLATFORM`, or app, as the rows name it (may be given several times)")
	flags.StringSliceVar(&o.platforms, "app", nil, "the same as --platform")
	if writes {
		flags.BoolVar(&o.dryRun, "dry-run", false, "show what would be done, and do nothing")
	}
}

func one(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s: name %s", cmd.Name(), what)
		}
		return nil
	}
}

func (a *app) releaseAddCommand() *cobra.Command {
	var opt releaseOptions
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a release, or change it",
		Example: `  covpipe release add 4.2.0 --platform php
  covpipe release add 4.2.0 --app ios --app android --at 2026-11-19T10:00:00Z --url https://example.com/4.2.0`,
		Args: one("the release"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.addRelease(cmd.Context(), args[0], opt)
		},
	}
	opt.register(cmd, true)
	flags := cmd.Flags()
	flags.StringVar(&opt.at, "at", "", "when it was released, such as 2026-11-19T10:00:00Z (default: now)")
	flags.StringVar(&opt.commit, "commit", "", "the git commit")
	flags.StringVar(&opt.url, "url", "", "a page about it")
	return cmd
}

func (a *app) releaseListCommand() *cobra.Command {
	var opt releaseOptions
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the releases, the oldest first",
		Example: `  covpipe release list
  covpipe release list --platform php --json`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.listReleases(cmd.Context(), opt)
		},
	}
	opt.register(cmd, false)
	cmd.Flags().BoolVar(&opt.asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) releaseRemoveCommand() *cobra.Command {
	var opt releaseOptions
	cmd := &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a release",
		Example: `  covpipe release remove 4.2.0 --platform php
  covpipe release remove 4.2.0 --platform php --dry-run`,
		Args: one("the release"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.removeRelease(cmd.Context(), args[0], opt)
		},
	}
	opt.register(cmd, true)
	return cmd
}

// releasePlace finds the warehouse, and fills in the project.
func (a *app) releasePlace(opt *releaseOptions) (string, error) {
	place, c, err := a.warehousePlace()
	if err == nil && c != nil {
		opt.project = cmp.Or(opt.project, c.Project)
	}
	return place, err
}

// whose is [releaseOptions.releasePlace] for what needs a project and platforms.
func (a *app) whose(opt *releaseOptions) (place string, err error) {
	if place, err = a.releasePlace(opt); err != nil {
		return "", err
	}
	switch {
	case opt.project == "":
		return "", usage("release: --project is missing, and there is no configuration that has one")
	case len(opt.platforms) == 0:
		return "", usage("release: --platform is missing; it names the platform, or app, as the rows do")
	}
	return place, nil
}

// checkReleaseName refuses a name that would end a line, or write to a terminal.
func checkReleaseName(name string) error {
	if name == "" || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("%q is no name of a release", name)
	}
	return nil
}

// errKeeping is what could not be kept of a release.
var errKeeping = errors.New("release")

func (a *app) addRelease(ctx context.Context, name string, opt releaseOptions) error {
	at := a.now()
	if err := checkReleaseName(name); err != nil {
		return usage("release: %w", err)
	}
	if opt.at != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, opt.at); err != nil {
			return usage("--at %q is no time such as 2026-11-19T10:00:00Z", opt.at)
		}
	}
	place, err := a.whose(&opt)
	if err != nil {
		return err
	}
	var all []loaders.Release
	for _, platform := range opt.platforms {
		all = append(all, loaders.Release{Project: opt.project, Platform: platform,
			Name: name, At: at, Commit: opt.commit, URL: opt.url, Source: "covpipe release add"})
	}
	return a.keepReleases(ctx, place, all, opt)
}

// keepReleases puts releases into the warehouse, or says what that would do.
func (a *app) keepReleases(ctx context.Context, place string, all []loaders.Release, opt releaseOptions) error {
	options, err := a.placeOptions()
	if err != nil {
		return err
	}
	for i := range all {
		all[i].At = all[i].At.UTC().Truncate(time.Microsecond) // as a warehouse keeps it
	}
	slices.SortStableFunc(all, func(x, y loaders.Release) int { return x.At.Compare(y.At) })
	if opt.dryRun {
		return a.tryReleases(ctx, place, all)
	}
	added, err := loaders.AddReleases(ctx, place, options, all)
	if err != nil {
		return fmt.Errorf("%w: %w", errKeeping, err)
	}
	changed := 0
	for _, r := range all {
		switch {
		case r.Change == loaders.Replaced && !r.Was.Equal(r.At):
			changed++
			a.warn("%s %s: released at %s, and was at %s", r.Platform, r.Name, r.At.Format(time.RFC3339),
				r.Was.Format(time.RFC3339))
		case r.Change == loaders.Replaced:
			changed++
		}
	}
	a.say("%s: %s added, %d changed, %d there already", place, plural(int64(added), "release"), changed,
		len(all)-added-changed)
	return nil
}

// tryReleases says what keeping releases would do.
func (a *app) tryReleases(ctx context.Context, place string, all []loaders.Release) error {
	if err := loaders.CheckReleases(all); err != nil {
		return fmt.Errorf("%w: %w", errKeeping, err)
	}
	kept, err := a.readReleases(ctx, place, releaseOptions{project: all[0].Project})
	if err != nil && !errors.Is(err, loaders.ErrNotLoaded) {
		return err
	}
	for _, r := range all {
		would := "add"
		for _, k := range kept {
			switch {
			case k.Platform != r.Platform || k.Name != r.Name:
			case k.At.Equal(r.At) && (r.Commit == "" || r.Commit == k.Commit) && (r.URL == "" || r.URL == k.URL):
				would = "leave"
			default:
				would = "change"
			}
		}
		fmt.Fprintf(a.stdout, "would %s %s\n", would, releaseLine(r))
	}
	return nil
}

func releaseLine(r loaders.Release) string {
	line := fmt.Sprintf("%s %s %s %s", r.At.Format(time.RFC3339), r.Project, r.Platform, r.Name)
	if r.Commit != "" {
		line += " " + r.Commit
	}
	return line
}

func (a *app) listReleases(ctx context.Context, opt releaseOptions) (err error) {
	place, err := a.releasePlace(&opt)
	if err != nil {
		return err
	}
	all, err := a.readReleases(ctx, place, opt)
	if err != nil {
		return err
	}
	if opt.asJSON {
		return reports.WriteReleasesJSON(a.stdout, all)
	}
	return reports.WriteReleases(a.stdout, all, a.readerSees(false))
}

// readReleases gives those of the project and platforms.
func (a *app) readReleases(ctx context.Context, place string, opt releaseOptions) (all []reports.Release, err error) {
	db, err := a.readWarehouse(ctx, place)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if all, err = reports.Releases(ctx, db, opt.project); err != nil {
		return nil, fmt.Errorf("release: %w", err)
	}
	return slices.DeleteFunc(all, func(r reports.Release) bool {
		return len(opt.platforms) > 0 && !slices.Contains(opt.platforms, r.Platform)
	}), nil
}

// errNoRelease says that a release is not there.
var errNoRelease = errors.New("there is no such release")

func (a *app) removeRelease(ctx context.Context, name string, opt releaseOptions) error {
	place, err := a.whose(&opt)
	if err != nil {
		return err
	}
	options, err := a.placeOptions()
	if err != nil {
		return err
	}
	kept, err := a.readReleases(ctx, place, opt)
	if err != nil {
		return err
	}
	for _, platform := range opt.platforms {
		is := func(r reports.Release) bool { return r.Platform == platform && r.Name == name }
		if !slices.ContainsFunc(kept, is) {
			return fmt.Errorf("release: %s %s of %s: %w", platform, name, opt.project, errNoRelease)
		}
	}
	for _, platform := range opt.platforms {
		if opt.dryRun {
			fmt.Fprintf(a.stdout, "would remove %s %s of %s\n", platform, name, opt.project)
			continue
		}
		if _, err := loaders.DeleteRelease(ctx, place, options, opt.project, platform, name); err != nil {
			return fmt.Errorf("release: %w", err)
		}
		a.say("%s: %s %s of %s removed", place, platform, name, opt.project)
	}
	return nil
}

package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/notifiers"
	"github.com/covpipe/covpipe/reports"
)

// graphiteConfig says where metrics go.
type graphiteConfig struct {
	To     string `yaml:"to"`     // carbon's plaintext listener, graphite://carbon.example.com:2003
	Prefix string `yaml:"prefix"` // of all names; default coverage
	Web    string `yaml:"web"`    // graphite-web, which keeps releases as events; default none
}

var prefixes = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

func (g *graphiteConfig) resolve() error {
	g.Prefix = cmp.Or(g.Prefix, "coverage")
	if !prefixes.MatchString(g.Prefix) {
		return fmt.Errorf("prefix: %q is no name such as coverage or company.coverage", g.Prefix)
	}
	if g.To == "" {
		return errors.New("to: is missing; it is a place such as graphite://carbon.example.com:2003")
	}
	if err := notifiers.CheckMetrics(g.To); err != nil {
		return fmt.Errorf("to: %w", err)
	}
	if g.Web != "" {
		if err := notifiers.CheckEvents(g.Web); err != nil {
			return fmt.Errorf("web: %w", err)
		}
	}
	return nil
}

// metricsOptions are the flags of covpipe metrics.
type metricsOptions struct {
	week, to string
	all      bool
	dryRun   bool
}

func (a *app) metricsCommand() *cobra.Command {
	var opt metricsOptions
	cmd := &cobra.Command{
		Use:   "metrics",
		Short: "Send the numbers of a week and the releases to Graphite",
		Long: `Sends the newest week, another one or all of them to Graphite: lines, methods and
branches in total, by top directory and by owner, how much was measured, and marks
for runs and releases. What is not known is not sent. Sending a week again changes
nothing.`,
		Example: `  covpipe metrics --dry-run
  covpipe metrics --all --to graphite://carbon.example.com:2003`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			return a.sendMetrics(cmd.Context(), c, opt)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opt.week, "week", "",
		"the `WEEK`: 2026-W47, a date in it, or last for the newest (default: last)")
	flags.BoolVar(&opt.all, "all", false, "send all weeks that the warehouse has")
	flags.StringVar(&opt.to, "to", "", "send them to this `PLACE`, in place of the configuration's")
	flags.BoolVar(&opt.dryRun, "dry-run", false, "print the metrics, and send nothing")
	return cmd
}

// sendMetrics sends the numbers of weeks to Graphite, and the releases.
func (a *app) sendMetrics(ctx context.Context, c *config, opt metricsOptions) error {
	monday, err := mondayOf(opt.week)
	if err != nil {
		return err
	}
	if opt.all && opt.week != "" {
		return usage("metrics: name one of --week and --all")
	}
	if c.Warehouse, err = requireWarehouse(c.Warehouse); err != nil {
		return err
	}
	g := c.Graphite
	if g == nil {
		g = &graphiteConfig{Prefix: "coverage"}
	}
	to := cmp.Or(opt.to, g.To)
	switch {
	case to == "" && !opt.dryRun:
		return usage("metrics: no place is named; graphite: to: in the configuration or --to does, " +
			"for example graphite://carbon.example.com:2003")
	case to != "":
		if err := notifiers.CheckMetrics(to); err != nil {
			return usageError{err}
		}
	}
	samples, releases, err := a.samples(ctx, c, monday, opt.all)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	var metrics []notifiers.Metric
	for _, s := range samples {
		name := notifiers.MetricName(g.Prefix, s.Path...)
		metrics = append(metrics, notifiers.Metric{Name: name, Value: s.Value, At: s.At})
	}
	if opt.dryRun {
		_, err := fmt.Fprint(a.stdout, notifiers.WriteMetrics(metrics))
		return err
	}
	if err := notifiers.SendMetrics(ctx, to, metrics, notifiers.Options{}); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	a.say("metrics: %s sent to %s", plural(int64(len(metrics)), "number"), to)
	return a.sendEvents(ctx, g, releases)
}

// samples reads the numbers of one week, the newest if monday is zero, or of all,
// and the releases.
func (a *app) samples(ctx context.Context, c *config, monday time.Time, all bool) (
	samples []reports.Sample, releases []reports.Release, err error,
) {
	db, err := a.readWarehouse(ctx, c.Warehouse)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	mondays := []time.Time{monday}
	if all {
		if mondays, err = reports.Weeks(ctx, db, c.Project); err != nil {
			return nil, nil, err
		}
	}
	for _, monday := range mondays {
		of, err := samplesOf(ctx, db, c, monday)
		if err != nil {
			return nil, nil, err
		}
		samples = append(samples, of...)
	}
	releases, err = reports.Releases(ctx, db, c.Project)
	return append(samples, reports.ReleaseSamples(releases)...), releases, err
}

func samplesOf(ctx context.Context, db *sql.DB, c *config, monday time.Time) ([]reports.Sample, error) {
	week, err := reports.ReadWeek(ctx, db, reports.Selection{Project: c.Project, Expect: c.expectation()}, monday)
	return week.Samples(), err
}

// eventOptions are who logs in to graphite-web.
func (a *app) eventOptions() (opt notifiers.Options, err error) {
	var errUser, errPassword error
	opt.User, errUser = a.secret("COVPIPE_GRAPHITE_USER")
	opt.Password, errPassword = a.secret("COVPIPE_GRAPHITE_PASSWORD")
	return opt, errors.Join(errUser, errPassword)
}

// tagOf makes a name a tag, which has no spaces.
func tagOf(name string) string { return strings.Join(strings.Fields(name), "-") }

// sendEvents sends the releases to graphite-web, where there is one.
func (a *app) sendEvents(ctx context.Context, g *graphiteConfig, releases []reports.Release) error {
	if g.Web == "" {
		return nil
	}
	opt, err := a.eventOptions()
	if err != nil {
		return err
	}
	var events []notifiers.Event
	for _, r := range releases {
		events = append(events, notifiers.Event{
			What: r.Platform + " " + r.Name, At: r.At, Data: strings.TrimSpace(r.Commit + " " + r.URL),
			Tags: []string{"release", tagOf(r.Project), tagOf(r.Platform)},
		})
	}
	added, err := notifiers.SendEvents(ctx, g.Web, events, opt)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	a.say("metrics: %d of %s new to %s", added, plural(int64(len(events)), "release"), g.Web)
	return nil
}

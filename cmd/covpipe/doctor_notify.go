package main

import (
	"context"
	"path/filepath"

	"github.com/covpipe/covpipe/notifiers"
)

// heartbeat tells whether the service that watches the weekly job can be reached.
func (d *doctor) heartbeat(ctx context.Context, c *config) {
	to, err := d.heartbeatAddress(c)
	if to == nil && err == nil {
		return
	}
	const advice = "a run goes on without it, and nobody is told when the run does not come"
	d.try(ctx, trial{what: "heartbeat", advice: advice}, func(ctx context.Context) (string, error) {
		if err != nil {
			return "", err
		}
		return to.Host() + " can be reached; no ping was sent", to.Reach(ctx)
	})
}

// letters tells whether the places of the newsletter can be reached. No letter
// is sent.
func (d *doctor) letters(ctx context.Context, c *config) {
	if c.Newsletter == nil || len(c.Newsletter.To) == 0 {
		return
	}
	d.begin("newsletter", false)
	for _, place := range c.Newsletter.To {
		if notifiers.IsFile(place) {
			d.folder(ctx, "file", filepath.Dir(place), leastFree, false)
			continue
		}
		kind := notifiers.Kind(place)
		said := map[string]string{
			"smtp":    place + ": greeted, the connection is safe, and the login was taken; no letter was sent",
			"slack":   "the host can be reached; nothing was posted",
			"webhook": "the host can be reached; nothing was posted",
		}[kind]
		d.try(ctx, trial{what: kind}, func(ctx context.Context) (string, error) {
			if kind == "smtp" {
				if err := c.Newsletter.requireMail(); err != nil {
					return "", err
				}
			}
			to, err := d.openPlace(c, place, soon/2)
			if err != nil {
				return "", err
			}
			defer to.Close()
			if at, can := to.(notifiers.Reachable); can {
				return said, at.Reach(ctx)
			}
			return place, nil
		})
	}
}

// graphite tells whether the places of metrics and releases can be reached. None
// is sent.
func (d *doctor) graphite(ctx context.Context, c *config) {
	if c.Graphite == nil {
		return
	}
	d.begin("graphite", false)
	d.try(ctx, trial{what: "carbon"}, func(ctx context.Context) (string, error) {
		return c.Graphite.To + " can be reached; no metric was sent", notifiers.ReachMetrics(ctx, c.Graphite.To)
	})
	if c.Graphite.Web == "" {
		return
	}
	d.try(ctx, trial{what: "graphite-web"}, func(ctx context.Context) (string, error) {
		opt, err := d.eventOptions()
		if err != nil {
			return "", err
		}
		opt.Timeout = soon / 2
		err = notifiers.ReachEvents(ctx, c.Graphite.Web, d.now(), opt)
		return c.Graphite.Web + " shows its events; none was posted", err
	})
}

package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// ending is something that a run does when the week is loaded, by its name in
// at_end of the configuration. It may be called again for the same week, and
// sends nobody anything twice.
type ending struct {
	name   string
	weekly bool // a run with --only does not do it
	do     func(ctx context.Context, week string) error
}

// endings are all there are, in their order.
func (r *running) endings() []ending {
	c := r.config
	return []ending{
		{name: "dashboard", do: func(ctx context.Context, _ string) error {
			return r.writeDashboard(ctx)
		}},
		{name: "newsletter", weekly: true, do: func(ctx context.Context, week string) error {
			return r.sendLetter(ctx, c, newsletterOptions{week: week})
		}},
		{name: "metrics", do: r.sendRunMetrics},
	}
}

// endingNames are those that at_end may have.
var endingNames = []string{"dashboard", "newsletter", "metrics"}

// writeDashboard writes the pages before the letter goes out that links to them.
func (r *running) writeDashboard(ctx context.Context) error {
	pages, err := r.sitePages(ctx, r.config.Warehouse, r.config, siteOptions{})
	if err == nil {
		err = writeSite(r.config.Dashboard, pages, r.now())
	}
	if err != nil {
		return fmt.Errorf("dashboard: %w", err)
	}
	r.say("%s/index.html: written, with %s", r.config.Dashboard, plural(len(pages)-1, "other file"))
	return nil
}

// isConfigured tells whether the configuration has what an ending needs.
func (c *config) isConfigured(name string) bool {
	switch name {
	case "dashboard":
		return c.Dashboard != ""
	case "newsletter":
		return c.Newsletter != nil && len(c.Newsletter.To) > 0
	case "metrics":
		return c.Graphite != nil
	}
	return false
}

// resolveAtEnd checks what a run is to do at its end.
func (c *config) resolveAtEnd() error {
	for _, name := range c.AtEnd {
		if !slices.Contains(endingNames, name) {
			return fmt.Errorf("%q is none of %s", name, strings.Join(endingNames, ", "))
		}
		if !c.isConfigured(name) {
			return fmt.Errorf("%s: nothing in the configuration says where to", name)
		}
	}
	return nil
}

// wanted gives the endings of this run: those that at_end names, or without it
// those that are configured.
func (r *running) wanted() (wanted []ending) {
	for _, e := range r.endings() {
		asked := slices.Contains(r.config.AtEnd, e.name) || r.config.AtEnd == nil && r.config.isConfigured(e.name)
		if asked && !r.opt.noSend && (!e.weekly || len(r.opt.only) == 0) {
			wanted = append(wanted, e)
		}
	}
	return wanted
}

// sendAll does what is to be done at the end, each thing on its own, and gives
// the names of those that failed.
func (r *running) sendAll(ctx context.Context) (failed []string, err error) {
	for _, e := range r.wanted() {
		r.showStatus(e.name, e.name+": begins")
		r.emit(slog.LevelInfo, true, e.name+": begins", "", nil)
		problem := e.do(ctx, r.week())
		r.clearStatus(e.name)
		entry := sentRecord{What: e.name, At: r.now().UTC()}
		if problem != nil {
			r.complain(problem)
			entry.Error = problem.Error()
			failed = append(failed, e.name)
		}
		err := r.record.change(func(record *runRecord) {
			others := slices.DeleteFunc(record.Sent, func(s sentRecord) bool { return s.What == e.name })
			record.Sent = append(others, entry)
		})
		if err != nil {
			return failed, err
		}
	}
	return failed, nil
}

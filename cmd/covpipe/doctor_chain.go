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
	"github.com/covpipe/covpipe/loaders"
)

// Deadlines of checks.
const (
	soon   = 30 * time.Second // for what is near, or answers at once
	rather = 2 * time.Minute  // for a warehouse, and for reading a report
	late   = 5 * time.Minute  // for PHPUnit, which loads every test to list it
)

// examineAll tries out everything that the configuration names; of the sources
// only those named, if any are.
func (d *doctor) examineAll(ctx context.Context, only []string) error {
	c, err := d.loadConfig()
	if d.mayLack(err) {
		return err
	}
	path := cmp.Or(d.configFile, d.environment("COVPIPE_CONFIG"), defaultConfig)
	d.begin(path, false)
	d.try(ctx, trial{
		what: "configuration", essential: true,
		advice: cmp.Or(hint(err), "docs/config.md explains each key"),
	}, func(context.Context) (string, error) {
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("project %s, %s", c.Project, plural(len(c.Sources), "source")), nil
	})
	if err != nil {
		return d.end()
	}
	if c.Heartbeat != "" {
		d.secrets = append(d.secrets, c.Heartbeat)
	}
	sources, err := chosen(c.Sources, runOptions{only: only})
	if err != nil {
		return err
	}
	d.clockAndZone(ctx, c)
	d.folders(ctx, c)
	d.try(ctx, trial{
		what: "lock", essential: true,
		advice: "wait for it to end, or have the next one wait with --wait 2h",
	}, func(context.Context) (string, error) {
		return "no run is going on", d.runsAlready(c.Runs)
	})
	d.repositoryOf(ctx, c)
	d.heartbeat(ctx, c)
	d.warehouseOf(ctx, c)
	d.ownersOf(ctx, c)
	for _, s := range sources {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		d.begin(s.Name, true)
		switch {
		case s.PHPUnit != nil:
			d.phpunit(ctx, s, filepath.Join(c.Cache, s.Name))
		case s.Report != nil:
			d.report(ctx, c, s)
		case s.Jenkins != nil:
			d.jenkins(ctx, c, s)
		}
	}
	d.letters(ctx, c)
	d.graphite(ctx, c)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return d.end()
}

// clockAndZone says which week it is. That the clock is right is said where there
// is another to compare it with.
func (d *doctor) clockAndZone(ctx context.Context, c *config) {
	d.try(ctx, trial{
		what: "clock", essential: checkClock(d.now(), thisVersion().Time) != nil,
		advice: "set the clock of this machine; it decides which week a run belongs to",
	}, func(context.Context) (string, error) {
		now := d.now()
		if err := checkClock(now.In(c.zone), thisVersion().Time); err != nil {
			return "", err
		}
		if found, err := earlierRuns(c.Runs); err == nil && len(found) > 0 && found[0].isAhead(now) {
			return "", fmt.Errorf("it is %s here, and the newest run began at %s; if the clock is right now, "+
				"remove that run's folder, and what it loaded into a week that has not come",
				d.showTime(c, now), d.showTime(c, found[0].began))
		}
		from := "of time_zone"
		if c.TimeZone == "" {
			from = "of the machine, since there is no time_zone"
		}
		return fmt.Sprintf("%s, week %v; the zone is that %s",
			now.In(c.zone).Format("Mon 2006-01-02 15:04 MST"), coverage.WeekOf(now, c.zone), from), nil
	})
	name := strings.TrimPrefix(d.environment("TZ"), ":")
	if c.TimeZone != "" || name == "" || filepath.IsAbs(name) {
		return
	}
	if _, err := time.LoadLocation(name); err != nil { // Go takes UTC then, and does not say so
		d.found(loaders.Finding{
			What:   "time zone",
			Detail: fmt.Sprintf("TZ is %q, which has no name that is known, so weeks end at midnight of UTC", name),
			Advice: "time_zone: in the configuration names the zone, for example Europe/Berlin",
		}, false)
	}
}

// mostSkew is how far clocks may be apart; a run around midnight on Sunday would
// be of the wrong week by more.
const mostSkew = 2 * time.Minute

// compareClock compares this machine's clock with another.
func (d *doctor) compareClock(ctx context.Context, whose string, theirs, ours time.Time) {
	if theirs.IsZero() {
		return
	}
	d.try(ctx, trial{
		what:   "clock",
		advice: "set the clock of this machine, or of " + whose + "; NTP keeps both right",
	}, func(context.Context) (string, error) {
		apart := ours.Sub(theirs).Abs() // theirs is of a whole second
		if apart > mostSkew {
			return "", fmt.Errorf("it is %v apart from that of %s, which says %s",
				apart.Round(time.Minute), whose, theirs.UTC().Format(time.RFC1123))
		}
		return "it agrees with that of " + whose, nil
	})
}

// warehouseClock compares the clock of a warehouse, if it is on another machine.
// That it cannot be reached has been said by then.
func (d *doctor) warehouseClock(ctx context.Context, place string) {
	opt, err := d.placeOptions()
	if err != nil {
		return
	}
	asked := d.now()
	if at, known, err := loaders.Clock(ctx, place, opt); err == nil && known {
		d.compareClock(ctx, "the warehouse", at, asked)
	}
}

// warehouseOf tries out the configured warehouse.
func (d *doctor) warehouseOf(ctx context.Context, c *config) {
	d.begin("warehouse", false)
	place, err := requireWarehouse(c.Warehouse)
	if err == nil {
		path, isFile := strings.CutPrefix(place, "duckdb:")
		if isFile {
			if !d.folder(ctx, "folder", filepath.Dir(path), leastFree, true) {
				return
			}
			if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
				const later = " is not there yet; the first run makes it"
				d.found(loaders.Finding{What: "file", OK: true, Detail: path + later}, true)
				return
			}
		}
		limited, cancel := context.WithTimeout(ctx, rather)
		defer cancel()
		if err = d.tryWarehouse(limited, place); err == nil {
			d.warehouseClock(limited, place)
		}
	}
	if err != nil {
		advice := "warehouse: in the configuration, for example duckdb:coverage.duckdb"
		if errors.Is(err, loaders.ErrPlace) && place != "" {
			advice = "move that file away, or name another"
		}
		d.try(ctx, trial{
			what: "place", essential: true,
			advice: advice,
		}, func(context.Context) (string, error) { return "", err })
	}
}

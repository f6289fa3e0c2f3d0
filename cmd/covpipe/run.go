package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

// runOptions are the flags of covpipe run.
type runOptions struct {
	only   []string
	build  string
	force  bool
	jobs   int
	dryRun bool
	resume bool
	noSend bool
	wait   time.Duration
	at     string // empty: now
}

// begins gives when a run counts as begun.
func (o runOptions) begins(now time.Time) (time.Time, error) {
	if o.at == "" {
		return now, nil
	}
	at, err := time.Parse(time.RFC3339, o.at)
	switch {
	case err != nil:
		return now, usage("--at %q is no time such as 2026-11-22T20:30:00Z", o.at)
	case at.After(now):
		return now, usage("--at %s: it has not come yet", o.at)
	case o.resume:
		return now, usage("run: --at and --resume do not go together; a run is resumed as of when it began")
	}
	return at, nil
}

// chosen gives the sources that --only named, in order, each once.
func (o runOptions) chosen() []string {
	names := append([]string{}, o.only...)
	slices.Sort(names)
	return slices.Compact(names)
}

func (a *app) runCommand() *cobra.Command {
	var opt runOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Measure every source, load the week and show it",
		Long: `Does the whole job of covpipe.yaml: runs PHPUnit with coverage in shards and
merges them, reads the reports of the other sources, loads one row for each file
into the warehouse in one transaction, and prints the week.

Sources are measured side by side. One that fails does not stop the others; what
is missing is named, and the exit code is 3. One run goes on at a time. Running it
again replaces the week's rows, or changes nothing if they are the same.`,
		Example: `  covpipe run
  covpipe run --resume
  covpipe run --only android --build 1204
  covpipe run --config samples/covpipe.yaml --dry-run`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.run(cmd.Context(), opt)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&opt.only, "only", nil, "measure only `SOURCE` (may be given several times)")
	flags.StringVar(&opt.build, "build", "",
		"take build `N` or a permalink from Jenkins, in place of the configuration's")
	flags.BoolVar(&opt.force, "force", false, "take the build of --build also if it, or a newer one, is loaded already")
	flags.IntVar(&opt.jobs, "jobs", 0, "PHPUnit processes at a time (default: as many as cores, while memory lasts)")
	flags.BoolVar(&opt.resume, "resume", false,
		"go on with the newest run if it was interrupted or lacks a part, else begin one")
	flags.DurationVar(&opt.wait, "wait", 0, "wait so long for another run to end, for example 2h (default: not at all)")
	flags.StringVar(&opt.at, "at", "",
		"measure as of an earlier `TIME`, such as 2026-11-22T20:30:00Z, for a checkout of that week; sends nothing")
	flags.BoolVar(&opt.noSend, "no-send", false, "measure and load, and send no letter, no metrics and no heartbeat")
	flags.BoolVar(&opt.dryRun, "dry-run", false, "show what would be done and how long it may take, and do nothing")
	return cmd
}

// checkClock refuses a clock that stands before this covpipe was made, such as one
// that has lost its battery: the week would be measured as another one.
func checkClock(now, made time.Time) error {
	if made.Sub(now) > mostAhead {
		return fmt.Errorf("%w: it is %s here, before this covpipe was made (%s)",
			errClock, now.Format(time.RFC1123), made.Format(time.DateOnly))
	}
	return nil
}

var errClock = errors.New("the clock is wrong")

// running is a run that goes on.
type running struct {
	*app
	config  *config
	opt     runOptions // resume only if there is something to go on with
	sources []source
	rules   ruleBook
	unowned error // why rules could not be read
	dir     string
	began   time.Time // also if this process only resumes it
	started time.Time // when this process began with it
	before  float64   // seconds that earlier processes took
	record  *recorder
}

func (a *app) run(ctx context.Context, opt runOptions) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	if c.Warehouse, err = requireWarehouse(c.Warehouse); err != nil {
		return err
	}
	sources, err := chosen(c.Sources, opt)
	if err != nil {
		return err
	}
	if err := checkClock(a.now().In(c.zone), thisVersion().Time); err != nil {
		return fmt.Errorf("run: %w", err)
	}
	began, err := opt.begins(a.now())
	if err != nil {
		return err
	}
	opt.noSend = opt.noSend || opt.at != ""
	r := &running{app: a, config: c, opt: opt, sources: sources, began: began}
	r.rules, r.unowned = a.readOwners(c)
	if opt.dryRun {
		return r.showPlan(ctx)
	}
	release, err := a.lockRuns(ctx, c.Runs, opt.wait)
	if err != nil {
		return err
	}
	defer release()
	beat := a.heartbeatOf(c, opt)
	beat.begin(ctx)
	end, err := r.begin()
	if err == nil {
		err = end(r.work(ctx))
	}
	beat.end(ctx, err)
	return err
}

// errStopped is what a run is that was told to end.
var errStopped = errors.New("stopped, and nothing was loaded")

// work measures and loads.
func (r *running) work(ctx context.Context) error {
	if r.unowned != nil {
		r.complain(r.unowned)
	}
	results, err := r.measureAll(ctx)
	if err != nil {
		return err
	}
	return r.finish(ctx, results)
}

// begin finds or makes the folder of this run, with its record and its log, and
// removes those that are too old. The function that it gives ends the record
// with what the run came to.
func (r *running) begin() (end func(error) error, err error) {
	var record runRecord
	if r.opt.resume {
		earlier, found, why, err := interrupted(r.config, r.opt, r.now())
		if err != nil {
			return nil, err
		}
		if r.opt.resume = why == ""; r.opt.resume {
			r.dir, r.began, record = earlier.dir, earlier.began, found
			r.say("resuming the run that began at %s, in %s", r.began.Format("2006-01-02 15:04 MST"), r.dir)
		} else {
			r.say("%s; a new one begins", why)
		}
	}
	if r.dir == "" {
		if r.dir, err = newRunDirectory(r.config.Runs, r.began); err != nil {
			return nil, fmt.Errorf("run: %w", err)
		}
	}
	closeLog, err := r.openLog(filepath.Join(r.dir, logFile))
	if err != nil {
		return nil, fmt.Errorf("run: log: %w", err)
	}
	r.removeExpired()
	r.record, r.before = &recorder{dir: r.dir, runRecord: record}, record.Seconds
	r.started = r.now()
	if err := r.record.change(r.startRecord); err != nil {
		return nil, errors.Join(fmt.Errorf("run: %w", err), closeLog())
	}
	return func(ended error) error {
		defer func() {
			if err := closeLog(); err != nil {
				r.warn("run: its log is not whole: %v", err)
			}
		}()
		if err := r.record.change(func(record *runRecord) { r.endRecord(record, ended) }); err != nil {
			if ended == nil {
				return fmt.Errorf("run: it is measured and loaded, and its record could not be written: %w", err)
			}
			r.warn("run: its record could not be written: %v", err)
		}
		if ended != nil {
			r.log(ended)
		}
		return ended
	}, nil
}

// startRecord notes that a process begins, or goes on with, a run.
func (r *running) startRecord(record *runRecord) {
	host, _ := os.Hostname() // an empty name is unknown
	record.Version, record.Covpipe, record.Run = recordVersion, thisVersion().Version, filepath.Base(r.dir)
	record.Project, record.Warehouse = r.config.Project, r.config.Warehouse
	record.Week, record.Began = r.week(), r.began.UTC()
	record.Only, record.BuildAsked = r.opt.chosen(), r.opt.build
	record.Status, record.ExitCode, record.Error, record.Ended = statusRunning, nil, "", nil
	record.Attempts = append(record.Attempts, attemptRecord{PID: os.Getpid(), Host: host, Began: r.now().UTC()})
	record.Missing, record.Lacking = []string{}, []string{}
	record.Loaded = append([]loadedRecord{}, record.Loaded...)
	record.Sent = append([]sentRecord{}, record.Sent...)
	record.Sources = nil
	for _, s := range r.sources {
		entry := record.source(s.Name)
		entry.Platform, entry.Kind, entry.Status = s.Platform, s.kind(), statusWaiting
	}
}

// endRecord notes how a run ended.
func (r *running) endRecord(record *runRecord, ended error) {
	now := r.now()
	code, at := exitDone, now.UTC()
	if ended != nil {
		code, record.Error = exitCode(ended), ended.Error()
	}
	switch {
	case code == exitDone:
		record.Status = statusDone
	case code == exitPart:
		record.Status = statusPart
	case errors.Is(ended, errStopped):
		record.Status = statusStopped
	default:
		record.Status = statusFailed
	}
	for i := range record.Sources {
		if s := &record.Sources[i]; s.Status == statusRunning || s.Status == statusWaiting {
			s.Status, s.Error = statusMissing, "the run ended before it"
		}
	}
	record.ExitCode, record.Ended = &code, &at
	record.Seconds = r.spent(now)
	record.Attempts[len(record.Attempts)-1].Ended = &at
	loaded := record.Status == statusDone || record.Status == statusPart
	record.Complete = loaded && len(record.Missing)+len(record.Lacking) == 0 && !record.owes()
}

// spent gives the seconds that the run has taken, in all its processes that came
// to an end.
func (r *running) spent(now time.Time) float64 { return r.before + now.Sub(r.started).Seconds() }

// owes tells whether something could not be sent.
func (r *runRecord) owes() bool {
	return slices.ContainsFunc(r.Sent, func(s sentRecord) bool { return s.Error != "" })
}

// removeExpired removes the folders of runs that are older than what is kept.
func (r *running) removeExpired() {
	old, err := expired(r.config.Runs, r.config.keep, r.now(), r.dir)
	for _, dir := range old {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if len(old) > 0 && err == nil {
		r.say("%s removed, older than %s", plural(len(old), "run folder"), r.config.KeepRuns)
	}
	if err != nil {
		r.warn("run folders that are too old could not be removed: %v", err)
	}
}

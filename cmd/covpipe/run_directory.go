package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// runLayout names the folder of a run.
const runLayout = "2006-01-02T150405Z"

// resumable is how old a run may be that --resume goes on with, so that the
// command of a weekly job may have the flag.
const resumable = 6 * 24 * time.Hour

// newRunDirectory makes the folder of this run: 2026-11-22T203000Z, or with a
// number behind it if another run began in the same second.
func newRunDirectory(runs string, begin time.Time) (string, error) {
	base := filepath.Join(runs, begin.UTC().Format(runLayout))
	dir := base
	for n := 2; ; n++ {
		err := os.Mkdir(dir, 0o755)
		if !errors.Is(err, os.ErrExist) {
			return dir, err
		}
		dir = fmt.Sprintf("%s-%d", base, n)
	}
}

// earlierRun is the folder of a run.
type earlierRun struct {
	dir   string
	began time.Time // to the second
}

// earlierRuns lists the folders of runs, the newest first. Without a folder
// there are none.
func earlierRuns(runs string) (found []earlierRun, err error) {
	entries, err := os.ReadDir(runs)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, entry := range slices.Backward(entries) {
		name := entry.Name()
		if len(name) < len(runLayout) || !entry.IsDir() {
			continue
		}
		if began, err := time.Parse(runLayout, name[:len(runLayout)]); err == nil {
			found = append(found, earlierRun{filepath.Join(runs, name), began})
		}
	}
	return found, nil
}

// isAhead tells whether a run began at a time that has not come: the clock was
// wrong, or is. A clock that is put right goes back by less.
func (r earlierRun) isAhead(now time.Time) bool { return r.began.After(now.Add(time.Hour)) }

// interrupted gives the newest run of the same project and warehouse with the
// same choice of sources, if it did not come to its end or lacks something; else
// why there is nothing to go on with. A folder without a record is that of a run
// that had not begun to measure.
func interrupted(c *config, opt runOptions, now time.Time) (run earlierRun, record runRecord, why string, err error) {
	found, err := earlierRuns(c.Runs)
	if err != nil {
		return run, record, "", err
	}
	for _, run := range found {
		record, err := readRecord(run.dir)
		switch {
		case run.isAhead(now): // and its rows would be of a week that has not come
			continue
		case err != nil || record.Project != c.Project || record.Warehouse != c.Warehouse,
			!slices.Equal(record.Only, opt.chosen()), record.BuildAsked != opt.build:
			continue
		case record.Complete:
			return run, record, "the newest run is complete", nil
		case now.Sub(run.began) > resumable:
			return run, record, fmt.Sprintf("the newest run began %s, which is too long ago to go on with it",
				run.began.Format("2006-01-02 15:04 MST")), nil
		}
		return run, record, "", nil
	}
	return run, record, "no run of these sources was interrupted", nil
}

// expired lists the runs that were at work longer ago than what is kept; kept 0 is
// all. A run may be of an earlier time than that of its work.
func expired(runs string, kept time.Duration, now time.Time, current string) (old []string, err error) {
	found, err := earlierRuns(runs)
	if kept == 0 {
		return nil, err
	}
	for _, run := range found {
		last := run.began
		if info, err := os.Stat(filepath.Join(run.dir, recordFile)); err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
		if now.Sub(last) > kept && run.dir != current {
			old = append(old, run.dir)
		}
	}
	return old, err
}

// keepForever is the age of what is never removed.
const keepForever = "forever"

// parseKeep reads how long runs are kept: 12w, 90d, 36h, or forever, which is 0.
func parseKeep(text string) (time.Duration, error) {
	if text == keepForever {
		return 0, nil
	}
	return parseAge(text)
}

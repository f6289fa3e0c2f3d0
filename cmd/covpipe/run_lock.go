package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// lockFile lies in the folder of the run directories. One run at a time holds
// it; the system lets go of it when that process ends, however it ends.
const lockFile = "lock"

// errLocked says that another run is going on.
var errLocked = errors.New("another run is going on")

// holder is who holds the lock.
type holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// lockRuns makes sure that this is the only run in a folder, which it makes. It
// waits so long for another one to end.
func (a *app) lockRuns(ctx context.Context, runs string, wait time.Duration) (release func(), err error) {
	if err := os.MkdirAll(runs, 0o755); err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	path := filepath.Join(runs, lockFile)
	lock := flock.New(path, flock.SetPermissions(0o644))
	locked, err := lock.TryLock()
	if err == nil && !locked && wait > 0 {
		a.say("run: %s; waiting for it up to %s", a.whoRuns(path), wait)
		limited, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		locked, err = lock.TryLockContext(limited, time.Second)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = nil
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("run: %w: %w", errStopped, context.Cause(ctx))
	case err != nil:
		return nil, fmt.Errorf("run: lock %s: %w", path, err)
	case !locked:
		return nil, fmt.Errorf("run: %w: %s", errLocked, a.whoRuns(path))
	}
	host, _ := os.Hostname() // an empty name is said to be unknown
	text, err := json.Marshal(holder{PID: os.Getpid(), Host: host, Since: a.now().UTC()})
	if err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o644) // not replaced, since the lock is on this very file
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("run: lock: %w", err), lock.Close())
	}
	return func() { _ = lock.Close() }, nil
}

// runsAlready gives an error if a run is going on in a folder. It takes the lock
// for a moment to know.
func (a *app) runsAlready(runs string) error {
	path := filepath.Join(runs, lockFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	lock := flock.New(path)
	free, err := lock.TryRLock()
	if err == nil && !free {
		return fmt.Errorf("%w: %s", errLocked, a.whoRuns(path))
	}
	return errors.Join(err, lock.Close())
}

// whoRuns says who holds a lock that is held.
func (a *app) whoRuns(path string) string {
	var by holder
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &by) != nil || by.PID == 0 {
		return "it has only just begun"
	}
	here, _ := os.Hostname()
	if by.Host == here && errors.Is(syscall.Kill(by.PID, 0), syscall.ESRCH) {
		return "it has only just begun" // and the file still tells of the one before
	}
	who := fmt.Sprintf("process %d on %s, since %s", by.PID, cmp.Or(by.Host, "an unknown host"),
		by.Since.Local().Format("2006-01-02 15:04:05 MST"))
	if took := a.now().Sub(by.Since); took >= 0 { // else a clock went back, and nobody knows how long
		who += " (" + seconds(took.Seconds()) + ")"
	}
	return who
}

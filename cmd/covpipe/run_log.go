package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
)

// logFile is the log of a run in its folder: all messages, one JSON object a
// line, also those that --quiet keeps from the terminal.
const logFile = "run.log"

// openLog has all messages written to a log, too, behind what it has.
func (a *app) openLog(path string) (closeLog func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewJSONHandler(f, nil))
	log.Info("covpipe begins", "pid", os.Getpid(), "version", thisVersion().Version)
	a.logTo(log, filepath.Base(filepath.Dir(path)))
	return func() error {
		a.logTo(nil, "")
		return f.Close()
	}, nil
}

func (a *app) logTo(log *slog.Logger, run string) {
	a.printing.Lock()
	defer a.printing.Unlock()
	a.runLog, a.runName = log, run
}

// log writes an error that the caller will print to the log alone.
func (a *app) log(err error) {
	a.printing.Lock()
	defer a.printing.Unlock()
	a.runLog.LogAttrs(context.Background(), slog.LevelError, err.Error(), hintAttr(hint(err))...)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode"

	"github.com/covpipe/covpipe/loaders"
)

// say tells people how the work goes on.
func (a *app) say(format string, args ...any) {
	a.sayWith(nil, format, args...)
}

// sayWith is say with what a machine would read from it.
func (a *app) sayWith(facts []slog.Attr, format string, args ...any) {
	a.emit(slog.LevelInfo, a.quiet, fmt.Sprintf(format, args...), "", facts)
}

// warn tells people what they should know even in a quiet run.
func (a *app) warn(format string, args ...any) {
	a.print(slog.LevelWarn, fmt.Sprintf(format, args...), "")
}

// complain prints an error and what to try.
func (a *app) complain(err error) {
	advice := hint(err)
	if advice == "" && !a.began {
		advice = "covpipe --help shows the commands, covpipe COMMAND --help their flags"
	}
	a.print(slog.LevelError, err.Error(), advice)
}

// print writes one message, also in a quiet run.
func (a *app) print(level slog.Level, message, hint string) { a.emit(level, false, message, hint, nil) }

// emit writes one message to standard error, as text for people or as a line of
// JSON, and to the log of the run. A quiet one goes to the log alone.
func (a *app) emit(level slog.Level, quiet bool, message, hint string, facts []slog.Attr) {
	a.printing.Lock() // lines of what goes on side by side stay whole
	defer a.printing.Unlock()
	facts = append(facts, hintAttr(hint)...)
	if a.runLog != nil {
		a.runLog.LogAttrs(context.Background(), level, message, facts...)
	}
	switch {
	case quiet:
		return
	case a.logFormat == "json":
		if a.runName != "" {
			facts = append(facts, slog.String("run", a.runName))
		}
		slog.New(slog.NewJSONHandler(a.stderr, nil)).LogAttrs(context.Background(), level, message, facts...)
		return
	}
	erasure := a.erasure()
	prefix := map[slog.Level]string{slog.LevelWarn: "warning: ", slog.LevelError: "covpipe: "}[level]
	fmt.Fprintln(a.stderr, erasure+prefix+harmless(message))
	if hint != "" {
		fmt.Fprintln(a.stderr, "hint: "+harmless(hint))
	}
	a.redraw()
}

// harmless keeps names of files, and what other programs said, from writing to the
// terminal. A message may have several lines.
func harmless(message string) string {
	return strings.Map(func(c rune) rune {
		if c != '\n' && c != '\t' && unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			return unicode.ReplacementChar
		}
		return c
	}, message)
}

func hintAttr(hint string) []slog.Attr {
	if hint == "" {
		return nil
	}
	return []slog.Attr{slog.String("hint", hint)}
}

// partError says that the work was done in part: something was measured and
// loaded, something was not.
type partError struct{ what string }

func (e *partError) Error() string { return e.what }

func exitCode(err error) int {
	var part *partError
	switch {
	case errors.As(err, &part):
		return exitPart
	case errors.Is(err, errUsage), errors.Is(err, loaders.ErrPlace):
		return exitUsage
	}
	return exitFailed
}

// errUsage marks errors in what the user asked for, such as a flag's value.
var errUsage = errors.New("usage")

type usageError struct{ error }

func (usageError) Is(target error) bool { return target == errUsage }
func (e usageError) Unwrap() error      { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"syscall"
	"unicode"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/jenkins"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/notifiers"
	"github.com/covpipe/covpipe/owners"
	"github.com/covpipe/covpipe/parsers"
	"github.com/covpipe/covpipe/queue"
	"github.com/covpipe/covpipe/reports"
	"github.com/covpipe/covpipe/repository"
	"github.com/covpipe/covpipe/sharding"
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

// hint says what to try after an error; packages only say what happened.
func hint(err error) string {
	var status *jenkins.StatusError
	var shard *sharding.ShardError
	var parse *parsers.ParseError
	var dial *net.OpError
	var noFile *errNoFile
	switch {
	case isDiskFull(err) && isOutput(err):
		return "make room where standard output goes"
	case isDiskFull(err):
		return "make room, or name another disk with runs: and cache: in the configuration; covpipe run --resume then goes on"
	case errors.Is(err, syscall.EROFS):
		return "runs: and cache: in the configuration name folders that this user can write to"
	case errors.Is(err, errLocked):
		return "wait for it to end, or have this one wait with --wait 2h"
	case errors.Is(err, errOldBuild):
		return "--force loads it all the same"
	case errors.As(err, &shard):
		return shardHint(shard)
	case errors.Is(err, errKeeping) && errors.Is(err, loaders.ErrTooLong):
		return "name it more shortly; docs/release.md says how long each text of a release may be"
	case errors.Is(err, errKeeping) && errors.Is(err, loaders.ErrUnknown):
		return "each release needs a name, a platform, a project and a time"
	case errors.Is(err, errNoRelease):
		return "covpipe release list shows them"
	case errors.Is(err, errNoReleases):
		return "look at the pattern, the job or the file; covpipe release add takes one by hand"
	case errors.Is(err, repository.ErrNone):
		return "name a folder of a git checkout"
	case errors.Is(err, errShardsStopped):
		return "the same command with --resume goes on where it stopped"
	case errors.Is(err, errNothingMeasured):
		return "covpipe doctor tries out the whole chain, and says what to do"
	case errors.Is(err, errNoEarlier):
		return "a change needs two weeks; covpipe run --at measures an earlier one (docs/run.md)"
	case errors.Is(err, errStopped):
		return "covpipe run --resume goes on where it stopped"
	case errors.Is(err, sharding.ErrLost):
		return "tests: in the configuration can name other folders, or be left out for the test suites of phpunit.xml; links are not followed"
	case errors.Is(err, sharding.ErrStrange):
		return "leave out tests: in the configuration to measure the test suites of phpunit.xml as they are"
	case errors.Is(err, sharding.ErrNoPHP):
		return "install it (Debian: apt-get install php-cli), or name it with php: in the configuration; " +
			"cron has a short PATH"
	case errors.Is(err, sharding.ErrNoPHPUnit):
		return "composer install, or name it with phpunit: in the configuration; cron has a short PATH"
	case errors.Is(err, sharding.ErrNoDriver):
		return "install one (Debian: apt-get install php-pcov, or php-xdebug), or name another interpreter with php: in the configuration"
	case errors.Is(err, sharding.ErrNoTests):
		return "tests: in the configuration names the folder whose subdirectories hold the tests, suffixes: how test files end"
	case errors.As(err, &status) && status.Login:
		return "set COVPIPE_JENKINS_USER and COVPIPE_JENKINS_TOKEN (or COVPIPE_JENKINS_TOKEN_FILE) to a user that may read the job"
	case errors.As(err, &status) && status.Status >= 500:
		return "the server is busy or broken; try again later"
	case errors.As(err, &status) && status.Status == 404:
		return "look at the address in a browser: the job's name with its folders, a build that was pruned, or a job that this user may not see"
	case errors.Is(err, jenkins.ErrHTML), errors.Is(err, jenkins.ErrRedirect):
		return "a proxy in front of Jenkins may ask for a login; use an address that takes API tokens"
	case errors.Is(err, jenkins.ErrNoBuild):
		return "look at that address in a browser: something else than Jenkins may answer there"
	case errors.Is(err, errNoProject):
		return "dir: in the configuration names the folder in which phpunit.xml lies; it counts from that of covpipe.yaml"
	case errors.Is(err, errClock):
		return "set the clock of this machine; it decides which week a run belongs to"
	case errors.Is(err, errAhead):
		return "the clock of this machine or of the one that measured is wrong; NTP keeps both right"
	case errors.Is(err, jenkins.ErrRunning):
		return "wait for it to end, or take lastSuccessfulBuild"
	case letterHint(err) != "":
		return letterHint(err)
	case errors.Is(err, syscall.EADDRINUSE):
		return "another process listens there; --listen 127.0.0.1:0 takes a free port"
	case errors.As(err, &dial):
		return "is the address right, and does the server run?"
	case errors.Is(err, errNothingCovered):
		return "root: in the configuration must hold the code that phpunit.xml includes, and the tests must run it"
	case errors.Is(err, errOtherRun):
		return "every machine needs the same commit, tools, --times, --jobs and number of shards"
	case errors.Is(err, queue.ErrLogin), errors.Is(err, queue.ErrCredentials):
		return "COVPIPE_NATS_CREDS_FILE names the credentials file of a user, or COVPIPE_NATS_USER and COVPIPE_NATS_PASSWORD_FILE log in"
	case errors.Is(err, queue.ErrTLS):
		return "?ca=FILE in the place names the certificate authority, ?cert=FILE&key=FILE this client's certificate, ?tls=first a server that begins with TLS"
	case errors.Is(err, queue.ErrNoJetStream):
		return "start nats-server with -js and a storage directory, and let the user's account use it"
	case errors.Is(err, queue.ErrUnreachable):
		return "is the address right, and does the server run? --patience waits longer"
	case errors.Is(err, notifiers.ErrNoSender):
		return "from: and recipients: under newsletter: in the configuration name them (docs/newsletter.md)"
	case errors.Is(err, queue.ErrNoRun):
		return "covpipe shard serve makes a run; --run must be the same there"
	case errors.Is(err, queue.ErrOtherRun):
		return "give this run another --run ID; the old one is deleted once it is collected"
	case errors.Is(err, errNoSet):
		return "covpipe shard run --shard leaves a set when it ends; run that shard again"
	case errors.Is(err, errContradicts):
		return "name only the one to be counted, or delete the other"
	case errors.Is(err, errNoBaseline):
		return "run that shard again and collect once more; in a queue, see what the workers say"
	case errors.Is(err, sharding.ErrTimes):
		return "covpipe shard collect --times-to FILE writes one; the first run does without"
	case errors.Is(err, parsers.ErrMapping):
		return "docs/xpath.md explains each word of such a file; parsers/mappings/cobertura.yaml is one"
	case errors.Is(err, parsers.ErrTooLarge):
		return "unpack it and look; --max-bytes allows more"
	case errors.Is(err, parsers.ErrEmpty):
		return "the tool that was to write it has written nothing; look at the end of its output"
	case errors.Is(err, parsers.ErrFormat):
		return "give the report itself, not the page around it; --format names the format if the report has an unusual " +
			"head, or xpath:FILE.yaml for XML of another kind (docs/xpath.md)"
	case errors.As(err, &parse) && errors.Is(err, io.ErrUnexpectedEOF):
		return "the report was not written to its end; make it again, nothing of it was used"
	case errors.As(err, &parse):
		return "look at that place; nothing of the report was used"
	case errors.Is(err, coverage.ErrNoRows):
		return "the report lists no source file; is it the right one, and of the format that was named?"
	case errors.Is(err, coverage.ErrDouble), errors.Is(err, loaders.ErrDouble):
		return "two reports have the same file; name only one of them (artifact: in the configuration), or give each its own --platform"
	case errors.As(err, &noFile) && noFile.nearest != "":
		return fmt.Sprintf("the report has %s; give that, or --root", noFile.nearest)
	case errors.As(err, &noFile):
		return "covpipe parse lists the files of a report"
	case errors.Is(err, errNothingInCommon):
		return "--root-a and --root-b make absolute paths relative"
	case errors.Is(err, errOtherCode):
		return "measure all shards of one commit; --force merges them all the same, and marks the files"
	case errors.Is(err, errTwoNames):
		return "--root makes the absolute paths relative"
	case errors.Is(err, loaders.ErrImpossible):
		return "the file was changed by something other than covpipe; make it again from the reports"
	case errors.Is(err, coverage.ErrOutside):
		return "--root (root: in the configuration) is the source root as the machine that measured knew it"
	case errors.Is(err, coverage.ErrNoLines):
		return "only Clover reports of php-code-coverage have the lines that merging needs"
	case loaders.LacksMemory(err):
		return "a question to a DuckDB may take 1 GB; ask for less at a time, or ask with DuckDB itself"
	case errors.Is(err, loaders.ErrLocked):
		return "wait for that process to end, or end it"
	case errors.Is(err, loaders.ErrPlace):
		return "a place is " + strings.ReplaceAll(loaders.Places, ", ", " or ")
	case errors.Is(err, loaders.ErrUnknown):
		return "--project, --platform, --at and --week say what the reports do not"
	case loaders.IsLogin(err):
		return "COVPIPE_VERTICA_PASSWORD, or the file that COVPIPE_VERTICA_PASSWORD_FILE names, gives the password of the user in the place"
	case errors.Is(err, owners.ErrNone):
		return "codeowners: or map: under owners: in the configuration says who owns what (docs/owners.md)"
	case errors.Is(err, reports.ErrNoQuery):
		return "covpipe query --list shows them"
	case errors.Is(err, loaders.ErrOlder):
		return "covpipe ddl --for vertica shows the SQL that makes the tables; whoever looks after the database runs it (docs/ddl.md)"
	case errors.Is(err, loaders.ErrUnknownCommit):
		return "run it again: a load that is there already changes nothing"
	case errors.Is(err, loaders.ErrSilent):
		return "look at the server and the network; ?silence=30m in the place waits longer"
	case errors.Is(err, loaders.ErrTLS):
		return "?ca=FILE in the place names the certificate authority, ?tlsmode=server does not verify, ?tlsmode=none sends all in the clear (docs/vertica.md)"
	case errors.Is(err, loaders.ErrTooLong):
		return "--root makes paths shorter; docs/rows.md says how long each text may be"
	case errors.Is(err, loaders.ErrNewer):
		return "use the covpipe that wrote it, or a newer one"
	case errors.Is(err, errNotSite):
		return "name a folder that is empty, is not there, or that covpipe dashboard has written"
	case errors.Is(err, reports.ErrNoFiles):
		return "covpipe report without --owner, --platform and --directory shows all there are"
	case errors.Is(err, loaders.ErrNotLoaded), errors.Is(err, reports.ErrNoWeek):
		return "covpipe run measures and loads a week"
	case errors.Is(err, errNothingFound):
		return "covpipe measures PHPUnit projects, and reads reports that other builds leave; run it where they lie, or begin with samples/covpipe.yaml"
	case errors.Is(err, fs.ErrExist):
		return "--stdout shows what would be written; --force overwrites the file"
	case errors.Is(err, errNoConfig):
		return "run it where covpipe.yaml lies, or name it with --config; covpipe init writes one"
	case errors.Is(err, fs.ErrPermission):
		return "this user may not do that; look at the owner and mode of the file and its folder"
	case errors.Is(err, os.ErrNotExist):
		return "look at the path; a relative one counts from the folder of the configuration, or from here on the command line"
	}
	return ""
}

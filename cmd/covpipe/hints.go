package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

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

// hints say what to try after an error of a kind. The first that fits counts.
var hints = []struct {
	kind error
	try  string
}{
	{syscall.EROFS, "runs: and cache: in the configuration name folders that this user can write to"},
	{errLocked, "wait for it to end, or have this one wait with --wait 2h"},
	{errOldBuild, "--force loads it all the same"},
	{errNoRelease, "covpipe release list shows them"},
	{errNoReleases, "look at the pattern, the job or the file; covpipe release add takes one by hand"},
	{repository.ErrNone, "name a folder of a git checkout"},
	{errShardsStopped, "the same command with --resume goes on where it stopped"},
	{errNothingMeasured, "covpipe doctor tries out the whole chain, and says what to do"},
	{errNoEarlier, "a change needs two weeks; covpipe run --at measures an earlier one (docs/run.md)"},
	{errStopped, "covpipe run --resume goes on where it stopped"},
	{sharding.ErrLost, "tests: in the configuration can name other folders, or be left out for the test " +
		"suites of phpunit.xml; links are not followed"},
	{sharding.ErrStrange, "leave out tests: in the configuration to measure the test suites of phpunit.xml " +
		"as they are"},
	{sharding.ErrNoPHP, "install it (Debian: apt-get install php-cli), or name it with php: in the configuration; " +
		"cron has a short PATH"},
	{sharding.ErrNoPHPUnit, "composer install, or name it with phpunit: in the configuration; cron has a short PATH"},
	{sharding.ErrNoDriver, "install one (Debian: apt-get install php-pcov, or php-xdebug), or name another " +
		"interpreter with php: in the configuration"},
	{sharding.ErrNoTests, "tests: in the configuration names the folder whose subdirectories hold the " +
		"tests, suffixes: how test files end"},
	{jenkins.ErrHTML, "a proxy in front of Jenkins may ask for a login; use an address that takes API tokens"},
	{jenkins.ErrRedirect, "a proxy in front of Jenkins may ask for a login; use an address that takes API tokens"},
	{jenkins.ErrNoBuild, "look at that address in a browser: something else than Jenkins may answer there"},
	{errNoProject, "dir: in the configuration names the folder in which phpunit.xml lies; it counts from " +
		"that of covpipe.yaml"},
	{errClock, "set the clock of this machine; it decides which week a run belongs to"},
	{errAhead, "the clock of this machine or of the one that measured is wrong; NTP keeps both right"},
	{jenkins.ErrRunning, "wait for it to end, or take lastSuccessfulBuild"},
	{syscall.EADDRINUSE, "another process listens there; --listen 127.0.0.1:0 takes a free port"},
	{errNothingCovered, "root: in the configuration must hold the code that phpunit.xml includes, and the " +
		"tests must run it"},
	{errOtherRun, "every machine needs the same commit, tools, --times, --jobs and number of shards"},
	{queue.ErrLogin, "COVPIPE_NATS_CREDS_FILE names the credentials file of a user, or COVPIPE_NATS_USER " +
		"and COVPIPE_NATS_PASSWORD_FILE log in"},
	{queue.ErrCredentials, "COVPIPE_NATS_CREDS_FILE names the credentials file of a user, or " +
		"COVPIPE_NATS_USER and COVPIPE_NATS_PASSWORD_FILE log in"},
	{queue.ErrTLS, "?ca=FILE in the place names the certificate authority, ?cert=FILE&key=FILE this " +
		"client's certificate, ?tls=first a server that begins with TLS"},
	{queue.ErrNoJetStream, "start nats-server with -js and a storage directory, and let the user's account use it"},
	{queue.ErrUnreachable, "is the address right, and does the server run? --patience waits longer"},
	{notifiers.ErrNoSender, "from: and recipients: under newsletter: in the configuration name them " +
		"(docs/newsletter.md)"},
	{queue.ErrNoRun, "covpipe shard serve makes a run; --run must be the same there"},
	{queue.ErrOtherRun, "give this run another --run ID; the old one is deleted once it is collected"},
	{errNoSet, "covpipe shard run --shard leaves a set when it ends; run that shard again"},
	{errContradicts, "name only the one to be counted, or delete the other"},
	{errNoBaseline, "run that shard again and collect once more; in a queue, see what the workers say"},
	{sharding.ErrTimes, "covpipe shard collect --times-to FILE writes one; the first run does without"},
	{parsers.ErrMapping, "docs/xpath.md explains each word of such a file; parsers/mappings/cobertura.yaml is one"},
	{parsers.ErrTooLarge, "unpack it and look; --max-bytes allows more"},
	{parsers.ErrEmpty, "the tool that was to write it has written nothing; look at the end of its output"},
	{parsers.ErrFormat, "give the report itself, not the page around it; --format names the format if the " +
		"report has an unusual " +
		"head, or xpath:FILE.yaml for XML of another kind (docs/xpath.md)"},
	{coverage.ErrNoRows, "the report lists no source file; is it the right one, and of the format that was named?"},
	{coverage.ErrDouble, "two reports have the same file; name only one of them (artifact: in the " +
		"configuration), or give each its own --platform"},
	{loaders.ErrDouble, "two reports have the same file; name only one of them (artifact: in the " +
		"configuration), or give each its own --platform"},
	{errNothingInCommon, "--root-a and --root-b make absolute paths relative"},
	{errOtherCode, "measure all shards of one commit; --force merges them all the same, and marks the files"},
	{errTwoNames, "--root makes the absolute paths relative"},
	{loaders.ErrImpossible, "the file was changed by something other than covpipe; make it again from the reports"},
	{coverage.ErrOutside, "--root (root: in the configuration) is the source root as the machine that " +
		"measured knew it"},
	{coverage.ErrNoLines, "only Clover reports of php-code-coverage have the lines that merging needs"},
	{loaders.ErrLocked, "wait for that process to end, or end it"},
	{loaders.ErrUnknown, "--project, --platform, --at and --week say what the reports do not"},
	{owners.ErrNone, "codeowners: or map: under owners: in the configuration says who owns what (docs/owners.md)"},
	{reports.ErrNoQuery, "covpipe query --list shows them"},
	{loaders.ErrOlder, "covpipe ddl --for vertica shows the SQL that makes the tables; whoever looks after " +
		"the database runs it (docs/ddl.md)"},
	{loaders.ErrUnknownCommit, "run it again: a load that is there already changes nothing"},
	{loaders.ErrSilent, "look at the server and the network; ?silence=30m in the place waits longer"},
	{loaders.ErrTLS, "?ca=FILE in the place names the certificate authority, ?tlsmode=server does not " +
		"verify, ?tlsmode=none sends all in the clear (docs/vertica.md)"},
	{loaders.ErrTooLong, "--root makes paths shorter; docs/rows.md says how long each text may be"},
	{loaders.ErrNewer, "use the covpipe that wrote it, or a newer one"},
	{errNotSite, "name a folder that is empty, is not there, or that covpipe dashboard has written"},
	{reports.ErrNoFiles, "covpipe report without --owner, --platform and --directory shows all there are"},
	{loaders.ErrNotLoaded, "covpipe run measures and loads a week"},
	{reports.ErrNoWeek, "covpipe run measures and loads a week"},
	{errNothingFound, "covpipe measures PHPUnit projects, and reads reports that other builds leave; run " +
		"it where they lie, or begin with samples/covpipe.yaml"},
	{errNoConfig, "run it where covpipe.yaml lies, or name it with --config; covpipe init writes one"},
}

// hint says what to try after an error; packages only say what happened.
func hint(err error) string {
	if try := hintFirst(err); try != "" {
		return try
	}
	for _, h := range hints {
		if errors.Is(err, h.kind) {
			return h.try
		}
	}
	return hintLast(err)
}

// hintFirst is for errors of which the kind alone says too little.
func hintFirst(err error) string {
	var status *jenkins.StatusError
	var shard *sharding.ShardError
	switch {
	case isDiskFull(err) && isOutput(err):
		return "make room where standard output goes"
	case isDiskFull(err):
		return "make room, or name another disk with runs: and cache: in the configuration; covpipe run " +
			"--resume then goes on"
	case errors.As(err, &shard):
		return shardHint(shard)
	case errors.Is(err, errKeeping) && errors.Is(err, loaders.ErrTooLong):
		return "name it more shortly; docs/release.md says how long each text of a release may be"
	case errors.Is(err, errKeeping) && errors.Is(err, loaders.ErrUnknown):
		return "each release needs a name, a platform, a project and a time"
	case errors.As(err, &status) && status.Login:
		return "set COVPIPE_JENKINS_USER and COVPIPE_JENKINS_TOKEN (or COVPIPE_JENKINS_TOKEN_FILE) to a user " +
			"that may read the job"
	case errors.As(err, &status) && status.Status >= 500:
		return "the server is busy or broken; try again later"
	case errors.As(err, &status) && status.Status == 404:
		return "look at the address in a browser: the job's name with its folders, a build that was pruned, " +
			"or a job that this user may not see"
	case letterHint(err) != "":
		return letterHint(err)
	case loaders.IsLogin(err):
		return "COVPIPE_VERTICA_PASSWORD, or the file that COVPIPE_VERTICA_PASSWORD_FILE names, gives the " +
			"password of the user in the place"
	}
	return ""
}

// hintLast is for errors that are of no more special kind.
func hintLast(err error) string {
	var parse *parsers.ParseError
	var dial *net.OpError
	var noFile *errNoFile
	switch {
	case errors.As(err, &dial):
		return "is the address right, and does the server run?"
	case errors.As(err, &parse) && errors.Is(err, io.ErrUnexpectedEOF):
		return "the report was not written to its end; make it again, nothing of it was used"
	case errors.As(err, &parse):
		return "look at that place; nothing of the report was used"
	case errors.As(err, &noFile) && noFile.nearest != "":
		return fmt.Sprintf("the report has %s; give that, or --root", noFile.nearest)
	case errors.As(err, &noFile):
		return "covpipe parse lists the files of a report"
	case loaders.LacksMemory(err):
		return "a question to a DuckDB may take 1 GB; ask for less at a time, or ask with DuckDB itself"
	case errors.Is(err, loaders.ErrPlace):
		return "a place is " + strings.ReplaceAll(loaders.Places, ", ", " or ")
	case errors.Is(err, fs.ErrExist):
		return "--stdout shows what would be written; --force overwrites the file"
	case errors.Is(err, fs.ErrPermission):
		return "this user may not do that; look at the owner and mode of the file and its folder"
	case errors.Is(err, os.ErrNotExist):
		return "look at the path; a relative one counts from the folder of the configuration, or from here on " +
			"the command line"
	}
	return ""
}

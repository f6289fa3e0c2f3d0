package main

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/queue"
	"github.com/covpipe/covpipe/sharding"
)

// queueOptions say which queue, and which run in it.
type queueOptions struct {
	place    string
	run      string
	silence  time.Duration
	keep     time.Duration
	patience time.Duration
}

func (opt *queueOptions) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&opt.place, "queue", "",
		"`PLACE` of the queue: nats://host:4222 or tls://host:4222?ca=FILE (default COVPIPE_QUEUE)")
	flags.StringVar(&opt.run, "run", "", "`ID` of the run (default COVPIPE_RUN, or what the CI server calls it)")
	flags.DurationVar(&opt.patience, "patience", 5*time.Minute, "how long a server that does not answer is tried")
}

// runVariables are those in which CI servers name a run, the same in all its jobs.
var runVariables = [][]string{
	{"COVPIPE_RUN"},
	{"BUILD_TAG"}, // Jenkins
	{"CI_PIPELINE_ID"},
	{"GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"},
	{"CIRCLE_WORKFLOW_ID"},
	{"BUILDKITE_BUILD_ID"},
}

var notInRunID = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// runID gives the name of the run.
func (a *app) runID(flag string) (string, error) {
	id := flag
	for _, names := range runVariables {
		if id != "" {
			break
		}
		for _, name := range names {
			if value := a.environment(name); value != "" {
				id += "-" + value
			}
		}
		id = notInRunID.ReplaceAllString(trimDash(id), "-")
	}
	switch {
	case id == "":
		return "", usage("--run ID names the run, the same for serve, work and collect; " +
			"no variable of a CI server does")
	case notInRunID.MatchString(id) || len(id) > 100:
		return "", usage("--run %q: an ID has letters, digits, - and _, 100 at most", id)
	}
	return id, nil
}

func trimDash(id string) string {
	if id != "" && id[0] == '-' {
		return id[1:]
	}
	return id
}

// openQueue connects to the queue of a run. client names this process in the
// server's logs.
func (a *app) openQueue(ctx context.Context, opt queueOptions, client string) (*queue.Queue, string, error) {
	place := cmp.Or(opt.place, a.environment("COVPIPE_QUEUE"))
	if place == "" {
		return nil, "", usage("--queue names the NATS server, such as nats://nats:4222")
	}
	if opt.patience <= 0 {
		return nil, "", usage("--patience %v is not above 0", opt.patience)
	}
	run, err := a.runID(opt.run)
	if err != nil {
		return nil, "", err
	}
	if _, _, err := queue.ParsePlace(place); err != nil {
		return nil, "", usageError{err}
	}
	credentials, err := a.secret("COVPIPE_NATS_CREDS")
	if err != nil {
		return nil, "", err
	}
	password, err := a.secret("COVPIPE_NATS_PASSWORD")
	if err != nil {
		return nil, "", err
	}
	q, err := queue.Connect(ctx, queue.Options{
		Place: place, Run: run, Client: "covpipe " + client,
		Silence: opt.silence, Keep: opt.keep, Patience: opt.patience,
		Credentials: []byte(credentials), User: a.environment("COVPIPE_NATS_USER"), Password: password,
		Lost: func(err error) {
			if err != nil {
				a.warn("queue: there is no connection, and it is tried again: %v", err)
			} else {
				a.say("queue: connected again")
			}
		},
	})
	return q, run, err
}

// queuedPlan is the plan of a run in a queue.
type queuedPlan struct {
	Version int             `json:"covpipe_queue"` // 1
	Project string          `json:"project"`
	Inputs  sharding.Inputs `json:"inputs"`
	Branch  string          `json:"branch"`
	Listed  int             `json:"tests_listed"`
	Silence time.Duration   `json:"silence_nanoseconds"`
	Kills   int             `json:"kills"` // workers that may fall silent with a unit before it runs alone
	Fleet   sharding.Fleet  `json:"fleet"`
}

// unitInfo is what a worker tells of a unit that it settled.
type unitInfo struct {
	Outcome shardOutcome     `json:"outcome"`
	Times   sharding.History `json:"times"`
}

// mergedInfo is what a worker has merged of the units that it settled.
type mergedInfo struct {
	Object string   `json:"object"`
	Sum    string   `json:"sha256"`
	Units  []string `json:"units"`
}

// workerInfo tells that a worker is there.
type workerInfo struct {
	Host string    `json:"host"`
	Seen time.Time `json:"seen"`
	Done bool      `json:"done"` // it has merged what it settled
}

// Kinds of values in the queue.
const (
	mergedKind = "merged"
	workerKind = "worker"
)

// errOtherPlan is what a plan is that this covpipe cannot read.
var errOtherPlan = errors.New("the plan in the queue is of another version of covpipe")

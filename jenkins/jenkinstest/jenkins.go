// Package jenkinstest turns builds, with the JaCoCo reports and files they
// published, into the HTTP answers of a Jenkins with the JaCoCo plugin.
//
// A [Jenkins] is an [http.Handler] for httptest.NewServer, or for [Serve]. It
// follows Jenkins 2.x and version 3.x of the plugin: what is said about them in
// comments here was read in their sources. [Jenkins.Break] makes it fail in the
// ways of a busy Jenkins and of the proxies in front of one.
package jenkinstest

import (
	"net/url"
	"slices"
	"sync"
	"time"
)

// Jenkins serves Jobs. The zero Jenkins is one without jobs that anybody may
// read. The exported fields must not change once it serves; [Jenkins.Put] may
// be called at any time.
type Jenkins struct {
	ContextPath string // such as "/jenkins"; "" for a Jenkins at the root of its host
	// RootURL is the start of all url fields, as configured by an administrator,
	// right or wrong; "": as requested.
	RootURL string
	Users   map[string]string // API token of each user; empty: security is off and anybody may read
	Jobs    []Job

	mu       sync.Mutex
	requests []Request
	faults   []*plannedFault
}

// Job is a job that has builds. The folders above it exist because it does.
type Job struct {
	// Name is the full name, such as "mobile/shop-android". The branch
	// feature/foo of a multibranch job is stored by Jenkins as
	// "mobile/app/feature%2Ffoo", and its URL is encoded once more:
	// job/mobile/job/app/job/feature%252Ffoo.
	Name string

	Readers      []string // users who may read it; nil: every user
	Discoverable bool     // all others get 403 for it, not 404 as if there were no such job
	Builds       []Build  // in any order
}

// Build is one build of a job.
type Build struct {
	Number   int
	Result   string // SUCCESS, UNSTABLE, FAILURE, NOT_BUILT or ABORTED; "" while it is building
	Building bool   // may be true with a Result: steps after the build are still running
	Started  time.Time
	Duration time.Duration
	// Branch is as the git plugin names it: "main" in a multibranch job, else
	// "refs/remotes/origin/main".
	Branch    string
	Commit    string            // with an empty Branch: the build did not use git
	JaCoCo    []byte            // JaCoCo XML of the coverage that it published; nil: it published none
	Artifacts map[string][]byte // by path relative to the archive

	// Coverage and CodeCoverage are JaCoCo XML of what it published with the
	// Coverage plugin, and with code-coverage-api before 4.0; nil: it did not.
	Coverage, CodeCoverage []byte
}

// Request is one request that arrived, in the order of arrival.
type Request struct {
	Method     string
	URI        string     // path and query as the client sent them
	Query      url.Values // the query of URI
	User       string     // user name of the credentials that came with it, valid or not
	Authorised bool       // the credentials were valid, or none were needed
	Status     int        // that was answered; 0: none, or none yet
}

// Requests returns what arrived until now, requests that met a fault included.
func (j *Jenkins) Requests() []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.requests)
}

// Put adds a build to the job, or replaces its build of the same number. The
// job is added if there is none of that name.
func (j *Jenkins) Put(job string, build Build) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at := slices.IndexFunc(j.Jobs, func(known Job) bool { return known.Name == job })
	if at < 0 {
		j.Jobs = append(j.Jobs, Job{Name: job, Builds: []Build{build}})
		return
	}
	same := func(known Build) bool { return known.Number == build.Number }
	builds := slices.DeleteFunc(slices.Clone(j.Jobs[at].Builds), same)
	builds = append(builds, build)
	j.Jobs[at].Builds = builds
}

func (b *Build) building() bool { return b.Building || b.Result == "" }

// Package jenkins turns a build of a Jenkins job into the coverage documents
// that the build left: the bean of the JaCoCo plugin and archived reports.
//
// It speaks HTTP and saves files; what is in them is not its business. It
// follows the remote API of Jenkins 2 and of the JaCoCo plugin 3.
package jenkins

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/google/renameio/v2"
)

// Server is a Jenkins and how to talk to it. Only URL is required.
type Server struct {
	URL         string        // with its context path, for example https://ci.example.com/jenkins
	User, Token string        // an API token; both empty: anonymous
	HTTP        *http.Client  // nil: a client of our own
	Attempts    uint          // of one request; 0 is 5
	Pause       time.Duration // before the second attempt, doubled before each further one; 0 is one second
	Timeout     time.Duration // of one attempt, to the last octet; 0 is five minutes
	MaxBytes    int64         // of one document; 0 is 1 GiB
	MaxClasses  int           // of a build, in SaveClasses; 0 is 5000

	// Waiting, if not nil, is told why an attempt failed and how long it is
	// until the next. SaveClasses calls it from several goroutines.
	Waiting func(err error, wait time.Duration)
}

// Build is one build of a job. As JSON it is the build.json that [Build.Save]
// writes.
type Build struct {
	Job       string    `json:"job"` // full name, folders before it: mobile/shop-android
	Number    int64     `json:"number"`
	Result    string    `json:"result"`    // SUCCESS, UNSTABLE, FAILURE …
	Started   time.Time `json:"started"`   // UTC
	Branch    string    `json:"branch"`    // as checked out, without the remote's name; empty if Jenkins does not know
	Commit    string    `json:"commit"`    // likewise
	Artifacts []string  `json:"artifacts"` // paths of the archived files, relative to the artifact root
}

// ErrRunning is returned for a build that has not ended, [ErrNoBuild] for an answer
// that describes none.
var (
	ErrRunning = errors.New("the build is still running")
	ErrNoBuild = errors.New("the answer is no build")
)

// buildTree asks for what Build needs and nothing else: without it Jenkins
// sends, and computes, far more.
const buildTree = "number,result,building,timestamp," +
	"actions[lastBuiltRevision[SHA1,branch[SHA1,name]]],artifacts[relativePath]"

// Build finds a build by number or permalink (lastSuccessfulBuild, lastBuild …)
// and tells its number, so that whatever is fetched next is of one build.
func (s Server) Build(ctx context.Context, job, build string) (Build, error) {
	var answer struct {
		Number    int64   `json:"number"`
		Result    string  `json:"result"`
		Building  bool    `json:"building"`
		Timestamp int64   `json:"timestamp"` // milliseconds since 1970
		Actions   actions `json:"actions"`
		Artifacts []struct {
			Path string `json:"relativePath"`
		} `json:"artifacts"`
	}
	document, err := s.get(ctx, s.buildURL(job, build)+"/api/json?tree="+url.QueryEscape(buildTree), acceptJSON)
	if err != nil {
		return Build{}, fmt.Errorf("jenkins: build %s of %s: %w", build, job, err)
	}
	if err := json.Unmarshal(document, &answer); err != nil {
		return Build{}, fmt.Errorf("jenkins: build %s of %s: %w: %w", build, job, ErrNoBuild, err)
	}
	if answer.Number <= 0 || answer.Timestamp <= 0 {
		return Build{}, fmt.Errorf("jenkins: build %s of %s: %w: number %d, timestamp %d",
			build, job, ErrNoBuild, answer.Number, answer.Timestamp)
	}
	if answer.Building || answer.Result == "" {
		return Build{}, fmt.Errorf("jenkins: build %d of %s: %w", answer.Number, job, ErrRunning)
	}
	found := Build{
		Job: job, Number: answer.Number, Result: answer.Result,
		Started: time.UnixMilli(answer.Timestamp).UTC(), Artifacts: []string{},
	}
	found.Branch, found.Commit = answer.Actions.revision()
	for _, artifact := range answer.Artifacts {
		found.Artifacts = append(found.Artifacts, artifact.Path)
	}
	return found, nil
}

// actions are those of a build, of which one is the git plugin's.
type actions []struct {
	Revision struct {
		SHA1   string `json:"SHA1"`
		Branch []struct {
			Name string `json:"name"`
		} `json:"branch"`
	} `json:"lastBuiltRevision"`
}

// revision gives what was checked out first.
func (all actions) revision() (branch, commit string) {
	for _, action := range all {
		if r := action.Revision; r.SHA1 != "" {
			if len(r.Branch) > 0 {
				branch = strings.TrimPrefix(strings.TrimPrefix(r.Branch[0].Name, "refs/remotes/"), "origin/")
			}
			return branch, r.SHA1
		}
	}
	return "", ""
}

// Save writes the description of the build as JSON, whole or not at all.
func (b Build) Save(file string) error {
	if b.Artifacts == nil {
		b.Artifacts = []string{} // none, not unknown
	}
	if err := saveJSON(file, b); err != nil {
		return fmt.Errorf("jenkins: description of build %d of %s: %w", b.Number, b.Job, err)
	}
	return nil
}

// saveJSON writes a document of our own.
func saveJSON(file string, value any) error {
	document, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err
	}
	return renameio.WriteFile(file, append(document, '\n'), 0o644)
}

// Matching gives the artifacts whose path matches a pattern such as
// "**/jacoco*.xml", in order.
func (b Build) Matching(pattern string) ([]string, error) {
	if !doublestar.ValidatePattern(pattern) {
		return nil, fmt.Errorf("artifact pattern %q is malformed", pattern)
	}
	var found []string
	for _, artifact := range b.Artifacts {
		if doublestar.MatchUnvalidated(pattern, artifact) {
			found = append(found, artifact)
		}
	}
	slices.Sort(found)
	return found, nil
}

// coverageTree names the counters of the JaCoCo bean. Without it the plugin
// would analyse the build before as well.
const coverageTree = "lineCoverage[*],methodCoverage[*],branchCoverage[*]," +
	"instructionCoverage[*],classCoverage[*],complexityScore[*]"

// SaveJaCoCo saves the bean of the JaCoCo plugin, the totals of the build. If
// the build has none because another plugin published its coverage, the error
// is an [OtherPluginError].
func (s Server) SaveJaCoCo(ctx context.Context, b Build, file string) error {
	build := s.buildURL(b.Job, fmt.Sprint(b.Number))
	if err := s.save(ctx, build+"/jacoco/api/json?tree="+url.QueryEscape(coverageTree), acceptJSON, file); err != nil {
		if missing(err) {
			err = s.otherPlugin(ctx, build, err)
		}
		return fmt.Errorf("jenkins: JaCoCo totals of build %d of %s: %w", b.Number, b.Job, err)
	}
	return nil
}

// SaveArtifact saves one archived file.
func (s Server) SaveArtifact(ctx context.Context, b Build, artifact, file string) error {
	segments := strings.Split(artifact, "/")
	for i := range segments {
		segments[i] = url.PathEscape(segments[i])
	}
	address := s.buildURL(b.Job, fmt.Sprint(b.Number)) + "/artifact/" + strings.Join(segments, "/")
	if err := s.save(ctx, address, acceptFile, file); err != nil {
		return fmt.Errorf("jenkins: artifact %s of build %d of %s: %w", artifact, b.Number, b.Job, err)
	}
	return nil
}

// buildURL joins the address of a build. The addresses in Jenkins' own answers
// are not used: they are wrong wherever its root URL is.
func (s Server) buildURL(job, build string) string {
	return s.jobURL(job) + "/" + url.PathEscape(build)
}

func (s Server) jobURL(job string) string {
	address := strings.TrimRight(s.URL, "/")
	for _, name := range strings.Split(path.Clean(job), "/") {
		address += "/job/" + url.PathEscape(name)
	}
	return address
}

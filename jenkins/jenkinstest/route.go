package jenkinstest

import (
	"cmp"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// view is Jenkins as one user sees it during one request.
type view struct {
	*Jenkins
	root string
	user string
}

// page is something with an address: it has an HTML page, an API, and things
// below it.
type page struct {
	title string
	body  string
	bean  func() *bean
	below func(w http.ResponseWriter, r *http.Request, rest []string) // rest is not empty; nil: nothing is below
}

// route takes apart the path, below the context path, as Stapler does: first
// into segments, then each segment is decoded, so that %252F names a job with
// %2F in its name. Views are skipped, since the jobs in them are no others.
func (v *view) route(w http.ResponseWriter, r *http.Request, path string) {
	tokens := strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
	for i, token := range tokens {
		decoded, err := url.PathUnescape(token)
		if err != nil {
			jettyError(w, r, http.StatusBadRequest, "Bad Request")
			return
		}
		tokens[i] = decoded
	}
	var names []string
	for len(tokens) > 1 && (tokens[0] == "job" || tokens[0] == "view") {
		if tokens[0] == "job" {
			names = append(names, tokens[1])
		}
		tokens = tokens[2:]
	}
	fullName := strings.Join(names, "/")
	at := slices.IndexFunc(v.Jobs, func(job Job) bool { return job.Name == fullName })
	switch {
	case at >= 0 && v.mayRead(&v.Jobs[at]):
		v.serve(w, r, tokens, v.jobPage(&v.Jobs[at]))
	case at >= 0 && v.Jobs[at].Discoverable:
		v.accessDenied(w, "Job/Read", "hudson.model.Item.Read")
	case at < 0 && v.isFolder(fullName):
		v.serve(w, r, tokens, page{title: fullName, bean: func() *bean { return v.folderBean(fullName) }})
	default:
		jettyError(w, r, http.StatusNotFound, "Not Found")
	}
}

// serve answers for the page itself, its API, or what is below it. A page that
// is asked for without the slash at its end is redirected to the one with it.
func (v *view) serve(w http.ResponseWriter, r *http.Request, rest []string, p page) {
	switch {
	case len(rest) == 0 && !strings.HasSuffix(r.URL.EscapedPath(), "/"):
		redirectToSlash(w, r)
	case len(rest) == 0:
		htmlPage(w, p.title, p.body)
	case len(rest) > 1 && rest[0] == "api" && rest[1] == "json":
		serveJSON(w, r, p.bean())
	case p.below != nil && rest[0] != "api":
		p.below(w, r, rest)
	default:
		jettyError(w, r, http.StatusNotFound, "Not Found")
	}
}

// mayRead says whether the user may read the job. Without security all may.
func (v *view) mayRead(job *Job) bool {
	return len(v.Users) == 0 || job.Readers == nil || slices.Contains(job.Readers, v.user)
}

func (v *view) isFolder(fullName string) bool {
	return fullName == "" || slices.ContainsFunc(v.Jobs, func(job Job) bool {
		return strings.HasPrefix(job.Name, fullName+"/")
	})
}

func (v *view) jobPage(job *Job) page {
	return page{
		title: job.Name + " [Jenkins]",
		bean:  func() *bean { return v.jobBean(job) },
		below: func(w http.ResponseWriter, r *http.Request, rest []string) {
			build := job.build(rest[0])
			if build == nil {
				jettyError(w, r, http.StatusNotFound, "Not Found")
				return
			}
			v.serve(w, r, rest[1:], v.buildPage(job, build))
		},
	}
}

func (v *view) buildPage(job *Job, build *Build) page {
	return page{
		title: fmt.Sprintf("%s #%d [Jenkins]", job.Name, build.Number),
		bean:  func() *bean { return v.buildBean(job, build) },
		below: func(w http.ResponseWriter, r *http.Request, rest []string) {
			switch {
			case rest[0] == "artifact":
				serveArtifact(w, r, build, rest[1:])
			case rest[0] == "jacoco" && build.JaCoCo != nil:
				report, err := job.report(build)
				if err != nil {
					oops(w, err)
					return
				}
				v.serve(w, r, rest[1:], v.reportPage(report))
			case rest[0] == "coverage" && (build.Coverage != nil || build.CodeCoverage != nil):
				find := v.coveragePage
				if build.Coverage == nil {
					find = v.codeCoveragePage
				}
				found, err := find(build)
				if err != nil {
					oops(w, err)
					return
				}
				v.serve(w, r, rest[1:], found)
			default:
				jettyError(w, r, http.StatusNotFound, "Not Found")
			}
		},
	}
}

func (v *view) reportPage(report *report) page {
	return page{
		title: "JaCoCo Coverage Report: " + report.name,
		body:  report.html(),
		bean:  func() *bean { return report.bean(report.class) },
		below: func(w http.ResponseWriter, r *http.Request, rest []string) {
			child := report.child(rest[0])
			if child == nil {
				jettyError(w, r, http.StatusNotFound, "Not Found")
				return
			}
			v.serve(w, r, rest[1:], v.reportPage(child))
		},
	}
}

// accessDenied is what a user gets who may know that the job exists.
func (v *view) accessDenied(w http.ResponseWriter, permission, id string) {
	w.Header().Set("Content-Type", "text/html;charset=utf-8")
	w.Header().Set("X-You-Are-Authenticated-As", v.user)
	w.Header().Set("X-Required-Permission", id)
	w.WriteHeader(http.StatusForbidden)
	_, _ = fmt.Fprintf(w, "<!DOCTYPE html><html><head><title>Jenkins</title></head><body><h1>Access Denied</h1>"+
		"<p class=\"error\">%s is missing the %s permission</p></body></html>\n", html.EscapeString(v.user), permission)
}

// build returns the build of a number or a permalink, or nil.
func (job *Job) build(token string) *Build {
	if number, err := strconv.Atoi(token); err == nil {
		return job.newest(func(b *Build) bool { return b.Number == number })
	}
	if link, ok := permalinks()[token]; ok {
		return job.newest(link)
	}
	return nil
}

// newest returns the newest build that is such, or nil.
func (job *Job) newest(such func(*Build) bool) *Build {
	for _, build := range job.fromNewest() {
		if such(build) {
			return build
		}
	}
	return nil
}

func (job *Job) fromNewest() []*Build {
	builds := make([]*Build, len(job.Builds))
	for i := range job.Builds {
		builds[i] = &job.Builds[i]
	}
	slices.SortFunc(builds, func(a, b *Build) int { return cmp.Compare(b.Number, a.Number) })
	return builds
}

// permalinks are those of PermalinkProjectAction. A successful build may be
// unstable; an unsuccessful one is any that ended otherwise than with SUCCESS.
func permalinks() map[string]func(*Build) bool {
	ended := func(results ...string) func(*Build) bool {
		return func(b *Build) bool { return !b.building() && slices.Contains(results, b.Result) }
	}
	return map[string]func(*Build) bool{
		"lastBuild":             func(*Build) bool { return true },
		"lastCompletedBuild":    func(b *Build) bool { return !b.building() },
		"lastSuccessfulBuild":   ended("SUCCESS", "UNSTABLE"),
		"lastStableBuild":       ended("SUCCESS"),
		"lastUnstableBuild":     ended("UNSTABLE"),
		"lastFailedBuild":       ended("FAILURE"),
		"lastUnsuccessfulBuild": func(b *Build) bool { return !b.building() && b.Result != "SUCCESS" },
	}
}

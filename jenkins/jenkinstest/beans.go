package jenkinstest

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// The beans have the properties, in the order and with the visibility, that
// Jenkins exports for a pipeline job. A visibility of 2 is seen one level below
// what was asked for, 999 at any depth, and one below 1 only with a depth, or
// with a tree that names it.

// folderBean is a folder, or Jenkins itself for the empty name.
func (v *view) folderBean(fullName string) *bean {
	b := &bean{class: "com.cloudbees.hudson.plugins.folder.Folder", properties: []property{
		{name: "actions", value: []any{}},
		{name: "displayName", value: path.Base(fullName)},
		{name: "fullName", value: fullName, visibility: 999},
		{name: "name", value: path.Base(fullName), visibility: 999},
		{name: "url", value: v.jobURL(fullName), visibility: 999},
	}}
	prefix := fullName + "/"
	if fullName == "" {
		prefix = ""
		b = &bean{class: "hudson.model.Hudson", properties: []property{
			{name: "mode", value: "NORMAL"},
			{name: "nodeDescription", value: "the Jenkins controller's built-in node"},
			{name: "url", value: v.root, visibility: 999},
			{name: "useSecurity", value: len(v.Users) > 0},
		}}
	}
	children := map[string]any{}
	for i := range v.Jobs {
		name, below, inFolder := strings.Cut(strings.TrimPrefix(v.Jobs[i].Name, prefix), "/")
		if !strings.HasPrefix(v.Jobs[i].Name, prefix) || !v.mayRead(&v.Jobs[i]) {
			continue
		}
		if _, known := children[name]; inFolder && below != "" && !known {
			children[name] = func() *bean { return v.folderBean(prefix + name) }
		} else if !inFolder {
			children[name] = func() *bean { return v.jobBean(&v.Jobs[i]) }
		}
	}
	jobs := []any{}
	for _, name := range slices.Sorted(maps.Keys(children)) {
		jobs = append(jobs, children[name])
	}
	b.properties = append(b.properties, property{name: "jobs", value: jobs})
	return b
}

func (v *view) jobBean(job *Job) *bean {
	name := path.Base(job.Name)
	displayName, err := url.PathUnescape(name)
	if err != nil {
		displayName = name
	}
	builds := job.fromNewest()
	next, all := int64(1), []any{}
	for _, build := range builds {
		all = append(all, v.run(job, build))
		next = max(next, int64(build.Number)+1)
	}
	var first any
	if len(all) > 0 {
		first = all[len(all)-1]
	}
	b := &bean{class: "org.jenkinsci.plugins.workflow.job.WorkflowJob", properties: []property{
		{name: "actions", value: []any{}},
		{name: "description", value: nil},
		{name: "displayName", value: displayName},
		{name: "fullDisplayName", value: strings.ReplaceAll(job.Name, "/", " » ")},
		{name: "fullName", value: job.Name, visibility: 999},
		{name: "name", value: name, visibility: 999},
		{name: "url", value: v.jobURL(job.Name), visibility: 999},
		{name: "allBuilds", value: all, visibility: -2},
		{name: "buildable", value: true},
		{name: "builds", value: all[:min(100, len(all))]}, // Job.getNewBuilds: never more than 100
		{name: "color", value: job.color(), visibility: 2},
		{name: "firstBuild", value: first},
		{name: "inQueue", value: false},
		{name: "keepDependencies", value: false},
	}}
	links := permalinks()
	for _, link := range slices.Sorted(maps.Keys(links)) {
		b.properties = append(b.properties, property{name: link, value: v.run(job, job.newest(links[link]))})
	}
	b.properties = append(b.properties, property{name: "nextBuildNumber", value: next})
	return b
}

// color is that of the ball of the newest completed build.
func (job *Job) color() string {
	color, suffix := "notbuilt", ""
	if last := job.newest(permalinks()["lastCompletedBuild"]); last != nil {
		colors := map[string]string{"SUCCESS": "blue", "UNSTABLE": "yellow", "FAILURE": "red", "ABORTED": "aborted"}
		color = cmp.Or(colors[last.Result], color)
	}
	if last := job.newest(permalinks()["lastBuild"]); last != nil && last.building() {
		suffix = "_anime"
	}
	return color + suffix
}

// run is the value of a property whose declared type is any kind of build.
func (v *view) run(job *Job, build *Build) any {
	if build == nil {
		return nil
	}
	return func() *bean { return v.buildBean(job, build) }
}

// workflowRun is the value of a property that is declared as a pipeline build:
// the same without _class.
func (v *view) workflowRun(job *Job, build *Build) any {
	if build == nil {
		return nil
	}
	return func() *bean {
		b := v.buildBean(job, build)
		b.class = ""
		return b
	}
}

func (v *view) buildBean(job *Job, build *Build) *bean {
	duration, result := build.Duration.Milliseconds(), any(build.Result)
	if build.building() {
		duration = 0
	}
	if build.Result == "" {
		result = nil
	}
	number := strconv.Itoa(build.Number)
	var older, newer *Build
	for _, other := range job.fromNewest() {
		if other.Number > build.Number {
			newer = other
		} else if other.Number < build.Number && older == nil {
			older = other
		}
	}
	return &bean{class: "org.jenkinsci.plugins.workflow.job.WorkflowRun", properties: []property{
		{name: "actions", value: job.actions(build)},
		{name: "artifacts", value: artifactBeans(build)},
		{name: "building", value: build.building()},
		{name: "description", value: nil},
		{name: "displayName", value: "#" + number},
		{name: "duration", value: duration},
		{name: "estimatedDuration", value: int64(-1)},
		{name: "executor", value: nil},
		{name: "fullDisplayName", value: strings.ReplaceAll(job.Name, "/", " » ") + " #" + number},
		{name: "id", value: number},
		{name: "keepLog", value: false},
		{name: "number", value: int64(build.Number), visibility: 2},
		{name: "queueId", value: int64(1000 + build.Number)},
		{name: "result", value: result},
		{name: "timestamp", value: build.Started.UnixMilli()},
		{name: "url", value: v.jobURL(job.Name) + number + "/", visibility: 2},
		{name: "changeSets", value: []any{}},
		{name: "culprits", value: []any{}},
		{name: "inProgress", value: build.building()},
		{name: "nextBuild", value: v.workflowRun(job, newer)},
		{name: "previousBuild", value: v.workflowRun(job, older)},
	}}
}

// actions has, between those that matter, the empty objects that Jenkins writes
// for actions that export nothing.
func (job *Job) actions(build *Build) []any {
	cause := &bean{class: "hudson.triggers.SCMTrigger$SCMTriggerCause", properties: []property{
		{name: "shortDescription", value: "Started by an SCM change", visibility: 3},
	}}
	actions := []any{
		&bean{class: "hudson.model.CauseAction",
			properties: []property{{name: "causes", value: []any{cause}, visibility: 2}}},
		&bean{},
	}
	if build.Branch != "" || build.Commit != "" {
		actions = append(actions, buildData(build), &bean{})
	}
	if build.JaCoCo == nil {
		return actions
	}
	return append(actions, func() *bean {
		report, err := job.report(build)
		if err != nil { // the action is there, and its address has the reason
			return &bean{class: buildAction}
		}
		return report.bean(buildAction)
	}, &bean{})
}

// buildData is the action of the git plugin, which exports all of it at any
// depth.
func buildData(build *Build) *bean {
	revision := func() *bean {
		branch := &bean{properties: []property{
			{name: "SHA1", value: build.Commit, visibility: 999},
			{name: "name", value: build.Branch, visibility: 999},
		}}
		return &bean{properties: []property{
			{name: "SHA1", value: build.Commit, visibility: 999},
			{name: "branch", value: []any{branch}, visibility: 999},
		}}
	}
	last := &bean{class: "hudson.plugins.git.util.Build", properties: []property{
		{name: "buildNumber", value: int64(build.Number), visibility: 999},
		{name: "buildResult", value: nil, visibility: 999},
		{name: "marked", value: revision(), visibility: 999},
		{name: "revision", value: revision(), visibility: 999},
	}}
	return &bean{class: "hudson.plugins.git.util.BuildData", properties: []property{
		{name: "buildsByBranchName", value: dictionary{{name: build.Branch, value: last}}, visibility: 999},
		{name: "lastBuiltRevision", value: revision(), visibility: 999},
		{name: "remoteUrls", value: []any{"https://git.example.com/source.git"}, visibility: 999},
		{name: "scmName", value: "", visibility: 999},
	}}
}

// jobURL is the address of a job or a folder by its full name.
func (v *view) jobURL(fullName string) string {
	address := v.root
	for name := range strings.SplitSeq(fullName, "/") {
		if name != "" {
			address += fmt.Sprintf("job/%s/", url.PathEscape(name))
		}
	}
	return address
}

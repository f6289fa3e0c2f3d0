package main

import (
	"fmt"
	"strconv"
	"strings"
)

// part is which machine of a fleet this is, both from 1.
type part struct{ machine, machines int }

func (p part) String() string { return fmt.Sprintf("%d of %d", p.machine, p.machines) }

// partVariables are the variables in which CI servers say which of several equal
// jobs this is.
var partVariables = []struct {
	name         string // of the server
	index, total string
	from         int    // the first index
	only         string // a variable that must be set, since others use the same names
}{
	{"COVPIPE_SHARD_INDEX", "COVPIPE_SHARD_INDEX", "COVPIPE_SHARD_TOTAL", 0, ""},
	{"Kubernetes", "JOB_COMPLETION_INDEX", "COVPIPE_SHARD_TOTAL", 0, ""},
	{"GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1, "GITLAB_CI"},
	{"CircleCI", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0, ""},
	{"Buildkite", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0, ""},
}

// partOf reads --shard: "3/16", or "auto" for what the environment says. Without
// it only COVPIPE_SHARD counts, which nobody sets by accident; the zero part is
// the whole suite.
func (a *app) partOf(flag string) (part, error) {
	switch {
	case flag == "" || flag == "auto" && a.environment("COVPIPE_SHARD") != "":
		text := a.environment("COVPIPE_SHARD")
		if text == "" {
			return part{}, nil
		}
		return parsePart("COVPIPE_SHARD", text)
	case flag != "auto":
		return parsePart("--shard", flag)
	}
	p, from, err := a.partOfServer()
	if err == nil && from == "" {
		err = usage("--shard auto: the environment does not say which shard this is; " +
			"set COVPIPE_SHARD to 3/16, or see docs/fleet.md")
	}
	return p, err
}

// partOfServer gives what a CI server says, and which one; "" if none does.
func (a *app) partOfServer() (part, string, error) {
	for _, v := range partVariables {
		index := a.environment(v.index)
		if index == "" || v.only != "" && a.environment(v.only) == "" {
			continue
		}
		total := a.environment(v.total)
		if total == "" {
			return part{}, "", usage("%s is %s, and %s is not set; it says how many there are", v.index, index, v.total)
		}
		i, errIndex := strconv.Atoi(index)
		n, errTotal := strconv.Atoi(total)
		p := part{i - v.from + 1, n}
		if errIndex != nil || errTotal != nil || p.machine < 1 || p.machine > n {
			last := map[int]string{0: "one less than the total", 1: "the total"}[v.from]
			return part{}, "", usage("%s=%s and %s=%s: the index counts from %d to %s",
				v.index, index, v.total, total, v.from, last)
		}
		return p, v.name, nil
	}
	return part{}, "", nil
}

func parsePart(what, text string) (part, error) {
	first, last, found := strings.Cut(text, "/")
	machine, err := strconv.Atoi(first)
	machines, errLast := strconv.Atoi(last)
	if !found || err != nil || errLast != nil || machine < 1 || machine > machines {
		return part{}, usage("%s %q is no part such as 3/16, which counts from 1", what, text)
	}
	return part{machine, machines}, nil
}

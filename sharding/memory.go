package sharding

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// freeMemory gives the octets that processes may take before this machine, or a
// control group in which this process is, has to swap or to end some; 0 if that
// cannot be told.
func freeMemory() int64 { return freeMemoryBelow("/") }

// freeMemoryBelow reads proc and sys below a root: what is available on the
// machine, and what each control group around this process leaves of its limit.
// Cache of files that nobody uses is free, as in Kubernetes' working set: after
// an hour of a CI job it can be most of what a container has.
func freeMemoryBelow(root string) int64 {
	free := field(filepath.Join(root, "proc/meminfo"), "MemAvailable:") << 10
	for _, group := range memoryGroups(root) {
		limit := number(filepath.Join(group.dir, group.limit))
		if limit == 0 {
			continue
		}
		cached := field(filepath.Join(group.dir, "memory.stat"), group.cache)
		left := limit - number(filepath.Join(group.dir, group.used)) + cached
		if free == 0 || left < free {
			free = max(left, 1)
		}
	}
	return free * 9 / 10
}

// memoryGroup is a folder of a control group, and its files, of which there are
// two versions.
type memoryGroup struct{ dir, limit, used, cache string }

// memoryGroups gives the control groups of this process and those around them.
// In a container some of the path can be that of the host: those are not there.
func memoryGroups(root string) (groups []memoryGroup) {
	text, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // "0::/user.slice", "4:memory:/docker/5d2c"
		if len(parts) < 3 {
			continue
		}
		group := memoryGroup{"sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"}
		switch {
		case parts[1] == "memory":
			group = memoryGroup{
				"sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file",
			}
		case parts[1] != "":
			continue // what is not memory
		}
		top := filepath.Join(root, group.dir)
		for dir := filepath.Join(top, parts[2]); within(top, dir); dir = filepath.Dir(dir) {
			group.dir = dir
			groups = append(groups, group)
		}
	}
	return groups
}

// field reads the number behind a name that begins a line; 0 if there is none.
func field(path, name string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == name {
			n, _ := strconv.ParseInt(words[1], 10, 64)
			return n
		}
	}
	return 0
}

// number reads a file that is one number; 0 if it is none, such as "max".
func number(path string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n
}

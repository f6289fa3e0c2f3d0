package sharding

import (
	"os"
	"strconv"
	"strings"
)

// freeMemory gives the octets that processes may take before this machine, or
// the container in which it runs, has to swap; 0 if that cannot be told.
func freeMemory() int64 {
	free := available("/proc/meminfo")
	if limit, used := number("/sys/fs/cgroup/memory.max"), number("/sys/fs/cgroup/memory.current"); limit > 0 {
		if left := limit - used; free == 0 || left < free {
			free = left
		}
	}
	return free * 9 / 10
}

// available reads MemAvailable.
func available(path string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, "MemAvailable:"); found {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10
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

package sharding

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFreeMemoryIsThatOfTheNarrowestPlace(t *testing.T) {
	const mib = 1 << 20
	machine := map[string]string{"proc/meminfo": "MemTotal: 16777216 kB\nMemAvailable:    8388608 kB\n"} // 8192 MiB
	for name, c := range map[string]struct {
		files map[string]string
		want  int64 // MiB, of which a tenth is left
	}{
		"a machine":       {nil, 8192},
		"nothing is told": {map[string]string{"proc/meminfo": ""}, 0},
		"a group without a limit": {map[string]string{
			"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n", "sys/fs/cgroup/memory.current": "5\n",
		}, 8192},
		"a container": {map[string]string{
			"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "4294967296\n",
			"sys/fs/cgroup/memory.current": "1073741824\n",
		}, 3072},
		"a container whose memory is full of files": {map[string]string{
			"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "4294967296\n",
			"sys/fs/cgroup/memory.current": "4294967296\n",
			"sys/fs/cgroup/memory.stat":    "anon 1073741824\ninactive_file 2147483648\nactive_file 1073741824\n",
		}, 2048},
		"a service with MemoryMax, in a slice with less": {map[string]string{
			"proc/self/cgroup": "0::/ci.slice/covpipe.service\n",
			"sys/fs/cgroup/ci.slice/covpipe.service/memory.max":     "4294967296\n",
			"sys/fs/cgroup/ci.slice/covpipe.service/memory.current": "0\n",
			"sys/fs/cgroup/ci.slice/memory.max":                     "2147483648\n",
			"sys/fs/cgroup/ci.slice/memory.current":                 "1073741824\n",
		}, 1024},
		"version 1, by a path of the host": {map[string]string{
			"proc/self/cgroup":                             "5:cpu:/docker/5d2c\n4:memory:/docker/5d2c\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":   "3221225472\n",
			"sys/fs/cgroup/memory/memory.usage_in_bytes":   "2147483648\n",
			"sys/fs/cgroup/memory/memory.stat":             "inactive_file 1\ntotal_inactive_file 1073741824\n",
			"sys/fs/cgroup/cpu/docker/5d2c/memory.max":     "1\n",
			"sys/fs/cgroup/memory/docker/other/irrelevant": "1\n",
		}, 2048},
		"version 1 without a limit": {map[string]string{
			"proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
			"sys/fs/cgroup/memory/memory.usage_in_bytes": "2147483648\n",
		}, 8192},
	} {
		root := t.TempDir()
		for _, files := range []map[string]string{machine, c.files} {
			for path, text := range files {
				path = filepath.Join(root, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := freeMemoryBelow(root); got != c.want*mib*9/10 {
			t.Errorf("%s: %d MiB, want nine tenths of %d", name, got/mib, c.want)
		}
	}
}

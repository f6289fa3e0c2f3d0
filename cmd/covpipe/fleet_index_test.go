package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestIndexShardsEqualTheUnshardedRun has three machines run their parts of
// samples/php, each with a copy of its own that lies elsewhere, under each driver,
// and compares what is collected with one PHPUnit process, file by file.
func TestIndexShardsEqualTheUnshardedRun(t *testing.T) {
	for driver, flags := range map[string][]string{
		"pcov":   withPCOV(),
		"xdebug": {"-d", "pcov.enabled=0", "-d", "xdebug.mode=coverage"},
	} {
		t.Run(driver, func(t *testing.T) {
			sets := t.TempDir()
			for machine := 1; machine <= 3; machine++ {
				code := covpipe(t, "shard", "run", "--dir", copySample(t), "--driver", driver, "--jobs", "2",
					"--shard", fmt.Sprintf("%d/3", machine), "--out", filepath.Join(sets, fmt.Sprint(machine)))
				if code != exitDone {
					t.Fatalf("machine %d: exit code %d", machine, code)
				}
			}
			merged := filepath.Join(sets, "merged.xml")
			if code := covpipe(t, "shard", "collect", sets, "-o", merged); code != exitDone {
				t.Fatalf("collect: exit code %d", code)
			}
			dir := copySample(t)
			report := wholeReport(t, dir, flags...)
			equalsWhole(t, merged, report, dir)
			if err := os.RemoveAll(filepath.Join(sets, "2")); err != nil {
				t.Fatal(err)
			}
			if code := covpipe(t, "shard", "collect", sets, "-o", merged); code != exitPart {
				t.Errorf("without machine 2: exit code %d", code)
			}
			if got, want := wholeCounts(t, merged, dir), wholeCounts(t, report, dir); len(got) != len(want) {
				t.Errorf("without machine 2: %d files of %d", len(got), len(want))
			}
		})
	}
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// smallDisk runs a script in a folder in which "small" can be a disk of its own:
// the script may mount one there, which is gone when it ends.
func smallDisk(t *testing.T, dir, script string) string {
	t.Helper()
	cmd := exec.Command("unshare", "--user", "--map-root-user", "--mount", "sh", "-eu", "-c", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func needSmallDisks(t *testing.T) {
	t.Helper()
	cmd := exec.Command("unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt")
	out, err := cmd.CombinedOutput()
	if err == nil {
		return
	}
	// A container may be forbidden to mount anything; elsewhere it must work.
	if os.Getenv("COVPIPE_TEST_ALL") != "" && !strings.Contains(string(out), "Operation not permitted") {
		t.Fatalf("no disk can be mounted: %v\n%s", err, out)
	}
	t.Skipf("no disk can be mounted: %v\n%s", err, out)
}

// diskProject has a PHP project whose shards leave some 100 KB, and a report.
func diskProject(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "php"), os.DirFS("../../samples/php")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"covpipe.yaml": "project: shop\nwarehouse: duckdb:w.duckdb\nruns: small/runs\nsources:\n" +
			"  - {name: php, phpunit: {dir: php, tests: tests}}\n  - {name: web, report: {file: web.info}}\n",
		"load.yaml": "project: shop\nwarehouse: duckdb:small/w.duckdb\n" +
			"sources:\n  - {name: web, report: {file: web.info}}\n",
		"web.info": "SF:src/a.js\nDA:1,1\nDA:2,0\nend_of_record\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func expect(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, words := range want {
		if !strings.Contains(out, words) {
			t.Errorf("%q is not in\n%s", words, out)
		}
	}
}

func TestAFullDiskEndsARunAtOnceAndTheWarehouseIsAsItWas(t *testing.T) {
	needSmallDisks(t)
	dir := diskProject(t)
	out := smallDisk(t, dir, `
		mkdir small
		covpipe run --quiet --only web >/dev/null
		before=$(sha256sum <w.duckdb)
		mount -t tmpfs -o size=200k none small
		status 1 covpipe run 2>&1
		test "$before" = "$(sha256sum <w.duckdb)"
		grep -q '"status": "running"' small/runs/*/run.json
		mount -o remount,size=8m small
		echo THEN
		covpipe run --resume 2>&1
		grep -q '"status": "done"' small/runs/*/run.json
	`)
	full, resumed, _ := strings.Cut(out, "THEN")
	expect(t, full, "covpipe: run: nothing was loaded: php: the disk is full: ",
		"hint: make room, or name another disk with runs: ")
	expect(t, resumed, "resuming the run that began at", "web: measured before, 1 row kept")
	if strings.Count(full, "NOT MEASURED") > 0 {
		t.Errorf("shards were tried on a full disk:\n%s", full)
	}
}

func TestAFullDiskUnderTheWarehouseLeavesItAsItWas(t *testing.T) {
	needSmallDisks(t)
	dir := diskProject(t)
	out := smallDisk(t, dir, `
		mkdir small
		mount -t tmpfs -o size=3m none small
		covpipe run --quiet --config load.yaml --only web >/dev/null
		before=$(covpipe report --config load.yaml --json)
		sed -i s/DA:2,0/DA:2,1/ web.info
		head -c 9m /dev/zero >small/rest 2>/dev/null || true
		status 1 covpipe run --config load.yaml 2>&1
		test "$before" = "$(covpipe report --config load.yaml --json)"
		rm small/rest
		covpipe run --resume --quiet --config load.yaml
	`)
	expect(t, out, "No space left on device", "hint: make room, or name another disk", "2/2")
}

func TestAReadOnlyDiskIsSaidToBeOne(t *testing.T) {
	needSmallDisks(t)
	dir := diskProject(t)
	out := smallDisk(t, dir, `
		mkdir small
		covpipe run --quiet --only web >/dev/null
		before=$(sha256sum <w.duckdb)
		mount -t tmpfs -o ro none small
		status 1 covpipe run 2>&1
		test "$before" = "$(sha256sum <w.duckdb)"
	`)
	expect(t, out, "small/runs: read-only file system",
		"hint: runs: and cache: in the configuration name folders that this user can write to")
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Every device of this name is a disk without room.
const fullDevice = "/dev/full"

func TestResultsThatCannotBePrintedAreNoSuccess(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "covpipe.yaml")
	text := "project: shop\nwarehouse: duckdb:w.duckdb\nsources: [{name: a, report: {file: a.info}}]\n"
	writeAll(t, dir, map[string]string{
		"covpipe.yaml": text,
		"a.info":       "SF:src/a.js\nDA:1,1\nDA:2,0\nend_of_record\n",
	})
	for _, command := range []string{
		"--help", "run --dry-run", "doctor", "config schema", "version", "completion bash",
	} {
		full, err := os.OpenFile(fullDevice, os.O_WRONLY, 0)
		if err != nil {
			t.Skip(err)
		}
		var said bytes.Buffer
		a := &app{stdout: full, stderr: &said, environ: os.Environ(), now: time.Now}
		code := a.main(t.Context(), append([]string{"--config", config}, strings.Fields(command)...))
		_ = full.Close()
		if code != exitFailed || !strings.Contains(said.String(), "no space left on device") {
			t.Errorf("%s: exit code %d: %s", command, code, &said)
		}
	}
}

// writeAll writes files into a folder.
func writeAll(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestGoldenSizingTable checks that docs/fleet.md shows what the simulation says.
func TestGoldenSizingTable(t *testing.T) {
	times := filepath.Join(t.TempDir(), "times.json")
	cmd := exec.Command("php", "-d", "xdebug.mode=off", "../../samples/bench/make-times.php", "6000", "150", "14400")
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(times, text, 0o644); err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	a := &app{stdin: os.Stdin, stdout: &table, stderr: t.Output(), now: time.Now}
	args := []string{"shard", "plan", "--times", times, "--simulate", "1,2,4,8,16,32,64,128,256"}
	if code := a.main(t.Context(), args); code != exitDone {
		t.Fatalf("exit code %d", code)
	}
	const page, begin, end = "../../docs/fleet.md", "<!-- sizing: written by make golden -->\n```text\n", "```\n"
	doc, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(doc), begin)
	old, after, whole := strings.Cut(rest, end)
	if !found || !whole {
		t.Fatalf("%s has no place for the table", page)
	}
	if old == table.String() {
		return
	}
	if !*update {
		t.Fatalf("%s has\n%s\nand the simulation says\n%s", page, old, table.String())
	}
	if err := os.WriteFile(page, []byte(before+begin+table.String()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

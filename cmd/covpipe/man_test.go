package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra/doc"
)

var manTo = flag.String("man", "", "write the man pages into this folder, which is there")

// TestManPages makes a page for each command and has mandoc read them.
func TestManPages(t *testing.T) {
	dir := *manTo
	if dir == "" {
		dir = t.TempDir()
	}
	date := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	if text := os.Getenv("SOURCE_DATE_EPOCH"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		date = time.Unix(seconds, 0).UTC()
	}
	root := (&app{}).root()
	root.DisableAutoGenTag = true
	header := &doc.GenManHeader{Section: "1", Date: &date, Source: "covpipe", Manual: "covpipe manual"}
	if err := doc.GenManTree(root, header, dir); err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		if os.Getenv("COVPIPE_TEST_ALL") != "" {
			t.Fatal("mandoc is missing; .ci/setup installs it")
		}
		t.Skip("mandoc is missing")
	}
	out, _ := exec.Command(mandoc, append([]string{"-T", "lint", "-W", "error"}, pages...)...).CombinedOutput()
	if len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("mandoc -T lint: %s", out)
	}
	for _, page := range pages {
		text, err := exec.Command(mandoc, "-T", "utf8", page).CombinedOutput()
		name := strings.TrimSuffix(filepath.Base(page), ".1")
		if err != nil || !bytes.Contains(text, []byte("SYNOPSIS")) && !bytes.Contains(text, []byte("S\bSY\bYN")) {
			t.Errorf("%s: %v: %.200s", name, err, text)
		}
	}
}

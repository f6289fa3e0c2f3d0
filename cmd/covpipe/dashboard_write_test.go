package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What a killed process has left is no reason to refuse, is replaced by the next
// dashboard, and what is not finished yet is left to whoever writes it.
func TestADashboardOverOneThatWasNotFinished(t *testing.T) {
	now := time.Now()
	dir := filepath.Join(t.TempDir(), "site")
	old := filepath.Join(dir, "assets", temporaryPrefix+"old")
	young := filepath.Join(dir, temporaryPrefix+"young")
	if err := os.MkdirAll(filepath.Dir(old), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{old, young} {
		if err := os.WriteFile(file, []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, now, now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	first := map[string][]byte{"index.html": []byte("1"), "assets/a-1.js": []byte("a"), "owner-x.html": []byte("x")}
	if err := writeSite(dir, first, now); !errors.Is(err, errNotSite) {
		t.Errorf("a folder with assets of somebody: %v", err)
	}
	if err := os.RemoveAll(filepath.Dir(old)); err != nil {
		t.Fatal(err)
	}
	if err := writeSite(dir, first, now); err != nil {
		t.Fatal(err)
	}
	// Killed before the first page was replaced: both manifests' files are known.
	manifest := "covpipe dashboard\nassets/a-1.js\nassets/a-2.js\nindex.html\nowner-x.html\n"
	for name, text := range map[string]string{
		siteManifest: manifest, "assets/a-2.js": "b", "assets/" + temporaryPrefix + "old": "half",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, now, now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	pages := map[string][]byte{"index.html": []byte("3"), "assets/a-3.js": []byte("c")}
	if err := writeSite(dir, pages, now); err != nil {
		t.Fatal(err)
	}
	for name, there := range map[string]bool{
		"index.html": true, "assets/a-3.js": true,
		"assets/a-1.js": false, "assets/a-2.js": false, "owner-x.html": false,
		filepath.Base(young): true, "assets/" + temporaryPrefix + "old": false,
	} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != there {
			t.Errorf("%s: %v", name, err)
		}
	}
}

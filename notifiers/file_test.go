package notifiers

import (
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFileHasTheLetterAsItsNameSays(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		"new/letter.html": `<img src="data:image/png;base64,iVBORyBwaWN0dXJl"`,
		"letter.txt":      "72.9 %\n",
		"letter.json":     `{"format":"x"}`,
		"letter.eml":      "Subject: shop 2026-W47",
	} {
		file := filepath.Join(dir, name)
		for range 2 { // the second replaces the first
			err := open(t, file, Options{}).Notify(t.Context(), sample("team@example.com"), func() error { return nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: got %q, %v", name, text, err)
		}
		if name == "letter.eml" {
			message, err := mail.ReadMessage(strings.NewReader(string(text)))
			if err != nil || !strings.HasPrefix(message.Header.Get("Content-Type"), "multipart/related") {
				t.Errorf("got %v, %v", message, err)
			}
		}
	}
	files := 0
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if !entry.IsDir() {
			files++
		}
		return err
	})
	if err != nil || files != 4 {
		t.Errorf("got %d files, %v", files, err)
	}
}

func TestAFileThatCannotBeWrittenIsNotTriedAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{filepath.Join(file, "letter.html"), "/proc/letter.txt"} {
		err := open(t, to, Options{}).Notify(t.Context(), sample("team@example.com"), func() error { return nil })
		if err == nil || Temporary(err) {
			t.Errorf("%s: got %v", to, err)
		}
	}
}

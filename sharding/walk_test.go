package sharding

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestWalkLeavesOutWhatIsNotTheProjects(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".hidden") // the project itself may be
	for _, name := range []string{
		"b/a.php", "a.php", "b.csv", ".git/config", ".env", "vendor/x.php", "node_modules/x.js", "b/vendor/y.php",
		"shards/" + JournalName, "shards/x.php", "b/x.clover.xml", "c/vendor", "z/.cache/a.php",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("b", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	var found []string
	err := walk(dir, func(path string, regular bool, state fileState) error {
		name := relative(dir, path)
		if regular != (name != "link") || state.size == 0 {
			t.Errorf("%s: regular is %v, %d octets", name, regular, state.size)
		}
		found = append(found, name)
		return nil
	})
	if want := []string{"a.php", "b/a.php", "b.csv", "c/vendor", "link"}; err != nil || !slices.Equal(found, want) {
		t.Errorf("found %v, %v; want %v", found, err, want)
	}
	if err := walk(filepath.Join(dir, "none"), nil); err == nil {
		t.Error("a folder that is not there is no error")
	}
}

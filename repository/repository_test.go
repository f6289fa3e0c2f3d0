package repository

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// world is a repository that a test makes.
type world struct {
	t *testing.T
	Repository
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := world{t, Repository{Dir: t.TempDir(), Environ: append(os.Environ(),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=A <b>", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com", "GIT_COMMITTER_DATE=2026-11-10T10:00:00Z")}}
	w.run("init", "-q", "-b", "main")
	return w
}

func (w world) run(args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", w.Dir}, args...)...)
	cmd.Env = w.Environ
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files and commits; an empty text removes one.
func (w world) commit(subject string, files map[string]string) (hash string) {
	w.t.Helper()
	for name, text := range files {
		path := filepath.Join(w.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			w.t.Fatal(err)
		}
		if text == "" {
			if err := os.Remove(path); err != nil {
				w.t.Fatal(err)
			}
		} else if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
	w.run("add", "-A")
	w.run("commit", "-q", "-m", subject+"\n\nmore")
	return w.run("rev-parse", "HEAD")
}

var long = strings.Repeat("a line of code\n", 20)

func TestARenamedFileIsFoundAlsoIfItChanged(t *testing.T) {
	w := newWorld(t)
	first := w.commit("one", map[string]string{"src/Alt\u00fc \"x\"\n.php": long, "src/B.php": "b\n" + long + "b"})
	second := w.commit("two", map[string]string{"src/Alt\u00fc \"x\"\n.php": "", "lib/Neu.php": long + "and more\n"})
	got, err := Repository{Dir: filepath.Join(w.Dir, "src"), Environ: w.Environ}.Renames(t.Context(), first, second)
	if want := (Rename{"src/Alt\u00fc \"x\"\n.php", "lib/Neu.php"}); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := w.Renames(t.Context(), second, second); err != nil || len(got) != 0 {
		t.Errorf("nothing was renamed: got %q, %v", got, err)
	}
}

func TestCommitsBetweenAreCountedAndTheNewestNamed(t *testing.T) {
	w := newWorld(t)
	first := w.commit("one", map[string]string{"a": "1"})
	w.commit("two", map[string]string{"a": "2"})
	third := w.commit("three | <x>", map[string]string{"a": "3"})
	b, err := w.Commits(t.Context(), first, third, 1)
	if err != nil || b.Count != 2 || b.Dropped != 0 || len(b.Newest) != 1 {
		t.Fatalf("got %+v, %v", b, err)
	}
	want := Commit{third, time.Date(2026, 11, 10, 10, 0, 0, 0, time.UTC), "A b", "three | <x>"}
	if b.Newest[0] != want {
		t.Errorf("got %+v, want %+v", b.Newest[0], want)
	}
	b, err = w.Commits(t.Context(), third, first, 9)
	if err != nil || b.Count != 0 || b.Dropped != 2 || b.Newest != nil {
		t.Errorf("backwards: got %+v, %v", b, err)
	}
}

func TestTagsOfCommitsAreListedTheOldestFirst(t *testing.T) {
	w := newWorld(t)
	first := w.commit("one", map[string]string{"a": "1"})
	w.run("tag", "v1")
	w.Environ = append(w.Environ, "GIT_COMMITTER_DATE=2026-11-12T10:00:00Z")
	w.run("tag", "-a", "-m", "two", "v2", first)
	w.run("tag", "other")
	w.run("tag", "tree", first+"^{tree}")
	tags, err := w.Tags(t.Context(), "v*")
	if err != nil || len(tags) != 2 {
		t.Fatalf("got %+v, %v", tags, err)
	}
	for i, want := range []Tag{{"v1", first, time.Date(2026, 11, 10, 10, 0, 0, 0, time.UTC)},
		{"v2", first, time.Date(2026, 11, 12, 10, 0, 0, 0, time.UTC)}} {
		if tags[i] != want {
			t.Errorf("got %+v, want %+v", tags[i], want)
		}
	}
	if tags, err := w.Tags(t.Context(), ""); err != nil || len(tags) != 3 {
		t.Errorf("got %+v, %v", tags, err)
	}
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	w := newWorld(t)
	first := w.commit("one", map[string]string{"a": "1"})
	for _, c := range []string{"0123456789abcdef0123456789abcdef01234567", "--output=x", "main", "", first[:5]} {
		if _, err := w.Renames(t.Context(), first, c); !errors.Is(err, ErrCommit) {
			t.Errorf("%q: got %v", c, err)
		}
		if _, err := w.Commits(t.Context(), c, first, 1); !errors.Is(err, ErrCommit) {
			t.Errorf("%q: got %v", c, err)
		}
	}
	none := Repository{Dir: t.TempDir(), Environ: append(w.Environ, "GIT_CEILING_DIRECTORIES="+os.TempDir(),
		"GIT_DIR="+w.Dir+"/.git")}
	if _, err := none.Top(t.Context()); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
	if _, err := none.Tags(t.Context(), ""); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
	if _, err := (Repository{Dir: w.Dir, Timeout: 1}).Top(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if top, err := w.Top(t.Context()); err != nil || filepath.Base(top) != filepath.Base(w.Dir) {
		t.Errorf("got %q, %v", top, err)
	}
}

// A repository can name programs in its settings; none of them runs.
func TestSettingsOfARepositoryRunNothing(t *testing.T) {
	w := newWorld(t)
	first := w.commit("one", map[string]string{"a.txt": long, ".gitattributes": "*.txt diff=evil\n"})
	second := w.commit("two", map[string]string{"a.txt": "", "b.txt": long + "x"})
	ran := filepath.Join(t.TempDir(), "ran")
	for _, setting := range []string{"core.fsmonitor", "diff.external", "diff.evil.command", "diff.evil.textconv",
		"core.pager", "pager.log"} {
		w.run("config", setting, "touch "+ran+"; cat")
	}
	if got, err := w.Renames(t.Context(), first, second); err != nil || len(got) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := w.Commits(t.Context(), first, second, 5); err != nil {
		t.Error(err)
	}
	if _, err := w.Tags(t.Context(), ""); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a program of the repository's settings has run")
	}
}

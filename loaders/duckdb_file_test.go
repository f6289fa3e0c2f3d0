package loaders

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// filesIn names what is in a folder.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// What no load has written to is not there: not after a place was refused, after
// its rows were, or after somebody has looked at it.
func TestNothingIsMadeBeforeThereAreRows(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, to := range []string{"duckdb::memory:", "duckdb:x?access_mode=READ_ONLY", "duckdb:w.duckdb"} {
		p := place{to: to}
		if loader, err := Open(to, p.opt); err == nil {
			_, err := loader.Load(t.Context(), batches(t, 1, line{"file_path": "a.php"}), About{})
			if !errors.Is(err, ErrUnknown) {
				t.Errorf("%s: got %v", to, err)
			}
		}
		if err := ClaimLetter(t.Context(), to, p.opt, Letter{}, time.Now()); err == nil {
			t.Errorf("%s: a letter without anything was claimed", to)
		}
		if _, err := Read(t.Context(), to, p.opt); err == nil {
			t.Errorf("%s: it can be read", to)
		}
		found := 0
		err := Examine(t.Context(), to, p.opt, func(f Finding) {
			if found++; !f.OK {
				t.Errorf("%s: %+v", to, f)
			}
		})
		if to != "duckdb:w.duckdb" && !errors.Is(err, ErrPlace) || to == "duckdb:w.duckdb" && (err != nil || found != 2) {
			t.Errorf("%s: examined: %d findings, %v", to, found, err)
		}
		if names := filesIn(t, dir); len(names) > 0 {
			t.Errorf("%s: left behind: %q", to, names)
		}
	}
}

// A load that fails after the database was made leaves one in which nothing has
// been loaded.
func TestADatabaseWithoutTablesIsNotLoaded(t *testing.T) {
	p := place{to: "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")}
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil), base("a.php", nil))); !errors.Is(err, ErrDouble) {
		t.Errorf("load: got %v", err)
	}
	if _, err := Read(t.Context(), p.to, p.opt); !errors.Is(err, ErrNotLoaded) {
		t.Errorf("read: got %v", err)
	}
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
		t.Error(err)
	}
}

// A process that is killed while it makes a database leaves a folder, which goes
// once nobody can be making one in it any more.
func TestAHiddenFolderThatIsLeftOverGoesWhenItIsOld(t *testing.T) {
	dir := t.TempDir()
	p := place{to: "duckdb:" + filepath.Join(dir, "w.duckdb")}
	leave := func(name string, age time.Duration) {
		t.Helper()
		name = filepath.Join(dir, name)
		at := time.Now().Add(-age)
		err := errors.Join(os.Mkdir(name, 0o700), os.WriteFile(filepath.Join(name, "fresh.duckdb"), nil, 0o600),
			os.Chtimes(name, at, at))
		if err != nil {
			t.Fatal(err)
		}
	}
	leave(".covpipe-new-old", 2*newLife)
	leave(".covpipe-new-young", newLife/2)
	leave("covpipe-new-ours", 2*newLife)
	if err := os.Symlink("covpipe-new-ours", filepath.Join(dir, ".covpipe-new-link")); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
		t.Fatal(err)
	}
	want := []string{".covpipe-new-link", ".covpipe-new-young", "covpipe-new-ours", "w.duckdb"}
	if got := filesIn(t, dir); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A name with a colon is a name, and no extension of DuckDB.
func TestANameWithAColonIsAFile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"md:w.duckdb", "week:47.duckdb"} {
		p := place{to: "duckdb:" + name}
		if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		db, err := Read(t.Context(), p.to, p.opt)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	if got, want := filesIn(t, dir), []string{"md:w.duckdb", "week:47.duckdb"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

package loaders

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	for _, to := range []string{
		"duckdb::memory:", "duckdb:x?access_mode=READ_ONLY", "duckdb:x#1", "duckdb:100%.duckdb", "duckdb:w.duckdb",
	} {
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
		if to != "duckdb:w.duckdb" && !errors.Is(err, ErrPlace) ||
			to == "duckdb:w.duckdb" && (err != nil || found != 2) {
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
	twice := batches(t, 1, base("a.php", nil), base("a.php", nil))
	if _, err := load(t.Context(), t, p, twice); !errors.Is(err, ErrDouble) {
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
	leave(".covpipe-new-old", 2*folderLife)
	leave(".covpipe-new-young", folderLife/2)
	leave("covpipe-new-ours", 2*folderLife)
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

// spilled reads a warehouse with little memory, and gives the folder that was needed.
func spilled(ctx context.Context, p place) (dir string, err error) {
	db, err := Read(ctx, p.to, p.opt)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	var memory string
	const settings = "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
	if err := conn.QueryRowContext(ctx, settings).Scan(&memory, &dir); err != nil {
		return "", err
	}
	if memory != "953.6 MiB" && memory != "61.0 MiB" {
		return dir, fmt.Errorf("it may take %s", memory)
	}
	if _, err := conn.ExecContext(ctx, "SET memory_limit = '64MB'"); err != nil {
		return dir, err
	}
	var n int64
	const large = "SELECT count(*) FROM (SELECT DISTINCT range, hash(range) FROM range(3000000))"
	err = conn.QueryRowContext(ctx, large).Scan(&n)
	if err == nil && n != 3000000 {
		err = fmt.Errorf("%d rows", n)
	}
	return dir, err
}

// spillAndSay is the other process of the next test.
func spillAndSay(to string) int {
	dir, err := spilled(context.Background(), place{to: to})
	fmt.Println(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// What a question needs beyond its memory goes into a folder of the process, among
// temporary files: in one folder two that read write over each other's pages.
func TestProcessesThatReadAtOnceSpillIntoFoldersOfTheirOwn(t *testing.T) {
	p := place{to: "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")}
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
		t.Fatal(err)
	}
	temporary := filepath.Join(t.TempDir(), "a & b%20c")
	leftOver := filepath.Join(temporary, spillFolder+"old")
	at := time.Now().Add(-2 * folderLife)
	if err := errors.Join(os.MkdirAll(leftOver, 0o700), os.Chtimes(leftOver, at, at)); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temporary)
	dirs := make([]string, 4)
	var readers sync.WaitGroup
	for i := range dirs {
		readers.Go(func() {
			if i < 2 { // in this process
				var err error
				if dirs[i], err = spilled(t.Context(), p); err != nil {
					t.Error(err)
				}
				return
			}
			other := exec.Command(self)
			other.Env = append(os.Environ(), "COVPIPE_TEST_SPILL="+p.to)
			out, err := other.Output()
			if err != nil {
				t.Errorf("another process: %v", err)
			}
			dirs[i] = strings.TrimSpace(string(out))
		})
	}
	readers.Wait()
	if dirs[0] != dirs[1] || dirs[0] == dirs[2] || dirs[2] == dirs[3] || filepath.Dir(dirs[3]) != temporary {
		t.Errorf("got %q", dirs)
	}
	if names := filesIn(t, temporary); len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
}

// Where no folder can be made, what fits into memory is answered all the same.
func TestAWarehouseCanBeReadWithoutAFolderForTemporaryFiles(t *testing.T) {
	p := place{to: "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb"), read: readWarehouse}
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "no", "such"))
	same(t, p, "without a folder", base("a.php", nil))
	if _, err := spilled(t.Context(), p); err == nil {
		t.Error("it has spilled into no folder")
	}
}

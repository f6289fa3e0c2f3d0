package sharding

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestAFileThatIsAsItWasIsNotReadAgain(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.php")
	replace(t, file, "<?php // one\n")
	later := time.Now().Add(time.Hour) // by then the file is settled
	first := newSums(dir, later)
	real := sumIn(t, first, file)
	if err := first.keep(dir); err != nil {
		t.Fatal(err)
	}
	// What is kept is what counts: a hash that no file has.
	path := filepath.Join(dir, sumsFile)
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), real) {
		t.Fatalf("kept %q, %v; want %s in it", text, err, real)
	}
	made := strings.Repeat("0", len(real))
	replace(t, path, strings.Replace(string(text), real, made, 1))
	if got := sumIn(t, newSums(dir, later), file); got != made {
		t.Errorf("the file was read again: %s", got)
	}
	for _, damaged := range []string{
		strings.TrimSuffix(string(text), "\n"), strings.Replace(string(text), real, real[1:], 1), "x\n" + string(text),
		strings.Replace(string(text), " ", " x", 1), strings.Replace(string(text), " ", " 99999999999999999999", 1),
	} {
		replace(t, path, strings.Replace(damaged, real, made, 1))
		if got := sumIn(t, newSums(dir, later), file); got != real {
			t.Errorf("kept %q: got %s", damaged, got)
		}
	}
}

func TestAFileIsReadAgainThatHasTheSameSizeAndTimeAsBefore(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.php")
	replace(t, file, "<?php // one\n")
	later := time.Now().Add(time.Hour)
	first := newSums(dir, later)
	before := sumIn(t, first, file)
	if err := first.keep(dir); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, file, "<?php // two\n")
	if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if after := sumIn(t, newSums(dir, later), file); after == before {
		t.Error("it was not read again")
	}
}

func TestAFileThatWasWrittenJustNowIsNotKept(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.php")
	replace(t, file, "<?php\n")
	now := newSums(dir, time.Now())
	sumIn(t, now, file)
	if err := now.keep(dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, sumsFile)); err != nil || len(text) > 0 {
		t.Errorf("kept %q, %v", text, err)
	}
}

func TestAFileThatIsGoneHasNoHash(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.php")
	replace(t, file, "<?php\n")
	later := time.Now().Add(time.Hour)
	first := newSums(dir, later)
	sumIn(t, first, file)
	if err := errors.Join(first.keep(dir), os.Remove(file)); err != nil {
		t.Fatal(err)
	}
	if sum, err := newSums(dir, later).of(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %q, %v", sum, err)
	}
}

func sumIn(t *testing.T, s *sums, file string) string {
	t.Helper()
	sum, err := s.of(file)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// replace writes a file so that its inode has another time than before. The
// clock of a file system may stand still for some milliseconds.
func replace(t *testing.T, file, text string) {
	t.Helper()
	state := func() (s fileState) {
		var info unix.Stat_t
		if unix.Stat(file, &info) == nil {
			s = stateIn(&info)
		}
		return s
	}
	for before := state(); state().changed == before.changed; {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

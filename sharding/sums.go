package sharding

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"
)

// sums are the hashes of files. A run reads each file once, and not at all if an
// earlier run has read it and the file is in the same state.
type sums struct {
	known  map[string]sum // of this run
	kept   map[string]sum // of earlier runs
	now    time.Time      // when this run began
	fresh  bool           // this run knows what is not kept
	hash   hash.Hash
	buffer []byte
}

// sum is the hash of what a file has, and the state in which it was read.
type sum struct {
	text  string
	state fileState
}

// fileState tells whether a file is as it was, without reading it: no program
// can set the time of the last change of an inode.
type fileState struct {
	inode    uint64
	size     int64 // octets
	modified int64 // nanoseconds since 1970
	changed  int64 // likewise, of the inode
}

// settled tells that whoever changes the file from now on gives it another
// state. Clocks of file systems are coarse: FAT's, the coarsest, counts in two seconds.
func (s fileState) settled(now time.Time) bool {
	return max(s.modified, s.changed) < now.Add(-2*time.Second).UnixNano()
}

func stateIn(info *unix.Stat_t) fileState {
	return fileState{info.Ino, info.Size, info.Mtim.Nano(), info.Ctim.Nano()}
}

// newSums gives the hashes that are kept in the cache, "" for none, to a run that
// begins now.
func newSums(cache string, now time.Time) *sums {
	s := &sums{known: map[string]sum{}, now: now, hash: sha256.New()}
	if cache != "" {
		s.kept = readSums(filepath.Join(cache, sumsFile))
	}
	return s
}

// of gives the hash of what a file has.
func (s *sums) of(path string) (string, error) {
	if known, ok := s.known[path]; ok {
		return known.text, nil
	}
	var info unix.Stat_t
	if err := unix.Stat(path, &info); err != nil {
		return "", &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return s.in(path, stateIn(&info))
}

// in gives the hash of a file that is in this state.
func (s *sums) in(path string, state fileState) (string, error) {
	if known, ok := s.known[path]; ok {
		return known.text, nil
	}
	kept, ok := s.kept[path]
	if !ok || kept.state != state {
		text, err := s.read(path)
		if err != nil {
			return "", err
		}
		kept = sum{text, state}
		s.fresh = true
	}
	s.known[path] = kept
	return kept.text, nil
}

// read hashes a file.
func (s *sums) read(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	s.hash.Reset()
	if s.buffer == nil {
		s.buffer = make([]byte, 32<<10)
	}
	// As they are, io.Copy would make a buffer for each of thousands of files.
	if _, err := io.CopyBuffer(struct{ io.Writer }{s.hash}, struct{ io.Reader }{in}, s.buffer); err != nil {
		return "", err
	}
	return hex.EncodeToString(s.hash.Sum(nil)), nil
}

// sumsFile is in the cache. A line is a hash, a state and a path: two files of
// one line are more than the same name, since no path in it has a line end.
const sumsFile = "sums.txt"

// keep keeps what this run knows for the next one. A file that could still change
// without another state is left out and read again.
func (s *sums) keep(cache string) error {
	if cache == "" || !s.fresh && len(s.known) == len(s.kept) {
		return nil
	}
	out, err := renameio.NewPendingFile(filepath.Join(cache, sumsFile), renameio.WithPermissions(0o644))
	if err != nil {
		return err
	}
	defer out.Cleanup()
	buffered := bufio.NewWriter(out)
	for _, path := range slices.Sorted(maps.Keys(s.known)) {
		known := s.known[path]
		if !known.state.settled(s.now) || strings.Contains(path, "\n") {
			continue
		}
		fmt.Fprintf(buffered, "%s %d %d %d %d %s\n", known.text, known.state.inode, known.state.size,
			known.state.modified, known.state.changed, path)
	}
	return cmp.Or(buffered.Flush(), out.CloseAtomicallyReplace())
}

// readSums reads them. What is not whole is not there, and files are read again.
func readSums(path string) map[string]sum {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	kept := make(map[string]sum, bytes.Count(text, []byte("\n")))
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(line, " ", 6)
		if len(fields) < 6 || !strings.HasSuffix(line, "\n") {
			return nil
		}
		inode, err1 := strconv.ParseUint(fields[1], 10, 64)
		size, err2 := strconv.ParseInt(fields[2], 10, 64)
		modified, err3 := strconv.ParseInt(fields[3], 10, 64)
		changed, err4 := strconv.ParseInt(fields[4], 10, 64)
		if cmp.Or(err1, err2, err3, err4) != nil || len(fields[0]) != 2*sha256.Size {
			return nil
		}
		kept[strings.TrimSuffix(fields[5], "\n")] = sum{fields[0], fileState{inode, size, modified, changed}}
	}
	return kept
}

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/covpipe/covpipe/sharding"
)

// fullDisk are the words with which PHP and DuckDB say that a disk is full.
var fullDisk = []string{"No space left on device", "possibly out of free disk space", "Disk quota exceeded"}

// isDiskFull tells whether an error says that a disk is full, or a quota.
func isDiskFull(err error) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, errDiskFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return true
	}
	text := err.Error()
	if shard := (*sharding.ShardError)(nil); errors.As(err, &shard) {
		text += strings.Join(shard.Tail, "\n")
	}
	for _, words := range fullDisk {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

// isOutput tells whether an error is of standard output.
func isOutput(err error) bool {
	var at *fs.PathError
	return errors.As(err, &at) && at.Path == os.Stdout.Name()
}

// isDisk tells whether an error is of the disk and not of the source that met
// it: the run cannot go on then, and must not load what it has as if the rest
// could not be measured.
func isDisk(err error) bool { return isDiskFull(err) || errors.Is(err, syscall.EROFS) }

// errDiskFull is what a run says of a shard that a full disk has ended.
var errDiskFull = errors.New("the disk is full")

// leastRoom are the octets below which a disk is taken to be full: PHP cannot
// say so where there is no room for its log.
const leastRoom = 64 << 10

// fullAt gives an error if a shard could not be measured since the disk of a
// folder is full. It would be so for the others, too.
func fullAt(dir string, failure error) error {
	var disk syscall.Statfs_t
	if !isDiskFull(failure) {
		if err := syscall.Statfs(dir, &disk); err != nil || disk.Bavail*uint64(disk.Bsize) >= leastRoom {
			return nil
		}
	}
	return fmt.Errorf("%w: %s: %w", errDiskFull, dir, failure)
}

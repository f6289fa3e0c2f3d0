package main

import (
	"errors"
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
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
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

// isDisk tells whether an error is of the disk and not of the source that met
// it: the run cannot go on then, and must not load what it has as if the rest
// could not be measured.
func isDisk(err error) bool { return isDiskFull(err) || errors.Is(err, syscall.EROFS) }

// full gives an error if a shard is missing since the disk is full.
func (s missingShards) full() error {
	for _, failure := range s {
		if isDiskFull(failure) {
			return failure
		}
	}
	return nil
}

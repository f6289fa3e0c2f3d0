package sharding

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// JournalName is the file, in the folder of a run, that tells which shards are
// done. It is a JSON document a line: the first says what the run depends on and
// what its plan was, each other one is a shard with its report.
const JournalName = "journal.jsonl"

// ErrChanged is returned by [Suite.Run] if a run cannot be resumed since what it
// depended on has changed.
var ErrChanged = errors.New("code, tests, configuration or tools have changed since the run began")

// ErrNoJournal is returned by [Suite.Run] if there is no run to resume.
var ErrNoJournal = errors.New("there is no run to resume")

type journalHead struct {
	Inputs string    `json:"inputs"` // hash of all that the shards depend on
	Began  time.Time `json:"began"`
	Plan   Plan      `json:"plan"`
}

type journalEntry struct {
	Result   Result `json:"result"`
	Report   string `json:"report_sha256"`
	Baseline bool   `json:"baseline,omitempty"`
}

// journal is written as shards end. A line that a crash has cut is no line.
type journal struct {
	file *os.File
	head journalHead
	done []journalEntry
}

func createJournal(dir string, head journalHead) (*journal, error) {
	f, err := os.Create(filepath.Join(dir, JournalName))
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j := &journal{file: f, head: head}
	// It is on the disk with the first shard; without one there is nothing to resume.
	if err := j.write(head); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// openJournal reads the journal of an earlier run. Entries whose report is no
// longer as it was are left out, so their shards run again.
func openJournal(dir, inputs string) (*journal, error) {
	path := filepath.Join(dir, JournalName)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s", ErrNoJournal, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j := &journal{file: f}
	whole := int64(0)
	for in, first := bufio.NewReader(f), true; ; first = false {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // a line without its end is not whole
		}
		if err == nil {
			err = j.read(line, first)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("journal: %s: %w", path, err), f.Close())
		}
		whole += int64(len(line))
	}
	switch {
	case whole == 0:
		return nil, errors.Join(fmt.Errorf("%w in %s", ErrNoJournal, dir), f.Close())
	case j.head.Inputs != inputs:
		return nil, errors.Join(ErrChanged, f.Close())
	}
	if err := f.Truncate(whole); err != nil {
		return nil, errors.Join(fmt.Errorf("journal: %w", err), f.Close())
	}
	if _, err := f.Seek(whole, io.SeekStart); err != nil {
		return nil, errors.Join(fmt.Errorf("journal: %w", err), f.Close())
	}
	return j, nil
}

func (j *journal) read(line []byte, first bool) error {
	decoder := json.NewDecoder(bytes.NewReader(line))
	if first {
		return decoder.Decode(&j.head)
	}
	var entry journalEntry
	if err := decoder.Decode(&entry); err != nil {
		return err
	}
	if sum, err := sumOf(entry.Result.Report); err == nil && sum == entry.Report {
		entry.Result.Reused = true
		j.done = append(j.done, entry)
	}
	return nil
}

// add notes a shard whose report is whole, and waits until that is on the disk.
func (j *journal) add(result Result, baseline bool) error {
	sum, err := sumOf(result.Report)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := j.write(journalEntry{Result: result, Report: sum, Baseline: baseline}); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// write writes a line.
func (j *journal) write(entry any) error {
	line, err := json.Marshal(entry)
	if err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

func sumOf(path string) (string, error) {
	f := newFingerprint()
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	if _, err := io.Copy(f, in); err != nil {
		return "", err
	}
	return hex.EncodeToString(f.Sum(nil)), nil
}

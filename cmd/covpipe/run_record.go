package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/covpipe/covpipe/loaders"
)

// recordFile is what a run that came to its end leaves for scripts, and for
// --resume.
const recordFile = "run.json"

// runRecord says how a run ended.
type runRecord struct {
	Began    time.Time      `json:"began"`
	Ended    time.Time      `json:"ended"`
	Complete bool           `json:"complete"` // nothing is missing
	Missing  []string       `json:"missing"`  // sources
	Lacking  []string       `json:"lacking"`  // what sources have a gap, and why
	Sources  []sourceRecord `json:"sources"`
}

type sourceRecord struct {
	Name    string   `json:"name"`
	Rows    int      `json:"rows"`
	Failing []string `json:"failing"` // shards with failing tests
	Error   string   `json:"error,omitempty"`
}

func writeRecord(dir string, began, ended time.Time, results []measured, missing, lacking []string) error {
	record := runRecord{
		Began: began.UTC(), Ended: ended.UTC(), Complete: len(missing)+len(lacking) == 0,
		Missing: append([]string{}, missing...), Lacking: append([]string{}, lacking...),
	}
	for _, m := range results {
		s := sourceRecord{Name: m.source.Name, Rows: len(m.rows), Failing: append([]string{}, m.failing...)}
		if m.err != nil {
			s.Error = m.err.Error()
		}
		record.Sources = append(record.Sources, s)
	}
	return loaders.ReplaceFile(filepath.Join(dir, recordFile), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(record)
	})
}

// interrupted gives the folder of the newest run and when that began, or "" if
// it came to its end with nothing missing, or there is none.
func interrupted(runs string) (dir string, began time.Time, err error) {
	entries, err := os.ReadDir(runs)
	if errors.Is(err, os.ErrNotExist) {
		return "", began, nil
	}
	if err != nil {
		return "", began, err
	}
	for _, entry := range slices.Backward(entries) {
		name := entry.Name()
		if len(name) < len(runLayout) || !entry.IsDir() {
			continue
		}
		if began, err = time.Parse(runLayout, name[:len(runLayout)]); err != nil {
			continue
		}
		dir = filepath.Join(runs, name)
		text, err := os.ReadFile(filepath.Join(dir, recordFile))
		if errors.Is(err, os.ErrNotExist) {
			return dir, began, nil
		}
		if err != nil {
			return "", began, err
		}
		var record runRecord
		if err := json.Unmarshal(text, &record); err != nil {
			return "", began, err
		}
		if record.Complete {
			return "", began, nil
		}
		return dir, began, nil
	}
	return "", began, nil
}

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
)

// What a source that was measured whole leaves in its folder, so that a run that
// is resumed need not measure it again.
const (
	keptRows = "rows.parquet"
	keptFile = "source.json" // written last
)

// keptState is what there is of a measured source besides its rows.
type keptState struct {
	Settings string          `json:"settings_sha256"` // of all that decided what to measure
	Rows     string          `json:"rows_sha256"`
	Origin   coverage.Origin `json:"origin"` // its week follows from the time
	About    loaders.Source  `json:"about"`
	Peak     int64           `json:"peak_bytes"`
}

// settingsOf names what decides what a source measures: covpipe and the
// configuration of the source.
func (r *running) settingsOf(s source) (string, error) {
	text, err := json.Marshal([]any{thisVersion(), r.config.Project, r.config.zone.String(), s, r.opt.build})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

// keepSource keeps a source for a run that is resumed.
func (r *running) keepSource(ctx context.Context, m measured, dir string) error {
	state := keptState{Origin: m.origin, About: m.about, Peak: m.peak}
	var err error
	if state.Settings, err = r.settingsOf(m.source); err != nil {
		return err
	}
	rows, err := reader(m.records)
	if err != nil {
		return err
	}
	defer rows.Release()
	path := filepath.Join(dir, keptRows)
	place, err := loaders.Open(path, loaders.Options{})
	if err != nil {
		return err
	}
	if _, err := place.Load(ctx, rows, loaders.About{}); err != nil {
		return err
	}
	if state.Rows, err = fileSHA256(path); err != nil {
		return err
	}
	return loaders.ReplaceFile(filepath.Join(dir, keptFile), func(w io.Writer) error {
		return json.NewEncoder(w).Encode(state)
	})
}

// keptSource gives a source that an earlier process of this run has measured
// whole, if its rows are still those and its configuration as it was.
func (r *running) keptSource(s source, dir string) (m measured, found bool) {
	m, err := r.readKept(s, dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		r.say("%s: what was measured before is not used: %v", s.Name, err)
	}
	return m, err == nil
}

// errSettings says why a kept source does not fit.
var errSettings = errors.New("covpipe or the configuration has changed since")

func (r *running) readKept(s source, dir string) (measured, error) {
	text, err := os.ReadFile(filepath.Join(dir, keptFile))
	if err != nil {
		return measured{}, err
	}
	var state keptState
	if err := json.Unmarshal(text, &state); err != nil {
		return measured{}, fmt.Errorf("%s: %w", keptFile, err)
	}
	settings, err := r.settingsOf(s)
	if err != nil {
		return measured{}, err
	}
	if settings != state.Settings {
		return measured{}, errSettings
	}
	path := filepath.Join(dir, keptRows)
	sum, err := fileSHA256(path)
	if err != nil {
		return measured{}, err
	}
	if sum != state.Rows {
		return measured{}, fmt.Errorf("%s is not as it was written", keptRows)
	}
	m := measured{source: s, origin: state.Origin, about: state.About, failing: state.About.Failing, peak: state.Peak}
	m.origin.Week = coverage.WeekOf(m.origin.MeasuredAt, r.config.zone)
	m.records, err = readRecords(path)
	return m, err
}

// readRecords reads a file of rows whole.
func readRecords(path string) (records []arrow.Record, err error) {
	rows, err := loaders.OpenRows(path, coverage.NewSchema())
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	for rows.Next() {
		rows.Record().Retain()
		records = append(records, rows.Record())
	}
	return records, rows.Err()
}

func fileSHA256(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

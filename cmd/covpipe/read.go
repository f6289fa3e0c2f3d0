package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/parsers"
)

// readOptions say how a report file is to be read.
type readOptions struct {
	format string // empty: found by content; xpath:FILE: see docs/xpath.md
	root   string // see coverage.Under
	hash   bool   // for the ledger
}

// readReport is one report, read whole.
type readReport struct {
	format     string
	measuredAt time.Time      // as the report states it, else when the file was written
	about      loaders.Source // for the ledger
	rows       []coverage.Row // without Source
}

// readFile reads a report to its end, or fails: there is no half of a report.
// What a reader should know of it is warned of.
func (a *app) readFile(path string, opt readOptions) (*readReport, error) {
	report, err := a.open(path, opt)
	if err != nil {
		return nil, err
	}
	defer report.in.Close()
	read := &readReport{format: report.Format}
	for row, err := range report.Rows {
		if err != nil {
			return nil, err
		}
		row.Source = nil
		read.rows = append(read.rows, row)
	}
	read.measuredAt = report.measuredAt()
	if opt.hash {
		if read.about, err = sourceOf(coverage.Origin{}, report); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return read, nil
}

// openedReport is a report that is being read. Its rows end with an error if it
// has none; at their end what a reader should know of it is warned of.
type openedReport struct {
	*parsers.Report
	in      io.ReadCloser
	written time.Time // when the file was; zero for standard input
	hash    hash.Hash // of what was read; nil if not asked for
	facts   *reportFacts
}

// reportFacts is what shows while the rows are read.
type reportFacts struct {
	findings []string // "path: finding"
}

// sha256 is of the file, in hexadecimal. It reads what the parser had no need
// of.
func (r openedReport) sha256() (string, error) {
	if r.hash == nil {
		return "", nil
	}
	if _, err := io.Copy(r.hash, r.in); err != nil {
		return "", err
	}
	return hex.EncodeToString(r.hash.Sum(nil)), nil
}

// measuredAt is when the report says it was measured, else when the file was
// written.
func (r openedReport) measuredAt() time.Time {
	if at := r.Stated.MeasuredAt; !at.IsZero() {
		return at
	}
	return r.written
}

// open opens a report for reading.
func (a *app) open(path string, opt readOptions) (openedReport, error) {
	in, at, err := a.openFile(path)
	if err != nil {
		return openedReport{}, err
	}
	from := io.Reader(in)
	opened := openedReport{in: in, written: at, facts: &reportFacts{}}
	if opt.hash {
		opened.hash = sha256.New()
		from = io.TeeReader(in, opened.hash)
	}
	if opened.Report, err = a.openReport(from, opt.format); err != nil {
		return openedReport{}, errors.Join(fmt.Errorf("%s: %w", path, err), in.Close())
	}
	opened.Rows = a.checkedRows(path, opt.root, opened, opened.Rows)
	return opened, nil
}

// checkedRows gives the rows of a report under a root and holds them to what
// the report says of itself.
func (a *app) checkedRows(path, root string, report openedReport, rows coverage.Rows) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		var totals coverage.Totals
		var outside coverage.Outside
		found := 0
		for row, err := range coverage.Under(root, totalled(rows, &totals), &outside) {
			if err != nil {
				yield(row, fmt.Errorf("%s: %w", path, err))
				return
			}
			if row.Finding != "" {
				report.facts.findings = append(report.facts.findings, row.Path+": "+row.Finding)
			}
			found++
			if !yield(row, nil) {
				return
			}
		}
		if found == 0 {
			yield(coverage.Row{},
				fmt.Errorf("%s: %s: the report has no files: %w", path, report.Format, coverage.ErrNoRows))
			return
		}
		if findings := report.facts.findings; len(findings) > 0 {
			a.warn("%s: %s with a finding, the first is %s", path, plural(len(findings), "file"), findings[0])
		}
		if outside.Files > 0 {
			a.warn("%s: %d files lie outside the root %s and are left out, the first is %s",
				path, outside.Files, root, outside.First)
		}
		a.warnOfTotals(path, totals, report.Stated)
	}
}

// totalled adds rows to totals as they pass.
func totalled(rows coverage.Rows, totals *coverage.Totals) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		for row, err := range rows {
			if err == nil {
				totals.Add(row)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// warnOfTotals says where a report states what its files do not add up to.
func (a *app) warnOfTotals(path string, totals coverage.Totals, stated coverage.Stated) {
	for _, difference := range totals.Differences(stated) {
		a.warn("%s does not agree with itself: %s", path, difference)
	}
}

// openFile opens a file, or standard input for "-", and says when it was
// written.
func (a *app) openFile(path string) (io.ReadCloser, time.Time, error) {
	if path == "-" {
		return io.NopCloser(a.stdin), time.Time{}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s: is a folder; name the reports in it", path)
	}
	if err != nil {
		return nil, time.Time{}, errors.Join(err, f.Close())
	}
	return f, info.ModTime().UTC(), nil
}

// xpathFormat begins a format that a file of mappings describes, see docs/xpath.md.
const xpathFormat = "xpath:"

// openReport opens a report of the format that is named: empty, one that we
// have, or xpath:FILE.
func (a *app) openReport(in io.Reader, format string) (*parsers.Report, error) {
	if file, isMapping := strings.CutPrefix(format, xpathFormat); isMapping {
		mapping, err := readMapping(file)
		if err != nil {
			return nil, err
		}
		return parsers.Options{Mapping: mapping, MaxBytes: a.maxBytes}.Open(in)
	}
	return parsers.Options{Format: format, MaxBytes: a.maxBytes}.Open(in)
}

func readMapping(file string) (*parsers.Format, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	mapping, err := parsers.Mapping(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return mapping, nil
}

// checkFormat tells whether reports can be read as this format.
func checkFormat(format string) error {
	if file, isMapping := strings.CutPrefix(format, xpathFormat); isMapping {
		_, err := readMapping(file)
		return err
	}
	if format != "" && !slices.Contains(parsers.Names(), format) {
		return fmt.Errorf("there is no such format (known: %s, xpath:FILE)", strings.Join(parsers.Names(), ", "))
	}
	return nil
}

// realRoot gives the absolute path of a folder that exists here, links resolved
// as PHP resolves them, or the text as it is.
func realRoot(root string) string {
	if root == "" || strings.Contains(root, `\`) {
		return root
	}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		if abs, err := filepath.Abs(real); err == nil {
			return abs
		}
	}
	return root
}

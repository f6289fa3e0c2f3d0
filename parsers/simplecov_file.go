package parsers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/covpipe/covpipe/coverage"
)

// simplecovLine is one line of one or of several suites.
type simplecovLine int8

const (
	simplecovNoCode simplecovLine = iota
	simplecovMissed
	simplecovHit
)

func (l *simplecovLine) UnmarshalJSON(text []byte) error {
	if string(text) == "null" || string(text) == `"ignored"` {
		*l = simplecovNoCode
		return nil
	}
	var n hits
	err := n.UnmarshalJSON(text)
	*l = simplecovMissed
	if n > 0 {
		*l = simplecovHit
	}
	return err
}

// simplecovFile is what is known of a file. Branches are nil if none were
// looked for.
type simplecovFile struct {
	lines    []simplecovLine
	branches map[string]bool // whether it was taken, by its place
}

func (f *simplecovFile) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("[")) {
		return json.Unmarshal(text, &f.lines)
	}
	var file struct {
		Lines    *[]simplecovLine `json:"lines"`
		Branches json.RawMessage  `json:"branches"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return err
	}
	if file.Lines == nil {
		return errors.New("a file without lines")
	}
	f.lines = *file.Lines
	switch {
	case bytes.HasPrefix(file.Branches, []byte("{")):
		return f.rubyBranches(file.Branches)
	case bytes.HasPrefix(file.Branches, []byte("[")):
		return f.formattedBranches(file.Branches)
	case len(file.Branches) > 0 && string(file.Branches) != "null":
		return errors.New("branches are neither an object nor an array")
	}
	return nil
}

func (f *simplecovFile) rubyBranches(text []byte) error {
	var conditions map[string]map[string]hits
	if err := json.Unmarshal(text, &conditions); err != nil {
		return err
	}
	f.branches = map[string]bool{}
	for _, condition := range slices.Sorted(maps.Keys(conditions)) {
		for _, branch := range slices.Sorted(maps.Keys(conditions[condition])) {
			place := simplecovPlace(condition) + simplecovPlace(branch)
			if _, twice := f.branches[place]; twice {
				place = condition + branch // it stays apart
			}
			f.branches[place] = conditions[condition][branch] > 0
		}
	}
	return nil
}

// simplecovPlace drops the number from "[:then, 1, 4, 6, 4, 9]".
func simplecovPlace(tuple string) string {
	parts := strings.Split(tuple, ", ")
	if len(parts) != 6 {
		return tuple
	}
	return parts[0] + ", " + strings.Join(parts[2:], ", ")
}

func (f *simplecovFile) formattedBranches(text []byte) error {
	var branches []struct {
		Coverage *simplecovLine `json:"coverage"`
	}
	if err := json.Unmarshal(text, &branches); err != nil {
		return err
	}
	f.branches = map[string]bool{}
	for i, branch := range branches {
		if branch.Coverage == nil {
			return errors.New("a branch without coverage")
		}
		if *branch.Coverage != simplecovNoCode {
			f.branches[fmt.Sprint(i)] = *branch.Coverage == simplecovHit
		}
	}
	return nil
}

// merge unites a file with the same file of another suite.
func (f *simplecovFile) merge(g *simplecovFile) {
	if len(f.lines) < len(g.lines) {
		f.lines, g.lines = g.lines, f.lines
	}
	for i := range f.lines {
		other := simplecovNoCode
		if i < len(g.lines) {
			other = g.lines[i]
		}
		switch {
		case f.lines[i] == simplecovHit || other == simplecovHit:
			f.lines[i] = simplecovHit
		case other == simplecovNoCode:
			f.lines[i] = simplecovNoCode
		}
	}
	if f.branches == nil {
		f.branches = g.branches
		return
	}
	for place, taken := range g.branches {
		f.branches[place] = f.branches[place] || taken
	}
}

func (f *simplecovFile) row(path string) coverage.Row {
	row := coverage.Row{Path: path, Lines: coverage.Of(0, 0), Basis: coverage.BasisLines, Exact: true}
	for _, line := range f.lines {
		if line != simplecovNoCode {
			row.Lines = row.Lines.Add(one(line == simplecovHit))
		}
	}
	if f.branches == nil || len(f.branches) == 0 && row.Lines.Covered == 0 && row.Lines.Total > 0 {
		return row
	}
	row.Branches = coverage.Of(0, 0)
	for _, taken := range f.branches {
		row.Branches = row.Branches.Add(one(taken))
	}
	return row
}

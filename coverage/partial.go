package coverage

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Partial is the union of some shard reports of a suite with all that is needed
// to unite it with others. A merged Clover report is less: of what each shard
// told about hidden statements it has only the answer, and another shard may
// leave that answer open again.
//
// However reports are spread over partials, and in whatever order these are
// united, [Partial.Merged] gives what [Merge] gives for all reports.
type Partial struct {
	files   map[string]*union
	reports int // that were added here, so that a file listed twice is seen
}

// NewPartial gives a partial without any report.
func NewPartial() *Partial { return &Partial{files: map[string]*union{}} }

// Add unites one more report. Rows must have a Source, or the error is
// [ErrNoLines]. After an error the partial is not to be used.
func (p *Partial) Add(rows Rows) error {
	p.reports++
	for row, err := range rows {
		if err != nil {
			return err
		}
		if row.Source == nil {
			return fmt.Errorf("merge: %s: %w", row.Path, ErrNoLines)
		}
		file := p.files[row.Path]
		if file == nil {
			file = &union{}
			p.files[row.Path] = file
		}
		if file.seen == p.reports {
			return fmt.Errorf("merge: %s: listed twice in one report", row.Path)
		}
		file.seen = p.reports
		if row.Finding != "" {
			file.doubt(row.Finding)
		}
		file.add(row.Source)
	}
	return nil
}

// Unite adds all reports of other, which is not to be used after that. A report
// must not be in both, or its hits count twice.
func (p *Partial) Unite(other *Partial) {
	for path, file := range other.files {
		if own := p.files[path]; own != nil {
			own.join(file)
		} else {
			file.seen = 0
			p.files[path] = file
		}
	}
	other.files = nil
}

// Files gives how many files the reports have listed.
func (p *Partial) Files() int { return len(p.files) }

// Merged gives the rows of all reports. The partial is empty after that.
func (p *Partial) Merged() *Merged {
	merged := &Merged{}
	for _, path := range slices.Sorted(maps.Keys(p.files)) {
		row, reasons := p.files[path].row(path)
		for _, reason := range reasons {
			merged.Findings = append(merged.Findings, Finding{path, reason})
		}
		row.Finding = strings.Join(reasons, "; ")
		merged.Rows = append(merged.Rows, row)
		delete(p.files, path)
	}
	return merged
}

// join adds what another union of the same file has seen.
func (u *union) join(o *union) {
	u.sized(o.size)
	u.other = u.other || o.other
	for _, doubt := range o.doubts {
		u.doubt(doubt)
	}
	u.branches = u.branches || o.branches
	switch {
	case o.best == nil:
		if u.best == nil && o.listed != nil && (u.listed == nil || compareSources(o.listed, u.listed) < 0) {
			u.listed = o.listed
		}
		return
	case u.best == nil:
		u.listed, u.best, u.lines, u.loads, u.shards, u.ends, u.mixed =
			nil, o.best, o.lines, o.loads, o.shards, o.ends, o.mixed
		return
	}
	if u.lines == nil {
		u.lines = u.best.Clone()
	}
	if o.lines == nil {
		u.unite(o.best)
	} else {
		u.unite(o.lines)
	}
	if compareSources(o.best, u.best) > 0 {
		u.best = o.best
	}
	u.mixed = u.mixed || o.mixed
	u.shards += o.shards
	u.joinEnds(o.ends)
	for _, l := range o.loads {
		if !slices.ContainsFunc(u.loads, l.same) {
			u.loads = append(u.loads, l)
		}
	}
}

// joinEnds narrows the ends of methods by those of another union; see methodEnds
// for those of other methods.
func (u *union) joinEnds(ends []int32) {
	switch {
	case len(ends) > len(u.ends):
		u.ends = ends
		return
	case len(ends) < len(u.ends):
		return
	}
	for i := range ends {
		u.ends[i] = min(u.ends[i], ends[i])
	}
}

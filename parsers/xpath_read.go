package parsers

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/antchfx/xmlquery"

	"github.com/covpipe/covpipe/coverage"
)

// mappedFile is what all elements of one file say together.
type mappedFile struct {
	row     coverage.Row
	lines   []mappedLine // as they came; up to united one for each number, in order
	united  int
	entries int
}

// mappedLine is what is kept of each line until the end of a report, so it is
// small: a report has millions.
type mappedLine struct {
	number                   int32
	branches, branchesRun    int32
	covered, known, disputed bool // known: that there are branches or not; disputed: which of them ran
}

// add adds what an element says of a line.
func (f *mappedFile) add(line mappedLine) {
	f.lines = append(f.lines, line)
	if len(f.lines) > 2*f.united+64 {
		f.unite()
	}
}

// unite makes one line of all that have the same number.
func (f *mappedFile) unite() {
	slices.SortStableFunc(f.lines, func(a, b mappedLine) int { return cmp.Compare(a.number, b.number) })
	f.united = 0
	for _, line := range f.lines {
		if last := f.united - 1; last >= 0 && f.lines[last].number == line.number {
			f.lines[last] = f.lines[last].unite(line)
		} else {
			f.lines[f.united] = line
			f.united++
		}
	}
	f.lines = f.lines[:f.united]
}

func (m *mapping) rows(r io.Reader, stated *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		q, err := m.compile()
		if err == nil {
			q.stated, q.yield = stated, yield
			err = q.read(r)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(coverage.Row{}, err)
		}
	}
}

// read takes one file element at a time from the stream. Rows come at once
// unless elements are to be united: then a file is known only at the end.
func (q *mapped) read(r io.Reader) error {
	tree := newXMLTree(r, q.fileElement, q.fileName)
	for {
		node, err := tree.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := q.file(node); err != nil {
			if errors.Is(err, errStopped) {
				return err
			}
			return tree.xml.fail(tree.xml.pos, "<%s>: %w", node.Data, err)
		}
	}
	for _, file := range q.order {
		if !q.yield(q.finished(file), nil) {
			return errStopped
		}
	}
	return nil
}

// head reads what stands before the first file element.
func (q *mapped) head(node *xmlquery.Node) error {
	node = document(node)
	if q.sources != nil {
		found, err := q.sources.nodes(node)
		if err != nil {
			return err
		}
		for _, source := range found {
			folder := strings.TrimSpace(source.InnerText())
			if folder != "" && !strings.HasPrefix(folder, "--") { // Cobertura lists its own flags there
				q.folders = append(q.folders, folder)
			}
		}
	}
	text, _, err := q.measuredAt.value(node)
	if err != nil {
		return fmt.Errorf("stated: measured_at: %w", err)
	}
	q.stated.MeasuredAt = statedTime(text)
	files, known, err := q.files.whole(node)
	if err != nil {
		return fmt.Errorf("stated: files: %w", err)
	}
	if known {
		q.stated.Files = coverage.Of(0, files)
	}
	for _, c := range []struct {
		name string
		from *queryCount
		into *coverage.Count
	}{
		{"lines", q.statedLines, &q.stated.Lines},
		{"methods", q.statedMethods, &q.stated.Methods},
		{"branches", q.statedBranches, &q.stated.Branches},
	} {
		if *c.into, err = c.from.count(node); err != nil {
			return fmt.Errorf("stated: %s: %w", c.name, err)
		}
	}
	return nil
}

// statedTime reads seconds or milliseconds since 1970, or RFC 3339. A time
// without its zone is no time.
func statedTime(text string) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC()
	}
	seconds, _, _ := strings.Cut(text, ".")
	if t, err := number([]byte(seconds)); err == nil && t > 0 {
		return unixTime(t)
	}
	return time.Time{}
}

// file reads one file element.
func (q *mapped) file(node *xmlquery.Node) error {
	if !q.begun {
		q.begun = true
		if err := q.head(node); err != nil {
			return err
		}
	}
	name, _, err := q.path.value(node)
	if err != nil {
		return err
	}
	module, _, err := q.module.value(node)
	if err != nil {
		return err
	}
	if name == "" {
		return errors.New("it has no path")
	}
	key := [2]string{module, q.absolute(name)}
	file := q.seen[key]
	if file != nil && !q.unite {
		return fmt.Errorf("%s is listed twice", key[1])
	}
	if file == nil {
		file = &mappedFile{}
		file.row = coverage.Row{Module: module, Path: key[1], Basis: coverage.BasisFileMetrics, Exact: true}
		q.seen[key] = file
		if q.unite {
			q.order = append(q.order, file)
		}
	}
	file.entries++
	if err := q.content(node, file); err != nil {
		return fmt.Errorf("%s: %w", key[1], err)
	}
	if q.unite {
		return nil
	}
	row := q.finished(file)
	q.seen[key] = &mappedFile{} // the name is enough
	q.branched = false
	if !q.yield(row, nil) {
		return errStopped
	}
	return nil
}

func (q *mapped) content(node *xmlquery.Node, file *mappedFile) error {
	for _, c := range []struct {
		name string
		from *queryCount
		into *coverage.Count
	}{
		{"lines", q.lines, &file.row.Lines},
		{"methods", q.methods, &file.row.Methods},
		{"branches", q.branches, &file.row.Branches},
	} {
		count, err := c.from.count(node)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		*c.into = c.into.Add(count)
	}
	if q.each == nil {
		return nil
	}
	file.row.Basis = coverage.BasisLines
	lines, err := q.each.nodes(node)
	if err != nil {
		return err
	}
	for _, line := range lines {
		if err := q.line(line, file); err != nil {
			return err
		}
	}
	return nil
}

func (q *mapped) line(node *xmlquery.Node, file *mappedFile) error {
	at, known, err := q.number.whole(node)
	switch {
	case err != nil:
		return fmt.Errorf("the number of a line: %w", err)
	case !known:
		return errors.New("a line has no number")
	case at < 1 || at > maxLine:
		return fmt.Errorf("a line has the number %d", at)
	}
	hits, known, err := q.hits.whole(node)
	if err != nil {
		return fmt.Errorf("the hits of line %d: %w", at, err)
	}
	if !known {
		return fmt.Errorf("line %d has no hits", at)
	}
	branches, err := q.lineBranches.count(node)
	if err != nil {
		return fmt.Errorf("the branches of line %d: %w", at, err)
	}
	if branches.Total > maxLine {
		return fmt.Errorf("line %d has %d branches", at, branches.Total)
	}
	q.branched = q.branched || branches.Known
	file.add(mappedLine{number: int32(at), covered: hits > 0,
		known: branches.Known, branches: int32(branches.Total), branchesRun: int32(branches.Covered)})
	return nil
}

// unite joins two entries of one line. They do not say which branches each of
// them covers, so the larger count is a lower bound, unless one of them is all
// or nothing.
func (l mappedLine) unite(d mappedLine) mappedLine {
	l.covered = l.covered || d.covered
	l.disputed = l.disputed || d.disputed
	switch {
	case !d.known:
		return l
	case !l.known:
		l.known, l.branches, l.branchesRun = true, d.branches, d.branchesRun
		return l
	}
	all := max(l.branches, d.branches)
	some := max(l.branchesRun, d.branchesRun)
	if l.branches != d.branches || min(l.branchesRun, d.branchesRun) > 0 && some < all {
		l.disputed = true
	}
	l.branches, l.branchesRun = all, some
	return l
}

// finished makes the row of a file of which nothing more comes.
func (q *mapped) finished(file *mappedFile) coverage.Row {
	row, disputed := file.row, 0
	file.unite()
	if q.each != nil {
		row.Lines = coverage.Of(0, int64(len(file.lines)))
		if q.branched { // then a line without branches has none
			row.Branches = coverage.Of(0, 0)
		}
		for _, line := range file.lines {
			if line.covered {
				row.Lines.Covered++
			}
			if line.known {
				row.Branches = row.Branches.Add(coverage.Of(int64(line.branchesRun), int64(line.branches)))
			}
			if line.disputed {
				disputed++
			}
		}
	}
	var findings []string
	if disputed > 0 {
		findings = append(findings, fmt.Sprintf("branch_union: %d lines are listed several times with other branches; "+
			"the larger count of covered ones was taken", disputed))
	}
	if len(q.folders) > 1 && file.entries > 1 && !rooted(row.Path) {
		findings = append(findings, fmt.Sprintf("several_sources: %d entries have this name, "+
			"and nothing says in which of %d source folders each lies; they may be several files",
			file.entries, len(q.folders)))
	}
	if len(findings) > 0 {
		row.Exact, row.Finding = false, strings.Join(findings, "; ")
	}
	return row
}

// absolute puts the source folder before a path that is relative to it. Among
// several folders there is no telling, so the path stays as it is.
func (q *mapped) absolute(name string) string {
	if rooted(name) || len(q.folders) != 1 {
		return name
	}
	folder := q.folders[0]
	if rooted(folder) && strings.Contains(folder, `\`) {
		return strings.TrimRight(folder, `\/`) + `\` + name
	}
	return cmp.Or(path.Join(folder, name), name)
}

// rooted tells whether a path is absolute, on Windows or elsewhere.
func rooted(name string) bool {
	return strings.HasPrefix(name, "/") || strings.HasPrefix(name, `\`) ||
		len(name) > 2 && name[1] == ':' && (name[2] == '/' || name[2] == '\\')
}

package parsers

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/antchfx/xmlquery"
	"github.com/antchfx/xpath"
	"github.com/goccy/go-yaml"

	"github.com/covpipe/covpipe/coverage"
)

// mapping says with XPath where an XML report keeps what a row needs. It is
// written in YAML, so that a format can be added without code:
//
//	name: cobertura
//	file: //class
//	path: "@filename"
//	line:
//	  each: lines/line
//	  number: "@number"
//	  hits: "@hits"
//
// docs/xpath.md explains every word.
type mapping struct {
	Name     string        `yaml:"name"`
	File     string        `yaml:"file"`
	Path     string        `yaml:"path"`
	Module   string        `yaml:"module"`
	Sources  string        `yaml:"sources"`
	Union    string        `yaml:"union"`
	Line     *mappingLine  `yaml:"line"`
	Lines    *mappingCount `yaml:"lines"`
	Methods  *mappingCount `yaml:"methods"`
	Branches *mappingCount `yaml:"branches"`
	Stated   mappingStated `yaml:"stated"`
}

type mappingLine struct {
	Each     string        `yaml:"each"`
	Number   string        `yaml:"number"`
	Hits     string        `yaml:"hits"`
	Branches *mappingCount `yaml:"branches"`
}

type mappingCount struct {
	Covered string `yaml:"covered"`
	Total   string `yaml:"total"`
}

type mappingStated struct {
	MeasuredAt string        `yaml:"measured_at"`
	Files      string        `yaml:"files"`
	Lines      *mappingCount `yaml:"lines"`
	Methods    *mappingCount `yaml:"methods"`
	Branches   *mappingCount `yaml:"branches"`
}

// ErrMapping is returned by [Mapping] for a mapping that cannot be used.
var ErrMapping = errors.New("no mapping of a report format")

// Mapping reads a mapping, which makes a format out of XPath.
func Mapping(text []byte) (*Format, error) {
	m, err := readMapping(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMapping, err)
	}
	if slices.Contains(Names(), m.Name) {
		return nil, fmt.Errorf("%w: name: %s is a format that covpipe has", ErrMapping, m.Name)
	}
	return &Format{Name: m.Name, Sniff: func([]byte) bool { return false }, Rows: m.rows}, nil
}

var (
	mappingName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	fileElement = regexp.MustCompile(`(?:^|[/:])([A-Za-z_][\w.-]*)(?:\[[^\[\]]*\])*$`)
)

// explainYAML makes one line of an error of the YAML library, which can lack a
// place.
func explainYAML(err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		return fmt.Errorf("line %d: %s", at.GetToken().Position.Line, at.GetMessage())
	}
	if errors.As(err, &at) {
		return errors.New(at.GetMessage())
	}
	return err
}

func readMapping(text []byte) (*mapping, error) {
	var m mapping
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&m); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("it is empty")
		}
		return nil, explainYAML(err)
	}
	switch {
	case !mappingName.MatchString(m.Name):
		return nil, fmt.Errorf("name: %q is no word such as cobertura", m.Name)
	case !fileElement.MatchString(m.File):
		return nil, fmt.Errorf("file: %q does not end in the name of an element", m.File)
	case m.Path == "":
		return nil, errors.New("path is missing")
	case (m.Line == nil) == (m.Lines == nil):
		return nil, errors.New("it needs either line, for what is counted line by line, or lines, for counts")
	case m.Union != "" && m.Union != "lines":
		return nil, fmt.Errorf("union: %q is not lines", m.Union)
	case m.Union != "" && m.Line == nil:
		return nil, errors.New("union: counts cannot be united, only lines")
	case m.Line != nil && (m.Line.Each == "" || m.Line.Number == "" || m.Line.Hits == ""):
		return nil, errors.New("line: it needs each, number and hits")
	case m.Line != nil && m.Line.Branches != nil && m.Branches != nil:
		return nil, errors.New("branches are given twice")
	}
	_, err := m.compile()
	return &m, err
}

// mapped is a mapping made ready to read one report; the expressions of the
// XPath library keep state.
type mapped struct {
	path, module, sources      *query
	each, number, hits         *query
	lines, methods, branches   *queryCount
	lineBranches               *queryCount
	measuredAt, files          *query
	statedLines, statedMethods *queryCount
	statedBranches             *queryCount
	fileName                   string // of the file element
	unite                      bool

	strict   *strictXML
	stated   *coverage.Stated
	yield    func(coverage.Row, error) bool
	begun    bool     // the first file element was seen
	folders  []string // what sources names
	branched bool     // some line has branches
	seen     map[[2]string]*mappedFile
	order    []*mappedFile // those to be united
}

type queryCount struct{ covered, total *query }

func (m *mapping) compile() (*mapped, error) {
	q := &mapped{unite: m.Union != "", seen: map[[2]string]*mappedFile{}}
	q.fileName = fileElement.FindStringSubmatch(m.File)[1]
	var errs []error
	one := func(into **query, name, text string) {
		if text == "" {
			return
		}
		compiled, err := compileQuery(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		*into = compiled
	}
	count := func(into **queryCount, name string, c *mappingCount) {
		if c == nil {
			return
		}
		if c.Covered == "" || c.Total == "" {
			errs = append(errs, fmt.Errorf("%s: it needs covered and total", name))
			return
		}
		*into = &queryCount{}
		one(&(*into).covered, name+": covered", c.Covered)
		one(&(*into).total, name+": total", c.Total)
	}
	var file *query
	one(&file, "file", m.File)
	one(&q.path, "path", m.Path)
	one(&q.module, "module", m.Module)
	one(&q.sources, "sources", m.Sources)
	if m.Line != nil {
		one(&q.each, "line: each", m.Line.Each)
		one(&q.number, "line: number", m.Line.Number)
		one(&q.hits, "line: hits", m.Line.Hits)
		count(&q.lineBranches, "line: branches", m.Line.Branches)
	}
	count(&q.lines, "lines", m.Lines)
	count(&q.methods, "methods", m.Methods)
	count(&q.branches, "branches", m.Branches)
	one(&q.measuredAt, "stated: measured_at", m.Stated.MeasuredAt)
	one(&q.files, "stated: files", m.Stated.Files)
	count(&q.statedLines, "stated: lines", m.Stated.Lines)
	count(&q.statedMethods, "stated: methods", m.Stated.Methods)
	count(&q.statedBranches, "stated: branches", m.Stated.Branches)
	return q, errors.Join(errs...)
}

// query is one XPath expression.
type query struct {
	text      string
	attribute string // for @name, which is most of them and needs no XPath
	compiled  *xpath.Expr
}

var plainAttribute = regexp.MustCompile(`^@([A-Za-z_][\w.-]*)$`)

func compileQuery(text string) (q *query, err error) {
	defer func() { // the library panics over some faults
		if fault := recover(); fault != nil {
			q, err = nil, fmt.Errorf("%q is not XPath: %v", text, fault)
		}
	}()
	q = &query{text: text}
	if match := plainAttribute.FindStringSubmatch(text); match != nil {
		q.attribute = match[1]
	}
	if q.compiled, err = xpath.Compile(text); err != nil {
		return nil, fmt.Errorf("%q is not XPath: %w", text, err)
	}
	return q, nil
}

// value evaluates the expression from a node on. An expression that finds
// nothing, or no number where it computes one, gives false.
func (q *query) value(node *xmlquery.Node) (text string, given bool, err error) {
	if q == nil {
		return "", false, nil
	}
	if q.attribute != "" {
		for _, a := range node.Attr {
			if a.Name.Local == q.attribute && a.Name.Space == "" {
				return strings.TrimSpace(a.Value), true, nil
			}
		}
		return "", false, nil
	}
	defer func() { // likewise
		if fault := recover(); fault != nil {
			text, given, err = "", false, fmt.Errorf("%s: %v", q.text, fault)
		}
	}()
	if strings.HasPrefix(q.text, "/") {
		node = document(node)
	}
	switch result := q.compiled.Evaluate(xmlquery.CreateXPathNavigator(node)).(type) {
	case string:
		result = strings.TrimSpace(result)
		return result, result != "", nil
	case float64:
		return strconv.FormatFloat(result, 'f', -1, 64), !math.IsNaN(result), nil
	case bool:
		if result {
			return "1", true, nil
		}
		return "0", true, nil
	case *xpath.NodeIterator:
		if result.MoveNext() {
			return strings.TrimSpace(result.Current().Value()), true, nil
		}
	}
	return "", false, nil
}

// nodes gives all nodes that the expression finds.
func (q *query) nodes(node *xmlquery.Node) (found []*xmlquery.Node, err error) {
	defer func() { // likewise
		if fault := recover(); fault != nil {
			found, err = nil, fmt.Errorf("%s: %v", q.text, fault)
		}
	}()
	if strings.HasPrefix(q.text, "/") {
		node = document(node)
	}
	return xmlquery.QuerySelectorAll(node, q.compiled), nil
}

// document gives the node above all others. The library takes the node where it
// starts for that of the whole document.
func document(node *xmlquery.Node) *xmlquery.Node {
	for node.Parent != nil {
		node = node.Parent
	}
	return node
}

// whole gives a whole number from 0, however it is written: 3, 3.0 or the
// result of a computation. NaN is what XPath and some tools call unknown.
func (q *query) whole(node *xmlquery.Node) (n int64, given bool, err error) {
	text, given, err := q.value(node)
	if err != nil || !given || text == "" || text == "NaN" {
		return 0, false, err
	}
	if n, err := number([]byte(text)); err == nil {
		return n, true, nil
	}
	if x, err := strconv.ParseFloat(text, 64); err == nil && x == math.Trunc(x) && x >= 0 && x < 1<<53 {
		return int64(x), true, nil
	}
	return 0, false, fmt.Errorf("%q is not a whole number from 0", shortened(text))
}

func (c *queryCount) count(node *xmlquery.Node) (coverage.Count, error) {
	if c == nil {
		return coverage.Count{}, nil
	}
	covered, known, err := c.covered.whole(node)
	total, also, errTotal := c.total.whole(node)
	if err := errors.Join(err, errTotal); err != nil {
		return coverage.Count{}, err
	}
	if known != also {
		return coverage.Count{}, fmt.Errorf("it has one of %s and %s, not both", c.covered.text, c.total.text)
	}
	if !known {
		return coverage.Count{}, nil
	}
	count := coverage.Of(covered, total)
	return count, count.Check()
}

// mappedFile is what all elements of one file say together.
type mappedFile struct {
	row     coverage.Row
	lines   map[int64]mappedLine
	entries int
	unclear int // lines whose branches differ between entries
}

type mappedLine struct {
	covered  bool
	branches coverage.Count
	unclear  bool
}

func (m *mapping) rows(r io.Reader, stated *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		q, err := m.compile()
		if err == nil {
			q.stated, q.yield = stated, yield
			err = q.read(r, m.File)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(coverage.Row{}, err)
		}
	}
}

// read takes one file element at a time from the stream. Rows come at once
// unless elements are to be united: then a file is known only at the end.
func (q *mapped) read(r io.Reader, file string) error {
	q.strict = newStrictXML(r, q.fileName)
	plain := func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // strictXML lets only UTF-8 through
	stream, err := xmlquery.CreateStreamParserWithOptions(q.strict,
		xmlquery.ParserOptions{Decoder: &xmlquery.DecoderOptions{Strict: true, CharsetReader: plain}}, file)
	if err != nil {
		return err
	}
	for {
		node, err := q.strict.step(stream)
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
			return q.strict.xml.fail(q.strict.xml.pos, "<%s>: %w", node.Data, err)
		}
		// What came before is not needed again, and would pile up.
		for above := node.Parent; above != nil && above.Parent != nil && above.Parent.Parent != nil; above = above.Parent {
			for above.PrevSibling != nil {
				xmlquery.RemoveFromTree(above.PrevSibling)
			}
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
	if t, err := number([]byte(seconds)); err == nil && t > 0 && t < 1<<53 {
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
		file = &mappedFile{lines: map[int64]mappedLine{}}
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
		{"lines", q.lines, &file.row.Lines}, {"methods", q.methods, &file.row.Methods}, {"branches", q.branches, &file.row.Branches},
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
	before := file.lines[at]
	file.lines[at] = before.unite(mappedLine{covered: hits > 0, branches: branches})
	if file.lines[at].unclear && !before.unclear {
		file.unclear++
	}
	return nil
}

// unite joins two entries of one line. They do not say which branches each of
// them covers, so the larger count is a lower bound, unless one of them is all
// or nothing.
func (l mappedLine) unite(d mappedLine) mappedLine {
	l.covered = l.covered || d.covered
	l.unclear = l.unclear || d.unclear
	switch {
	case !d.branches.Known:
		return l
	case !l.branches.Known:
		l.branches = d.branches
		return l
	}
	all := max(l.branches.Total, d.branches.Total)
	some := max(l.branches.Covered, d.branches.Covered)
	if l.branches.Total != d.branches.Total || min(l.branches.Covered, d.branches.Covered) > 0 && some < all {
		l.unclear = true
	}
	l.branches = coverage.Of(some, all)
	return l
}

// finished makes the row of a file of which nothing more comes.
func (q *mapped) finished(file *mappedFile) coverage.Row {
	row := file.row
	if q.each != nil {
		row.Lines = coverage.Of(0, int64(len(file.lines)))
		if q.branched { // then a line without branches has none
			row.Branches = coverage.Of(0, 0)
		}
		for _, line := range file.lines {
			if line.covered {
				row.Lines.Covered++
			}
			row.Branches = row.Branches.Add(line.branches)
		}
	}
	var findings []string
	if file.unclear > 0 {
		findings = append(findings, fmt.Sprintf("branch_union: %d lines are listed several times with other branches; the larger count of covered ones was taken", file.unclear))
	}
	if len(q.folders) > 1 && file.entries > 1 && !rooted(row.Path) {
		findings = append(findings, fmt.Sprintf("several_sources: %d entries have this name, and nothing says in which of %d source folders each lies; they may be several files", file.entries, len(q.folders)))
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

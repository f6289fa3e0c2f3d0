package parsers

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/antchfx/xmlquery"
	"github.com/antchfx/xpath"

	"github.com/covpipe/covpipe/coverage"
)

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
	fileElement                *query
	fileName                   string // its name
	unite                      bool

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
	one(&q.fileElement, "file", m.File)
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

	own   []string                 // the attributes of the node on which alone the value depends; nil if there is more
	known map[string]queriedString // by their values
	key   []byte                   // those of the node at hand
}

// queriedString is the value of an expression; not given if it finds nothing.
type queriedString struct {
	text  string
	given bool
}

// maxKnown is of how many combinations of attributes a query keeps the value.
const maxKnown = 4096

// ownValue is an expression that computes with attributes of its node and
// constants alone. Names of functions that know more of the node are not in it.
var (
	ownValue = regexp.MustCompile(`^(?:@[A-Za-z_][\w.-]*|\d+(?:\.\d+)?|''|` +
		`(?:substring-before|substring-after|substring|string-length|string|concat|contains|starts-with|translate|` +
		`normalize-space|number|boolean|not|floor|ceiling|round)\(|[(),+=!<>-]|\b(?:div|mod|and|or)\b|\s)+$`)
	literal     = regexp.MustCompile(`'[^']*'|"[^"]*"`)
	anAttribute = regexp.MustCompile(`@([A-Za-z_][\w.-]*)`)
)

// ownAttributes gives the attributes on which alone an expression depends.
func ownAttributes(text string) (names []string) {
	bare := literal.ReplaceAllString(text, "''")
	if !ownValue.MatchString(bare) || strings.Contains(bare, "()") {
		return nil
	}
	for _, match := range anAttribute.FindAllStringSubmatch(bare, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// join makes a key of the values of the attributes on which the expression depends.
func (q *query) join(node *xmlquery.Node) {
	q.key = q.key[:0]
	for _, name := range q.own {
		for _, a := range node.Attr {
			if a.Name.Local == name && a.Name.Space == "" {
				q.key = append(append(q.key, a.Value...), 1) // no attribute has this character
			}
		}
		q.key = append(q.key, 0) // likewise
	}
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
	if q.own = ownAttributes(text); q.own != nil {
		q.known = map[string]queriedString{}
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
	if q.own == nil {
		return q.evaluate(node)
	}
	q.join(node)
	if value, ok := q.known[string(q.key)]; ok {
		return value.text, value.given, nil
	}
	text, given, err = q.evaluate(node)
	if err == nil && len(q.known) < maxKnown {
		q.known[string(q.key)] = queriedString{text, given}
	}
	return text, given, err
}

// evaluate has the library evaluate the expression.
func (q *query) evaluate(node *xmlquery.Node) (text string, given bool, err error) {
	defer func() { // the library panics over some faults
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
	if err := cmp.Or(err, errTotal); err != nil {
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

package jenkinstest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// pruner decides how much of a bean is written (Stapler's TreePruner).
type pruner interface {
	// accept returns the pruner for the value of the property, or nil if the
	// property is not written.
	accept(p property) pruner
	// items are the first item of an array that is written, and the first one
	// behind it that is not.
	items() (from, to int)
}

// byDepth is the pruner of ?depth=, and of no parameter at all. Its value is the
// least visibility that is written; it grows with each level.
type byDepth int

func (d byDepth) accept(p property) pruner {
	visibility := p.visibility
	if visibility == 0 {
		visibility = 1
	}
	switch {
	case visibility < int(d):
		return nil
	case p.inline:
		return d
	}
	return d + 1
}

func (byDepth) items() (from, to int) { return 0, math.MaxInt32 }

// namedPaths is the pruner of ?tree= (Stapler's NamedPathPruner).
type namedPaths struct {
	children map[string]*namedPaths
	from, to int
}

// accept takes what is named, and with a "*" everything else too. What is
// neither is nil: the tree names all that is written.
func (n *namedPaths) accept(p property) pruner {
	for _, name := range []string{p.name, "*"} {
		if child, ok := n.children[name]; ok {
			return child
		}
	}
	return nil
}

func (n *namedPaths) items() (from, to int) { return n.from, n.to }

// parseTree reads the grammar of NamedPathPruner: names separated by commas,
// each with what is wanted of it in brackets, and a range of items in braces:
// {N}, {N,M}, {N,} or {,M}, where M is the first that is not wanted.
//
//	builds[number,artifacts[relativePath]]{0,10},lastBuild[*]
//
// Blanks belong to names, and a name that is repeated counts as it came last.
func parseTree(text string) (*namedPaths, error) {
	in := &treeReader{text: text}
	root := newNamedPaths()
	if err := in.list(root); err != nil {
		return nil, err
	}
	if in.peek() != "" {
		return nil, fmt.Errorf("expected EOF at %d", in.pos)
	}
	return root, nil
}

func newNamedPaths() *namedPaths {
	return &namedPaths{children: map[string]*namedPaths{}, to: math.MaxInt32}
}

const treePunctuation = ",[]{}"

type treeReader struct {
	text string
	pos  int
}

// peek returns the next token: a punctuation mark, a name, or "" at the end.
func (in *treeReader) peek() string {
	rest := in.text[in.pos:]
	switch end := strings.IndexAny(rest, treePunctuation); end {
	case -1:
		return rest
	case 0:
		return rest[:1]
	default:
		return rest[:end]
	}
}

func (in *treeReader) accept(mark string) bool {
	if in.peek() != mark {
		return false
	}
	in.pos += len(mark)
	return true
}

func (in *treeReader) expect(mark string) error {
	if !in.accept(mark) {
		return fmt.Errorf("expected %s at %d", mark, in.pos)
	}
	return nil
}

func (in *treeReader) list(into *namedPaths) error {
	for {
		if err := in.node(into); err != nil {
			return err
		}
		if !in.accept(",") {
			return nil
		}
	}
}

func (in *treeReader) node(into *namedPaths) error {
	name := in.peek()
	if name == "" || strings.Contains(treePunctuation, name) {
		return fmt.Errorf("expected name at %d", in.pos)
	}
	in.pos += len(name)
	child := newNamedPaths()
	into.children[name] = child
	if in.accept("[") {
		if err := in.list(child); err != nil {
			return err
		}
		if err := in.expect("]"); err != nil {
			return err
		}
	}
	if in.accept("{") {
		if err := in.itemRange(child); err != nil {
			return err
		}
		return in.expect("}")
	}
	return nil
}

func (in *treeReader) itemRange(into *namedPaths) (err error) {
	if in.accept(",") { // {,M}
		into.to, err = in.number()
		return err
	}
	if into.from, err = in.number(); err != nil {
		return err
	}
	if in.peek() == "}" { // {N}
		into.to = into.from + 1
		return nil
	}
	if err = in.expect(","); err != nil || in.peek() == "}" { // {N,}
		return err
	}
	into.to, err = in.number() // {N,M}
	return err
}

func (in *treeReader) number() (int, error) {
	digits := in.peek()
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("expected number at %d", in.pos)
	}
	in.pos += len(digits)
	return int(n), nil
}

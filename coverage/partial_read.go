package coverage

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// partialReader reads what partialWriter writes. After the first error it gives
// zeros.
type partialReader struct {
	in  *bufio.Reader
	err error
}

// maxPartialText bounds a text, so that a damaged length asks for no memory.
const maxPartialText = 1 << 20

func (r *partialReader) number() int64 {
	if r.err != nil {
		return 0
	}
	n, err := binary.ReadVarint(r.in)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	r.err = err
	return n
}

func (r *partialReader) text() string {
	n := r.number()
	if r.err == nil && (n < 0 || n > maxPartialText) {
		r.err = fmt.Errorf("a text of %d octets", n)
	}
	if r.err != nil {
		return ""
	}
	text := make([]byte, n)
	_, r.err = io.ReadFull(r.in, text)
	return string(text)
}

func (r *partialReader) flag() bool { return r.number() == 1 }

// each calls read as often as the number that comes next says.
func (r *partialReader) each(read func()) {
	for n := r.number(); n > 0 && r.err == nil; n-- {
		read()
	}
}

func (r *partialReader) union(path string) *union {
	u := &union{size: [2]int64{r.number(), r.number()}, other: r.flag(), mixed: r.flag(), branches: r.flag()}
	u.shards = int(r.number())
	for _, s := range []**Source{&u.listed, &u.best} {
		if r.flag() {
			*s = &Source{Path: path, Metrics: r.metrics(), Classes: r.classes()}
			r.lines(*s)
		}
	}
	if r.flag() && u.best != nil {
		u.lines = &Source{Path: path, Metrics: u.best.Metrics, Classes: slices.Clone(u.best.Classes)}
		r.lines(u.lines)
	}
	r.each(func() {
		l := load{hidden: r.number()}
		r.each(func() { l.entered = append(l.entered, r.flag()) })
		u.loads = append(u.loads, l)
	})
	r.each(func() { u.ends = append(u.ends, int32(r.number())) })
	r.each(func() { u.doubts = append(u.doubts, r.text()) })
	if r.err == nil {
		r.err = u.check(path)
	}
	return u
}

// check holds a union to what merging relies on.
func (u *union) check(path string) error {
	switch {
	case (u.listed == nil) == (u.best == nil):
		return fmt.Errorf("%s: no report of it, or one too many", path)
	case (u.shards > 0) != (u.best != nil), (u.shards > 1) != (u.lines != nil):
		return fmt.Errorf("%s: it cannot be of %d shards", path, u.shards)
	case u.best == nil && len(u.loads) > 0:
		return fmt.Errorf("%s: it was loaded by no shard that is known", path)
	case !u.mixed && slices.ContainsFunc(u.loads, func(l load) bool { return len(l.entered) != len(u.best.Methods) }):
		return fmt.Errorf("%s: shards that agree have different methods", path)
	}
	return nil
}

func (r *partialReader) classes() (classes []Class) {
	r.each(func() { classes = append(classes, Class{r.text(), r.text(), r.metrics()}) })
	return classes
}

func (r *partialReader) lines(s *Source) {
	last := int32(0)
	r.each(func() {
		m := Method{Line: last + int32(r.number()), Complexity: int32(r.number()), Hits: r.number(), Lines: r.count(),
			Name: r.text(), Visibility: r.text()}
		if r.flag() {
			m.Extent = &Extent{int32(r.number()), r.flag()}
		}
		r.follows(last, m.Line, m.Hits)
		last = m.Line
		s.Methods = append(s.Methods, m)
	})
	last = 0
	r.each(func() {
		line := Line{last + int32(r.number()), r.number()}
		r.follows(last, line.Number, line.Hits)
		last = line.Number
		s.Statements = append(s.Statements, line)
	})
}

// follows holds a line to what merging relies on.
func (r *partialReader) follows(last, line int32, hits int64) {
	if r.err == nil && (line <= last || hits < 0) {
		r.err = fmt.Errorf("line %d with %d hits behind line %d", line, hits, last)
	}
}

func (r *partialReader) metrics() Metrics {
	return Metrics{LOC: r.number(), NCLOC: r.number(), Classes: r.number(), Complexity: r.number(),
		Statements: r.count(), Methods: r.count(), Branches: r.count()}
}

func (r *partialReader) count() Count {
	if !r.flag() {
		return Count{}
	}
	c := Of(r.number(), r.number())
	if r.err == nil {
		r.err = c.Check()
	}
	return c
}

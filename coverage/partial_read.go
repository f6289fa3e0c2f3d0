package coverage

import (
	"bufio"
	"cmp"
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
	if r.err == nil && (u.listed == nil) == (u.best == nil) {
		r.err = fmt.Errorf("%s: no report of it, or one too many", path)
	}
	return u
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
		if last = m.Line; r.flag() {
			m.Extent = &Extent{int32(r.number()), r.flag()}
		}
		s.Methods = append(s.Methods, m)
	})
	last = 0
	r.each(func() {
		line := Line{last + int32(r.number()), r.number()}
		last = line.Number
		s.Statements = append(s.Statements, line)
	})
}

func (r *partialReader) metrics() Metrics {
	return Metrics{LOC: r.number(), NCLOC: r.number(), Classes: r.number(), Complexity: r.number(),
		Statements: r.count(), Methods: r.count(), Branches: r.count()}
}

func (r *partialReader) count() Count {
	if !r.flag() {
		return Count{}
	}
	return Of(r.number(), r.number())
}

// compareLoads is a total order, so that equal partials are written alike.
func compareLoads(a, b load) int {
	return cmp.Or(cmp.Compare(a.hidden, b.hidden), slices.CompareFunc(a.entered, b.entered, func(x, y bool) int {
		switch {
		case x == y:
			return 0
		case y:
			return -1
		}
		return 1
	}))
}

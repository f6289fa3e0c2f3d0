package coverage

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// partialMagic begins the file of a partial; the digit is the version of what
// follows: for each file, by path, a 1 and its union, and in the end a 0 and the
// number of files. Numbers are varints, texts have their length before them.
const partialMagic = "covpipe partial 1\n"

// ErrPartial is what is wrong with a file of [Partial.Write] that cannot be read.
var ErrPartial = errors.New("it is no whole file of merged shards, or of another version of covpipe")

// Write writes a partial, compressed. The same reports give the same octets,
// however they were united, as long as they agree about the lines.
func (p *Partial) Write(w io.Writer) error {
	zip, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	return errors.Join(p.encode(zip), zip.Close())
}

func (p *Partial) encode(w io.Writer) error {
	out := &partialWriter{out: bufio.NewWriterSize(w, 64<<10)}
	_, _ = out.out.WriteString(partialMagic) // an error comes with Flush
	for _, path := range slices.Sorted(maps.Keys(p.files)) {
		out.number(1)
		out.text(path)
		out.union(p.files[path])
	}
	out.number(0)
	out.number(int64(len(p.files)))
	return out.out.Flush()
}

// ReadPartial reads what [Partial.Write] wrote.
func ReadPartial(r io.Reader) (*Partial, error) {
	zip, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPartial, err)
	}
	p := NewPartial()
	if err := p.decode(zip); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPartial, err)
	}
	return p, nil
}

func (p *Partial) decode(r io.Reader) error {
	in := &partialReader{in: bufio.NewReaderSize(r, 64<<10)}
	magic := make([]byte, len(partialMagic))
	if _, err := io.ReadFull(in.in, magic); err != nil || string(magic) != partialMagic {
		return cmp.Or(err, errors.New("it begins otherwise"))
	}
	for in.number() == 1 && in.err == nil {
		path := in.text()
		u := in.union(path)
		if _, twice := p.files[path]; twice {
			return fmt.Errorf("%s is in it twice", path)
		}
		p.files[path] = u
	}
	if files := in.number(); in.err == nil && files != int64(len(p.files)) {
		return fmt.Errorf("%d files of %d", len(p.files), files)
	}
	if in.err != nil {
		return in.err
	}
	// The checksum comes with the end.
	if _, err := in.in.ReadByte(); !errors.Is(err, io.EOF) {
		return cmp.Or(err, errors.New("something follows its end"))
	}
	return nil
}

type partialWriter struct{ out *bufio.Writer }

func (w *partialWriter) number(n int64) {
	var b [binary.MaxVarintLen64]byte
	_, _ = w.out.Write(b[:binary.PutVarint(b[:], n)])
}

func (w *partialWriter) text(s string) {
	w.number(int64(len(s)))
	_, _ = w.out.WriteString(s)
}

func (w *partialWriter) flag(b bool) {
	if b {
		w.number(1)
		return
	}
	w.number(0)
}

func (w *partialWriter) union(u *union) {
	w.number(u.size[0])
	w.number(u.size[1])
	w.flag(u.other)
	w.flag(u.mixed)
	w.flag(u.branches)
	w.number(int64(u.shards))
	for _, s := range []*Source{u.listed, u.best} {
		if w.flag(s != nil); s != nil {
			w.metrics(s.Metrics)
			w.classes(s.Classes)
			w.lines(s)
		}
	}
	// What its metrics and classes would tell, those of best tell.
	if w.flag(u.lines != nil); u.lines != nil {
		w.lines(u.lines)
	}
	loads := slices.Clone(u.loads)
	slices.SortFunc(loads, compareLoads)
	w.number(int64(len(loads)))
	for _, l := range loads {
		w.number(l.hidden)
		w.number(int64(len(l.entered)))
		for _, entered := range l.entered {
			w.flag(entered)
		}
	}
	w.number(int64(len(u.ends)))
	for _, end := range u.ends {
		w.number(int64(end))
	}
	w.number(int64(len(u.doubts)))
	for _, doubt := range u.doubts {
		w.text(doubt)
	}
}

func (w *partialWriter) classes(classes []Class) {
	w.number(int64(len(classes)))
	for _, c := range classes {
		w.text(c.Name)
		w.text(c.Namespace)
		w.metrics(c.Metrics)
	}
}

// lines writes numbers of lines as differences, which are small.
func (w *partialWriter) lines(s *Source) {
	w.number(int64(len(s.Methods)))
	last := int32(0)
	for _, m := range s.Methods {
		w.number(int64(m.Line - last))
		last = m.Line
		w.number(int64(m.Complexity))
		w.number(m.Hits)
		w.count(m.Lines)
		w.text(m.Name)
		w.text(m.Visibility)
		if w.flag(m.Extent != nil); m.Extent != nil {
			w.number(int64(m.Extent.Last))
			w.flag(m.Extent.OnStart)
		}
	}
	w.number(int64(len(s.Statements)))
	last = 0
	for _, line := range s.Statements {
		w.number(int64(line.Number - last))
		last = line.Number
		w.number(line.Hits)
	}
}

func (w *partialWriter) metrics(m Metrics) {
	for _, n := range []int64{m.LOC, m.NCLOC, m.Classes, m.Complexity} {
		w.number(n)
	}
	w.count(m.Statements)
	w.count(m.Methods)
	w.count(m.Branches)
}

func (w *partialWriter) count(c Count) {
	if w.flag(c.Known); c.Known {
		w.number(c.Covered)
		w.number(c.Total)
	}
}

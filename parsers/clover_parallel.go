package parsers

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/covpipe/covpipe/coverage"
)

// A large Clover report is read on several processors: it is cut behind the
// last </file> of every quarter of a megabyte, and the pieces are read side by side,
// each in the state in which it would begin if the report is regular, which
// most are: inside the same elements as the piece before. The pieces are then
// taken in order. One that began in another state than the piece before it has
// ended is read again, in the right state, and where a cut turns out to be in
// the middle of something (a </file> in a comment, say), the rest is read in
// one go. So the result never depends on the guess, only the speed does.

const (
	cloverPiece   = 256 << 10 // octets, about
	cloverLargest = 8 << 20   // a piece without </file> grows to this, then there are no more cuts
)

// cloverState is where in the document a piece begins or ends.
type cloverState struct {
	stack    []string
	skip     int
	producer string
}

func (s cloverState) equal(o cloverState) bool {
	return slices.Equal(s.stack, o.stack) && s.skip == o.skip && s.producer == o.producer
}

// cloverChunk is one piece of a report and what came of it.
type cloverChunk struct {
	data    []byte
	last    bool // of the report
	torn    bool // it grew to cloverLargest, and ends anywhere
	from    cloverState
	rows    []coverage.Row
	at      []int // for each row, where in data its file begins
	to      cloverState
	said    coverage.Stated
	err     error
	files   []coverage.Source // what the rows point into, and what those point into
	lines   []coverage.Line
	methods []coverage.Method
	classes []coverage.Class
	ready   chan struct{}
}

// cloverChunks keeps the memory of pieces that were taken, for the next ones of
// this report and of others.
var cloverChunks = sync.Pool{New: func() any { return &cloverChunk{} }}

// cloverParallel reads a report on several processors.
func cloverParallel(r io.Reader, stated *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		quit := make(chan struct{})
		defer close(quit)
		chunks, work := make(chan *cloverChunk, runtime.GOMAXPROCS(0)), make(chan *cloverChunk, runtime.GOMAXPROCS(0))
		guess := make(chan cloverState, 1)
		go cutClover(r, chunks, work, guess, quit)
		for range runtime.GOMAXPROCS(0) {
			go func() {
				for chunk := range work {
					chunk.read()
					close(chunk.ready)
				}
			}()
		}
		c := cloverOrder{stated: stated, paths: map[string]bool{}, yield: yield}
		for chunk := range chunks {
			if c.chunks == 0 {
				chunk.read()
				guess <- chunk.to
			} else {
				<-chunk.ready
			}
			if !c.take(chunk, chunks) {
				return
			}
			cloverChunks.Put(chunk)
		}
	}
}

// cutClover reads the report and cuts it. It sends every piece to chunks, in
// order, and all but the first to work as well.
func cutClover(r io.Reader, chunks, work chan<- *cloverChunk, guess <-chan cloverState, quit <-chan struct{}) {
	defer close(chunks)
	defer close(work)
	var from cloverState
	var rest []byte
	for n := 0; ; n++ {
		chunk := cloverChunks.Get().(*cloverChunk)
		chunk.begin(rest)
		var err error
		rest, err = chunk.fill(r, rest)
		if n == 1 {
			select {
			case from = <-guess:
			case <-quit:
				return
			}
		}
		chunk.from, chunk.last = from, err != nil
		if err != nil && !errors.Is(err, io.EOF) {
			chunk.err = err
		}
		select {
		case chunks <- chunk:
		case <-quit:
			return
		}
		if n > 0 {
			select {
			case work <- chunk:
			case <-quit:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// begin clears a chunk for use, keeping its memory, with what was left of the
// one before as its first data.
func (c *cloverChunk) begin(rest []byte) {
	*c = cloverChunk{data: append(c.data[:0], rest...), rows: c.rows[:0], at: c.at[:0], files: c.files[:0],
		lines: c.lines[:0], methods: c.methods[:0], classes: c.classes[:0], ready: make(chan struct{})}
}

var cloverFileEnd = []byte("</file>")

// fill reads up to the next cut and returns what was read beyond it.
func (c *cloverChunk) fill(r io.Reader, rest []byte) (beyond []byte, err error) {
	for size := cloverPiece; ; size *= 2 {
		c.data = slices.Grow(c.data, max(size-len(c.data), 0))
		for len(c.data) < size {
			n, err := r.Read(c.data[len(c.data):size])
			c.data = c.data[:len(c.data)+n]
			if err != nil {
				return nil, err
			}
		}
		if cut := bytes.LastIndex(c.data, cloverFileEnd); cut >= 0 {
			cut += len(cloverFileEnd)
			beyond = append(rest[:0], c.data[cut:]...)
			c.data = c.data[:cut]
			return beyond, nil
		}
		if size >= cloverLargest {
			c.torn = true
			return rest[:0], nil
		}
	}
}

// errCloverCut says that a piece ends in the middle of something.
var errCloverCut = errors.New("cut in the middle of something")

// read reads the piece in the state from.
func (c *cloverChunk) read() {
	if c.err != nil {
		return
	}
	if c.torn { // even in the middle of a character
		c.err = errCloverCut
		return
	}
	c.rows, c.at, c.files = c.rows[:0], c.at[:0], c.files[:0]
	c.lines = slices.Grow(c.lines[:0], len(c.data)/40)
	c.methods = slices.Grow(c.methods[:0], len(c.data)/400)
	c.classes = slices.Grow(c.classes[:0], len(c.data)/2000)
	c.said = coverage.Stated{Producer: c.from.producer}
	x := &xmlReader{buf: c.data, end: len(c.data), err: io.EOF, piece: !c.last}
	for _, name := range c.from.stack {
		x.begun = true
		x.starts = append(x.starts, len(x.open))
		x.open = append(x.open, name...)
	}
	reader := cloverReader{xml: x, stated: &c.said, stack: slices.Clone(c.from.stack), skip: c.from.skip}
	reader.file.Statements, reader.file.Methods, reader.file.Classes = c.lines, c.methods, c.classes
	for {
		row, err := reader.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.err = err
			break
		}
		c.files = append(c.files, reader.file)
		if row.Source != nil {
			row.Source = &coverage.Source{} // set below, when files no longer moves
		}
		c.rows, c.at = append(c.rows, row), append(c.at, reader.fileAt)
		// The next file gets memory of its own, behind that of this one.
		f := &reader.file
		f.Statements, f.Methods, f.Classes =
			f.Statements[len(f.Statements):], f.Methods[len(f.Methods):], f.Classes[len(f.Classes):]
	}
	for i := range c.rows {
		if c.rows[i].Source != nil {
			c.rows[i].Source = &c.files[i]
		}
	}
	c.to = cloverState{stack: reader.stack, skip: reader.skip, producer: c.said.Producer}
}

// cloverOrder takes the pieces in order.
type cloverOrder struct {
	stated        *coverage.Stated
	paths         map[string]bool
	yield         func(coverage.Row, error) bool
	state         cloverState // in which the pieces so far have ended
	lines, column int         // where they have ended
	chunks        int
}

// take gives the rows of the next piece. It returns false when that was the
// end, or the reader wants no more.
func (c *cloverOrder) take(chunk *cloverChunk, more iterChunks) bool {
	if c.chunks > 0 && !chunk.from.equal(c.state) {
		chunk.from, chunk.err = c.state, readError(chunk.err)
		chunk.read()
	}
	c.chunks++
	if errors.Is(chunk.err, errCloverCut) {
		return c.sequential(chunk, more)
	}
	c.say(chunk.said) // when it was measured must be known with the first row
	for i, row := range chunk.rows {
		if c.paths[row.Path] {
			x := xmlReader{buf: chunk.data, lines: c.lines, column: c.column}
			c.yield(coverage.Row{}, x.fail(chunk.at[i], "%s is listed twice", row.Path))
			return false
		}
		c.paths[row.Path] = true
		if !c.yield(row, nil) {
			return false
		}
	}
	if chunk.err != nil {
		c.yield(coverage.Row{}, c.moved(chunk.err))
		return false
	}
	c.state = chunk.to
	if last := bytes.LastIndexByte(chunk.data, '\n'); last >= 0 {
		c.lines += bytes.Count(chunk.data, []byte{'\n'})
		c.column = len(chunk.data) - last - 1
	} else {
		c.column += len(chunk.data)
	}
	return !chunk.last
}

// iterChunks are the pieces still to come.
type iterChunks <-chan *cloverChunk

// readError keeps an error of reading the input and drops one of parsing, which
// may come from a wrong guess.
func readError(err error) error {
	if parse := (*ParseError)(nil); errors.As(err, &parse) || errors.Is(err, errCloverCut) {
		return nil
	}
	return err
}

// say adds what a piece says of the report.
func (c *cloverOrder) say(said coverage.Stated) {
	c.stated.Producer = said.Producer
	if !said.MeasuredAt.IsZero() {
		c.stated.MeasuredAt = said.MeasuredAt
	}
	if said.Lines.Known || said.Methods.Known || said.Branches.Known || said.Files.Known {
		c.stated.Files, c.stated.Lines, c.stated.Methods, c.stated.Branches =
			said.Files, said.Lines, said.Methods, said.Branches
	}
}

// moved gives an error of a piece its place in the report.
func (c *cloverOrder) moved(err error) error {
	var parse *ParseError
	if !errors.As(err, &parse) {
		return err
	}
	moved := *parse
	if moved.Line == 1 {
		moved.Column += c.column
	}
	moved.Line += c.lines
	return &moved
}

// sequential reads this piece and all that follow in one go.
func (c *cloverOrder) sequential(chunk *cloverChunk, more iterChunks) bool {
	x := newXMLReader(&chunkReader{chunk: chunk, more: more})
	x.lines, x.column = c.lines, c.column
	for _, name := range c.state.stack {
		x.begun = true
		x.starts = append(x.starts, len(x.open))
		x.open = append(x.open, name...)
	}
	c.stated.Producer = c.state.producer
	reader := cloverReader{xml: x, stated: c.stated, paths: c.paths}
	reader.stack, reader.skip = slices.Clone(c.state.stack), c.state.skip
	for {
		row, err := reader.next()
		if errors.Is(err, io.EOF) {
			return false
		}
		if !c.yield(row, err) || err != nil {
			return false
		}
	}
}

// chunkReader reads pieces one behind the other.
type chunkReader struct {
	chunk *cloverChunk
	more  iterChunks
	read  int
}

func (r *chunkReader) Read(p []byte) (int, error) {
	for r.read == len(r.chunk.data) {
		if err := readError(r.chunk.err); err != nil {
			return 0, err
		}
		if r.chunk.last {
			return 0, io.EOF
		}
		next, open := <-r.more
		if !open {
			return 0, io.ErrUnexpectedEOF
		}
		<-next.ready
		r.chunk, r.read = next, 0
	}
	n := copy(p, r.chunk.data[r.read:])
	r.read += n
	return n, nil
}

package parsers

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// DefaultMaxBytes is the size to which a compressed report may grow unless
// [Options] say otherwise: far more than any report has, and far less than a
// few kilobytes of gzip can be made to unpack to.
const DefaultMaxBytes = 8 << 30

// ErrTooLarge is returned for a compressed report that unpacks to more than it
// may.
var ErrTooLarge = errors.New("the compressed report is too large")

// zstdWindow is what zstd's own command takes without being asked for more.
const zstdWindow = 128 << 20

// unpacked gives the text of a report that is compressed with gzip or zstd, and
// any other report as it is. Several gzip members or zstd frames, one behind
// the other, are one text. The reader that it returns buffers headSize.
func unpacked(r io.Reader, maxBytes int64) (*bufio.Reader, error) {
	packed := bufio.NewReaderSize(r, headSize)
	kind, err := compression(packed)
	if err != nil || kind == "" {
		return packed, err
	}
	u := &unpacker{kind: kind, left: maxBytes}
	if u.left == 0 {
		u.left = DefaultMaxBytes
	}
	u.max = u.left
	switch kind {
	case "gzip":
		u.from, err = gzip.NewReader(packed)
	case "zstd":
		u.from, err = zstd.NewReader(packed, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
	}
	if err != nil {
		return nil, u.fail(err)
	}
	text := bufio.NewReaderSize(u, headSize)
	again, err := compression(text)
	if err == nil && again != "" {
		err = fmt.Errorf("the report is compressed twice, with %s inside %s", again, kind)
	}
	return text, err
}

// compression finds by its first octets what a report is compressed with.
func compression(r *bufio.Reader) (string, error) {
	head, err := r.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1F, 0x8B}):
		return "gzip", nil
	case bytes.HasPrefix(head, []byte{0x28, 0xB5, 0x2F, 0xFD}):
		return "zstd", nil
	}
	return "", nil
}

// unpacker reads what is compressed, up to a limit, and says how far it came
// when it cannot be read to its end.
type unpacker struct {
	kind         string
	from         io.Reader
	left, max    int64
	lines, width int // what was unpacked: newlines, and octets since the last
}

func (u *unpacker) Read(p []byte) (int, error) {
	if int64(len(p)) > u.left {
		p = p[:u.left+1] // one more than allowed shows that there is more
	}
	n, err := u.from.Read(p)
	if int64(n) > u.left {
		return 0, fmt.Errorf("%w: it unpacks to more than %d octets", ErrTooLarge, u.max)
	}
	u.left -= int64(n)
	if last := bytes.LastIndexByte(p[:n], '\n'); last >= 0 {
		u.lines += bytes.Count(p[:n], []byte{'\n'})
		u.width = n - last - 1
	} else {
		u.width += n
	}
	if err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return n, err
	}
	return n, u.fail(err)
}

// fail tells damage apart from input that cannot be read at all.
func (u *unpacker) fail(err error) error {
	cut := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if cut {
		err = fmt.Errorf("the %s data ends too early: %w", u.kind, io.ErrUnexpectedEOF)
	} else {
		err = fmt.Errorf("the %s data is damaged: %w", u.kind, err)
	}
	return &ParseError{Format: u.kind, Line: u.lines + 1, Column: u.width + 1, Err: err}
}

package loaders

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// parts keeps the rows of a load in a file without a name, so that those of each
// measurement can be read together, whatever order they come in: a load of years
// then takes no more memory than one of its weeks. The file is gone with the
// process.
type parts struct {
	file     *os.File
	size     int64 // octets in the file
	buffered int   // octets that are not in it yet
	sent     tally
}

// part is where the rows of one measurement are.
type part struct {
	buffer []byte   // what is not in the file yet
	where  []extent // what is, in order
}

// extent is a piece of the file.
type extent struct{ from, octets int64 }

// partsBuffer is how much is kept in memory of all parts together.
const partsBuffer = 4 << 20

func newParts(ctx context.Context, rows array.RecordReader, about About) (_ *parts, err error) {
	file, err := namelessFile()
	if err != nil {
		return nil, err
	}
	p := &parts{file: file}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		record := rows.Record()
		err := p.sent.add(record, func(sum *summed, row int) error { return p.keep(&sum.part, record, row) })
		if err != nil {
			return nil, err
		}
		about.step(Reading, p.sent.rows)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if err := p.sent.complete(); err != nil {
		return nil, err
	}
	return p, p.flush()
}

// namelessFile makes a file that takes no name and is gone with the process.
func namelessFile() (*os.File, error) {
	file, err := os.CreateTemp("", "covpipe-rows-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (p *parts) keep(to *part, record arrow.Record, row int) (err error) {
	before := len(to.buffer)
	if to.buffer, err = appendRow(to.buffer, record, row); err != nil {
		return err
	}
	if p.buffered += len(to.buffer) - before; p.buffered < partsBuffer {
		return nil
	}
	return p.flush()
}

// flush writes what is buffered.
func (p *parts) flush() error {
	for _, sum := range p.sent.about {
		if len(sum.part.buffer) == 0 {
			continue
		}
		n, err := p.file.WriteAt(sum.part.buffer, p.size)
		if err != nil {
			return fmt.Errorf("rows beside: %w", err)
		}
		sum.part.where = append(sum.part.where, extent{p.size, int64(n)})
		p.size += int64(n)
		sum.part.buffer = nil
	}
	p.buffered = 0
	return nil
}

// reader gives the rows of a part from the start.
func (p *parts) reader(of *part) *bufio.Reader {
	var pieces []io.Reader
	for _, e := range of.where {
		pieces = append(pieces, io.NewSectionReader(p.file, e.from, e.octets))
	}
	return bufio.NewReaderSize(io.MultiReader(pieces...), 64<<10)
}

func (p *parts) Close() error { return p.file.Close() }

// appendRow adds a row as stageScan reads it: of each value an octet that says
// if it is known, and the value. Texts have their length before them.
func appendRow(out []byte, record arrow.Record, row int) ([]byte, error) {
	for i, column := range record.Columns() {
		if column.IsNull(row) {
			out = append(out, 0)
			continue
		}
		out = append(out, 1)
		switch c := column.(type) {
		case *array.String:
			text := c.Value(row)
			out = append(binary.AppendUvarint(out, uint64(len(text))), text...)
		case *array.Int64:
			out = binary.AppendVarint(out, c.Value(row))
		case *array.Float64:
			out = binary.AppendUvarint(out, math.Float64bits(c.Value(row)))
		case *array.Boolean:
			n := int64(0)
			if c.Value(row) {
				n = 1
			}
			out = binary.AppendVarint(out, n)
		case *array.Date32:
			out = binary.AppendVarint(out, int64(c.Value(row)))
		case *array.Timestamp:
			out = binary.AppendVarint(out, c.Value(row).ToTime(c.DataType().(*arrow.TimestampType).Unit).UnixMicro())
		default:
			return out, fmt.Errorf("%s: no place for values of type %s", record.ColumnName(i), column.DataType())
		}
	}
	return out, nil
}

package loaders

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// The text that COPY reads: octets that no path has stand between the values, so
// nothing needs quotes. Vertica's parser knows no doubled quotes, so CSV would
// not arrive as it was.
const (
	copyDelimiter  = 1
	copyTerminator = 2
	copyNull       = 3
	copyEscape     = 4
)

// appendCopy adds one row. A value that has one of the four octets has an escape
// before it; an empty text is not NULL.
func appendCopy(out []byte, record arrow.Record, row int) ([]byte, error) {
	for i, column := range record.Columns() {
		if i > 0 {
			out = append(out, copyDelimiter)
		}
		if column.IsNull(row) {
			out = append(out, copyNull)
			continue
		}
		switch c := column.(type) {
		case *array.String:
			out = escaped(out, c.Value(row))
		case *array.Int64:
			out = strconv.AppendInt(out, c.Value(row), 10)
		case *array.Float64:
			out = strconv.AppendFloat(out, c.Value(row), 'g', -1, 64)
		case *array.Boolean:
			out = strconv.AppendBool(out, c.Value(row))
		case *array.Date32:
			out = c.Value(row).ToTime().AppendFormat(out, time.DateOnly)
		case *array.Timestamp:
			at := c.Value(row).ToTime(c.DataType().(*arrow.TimestampType).Unit)
			out = at.UTC().AppendFormat(out, "2006-01-02 15:04:05.000000")
		default:
			return out, fmt.Errorf("%s: no place for values of type %s", record.ColumnName(i), column.DataType())
		}
	}
	return append(out, copyTerminator), nil
}

// escaped adds a text, with an escape before each of the four octets.
func escaped(out []byte, text string) []byte {
	for i := range len(text) {
		if b := text[i]; b >= copyDelimiter && b <= copyEscape {
			out = append(out, copyEscape)
		}
		out = append(out, text[i])
	}
	return out
}

// spool keeps the rows of a load as COPY reads them, in a file without a name:
// it can be sent again after a failure, takes no memory, and is gone with the
// process.
type spool struct {
	file *os.File
	sent tally
	size int64 // octets
}

func newSpool(ctx context.Context, rows array.RecordReader, about About) (_ *spool, err error) {
	file, err := namelessFile()
	if err != nil {
		return nil, err
	}
	s := &spool{file: file}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	out := bufio.NewWriterSize(file, 256<<10)
	var text []byte
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		record := rows.Record()
		err := s.sent.add(record, func(_ *summed, row int) (err error) {
			if text, err = appendCopy(text[:0], record, row); err != nil {
				return err
			}
			s.size += int64(len(text))
			if _, err := out.Write(text); err != nil {
				return fmt.Errorf("rows beside: %w", err)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		about.step(Reading, s.sent.rows)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if err := s.sent.complete(); err != nil {
		return nil, err
	}
	if err := out.Flush(); err != nil {
		return nil, fmt.Errorf("rows beside: %w", err)
	}
	return s, nil
}

// reader gives the rows from the start.
func (s *spool) reader() io.Reader { return io.NewSectionReader(s.file, 0, 1<<62) }

func (s *spool) Close() error { return s.file.Close() }

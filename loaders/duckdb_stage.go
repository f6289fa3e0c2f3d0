package loaders

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/duckdb/duckdb-go/v2"
)

// stage lets the SQL of a load read one measurement after the other from a file.
// A table of them would keep what was deleted from it until the commit.
type stage struct {
	columns []duckdb.ColumnInfo
	parts   *parts
	now     *summed // the measurement that is staged
}

// newStage makes coverage_staging a view of what is staged, on a connection. The
// name is that of a function which the database does not have yet: DuckDB keeps
// an older one of the same name without a word.
func newStage(
	ctx context.Context, conn *sql.Conn, name string, parts *parts, schema *arrow.Schema,
) (*stage, error) {
	s := &stage{parts: parts, now: &summed{}}
	for _, field := range schema.Fields() {
		kind, err := duckType(field.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field.Name, err)
		}
		info, err := duckdb.NewTypeInfo(kind)
		if err != nil {
			return nil, err
		}
		s.columns = append(s.columns, duckdb.ColumnInfo{Name: field.Name, T: info})
	}
	err := duckdb.RegisterTableUDF(conn, name, duckdb.ChunkTableFunction{
		BindArguments: func(map[string]any, ...any) (duckdb.ChunkTableSource, error) {
			return &stageScan{stage: s}, nil
		},
	})
	if err == nil {
		_, err = conn.ExecContext(ctx, strings.Replace(statement("duckdb/staging"), "{function}", name, 1))
	}
	return s, err
}

func duckType(t arrow.DataType) (duckdb.Type, error) {
	switch t.ID() {
	case arrow.STRING:
		return duckdb.TYPE_VARCHAR, nil
	case arrow.INT64:
		return duckdb.TYPE_BIGINT, nil
	case arrow.FLOAT64:
		return duckdb.TYPE_DOUBLE, nil
	case arrow.BOOL:
		return duckdb.TYPE_BOOLEAN, nil
	case arrow.DATE32:
		return duckdb.TYPE_DATE, nil
	case arrow.TIMESTAMP:
		return duckdb.TYPE_TIMESTAMP, nil
	}
	return 0, fmt.Errorf("no place for values of type %s", t)
}

// stageScan reads what is staged once.
type stageScan struct {
	*stage
	in   *bufio.Reader
	text []byte
}

func (s *stageScan) ColumnInfos() []duckdb.ColumnInfo { return s.columns }

func (s *stageScan) Cardinality() *duckdb.CardinalityInfo {
	return &duckdb.CardinalityInfo{Cardinality: uint(s.now.rows), Exact: true}
}

func (s *stageScan) Init() { s.in = s.parts.reader(&s.now.part) }

// FillChunk reads the next rows that appendRow has written.
func (s *stageScan) FillChunk(chunk duckdb.DataChunk) error {
	n := 0
	for ; n < duckdb.GetDataChunkCapacity(); n++ {
		if _, err := s.in.Peek(1); errors.Is(err, io.EOF) {
			break
		}
		for i, column := range s.columns {
			if err := s.fill(chunk, i, n, column.T.InternalType()); err != nil {
				if errors.Is(err, io.EOF) {
					err = io.ErrUnexpectedEOF
				}
				return fmt.Errorf("rows beside: %w", err)
			}
		}
	}
	return chunk.SetSize(n)
}

func (s *stageScan) fill(chunk duckdb.DataChunk, i, row int, kind duckdb.Type) error {
	known, err := s.in.ReadByte()
	switch {
	case err != nil:
		return err
	case known == 0:
		return chunk.SetValue(i, row, nil)
	case kind == duckdb.TYPE_VARCHAR:
		octets, err := binary.ReadUvarint(s.in)
		if err != nil {
			return err
		}
		s.text = slices.Grow(s.text[:0], int(octets))[:octets]
		if _, err := io.ReadFull(s.in, s.text); err != nil {
			return err
		}
		return duckdb.SetChunkValue(chunk, i, row, s.text)
	case kind == duckdb.TYPE_DOUBLE:
		bits, err := binary.ReadUvarint(s.in)
		if err != nil {
			return err
		}
		return duckdb.SetChunkValue(chunk, i, row, math.Float64frombits(bits))
	}
	n, err := binary.ReadVarint(s.in)
	switch {
	case err != nil:
		return err
	case kind == duckdb.TYPE_BOOLEAN:
		return duckdb.SetChunkValue(chunk, i, row, n == 1)
	case kind == duckdb.TYPE_DATE:
		return duckdb.SetChunkValue(chunk, i, row, time.Unix(n*24*60*60, 0).UTC())
	case kind == duckdb.TYPE_TIMESTAMP:
		return duckdb.SetChunkValue(chunk, i, row, time.UnixMicro(n).UTC())
	}
	return duckdb.SetChunkValue(chunk, i, row, n)
}

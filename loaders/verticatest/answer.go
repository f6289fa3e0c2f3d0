package verticatest

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// The types of the protocol.
const (
	oidBool        = 5
	oidInt         = 6
	oidFloat       = 7
	oidVarchar     = 9
	oidDate        = 10
	oidTimestamp   = 12
	oidTimestampTZ = 13
	oidNumeric     = 16
)

// column is one of an answer.
type column struct {
	name string
	oid  int32
	mod  int32
}

func (c column) size() int {
	if c.oid == oidVarchar {
		return -1
	}
	return 8
}

func typeOf(t duckdb.Type) (int32, bool) {
	switch t {
	case duckdb.TYPE_BOOLEAN:
		return oidBool, true
	case duckdb.TYPE_TINYINT, duckdb.TYPE_SMALLINT, duckdb.TYPE_INTEGER, duckdb.TYPE_BIGINT, duckdb.TYPE_HUGEINT:
		return oidInt, true
	case duckdb.TYPE_FLOAT, duckdb.TYPE_DOUBLE:
		return oidFloat, true
	case duckdb.TYPE_VARCHAR:
		return oidVarchar, true
	case duckdb.TYPE_DATE:
		return oidDate, true
	case duckdb.TYPE_TIMESTAMP:
		return oidTimestamp, true
	case duckdb.TYPE_TIMESTAMP_TZ:
		return oidTimestampTZ, true
	case duckdb.TYPE_DECIMAL:
		return oidNumeric, true
	}
	return 0, false
}

// shape finds the columns and parameters of a statement. What writes rows
// answers with how many; DDL and COPY answer with nothing.
func (c *session) shape(p *prepared) error {
	switch p.kind {
	case isSelect, isInsert, isDelete, isUpdate:
	default:
		return nil
	}
	if strings.EqualFold(strings.Join(strings.Fields(p.text), " "), "select now()::timestamptz") {
		p.duck += ` AS "now"` // so Vertica names it, and its clients ask at the start
	}
	return c.db.Raw(func(raw any) error {
		st, err := raw.(*duckdb.Conn).PrepareContext(c.ctx, c.functions(p.duck))
		if err != nil {
			return asRefusal(err)
		}
		defer st.Close()
		s := st.(*duckdb.Stmt)
		for n := 1; n <= s.NumInput(); n++ {
			oid := int32(oidVarchar)
			if t, err := s.ParamType(n); err == nil {
				if known, ok := typeOf(t); ok && (known == oidInt || known == oidFloat || known == oidBool) {
					oid = known
				}
			}
			p.params = append(p.params, oid)
		}
		if p.kind != isSelect {
			p.columns = []column{{"OUTPUT", oidInt, -1}}
			return nil
		}
		n, err := s.ColumnCount()
		if err != nil {
			return asRefusal(err)
		}
		for i := range n {
			name, errName := s.ColumnName(i)
			t, errType := s.ColumnType(i)
			if err := errors.Join(errName, errType); err != nil {
				return asRefusal(err)
			}
			oid, known := typeOf(t)
			if !known {
				return refused("column %s: the server has no type for it", name)
			}
			p.columns = append(p.columns, column{name, oid, -1})
		}
		return nil
	})
}

// asText gives a value as the protocol's text format has it.
func (c *session) asText(v any, oid int32) *string {
	var text string
	switch v := v.(type) {
	case nil:
		return nil
	case bool:
		text = "f"
		if v {
			text = "t"
		}
	case time.Time:
		switch oid {
		case oidDate:
			text = v.Format(time.DateOnly)
		case oidTimestampTZ:
			text = v.In(time.FixedZone("", c.s.opt.Zone*3600)).Format("2006-01-02 15:04:05.999999-07")
		default:
			text = v.Format("2006-01-02 15:04:05.999999")
		}
	case *big.Int:
		text = v.String()
	case float64:
		text = strconv.FormatFloat(v, 'g', 17, 64)
	case duckdb.Decimal:
		text = v.String()
	default:
		text = fmt.Sprint(v)
	}
	return &text
}

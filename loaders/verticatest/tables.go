package verticatest

import (
	"slices"
	"strconv"
	"strings"
)

// catalog is what of Vertica's system tables the server has.
const catalog = `
CREATE SCHEMA v_catalog;
CREATE VIEW v_catalog.tables AS SELECT table_schema, table_name FROM information_schema.tables ` +
	`WHERE table_schema = 'main';
CREATE VIEW v_catalog.columns AS
	SELECT table_schema, table_name, column_name, ordinal_position, data_type FROM information_schema.columns ` +
	`WHERE table_schema = 'main';
SET GLOBAL default_null_order = 'nulls_first'; -- Vertica's depends on the type: nothing may rely on it
SET GLOBAL TimeZone = 'UTC';
`

// table is what the server knows of a table besides what DuckDB does: lengths
// in octets, and what happens to temporary rows.
type table struct {
	name     string
	columns  []tableColumn
	temp     bool
	preserve bool // ON COMMIT PRESERVE ROWS
}

type tableColumn struct {
	name    string
	kind    string // BIGINT, DOUBLE, BOOLEAN, DATE, TIMESTAMP, TIMESTAMPTZ, VARCHAR, NUMERIC(p,s)
	octets  int    // of a VARCHAR
	notNull bool
}

func (t *table) column(name string) (tableColumn, bool) {
	i := slices.IndexFunc(t.columns, func(c tableColumn) bool { return strings.EqualFold(c.name, name) })
	if i < 0 {
		return tableColumn{}, false
	}
	return t.columns[i], true
}

// duck gives the table for DuckDB. Lengths become checks; primary keys are not
// enforced, and are left out.
func (t *table) duck() string {
	create := "CREATE TABLE main."
	if t.temp {
		create = "CREATE TEMPORARY TABLE "
	}
	var columns []string
	for _, c := range t.columns {
		columns = append(columns, c.duck())
	}
	return create + t.name + " (" + strings.Join(columns, ", ") + ")"
}

// widened gives the statements that add a column. DuckDB cannot add one with a
// check, so the table is made anew.
func (t *table) widened(by tableColumn) []string {
	wide := &table{name: t.name + "_widened", temp: t.temp, columns: append(slices.Clone(t.columns), by)}
	return []string{
		wide.duck(),
		"INSERT INTO " + wide.name + " SELECT *, NULL FROM " + t.name,
		"DROP TABLE " + t.name,
		"ALTER TABLE " + wide.name + " RENAME TO " + t.name,
	}
}

func (c tableColumn) duck() string {
	out := c.name + " " + c.kind
	if c.notNull {
		out += " NOT NULL"
	}
	if c.octets > 0 {
		out += " CHECK (strlen(" + c.name + ") <= " + strconv.Itoa(c.octets) + ")"
	}
	return out
}

// understandCreate reads CREATE TABLE and CREATE LOCAL TEMP TABLE.
func understandCreate(tokens []token) (*table, error) {
	t := &table{}
	rest := tokens[1:]
	next := func(words ...string) bool {
		if len(rest) == 0 || !rest[0].is(words...) {
			return false
		}
		rest = rest[1:]
		return true
	}
	if next("local") {
		t.temp = true
		if !next("temp", "temporary") {
			return nil, refused("syntax error after LOCAL")
		}
	}
	if !next("table") || len(rest) < 2 || rest[0].kind != 'w' {
		return nil, refused("syntax error in CREATE TABLE")
	}
	t.name = strings.ToLower(rest[0].text)
	rest = rest[1:]
	parts, rest, err := list(rest)
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		if len(part) > 0 && part[0].is("primary", "unique", "constraint", "foreign", "check") {
			continue // not enforced
		}
		c, err := understandColumn(part)
		if err != nil {
			return nil, err
		}
		t.columns = append(t.columns, c)
	}
	return t, t.understandTail(rest)
}

// understandTail reads what comes after the columns, in the one order that
// Vertica takes.
func (t *table) understandTail(rest []token) error {
	if t.temp {
		if len(rest) == 0 {
			return nil
		}
		if len(rest) != 4 || !rest[0].is("on") || !rest[1].is("commit") || !rest[2].is("preserve", "delete") ||
			!rest[3].is("rows") {
			return refused("syntax error after the columns of a temporary table")
		}
		t.preserve = rest[2].is("preserve")
		return nil
	}
	order := []string{"order", "segmented", "unsegmented", "ksafe", "partition"}
	last := -1
	for i := 0; i < len(rest); i++ {
		at := slices.IndexFunc(order, func(w string) bool { return rest[i].is(w) })
		if at < 0 {
			continue
		}
		if at <= last {
			return refused("syntax error at or near %q: it stands too late", rest[i].text)
		}
		last = at
	}
	if len(rest) > 0 && last < 0 {
		return refused("syntax error at or near %q", rest[0].text)
	}
	return nil
}

// list reads "(a, b (c), d)" and gives its parts and what follows.
func list(tokens []token) (parts [][]token, rest []token, err error) {
	if len(tokens) == 0 || !tokens[0].is("(") {
		return nil, nil, refused("a list is missing")
	}
	depth := 0
	var part []token
	for i, t := range tokens {
		switch {
		case t.is("("):
			depth++
			if depth == 1 {
				continue
			}
		case t.is(")"):
			depth--
			if depth == 0 {
				return append(parts, part), tokens[i+1:], nil
			}
		case t.is(",") && depth == 1:
			parts, part = append(parts, part), nil
			continue
		}
		part = append(part, t)
	}
	return nil, nil, refused("a list has no end")
}

// understandColumn reads the definition of a column.
func understandColumn(tokens []token) (c tableColumn, err error) {
	if len(tokens) < 2 || tokens[0].kind != 'w' || tokens[1].kind != 'w' {
		return c, refused("syntax error in the definition of a column")
	}
	if slices.Contains(reserved, strings.ToLower(tokens[0].text)) {
		return c, refused("syntax error at or near %q: it is reserved", tokens[0].text)
	}
	c.name = strings.ToLower(tokens[0].text)
	rest := tokens[2:]
	var size []int
	if len(rest) > 0 && rest[0].is("(") {
		parts, after, err := list(rest)
		if err != nil {
			return c, err
		}
		for _, part := range parts {
			n, err := strconv.Atoi(part[0].text)
			if err != nil {
				return c, refused("syntax error in the size of column %s", c.name)
			}
			size = append(size, n)
		}
		rest = after
	}
	switch kind := strings.ToUpper(tokens[1].text); kind {
	case "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT":
		c.kind = "BIGINT"
	case "FLOAT", "DOUBLE", "REAL":
		c.kind = "DOUBLE"
	case "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMPTZ":
		c.kind = kind
	case "VARCHAR", "CHAR":
		c.kind, c.octets = "VARCHAR", 80 // the default that surprises
		if len(size) > 0 {
			c.octets = size[0]
		}
		if c.octets > 65000 {
			return c, &sqlError{state: "42000", code: 2624, message: "Length for type Varchar cannot exceed 65000"}
		}
	case "NUMERIC", "DECIMAL":
		c.kind = "DECIMAL(37,15)"
	default:
		return c, &sqlError{state: "42704", code: 5108, message: "Type \"" + tokens[1].text + "\" does not exist"}
	}
	for i := 0; i+1 < len(rest); i++ {
		c.notNull = c.notNull || rest[i].is("not") && rest[i+1].is("null")
	}
	return c, nil
}

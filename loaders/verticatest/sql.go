package verticatest

import (
	"fmt"
	"slices"
	"strings"
)

// token is a piece of SQL.
type token struct {
	kind byte   // w word, s string, n number, q quoted name, o operator
	text string // strings without their quotes, escapes resolved
}

func (t token) is(words ...string) bool {
	return (t.kind == 'w' || t.kind == 'o') &&
		slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, t.text) })
}

// sql gives the token as DuckDB takes it.
func (t token) sql() string {
	switch t.kind {
	case 's':
		return "'" + strings.ReplaceAll(t.text, "'", "''") + "'"
	case 'q':
		return `"` + t.text + `"`
	}
	return t.text
}

func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// scan takes a statement apart.
func scan(text string) (tokens []token, err error) {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
		case strings.HasPrefix(text[i:], "--"):
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case strings.HasPrefix(text[i:], "/*"):
			end := strings.Index(text[i:], "*/")
			if end < 0 {
				return nil, refused("a comment has no end")
			}
			i += end + 2
		case c == '\'' || (c == 'E' || c == 'e') && strings.HasPrefix(text[i+1:], "'"):
			value, n, err := quoted(text[i:])
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, token{'s', value})
			i += n
		case c == '"':
			end := strings.IndexByte(text[i+1:], '"')
			if end < 0 {
				return nil, refused("a quoted name has no end")
			}
			tokens = append(tokens, token{'q', text[i+1 : i+1+end]})
			i += end + 2
		case c >= '0' && c <= '9':
			n := i
			for n < len(text) && (isWord(text[n]) || text[n] == '.') {
				n++
			}
			tokens = append(tokens, token{'n', text[i:n]})
			i = n
		case isWord(c):
			n := i
			for n < len(text) && isWord(text[n]) {
				n++
			}
			tokens = append(tokens, token{'w', text[i:n]})
			i = n
		default:
			n := 1
			for _, two := range []string{"::", "||", "<=", ">=", "<>", "!="} {
				if strings.HasPrefix(text[i:], two) {
					n = 2
				}
			}
			known := []string{
				"::", "||", "<=", ">=", "<>", "!=",
				"(", ")", ",", ".", ";", "=", "<", ">", "+", "-", "*", "/", "?",
			}
			if !slices.Contains(known, text[i:i+n]) {
				return nil, refused("syntax error at or near %q", text[i:i+n])
			}
			tokens = append(tokens, token{'o', text[i : i+n]})
			i += n
		}
	}
	for len(tokens) > 0 && tokens[len(tokens)-1].is(";") {
		tokens = tokens[:len(tokens)-1]
	}
	return tokens, nil
}

// quoted reads a string literal; E'…' has escapes, '…' has none.
func quoted(text string) (value string, n int, err error) {
	escapes := text[0] != '\''
	if escapes {
		n++
	}
	n++
	var out strings.Builder
	for n < len(text) {
		switch c := text[n]; {
		case c == '\'' && strings.HasPrefix(text[n+1:], "'"):
			out.WriteByte(c)
			n += 2
		case c == '\'':
			return out.String(), n + 1, nil
		case c == '\\' && escapes && n+1 < len(text):
			octal, digits := 0, 0
			for digits < 3 && n+1+digits < len(text) && text[n+1+digits] >= '0' && text[n+1+digits] <= '7' {
				octal = octal*8 + int(text[n+1+digits]-'0')
				digits++
			}
			if digits > 0 {
				out.WriteByte(byte(octal))
				n += 1 + digits
				continue
			}
			out.WriteByte(map[byte]byte{'n': '\n', 't': '\t', 'r': '\r'}[text[n+1]] | zeroUnless(text[n+1]))
			n += 2
		default:
			out.WriteByte(c)
			n++
		}
	}
	return "", 0, refused("a string has no end")
}

// zeroUnless gives a character that stands for itself after a backslash.
func zeroUnless(c byte) byte {
	if c == 'n' || c == 't' || c == 'r' {
		return 0
	}
	return c
}

func refused(format string, args ...any) error {
	return &sqlError{state: "42601", code: 4856, message: fmt.Sprintf(format, args...)}
}

// kind is what a statement does.
type kind int

const (
	isSelect kind = iota
	isInsert
	isDelete
	isUpdate
	isCreate
	isAlter
	isDrop
	isCopy
	isBegin
	isCommit
	isRollback
	isSet
)

// statement is one that the server takes.
type statement struct {
	kind   kind
	tag    string // of the answer
	text   string // as the client sent it
	tokens []token
	duck   string // for DuckDB
	target string // the table that is written to, lower case
	table  *table // of CREATE
	copy   *copySpec
}

// functions are those of the agreed subset, which Vertica and DuckDB both have
// or which are translated.
var functions = strings.Fields(
	`count sum min max avg coalesce nullif cast row_number rank dense_rank lag lead first_value
	last_value date_trunc datediff length octet_length lower upper substr position instr trim ltrim rtrim split_part
	replace round floor ceiling abs greatest least now version get_num_accepted_rows get_num_rejected_rows
	current_trans_id extract concat left right nvl stddev median`,
)

// openers may stand before a parenthesis without being a function.
var openers = strings.Fields(
	`in as values over from join on where and or not exists then when else select all except union
	intersect by varchar char numeric decimal having any case with distinct interval`,
)

// foreign are words that DuckDB knows and Vertica does not, or reads otherwise.
var foreign = strings.Fields(
	`qualify exclude columns semi anti asof pivot unpivot summarize describe pragma attach detach
	install export returning conflict sample positional lateral hugeint ubigint uinteger struct map list read_csv
	read_parquet macro sequence glob nulls filter try_cast`,
)

// reserved are words of Vertica that name nothing unless they are quoted, and
// that no statement of the agreed subset needs.
var reserved = strings.Fields(
	`new old user match timeseries similar some overlaps off sysdate session_user authorization
	collate placing nullsequal`,
)

// understand reads a statement, or refuses what is outside the agreed subset.
func understand(text string) (*statement, error) {
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return nil, refused("there is no statement")
	}
	st := &statement{text: text, tokens: tokens, tag: strings.ToUpper(tokens[0].text)}
	if slices.ContainsFunc(tokens, func(t token) bool { return t.is(";") }) {
		return nil, refused("several statements at once")
	}
	word := func(i int, words ...string) bool { return i < len(tokens) && tokens[i].is(words...) }
	switch {
	case word(0, "copy"):
		st.kind = isCopy
		st.copy, err = understandCopy(tokens)
		if err == nil {
			st.target = st.copy.target
		}
		return st, err
	case word(0, "create"):
		st.kind, st.tag = isCreate, "CREATE TABLE"
		st.table, err = understandCreate(tokens)
		return st, err
	case word(0, "alter") && word(1, "table") && word(3, "add") && word(4, "column"):
		st.kind, st.tag, st.target = isAlter, "ALTER TABLE", strings.ToLower(tokens[2].text)
		col, err := understandColumn(tokens[5:])
		st.table = &table{name: st.target, columns: []tableColumn{col}}
		return st, err
	case word(0, "drop") && word(1, "table"):
		st.kind, st.tag = isDrop, "DROP TABLE"
		st.target = strings.ToLower(tokens[len(tokens)-1].text)
		if word(len(tokens)-1, "cascade") {
			st.target = strings.ToLower(tokens[len(tokens)-2].text)
		}
		st.duck = spell(tokens)
		return st, nil
	case word(0, "start") && word(1, "transaction"), word(0, "begin"):
		st.kind, st.tag = isBegin, "START TRANSACTION"
		return st, nil
	case word(0, "commit"):
		st.kind = isCommit
		return st, nil
	case word(0, "rollback"):
		st.kind = isRollback
		return st, nil
	case word(0, "set") && word(1, "session") && word(2, "resource_pool", "autocommit", "idlesessiontimeout"):
		st.kind = isSet
		return st, nil
	case word(0, "select", "with"):
		st.kind, st.tag = isSelect, "SELECT"
	case word(0, "insert") && word(1, "into"):
		st.kind, st.target = isInsert, strings.ToLower(tokens[2].text)
	case word(0, "delete") && word(1, "from"):
		st.kind, st.target = isDelete, strings.ToLower(tokens[2].text)
		if slices.ContainsFunc(tokens, func(t token) bool { return t.is("using") }) {
			return nil, refused("syntax error at or near \"USING\": DELETE has none")
		}
	case word(0, "update"):
		st.kind, st.target = isUpdate, strings.ToLower(tokens[1].text)
	default:
		return nil, refused("syntax error at or near %q: it is outside the agreed subset", tokens[0].text)
	}
	if err := agreed(st); err != nil {
		return nil, err
	}
	st.duck = spell(translate(tokens))
	return st, nil
}

// agreed refuses what Vertica does not know.
func agreed(st *statement) error {
	tokens := st.tokens
	at := func(i int) token {
		if i < 0 || i >= len(tokens) {
			return token{}
		}
		return tokens[i]
	}
	values := 0
	for i, t := range tokens {
		switch {
		case t.kind != 'w':
			continue
		case slices.Contains(foreign, strings.ToLower(t.text)):
			return refused("syntax error at or near %q", t.text)
		case slices.Contains(reserved, strings.ToLower(t.text)) && !at(i-1).is("."):
			return refused("syntax error at or near %q: it is reserved", t.text)
		case t.is("all") && at(i-1).is("by"):
			return refused("syntax error at or near \"ALL\"")
		case t.is("name") && at(i-1).is("by"):
			return refused("syntax error at or near \"NAME\"")
		case t.is("distinct") && (at(i-1).is("is") || at(i-1).is("not") && at(i-2).is("is")):
			return refused("syntax error at or near \"DISTINCT\"")
		case t.is("values"):
			values = i
		case at(i + 1).is("("):
			name := strings.ToLower(t.text)
			named := at(i-1).is("into", "table", "with", ",") && !slices.Contains(functions, name) && !at(i-1).is(",")
			if !named && !slices.Contains(functions, name) && !slices.Contains(openers, name) {
				return &sqlError{
					state:   "42883",
					code:    3457,
					message: fmt.Sprintf("Function %s does not exist, or is outside the agreed subset", t.text),
				}
			}
		}
	}
	if st.kind == isInsert && values > 0 {
		depth := 0
		for _, t := range tokens[values:] {
			switch {
			case t.is("("):
				depth++
			case t.is(")"):
				depth--
			case t.is(",") && depth == 0:
				return refused("syntax error at or near \",\": VALUES of several rows")
			}
		}
	}
	return nil
}

// translate turns types and functions that have another name, or another size,
// in DuckDB.
func translate(tokens []token) []token {
	out := slices.Clone(tokens)
	for i, t := range out {
		if t.kind != 'w' {
			continue
		}
		switch strings.ToLower(t.text) {
		case "int", "integer", "smallint", "tinyint":
			out[i].text = "BIGINT"
		case "float", "real":
			out[i].text = "DOUBLE"
		case "octet_length":
			out[i].text = "strlen"
		case "nvl":
			out[i].text = "coalesce"
		}
	}
	return out
}

// spell writes tokens as SQL.
func spell(tokens []token) string {
	var out strings.Builder
	for i, t := range tokens {
		if i > 0 {
			tight := t.is(".", "(", "::") || tokens[i-1].is(".", "::")
			if !tight || t.is("(") && tokens[i-1].is(openers...) {
				out.WriteByte(' ')
			}
		}
		out.WriteString(t.sql())
	}
	return out.String()
}

package reports

import (
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Query is one of the questions that come with covpipe, in the SQL that all
// warehouses have in common.
type Query struct {
	Name  string
	About string // one sentence
	text  string // with :week and :project
}

// queryNames are the files in sql/query, in the order in which they are listed.
var queryNames = []string{"owners", "directories", "risers", "fallers", "never",
	"changed", "unmatched", "runs", "coverage_overhead"}

// Queries lists the questions.
func Queries() (all []Query) {
	for _, name := range queryNames {
		head, err := statements.ReadFile("sql/query/" + name + ".sql")
		if err != nil {
			panic(err) // the file is part of the program
		}
		about, _, _ := strings.Cut(strings.TrimPrefix(string(head), "-- "), "\n")
		all = append(all, Query{Name: name, About: about, text: statement("query/" + name)})
	}
	return all
}

// ErrNoQuery is returned for a name that no query has.
var ErrNoQuery = errors.New("there is no such query")

// QueryNamed gives a question by its name.
func QueryNamed(name string) (Query, error) {
	for _, q := range Queries() {
		if q.Name == name {
			return q, nil
		}
	}
	return Query{}, fmt.Errorf("%s: %w (known: %s)", name, ErrNoQuery, strings.Join(queryNames, ", "))
}

var parameter = regexp.MustCompile(`:(week|project)\b`)

// Ask answers a question about the week that begins on monday, or the newest if
// monday is zero, and a project, or all of them if it is empty.
func (q Query) Ask(ctx context.Context, db *sql.DB, project string, monday time.Time) (*Answer, error) {
	if monday.IsZero() {
		var err error
		if monday, err = newestWeek(ctx, db, project); err != nil {
			return nil, err
		}
	}
	var args []any
	text := parameter.ReplaceAllStringFunc(q.text, func(name string) string {
		if name == ":week" {
			args = append(args, monday.Format(time.DateOnly))
		} else {
			args = append(args, project)
		}
		return "?"
	})
	return Ask(ctx, db, text, args...)
}

// ErrNotReading is returned for SQL that does more than read.
var ErrNotReading = errors.New("only one SELECT, or WITH … SELECT, is taken")

var (
	reading = regexp.MustCompile(`(?i)^(select|with)\b`)
	quoted  = regexp.MustCompile(`'[^']*'|"[^"]*"`)
	doing   = regexp.MustCompile(`(?i);|\binto\b`) // Vertica makes a table of SELECT … INTO
)

// Ask runs one statement that reads.
func Ask(ctx context.Context, db *sql.DB, text string, args ...any) (*Answer, error) {
	text = strings.TrimSuffix(strings.TrimSpace(text), ";")
	if !reading.MatchString(text) || doing.MatchString(quoted.ReplaceAllString(text, "")) {
		return nil, ErrNotReading
	}
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	a := &Answer{}
	for _, c := range columns {
		a.columns = append(a.columns, c.Name())
		a.dates = append(a.dates, c.DatabaseTypeName() == "DATE")
	}
	for rows.Next() {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i := range values {
			values[i] = plainValue(values[i], a.dates[i])
		}
		a.rows = append(a.rows, values)
	}
	return a, errors.Join(rows.Err(), rows.Close())
}

// plainValue gives a value as each engine would print it: nil, a bool, an int64,
// a float64 or a string.
func plainValue(v any, date bool) any {
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return v
	case int:
		return int64(v)
	case int32:
		return int64(v)
	case float32:
		return float64(v)
	case []byte:
		return string(v)
	case time.Time:
		if date {
			return v.Format(time.DateOnly)
		}
		return v.Format("2006-01-02 15:04:05")
	}
	text := fmt.Sprint(v)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n // a sum of DuckDB has 128 bits
	}
	return text
}

// Answer is what a query found. An unknown value is nil.
type Answer struct {
	columns []string
	dates   []bool
	rows    [][]any
}

// Formats are those of [Answer.Write].
var Formats = []string{"table", "csv", "json"}

// Write writes the answer as table, csv or json. What is unknown is empty in a
// table and in CSV, and null in JSON.
func (a *Answer) Write(out io.Writer, format string) error {
	switch format {
	case "csv":
		return a.writeCSV(out)
	case "json":
		return a.writeJSON(out)
	}
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	header := make(table.Row, len(a.columns))
	var right []table.ColumnConfig
	for i, name := range a.columns {
		header[i] = printable(name)
		if a.isNumbers(i) {
			right = append(right,
				table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(right)
	for _, row := range a.rows {
		line := make(table.Row, len(row))
		for i, v := range row {
			line[i] = printable(asText(v))
		}
		t.AppendRow(line)
	}
	_, err := fmt.Fprintln(out, t.Render())
	return err
}

// isNumbers tells whether what is known in a column begins with a number.
func (a *Answer) isNumbers(column int) bool {
	for _, row := range a.rows {
		switch row[column].(type) {
		case nil:
			continue
		case int64, float64:
			return true
		}
		return false
	}
	return false
}

func asText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

func (a *Answer) writeCSV(out io.Writer) error {
	w := csv.NewWriter(out)
	if err := w.Write(a.columns); err != nil {
		return err
	}
	for _, row := range a.rows {
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = asText(v)
		}
		if err := w.Write(line); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// writeJSON writes a list of objects whose keys are in the order of the columns.
func (a *Answer) writeJSON(out io.Writer) error {
	var text strings.Builder
	text.WriteString("[")
	for n, row := range a.rows {
		if n > 0 {
			text.WriteString(",")
		}
		text.WriteString("\n  {")
		for i, v := range row {
			if i > 0 {
				text.WriteString(", ")
			}
			name, errName := json.Marshal(a.columns[i])
			if number, is := v.(float64); is && (math.IsNaN(number) || math.IsInf(number, 0)) {
				v = nil // JSON has no such number
			}
			value, errValue := json.Marshal(v)
			if err := errors.Join(errName, errValue); err != nil {
				return err
			}
			text.WriteString(string(name) + ": " + string(value))
		}
		text.WriteString("}")
	}
	if len(a.rows) > 0 {
		text.WriteString("\n")
	}
	text.WriteString("]\n")
	_, err := io.WriteString(out, text.String())
	return err
}

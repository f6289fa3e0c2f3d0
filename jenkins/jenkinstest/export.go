package jenkinstest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// bean is an object that Jenkins exports. Its class is "" where Stapler leaves
// out _class: where the declared type of a property is that of its value.
type bean struct {
	class      string
	properties []property
}

// property is an exported property. Stapler's default for visibility is 1,
// which 0 stands for.
type property struct {
	name string
	// value is nil, string, bool, int64, float32, *bean, []any, dictionary, or a
	// func() *bean that gives one when it is written.
	value      any
	visibility int
	inline     bool
}

// dictionary is a map whose values are pruned like items of an array: all keys
// are written.
type dictionary []property

// serveJSON answers for api/json as Stapler's serveExposedBean does. With tree=
// it does not look at depth=; a malformed one of them ends in an exception.
func serveJSON(w http.ResponseWriter, r *http.Request, b *bean) {
	query := r.URL.Query()
	if query.Has("jsonp") {
		jettyError(w, r, http.StatusForbidden, "jsonp forbidden; implement jenkins.security.SecureRequester")
		return
	}
	var prune pruner = byDepth(1)
	switch {
	case query.Has("tree"):
		tree, err := parseTree(query.Get("tree"))
		if err != nil {
			oops(w, fmt.Errorf("malformed tree expression: %w", err))
			return
		}
		prune = tree
	case query.Has("depth"):
		depth, err := strconv.ParseInt(query.Get("depth"), 10, 32)
		if err != nil {
			oops(w, errors.New("depth parameter must be a number"))
			return
		}
		prune = byDepth(1 - depth)
	}
	out := &jsonWriter{pretty: query.Has("pretty")}
	out.bean(b, prune)
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("X-Frame-Options", "deny")
	w.Header().Set("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		_, _ = w.Write(out.buf.Bytes())
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	compressed := gzip.NewWriter(w)
	_, _ = compressed.Write(out.buf.Bytes())
	_ = compressed.Close() // w is a buffer: see honest
}

// jsonWriter writes as Stapler's JSONDataWriter does, to the blank.
type jsonWriter struct {
	buf    bytes.Buffer
	pretty bool
	indent int
	comma  bool
}

func (w *jsonWriter) bean(b *bean, prune pruner) {
	w.open('{')
	if b.class != "" {
		w.name("_class")
		w.value(b.class, nil)
	}
	for _, p := range b.properties {
		if below := prune.accept(p); below != nil {
			w.name(p.name)
			w.value(p.value, below)
		}
	}
	w.close('}')
}

func (w *jsonWriter) value(value any, prune pruner) {
	switch value := value.(type) {
	case nil:
		w.data("null")
	case string:
		w.data(jsonString(value))
	case bool:
		w.data(strconv.FormatBool(value))
	case int64:
		w.data(strconv.FormatInt(value, 10))
	case float32:
		w.data(javaFloat(value))
	case *bean:
		if value == nil {
			w.data("null")
			return
		}
		w.bean(value, prune)
	case func() *bean:
		w.value(value(), prune)
	case []any:
		from, to := prune.items()
		w.open('[')
		for i := from; i < min(to, len(value)); i++ {
			w.value(value[i], prune)
		}
		w.close(']')
	case dictionary:
		w.open('{')
		for _, entry := range value {
			w.name(entry.name)
			w.value(entry.value, prune)
		}
		w.close('}')
	default:
		panic(fmt.Sprintf("jenkinstest: property of type %T", value))
	}
}

func (w *jsonWriter) name(name string) {
	w.data(jsonString(name))
	w.comma = false
	if w.pretty {
		w.buf.WriteString(" : ")
		return
	}
	w.buf.WriteByte(':')
}

func (w *jsonWriter) data(text string) {
	w.separate()
	w.buf.WriteString(text)
}

func (w *jsonWriter) separate() {
	if w.comma {
		w.buf.WriteByte(',')
		w.newLine()
	}
	w.comma = true
}

func (w *jsonWriter) open(mark byte) {
	w.separate()
	w.buf.WriteByte(mark)
	w.comma = false
	w.indent++
	w.newLine()
}

func (w *jsonWriter) close(mark byte) {
	w.indent--
	w.newLine()
	w.buf.WriteByte(mark)
	w.comma = true
}

func (w *jsonWriter) newLine() {
	if w.pretty {
		w.buf.WriteString("\n" + strings.Repeat("  ", w.indent))
	}
}

// jsonString escapes what must be escaped and nothing else.
func jsonString(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			out.WriteString(`\` + string(c))
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\r':
			out.WriteString(`\r`)
		case c == '\t':
			out.WriteString(`\t`)
		case c < ' ':
			fmt.Fprintf(&out, `\u%04x`, c)
		default:
			out.WriteRune(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// javaFloat writes the digits of Java's Float.toString: the fewest that tell
// the number from its neighbours, at least one behind the point, and an exponent
// below 0.001 and from 10000000 on.
func javaFloat(f float32) string {
	if size := math.Abs(float64(f)); f != 0 && (size < 1e-3 || size >= 1e7) {
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(float64(f), 'e', -1, 32), "e")
		power, _ := strconv.Atoi(exponent) // FormatFloat writes a number there
		return withPoint(mantissa) + "E" + strconv.Itoa(power)
	}
	return withPoint(strconv.FormatFloat(float64(f), 'f', -1, 32))
}

func withPoint(digits string) string {
	if strings.Contains(digits, ".") {
		return digits
	}
	return digits + ".0"
}

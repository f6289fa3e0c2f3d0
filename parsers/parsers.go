// Package parsers turns coverage reports into [coverage.Rows], and merged rows
// back into Clover XML.
//
// A format is one file here and one word in the list below. Which format a
// report has is read from its first octets, never from its name.
package parsers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/covpipe/covpipe/coverage"
)

var formats = []Format{ // alphabetical; the order must not matter
	clover, cobertura, gocover, istanbulJSON, jacoco, jacocoCSV, jenkinsJacoco, jenkinsClasses,
	lcov, llvmCov, simplecov, xccovArchive, xccovReport, xcov, xcovCore,
}

// Format is one kind of report.
type Format struct {
	Name  string
	Sniff func(head []byte) bool // head is up to 4 KB from the beginning, without a byte order mark
	// Rows reads a report to its end; what the report says of itself goes into
	// stated, complete once the rows have been read.
	Rows func(r io.Reader, stated *coverage.Stated) coverage.Rows
	// TimeLast says that a report may state when it was measured behind its
	// files; else that is known with the first row.
	TimeLast bool
}

// Report is one opened report.
type Report struct {
	Format   string          // for example "clover"
	Rows     coverage.Rows   // to be read once
	Stated   coverage.Stated // complete once Rows has been read to its end
	TimeLast bool            // Stated.MeasuredAt may be unknown before that
}

// ErrFormat is returned by [Open] for input that is no report we know.
var ErrFormat = errors.New("unknown report format")

// ErrEmpty is the [ErrFormat] of input without a single octet.
var ErrEmpty = errors.New("it is empty")

// ParseError says where a report is damaged. Line and Column count from 1;
// Column counts octets. Both are 0 where the place is not known.
type ParseError struct {
	Format       string
	Line, Column int
	Err          error
}

func (e *ParseError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.Format, e.Err)
	}
	return fmt.Sprintf("%s: line %d, column %d: %v", e.Format, e.Line, e.Column, e.Err)
}

func (e *ParseError) Unwrap() error { return e.Err }

const headSize = 4096

// byteOrderMark can stand before UTF-8, of which it is no part.
var byteOrderMark = []byte("\uFEFF")

// Names lists the formats that [Open] knows.
func Names() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.Name)
	}
	return names
}

// Options say how a report is opened. The zero Options find its format by its
// content.
type Options struct {
	Format   string  // read it as this format, whatever it looks like
	Mapping  *Format // read it as this one, which [Mapping] made
	MaxBytes int64   // the size to which a compressed report may grow; 0 is DefaultMaxBytes
}

// Open finds the format of a report from its first 4 KB. It reads no further
// until Rows is used. Input of no known format is [ErrFormat], with a word on
// what it looks like. A report that is compressed with gzip or zstd is unpacked.
func Open(r io.Reader) (*Report, error) { return Options{}.Open(r) }

// OpenAs reads a report as the named format, whatever it looks like.
func OpenAs(format string, r io.Reader) (*Report, error) { return Options{Format: format}.Open(r) }

// Open opens a report, see [Open].
func (o Options) Open(r io.Reader) (*Report, error) {
	buffered, err := unpacked(r, o.MaxBytes)
	if err != nil {
		return nil, err
	}
	if o.Mapping != nil {
		return open(*o.Mapping, buffered), nil
	}
	if o.Format != "" {
		for _, f := range formats {
			if f.Name == o.Format {
				return open(f, buffered), nil
			}
		}
		return nil, fmt.Errorf("%w %q (known: %s)", ErrFormat, o.Format, strings.Join(Names(), ", "))
	}
	head, err := buffered.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = bytes.TrimPrefix(head, byteOrderMark)
	if len(head) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrFormat, ErrEmpty)
	}
	for _, f := range formats {
		if f.Sniff(head) {
			return open(f, buffered), nil
		}
	}
	return nil, fmt.Errorf("%w: it %s (known: %s)", ErrFormat, looksLike(head), strings.Join(Names(), ", "))
}

func open(f Format, r io.Reader) *Report {
	report := &Report{Format: f.Name, TimeLast: f.TimeLast}
	report.Rows = func(yield func(coverage.Row, error) bool) {
		for row, err := range f.Rows(r, &report.Stated) {
			if err != nil {
				if parse := (*ParseError)(nil); errors.As(err, &parse) {
					parse.Format = f.Name
				} else {
					err = fmt.Errorf("%s: %w", f.Name, err)
				}
				yield(coverage.Row{}, err)
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
	return report
}

// looksLike says in a few words what unknown input is.
func looksLike(head []byte) string {
	text := bytes.TrimSpace(head)
	lower := bytes.ToLower(text)
	switch {
	case len(text) == 0:
		return "holds only white space"
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return "is an HTML page, perhaps a login or error page"
	case bytes.HasPrefix(lower, []byte("report_week,")):
		return "is a file of covpipe's rows; covpipe load takes it by its name"
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return "is UTF-16, as PowerShell writes it, and only UTF-8 is read"
	case bytes.IndexByte(head, 0) >= 0:
		return "is binary"
	case text[0] == '<':
		if name, _ := rootTag(head); name != "" {
			return fmt.Sprintf("is XML with the root element <%s>", name)
		}
		return "begins like XML"
	case text[0] == '{' || text[0] == '[':
		return "is JSON with other keys"
	}
	first, _, _ := strings.Cut(string(text[:min(len(text), 40)]), "\n")
	return fmt.Sprintf("begins with %q", first)
}

// rootTag finds the first element of XML and gives its name, and what follows
// the name as far as head goes.
func rootTag(head []byte) (name, rest string) {
	text := string(head)
	for {
		begin := strings.IndexByte(text, '<')
		if begin < 0 || strings.TrimSpace(text[:begin]) != "" {
			return "", ""
		}
		text = text[begin:]
		end := ">"
		switch {
		case strings.HasPrefix(text, "<?"):
			end = "?>"
		case strings.HasPrefix(text, "<!--"):
			end = "-->"
		case strings.HasPrefix(text, "<!"):
			if subset := strings.IndexByte(text, '['); subset >= 0 && subset < strings.IndexByte(text+">", '>') {
				end = "]>"
			}
		default:
			length := strings.IndexAny(text, " \t\r\n/>")
			if length < 0 {
				return "", ""
			}
			return text[1:length], text[length:]
		}
		at := strings.Index(text, end)
		if at < 0 {
			return "", ""
		}
		text = text[at+len(end):]
	}
}

// rootAttributes gives the text of the root's attributes.
func rootAttributes(rest string) string {
	attributes, _, _ := strings.Cut(rest, ">")
	return " " + strings.Join(strings.Fields(attributes), " ")
}

package parsers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/goccy/go-yaml"
)

// mapping says with XPath where an XML report keeps what a row needs. It is
// written in YAML, so that a format can be added without code:
//
//	name: cobertura
//	file: //class
//	path: "@filename"
//	line:
//	  each: lines/line
//	  number: "@number"
//	  hits: "@hits"
//
// docs/xpath.md explains every word.
type mapping struct {
	Name     string        `yaml:"name"`
	File     string        `yaml:"file"`
	Path     string        `yaml:"path"`
	Module   string        `yaml:"module"`
	Sources  string        `yaml:"sources"`
	Union    string        `yaml:"union"`
	Line     *mappingLine  `yaml:"line"`
	Lines    *mappingCount `yaml:"lines"`
	Methods  *mappingCount `yaml:"methods"`
	Branches *mappingCount `yaml:"branches"`
	Stated   mappingStated `yaml:"stated"`
}

type mappingLine struct {
	Each     string        `yaml:"each"`
	Number   string        `yaml:"number"`
	Hits     string        `yaml:"hits"`
	Branches *mappingCount `yaml:"branches"`
}

type mappingCount struct {
	Covered string `yaml:"covered"`
	Total   string `yaml:"total"`
}

type mappingStated struct {
	MeasuredAt string        `yaml:"measured_at"`
	Files      string        `yaml:"files"`
	Lines      *mappingCount `yaml:"lines"`
	Methods    *mappingCount `yaml:"methods"`
	Branches   *mappingCount `yaml:"branches"`
}

// ErrMapping is returned by [Mapping] for a mapping that cannot be used.
var ErrMapping = errors.New("no mapping of a report format")

// Mapping reads a mapping, which makes a format out of XPath.
func Mapping(text []byte) (*Format, error) {
	m, err := readMapping(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMapping, err)
	}
	if slices.Contains(Names(), m.Name) {
		return nil, fmt.Errorf("%w: name: %s is a format that covpipe has", ErrMapping, m.Name)
	}
	return &Format{Name: m.Name, Sniff: func([]byte) bool { return false }, Rows: m.rows, TimeLast: true}, nil
}

var (
	mappingName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	fileElement = regexp.MustCompile(`(?:^|[/:])([A-Za-z_][\w.-]*)(?:\[[^\[\]]*\])*$`)
)

// explainYAML makes one line of an error of the YAML library, which can lack a
// place.
func explainYAML(err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		return fmt.Errorf("line %d: %s", at.GetToken().Position.Line, at.GetMessage())
	}
	if errors.As(err, &at) {
		return errors.New(at.GetMessage())
	}
	return err
}

func readMapping(text []byte) (*mapping, error) {
	var m mapping
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&m); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("it is empty")
		}
		return nil, explainYAML(err)
	}
	switch {
	case !mappingName.MatchString(m.Name):
		return nil, fmt.Errorf("name: %q is no word such as cobertura", m.Name)
	case !fileElement.MatchString(m.File):
		return nil, fmt.Errorf("file: %q does not end in the name of an element", m.File)
	case m.Path == "":
		return nil, errors.New("path is missing")
	case (m.Line == nil) == (m.Lines == nil):
		return nil, errors.New("it needs either line, for what is counted line by line, or lines, for counts")
	case m.Union != "" && m.Union != "lines":
		return nil, fmt.Errorf("union: %q is not lines", m.Union)
	case m.Union != "" && m.Line == nil:
		return nil, errors.New("union: counts cannot be united, only lines")
	case m.Line != nil && (m.Line.Each == "" || m.Line.Number == "" || m.Line.Hits == ""):
		return nil, errors.New("line: it needs each, number and hits")
	case m.Line != nil && m.Line.Branches != nil && m.Branches != nil:
		return nil, errors.New("branches are given twice")
	}
	_, err := m.compile()
	return &m, err
}

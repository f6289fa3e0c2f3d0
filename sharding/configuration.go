package sharding

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// variant is what the phpunit.xml of one process has in place of the
// project's.
type variant struct {
	files      []string // the tests: these files,
	dir        string   // or those of this folder
	ownSuites  bool     // or those of the project's own test suites
	loadedOnly bool     // report only files that the process has loaded
}

// derive makes the phpunit.xml of a process from that of the project. It takes
// out what would make processes write over each other's files or stop half-way
// (reports, logs, caches, stopOn…) and puts tests in place of the test suites. With
// loadedOnly the report leaves out files that are not loaded. Everything else
// stays to the letter.
//
// PHPUnit resolves the paths in it against the folder it lies in, so the result
// belongs beside the original.
func derive(original []byte, v variant) ([]byte, error) {
	var out bytes.Buffer
	in := xml.NewDecoder(bytes.NewReader(original))
	in.Strict = true
	var open []string
	kept, cutFrom, cutDepth, coverage := int64(0), int64(0), 0, false
	for {
		at := in.InputOffset()
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			open = append(open, t.Name.Local)
			path := strings.Join(open[1:], "/")
			if attributes := v.changed(path); cutDepth == 0 && attributes != nil {
				out.Write(original[kept:at])
				out.Write(attributes(original[at:in.InputOffset()]))
				kept = in.InputOffset()
			}
			coverage = coverage || path == "coverage" || path == "filter"
			if cutDepth == 0 && v.cuts(path) {
				cutFrom, cutDepth = at, len(open)
			}
		case xml.EndElement:
			if cutDepth == len(open) {
				out.Write(original[kept:cutFrom])
				kept, cutDepth = in.InputOffset(), 0
			}
			if len(open) == 1 {
				if at == in.InputOffset() { // <phpunit/>
					return nil, errNoContent
				}
				out.Write(original[kept:at])
				if v.loadedOnly && !coverage {
					out.WriteString("<coverage includeUncoveredFiles=\"false\"/>\n")
				}
				if !v.ownSuites {
					out.WriteString(v.suites())
				}
				kept = at
			}
			open = open[:len(open)-1]
		}
	}
	out.Write(original[kept:])
	return out.Bytes(), nil
}

// errNoContent is what a phpunit.xml is that says nothing of code or tests.
var errNoContent = errors.New("it is empty, and must say what code to measure")

var (
	stopAttributes     = xmlAttributes(`stopOn\w+|cacheDirectory`)
	rootAttributes     = xmlAttributes(`stopOn\w+|cacheDirectory|defaultTestSuite`)
	coverageAttributes = xmlAttributes(`includeUncoveredFiles|processUncoveredFiles|cacheDirectory`)
	filterAttributes   = xmlAttributes(`addUncoveredFilesFromWhitelist|processUncoveredFilesFromWhitelist`)
	tagEnd             = regexp.MustCompile(`\s*/?>$`)
)

// xmlAttributes finds attributes of these names in a tag.
func xmlAttributes(names string) *regexp.Regexp {
	return regexp.MustCompile(`\s+(` + names + `)\s*=\s*("[^"]*"|'[^']*')`)
}

// changed gives what changes the tag of an element, or nil.
func (v variant) changed(path string) func(tag []byte) []byte {
	set := func(old *regexp.Regexp, attributes string) func([]byte) []byte {
		return func(tag []byte) []byte {
			tag = old.ReplaceAll(tag, nil)
			return tagEnd.ReplaceAllFunc(tag, func(end []byte) []byte { return append([]byte(attributes), end...) })
		}
	}
	switch {
	case path == "" && v.ownSuites:
		return set(stopAttributes, "")
	case path == "":
		return set(rootAttributes, "")
	case path == "coverage" && v.loadedOnly:
		return set(coverageAttributes, ` includeUncoveredFiles="false"`)
	case path == "filter/whitelist" && v.loadedOnly:
		return set(filterAttributes, ` addUncoveredFilesFromWhitelist="false"`)
	}
	return nil
}

// cuts tells whether an element is left out.
func (v variant) cuts(path string) bool {
	switch path {
	case "logging", "coverage/report":
		return true
	case "testsuites", "testsuite":
		return !v.ownSuites
	}
	return false
}

func (v variant) suites() string {
	var b strings.Builder
	element := func(name, text string) {
		fmt.Fprintf(&b, "<%s>", name)
		_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
		fmt.Fprintf(&b, "</%s>\n", name)
	}
	b.WriteString("<testsuites><testsuite name=\"covpipe\">\n")
	for _, file := range v.files {
		element("file", file)
	}
	if v.dir != "" {
		element("directory", v.dir)
	}
	b.WriteString("</testsuite></testsuites>\n")
	return b.String()
}

// checkConfiguration gives the reason why PHPUnit would read no configuration
// from this file, and whether its reports list files that no test loads.
func checkConfiguration(original []byte) (listsAll bool, err error) {
	var root struct {
		XMLName  xml.Name
		Coverage struct {
			Uncovered string `xml:"includeUncoveredFiles,attr"`
		} `xml:"coverage"`
		Whitelist struct {
			Uncovered string `xml:"addUncoveredFilesFromWhitelist,attr"`
		} `xml:"filter>whitelist"`
	}
	if err := xml.Unmarshal(original, &root); err != nil {
		return false, err
	}
	if root.XMLName.Local != "phpunit" {
		return false, fmt.Errorf("its root element is <%s>, not <phpunit>", root.XMLName.Local)
	}
	return root.Coverage.Uncovered != "false" && root.Whitelist.Uncovered != "false", nil
}

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

// shardConfiguration derives the phpunit.xml of a shard from that of the
// project. It takes out what would make shards write over each other's files or
// stop half-way (reports, logs, stopOn…), and, where files are given, puts them
// in place of the test suites. Everything else stays to the letter.
//
// PHPUnit resolves the paths in it against the folder it lies in, so the result
// belongs beside the original.
func shardConfiguration(original []byte, files []string) ([]byte, error) {
	var out bytes.Buffer
	in := xml.NewDecoder(bytes.NewReader(original))
	in.Strict = true
	var open []string
	kept, cutFrom, cutDepth := int64(0), int64(0), 0
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
			if len(open) == 1 {
				tag := stopAttributes.ReplaceAll(original[at:in.InputOffset()], nil)
				out.Write(original[kept:at])
				out.Write(tag)
				kept = in.InputOffset()
			}
			if cutDepth == 0 && cutFromShard(open, len(files) > 0) {
				cutFrom, cutDepth = at, len(open)
			}
		case xml.EndElement:
			if cutDepth == len(open) {
				out.Write(original[kept:cutFrom])
				kept, cutDepth = in.InputOffset(), 0
			}
			if len(open) == 1 && len(files) > 0 {
				out.Write(original[kept:at])
				out.WriteString(suiteOf(files))
				kept = at
			}
			open = open[:len(open)-1]
		}
	}
	out.Write(original[kept:])
	return out.Bytes(), nil
}

var stopAttributes = regexp.MustCompile(`\s+stopOn\w+\s*=\s*("[^"]*"|'[^']*')`)

func cutFromShard(open []string, suites bool) bool {
	switch path := strings.Join(open[1:], "/"); path {
	case "logging", "coverage/report":
		return true
	case "testsuites", "testsuite":
		return suites
	}
	return false
}

func suiteOf(files []string) string {
	var b strings.Builder
	b.WriteString("<testsuites><testsuite name=\"files\">\n")
	for _, file := range files {
		b.WriteString("<file>")
		_ = xml.EscapeText(&b, []byte(file)) // a strings.Builder takes everything
		b.WriteString("</file>\n")
	}
	b.WriteString("</testsuite></testsuites>\n")
	return b.String()
}

// checkConfiguration gives the reason why PHPUnit would read no configuration
// from this file.
func checkConfiguration(original []byte) error {
	var root struct {
		XMLName xml.Name
	}
	if err := xml.Unmarshal(original, &root); err != nil {
		return err
	}
	if root.XMLName.Local != "phpunit" {
		return fmt.Errorf("its root element is <%s>, not <phpunit>", root.XMLName.Local)
	}
	return nil
}

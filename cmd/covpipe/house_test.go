package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/covpipe/covpipe/"

// rooms are the packages and what each may import of ours.
var rooms = map[string][]string{
	"cmd/covpipe": {"coverage", "docs", "jenkins", "jenkins/jenkinstest", "loaders", "loaders/verticatest",
		"notifiers", "notifiers/notifierstest", "owners", "parsers", "queue", "reports", "repository", "sharding"},
	"coverage":                  {},
	"docs":                      {},
	"jenkins":                   {},
	"jenkins/jenkinstest":       {},
	"jenkins/jenkinstest/serve": {"jenkins/jenkinstest"}, // starts the test server for the demo
	"loaders":                   {},
	"loaders/verticatest":       {},
	"loaders/verticatest/serve": {"loaders/verticatest"}, // starts the test server for the demo
	"notifiers":                 {},
	"notifiers/notifierstest":   {},
	"owners":                    {},
	"parsers":                   {"coverage"},
	"queue":                     {},
	"reports":                   {},
	"repository":                {},
	"sharding":                  {},
}

// fences keep third-party packages in the rooms that know what to do with them.
var fences = map[string][]string{
	"github.com/antchfx/xmlquery":       {"parsers"},
	"golang.org/x/net/html":             {"jenkins"},
	"github.com/spf13/pflag":            {"cmd/covpipe"},
	"github.com/nats-io/nats.go":        {"queue"},
	"github.com/nats-io/nats-server/v2": {},
	"github.com/antchfx/xpath":          {"parsers"},
	"github.com/klauspost/compress":     {"parsers"},
	"github.com/duckdb/duckdb-go/v2":    {"loaders", "loaders/verticatest"},
	"github.com/vertica/vertica-sql-go": {"loaders"},
	"github.com/spf13/cobra":            {"cmd/covpipe"},
	"os/exec":                           {"notifiers/notifierstest", "repository", "sharding"},
	"github.com/wneessen/go-mail":       {"notifiers"},
	"github.com/go-analyze/charts":      {"reports"},
	"github.com/apache/arrow/go/v15":    {"cmd/covpipe", "coverage", "loaders"},
	"github.com/jedib0t/go-pretty/v6":   {"reports"},
	"github.com/goccy/go-yaml":          {"cmd/covpipe", "parsers"}, // the configuration, and the mappings of formats
	"github.com/bmatcuk/doublestar/v4":  {"jenkins", "owners", "sharding"},
	"github.com/agnivade/levenshtein":   {"cmd/covpipe"},
	"github.com/gofrs/flock":            {"cmd/covpipe"}, // one run at a time
	"github.com/rogpeppe/go-internal":   {},
	"github.com/chromedp":               {},
	"pgregory.net/rapid":                {},
	"net/http/httptest":                 {},
	"testing":                           {},
}

// breaches lists every import that is against the rules, and every Go file that
// lies where none should. Tests may import what they like of others, but of
// ours only what their package may, and the test servers.
func breaches(tree fs.FS) ([]string, error) {
	var found []string
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") ||
			slices.Contains([]string{"build", "bin", "samples", "testdata"}, entry.Name())) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		room := path.Dir(name)
		allowed, known := rooms[room]
		if !known {
			found = append(found, name+": there is no such room")
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		test := strings.HasSuffix(name, "_test.go")
		for _, spec := range file.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			if ours, isOurs := strings.CutPrefix(imported, module); isOurs {
				ownTest := test && (ours == room || strings.HasPrefix(ours, room+"/"))
				if !slices.Contains(allowed, ours) && !ownTest {
					found = append(found, fmt.Sprintf("%s: %s must not import %s", name, room, ours))
				}
				if strings.HasSuffix(ours, "test") && !test && !strings.HasPrefix(room, ours) {
					found = append(found, fmt.Sprintf("%s: %s is for tests", name, ours))
				}
				continue
			}
			for fenced, inside := range fences {
				if (imported == fenced || strings.HasPrefix(imported, fenced+"/")) && !test &&
					!slices.Contains(inside, room) {
					found = append(found, fmt.Sprintf("%s: %s belongs in %v", name, imported, inside))
				}
			}
		}
		return nil
	})
	return found, err
}

func TestEveryImportKeepsToItsRoom(t *testing.T) {
	found, err := breaches(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, breach := range found {
		t.Error(breach)
	}
}

func TestAPlantedImportIsFound(t *testing.T) {
	for name, source := range map[string]string{
		"parsers/x.go":          `package parsers; import "github.com/covpipe/covpipe/loaders"`,
		"coverage/x.go":         `package coverage; import _ "github.com/covpipe/covpipe/parsers"`,
		"reports/x_test.go":     `package reports; import "github.com/covpipe/covpipe/loaders"`,
		"loaders/x.go":          `package loaders; import "github.com/spf13/cobra"`,
		"reports/x.go":          `package reports; import "github.com/duckdb/duckdb-go/v2"`,
		"jenkins/x.go":          `package jenkins; import "os/exec"`,
		"cmd/covpipe/x.go":      `package main; import "github.com/covpipe/covpipe/jenkins/jenkinstest"`,
		"parsers/y.go":          `package parsers; import "testing"`,
		"x.go":                  `package covpipe`,
		"internal/util/util.go": `package util`,
	} {
		found, err := breaches(fstest.MapFS{name: {Data: []byte(source)}})
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 1 {
			t.Errorf("%s: found %q", name, found)
		}
	}
	allowed := fstest.MapFS{
		"parsers/x.go": {
			Data: []byte(`package parsers; import ("io"; "github.com/covpipe/covpipe/coverage")`),
		},
		"jenkins/x_test.go": {
			Data: []byte(`package jenkins; import "github.com/covpipe/covpipe/jenkins/jenkinstest"`),
		},
		"cmd/covpipe/x_test.go": {Data: []byte(`package main; import "os/exec"`)},
	}
	if found, err := breaches(allowed); err != nil || len(found) > 0 {
		t.Errorf("allowed, and found: %q, %v", found, err)
	}
}

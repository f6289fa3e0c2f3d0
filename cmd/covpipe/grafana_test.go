package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// queriesOf collects the queries of a Grafana dashboard, wherever they stand.
func queriesOf(node any) (queries []string) {
	switch n := node.(type) {
	case map[string]any:
		for key, value := range n {
			if text, isText := value.(string); isText &&
				(key == "target" || key == "query" && strings.Contains(text, ".")) {
				queries = append(queries, text)
				continue
			}
			queries = append(queries, queriesOf(value)...)
		}
	case []any:
		for _, value := range n {
			queries = append(queries, queriesOf(value)...)
		}
	}
	return queries
}

// TestTheGrafanaDashboardAsksForMetricsThatAreSent holds each query of the sample
// against the names that covpipe metrics sends.
func TestTheGrafanaDashboardAsksForMetricsThatAreSent(t *testing.T) {
	text, err := os.ReadFile("../../samples/grafana/coverage.json")
	if err != nil {
		t.Fatal(err)
	}
	var board any
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	p := newPostOffice(t, "0")
	var out bytes.Buffer
	a := &app{stdout: &out, stderr: t.Output(), environ: os.Environ(), now: time.Now,
		configFile: filepath.Join(p.dir, "covpipe.yaml")}
	for _, args := range [][]string{
		{"release", "add", "5.2", "--platform", "php", "--at", "2026-11-18T09:30:00Z"},
		{"metrics", "--all", "--dry-run"},
	} {
		if code := a.main(t.Context(), append(args, "--config", a.configFile)); code != 0 {
			t.Fatalf("%v ends with %d", args, code)
		}
	}
	sent := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		name, _, _ := strings.Cut(line, " ")
		for name != "" { // and the folders above it
			sent[name] = true
			name = strings.TrimSuffix(name, path.Base(strings.ReplaceAll(name, ".", "/")))
			name = strings.TrimSuffix(name, ".")
		}
	}
	queries := queriesOf(board)
	pattern := regexp.MustCompile(`coverage(\.[a-z_*$]+)+`)
	asked := map[string]bool{}
	for _, query := range queries {
		for _, wanted := range pattern.FindAllString(query, -1) {
			glob := strings.ReplaceAll(regexp.MustCompile(`\$[a-z]+`).ReplaceAllString(wanted, "*"), ".", "/")
			found := false
			for name := range sent {
				matches, err := path.Match(glob, strings.ReplaceAll(name, ".", "/"))
				if err != nil {
					t.Fatal(err)
				}
				found = found || matches
			}
			if !found {
				t.Errorf("%s: nothing of that name is sent", wanted)
			}
			asked[wanted[strings.LastIndex(wanted, ".")+1:]] = true
		}
	}
	for _, name := range []string{"lines_pct", "releases", "runs", "completeness_pct", "lines_total", "lines_covered"} {
		if !asked[name] {
			t.Errorf("the dashboard does not draw %s", name)
		}
	}
}

package main

import (
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fileCounts are the numbers that sharding must not change.
type fileCounts struct{ lines, covered, methods, methodsCovered string }

// copySample copies samples/php, links as links, so that the test leaves
// nothing behind in it.
func copySample(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "shop")
	if err := os.CopyFS(dir, os.DirFS("../../samples/php")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// readRows reads the counts of a CSV of rows by file.
func readRows(t *testing.T, path string) map[string]fileCounts {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	rows := map[string]fileCounts{}
	for _, r := range records[1:] {
		rows[r[column["file_path"]]] = fileCounts{r[column["lines_total"]], r[column["lines_covered"]],
			r[column["methods_total"]], r[column["methods_covered"]]}
	}
	return rows
}

// readXML reads a report without any code of ours.
func readXML(t *testing.T, report string, into any) {
	t.Helper()
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// wholeCounts reads what one PHPUnit process for the whole suite states, without
// any code of ours.
func wholeCounts(t *testing.T, report, root string) map[string]fileCounts {
	t.Helper()
	var document struct {
		Files []struct {
			Name    string `xml:"name,attr"`
			Metrics struct {
				Statements        string `xml:"statements,attr"`
				CoveredStatements string `xml:"coveredstatements,attr"`
				Methods           string `xml:"methods,attr"`
				CoveredMethods    string `xml:"coveredmethods,attr"`
			} `xml:"metrics"`
		} `xml:"project>file"`
	}
	readXML(t, report, &document)
	rows := map[string]fileCounts{}
	for _, f := range document.Files {
		m := f.Metrics
		rows[strings.TrimPrefix(f.Name, root+"/")] = fileCounts{m.Statements, m.CoveredStatements,
			m.Methods, m.CoveredMethods}
	}
	return rows
}

// TestShardedRunEqualsTheUnshardedRun measures samples/php both ways with real
// PHPUnit, under each driver, and compares file by file.
func TestShardedRunEqualsTheUnshardedRun(t *testing.T) {
	for driver, flags := range map[string][]string{
		"pcov":   withPCOV(),
		"xdebug": {"-d", "pcov.enabled=0", "-d", "xdebug.mode=coverage"},
	} {
		t.Run(driver, func(t *testing.T) {
			dir := copySample(t)
			out := t.TempDir()
			config := filepath.Join(out, "covpipe.yaml")
			text := fmt.Sprintf("project: shop\nwarehouse: duckdb:w.duckdb\nruns: runs\nsources:\n"+
				"  - name: php\n    phpunit: {dir: %q, driver: %s}\n", dir, driver)
			if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if code := covpipe(t, "run", "--config", config); code != exitDone {
				t.Fatalf("covpipe run: exit code %d", code)
			}
			found, err := filepath.Glob(filepath.Join(out, "runs/*/rows.csv"))
			if err != nil || len(found) != 1 {
				t.Fatalf("rows: %q, %v", found, err)
			}
			sharded := readRows(t, found[0])

			report := wholeReport(t, dir, flags...)
			whole := wholeCounts(t, report, dir)

			if len(whole) < 40 || len(sharded) != len(whole) {
				t.Errorf("%d files sharded, %d unsharded", len(sharded), len(whole))
			}
			for path, want := range whole {
				if got := sharded[path]; got != want {
					t.Errorf("%s: sharded %+v, unsharded %+v", path, got, want)
				}
			}
			// The second run finds the cache and the report of all files of the first.
			if code := covpipe(t, "run", "--config", config); code != exitDone {
				t.Fatalf("covpipe run: exit code %d", code)
			}
			if found, err = filepath.Glob(filepath.Join(out, "runs/*/rows.csv")); err != nil || len(found) != 2 {
				t.Fatalf("rows: %q, %v", found, err)
			}
			again := readRows(t, found[1])
			for path, want := range whole {
				if got := again[path]; got != want {
					t.Errorf("%s: with a warm cache %+v, unsharded %+v", path, got, want)
				}
			}
			kept, err := filepath.Glob(filepath.Join(out, ".covpipe/cache/php/baseline-*"))
			if err != nil || len(kept) != 1 {
				t.Errorf("kept reports of all files: %q, %v", kept, err)
			}
			if wrong := plainUnion(t, filepath.Join(filepath.Dir(found[0]), "php/shards"), dir, whole); wrong < 5 {
				t.Errorf("a plain union of the shards is wrong for %d files only, so this test proves little", wrong)
			}
		})
	}
}

// plainUnion counts the files for which the plain union of all lines that the
// shards list, as other tools merge, is not what the unsharded run says.
func plainUnion(t *testing.T, shards, root string, whole map[string]fileCounts) (wrong int) {
	t.Helper()
	reports, err := filepath.Glob(filepath.Join(shards, "*.clover.xml"))
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]map[string]bool{}
	for _, report := range reports {
		var document struct {
			Files []struct {
				Name  string `xml:"name,attr"`
				Lines []struct {
					Number string `xml:"num,attr"`
					Type   string `xml:"type,attr"`
				} `xml:"line"`
			} `xml:"project>file"`
		}
		readXML(t, report, &document)
		for _, f := range document.Files {
			path := strings.TrimPrefix(f.Name, root+"/")
			if lines[path] == nil {
				lines[path] = map[string]bool{}
			}
			for _, line := range f.Lines {
				if line.Type == "stmt" {
					lines[path][line.Number] = true
				}
			}
		}
	}
	for path, all := range lines {
		if fmt.Sprint(len(all)) != whole[path].lines {
			wrong++
		}
	}
	return wrong
}

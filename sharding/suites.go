package sharding

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// testSuites are the test suites of a phpunit.xml.
type testSuites struct {
	Default string      `xml:"defaultTestSuite,attr"`
	Suites  []testSuite `xml:"testsuites>testsuite"`
	Single  []testSuite `xml:"testsuite"`
}

type testSuite struct {
	Name        string      `xml:"name,attr"`
	Directories []testEntry `xml:"directory"`
	Files       []testEntry `xml:"file"`
	Excludes    []string    `xml:"exclude"`
}

type testEntry struct {
	Path     string `xml:",chardata"`
	Suffix   string `xml:"suffix,attr"`
	Prefix   string `xml:"prefix,attr"`
	Version  string `xml:"phpVersion,attr"`
	Operator string `xml:"phpVersionOperator,attr"`
}

// suiteRoots reads where the test suites of a phpunit.xml look for tests. It
// gives none if there are no suites.
func suiteRoots(config, php string) (roots []root, err error) {
	text, err := os.ReadFile(config)
	if err != nil {
		return nil, err
	}
	var all testSuites
	if err := xml.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	base := filepath.Dir(config)
	resolve := func(path string) string {
		if path = strings.TrimSpace(path); !filepath.IsAbs(path) {
			path = filepath.Join(base, path)
		}
		return filepath.Clean(path)
	}
	for _, suite := range slices.Concat(all.Suites, all.Single) {
		if all.Default != "" && suite.Name != all.Default {
			continue
		}
		var exclude []string
		for _, path := range suite.Excludes {
			if real, err := filepath.EvalSymlinks(resolve(path)); err == nil {
				exclude = append(exclude, real)
			}
		}
		for _, entry := range suite.Directories {
			if !entry.wants(php) {
				continue
			}
			dirs, err := directories(resolve(entry.Path))
			if err != nil {
				return nil, fmt.Errorf("test suite %s: %w", suite.Name, err)
			}
			suffix := []string{"Test.php"} // and no .phpt, unlike with a path on the command line
			if entry.Suffix != "" {
				suffix = strings.Split(entry.Suffix, ",")
			}
			for _, dir := range dirs {
				roots = append(roots, root{path: dir, suffix: suffix, prefix: split(entry.Prefix), exclude: exclude})
			}
		}
		for _, entry := range suite.Files {
			if !entry.wants(php) {
				continue
			}
			real, err := filepath.EvalSymlinks(resolve(entry.Path))
			if err != nil {
				return nil, fmt.Errorf("test suite %s: %w", suite.Name, err)
			}
			roots = append(roots, root{path: real})
		}
	}
	return roots, nil
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// directories are those that the text of a <directory> means, which can be a
// pattern.
func directories(path string) (found []string, err error) {
	paths := []string{path}
	if strings.Contains(path, "*") {
		if paths, err = filepath.Glob(path); err != nil {
			return nil, err
		}
	}
	for _, path := range paths {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return nil, err
		}
		if info, err := os.Stat(real); err != nil {
			return nil, err
		} else if info.IsDir() {
			found = append(found, real)
		}
	}
	return found, nil
}

// wants tells whether an entry is for this version of PHP; if the version is
// not known, it is.
func (e testEntry) wants(php string) bool {
	if e.Version == "" || php == "" {
		return true
	}
	order := compareVersions(php, e.Version)
	switch e.Operator {
	case "<", "lt":
		return order < 0
	case "<=", "le":
		return order <= 0
	case ">", "gt":
		return order > 0
	case "==", "=", "eq":
		return order == 0
	case "!=", "<>", "ne":
		return order != 0
	}
	return order >= 0
}

// compareVersions compares the numbers of two versions; 8.2 is less than 8.2.0,
// as in PHP.
func compareVersions(a, b string) int {
	return slices.Compare(numbers(a), numbers(b))
}

func numbers(version string) (parts []int) {
	for part := range strings.SplitSeq(version, ".") {
		digits := strings.TrimRight(part, "abcdefghijklmnopqrstuvwxyz-+~")
		n, err := strconv.Atoi(digits)
		if err != nil {
			break
		}
		parts = append(parts, n)
	}
	return parts
}

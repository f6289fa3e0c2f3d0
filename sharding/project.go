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

// Project is what a phpunit.xml says of tests and of the code to measure.
type Project struct {
	Config   string        // the phpunit.xml, absolute
	Suites   []TestFolders // the test suites; of several, those that run without being named
	Code     []string      // folders, patterns of folders and files of the include list, absolute
	Excluded []string      // of them, likewise
	Memory   string        // the memory_limit that it sets; empty if it sets none
}

// TestFolders are the folders, patterns of folders and files of a test suite,
// absolute.
type TestFolders struct {
	Name  string
	Paths []string
}

// includeList is how phpunit.xml sets PHP up and names code: in <source> since PHPUnit 10, in
// <coverage> since 9.3, in <filter><whitelist> before.
type includeList struct {
	Ini []struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	} `xml:"php>ini"`
	Source    codeList `xml:"source"`
	Coverage  codeList `xml:"coverage"`
	Whitelist struct {
		Directories []string  `xml:"directory"`
		Files       []string  `xml:"file"`
		Exclude     codePaths `xml:"exclude"`
	} `xml:"filter>whitelist"`
}

type codeList struct {
	Include codePaths `xml:"include"`
	Exclude codePaths `xml:"exclude"`
}

type codePaths struct {
	Directories []string `xml:"directory"`
	Files       []string `xml:"file"`
}

// Describe reads the phpunit.xml of a suite.
func (s Suite) Describe() (p Project, err error) {
	if p.Config, err = s.configuration(); err != nil {
		return p, err
	}
	text, err := os.ReadFile(p.Config)
	if err != nil {
		return p, err
	}
	var all testSuites
	var code includeList
	if _, err = checkConfiguration(text); err == nil {
		if err = xml.Unmarshal(text, &all); err == nil {
			err = xml.Unmarshal(text, &code)
		}
	}
	if err != nil {
		return p, fmt.Errorf("phpunit: %s: %w", p.Config, err)
	}
	for _, suite := range slices.Concat(all.Suites, all.Single) {
		if all.Default != "" && suite.Name != all.Default {
			continue
		}
		folders := TestFolders{Name: suite.Name}
		for _, entry := range slices.Concat(suite.Directories, suite.Files) {
			folders.Paths = append(folders.Paths, p.path(entry.Path))
		}
		p.Suites = append(p.Suites, folders)
	}
	for _, ini := range code.Ini {
		if ini.Name == "memory_limit" {
			p.Memory = ini.Value
		}
	}
	for _, list := range [][]string{
		code.Source.Include.Directories, code.Source.Include.Files, code.Coverage.Include.Directories,
		code.Coverage.Include.Files, code.Whitelist.Directories, code.Whitelist.Files,
	} {
		for _, path := range list {
			p.Code = append(p.Code, p.path(path))
		}
	}
	for _, list := range []codePaths{code.Source.Exclude, code.Coverage.Exclude, code.Whitelist.Exclude} {
		for _, path := range slices.Concat(list.Directories, list.Files) {
			p.Excluded = append(p.Excluded, p.path(path))
		}
	}
	return p, nil
}

// MemoryOctets gives Memory as PHP reads it: -1 is no limit, and a letter stands
// for a power of 1024.
func (p Project) MemoryOctets() int64 {
	text := strings.ToLower(strings.TrimSpace(p.Memory))
	digits := strings.TrimRight(text, "kmg")
	n, err := strconv.ParseInt(digits, 10, 64)
	switch text[len(digits):] {
	case "k":
		n <<= 10
	case "m":
		n <<= 20
	case "g":
		n <<= 30
	}
	if err != nil {
		return 0
	}
	return n
}

// path resolves a path of phpunit.xml, which counts from its folder.
func (p Project) path(text string) string {
	text = strings.TrimSpace(text)
	if filepath.IsAbs(text) {
		return filepath.Clean(text)
	}
	return filepath.Join(filepath.Dir(p.Config), text)
}

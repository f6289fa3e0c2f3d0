package sharding

import (
	"cmp"
	"encoding/xml"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// included is what the include list of a phpunit.xml may mean, by absolute paths.
type included struct {
	files     []string
	links     []string // left out, with all that is behind them
	processed bool     // files that no test loads are loaded for the report
}

// includeLists are the include lists of a phpunit.xml, of all versions.
type includeLists struct {
	Coverage []includeEntries `xml:"coverage>include"`
	Source   []includeEntries `xml:"source>include"`
	White    []includeEntries `xml:"filter>whitelist"`
}

type includeEntries struct {
	Directories []testEntry `xml:"directory"`
	Files       []string    `xml:"file"`
}

var processed = regexp.MustCompile(`processUncoveredFiles(FromWhitelist)?\s*=\s*["']true["']`)

// includedIn finds the files of the include list of a phpunit.xml, and more:
// what it excludes is among them.
func includedIn(config string) (found included, err error) {
	text, err := os.ReadFile(config)
	if err != nil {
		return found, err
	}
	var lists includeLists
	if err := xml.Unmarshal(text, &lists); err != nil {
		return found, err
	}
	found.processed = processed.Match(text)
	base := filepath.Dir(config)
	for _, list := range slices.Concat(lists.Coverage, lists.Source, lists.White) {
		for _, file := range list.Files {
			found.files = append(found.files, absolute(base, file))
		}
		for _, entry := range list.Directories {
			dirs, err := directories(absolute(base, entry.Path))
			if err != nil {
				return found, err
			}
			for _, dir := range dirs {
				if err := found.add(dir, strings.Split(cmp.Or(entry.Suffix, ".php"), ",")); err != nil {
					return found, err
				}
			}
		}
	}
	return found, nil
}

// add adds the files below a folder that have one of the suffixes.
func (i *included) add(dir string, suffixes []string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.Type()&fs.ModeSymlink != 0:
			i.links = append(i.links, path)
		case entry.Type().IsRegular() && hasSuffix(path, suffixes):
			i.files = append(i.files, path)
		}
		return nil
	})
}

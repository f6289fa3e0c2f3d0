package parsers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/covpipe/covpipe/coverage"
)

// simplecov reads SimpleCov's coverage/.resultset.json, as of 0.10 to 0.22:
//
//	{"RSpec": {"coverage": {"/srv/shop/lib/cart.rb": {"lines": [1, null, 0],
//	  "branches": {"[:if, 0, 3, 4, 7, 7]": {"[:then, 1, 4, 6, 4, 9]": 2, "[:else, 2, 6, 6, 6, 9]": 0}}}},
//	  "timestamp": 1583150399}}
//
// Before 0.18 a file is only the array of its lines. Read too is what its
// formatters write to coverage.json: {"meta": {…}, "coverage": {path: {"lines":
// […], "branches": [{"type": "then", "coverage": 2, …}]}}}, and simplecov-json's
// {"files": [{"filename": …, "coverage": […]}]}.
//
// null is no code, nor is "ignored". Suites are united as SimpleCov unites them,
// all that are in the file: hits add up, and a line that one suite calls code
// and another does not is code only if it was run. Branches are the same if they
// begin and end at the same places; Ruby numbers them anew in each process.
// A resultset knows nothing of :nocov: comments, which only the source has.
//
// SimpleCov lists a file that was never loaded with its branches empty, though
// it did not look for any: there branches are unknown, not 0 of 0.
//
// A file can come again in the last suite, so lines are held until the end, an
// octet each.
var simplecov = Format{Name: "simplecov", Sniff: simplecovSniff, Rows: simplecovRows, TimeLast: true}

func simplecovSniff(head []byte) bool {
	keys := keysOf(head)
	return keys.has("*", "coverage", "*", "[]") || keys.has("*", "coverage", "*", "lines", "[]") ||
		keys.has("*", "coverage", "*", "branches") ||
		keys.has("coverage", "*", "lines", "[]") || keys.has("coverage", "*", "branches", "[]") ||
		keys.has("meta", "simplecov_version") ||
		keys.has("files", "[]", "filename") && keys.has("files", "[]", "coverage")
}

type simplecovReader struct {
	in     *jsonReader
	files  map[string]*simplecovFile
	paths  []string // in the order of the report
	other  string   // a key that is no suite
	suites int
	whole  bool    // it is a formatter's report
	latest float64 // when the last suite ended
}

func simplecovRows(r io.Reader, stated *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		s := &simplecovReader{in: newJSONReader(r), files: map[string]*simplecovFile{}}
		if err := s.read(); err != nil {
			yield(coverage.Row{}, err)
			return
		}
		if s.latest > 0 {
			stated.MeasuredAt = unixTime(int64(s.latest))
		}
		for _, path := range s.paths {
			if !yield(s.files[path].row(path), nil) {
				return
			}
		}
	}
}

func (s *simplecovReader) read() error {
	if err := s.in.object(s.root); err != nil {
		return err
	}
	switch {
	case s.whole && s.suites > 0:
		return s.in.fail(errors.New("suites and a formatter's coverage in one report"))
	case !s.whole && s.other != "":
		return s.in.fail(fmt.Errorf("%s has no coverage", s.other))
	}
	return s.in.end()
}

// root reads one member of the outermost object: a suite, a formatter's
// coverage, or something else beside that.
func (s *simplecovReader) root(key string) error {
	token, err := s.in.Token()
	if err != nil {
		return s.in.fail(err)
	}
	switch {
	case key == "coverage" && token == json.Delim('{'):
		s.whole = true
		return s.in.members(s.file)
	case key == "files" && token == json.Delim('['):
		s.whole = true
		return s.in.elements(s.listed)
	case key == "timestamp":
		if err := s.measured(token); err != nil {
			return err
		}
	case token == json.Delim('{'):
		return s.suite(key)
	}
	s.other = key
	return s.in.skipRest(token)
}

func (s *simplecovReader) suite(name string) error {
	found := false
	err := s.in.members(func(key string) error {
		switch key {
		case "coverage":
			found = true
			s.suites++
			return s.in.object(s.file)
		case "timestamp":
			token, err := s.in.Token()
			if err != nil {
				return s.in.fail(err)
			}
			if err := s.measured(token); err != nil {
				return err
			}
			return s.in.skipRest(token)
		}
		return s.in.skip()
	})
	if !found {
		s.other = name
	}
	return err
}

func (s *simplecovReader) measured(token json.Token) error {
	at, is := token.(float64)
	if is && (at < 0 || at > 1e13) {
		return s.in.fail(fmt.Errorf("the timestamp %v", at))
	}
	s.latest = max(s.latest, at)
	return nil
}

func (s *simplecovReader) listed() error {
	var file struct {
		Filename string         `json:"filename"`
		Coverage *simplecovFile `json:"coverage"`
	}
	if err := s.in.decode(&file); err != nil {
		return err
	}
	if file.Coverage == nil {
		return s.in.fail(fmt.Errorf("%q has no coverage", file.Filename))
	}
	if s.files[file.Filename] != nil {
		return s.in.fail(fmt.Errorf("%s is listed twice", file.Filename))
	}
	return s.add(file.Filename, file.Coverage)
}

func (s *simplecovReader) file(path string) error {
	file := new(simplecovFile)
	if err := s.in.decode(file); err != nil {
		return err
	}
	return s.add(path, file)
}

func (s *simplecovReader) add(path string, file *simplecovFile) error {
	if path == "" {
		return s.in.fail(errors.New("a file without a path"))
	}
	if known := s.files[path]; known != nil {
		known.merge(file)
		return nil
	}
	s.files[path] = file
	s.paths = append(s.paths, path)
	return nil
}

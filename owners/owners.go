// Package owners turns CODEOWNERS, or a mapping, into the owners of a file.
//
// GitHub and GitLab read the same file in different ways, so there is a reader
// for each. A line that the host would skip is skipped here too, and named.
package owners

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Owners of files that have none. No host lets an owner have such a name.
const (
	Unowned   = "(unowned)"   // no rule gives the file an owner
	Unmatched = "(unmatched)" // the file could not be found in the repository, so no rule was asked
)

// Syntax is whose CODEOWNERS a file is.
type Syntax string

// The syntaxes.
const (
	GitHub Syntax = "github"
	GitLab Syntax = "gitlab"
)

// Rules tell who owns a path of a repository.
type Rules struct {
	Problems []Problem // what the host would skip, in the order of lines
	sections []section // GitHub has one
}

// Problem is a line, or an owner in it, that was skipped.
type Problem struct {
	Line int
	Why  string
}

func (p Problem) String() string { return fmt.Sprintf("line %d: %s", p.Line, p.Why) }

// section is a group of rules in which the last one that matches decides, unless
// one of the exclusions matches.
type section struct {
	name     string // in lower case
	defaults []string
	rules    []rule
	excluded []pattern
}

type rule struct {
	pattern pattern
	owners  []string
	line    int    // in the file, or in the list of a mapping
	text    string // the pattern as it is written
}

// pattern is one line's: globs of doublestar of which one must match.
type pattern struct {
	globs  []string
	prefix string // with which all that match begin; it spares most matching
}

func newPattern(globs ...string) pattern {
	prefix := globs[0]
	if i := strings.IndexAny(prefix, `*?[{\`); i >= 0 {
		prefix = prefix[:i]
	}
	return pattern{globs, prefix}
}

func (p pattern) matches(file string) bool {
	return strings.HasPrefix(file, p.prefix) &&
		slices.ContainsFunc(p.globs, func(glob string) bool { return doublestar.MatchUnvalidated(glob, file) })
}

// Of gives the owners of a file, a slash-separated path from the top of the
// repository, each once. A file that nobody owns has none.
func (r *Rules) Of(file string) (owners []string) {
	for _, s := range r.sections {
		if slices.ContainsFunc(s.excluded, func(p pattern) bool { return p.matches(file) }) {
			continue
		}
		for _, rule := range slices.Backward(s.rules) {
			if !rule.pattern.matches(file) {
				continue
			}
			for _, owner := range rule.owners {
				if !slices.Contains(owners, owner) {
					owners = append(owners, owner)
				}
			}
			break
		}
	}
	return owners
}

// Idle gives the rules that match none of the files: what they were written for
// has moved or is gone, so its owner is now somebody else, or nobody. An
// exclusion is no rule.
func (r *Rules) Idle(files iter.Seq[string]) (idle []Problem) {
	waiting := map[*rule]bool{}
	for i := range r.sections {
		for n := range r.sections[i].rules {
			waiting[&r.sections[i].rules[n]] = true
		}
	}
	for file := range files {
		if len(waiting) == 0 {
			break
		}
		for rule := range waiting {
			if rule.pattern.matches(file) {
				delete(waiting, rule)
			}
		}
	}
	for rule := range waiting {
		idle = append(idle, Problem{rule.line, rule.text + " matches no file"})
	}
	slices.SortFunc(idle, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return idle
}

// places are where the hosts look, and whose place each is; "" is both's.
var places = []struct {
	file   string
	syntax Syntax
}{
	{".github/CODEOWNERS", GitHub}, {".gitlab/CODEOWNERS", GitLab}, {"CODEOWNERS", ""}, {"docs/CODEOWNERS", ""},
}

// ErrNone is returned by [Find] for a repository without CODEOWNERS.
var ErrNone = errors.New("there is no CODEOWNERS in .github, .gitlab, the top folder or docs")

// Find gives the CODEOWNERS of a repository from the first of the usual places
// that has one: .github, .gitlab, the top folder, docs.
func Find(repository fs.FS) (file string, err error) {
	for _, place := range places {
		switch _, err := fs.Stat(repository, place.file); {
		case err == nil:
			return place.file, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
	return "", ErrNone
}

// Read reads a CODEOWNERS file. With an empty syntax it is GitLab's if it lies in
// .gitlab, or has a section and does not lie in .github; else it is GitHub's.
func Read(file string, text []byte, syntax Syntax) *Rules {
	if syntax == "" {
		syntax = syntaxOf(file, text)
	}
	if syntax == GitLab {
		return readGitLab(text)
	}
	return readGitHub(text)
}

func syntaxOf(file string, text []byte) Syntax {
	for _, place := range places {
		if place.syntax != "" && (file == place.file || strings.HasSuffix(file, "/"+place.file)) {
			return place.syntax
		}
	}
	for line := range bytes.Lines(text) {
		if heading.Match(bytes.TrimSpace(line)) {
			return GitLab
		}
	}
	return GitHub
}

// Entry gives a pattern, in GitHub's syntax, its owners.
type Entry struct {
	Path   string
	Owners []string
}

// ErrEntry is returned by [Mapping] for an entry that cannot be.
var ErrEntry = errors.New("no entry such as {path: /src/Cart/, owners: [cart]}")

var plainName = regexp.MustCompile(`^[^\s()]+$`)

// Mapping makes rules of entries, of which the last that matches decides. An
// owner is any name without spaces and parentheses.
func Mapping(entries []Entry) (*Rules, error) {
	var only section
	for n, e := range entries {
		p, err := gitHubPattern(e.Path)
		if err != nil {
			return nil, fmt.Errorf("%w: path %q: %w", ErrEntry, e.Path, err)
		}
		for _, owner := range e.Owners {
			if !plainName.MatchString(owner) {
				return nil, fmt.Errorf("%w: path %q: owner %q", ErrEntry, e.Path, owner)
			}
		}
		only.rules = append(only.rules, rule{p, e.Owners, n + 1, e.Path})
	}
	return &Rules{sections: []section{only}}, nil
}

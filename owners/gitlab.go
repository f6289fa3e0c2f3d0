package owners

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// heading is [name], ^[name] or [name][2], with default owners behind it.
var heading = regexp.MustCompile(`^\^?\[([^\]]*[^\]\s][^\]]*)\](?:\[\d+\])?(?:[ \t]+(.*))?$`)

var gitLabOwner = regexp.MustCompile(`^(@@?[\pL\pN_.-]+(/[\pL\pN_.-]+)*|[^@\s]+@[^@\s]+\.[^@\s]+)$`)

// readGitLab reads GitLab's syntax. Each section gives a file its owners: those
// of the last line that matches, or the section's own if that line names none.
// A line with ! takes files out of its section for good. An optional section
// owns as any other does.
//
//   - @shop/everyone
//     [Cart][2] @shop/cart
//     /src/Cart/
//     !/src/Cart/generated/
//     ^[Database]
//     /db/ @shop/db
func readGitLab(text []byte) *Rules {
	r := &Rules{sections: []section{{}}}
	at := 0
	for n, line := range numbered(text) {
		switch m := heading.FindStringSubmatch(strings.TrimRight(line, " \t")); {
		case line == "" || strings.HasPrefix(line, "#"):
		case m != nil:
			at = r.enter(strings.ToLower(strings.TrimSpace(m[1])))
			if owners := r.ownersIn(n, fieldsOf(m[2])); len(owners) > 0 {
				r.sections[at].defaults = owners
			}
		default:
			r.readGitLabLine(n, line, &r.sections[at])
		}
	}
	return r
}

// enter gives the section of a name; sections of one name are one.
func (r *Rules) enter(name string) int {
	if i := slices.IndexFunc(r.sections, func(s section) bool { return s.name == name }); i >= 0 {
		return i
	}
	r.sections = append(r.sections, section{name: name})
	return len(r.sections) - 1
}

func (r *Rules) readGitLabLine(n int, line string, into *section) {
	fields := fieldsOf(line)
	if len(fields) == 0 {
		return
	}
	text, exclusion := strings.CutPrefix(fields[0], "!")
	p, err := gitLabPattern(text)
	if err != nil {
		r.Problems = append(r.Problems, Problem{n, err.Error()})
		return
	}
	if exclusion {
		into.excluded = append(into.excluded, p)
		return
	}
	owners := r.ownersIn(n, fields[1:])
	if len(fields) == 1 {
		owners = into.defaults
	}
	into.rules = append(into.rules, rule{p, owners, n, fields[0]})
}

// ownersIn gives the owners among words; GitLab skips others.
func (r *Rules) ownersIn(line int, words []string) (owners []string) {
	for _, word := range words {
		if !gitLabOwner.MatchString(word) {
			problem := fmt.Sprintf("%q is neither @user, @group/subgroup, @@role nor an address", word)
			r.Problems = append(r.Problems, Problem{line, problem})
			continue
		}
		owners = append(owners, word)
	}
	return owners
}

// gitLabPattern reads a glob: from the top if it begins with a slash, a folder
// with all in it if it ends with one, and of all else only what it says.
func gitLabPattern(text string) (pattern, error) {
	glob, anchored := strings.CutPrefix(escaped(text, "{}"), "/")
	switch text {
	case "":
		return pattern{}, errors.New("the pattern is empty")
	case "*":
		return newPattern("**/*"), nil
	}
	if folder, is := strings.CutSuffix(glob, "/"); is {
		glob = folder + "/**/*"
	} else if glob == "" {
		glob = "**/*" // "/" is the top folder
	}
	if !anchored {
		glob = "**/" + glob
	}
	if !doublestar.ValidatePattern(glob) {
		return pattern{}, errors.New("the pattern cannot be read")
	}
	return newPattern(glob), nil
}

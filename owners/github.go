package owners

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

var gitHubOwner = regexp.MustCompile(`^(@[\pL\pN_-]+(/[\pL\pN._-]+)?|[^@\s]+@[^@\s]+\.[^@\s]+)$`)

// readGitHub reads GitHub's syntax: a pattern and its owners on a line, # begins
// a comment, and a line with something wrong in it does not count.
//
//   - @shop/everyone
//     /src/Cart/   @shop/cart cart@example.com  # both
func readGitHub(text []byte) *Rules {
	r := &Rules{}
	var only section
	for n, line := range numbered(text) {
		fields := fieldsOf(line)
		for i, field := range fields {
			if strings.HasPrefix(field, "#") {
				fields = fields[:i]
				break
			}
		}
		if len(fields) == 0 {
			continue
		}
		p, err := gitHubPattern(fields[0])
		for _, owner := range fields[1:] {
			if !gitHubOwner.MatchString(owner) {
				err = errors.Join(err, fmt.Errorf("%q is neither @user, @organisation/team nor an address", owner))
			}
		}
		if err != nil {
			r.Problems = append(r.Problems, Problem{n, strings.ReplaceAll(err.Error(), "\n", "; ")})
			continue
		}
		only.rules = append(only.rules, rule{p, fields[1:], n, fields[0]})
	}
	r.sections = []section{only}
	return r
}

// gitHubPattern reads a pattern: that of gitignore, without ! and [ ], and with
// "docs/*" for what lies in docs itself.
func gitHubPattern(text string) (pattern, error) {
	switch {
	case text == "":
		return pattern{}, errors.New("the pattern is empty")
	case strings.HasPrefix(text, "!"):
		return pattern{}, errors.New("GitHub has no ! in patterns")
	case strings.Contains(text, "["):
		return pattern{}, errors.New("GitHub has no [ ] in patterns")
	}
	body, folder := strings.CutSuffix(text, "/")
	glob, anchored := strings.CutPrefix(escaped(body, "{}"), "/")
	if glob == "" {
		return pattern{}, errors.New("the pattern names nothing")
	}
	if !anchored && !strings.Contains(glob, "/") {
		glob = "**/" + glob
	}
	if !doublestar.ValidatePattern(glob) {
		return pattern{}, errors.New("the pattern cannot be read")
	}
	below := glob + "/**/*"
	last := glob[strings.LastIndex(glob, "/")+1:]
	switch {
	case folder, last == "**":
		return newPattern(below), nil
	case last == "*":
		return newPattern(glob), nil
	}
	return newPattern(glob, below), nil
}

// escaped makes ordinary characters of those that mean something to doublestar
// and nothing in CODEOWNERS.
func escaped(text, special string) string {
	var out strings.Builder
	wasBackslash := false
	for _, c := range text {
		if strings.ContainsRune(special, c) && !wasBackslash {
			out.WriteByte('\\')
		}
		wasBackslash = c == '\\' && !wasBackslash
		out.WriteRune(c)
	}
	return out.String()
}

// numbered gives the lines with their numbers, from 1, without space around them.
func numbered(text []byte) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(strings.TrimPrefix(string(text), "\uFEFF")) {
			n++
			if !yield(n, strings.TrimLeft(strings.TrimRight(line, "\r\n"), " \t")) {
				return
			}
		}
	}
}

// fieldsOf splits a line at spaces that have no backslash before them.
func fieldsOf(line string) (fields []string) {
	var field strings.Builder
	wasBackslash := false
	for _, c := range line {
		if (c == ' ' || c == '\t') && !wasBackslash {
			if field.Len() > 0 {
				fields = append(fields, field.String())
				field.Reset()
			}
			continue
		}
		wasBackslash = c == '\\' && !wasBackslash
		field.WriteRune(c)
	}
	if field.Len() > 0 {
		fields = append(fields, field.String())
	}
	return fields
}

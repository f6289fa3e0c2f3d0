package parsers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/covpipe/covpipe/coverage"
)

// decode reads one value.
func (j *jsonReader) decode(v any) error {
	err := j.Decode(v)
	if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) && kind.Field == "" {
		err = fmt.Errorf("a %s where a value of another kind was expected", kind.Value)
	}
	if err != nil {
		return j.fail(err)
	}
	return nil
}

// object reads an object and calls member for each of its keys, which must
// read the value. A key that comes twice is an error.
func (j *jsonReader) object(member func(key string) error) error {
	if err := j.delimiter('{'); err != nil {
		return err
	}
	return j.members(member)
}

// members reads what follows the { of an object.
func (j *jsonReader) members(member func(key string) error) error {
	seen := map[string]bool{}
	for j.More() {
		token, err := j.Token()
		if err != nil {
			return j.fail(err)
		}
		key, _ := token.(string)
		if seen[key] {
			return j.fail(fmt.Errorf("%s is given twice", key))
		}
		seen[key] = true
		if err := member(key); err != nil {
			return err
		}
	}
	return j.delimiter('}')
}

// array reads an array and calls element, which must read one value, for each
// of its elements.
func (j *jsonReader) array(element func() error) error {
	if err := j.delimiter('['); err != nil {
		return err
	}
	return j.elements(element)
}

// elements reads what follows the [ of an array.
func (j *jsonReader) elements(element func() error) error {
	for j.More() {
		if err := element(); err != nil {
			return err
		}
	}
	return j.delimiter(']')
}

// skip reads one value of which nothing is wanted. It holds no more of it than
// one member or element.
func (j *jsonReader) skip() error {
	token, err := j.Token()
	if err != nil {
		return j.fail(err)
	}
	return j.skipRest(token)
}

// skipRest reads the rest of a value that began with token.
func (j *jsonReader) skipRest(token json.Token) error {
	var nothing unread
	switch token {
	case json.Delim('{'):
		return j.members(func(string) error { return j.decode(&nothing) })
	case json.Delim('['):
		return j.elements(func() error { return j.decode(&nothing) })
	}
	return nil
}

// unread is a value of which nothing is wanted.
type unread struct{}

func (*unread) UnmarshalJSON([]byte) error { return nil }

// hits says how often something ran. Unlike an int64 it cannot be null.
type hits int64

func (h *hits) UnmarshalJSON(text []byte) error {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("%s is not a count", clipped(text))
	}
	*h = hits(n)
	return nil
}

func clipped(text []byte) string {
	if len(text) > 40 {
		return string(text[:40]) + "…"
	}
	return string(text)
}

// stateCount makes a count of what a report states, both or neither.
func stateCount(covered, total *int64) (coverage.Count, error) {
	switch {
	case covered == nil && total == nil:
		return coverage.Count{}, nil
	case covered == nil || total == nil:
		return coverage.Count{}, errors.New("only one of covered and total is given")
	}
	count := coverage.Of(*covered, *total)
	return count, count.Check()
}

// headKeys holds the paths of keys in the first octets of some JSON, in which
// "[]" stands for the elements of an array: {"a": [{"b": 1}]} has a, a [] and
// a [] b. White space and the order of keys make no difference.
type headKeys [][]string

func keysOf(head []byte) headKeys {
	var keys headKeys
	keys.add(json.NewDecoder(bytes.NewReader(head)), nil)
	return keys
}

const deepestKey = 8 // deeper keys tell no format

// add notes the keys of one value, and tells whether head goes on behind it.
func (k *headKeys) add(in *json.Decoder, path []string) bool {
	token, err := in.Token()
	if err != nil {
		return false
	}
	delimiter, is := token.(json.Delim)
	if !is {
		return true
	}
	name := "[]"
	if delimiter == '[' {
		k.note(path, name)
	}
	for in.More() {
		if delimiter == '{' {
			key, err := in.Token()
			if err != nil {
				return false
			}
			name, _ = key.(string)
			k.note(path, name)
		}
		if !k.add(in, append(path[:len(path):len(path)], name)) {
			return false
		}
	}
	_, err = in.Token()
	return err == nil
}

func (k *headKeys) note(path []string, name string) {
	if len(path) < deepestKey {
		*k = append(*k, append(path[:len(path):len(path)], name))
	}
}

// has tells whether the keys have a path that begins so; "*" is any key.
func (k headKeys) has(path ...string) bool {
	for _, key := range k {
		if len(key) < len(path) {
			continue
		}
		matches := true
		for i, want := range path {
			if key[i] != want && (want != "*" || key[i] == "[]") {
				matches = false
				break
			}
		}
		if matches {
			return true
		}
	}
	return false
}

// hasAny tells whether one of names follows path.
func (k headKeys) hasAny(path []string, names ...string) bool {
	for _, name := range names {
		if k.has(append(path[:len(path):len(path)], name)...) {
			return true
		}
	}
	return false
}

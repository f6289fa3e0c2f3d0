package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// unknownKey says of a key that the configuration does not know where it stands,
// and which known key is nearest: one that may stand there, or one of another
// level if it has that very name and none here is a letter away.
func unknownKey(text []byte, at *token.Token) error {
	known, under := keysAround(text, at)
	key := at.Value
	where := ""
	if under != "" {
		where = " under " + under
	}
	nearest := slices.MinFunc(known, func(a, b string) int {
		return levenshtein.ComputeDistance(key, a) - levenshtein.ComputeDistance(key, b)
	})
	places := placesOf(reflect.TypeFor[config](), key, "")
	if len(places) > 0 && levenshtein.ComputeDistance(key, nearest) > 1 {
		return fmt.Errorf("line %d: unknown key %q%s; it is known %s",
			at.Position.Line, key, where, strings.Join(places, " and "))
	}
	return fmt.Errorf("line %d: unknown key %q%s; the nearest known one is %q", at.Position.Line, key, where, nearest)
}

// keysAround gives the keys that may stand where a key does, and the key under
// which it stands, "" at the top.
func keysAround(text []byte, at *token.Token) (known []string, under string) {
	level := reflect.TypeFor[config]()
	if file, err := parser.ParseBytes(text, 0); err == nil {
		for _, doc := range file.Docs {
			if found, name := levelOf(doc.Body, at, level, ""); found != nil {
				level, under = found, name
			}
		}
	}
	known = slices.Sorted(yamlFields(level))
	return known, under
}

// levelOf finds the struct type that the mapping with this key is read into.
func levelOf(node ast.Node, at *token.Token, t reflect.Type, under string) (reflect.Type, string) {
	switch n := node.(type) {
	case *ast.SequenceNode:
		for _, value := range n.Values {
			if found, name := levelOf(value, at, t, under); found != nil {
				return found, name
			}
		}
	case *ast.MappingNode:
		for _, value := range n.Values {
			if found, name := levelOf(value, at, t, under); found != nil {
				return found, name
			}
		}
	case *ast.MappingValueNode:
		key := n.Key.GetToken()
		t = structOf(t)
		if t == nil {
			return nil, ""
		}
		if key.Position.Line == at.Position.Line && key.Position.Column == at.Position.Column {
			return t, under
		}
		if field, known := fieldOf(t, key.Value); known {
			return levelOf(n.Value, at, field, key.Value)
		}
	case *ast.AnchorNode:
		return levelOf(n.Value, at, t, under)
	}
	return nil, ""
}

// structOf gives the struct behind pointers, lists and maps, or nil.
func structOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// yamlFields yields the keys of a struct.
func yamlFields(t reflect.Type) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range t.NumField() {
			if name := yamlName(t.Field(i)); name != "" && !yield(name) {
				return
			}
		}
	}
}

// yamlName is the key of a field, "" if it has none.
func yamlName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return strings.Trim(name, "-")
}

func fieldOf(t reflect.Type, key string) (reflect.Type, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); yamlName(f) == key {
			return f.Type, true
		}
	}
	return nil, false
}

// placesOf lists under which keys a key is known.
func placesOf(t reflect.Type, key, under string) (places []string) {
	t = structOf(t)
	if t == nil {
		return nil
	}
	for i := range t.NumField() {
		name := yamlName(t.Field(i))
		switch {
		case name == "":
			continue
		case name == key && under == "":
			places = append(places, "at the top")
		case name == key:
			places = append(places, "under "+under)
		}
		places = append(places, placesOf(t.Field(i).Type, key, strings.TrimPrefix(under+"."+name, "."))...)
	}
	return places
}

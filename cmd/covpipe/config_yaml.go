package main

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml"
)

// explainYAML shortens an error of the YAML library to one line, and names the
// known key that is nearest to an unknown one.
func explainYAML(err error) error {
	var unknown *yaml.UnknownFieldError
	var kind *yaml.TypeError
	var any yaml.Error
	switch {
	case errors.As(err, &unknown):
		at := unknown.Token.Position
		key := unknown.Token.Value
		return fmt.Errorf("line %d: unknown key %q; the nearest known one is %q", at.Line, key, nearestKey(key))
	case errors.As(err, &kind) && kind.Token != nil:
		return fmt.Errorf("line %d: %q is no %s", kind.Token.Position.Line, kind.Token.Value, kind.DstType.Kind())
	case errors.As(err, &any) && any.GetToken() != nil:
		return fmt.Errorf("line %d: %s", any.GetToken().Position.Line, any.GetMessage())
	case errors.As(err, &any):
		return errors.New(any.GetMessage()) // a syntax error without a place, whose Error would panic
	}
	return err
}

// nearestKey finds the known key with the fewest letters to change.
func nearestKey(key string) string {
	known := map[string]bool{}
	var collect func(reflect.Type)
	collect = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return
		}
		for i := range t.NumField() {
			if tag := t.Field(i).Tag.Get("yaml"); tag != "" {
				known[tag] = true
				collect(t.Field(i).Type)
			}
		}
	}
	collect(reflect.TypeFor[config]())
	return slices.MinFunc(slices.Sorted(maps.Keys(known)), func(a, b string) int {
		return levenshtein.ComputeDistance(key, a) - levenshtein.ComputeDistance(key, b)
	})
}

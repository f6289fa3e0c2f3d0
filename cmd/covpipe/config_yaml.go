package main

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

// secondDocument gives the line of the first key behind a --- that ends what is
// read; 0 if there is none, or the text is no YAML.
func secondDocument(text []byte) (line int) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return 0
	}
	documents := 0
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if documents++; documents == 2 {
			return doc.Body.GetToken().Position.Line
		}
	}
	return 0
}

// explainYAML shortens an error of the YAML library to one line, and names the
// known key that is nearest to an unknown one.
func explainYAML(text []byte, err error) error {
	var unknown *yaml.UnknownFieldError
	var kind *yaml.TypeError
	var any yaml.Error
	switch {
	case errors.As(err, &unknown):
		return unknownKey(text, unknown.Token)
	case errors.As(err, &kind) && kind.Token != nil:
		return fmt.Errorf("line %d: %q is no %s", kind.Token.Position.Line, kind.Token.Value, kind.DstType.Kind())
	case errors.As(err, &any) && any.GetToken() != nil:
		return fmt.Errorf("line %d: %s", any.GetToken().Position.Line, any.GetMessage())
	case errors.As(err, &any):
		return errors.New(any.GetMessage()) // a syntax error without a place, whose Error would panic
	}
	return err
}

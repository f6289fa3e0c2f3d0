package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/covpipe/covpipe/docs"
)

const schemaFile = "../../docs/covpipe.schema.json"

// object is a JSON object; encoding/json writes its keys in order.
type object = map[string]any

// constraints are what the types of the configuration do not say, by the name of
// the type or of type and field.
var constraints = object{
	"config":                      object{"required": []string{"project", "sources"}},
	"config.Sources":              object{"minItems": 1},
	"config.CarryWeeks":           object{"minimum": 0},
	"gateRule":                    object{"anyOf": oneOf("floor", "max_fall")},
	"gateRule.Metric":             object{"enum": []string{"lines", "methods", "branches"}},
	"gateRule.Floor":              object{"type": []string{"number", "string"}, "minimum": 0, "maximum": 100},
	"gateRule.MaxFall":            object{"type": []string{"number", "string"}, "minimum": 0, "maximum": 100},
	"source":                      object{"required": []string{"name"}, "oneOf": oneOf("phpunit", "report", "jenkins")},
	"phpunitSource.Driver":        object{"enum": []string{"auto", "pcov", "xdebug"}},
	"phpunitSource.Jobs":          object{"minimum": 0},
	"phpunitSource.OverheadWeeks": object{"minimum": 0},
	"phpunitSource.Timeout":       object{"pattern": `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`},
	"reportSource":                object{"required": []string{"file"}},
	"jenkinsSource":               object{"required": []string{"job"}},
	"jenkinsSource.Timeout":       object{"pattern": `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`},
	"jenkinsSource.Build":         object{"type": []string{"string", "integer"}},
	"ownersConfig.Syntax":         object{"enum": []string{"github", "gitlab"}},
	"ownersConfig":                object{"not": object{"required": []string{"codeowners", "map"}}},
	"ownerEntry":                  object{"required": []string{"path"}},
}

func oneOf(keys ...string) (all []object) {
	for _, key := range keys {
		all = append(all, object{"required": []string{key}})
	}
	return all
}

// TestTheSchemaIsThatOfTheConfiguration makes the schema of the configuration's
// types and their comments, and compares; -update writes it.
func TestTheSchemaIsThatOfTheConfiguration(t *testing.T) {
	g := &schemaMaker{comments: comments(t), used: map[string]bool{}, defs: object{}}
	top := g.of(reflect.TypeFor[config]()).(object)
	schema := g.defs[strings.TrimPrefix(top["$ref"].(string), "#/$defs/")].(object)
	delete(g.defs, "config")
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "covpipe.yaml"
	schema["$defs"] = g.defs
	for name := range constraints {
		if !g.used[name] {
			t.Errorf("constraints of %s: there is no such type or field", name)
		}
	}
	var want bytes.Buffer
	out := json.NewEncoder(&want)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(schema); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaFile, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(docs.Schema, want.Bytes()) {
		t.Error("docs/covpipe.schema.json is not that of the configuration; make golden writes it")
	}
}

type schemaMaker struct {
	comments map[string]string // of types and fields, as in constraints
	used     map[string]bool   // of the constraints
	defs     object
}

func (g *schemaMaker) of(t reflect.Type) any {
	switch t.Kind() {
	case reflect.Pointer:
		return g.of(t.Elem())
	case reflect.Slice:
		return object{"type": "array", "items": g.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": g.of(t.Elem())}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Struct:
		if _, there := g.defs[t.Name()]; !there {
			g.defs[t.Name()] = object{} // for types that hold themselves
			g.defs[t.Name()] = g.object(t)
		}
		return object{"$ref": "#/$defs/" + t.Name()}
	}
	panic("the configuration has a field of kind " + t.Kind().String())
}

func (g *schemaMaker) object(t reflect.Type) object {
	properties := object{}
	for i := range t.NumField() {
		f := t.Field(i)
		if yamlName(f) == "" {
			continue
		}
		name := t.Name() + "." + f.Name
		property := g.of(f.Type).(object)
		if text := g.comments[name]; text != "" {
			property["description"] = text
		}
		g.constrain(name, property)
		properties[yamlName(f)] = property
	}
	made := object{"type": "object", "properties": properties, "additionalProperties": false}
	if text := g.comments[t.Name()]; text != "" {
		made["description"] = text
	}
	g.constrain(t.Name(), made)
	return made
}

func (g *schemaMaker) constrain(name string, made object) {
	if more, there := constraints[name]; there {
		g.used[name] = true
		for key, value := range more.(object) {
			made[key] = value
		}
	}
}

// comments reads the comments of all types of this package and of their fields.
func comments(t *testing.T) map[string]string {
	found := map[string]string{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			types, is := decl.(*ast.GenDecl)
			if !is || types.Tok != token.TYPE {
				continue
			}
			spec := types.Specs[0].(*ast.TypeSpec)
			found[spec.Name.Name] = strings.TrimPrefix(oneLine(types.Doc), spec.Name.Name+" is ")
			if s, is := spec.Type.(*ast.StructType); is {
				for _, field := range s.Fields.List {
					for _, name := range field.Names {
						found[spec.Name.Name+"."+name.Name] = oneLine(field.Comment)
					}
				}
			}
		}
	}
	return found
}

func oneLine(comment *ast.CommentGroup) string {
	return strings.Join(strings.Fields(comment.Text()), " ")
}

// validate holds a YAML text against the schema.
func validate(t *testing.T, text string) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(docs.Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("covpipe.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("covpipe.json")
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

func TestTheSchemaTakesTheSamplesAndRefusesWhatTheReaderRefuses(t *testing.T) {
	samples := 0
	for _, pattern := range []string{"../../samples/*.yaml", "../../samples/*/covpipe.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if samples++; validate(t, string(text)) != nil {
				t.Errorf("%s: %v", file, validate(t, string(text)))
			}
		}
	}
	manifest, err := os.ReadFile("../../samples/kubernetes/cronjob.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var first struct{ Data map[string]string }
	if err := yaml.Unmarshal(manifest, &first); err != nil {
		t.Fatal(err)
	}
	inside := first.Data["covpipe.yaml"]
	if samples == 0 || inside == "" {
		t.Error("there are no samples")
	}
	if err := validate(t, inside); err != nil {
		t.Errorf("the configuration for Kubernetes: %v", err)
	}
	const head = "project: shop\nsources:\n  - name: php\n"
	for what, text := range map[string]string{
		"an unknown key":            head + "    phpunit: {dir: .}\nwarehuose: duckdb:w\n",
		"an unknown key below":      head + "    phpunit: {dir: ., test: tests}\n",
		"no project":                "sources: [{name: php, phpunit: {dir: .}}]\n",
		"no sources":                "project: shop\nsources: []\n",
		"a source without a name":   "project: shop\nsources: [{phpunit: {dir: .}}]\n",
		"a source of no kind":       head,
		"a source of two kinds":     head + "    phpunit: {dir: .}\n    report: {file: a.xml}\n",
		"an unknown driver":         head + "    phpunit: {driver: phpdbg}\n",
		"jobs that are no number":   head + "    phpunit: {jobs: two}\n",
		"a duration without a unit": head + "    phpunit: {timeout: '90'}\n",
		"a report without a file":   head + "    report: {format: lcov}\n",
		"a list as one word":        head + "    phpunit: {suffixes: Test.php}\n",
		"codeowners and map":        head + "    phpunit: {}\nowners: {codeowners: a, map: [{path: /, owners: [a]}]}\n",
	} {
		dir := t.TempDir()
		if err := validate(t, text); err == nil {
			t.Errorf("%s passes the schema", what)
		}
		file := filepath.Join(dir, "covpipe.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (&app{configFile: file}).loadConfig(); err == nil {
			t.Errorf("%s passes the reader", what)
		}
	}
}

// TestEachKeyIsDocumented looks for every key of the configuration in its pages.
func TestEachKeyIsDocumented(t *testing.T) {
	var pages []byte
	for _, name := range []string{"config", "owners", "gate", "newsletter"} {
		text, err := os.ReadFile("../../docs/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, text...)
	}
	var missing []string
	var collect func(reflect.Type)
	collect = func(t reflect.Type) {
		if t = structOf(t); t == nil {
			return
		}
		for i := range t.NumField() {
			if key := yamlName(t.Field(i)); key != "" {
				if !bytes.Contains(pages, []byte("`"+key+"`")) && !bytes.Contains(pages, []byte(": "+key+"`")) {
					missing = append(missing, key)
				}
				collect(t.Field(i).Type)
			}
		}
	}
	collect(reflect.TypeFor[config]())
	slices.Sort(missing)
	if missing = slices.Compact(missing); len(missing) > 0 {
		t.Errorf("docs/config.md does not explain %q", missing)
	}
}

// Command check holds samples against the types of those who read them: manifests
// of Kubernetes, a Dockerfile, a file of Compose, tables of cron, and an SBOM against the schemas of
// CycloneDX in a folder.
//
//	check [-schemas DIR] FILE.yaml… Dockerfile… docker-compose.yaml… cron/FILE… FILE.cdx.json…
//
// It is a module of its own, so that nobody who builds covpipe needs these types.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/robfig/cron/v3"
	"github.com/santhosh-tekuri/jsonschema/v6"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

func main() {
	schemas := flag.String("schemas", "", "folder with bom-1.6.schema.json and what it refers to")
	flag.Parse()
	failed := flag.NArg() == 0
	for _, path := range flag.Args() {
		n, err := check(path, *schemas)
		if err != nil {
			failed = true
			fmt.Fprintf(os.Stderr, "check: %s: %v\n", path, err)
			continue
		}
		fmt.Printf("%s: %s\n", path, n)
	}
	if failed {
		os.Exit(1)
	}
}

func check(path, schemas string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	switch {
	case strings.HasPrefix(filepath.Base(path), "Dockerfile"):
		return checkDockerfile(text)
	case filepath.Base(filepath.Dir(path)) == "cron":
		return checkCron(text)
	case strings.HasSuffix(path, ".cdx.json"):
		return checkSBOM(text, schemas)
	case filepath.Base(path) == "docker-compose.yaml":
		return checkCompose(path, text)
	}
	return checkManifests(text)
}

var (
	cronSetting = regexp.MustCompile(`^[A-Z_]+=`)
	cronLine    = regexp.MustCompile(`^((?:\S+\s+){5})([a-z_][a-z0-9_-]*)\s+(.+)$`)
)

// checkCron reads a table of /etc/cron.d: settings, and lines of five fields of
// time, a user and a command, which the shell must be able to read.
func checkCron(text []byte) (string, error) {
	jobs := 0
	for n, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") || cronSetting.MatchString(line) {
			continue
		}
		m := cronLine.FindStringSubmatch(line)
		if m == nil {
			return "", fmt.Errorf("line %d: neither a setting nor times, user and command", n+1)
		}
		if _, err := cron.ParseStandard(m[1]); err != nil {
			return "", fmt.Errorf("line %d: %w", n+1, err)
		}
		if strings.Contains(m[3], "%") {
			return "", fmt.Errorf("line %d: cron ends a command at %%", n+1)
		}
		if out, err := exec.Command("sh", "-nc", m[3]).CombinedOutput(); err != nil {
			return "", fmt.Errorf("line %d: %w: %s", n+1, err, out)
		}
		jobs++
	}
	if !bytes.HasSuffix(text, []byte("\n")) {
		return "", errors.New("cron ignores a last line without an end")
	}
	return fmt.Sprintf("%d jobs", jobs), nil
}

// checkSBOM validates an SBOM in CycloneDX 1.6 and counts its components.
func checkSBOM(text []byte, schemas string) (string, error) {
	compiler := jsonschema.NewCompiler()
	for name, file := range map[string]string{
		"bom-1.6.schema.json": "bom-1.6.schema.json", "spdx.schema.json": "spdx.schema.json", "jsf-0.82.schema.json": "jsf-0.82.schemax.json",
	} {
		f, err := os.Open(filepath.Join(schemas, file))
		if err != nil {
			return "", err
		}
		schema, err := jsonschema.UnmarshalJSON(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", err
		}
		if err := compiler.AddResource("http://cyclonedx.org/schema/"+name, schema); err != nil {
			return "", err
		}
	}
	schema, err := compiler.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		return "", err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return "", err
	}
	if err := schema.Validate(value); err != nil {
		return "", err
	}
	components, _ := value.(map[string]any)["components"].([]any) // the schema has said that it is an object
	if len(components) == 0 {
		return "", errors.New("it lists no component")
	}
	return fmt.Sprintf("%d components", len(components)), nil
}

// checkManifests decodes every document strictly: no unknown and no double key, and
// each value of the type of its field.
func checkManifests(text []byte) (string, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv2.AddToScheme, batchv1.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return "", err
		}
	}
	decoder := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
	documents := utilyaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(text)))
	defer documents.Close()
	var kinds []string
	for n := 1; ; n++ {
		document := make([]byte, len(text)+1)
		size, err := documents.Read(document)
		if errors.Is(err, io.EOF) {
			return strings.Join(kinds, ", "), nil
		}
		if err != nil {
			return "", err
		}
		_, kind, err := decoder.Decode(document[:size], nil, nil)
		if err != nil {
			return "", fmt.Errorf("document %d: %w", n, err)
		}
		kinds = append(kinds, kind.Kind)
	}
}

// checkCompose loads a file of Compose as docker compose does: by its schema, with
// its references resolved, and each service consistent with the others.
func checkCompose(path string, text []byte) (string, error) {
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  filepath.Dir(path),
		ConfigFiles: []types.ConfigFile{{Filename: path, Content: text}},
		Environment: types.Mapping{"COVPIPE_RUN": "check"},
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d services", len(project.Services)), nil
}

// checkDockerfile parses every instruction and its flags, and takes each warning
// of the builder's own linter as an error.
func checkDockerfile(text []byte) (string, error) {
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return "", err
	}
	var warnings []error
	lint := linter.New(&linter.Config{Warn: func(rule, _, _, message string, at []parser.Range) {
		line := 0
		if len(at) > 0 {
			line = at[0].Start.Line
		}
		warnings = append(warnings, fmt.Errorf("line %d: %s: %s", line, rule, message))
	}})
	stages, _, err := instructions.Parse(parsed.AST, lint)
	for _, w := range parsed.Warnings {
		warnings = append(warnings, errors.New(w.Short))
	}
	return fmt.Sprintf("%d stages", len(stages)), errors.Join(append(warnings, err)...)
}

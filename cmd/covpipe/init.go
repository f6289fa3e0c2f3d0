package main

import (
	"bytes"
	"cmp"
	_ "embed" // for initTemplate
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"
)

// initOptions are the flags of covpipe init.
type initOptions struct {
	force  bool
	stdout bool
}

func (a *app) initCommand() *cobra.Command {
	var opt initOptions
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented covpipe.yaml from what is here",
		Long: `Looks for what can be measured in this folder and below it, and writes a
covpipe.yaml with comments: PHPUnit projects with their test suites, reports of iOS
and Android, CODEOWNERS, and the project's name by its git remote. It starts
nothing and reads no network.

A covpipe.yaml that is there is not touched without --force. --config FILE writes
another one; then the folder of that file is looked at.`,
		Example: `  covpipe init
  covpipe init --stdout
  covpipe init --config /srv/shop/covpipe.yaml --force`,
		Args: none,
		RunE: func(*cobra.Command, []string) error { return a.init(opt) },
	}
	cmd.Flags().BoolVar(&opt.force, "force", false, "overwrite a covpipe.yaml that is there")
	cmd.Flags().BoolVar(&opt.stdout, "stdout", false, "print it, and write nothing")
	return cmd
}

// errNothingFound is what init says of a folder with nothing to measure.
var errNothingFound = errors.New("there is nothing to measure")

// init writes a configuration, after it has read it as covpipe run would.
func (a *app) init(opt initOptions) error {
	file := cmp.Or(a.configFile, a.environment("COVPIPE_CONFIG"), defaultConfig)
	if _, err := os.Lstat(file); err == nil && !opt.force && !opt.stdout {
		return fmt.Errorf("init: %s: %w", file, fs.ErrExist)
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return err
	}
	found, err := a.look(dir)
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	for _, remark := range found.Remarks {
		a.warn("%s", remark)
	}
	if len(found.PHPUnit)+len(found.Reports) == 0 {
		return fmt.Errorf("init: %s: %w: no phpunit.xml or phpunit.xml.dist, no report.json of xcov, "+
			"no JaCoCo report of a Gradle build", dir, errNothingFound)
	}
	text, err := found.text()
	if err != nil {
		return err
	}
	if _, err := a.configIn(file, text); err != nil {
		return fmt.Errorf("init: what it would write is not right: %w", err)
	}
	if opt.stdout {
		_, err := a.stdout.Write(text)
		return err
	}
	if err := writeNew(file, text, opt.force); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	a.say("%s: written, with %s", file, strings.Join(found.names(), ", "))
	if found.Ignore != "" {
		a.say("put %s into .gitignore", found.Ignore)
	}
	a.say("next: covpipe doctor says what is still missing, covpipe run --dry-run what would be done")
	return nil
}

// writeNew writes a file whole, and replaces another only if told to.
func writeNew(file string, text []byte, force bool) error {
	if force {
		return renameio.WriteFile(file, text, 0o644)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}

//go:embed init.yaml.tmpl
var initTemplate string

// text is the configuration of what was found.
func (f *findings) text() ([]byte, error) {
	words := template.FuncMap{"yaml": yamlText, "oneline": printable, "join": strings.Join}
	t, err := template.New("covpipe.yaml").Funcs(words).Parse(initTemplate)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = t.Execute(&text, f)
	return text.Bytes(), err
}

// yamlText quotes a text as YAML needs it.
func yamlText(text string) (string, error) {
	quoted, err := yaml.Marshal(text)
	return strings.TrimSpace(string(quoted)), err
}

// printable keeps what others have named or printed from ending a line, and from
// writing to the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == 0x2028 || r == 0x2029 {
			return '?'
		}
		return r
	}, text)
}

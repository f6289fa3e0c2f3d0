package sharding

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
)

// keptTools is what PHP and PHPUnit have said of themselves, and the state of all
// files from which they said it. While these are as they were, nobody needs to
// ask again.
type keptTools struct {
	Asked     string           `json:"asked"` // what was to be found, and the environment of PHP
	Files     map[string]stamp `json:"files"`
	Toolchain Toolchain        `json:"toolchain"`
	Flags     []string         `json:"flags"`
}

// stamp tells whether a file or folder is as it was. A file that is not there
// has the zero stamp.
type stamp struct {
	Size    int64 `json:"size"`
	Changed int64 `json:"changed"` // nanoseconds
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime().UnixNano()}
}

const toolsFile = "toolchain.json"

// asked is the question that keptTools answers.
func (s Suite) asked() string {
	f := newFingerprint(s.Dir, s.Source, s.Config, s.PHP, s.PHPUnit, s.Driver)
	for _, entry := range s.Environ {
		name, _, _ := strings.Cut(entry, "=")
		if name == "PATH" || strings.HasPrefix(name, "PHP") {
			f.add(entry)
		}
	}
	return f.String()
}

// keptTools gives the toolchain that was found the last time, if nothing of it has
// changed since.
func (s Suite) keptTools() (Toolchain, bool) {
	if s.Cache == "" {
		return Toolchain{}, false
	}
	text, err := os.ReadFile(filepath.Join(s.Cache, toolsFile))
	if err != nil {
		return Toolchain{}, false
	}
	var p keptTools
	if json.Unmarshal(text, &p) != nil || p.Asked != s.asked() || len(p.Files) == 0 {
		return Toolchain{}, false
	}
	for path, then := range p.Files {
		if stampOf(path) != then {
			return Toolchain{}, false
		}
	}
	// Another PHP or PHPUnit may be found by now, before the one that was.
	t := p.Toolchain
	now := Toolchain{}
	if s.findPHP(&now) != nil || s.findPHPUnit(&now) != nil || now.PHP != t.PHP || now.PHPUnit != t.PHPUnit {
		return Toolchain{}, false
	}
	t.flags = p.Flags
	t.config, err = s.configuration()
	return t, err == nil
}

// keepTools keeps what was found, with the files that PHP says it is made of. A PHP
// that is a script, which may start anything, proves nothing.
func (s Suite) keepTools(t Toolchain) error {
	if s.Cache == "" || len(t.files) == 0 || isScript(t.PHP) {
		return nil
	}
	p := keptTools{Asked: s.asked(), Files: map[string]stamp{}, Toolchain: t, Flags: t.flags}
	installed := filepath.Join(s.Dir, "vendor/composer/installed.json")
	for _, path := range slices.Concat(t.files, []string{t.PHP, t.PHPUnit, installed}) {
		if path = strings.TrimSpace(path); filepath.IsAbs(path) {
			p.Files[path] = stampOf(path)
		}
	}
	text, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return err
	}
	return renameio.WriteFile(filepath.Join(s.Cache, toolsFile), append(text, '\n'), 0o644)
}

// forgetTools forgets it, after a run in which a tool did not do what it had said.
func (s Suite) forgetTools() {
	if s.Cache != "" {
		_ = os.Remove(filepath.Join(s.Cache, toolsFile)) // what is not there needs no removal
	}
}

func isScript(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true
	}
	defer f.Close()
	head := make([]byte, 4)
	_, err = f.Read(head)
	return err != nil || !bytes.Equal(head, []byte("\x7fELF")) && !bytes.HasPrefix(head, []byte{0xcf, 0xfa, 0xed, 0xfe})
}

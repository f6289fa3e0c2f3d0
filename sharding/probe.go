package sharding

import (
	"bytes"
	"context"
	_ "embed" // for probePHP and probedPHP
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Proof is what PHP did with a few lines that the driver was to measure, with
// the flags that a shard has.
type Proof struct {
	Driver      string // "pcov" or "xdebug", of the Toolchain
	MemoryLimit string // as it holds in a shard before phpunit.xml is read
	IniMode     string // xdebug.mode by php.ini, before which covpipe's own flag goes; empty without Xdebug
}

// ErrUnproved is returned by [Suite.Probe] if the driver is on and does not
// measure.
var ErrUnproved = errors.New("the coverage driver is on, and does not measure")

//go:embed probe.php
var probePHP []byte

//go:embed probed.php
var probedPHP []byte

// Probe has the driver measure a file of which one line runs and another does
// not, and looks whether it says so. It writes into the folder for temporary
// files only.
func (s Suite) Probe(ctx context.Context, tools Toolchain) (p Proof, err error) {
	dir, err := os.MkdirTemp("", "covpipe-")
	if err != nil {
		return p, err
	}
	defer os.RemoveAll(dir)
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // as PHP names the file
		return p, err
	}
	probe, probed := filepath.Join(dir, "probe.php"), filepath.Join(dir, "probed.php")
	if err := errors.Join(os.WriteFile(probe, probePHP, 0o600), os.WriteFile(probed, probedPHP, 0o600)); err != nil {
		return p, err
	}
	// The last of two flags counts.
	args := slices.Concat([]string{tools.PHP, "-d", "memory_limit=-1"}, tools.flags,
		[]string{"-d", "pcov.directory=" + dir, probe, tools.Driver, probed})
	out, err := s.php(ctx, args...)
	var said struct {
		Ran, NotRan []int
		MemoryLimit string
	}
	if err != nil || json.Unmarshal(out, &said) != nil {
		return p, fmt.Errorf("php: %w: %s", ErrUnproved, firstOf(err, out))
	}
	p = Proof{Driver: tools.Driver, MemoryLimit: said.MemoryLimit}
	if !slices.Contains(said.Ran, 5) || !slices.Contains(said.NotRan, 7) || slices.Contains(said.Ran, 7) {
		return p, fmt.Errorf("php: %w: of a file whose line 5 ran and line 7 did not, it says that lines %v ran and "+
			"%v did not", ErrUnproved, said.Ran, said.NotRan)
	}
	if mode, err := s.php(ctx, tools.PHP, "-r", `echo "\n", ini_get("xdebug.mode");`); err == nil {
		p.IniMode = string(mode[bytes.LastIndexByte(mode, '\n')+1:])
	}
	return p, nil
}

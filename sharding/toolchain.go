package sharding

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Toolchain is what runs the shards.
type Toolchain struct {
	PHP, PHPVersion         string
	PHPUnit, PHPUnitVersion string
	CoverageVersion         string   // of php-code-coverage; empty if it does not say
	Driver, DriverVersion   string   // pcov or xdebug
	ExcludesFolders         bool     // <exclude> means a folder; in older versions the beginning of a path
	flags                   []string // for php
	config                  string   // the phpunit.xml of the project
	files                   []string // what PHP and PHPUnit say that they are made of
}

// Config is the phpunit.xml of the project.
func (t Toolchain) Config() string { return t.config }

// ErrNoPHP is returned by [Suite.Toolchain] when there is no such interpreter.
var ErrNoPHP = errors.New("there is no such interpreter")

// ErrNoPHPUnit is returned by [Suite.Toolchain] when none is found.
var ErrNoPHPUnit = errors.New("it is not there")

// ErrNoDriver is returned by [Suite.Toolchain] when PHP cannot measure coverage.
var ErrNoDriver = errors.New("no coverage driver")

// probeTimeout bounds the short processes that ask for versions.
const probeTimeout = time.Minute

// Toolchain finds PHP, PHPUnit, its configuration and a coverage driver, and
// has PHP confirm that the driver is on. What a run has found is taken as long as
// no file of it has changed. Beside an error it gives what was found before it,
// in that order: PHP, its version, the driver, PHPUnit, its version.
func (s Suite) Toolchain(ctx context.Context) (Toolchain, error) {
	if t, ok := s.keptTools(); ok {
		return t, nil
	}
	var t Toolchain
	err := s.findPHP(&t)
	if err != nil {
		return t, err
	}
	// PHPUnit starts while PHP is asked for its drivers.
	unit := t
	versions := make(chan error, 1)
	go func() {
		err := s.findPHPUnit(&unit)
		if err == nil {
			err = s.askVersions(ctx, &unit)
		}
		versions <- err
	}()
	err = s.findDriver(ctx, &t)
	unitErr := <-versions
	if err != nil {
		return t, err
	}
	t.PHPUnit, t.PHPUnitVersion, t.CoverageVersion = unit.PHPUnit, unit.PHPUnitVersion, unit.CoverageVersion
	t.ExcludesFolders, t.files = unit.ExcludesFolders, append(t.files, unit.files...)
	if unitErr != nil {
		return t, unitErr
	}
	t.config, err = s.configuration()
	return t, err
}

func (s Suite) findPHP(t *Toolchain) (err error) {
	php := cmp.Or(s.PHP, "php")
	if strings.Contains(php, "/") {
		php = s.path(php)
	}
	if t.PHP, err = exec.LookPath(php); err != nil {
		return fmt.Errorf("php: %w: %w", ErrNoPHP, err)
	}
	return nil
}

func (s Suite) findPHPUnit(t *Toolchain) error {
	unit := s.PHPUnit
	if vendor := filepath.Join(s.Dir, "vendor/bin/phpunit"); unit == "" && isFile(vendor) {
		unit = vendor
	}
	if unit == "" {
		var err error
		if unit, err = exec.LookPath("phpunit"); err != nil {
			return fmt.Errorf("phpunit: %w: neither vendor/bin/phpunit in %s nor phpunit on the PATH",
				ErrNoPHPUnit, s.Dir)
		}
	}
	if t.PHPUnit = s.path(unit); !isFile(t.PHPUnit) {
		return fmt.Errorf("phpunit: %w: %s", ErrNoPHPUnit, t.PHPUnit)
	}
	return nil
}

// driverOff switches both drivers off, for processes that measure nothing.
var driverOff = []string{"-d", "pcov.enabled=0", "-d", "xdebug.mode=off"}

// tellVersion is PHP code that has a PHPUnit process say, in the end, which
// php-code-coverage it has, and whether an <exclude> of one folder beside it
// leaves out another whose name begins the same, which no version number tells.
const tellVersion = `<?php
register_shutdown_function(function () {
    foreach (['', 'PHPUnit\\', 'PHPUnitPHAR\\'] as $prefix) {
        if (class_exists($class = $prefix . 'SebastianBergmann\CodeCoverage\Version')) {
            echo "\nphp-code-coverage ", $class::id(), "\nfile ", (new ReflectionClass($class))->getFileName(), "\n";
        }
        if (class_exists($class = $prefix . 'PHPUnit\Runner\Version')) {
            echo "\nfile ", (new ReflectionClass($class))->getFileName(), "\n";
        }
        if (class_exists($class = $prefix . 'SebastianBergmann\FileIterator\Facade')) {
            $tests = (new $class)->getFilesAsArray(__DIR__ . '/tests', '.php', '', [__DIR__ . '/tests/Old']);
            echo "\ntests found ", count($tests), "\nfile ", (new ReflectionClass($class))->getFileName(), "\n";
        }
    }
});
`

func (s Suite) askVersions(ctx context.Context, t *Toolchain) error {
	dir, err := os.MkdirTemp("", "covpipe-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	probe := filepath.Join(dir, "probe.php")
	err = os.WriteFile(probe, []byte(tellVersion), 0o600)
	for _, folder := range []string{"tests/Old", "tests/Older"} {
		err = errors.Join(err, os.MkdirAll(filepath.Join(dir, folder), 0o700),
			os.WriteFile(filepath.Join(dir, folder, "ATest.php"), nil, 0o600))
	}
	if err != nil {
		return err
	}
	out, err := s.php(ctx, slices.Concat([]string{t.PHP}, driverOff,
		[]string{"-d", "auto_prepend_file=" + probe, t.PHPUnit, "--version"})...)
	version := regexp.MustCompile(`PHPUnit (\d+\.[\w.+-]+)`).FindSubmatch(out)
	if err != nil || version == nil {
		return fmt.Errorf("phpunit: %s does not say its version: %s", t.PHPUnit, firstOf(err, out))
	}
	t.PHPUnitVersion = string(version[1])
	if version = regexp.MustCompile(`(?m)^php-code-coverage (\S+)`).FindSubmatch(out); version != nil {
		t.CoverageVersion = string(version[1])
	}
	for _, file := range regexp.MustCompile(`(?m)^file (.+)$`).FindAllSubmatch(out, -1) {
		t.files = append(t.files, string(file[1]))
	}
	t.ExcludesFolders = bytes.Contains(out, []byte("\ntests found 1\n"))
	return nil
}

// configuration finds phpunit.xml.
func (s Suite) configuration() (string, error) {
	names := []string{"phpunit.xml", "phpunit.xml.dist"}
	if s.Config != "" {
		names = []string{s.Config}
	}
	for _, name := range names {
		if path := s.path(name); isFile(path) {
			return path, nil
		}
	}
	return "", fmt.Errorf("phpunit: no %s in %s, which must say what code to measure",
		strings.Join(names, " or "), s.Dir)
}

func (s Suite) findDriver(ctx context.Context, t *Toolchain) error {
	var have struct {
		Version, Pcov, Xdebug, Inis string
		Files                       []string
	}
	const ask = `echo json_encode(["Version" => PHP_VERSION,
		"Pcov" => (string) phpversion("pcov"), "Xdebug" => (string) phpversion("xdebug"),
		"Inis" => (string) php_ini_scanned_files(), "Files" => [PHP_BINARY, (string) php_ini_loaded_file(),
		PHP_CONFIG_FILE_PATH . "/php.ini", PHP_CONFIG_FILE_PATH . "/php-cli.ini", PHP_CONFIG_FILE_SCAN_DIR,
		ini_get("extension_dir") . "/pcov.so", ini_get("extension_dir") . "/xdebug.so"]]);`
	out, err := s.php(ctx, t.PHP, "-d", "xdebug.mode=off", "-r", ask)
	if err != nil || json.Unmarshal(out, &have) != nil {
		return fmt.Errorf("php: %s does not say its version: %s", t.PHP, firstOf(err, out))
	}
	t.PHPVersion = have.Version
	t.files = append(have.Files, strings.Split(have.Inis, ",")...)
	wanted := cmp.Or(s.Driver, "auto")
	// With both loaded PCOV wins inside PHPUnit, so the other is switched off.
	switch {
	case wanted != "auto" && wanted != "pcov" && wanted != "xdebug":
		return fmt.Errorf("php: coverage driver %q is not auto, pcov or xdebug", wanted)
	case have.Pcov != "" && wanted != "xdebug":
		t.Driver, t.DriverVersion = "pcov", have.Pcov
		t.flags = []string{"-d", "xdebug.mode=off", "-d", "pcov.enabled=1",
			"-d", "pcov.directory=" + cmp.Or(s.Source, s.Dir)}
	case have.Xdebug != "" && wanted != "pcov" && compareVersions(have.Xdebug, "3") < 0:
		return fmt.Errorf("php: %w: Xdebug %s is older than 3, and has no xdebug.mode", ErrNoDriver, have.Xdebug)
	case have.Xdebug != "" && wanted != "pcov":
		t.Driver, t.DriverVersion = "xdebug", have.Xdebug
		t.flags = []string{"-d", "pcov.enabled=0", "-d", "xdebug.mode=coverage"}
	case wanted == "auto":
		return fmt.Errorf("php: %w: neither PCOV nor Xdebug is loaded into %s", ErrNoDriver, t.PHP)
	default:
		return fmt.Errorf("php: %w: %s is not loaded into %s", ErrNoDriver, wanted, t.PHP)
	}
	const on = `if (ini_get("pcov.enabled") && extension_loaded("pcov") || ` +
		`function_exists("xdebug_info") && in_array("coverage", xdebug_info("mode"), true)) exit(0);` + "\n" +
		`echo getenv("XDEBUG_MODE") === false ? "the command line of PHP has no effect" : ` +
		`"XDEBUG_MODE=" . getenv("XDEBUG_MODE") . " is set for it, and goes before the command line"; exit(9);`
	if out, err := s.php(ctx, slices.Concat([]string{t.PHP}, t.flags, []string{"-r", on})...); err != nil {
		return fmt.Errorf("php: %w: %s is loaded but stays off: %s", ErrNoDriver, t.Driver, firstOf(err, out))
	}
	return nil
}

// php runs a short PHP process and returns its output.
func (s Suite) php(ctx context.Context, args ...string) ([]byte, error) {
	ended := s.processes().Run(ctx, Process{Args: args, Dir: s.Dir, Env: s.environ(""), Timeout: probeTimeout})
	switch {
	case ended.Err != nil:
		return ended.Output, ended.Err
	case ended.Late:
		return ended.Output, fmt.Errorf("it took longer than %v", probeTimeout)
	case ended.Signal != 0:
		return ended.Output, fmt.Errorf("it was ended by a signal (%v)", ended.Signal)
	case ended.Code != 0:
		return ended.Output, fmt.Errorf("exit status %d", ended.Code)
	}
	return ended.Output, nil
}

// environ is the environment of the PHP processes. XDEBUG_MODE would override
// the mode that the command line sets; what is COVPIPE's, secrets among it, is
// none of the tests' business.
func (s Suite) environ(temporary string) []string {
	var env []string
	for _, entry := range s.Environ {
		name, _, _ := strings.Cut(entry, "=")
		if name != "XDEBUG_MODE" && name != "XDEBUG_CONFIG" && !strings.HasPrefix(name, "COVPIPE_") &&
			(name != "TMPDIR" || temporary == "") {
			env = append(env, entry)
		}
	}
	if temporary != "" {
		env = append(env, "TMPDIR="+temporary)
	}
	return env
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// firstOf is what to say of a process that answered wrongly.
func firstOf(err error, out []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	switch {
	case line != "" && err != nil:
		return fmt.Sprintf("%v: %s", err, line)
	case err != nil:
		return err.Error()
	case line != "":
		return line
	}
	return "it printed nothing"
}

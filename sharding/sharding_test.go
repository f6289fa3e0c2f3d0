package sharding

import (
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// project lays out files, by path relative to a new folder.
func project(t *testing.T, files map[string]string) Suite {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return Suite{Dir: dir, Tests: "tests", Timeout: time.Minute, Environ: os.Environ()}
}

func TestEachDirectoryWithATestIsAShardAndLooseFilesAreOneMore(t *testing.T) {
	suite := project(t, map[string]string{
		"tests/Cart/CartTest.php":            "",
		"tests/Search/deep/er/FuzzyTest.php": "",
		"tests/Fixtures/data.php":            "",
		"tests/Fixtures/TestData.txt":        "",
		"tests/SmokeTest.php":                "",
		"tests/bootstrap.php":                "",
	})
	if err := os.Symlink("Cart", filepath.Join(suite.Dir, "tests/Basket")); err != nil {
		t.Fatal(err)
	}
	found, err := suite.Discover("8.2.0")
	if err != nil {
		t.Fatal(err)
	}
	shards, skipped := found.Shards, found.Skipped
	var names []string
	for _, s := range shards {
		names = append(names, s.Name)
	}
	if want := []string{RootShard, "Cart", "Search"}; !slices.Equal(names, want) {
		t.Errorf("shards: got %q, want %q", names, want)
	}
	if files := shards[0].Files; len(files) != 1 || filepath.Base(files[0]) != "SmokeTest.php" {
		t.Errorf("loose files: got %q", files)
	}
	var reasons []string
	for _, s := range skipped {
		reasons = append(reasons, filepath.Base(s.Path)+": "+s.Reason)
	}
	if want := []string{"Basket: a symbolic link", "Fixtures: no test in it"}; !slices.Equal(reasons, want) {
		t.Errorf("skipped: got %q, want %q", reasons, want)
	}
}

func TestATestsRootWithoutTestsIsAnError(t *testing.T) {
	suite := project(t, map[string]string{"tests/Fixtures/data.php": ""})
	if _, err := suite.Discover(""); !errors.Is(err, ErrNoTests) {
		t.Errorf("got %v", err)
	}
	suite.Tests = "test"
	if _, err := suite.Discover(""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such folder: got %v", err)
	}
}

const configuration = `<?xml version="1.0"?>
<!-- ours -->
<phpunit bootstrap="boot.php" stopOnFailure="true" cacheDirectory=".cache"
         stopOnError='true' colors="true">
  <testsuites><testsuite name="all"><directory>tests</directory></testsuite></testsuites>
  <coverage processUncoveredFiles="false"><include><directory>src</directory></include>
    <report><clover outputFile="same.xml"/></report></coverage>
  <logging><junit outputFile="same.xml"/></logging>
  <php><env name="A" value="&lt;b&gt;"/></php>
</phpunit>
`

func TestTheConfigurationOfAShardKeepsEverythingButReportsAndStops(t *testing.T) {
	got, err := derive([]byte(configuration), variant{})
	if err != nil {
		t.Fatal(err)
	}
	want := configuration
	for _, gone := range []string{` stopOnFailure="true"`, ` cacheDirectory=".cache"`, "\n         stopOnError='true'",
		`<testsuites><testsuite name="all"><directory>tests</directory></testsuite></testsuites>`,
		`<report><clover outputFile="same.xml"/></report>`, `<logging><junit outputFile="same.xml"/></logging>`} {
		if !strings.Contains(want, gone) {
			t.Fatalf("not in the original: %q", gone)
		}
		want = strings.Replace(want, gone, "", 1)
	}
	want = strings.Replace(want, "</phpunit>",
		"<testsuites><testsuite name=\"covpipe\">\n</testsuite></testsuites>\n</phpunit>", 1)
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTheConfigurationOfAShardOfFilesNamesThem(t *testing.T) {
	got, err := derive([]byte(configuration), variant{files: []string{"/srv/a & b/SmokeTest.php"}, loadedOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Suites []struct {
			Files []string `xml:"testsuite>file"`
			Dirs  []string `xml:"testsuite>directory"`
		} `xml:"testsuites"`
		Include []string `xml:"coverage>include>directory"`
	}
	if err := xml.Unmarshal(got, &parsed); err != nil {
		t.Fatalf("%v in\n%s", err, got)
	}
	if len(parsed.Suites) != 1 || !slices.Equal(parsed.Suites[0].Files, []string{"/srv/a & b/SmokeTest.php"}) ||
		len(parsed.Suites[0].Dirs) != 0 || !slices.Equal(parsed.Include, []string{"src"}) {
		t.Errorf("got %+v from\n%s", parsed, got)
	}
}

func TestPHPWithoutADriverIsRefused(t *testing.T) {
	suite := project(t, map[string]string{"phpunit.xml": phpunitXML})
	bare := filepath.Join(suite.Dir, "php")
	if err := os.WriteFile(bare, []byte("#!/bin/sh\nexec php -n \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	suite.PHP = bare
	for _, driver := range []string{"auto", "pcov", "xdebug"} {
		suite.Driver = driver
		if _, err := suite.Toolchain(t.Context()); !errors.Is(err, ErrNoDriver) {
			t.Errorf("%s: got %v", driver, err)
		}
	}
	suite.Driver = "phpdbg"
	if _, err := suite.Toolchain(t.Context()); err == nil || errors.Is(err, ErrNoDriver) {
		t.Errorf("phpdbg: got %v", err)
	}
}

func TestOfALargeLogTheBeginningAndTheEndAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	text := "PHPUnit 9.6\n" + strings.Repeat("noise\n", logPart) + "Fatal error: at the end\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	log := string(readLog(path))
	if len(log) != 2*logPart+1 || !strings.HasPrefix(log, "PHPUnit 9.6\nnoise") ||
		!strings.HasSuffix(log, "noise\nFatal error: at the end\n") {
		t.Errorf("read %d octets, from %.20q to %q", len(log), log, log[len(log)-40:])
	}
	if log := readLog(path + "x"); log != nil {
		t.Errorf("read %d octets of a log that is not there", len(log))
	}
}

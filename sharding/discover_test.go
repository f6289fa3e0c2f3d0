package sharding

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func plain(name string) string {
	return "<?php class " + name + " extends PHPUnit\\Framework\\TestCase {\n" +
		"/** @dataProvider two */ function testIt(int $n): void { $this->assertSame(1, 1); }\n" +
		"static function two(): array { return [[1], 'x' => [2]]; } }\n"
}

// layout gives "NAME: files" for each shard.
func layout(d *Discovery) (shards []string) {
	for _, s := range d.Shards {
		var files []string
		for _, f := range s.Files {
			files = append(files, filepath.Base(f))
		}
		shards = append(shards, s.Name+": "+strings.Join(files, " "))
	}
	return shards
}

// Whatever the suites say, PHPUnit itself must find the same tests.
func TestTheTestSuitesOfPhpunitXMLAreFoundAsPHPUnitFindsThem(t *testing.T) {
	const suites = `<phpunit defaultTestSuite="DEFAULT"><testsuites>
  <testsuite name="unit">
    <directory>tests/Unit</directory>
    <directory suffix=".phpt">tests/Unit</directory>
    <directory suffix="Check.php" prefix="Deep">tests/More</directory>
    <directory phpVersion="99.0">tests/Future</directory>
    <directory>tests/Mod*/Tests</directory>
    <file>tests/alone.php</file>
    <exclude>tests/Unit/Old</exclude>
  </testsuite>
  <testsuite name="other"><directory>tests/Other</directory></testsuite>
</testsuites><coverage><include><directory>src</directory></include></coverage></phpunit>`
	files := map[string]string{
		"tests/Unit/A/ATest.php":       plain("ATest"),
		"tests/Unit/A/deep/DTest.php":  plain("DTest"),
		"tests/Unit/.hidden/HTest.php": plain("HTest"),
		"tests/Unit/LooseTest.php":     plain("LooseTest"),
		"tests/Unit/Old/OldTest.php":   plain("OldTest"),
		// for some versions an exclude is the beginning of a path
		"tests/Unit/Older/OlderTest.php":    plain("OlderTest"),
		"tests/Unit/Base.php":               "<?php",
		"tests/More/X/DeepCheck.php":        plain("DeepCheck"),
		"tests/More/X/ShallowCheck.php":     plain("ShallowCheck"),
		"tests/Future/FutureTest.php":       plain("FutureTest"),
		"tests/ModOne/Tests/OneTest.php":    plain("OneTest"),
		"tests/ModTwo/Tests/S/TwoTest.php":  plain("TwoTest"),
		"tests/Other/B/OtherTest.php":       plain("OtherTest"),
		"tests/Unit/A/phpt/sum.phpt":        "--TEST--\nsum\n--FILE--\n<?php echo 1 + 1;\n--EXPECT--\n2\n",
		"tests/alone.php":                   plain("alone"),
		"src/f.php":                         sourceOfF,
		"tests/Unit/A/deep/NotATestAtAll.x": "",
	}
	for name, want := range map[string][]string{
		"unit": {
			"ModOne/Tests/(root): OneTest.php", "ModTwo/Tests/S: TwoTest.php", "More/X: DeepCheck.php",
			"Unit/(root): LooseTest.php", "Unit/A: ATest.php DTest.php sum.phpt", "(root): alone.php",
		},
		"other": {"B: OtherTest.php"},
	} {
		files["phpunit.xml"] = strings.Replace(suites, "DEFAULT", name, 1)
		suite := project(t, files)
		suite.Tests = ""
		tools, work := prepare(t, suite, 2)
		got := layout(&work.Discovery)
		if tools.ExcludesFolders && name == "unit" {
			want = append(want, "Unit/Older: OlderTest.php")
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || work.Doubt != nil || work.Tests == 0 {
			t.Errorf("%s: got %q, want %q; %d tests, doubt %v", name, got, want, work.Tests, work.Doubt)
		}
	}
}

func TestAPatternMakesEachDirectoryThatItMatchesAShard(t *testing.T) {
	suite := project(t, map[string]string{
		"phpunit.xml": phpunitXML, "src/f.php": sourceOfF,
		"modules/a/tests/x/OneTest.php": plain("OneTest"),
		"modules/a/tests/TwoTest.php":   plain("TwoTest"),
		"modules/b/tests/ThreeTest.php": plain("ThreeTest"),
		"modules/c/src/no.php":          "<?php",
	})
	suite.Tests = "modules/*/tests"
	_, work := prepare(t, suite, 2)
	want := []string{"a/tests: TwoTest.php OneTest.php", "b/tests: ThreeTest.php"}
	if got := layout(&work.Discovery); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	suite.Tests = "modules/*/nothing"
	if _, err := suite.Discover(""); !errors.Is(err, ErrNoTests) {
		t.Errorf("got %v", err)
	}
}

func TestATestInNoShardOrInTwoIsAnErrorBeforeAnythingRuns(t *testing.T) {
	suite := project(t, map[string]string{
		"phpunit.xml": phpunitXML, "src/f.php": sourceOfF,
		"tests/A/ATest.php":     plain("ATest"),
		"elsewhere/FarTest.php": plain("FarTest"),
	})
	// PHPUnit follows links, covpipe does not.
	if err := os.Symlink("../elsewhere", filepath.Join(suite.Dir, "tests/Far")); err != nil {
		t.Fatal(err)
	}
	tools, err := suite.Toolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = suite.Prepare(t.Context(), tools, 1)
	if !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), "the first is FarTest::testIt") {
		t.Errorf("got %v", err)
	}
	one := &Listing{names: map[string]int{"A::x": 1}}
	two := &Listing{names: map[string]int{"A::x": 2}}
	if err := compareListings(one, two); !errors.Is(err, ErrStrange) {
		t.Errorf("twice: got %v", err)
	}
	if err := compareListings(one, one); err != nil {
		t.Errorf("the same: got %v", err)
	}
}

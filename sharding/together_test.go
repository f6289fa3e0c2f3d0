package sharding

import (
	"bytes"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFilesWhoseTestsDependOnEachOtherAreFound(t *testing.T) {
	const head = "<?php\nnamespace App;\n"
	const a, c = "class A {}", "class C {}"
	for name, test := range map[string]struct {
		files map[string]string // without head
		want  string            // "a b, c d": groups
	}{
		"an annotation":    {map[string]string{"a": a, "b": "class B { /** @depends App\\A::testOne */ }"}, "a b"},
		"with a backslash": {map[string]string{"a": a, "b": "class B { /** @depends \\App\\A::testOne */ }"}, "a b"},
		"a clone":          {map[string]string{"a": a, "b": "class B {\n * @depends clone App\\A::x\n"}, "a b"},
		"a shallow clone":  {map[string]string{"a": a, "b": "class B {\n * @depends !shallowClone App\\A::x\n"}, "a b"},
		"an attribute":     {map[string]string{"a": a, "b": "class B { #[DependsExternal(A::class, 'x')]"}, "a b"},
		"a class":          {map[string]string{"a": a, "b": "class B { #[DependsOnClass(\\App\\A::class)]"}, "a b"},
		"a deep clone": {map[string]string{
			"a": a, "b": "class B { #[DependsExternalUsingDeepClone(A::class, 'x')]",
		}, "a b"},
		"a named argument": {map[string]string{
			"a": a, "b": "class B { #[DependsOnClass(className: A::class)]",
		}, "a b"},
		"a chain": {map[string]string{
			"a": a, "b": "class B { /** @depends App\\C::x */", "c": "class C { /** @depends App\\A::x */",
		}, "a b c"},
		"two groups": {map[string]string{
			"a": a, "b": "class B { /** @depends App\\A::x */", "c": c, "d": "class D { /** @depends App\\C::x */",
		}, "a b, c d"},
		"the same class": {map[string]string{
			"a": "class A { /** @depends testOne */ /** @depends App\\A::testOne */ /** @depends self::x */",
		}, ""},
		"a class elsewhere": {map[string]string{"a": "class A { /** @depends Other\\X::testOne */"}, ""},
		"prose": {map[string]string{
			"a": a, "b": "class B { /** what it depends A::on, and @depends on A::x */",
		}, ""},
		"the short name of two classes": {map[string]string{
			"a": a, "b": "class B { #[DependsOnClass(A::class)]", "c": "namespace Other;\nclass A {}",
		}, "a b c"},
		"the full name of one of two classes": {map[string]string{
			"a": a, "b": "class B { /** @depends App\\A::x */", "c": "namespace Other;\nclass A {}",
		}, "a b"},
	} {
		var files []testFile
		for path, text := range test.files {
			if !strings.HasPrefix(text, "namespace") {
				text = head + text
			}
			files = append(files, newTestFile(path, []byte(text)))
		}
		groups := map[string][]string{}
		for file, first := range together(files) {
			groups[first] = append(groups[first], file)
		}
		var got []string
		for _, group := range groups {
			slices.Sort(group)
			got = append(got, strings.Join(group, " "))
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestFilesThatDependOnEachOtherAreInOneShard(t *testing.T) {
	shards := []Shard{
		{Name: "A", Files: []string{"A/1", "A/2"}},
		{Name: "B", Files: []string{"B/1", "B/2"}},
		{Name: "C", Files: []string{"C/1"}},
	}
	first := map[string]string{"A/2": "A/2", "B/1": "A/2", "C/1": "A/2"}
	kept, moved := keepTogether(shards, first)
	want := []Shard{
		{Name: "A", Files: []string{"A/1", "A/2", "B/1", "C/1"}, With: first},
		{Name: "B", Files: []string{"B/2"}},
	}
	if !reflect.DeepEqual(kept, want) || !reflect.DeepEqual(moved, []Moved{{"B/1", "B", "A"}, {"C/1", "C", "A"}}) {
		t.Errorf("got %+v\nmoved %+v", kept, moved)
	}
}

func TestNoPlanPartsFilesThatMustStayTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shards, cost := drawSuite(t, 100)
		first := map[string]string{}
		for _, shard := range shards {
			for i, file := range shard.Files {
				if from := rapid.IntRange(0, i).Draw(t, "with"); from < i && rapid.Bool().Draw(t, "joined") {
					other := shard.Files[from]
					if first[other] == "" {
						first[other] = other
					}
					first[file] = first[other]
				}
			}
		}
		shards, _ = keepTogether(shards, first)
		var known []TooMuch
		for _, shard := range shards {
			known = append(known, TooMuch{Files: shard.Files, Ending: OutOfMemory})
		}
		suite := Suite{Dir: "/"}
		plan := NewPlan(shards, cost, 0.3, rapid.IntRange(1, 9).Draw(t, "jobs"))
		fleet := Spread(shards, cost, 0.3, -1, 3, 2, rapid.Float64Range(0, 1).Draw(t, "grain"))
		split := History{TooMuch: known}.split(suite, shards, cost)
		places := map[string]map[string]string{"plan": {}, "fleet": {}, "history": {}, "unit": {}}
		for _, s := range plan.Shards {
			put(places["plan"], s.Name, s.Files)
		}
		for _, s := range split {
			put(places["history"], s.Name, s.Files)
		}
		for _, u := range fleet.Units {
			put(places["fleet"], u.Name, u.Files)
			parts := u.Split()
			if u.Divisible() != (len(parts) == 2) {
				t.Fatalf("divisible is %v: %+v", u.Divisible(), parts)
			}
			for _, part := range parts {
				put(places["unit"], part.Name, part.Files)
			}
		}
		for what, place := range places {
			for file, group := range first {
				if place[file] == "" || place[file] != place[group] {
					t.Fatalf("%s: %s is in %q, %s in %q", what, file, place[file], group, place[group])
				}
			}
		}
	})
}

func TestAUnitOfAFleetKnowsWhatMustStayTogetherOnEachMachine(t *testing.T) {
	here, there := Suite{Dir: "/here"}, Suite{Dir: "/there"}
	work := Work{counts: map[string]int{"/here/A/1": 1, "/here/A/2": 1}}
	work.Shards = []Shard{{Name: "A", Dir: "/here/A", Files: []string{"/here/A/1", "/here/A/2"},
		With: map[string]string{"/here/A/1": "/here/A/1", "/here/A/2": "/here/A/1"}}}
	fleet := work.Fleet(here, NewHistory(), 2, 1, 0)
	want := Shard{Name: "A", Dir: "/there/A", Files: []string{"/there/A/1", "/there/A/2"},
		With: map[string]string{"/there/A/1": "/there/A/1", "/there/A/2": "/there/A/1"}}
	if len(fleet.Units) != 1 || fleet.Units[0].Divisible() || !reflect.DeepEqual(there.Shard(fleet.Units[0]), want) {
		t.Errorf("got %+v, want %+v", fleet.Units, want)
	}
}

func put(place map[string]string, name string, files []string) {
	for _, file := range files {
		place[file] = name
	}
}

func TestATestThatDependsOnOneOfAnotherDirectoryRuns(t *testing.T) {
	const one = "<?php class OneTest extends PHPUnit\\Framework\\TestCase { function testOne() { " +
		"require_once __DIR__ . '/../../src/f.php'; $this->assertSame(1, f()); return 1; } }"
	two := func(name string) string {
		return "<?php class " + name + " extends PHPUnit\\Framework\\TestCase {\n" +
			"/** @depends OneTest::testOne */\n" +
			"#[PHPUnit\\Framework\\Attributes\\DependsExternal(OneTest::class, 'testOne')]\n" +
			"function testTwo($one) { $this->assertSame(1, $one); } }"
	}
	suite := project(t, map[string]string{
		"phpunit.xml": phpunitXML, "src/f.php": sourceOfF,
		"tests/A/OneTest.php": one, "tests/A/ThreeTest.php": two("ThreeTest"), "tests/B/TwoTest.php": two("TwoTest"),
		"tests/C/PassTest.php": testClass("PassTest", "$this->assertSame(1, f());"),
	})
	suite.Cache = t.TempDir()
	for range 2 { // the second time nothing is listed
		tools, work := prepare(t, suite, 8)
		if len(work.Moved) != 1 || work.Moved[0] != (Moved{suite.Dir + "/tests/B/TwoTest.php", "B", "A"}) {
			t.Errorf("moved %+v", work.Moved)
		}
		out, err := suite.Run(t.Context(), tools, work, Options{Dir: t.TempDir(), Event: quiet})
		if err != nil || len(out.Results) != 2 {
			t.Fatalf("%+v, %v", out, err)
		}
		for i, tests := range []int{3, 1} {
			result := out.Results[i]
			log, err := os.ReadFile(result.Log)
			if err != nil || result.Tests != tests || !bytes.Contains(log, []byte("\nOK")) {
				t.Errorf("%s: %d tests, want %d; %v\n%s", result.Shard.Name, result.Tests, tests, err, log)
			}
		}
	}
}

package sharding

import (
	"os"
	"regexp"
	"slices"
	"strings"
)

// testFile is what the text of a test file shows, without PHP.
type testFile struct {
	path    string
	methods int      // that look like tests
	classes []string // that it declares, with their namespaces
	depends []string // other classes on whose tests its own depend, as they are written
}

var (
	namespaceOf = regexp.MustCompile(`(?m)^\s*(?:<\?php\s+)?(?:declare\([^)]*\);\s*)?namespace\s+([\w\\]+)`)
	classOf     = regexp.MustCompile(`(?m)(?:^|[\s;{}])class\s+(\w+)`)
	testMethod  = regexp.MustCompile(`(?i)function\s+test|@test\b|#\[Test\]`)

	// "@depends App\CartTest::testAdd", "@depends clone …", and since PHPUnit 10
	// attributes, in which the name of a class can be an imported one.
	dependsOn = regexp.MustCompile(`@depends\s+(?:!?(?:clone|shallowClone)\s+)?\\?([\w\\]+)::` +
		`|Depends(?:External|OnClass)\w*\(\s*(?:className:\s*)?\\?([\w\\]+)::class`)
)

// readTestFiles reads the test files of shards. One that cannot be read is left
// out: its shard will say so.
func readTestFiles(shards []Shard) (files []testFile) {
	for _, shard := range shards {
		for _, path := range shard.Files {
			if text, err := os.ReadFile(path); err == nil {
				files = append(files, newTestFile(path, text))
			}
		}
	}
	return files
}

func newTestFile(path string, text []byte) testFile {
	f := testFile{path: path, methods: len(testMethod.FindAll(text, -1)), classes: classesIn(text)}
	for _, m := range dependsOn.FindAllSubmatch(text, -1) {
		name := string(m[1]) + string(m[2])
		own := func(class string) bool { return class == name || shortName(class) == name }
		if name == "self" || name == "static" ||
			slices.ContainsFunc(f.classes, own) || slices.Contains(f.depends, name) {
			continue
		}
		f.depends = append(f.depends, name)
	}
	return f
}

// shortName is the name of a class without its namespace.
func shortName(class string) string { return class[strings.LastIndexByte(class, '\\')+1:] }

// classesIn gives the names that seem to be classes of a file, which is enough
// to tell whose tests are whose.
func classesIn(text []byte) (names []string) {
	namespace := ""
	if m := namespaceOf.FindSubmatch(text); m != nil {
		namespace = string(m[1]) + `\`
	}
	for _, m := range classOf.FindAllSubmatch(text, -1) {
		names = append(names, namespace+string(m[1]))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// count gives the number of tests in each file, as they are listed by class and
// the text of the file has classes. Without a listing it is as many as the text
// seems to have.
func (l *Listing) count(files []testFile) map[string]int {
	counts := map[string]int{}
	for _, f := range files {
		counts[f.path] = f.methods
		if l == nil {
			continue
		}
		counts[f.path] = l.Classes[f.path]
		for _, class := range f.classes {
			counts[f.path] += l.Classes[class]
		}
	}
	return counts
}

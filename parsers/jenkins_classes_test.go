package parsers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/covpipe/covpipe/coverage"
)

// bean writes counters as the plugin serves them: lines, methods and branches,
// each covered and missed, and one instruction.
func bean(lines, methods, branches [2]int) string {
	counter := func(name string, c [2]int) string {
		return fmt.Sprintf(`"%s": {"covered": %d, "missed": %d}`, name, c[0], c[1])
	}
	return `{"_class": "hudson.plugins.jacoco.report.ClassReport", ` + counter("branchCoverage", branches) + ", " +
		counter("instructionCoverage", [2]int{1, 0}) + ", " + counter("lineCoverage", lines) + ", " +
		counter("methodCoverage", methods) + "}"
}

func class(name, counters string) string {
	return fmt.Sprintf(`{"name": %q, "counters": %s}`, name, counters)
}

func classesOf(build string, packages ...string) string {
	return `{"build": ` + build + `, "packages": [` + strings.Join(packages, ",\n") + `]}`
}

func inPackage(name string, classes ...string) string {
	return fmt.Sprintf(`{"name": %q, "counters": {}, "classes": [%s]}`, name, strings.Join(classes, ", "))
}

func TestClassesAreSummedIntoTheirOuterClass(t *testing.T) {
	interfaceBean := strings.Replace(bean([2]int{}, [2]int{}, [2]int{}),
		`{"covered": 1, "missed": 0}`, `{"covered": 0, "missed": 0}`, 1)
	document := classesOf(bean([2]int{20, 5}, [2]int{8, 3}, [2]int{4, 4}),
		inPackage("com.example.cart",
			class("Cart$Line", bean([2]int{5, 1}, [2]int{3, 1}, [2]int{0, 2})),
			class("Cart", bean([2]int{10, 4}, [2]int{3, 1}, [2]int{4, 2})),
			class("Cart$Line$1", bean([2]int{1, 0}, [2]int{1, 0}, [2]int{0, 0})),
			class("CartKt", bean([2]int{1, 0}, [2]int{1, 0}, [2]int{0, 0})),
			class("Port", interfaceBean)),
		inPackage("(default)", class("Main", bean([2]int{2, 0}, [2]int{0, 1}, [2]int{0, 0}))),
		inPackage("gen",
			class("$AutoValue_Cart$Builder", bean([2]int{1, 2}, [2]int{0, 0}, [2]int{0, 0})),
			class("Bare", bean([2]int{0, 0}, [2]int{0, 0}, [2]int{0, 0})),
			class("Bare$Inner", bean([2]int{7, 0}, [2]int{0, 0}, [2]int{0, 0}))))
	report, err := Open(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	var findings []string
	rows := report.Rows
	report.Rows = func(yield func(coverage.Row, error) bool) {
		for row, err := range rows {
			findings = append(findings, row.Finding)
			if !yield(row, err) {
				return
			}
		}
	}
	got, err := text(report)
	if err != nil {
		t.Fatal(err)
	}
	// Cart has 21 lines as a sum, though two of its classes may share some; Bare
	// has a class without line numbers, so that its lines are unknown.
	const want = ` | com/example/cart/Cart | lines 16 of 21 | methods 7 of 9 | branches 4 of 8 | class_sum exact=false
 | com/example/cart/CartKt | lines 1 of 1 | methods 1 of 1 | branches 0 of 0 | class_sum exact=false
 | com/example/cart/Port | lines 0 of 0 | methods 0 of 0 | branches 0 of 0 | class_sum exact=false
 | Main | lines 2 of 2 | methods 0 of 1 | branches 0 of 0 | class_sum exact=false
 | gen/$AutoValue_Cart | lines 1 of 3 | methods 0 of 0 | branches 0 of 0 | class_sum exact=false
 | gen/Bare | lines unknown | methods 0 of 0 | branches 0 of 0 | class_sum exact=false
jenkins_jacoco_classes: states files unknown, lines 20 of 25, methods 8 of 11, branches 4 of 8
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for i, word := range []string{
		"over 3 classes", "Kotlin", "one class", "one class", "one class", "no line numbers",
	} {
		if !strings.HasPrefix(findings[i], "class_sum: ") || !strings.Contains(findings[i], word) {
			t.Errorf("row %d: finding %q, want %q in it", i, findings[i], word)
		}
	}
}

func TestDamagedClassesAreRefused(t *testing.T) {
	good := bean([2]int{1, 0}, [2]int{1, 0}, [2]int{0, 0})
	for _, c := range []struct{ document, want string }{
		{classesOf(good, inPackage("a", class("B", good), class("B", good))),
			"class B of package a: it is listed twice"},
		{classesOf(good, inPackage("a", class("B", "null"))), "no counters in it"},
		{classesOf(good, inPackage("a", class("B", "{}"))), "no lineCoverage in it"},
		{classesOf(good, inPackage("a", class("B", `{"lineCoverage": {"percentage": 5}}`))),
			"percentages and no counts"},
		{classesOf(good, inPackage("a", class("", good))), "it has no name"},
		{classesOf(good, inPackage("", class("B", good))), "it has no name"},
		{classesOf(`{"lineCoverage": {"covered": -1, "missed": 1}}`), "build: lineCoverage: negative count"},
		{classesOf("null"), "no build in it"},
		{classesOf(good) + "x", "invalid character"},
		{classesOf(good) + "{}", "text after the end"},
		{classesOf(good)[:100], "ends too early"},
	} {
		report, err := OpenAs("jenkins_jacoco_classes", strings.NewReader(c.document))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := text(report); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngot %s, %v, want %q", c.document, got, err, c.want)
		}
	}
}

func TestABeanAndClassesAreNotTakenForEachOther(t *testing.T) {
	good := bean([2]int{1, 0}, [2]int{1, 0}, [2]int{0, 0})
	for document, want := range map[string]string{
		good: "jenkins_jacoco", classesOf(good): "jenkins_jacoco_classes",
		strings.ReplaceAll(classesOf(good, inPackage("a", class("B", good))), "{", "{\n "): "jenkins_jacoco_classes",
	} {
		var claims []string
		for _, f := range formats {
			if f.Sniff([]byte(document)) {
				claims = append(claims, f.Name)
			}
		}
		if len(claims) != 1 || claims[0] != want {
			t.Errorf("%s: claimed by %q, want %s", document, claims, want)
		}
	}
}

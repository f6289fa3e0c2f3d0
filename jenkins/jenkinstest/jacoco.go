package jenkinstest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Classes of the JaCoCo plugin, as its _class properties have them.
const (
	buildAction    = "hudson.plugins.jacoco.JacocoBuildAction"
	coverageReport = "hudson.plugins.jacoco.report.CoverageReport"
	packageReport  = "hudson.plugins.jacoco.report.PackageReport"
	classReport    = "hudson.plugins.jacoco.report.ClassReport"
)

// counterType is a kind of counter. Their order is that of the columns in the
// tables of the plugin (CoverageObject.printFourCoverageColumns).
type counterType int

const (
	instruction counterType = iota
	branch
	complexity
	line
	method
	class
	counterTypes
)

// String returns the name that JaCoCo XML uses.
func (t counterType) String() string {
	return [counterTypes]string{"INSTRUCTION", "BRANCH", "COMPLEXITY", "LINE", "METHOD", "CLASS"}[t]
}

// counter is model.Coverage of the plugin.
type counter struct{ missed, covered int64 }

// percentageFloat is computed as in Coverage.getPercentageFloat since version
// 2.2.0, in single precision and in this order: 3 of 5 are 60.000004 %, and
// 0 of 0 are 100 %.
func (c counter) percentageFloat() float32 {
	if c.missed+c.covered <= 0 {
		return 100
	}
	return 100 * (float32(c.covered) / float32(c.missed+c.covered))
}

// percentage is Java's Math.round of percentageFloat.
func (c counter) percentage() int64 {
	return int64(math.Floor(float64(c.percentageFloat()) + 0.5))
}

func (c counter) bean() *bean {
	return &bean{properties: []property{
		{name: "covered", value: c.covered},
		{name: "missed", value: c.missed},
		{name: "percentage", value: c.percentage()},
		{name: "percentageFloat", value: c.percentageFloat()},
		{name: "total", value: c.missed + c.covered},
	}}
}

// report is the coverage of a build, a package or a class.
type report struct {
	class    string
	name     string
	counters [counterTypes]counter
	children []*report // sorted by name; no two have the same
	parent   *report
	earlier  func() *report // of a build: the report of the build that it is compared with, or nil
}

func (r *report) child(name string) *report {
	at := slices.IndexFunc(r.children, func(child *report) bool { return child.name == name })
	if at < 0 {
		return nil
	}
	return r.children[at]
}

// previous is AbstractReport.getPreviousResult: what had the same name in the
// nearest earlier report that knew it.
func (r *report) previous() *report {
	if r.parent == nil {
		return r.earlier()
	}
	for parent := r.parent.previous(); parent != nil; parent = parent.previous() {
		if child := parent.child(r.name); child != nil {
			return child
		}
	}
	return nil
}

// bean has the exported properties of CoverageObject. Children are not among
// them, at any depth.
func (r *report) bean(className string) *bean {
	counted := func(name string, t counterType) property {
		return property{name: name, value: r.counters[t].bean(), inline: true}
	}
	return &bean{class: className, properties: []property{
		counted("branchCoverage", branch),
		counted("classCoverage", class),
		counted("complexityScore", complexity),
		counted("instructionCoverage", instruction),
		counted("lineCoverage", line),
		counted("methodCoverage", method),
		{name: "previousResult", value: func() *bean {
			if previous := r.previous(); previous != nil {
				return previous.bean(className)
			}
			return nil
		}},
	}}
}

// report computes what the plugin shows for the build. It is compared with the
// nearest earlier build that has coverage and is neither building nor FAILURE
// nor ABORTED (JacocoBuildAction.getPreviousResult).
func (job *Job) report(build *Build) (*report, error) {
	root, err := parseJaCoCo(build.JaCoCo)
	if err != nil {
		return nil, fmt.Errorf("jacoco of build %d: %w", build.Number, err)
	}
	root.earlier = func() *report {
		before := job.newest(func(b *Build) bool {
			return b.Number < build.Number && b.JaCoCo != nil && !b.building() &&
				b.Result != "FAILURE" && b.Result != "ABORTED"
		})
		if before == nil {
			return nil
		}
		previous, err := job.report(before)
		if err != nil { // the plugin logs it and has no result for that build
			return nil
		}
		return previous
	}
	return root, nil
}

// element is a report, group, package or class of JaCoCo XML.
type element struct {
	XMLName  xml.Name
	Name     string    `xml:"name,attr"`
	Groups   []element `xml:"group"`
	Packages []element `xml:"package"`
	Classes  []element `xml:"class"`
	Counters []struct {
		Type    string `xml:"type,attr"`
		Missed  int64  `xml:"missed,attr"`
		Covered int64  `xml:"covered,attr"`
	} `xml:"counter"`
}

// parseJaCoCo reads a report. The plugin knows no groups, since it analyses the
// classes of all modules together: packages of the same name are one, with the
// sum of their counters.
func parseJaCoCo(document []byte) (*report, error) {
	var top element
	if err := xml.NewDecoder(bytes.NewReader(document)).Decode(&top); err != nil {
		return nil, err
	}
	if top.XMLName.Local != "report" {
		return nil, fmt.Errorf("root element is <%s>, not <report>", top.XMLName.Local)
	}
	root := &report{class: coverageReport, name: "Jacoco"}
	root.count(top)
	root.addPackages(top)
	root.sort()
	return root, nil
}

func (r *report) addPackages(from element) {
	for _, group := range from.Groups {
		r.addPackages(group)
	}
	for _, pkg := range from.Packages {
		name := reportName(pkg.Name)
		if name == "" {
			name = "(default)"
		}
		added := r.add(packageReport, name, pkg)
		for _, class := range pkg.Classes {
			added.add(classReport, classNameIn(name, class.Name), class)
		}
	}
}

func (r *report) add(class, name string, from element) *report {
	child := r.child(name)
	if child == nil {
		child = &report{class: class, name: name, parent: r}
		r.children = append(r.children, child)
	}
	child.count(from)
	return child
}

func (r *report) count(from element) {
	for t := range counterTypes {
		for _, c := range from.Counters {
			if c.Type == t.String() {
				r.counters[t].missed += c.Missed
				r.counters[t].covered += c.Covered
			}
		}
	}
}

func (r *report) sort() {
	slices.SortFunc(r.children, func(a, b *report) int { return strings.Compare(a.name, b.name) })
	for _, child := range r.children {
		child.sort()
	}
}

// reportName is what AbstractReport.setName makes of a name of the virtual
// machine.
func reportName(name string) string {
	return strings.NewReplacer("/", ".", ":", "_", ";", "_", "&", "_", "%", "_", "<", "_", ">", "_").Replace(name)
}

// classNameIn is what PackageReport.add makes of the name of a class. It takes
// the package for a regular expression and removes every match of it, which now
// and then is more than the package: shop.Workshops is called Work there. A client
// must take the names as they are.
func classNameIn(pkg, name string) string {
	prefix, err := regexp.Compile(pkg + ".")
	if err != nil {
		return reportName(name)
	}
	return prefix.ReplaceAllString(reportName(name), "")
}

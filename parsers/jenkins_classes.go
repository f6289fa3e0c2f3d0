package parsers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/covpipe/covpipe/coverage"
)

// jenkinsClasses reads jacoco-classes.json, in which covpipe keeps what the
// Jenkins JaCoCo plugin serves of the classes of a build (package jenkins):
//
//	{"build": {"lineCoverage": {"covered": 318, "missed": 118}, …},
//	 "packages": [{"name": "com.example.shop", "counters": {"lineCoverage": …},
//	   "classes": [{"name": "Cart", "counters": …}, {"name": "Cart$Line", "counters": …}]}]}
//
// A row is an outer class, with its inner classes summed into it, and its path
// is com/example/shop/Cart. It has no extension, and is no file: the plugin does
// not tell the source file, and Cart.java would be a guess that looks like a
// fact. It may be Cart.kt, or lie in another file beside a class of another name,
// and CartKt is what Kotlin makes of the functions of Cart.kt.
//
// A line counts once for each class that has code in it (SourceNodeImpl unites
// them for a source file, ClassCoverage does not), so that lines are too many,
// never too few; methods and branches belong to one class each. No row is exact,
// and the lines of the build, which are stated, may be fewer than the sum.
var jenkinsClasses = Format{Name: "jenkins_jacoco_classes", Sniff: jenkinsClassesSniff, Rows: jenkinsClassesRows}

var jenkinsClassesHead = []byte(`{"build":{`)

func jenkinsClassesSniff(head []byte) bool {
	compact := withoutBlanks(head)
	return bytes.HasPrefix(compact, jenkinsClassesHead) && hasJenkinsCounters(compact)
}

func jenkinsClassesRows(r io.Reader, stated *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		in := newJSONReader(r)
		rows, err := jenkinsClassesRead(in, stated)
		if err != nil {
			yield(coverage.Row{}, err)
			return
		}
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// jenkinsClassesRead reads the document whole: its classes may be in any order.
func jenkinsClassesRead(in *jsonReader, stated *coverage.Stated) ([]coverage.Row, error) {
	var document struct {
		Build    *jenkinsBean
		Packages []struct {
			Name    string
			Classes []struct {
				Name     string
				Counters *jenkinsBean
			}
		}
	}
	if err := in.Decode(&document); err != nil {
		return nil, in.fail(err)
	}
	if document.Build == nil {
		return nil, in.fail(errors.New("no build in it"))
	}
	total, err := document.Build.class()
	if err != nil {
		return nil, in.fail(fmt.Errorf("build: %w", err))
	}
	var classes outerClasses
	for _, p := range document.Packages {
		for _, c := range p.Classes {
			if err := classes.add(p.Name, c.Name, c.Counters); err != nil {
				return nil, in.fail(fmt.Errorf("class %s of package %s: %w", c.Name, p.Name, err))
			}
		}
	}
	if err := in.end(); err != nil {
		return nil, err
	}
	stated.Lines, stated.Methods, stated.Branches = total.lines, total.methods, total.branches
	return classes.rows(), nil
}

// class gives the counters of a bean. Lines of a class that was compiled without
// line numbers are unknown, as in the XML: it has instructions and no lines.
func (b *jenkinsBean) class() (c jacocoCounters, err error) {
	if b == nil {
		return c, errors.New("no counters in it")
	}
	if c.lines, c.methods, c.branches, err = b.counts(); err != nil {
		return c, err
	}
	if c.instructions, err = b.Instruction.count("instructionCoverage"); err != nil {
		return c, err
	}
	if c.lines.Total == 0 && c.instructions.Total > 0 {
		c.lines = coverage.Count{}
	}
	return c, nil
}

// outerClass sums an outer class and its inner classes.
type outerClass struct {
	path     string
	classes  int
	noLines  bool // one of them has no line numbers
	counters jacocoCounters
}

// outerClasses are in the order in which they first came.
type outerClasses struct {
	all  []*outerClass
	at   map[string]*outerClass
	seen map[[2]string]bool
}

func (o *outerClasses) add(pkg, name string, bean *jenkinsBean) error {
	if pkg == "" || name == "" {
		return errors.New("it has no name")
	}
	if o.seen[[2]string{pkg, name}] {
		return errors.New("it is listed twice")
	}
	counters, err := bean.class()
	if err != nil {
		return err
	}
	if o.at == nil {
		o.at, o.seen = map[string]*outerClass{}, map[[2]string]bool{}
	}
	o.seen[[2]string{pkg, name}] = true
	path := outerPath(pkg, name)
	outer := o.at[path]
	if outer == nil {
		outer = &outerClass{path: path}
		o.at[path], o.all = outer, append(o.all, outer)
	}
	outer.classes++
	outer.noLines = outer.noLines || !counters.lines.Known
	outer.counters.lines = outer.counters.lines.Add(counters.lines)
	outer.counters.methods = outer.counters.methods.Add(counters.methods)
	outer.counters.branches = outer.counters.branches.Add(counters.branches)
	return nil
}

// outerPath is the package as folders, and the name up to its first dollar. A
// dollar at the beginning is part of the name, as in $AutoValue_Cart$Builder.
func outerPath(pkg, name string) string {
	begin := len(name) - len(strings.TrimLeft(name, "$"))
	if inner := strings.IndexByte(name[begin:], '$'); inner >= 0 {
		name = name[:begin+inner]
	}
	if pkg == "(default)" {
		return name
	}
	return strings.ReplaceAll(pkg, ".", "/") + "/" + name
}

func (o *outerClasses) rows() []coverage.Row {
	var rows []coverage.Row
	for _, outer := range o.all {
		c := outer.counters
		if outer.noLines {
			c.lines = coverage.Count{} // the sum would leave out a class
		}
		rows = append(rows, coverage.Row{Path: outer.path, Lines: c.lines, Methods: c.methods, Branches: c.branches,
			Basis: coverage.BasisClassSum, Exact: false, Finding: outer.finding()})
	}
	return rows
}

func (o *outerClass) finding() string {
	text := "class_sum: one class; its source file, which may hold others, is not known"
	switch {
	case o.noLines:
		text = "class_sum: a class of it has no line numbers; its source file is not known"
	case o.classes > 1:
		text = fmt.Sprintf("class_sum: lines summed over %d classes, "+
			"which count the lines that they share more than once; its source file is not known", o.classes)
	}
	if strings.HasSuffix(o.path, "Kt") {
		text += "; by its name it has the functions of a Kotlin file, whose classes have rows of their own"
	}
	return text
}

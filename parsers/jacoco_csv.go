package parsers

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/covpipe/covpipe/coverage"
)

// jacocoCSV reads JaCoCo's CSV report, which has a line for each class and does
// not name its source file.
//
//	GROUP,PACKAGE,CLASS,INSTRUCTION_MISSED,…,LINE_MISSED,LINE_COVERED,…
//	shop,com.example.shop,Cart,0,12,…,1,3,…
//	shop,com.example.shop,Cart.new Comparator() {...},0,3,…,0,1,…
//
// A row is an outer class with those inside it: its path is the package and the
// class, com/example/shop/Cart, without the ending that nobody knows. The
// classes can share lines, which then count more than once, so no row is exact:
// JaCoCo's XML has what this report left out.
//
// JaCoCo ends every line with a newline. A report whose last line has none was
// cut off or edited, and is refused.
var jacocoCSV = Format{Name: "jacoco_csv", Sniff: jacocoCSVSniff, Rows: jacocoCSVRows}

func jacocoCSVSniff(head []byte) bool {
	return strings.HasPrefix(string(head), "GROUP,PACKAGE,CLASS,")
}

var jacocoCSVColumns = []string{"GROUP", "PACKAGE", "CLASS", "BRANCH_MISSED", "BRANCH_COVERED",
	"LINE_MISSED", "LINE_COVERED", "METHOD_MISSED", "METHOD_COVERED"}

type jacocoClass struct {
	row     coverage.Row
	classes int
	names   map[string]bool
	twice   string // a class with a name of its own that is listed twice
}

func jacocoCSVRows(r io.Reader, _ *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		classes, err := jacocoCSVRead(newTextLines(r))
		if err != nil {
			yield(coverage.Row{}, err)
			return
		}
		for _, c := range classes {
			c.row.Finding = fmt.Sprintf("class_sum: JaCoCo's CSV has classes, not files; "+
				"%d were summed, and lines that they share count more than once", c.classes)
			if c.twice != "" {
				c.row.Finding += fmt.Sprintf("; %s is listed twice", c.twice)
			}
			if !yield(c.row, nil) {
				return
			}
		}
	}
}

func jacocoCSVRead(in *textLines) ([]*jacocoClass, error) {
	columns := map[string]int{}
	grouped := map[[2]string]*jacocoClass{}
	var order []*jacocoClass
	for {
		err := in.next()
		switch {
		case errors.Is(err, io.EOF) && len(columns) > 0:
			return order, nil
		case errors.Is(err, io.EOF):
			return nil, in.cut("the line of column names")
		case err != nil:
			return nil, err
		case !in.whole:
			return nil, in.cut("a line")
		}
		record := strings.Split(in.text, ",") // JaCoCo writes no field of two lines
		if strings.Contains(in.text, `"`) {
			if record, err = csv.NewReader(strings.NewReader(in.text)).Read(); err != nil {
				column := 1
				if syntax := (*csv.ParseError)(nil); errors.As(err, &syntax) {
					column, err = syntax.Column, syntax.Err
				}
				return nil, in.fail(column, "no line of CSV: %w", err)
			}
		}
		if len(columns) == 0 {
			for i, name := range record {
				if _, twice := columns[name]; twice {
					return nil, in.fail(1, "column %s is given twice", name)
				}
				columns[name] = i
			}
			for _, name := range jacocoCSVColumns {
				if _, found := columns[name]; !found {
					return nil, in.fail(1, "there is no column %s", name)
				}
			}
			continue
		}
		if len(record) != len(columns) {
			return nil, in.fail(1, "%d fields where there are %d columns", len(record), len(columns))
		}
		class, err := jacocoCSVClass(record, columns)
		if err != nil {
			return nil, in.fail(1, "%w", err)
		}
		key := [2]string{class.row.Module, class.row.Path}
		if grouped[key] == nil {
			grouped[key] = class
			order = append(order, class)
			continue
		}
		grouped[key].add(class)
	}
}

func jacocoCSVClass(record []string, columns map[string]int) (*jacocoClass, error) {
	group, pkg, name := record[columns["GROUP"]], record[columns["PACKAGE"]], record[columns["CLASS"]]
	outer, _, _ := strings.Cut(name, ".")
	if outer == "" {
		return nil, errors.New("a class without a name")
	}
	path := outer
	if pkg != "" && pkg != "default" { // "default" is a Java keyword, so JaCoCo means no package
		path = strings.ReplaceAll(pkg, ".", "/") + "/" + outer
	}
	class := &jacocoClass{classes: 1, names: map[string]bool{name: true}}
	class.row = coverage.Row{Module: group, Path: path, Basis: coverage.BasisClassSum}
	for _, c := range []struct {
		kind string
		into *coverage.Count
	}{{"LINE", &class.row.Lines}, {"BRANCH", &class.row.Branches}, {"METHOD", &class.row.Methods}} {
		missed, err := number([]byte(record[columns[c.kind+"_MISSED"]]))
		covered, errCovered := number([]byte(record[columns[c.kind+"_COVERED"]]))
		if err := cmp.Or(err, errCovered); err != nil {
			return nil, fmt.Errorf("%s of %s: %w", c.kind, name, err)
		}
		if missed > maxLine || covered > maxLine {
			return nil, fmt.Errorf("%s of %s: %d missed and %d covered are too many for a class",
				c.kind, name, missed, covered)
		}
		*c.into = coverage.Of(covered, covered+missed)
	}
	return class, nil
}

func (c *jacocoClass) add(d *jacocoClass) {
	c.classes++
	c.row.Lines = c.row.Lines.Add(d.row.Lines)
	c.row.Branches = c.row.Branches.Add(d.row.Branches)
	c.row.Methods = c.row.Methods.Add(d.row.Methods)
	for name := range d.names {
		if c.names[name] && !strings.Contains(name, "{...}") { // all anonymous classes of one kind have one name
			c.twice = name
		}
		c.names[name] = true
	}
}

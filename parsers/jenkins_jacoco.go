package parsers

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/covpipe/covpipe/coverage"
)

// jenkinsJacoco reads the bean that the Jenkins JaCoCo plugin serves for a
// build at JOB/N/jacoco/api/json: totals of the whole build, and no files.
//
//	{"_class": "hudson.plugins.jacoco.report.CoverageReport",
//	 "lineCoverage": {"covered": 712, "missed": 562, "percentage": 56, "percentageFloat": 55.88697, "total": 1274}, …}
//
// Its percentages are never read: the plugin gives 100 for 0 of 0 from version
// 2.2.0 on. The one row has no path.
var jenkinsJacoco = Format{Name: "jenkins_jacoco", Sniff: jenkinsJacocoSniff, Rows: jenkinsJacocoRows}

func jenkinsJacocoSniff(head []byte) bool {
	compact := withoutBlanks(head)
	return bytes.HasPrefix(compact, []byte("{")) && !bytes.HasPrefix(compact, jenkinsClassesHead) &&
		hasJenkinsCounters(compact)
}

// hasJenkinsCounters tells whether there is a bean of the plugin in JSON without
// blanks.
func hasJenkinsCounters(compact []byte) bool {
	for _, key := range []string{
		`"hudson.plugins.jacoco.`, `"lineCoverage":{`, `"branchCoverage":{`, `"instructionCoverage":{`,
	} {
		if bytes.Contains(compact, []byte(key)) {
			return true
		}
	}
	return false
}

// jenkinsBean is what the plugin serves of a build, a package or a class.
type jenkinsBean struct {
	Line        *jenkinsCounter `json:"lineCoverage"`
	Method      *jenkinsCounter `json:"methodCoverage"`
	Branch      *jenkinsCounter `json:"branchCoverage"`
	Instruction *jenkinsCounter `json:"instructionCoverage"`
}

type jenkinsCounter struct {
	Covered *int64 `json:"covered"`
	Missed  *int64 `json:"missed"`
	Total   *int64 `json:"total"`
}

func jenkinsJacocoRows(r io.Reader, stated *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		in := newJSONReader(r)
		var bean jenkinsBean
		if err := in.Decode(&bean); err != nil {
			yield(coverage.Row{}, in.fail(err))
			return
		}
		row := coverage.Row{Basis: coverage.BasisBuildTotal, Exact: true}
		var err error
		if row.Lines, row.Methods, row.Branches, err = bean.counts(); err != nil {
			yield(coverage.Row{}, in.fail(err))
			return
		}
		if err := in.end(); err != nil {
			yield(coverage.Row{}, err)
			return
		}
		stated.Lines, stated.Methods, stated.Branches = row.Lines, row.Methods, row.Branches
		yield(row, nil)
	}
}

// counts gives the counters that rows have. A bean without lines is an error.
func (b *jenkinsBean) counts() (lines, methods, branches coverage.Count, err error) {
	var errs [3]error
	lines, errs[0] = b.Line.count("lineCoverage")
	methods, errs[1] = b.Method.count("methodCoverage")
	branches, errs[2] = b.Branch.count("branchCoverage")
	if err = cmp.Or(errs[:]...); err == nil && !lines.Known {
		err = errors.New("no lineCoverage in it")
	}
	return lines, methods, branches, err
}

func (c *jenkinsCounter) count(name string) (coverage.Count, error) {
	switch {
	case c == nil:
		return coverage.Count{}, nil
	case c.Covered == nil || c.Missed == nil:
		return coverage.Count{}, fmt.Errorf("%s has percentages and no counts; "+
			"versions of the plugin before 1.0.19 give no more", name)
	case c.Total != nil && *c.Total != *c.Covered+*c.Missed:
		return coverage.Count{}, fmt.Errorf("%s: %d covered and %d missed are not %d in total",
			name, *c.Covered, *c.Missed, *c.Total)
	}
	count := coverage.Of(*c.Covered, *c.Covered+*c.Missed)
	if err := count.Check(); err != nil {
		return coverage.Count{}, fmt.Errorf("%s: %w", name, err)
	}
	return count, nil
}

package parsers

import (
	"bytes"
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
	if !bytes.HasPrefix(compact, []byte("{")) {
		return false
	}
	for _, key := range []string{`"hudson.plugins.jacoco.`, `"lineCoverage":{`, `"branchCoverage":{`, `"instructionCoverage":{`} {
		if bytes.Contains(compact, []byte(key)) {
			return true
		}
	}
	return false
}

type jenkinsCounter struct {
	Covered *int64 `json:"covered"`
	Missed  *int64 `json:"missed"`
	Total   *int64 `json:"total"`
}

func jenkinsJacocoRows(r io.Reader, stated *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		in := newJSONReader(r)
		var bean struct {
			Line   *jenkinsCounter `json:"lineCoverage"`
			Method *jenkinsCounter `json:"methodCoverage"`
			Branch *jenkinsCounter `json:"branchCoverage"`
		}
		if err := in.Decode(&bean); err != nil {
			yield(coverage.Row{}, in.fail(err))
			return
		}
		row := coverage.Row{Basis: coverage.BasisBuildTotal, Exact: true}
		var errs [3]error
		row.Lines, errs[0] = bean.Line.count("lineCoverage")
		row.Methods, errs[1] = bean.Method.count("methodCoverage")
		row.Branches, errs[2] = bean.Branch.count("branchCoverage")
		if err := errors.Join(errs[:]...); err != nil {
			yield(coverage.Row{}, in.fail(err))
			return
		}
		if !row.Lines.Known {
			yield(coverage.Row{}, in.fail(errors.New("no lineCoverage in it")))
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

func (c *jenkinsCounter) count(name string) (coverage.Count, error) {
	switch {
	case c == nil:
		return coverage.Count{}, nil
	case c.Covered == nil || c.Missed == nil:
		return coverage.Count{}, fmt.Errorf("%s has percentages and no counts; versions of the plugin before 1.0.19 give no more", name)
	case c.Total != nil && *c.Total != *c.Covered+*c.Missed:
		return coverage.Count{}, fmt.Errorf("%s: %d covered and %d missed are not %d in total", name, *c.Covered, *c.Missed, *c.Total)
	}
	count := coverage.Of(*c.Covered, *c.Covered+*c.Missed)
	if err := count.Check(); err != nil {
		return coverage.Count{}, fmt.Errorf("%s: %w", name, err)
	}
	return count, nil
}

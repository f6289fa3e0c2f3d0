package parsers

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/covpipe/covpipe/coverage"
)

// lcovFile is what all records of a file say together.
type lcovFile struct {
	path     string
	lines    lineSet
	methods  map[string]bool // by name, as lcov knows them
	branches map[string]bool // by line, block and branch
	summary  lcovSummary     // of records that list nothing
	differs  string          // the first stated total that the lines do not add up to
	odd      lcovOdd
}

// lcovOdd counts the hit counts that cannot be true.
type lcovOdd struct{ negative, unsigned int }

// lcovSummary is what the totals of a record state: LF and LH, and so on.
type lcovSummary struct{ lines, methods, branches coverage.Count }

type lcovRecord struct {
	path     string
	lines    lineSet
	methods  map[string]bool
	ranges   map[string]string // FNL: where the function with this index lies
	branches map[string]bool
	stated   map[string]int64 // LF, LH, FNF, FNH, BRF, BRH
	odd      lcovOdd
	function string // the name of the last FN or FNDA
	calls    string // its hits
}

func (r *lcovRecord) called(function, calls string) error {
	covered, err := r.odd.hits(calls)
	if err != nil {
		return err
	}
	r.methods[function] = r.methods[function] || covered
	return nil
}

func (r *lcovRecord) branch(value string) error {
	last := strings.LastIndexByte(value, ',')
	if strings.Count(value, ",") < 3 {
		return fmt.Errorf("%q is not a line, block, branch and its hits", shortened(value))
	}
	at, _, _ := strings.Cut(value, ",")
	if _, err := lineNumber(at); err != nil {
		return err
	}
	covered := false
	if taken := value[last+1:]; taken != "-" { // "-": the line was never reached
		var err error
		if covered, err = r.odd.hits(taken); err != nil {
			return err
		}
	}
	r.branches[value[:last]] = r.branches[value[:last]] || covered
	return nil
}

// hits tells whether something was run, and counts what is odd.
func (o *lcovOdd) hits(text string) (covered bool, err error) {
	if text == "=====" || text == "#####" {
		return false, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) ||
		strings.ContainsAny(text, "xXpP_+ ") && !strings.Contains(text, "e+") {
		return false, fmt.Errorf("%q is no hit count", shortened(text))
	}
	switch {
	case x < 0:
		o.negative++
	case x >= 1<<63 && !strings.ContainsAny(text, ".eE"):
		if _, err := strconv.ParseUint(text, 10, 64); err != nil {
			return false, fmt.Errorf("the hit count %s is too large", shortened(text))
		}
		o.unsigned++
	}
	return x > 0, nil
}

// lineNumber reads the number of a line.
func lineNumber(text string) (int64, error) {
	n, err := number([]byte(text))
	if err == nil && (n < 1 || n > maxLine) {
		err = fmt.Errorf("a line has the number %d", n)
	}
	return n, err
}

// shortened keeps what is quoted in an error to one line of a terminal.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return text
}

func (f *lcovFile) add(r *lcovRecord) {
	f.odd.negative += r.odd.negative
	f.odd.unsigned += r.odd.unsigned
	found := r.lines.count()
	for _, c := range []struct {
		key   string
		found int64
	}{{"LF", found.Total}, {"LH", found.Covered}} {
		if stated, known := r.stated[c.key]; known && found.Total > 0 && stated != c.found && f.differs == "" {
			f.differs = fmt.Sprintf("a record states %s:%d, and its DA are %d", c.key, stated, c.found)
		}
	}
	f.lines.addAll(r.lines)
	f.methods = either(f.methods, r.methods)
	f.branches = either(f.branches, r.branches)
}

// either unites what was run according to a with what was according to b. It
// changes one of them.
func either(a, b map[string]bool) map[string]bool {
	if len(a) == 0 {
		return b
	}
	for key, run := range b {
		a[key] = a[key] || run
	}
	return a
}

func trues[K comparable](of map[K]bool) (n int64) {
	for _, yes := range of {
		if yes {
			n++
		}
	}
	return n
}

func (f *lcovFile) row() coverage.Row {
	row := coverage.Row{Path: f.path, Basis: coverage.BasisLines, Exact: true,
		Lines: f.summary.lines, Methods: f.summary.methods, Branches: f.summary.branches}
	if lines := f.lines.count(); lines.Total > 0 {
		row.Lines = lines
	} else if row.Lines.Total > 0 {
		row.Basis = coverage.BasisFileMetrics
	}
	if len(f.methods) > 0 {
		row.Methods = coverage.Of(trues(f.methods), int64(len(f.methods)))
	}
	if len(f.branches) > 0 {
		row.Branches = coverage.Of(trues(f.branches), int64(len(f.branches)))
	}
	var findings []string
	if n := f.odd.negative; n > 0 {
		findings = append(findings, fmt.Sprintf("negative_hits: %d hit counts are below 0; "+
			"they are taken as not run, as lcov does", n))
	}
	if n := f.odd.unsigned; n > 0 {
		findings = append(findings, fmt.Sprintf("unsigned_hits: %d hit counts are negative ones without their sign; "+
			"they are taken as run, as lcov does", n))
	}
	row.Exact = len(findings) == 0
	if f.differs != "" {
		findings = append(findings, "stated_totals: "+f.differs)
	}
	row.Finding = strings.Join(findings, "; ")
	return row
}

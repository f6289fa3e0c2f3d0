// Package coverage turns the rows of any report into one model: a row for each
// source file, the lines behind it, the laws of merging, and the table that is
// written and loaded.
//
// It knows no report format and no warehouse: parsers produce its rows, loaders
// take its record batches.
package coverage

import (
	"fmt"
	"iter"
	"time"
)

// Rows is a stream of rows. It can be read once and ends at the first error;
// rows that came before an error must not be kept.
type Rows = iter.Seq2[Row, error]

// Row is what one report says of one source file, or, where Path is empty, of
// a whole build (BasisBuildTotal).
type Row struct {
	Module   string  // Xcode target, JaCoCo group or report; empty where the format has none
	Path     string  // slash-separated; as the report has it until [Under] makes it relative
	Lines    Count   // executable lines; PHPUnit calls them statements
	Methods  Count   // functions and methods that have executable lines
	Branches Count   // as the format counts them: JaCoCo branches, Xdebug branches, true/false conditions
	Rate     Rate    // share of covered lines, only where the format gives no counts
	Basis    Basis   // where the counts come from
	Exact    bool    // false: an upper or lower bound, or an inference that could not be proved
	Finding  string  // "name: why" of what a reader of the numbers should know; not empty if Exact is false
	Owners   string  // who owns the file in that week, with spaces between; empty: not resolved
	Source   *Source // the lines behind the counts, or nil; valid until the next row is asked for
}

// Count is covered out of total. The zero Count means that the report did not
// measure it, which is not the same as "0 of 0".
type Count struct {
	Covered, Total int64
	Known          bool
}

// Of returns a known count of covered out of total.
func Of(covered, total int64) Count { return Count{Covered: covered, Total: total, Known: true} }

// Add sums two counts. What is not known adds nothing, and the sum of unknown
// counts is unknown.
func (c Count) Add(d Count) Count {
	if !d.Known {
		return c
	}
	return Of(c.Covered+d.Covered, c.Total+d.Total)
}

// MaxCount is more than anything can be counted: far more than any report has,
// exact in every reader of JSON, and so little that sums over a report stay
// within an int64.
const MaxCount = 1 << 53

// Check returns an error if the count cannot be true: negative, more covered
// than there is, or above [MaxCount].
func (c Count) Check() error {
	if c.Covered < 0 || c.Total < 0 {
		return fmt.Errorf("negative count: %d of %d", c.Covered, c.Total)
	}
	if c.Covered > c.Total {
		return fmt.Errorf("%d covered of only %d", c.Covered, c.Total)
	}
	if c.Total > MaxCount {
		return fmt.Errorf("%d is more than anything can be counted", c.Total)
	}
	return nil
}

// String gives "12 of 14", or "unknown".
func (c Count) String() string {
	if !c.Known {
		return "unknown"
	}
	return fmt.Sprintf("%d of %d", c.Covered, c.Total)
}

// Rate is a share from 0 to 1. The zero Rate is unknown.
type Rate struct {
	Value float64
	Known bool
}

// Basis says where the counts of a row come from.
type Basis string

// The values of the column "basis".
const (
	BasisFileMetrics Basis = "file_metrics" // the totals that the report states for this file
	BasisMergedLines Basis = "merged_lines" // counted from the united lines of several shards
	BasisLines       Basis = "lines"        // counted from the lines that the report lists
	BasisClassSum    Basis = "class_sum"    // summed over the classes of the file, which can share lines
	BasisFraction    Basis = "fraction"     // the report gives a rate and no counts
	BasisBuildTotal  Basis = "build_total"  // one total for a whole build; Path is empty
)

// Stated is what a report says of itself. Fields that it does not state keep
// their zero value.
type Stated struct {
	Producer   string    // what wrote the report, as far as it shows: "PHPUnit", "Istanbul"
	MeasuredAt time.Time // when the report was made
	Files      Count     // Total is the number of files; Covered is not used
	Lines      Count
	Methods    Count
	Branches   Count
}

// Totals sums rows.
type Totals struct {
	Files                    int64
	Lines, Methods, Branches Count
}

// Add counts one more row. The total of a build is of no file.
func (t *Totals) Add(r Row) {
	if r.Basis != BasisBuildTotal {
		t.Files++
	}
	t.Lines = t.Lines.Add(r.Lines)
	t.Methods = t.Methods.Add(r.Methods)
	t.Branches = t.Branches.Add(r.Branches)
}

// Differences names each total that a report states and that its rows do not
// add up to, for example "lines: stated 12 of 14, its files sum to 11 of 14".
func (t Totals) Differences(s Stated) []string {
	var found []string
	if s.Files.Known && s.Files.Total != t.Files {
		found = append(found, fmt.Sprintf("files: stated %d, found %d", s.Files.Total, t.Files))
	}
	for _, c := range []struct {
		name        string
		stated, sum Count
	}{{"lines", s.Lines, t.Lines}, {"methods", s.Methods, t.Methods}, {"branches", s.Branches, t.Branches}} {
		if c.stated.Known && c.sum.Known && c.stated != c.sum {
			found = append(found, fmt.Sprintf("%s: stated %v, its files sum to %v", c.name, c.stated, c.sum))
		}
	}
	return found
}

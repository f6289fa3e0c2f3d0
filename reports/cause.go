package reports

import (
	"slices"
	"strings"
)

// Cause is why a file moved the share of its group.
type Cause string

// The causes. Whether code is unchanged is judged by its number of lines.
const (
	TestsGained  Cause = "tests gained"         // as many lines as before, and more of them run
	TestsLost    Cause = "tests lost"           // as many lines as before, and fewer of them run
	CodeAdded    Cause = "code added"           // a file that was not there
	CodeDeleted  Cause = "code deleted"         // a file that is gone
	CodeResized  Cause = "code changed in size" // another number of lines
	MovedIn      Cause = "moved here"           // it had another owner
	MovedOut     Cause = "moved away"           // it has another owner
	SourceCame   Cause = "platform came"        // nothing of its platform was in the week before
	SourceGone   Cause = "platform gone"        // nothing of its platform is in the week
	BuildTotal   Cause = "total of a build"     // of which the files are not known
	OtherFormat  Cause = "measurement: other report format"
	OtherDriver  Cause = "measurement: other coverage driver"
	OtherRuntime Cause = "measurement: other language version"
	OtherRunner  Cause = "measurement: other test runner version"
	OtherParts   Cause = "measurement: other shards missing"
	// Other basis, exact in one week only, or files or counts in one only.
	OtherBasis Cause = "measurement: counted in another way"
)

// measurement begins the causes that say nothing of code or tests.
const measurement = "measurement: "

// Measurement tells whether a cause is that the numbers of the two weeks cannot be
// compared.
func (c Cause) Measurement() bool { return strings.HasPrefix(string(c), measurement) }

// How says how a file was measured. What is not known does not differ.
type How struct {
	Format  string   // of the report
	Driver  string   // "xdebug 3.2.0"
	Runtime string   // "PHP 8.2.36"
	Runner  string   // "PHPUnit 9.6.7"
	Parts   []string // shards that are missing, by name
	Basis   string
	Exact   bool
}

// differs gives why two measurements of a file cannot be compared; "" if they can.
func (h How) differs(o How) Cause {
	switch {
	case h.Format != o.Format:
		return OtherFormat
	case otherVersion(h.Driver, o.Driver):
		return OtherDriver
	case otherVersion(h.Runtime, o.Runtime):
		return OtherRuntime
	case otherVersion(h.Runner, o.Runner):
		return OtherRunner
	case !slices.Equal(h.Parts, o.Parts) && (!h.Exact || !o.Exact): // what they could have covered is marked
		return OtherParts
	case h.Basis != o.Basis && (!h.whole() || !o.whole()), h.Exact != o.Exact:
		return OtherBasis
	}
	return ""
}

// whole tells whether the counts are those that a report of the whole suite states.
// An exact merge gives them too, whether one shard loaded the file or several.
func (h How) whole() bool {
	return h.Exact && (h.Basis == "file_metrics" || h.Basis == "merged_lines")
}

// otherVersion tells whether two of "xdebug 3.2.0" differ in more than the last
// number, with which counts do not change.
func otherVersion(a, b string) bool {
	return a != "" && b != "" && minor(a) != minor(b)
}

func minor(version string) string {
	name, number, _ := strings.Cut(version, " ")
	parts := strings.SplitN(number, ".", 3)
	return name + " " + strings.Join(parts[:min(2, len(parts))], ".")
}

package reports

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"
)

// filesData is what the table of files is made of, a column a field. What is not
// known is -1. Names are values and never keys, so that none of them can be taken
// for a property of an object.
type filesData struct {
	Measurements []string   `json:"measurements"` // labels
	Directories  []string   `json:"directories"`
	Owners       [][]string `json:"owners"` // sets
	Modules      []string   `json:"modules"`

	Measurement []int    `json:"measurement"` // index
	Directory   []int    `json:"directory"`   // index
	Base        []string `json:"base"`
	Owner       []int    `json:"owner"`  // index
	Module      []int    `json:"module"` // index
	Covered     []int64  `json:"covered"`
	Total       []int64  `json:"total"`
	OldCovered  []int64  `json:"oldCovered"` // in the week compared with
	OldTotal    []int64  `json:"oldTotal"`
	Methods     []int64  `json:"methods"` // covered and total, in turns
	Branches    []int64  `json:"branches"`
	Rate        []int    `json:"rate"`    // thousandths, where there are no counts
	Inexact     []int    `json:"inexact"` // indexes of files
}

// pastData is what the files of filesData were in earlier weeks.
type pastData struct {
	Weeks []string  `json:"weeks"` // the newest first
	Files [][]int64 `json:"files"` // see [past.changes]
}

// data gives the files of the week, in order, and their past.
func (s *Site) data() (files filesData, earlier pastData) {
	files = filesData{ // none of them is null for a script
		Measurements: []string{}, Directories: []string{}, Owners: [][]string{}, Modules: []string{},
		Measurement: []int{}, Directory: []int{}, Base: []string{}, Owner: []int{}, Module: []int{},
		Covered: []int64{}, Total: []int64{}, OldCovered: []int64{}, OldTotal: []int64{},
		Methods: []int64{}, Branches: []int64{}, Rate: []int{}, Inexact: []int{},
	}
	earlier.Files = [][]int64{}
	directories, ownerSets, modules := numbering{}, numbering{}, numbering{}
	for i, m := range s.Week.Measurements {
		files.Measurements = append(files.Measurements, s.called(m))
		old := map[fileName]file{}
		if earlier := s.earlierOf(m); earlier != nil { // which may be of another branch
			for _, f := range earlier.files {
				old[m.nameOf(f)] = f
			}
		}
		for _, f := range m.files {
			if f.path == "" {
				continue // the total of a build
			}
			directory, base := path.Split(f.path)
			files.Measurement = append(files.Measurement, i)
			files.Directory = append(files.Directory, directories.of(printable(directory)))
			files.Base = append(files.Base, printable(base))
			files.Owner = append(files.Owner, ownerSets.of(printable(strings.Join(f.owners, " "))))
			files.Module = append(files.Module, modules.of(printable(f.module)))
			if !f.exact {
				files.Inexact = append(files.Inexact, len(files.Base)-1)
			}
			covered, total := countsOf(f.linesCovered, f.linesTotal)
			files.Covered, files.Total = append(files.Covered, covered), append(files.Total, total)
			was := old[m.nameOf(f)]
			covered, total = countsOf(was.linesCovered, was.linesTotal)
			files.OldCovered, files.OldTotal = append(files.OldCovered, covered), append(files.OldTotal, total)
			covered, total = countsOf(f.methodsCovered, f.methodsTotal)
			files.Methods = append(files.Methods, covered, total)
			covered, total = countsOf(f.branchesCovered, f.branchesTotal)
			files.Branches = append(files.Branches, covered, total)
			rate := -1
			if f.rate.Valid {
				rate = int(f.rate.Float64 * 1000)
			}
			files.Rate = append(files.Rate, rate)
			earlier.Files = append(earlier.Files, s.past.changes(m.nameOf(f)))
		}
	}
	files.Directories = append(files.Directories, directories.names...)
	files.Modules = append(files.Modules, modules.names...)
	for _, set := range ownerSets.names {
		files.Owners = append(files.Owners, append([]string{}, strings.Fields(set)...))
	}
	for ago := range pastWeeks {
		earlier.Weeks = append(earlier.Weeks, isoWeek(s.Week.Monday.Add(-time.Duration(ago)*week)))
	}
	return files, earlier
}

// countsOf gives -1 of -1 where counts are not.
func countsOf(covered, total sql.NullInt64) (int64, int64) {
	if !covered.Valid || !total.Valid {
		return -1, -1
	}
	return covered.Int64, total.Int64
}

func (m Measurement) nameOf(f file) fileName {
	return fileName{m.Project, m.Platform, m.Branch, f.module, f.path}
}

// numbering gives each name a number, in the order in which they come.
type numbering struct {
	names []string
	at    map[string]int
}

func (n *numbering) of(name string) int {
	i, known := n.at[name]
	if !known {
		if n.at == nil {
			n.at = map[string]int{}
		}
		i = len(n.names)
		n.names, n.at[name] = append(n.names, name), i
	}
	return i
}

// script gives data as a script that page scripts find as covpipeData.NAME; a page
// that was opened from a file may load scripts and nothing else.
func script(name string, data any) []byte {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // numbers and strings
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "covpipeData.%s=%s;\n", name, text)
	return out.Bytes()
}

package reports

import (
	"fmt"
	"path"
	"strings"
)

// treeData is the directories of all measurements, a column a field. Counts are
// those of the files in a directory, not of those in directories below it.
type treeData struct {
	Parent     []int    `json:"parent"` // index of one before; -1 for a measurement
	Name       []string `json:"name"`
	Files      []int    `json:"files"`
	Covered    []int64  `json:"covered"`
	Total      []int64  `json:"total"`
	OldCovered []int64  `json:"oldCovered"` // in the week compared with; -1: there is none
	OldTotal   []int64  `json:"oldTotal"`

	at map[string]int
}

// tree sums the files of each directory. What lay in a directory that is gone
// counts for the nearest one above that is still there.
func (s *Site) tree() *treeData {
	t := &treeData{at: map[string]int{}}
	for i, m := range s.Week.Measurements {
		root := t.add(fmt.Sprint(i, ":"), -1, s.called(m))
		for _, f := range m.files {
			if f.path == "" {
				continue
			}
			n := t.node(i, directoryOf(f.path))
			t.Files[n]++
			t.Covered[n] += max(0, f.linesCovered.Int64)
			t.Total[n] += max(0, f.linesTotal.Int64)
		}
		old := s.earlierOf(m)
		if old == nil {
			continue
		}
		for n := root; n < len(t.Name); n++ {
			t.OldCovered[n], t.OldTotal[n] = 0, 0
		}
		for _, f := range old.files {
			directory := directoryOf(f.path)
			n, there := t.at[fmt.Sprint(i, ":", directory)]
			for ; !there; n, there = t.at[fmt.Sprint(i, ":", directory)] {
				directory = above(directory)
			}
			t.OldCovered[n] += f.linesCovered.Int64
			t.OldTotal[n] += f.linesTotal.Int64
		}
	}
	return t
}

// node finds a directory of a measurement, or adds it and those above it.
func (t *treeData) node(measurement int, directory string) int {
	key := fmt.Sprint(measurement, ":", directory)
	if n, there := t.at[key]; there {
		return n
	}
	return t.add(key, t.node(measurement, above(directory)), printable(path.Base(directory)))
}

func (t *treeData) add(key string, parent int, name string) int {
	n := len(t.Name)
	t.at[key] = n
	t.Parent, t.Name, t.Files = append(t.Parent, parent), append(t.Name, name), append(t.Files, 0)
	t.Covered, t.Total = append(t.Covered, 0), append(t.Total, 0)
	t.OldCovered, t.OldTotal = append(t.OldCovered, -1), append(t.OldTotal, -1)
	return n
}

func directoryOf(file string) string {
	if directory := path.Dir(file); directory != "." && directory != "/" {
		return strings.TrimPrefix(directory, "/")
	}
	return ""
}

func above(directory string) string {
	return directory[:max(0, strings.LastIndexByte(directory, '/'))]
}

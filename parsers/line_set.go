package parsers

import (
	"slices"

	"github.com/covpipe/covpipe/coverage"
)

// lineSet holds lines and whether they were run, in four octets each, since a
// report has millions: twice the number of the line, and one more if it was run.
type lineSet struct {
	lines  []uint32 // up to sorted in order, and one for each line
	sorted int
}

// add notes a line, from 1 to maxLine.
func (s *lineSet) add(line int64, run bool) {
	entry := uint32(line) << 1
	if run {
		entry++
	}
	inOrder := s.sorted == len(s.lines) && (s.sorted == 0 || s.lines[s.sorted-1]>>1 < entry>>1)
	s.lines = append(s.lines, entry)
	switch {
	case inOrder:
		s.sorted++
	case len(s.lines) > 2*s.sorted+64:
		s.unite()
	}
}

// addAll notes all lines of another set.
func (s *lineSet) addAll(o lineSet) {
	if len(s.lines) == 0 {
		*s = o
		return
	}
	s.lines = append(s.lines, o.lines...)
	s.unite()
}

// unite makes one entry of all that are of the same line. Of these, one that was
// run comes last.
func (s *lineSet) unite() {
	if s.sorted == len(s.lines) {
		return
	}
	slices.Sort(s.lines)
	s.sorted = 0
	for i, entry := range s.lines {
		if i+1 == len(s.lines) || s.lines[i+1]>>1 != entry>>1 {
			s.lines[s.sorted] = entry
			s.sorted++
		}
	}
	s.lines = s.lines[:s.sorted]
}

func (s *lineSet) count() coverage.Count {
	s.unite()
	count := coverage.Of(0, int64(len(s.lines)))
	for _, entry := range s.lines {
		count.Covered += int64(entry & 1)
	}
	return count
}

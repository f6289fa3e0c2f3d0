package sharding

import (
	"slices"
	"time"
)

// TooMuch is test files that ran out of memory or time in one process and were
// split. No later plan has them in one process again, until what ended them is
// no longer so.
type TooMuch struct {
	Files   []string      `json:"files"`             // relative to the project
	Ending  Ending        `json:"ending"`            // out_of_memory or timed_out
	Timeout time.Duration `json:"timeout,omitempty"` // that they were given
	At      time.Time     `json:"at"`
}

// tooMuchLife is after how long it is tried again whether files still are too
// much for one process.
const tooMuchLife = 90 * 24 * time.Hour

// tooMuch notes a shard that is split.
func (h *History) tooMuch(s Suite, shard Shard, ending Ending) {
	entry := TooMuch{Ending: ending, At: s.now().UTC()}
	if ending == TimedOut {
		entry.Timeout = s.timeout()
	}
	for _, file := range shard.Files {
		entry.Files = append(entry.Files, relative(s.Dir, file))
	}
	slices.Sort(entry.Files)
	h.TooMuch = slices.DeleteFunc(h.TooMuch, func(old TooMuch) bool { return slices.Equal(old.Files, entry.Files) })
	h.TooMuch = append(h.TooMuch, entry)
}

// still tells whether an entry holds for a run of the suite.
func (t TooMuch) still(s Suite) bool {
	return s.now().Sub(t.At) < tooMuchLife && (t.Ending != TimedOut || s.timeout() <= t.Timeout)
}

// split splits shards until none has files that are known to be too much for
// one process. Of such files as many count as there still are; if less than
// half of them are left, nothing is known.
func (h History) split(s Suite, shards []Shard, cost map[string]Cost) []Shard {
	here := map[string]bool{}
	for _, shard := range shards {
		for _, file := range shard.Files {
			here[relative(s.Dir, file)] = true
		}
	}
	var known [][]string
	for _, t := range h.TooMuch {
		left := slices.DeleteFunc(slices.Clone(t.Files), func(file string) bool { return !here[file] })
		if t.still(s) && len(left) > 1 && 2*len(left) >= len(t.Files) {
			known = append(known, left)
		}
	}
	if len(known) == 0 {
		return shards
	}
	var out []Shard
	for rest := slices.Clone(shards); len(rest) > 0; {
		shard := rest[0]
		rest = rest[1:]
		has := map[string]bool{}
		for _, file := range shard.Files {
			has[relative(s.Dir, file)] = true
		}
		all := func(files []string) bool {
			return !slices.ContainsFunc(files, func(file string) bool { return !has[file] })
		}
		if shard.divisible() && slices.ContainsFunc(known, all) {
			rest = append(rest, SplitShard(shard, cost)...)
			continue
		}
		out = append(out, shard)
	}
	return out
}

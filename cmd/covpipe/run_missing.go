package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/sharding"
)

// missingShards are the shards of a source that could not be measured.
type missingShards []*sharding.ShardError

// errNoShard says that not one shard of a source was measured.
var errNoShard = errors.New("no shard could be measured")

// orNothing gives an error if nothing but missing shards is there. Their logs are
// in dir; empty: not here.
func (s missingShards) orNothing(measured int, dir string) error {
	if len(s) == 0 || measured > 0 {
		return nil
	}
	if dir != "" {
		dir = "; logs are in " + dir
	}
	return fmt.Errorf("%w: %s%s", errNoShard, s[0].Error(), dir)
}

// complainShard says why a shard was not measured, and how its log ends.
func (a *app) complainShard(name string, failure *sharding.ShardError) {
	a.complain(fmt.Errorf("%s: %w", name, failure))
	for _, line := range failure.Tail {
		a.print(slog.LevelInfo, "    "+line, "")
	}
}

// names lists the shards.
func (s missingShards) names() string {
	var names []string
	for _, e := range s {
		names = append(names, fmt.Sprintf("%s (%s)", e.Shard, e.Ending))
	}
	return plural(len(s), "shard") + " missing: " + strings.Join(names, ", ")
}

// gap says what the missing shards, of which there is one at least, make of the
// files: a lower bound in so many. Even if it is one in none, tests have not run.
func (s missingShards) gap(bound int, files int64) string {
	if bound == 0 {
		return s.names()
	}
	return fmt.Sprintf("only a lower bound in %s of %d: %s", plural(bound, "file"), files, s.names())
}

// missingShard is the name of the finding for rows that a missing shard could
// have covered more of.
const missingShard = "missing_shard"

// mark marks the rows that the missing shards could change: all but those of
// which every line is covered. It returns how many they are.
func (s missingShards) mark(rows []coverage.Row) (marked int) {
	if len(s) == 0 {
		return 0
	}
	for i := range rows {
		row := &rows[i]
		if row.Lines.Covered == row.Lines.Total && row.Methods.Covered == row.Methods.Total && row.Lines.Total > 0 {
			continue
		}
		finding := missingShard + ": a lower bound, " + s.names()
		if row.Finding != "" {
			finding = row.Finding + "; " + finding
		}
		row.Exact, row.Finding = false, finding
		marked++
	}
	return marked
}

// tellBound notes that a report, such as one merged from the shards of a fleet, is
// a lower bound, and which shards it says are missing.
func (m *measured) tellBound(rows []coverage.Row) {
	bound, names := 0, ""
	for _, row := range rows {
		if _, after, found := strings.Cut(row.Finding, missingShard+": a lower bound, "); found {
			bound++
			names, _, _ = strings.Cut(after, "; ")
		}
	}
	if bound == 0 {
		return
	}
	m.lacking = append(m.lacking, fmt.Sprintf("only a lower bound in %s of %d: %s",
		plural(bound, "file"), len(rows), names))
	_, list, _ := strings.Cut(names, "missing: ")
	for part := range strings.SplitSeq(list, ", ") {
		name, ending, _ := strings.Cut(strings.TrimSuffix(part, ")"), " (")
		m.about.ShardRuns = append(m.about.ShardRuns,
			loaders.ShardRun{Name: name, Status: loaders.ShardMissing, Ending: ending})
	}
}

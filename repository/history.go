package repository

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Commit is one commit.
type Commit struct {
	Hash    string
	At      time.Time // when it was committed
	Author  string
	Subject string // the first line of its message
}

// Between are the commits that lead from one commit to another.
type Between struct {
	Count   int      // that the newer one has and the older one has not
	Dropped int      // that the older one has and the newer one has not, as on another branch
	Newest  []Commit // of the count, the newest first, as many as were asked for
}

// Commits gives the commits between two, at most so many of them by name. It
// fails with [ErrCommit] if the repository does not have one of the two.
func (r Repository) Commits(ctx context.Context, older, newer string, most int) (b Between, err error) {
	if err := r.has(ctx, older, newer); err != nil {
		return b, err
	}
	counts, err := r.git(ctx, "rev-list", "--count", "--left-right", older+"..."+newer, "--")
	if err != nil {
		return b, err
	}
	if _, err := fmt.Sscan(counts, &b.Dropped, &b.Count); err != nil {
		return b, fmt.Errorf("git rev-list: %q: %w", counts, err)
	}
	out, err := r.git(ctx, "log", "-z", "--no-show-signature", "--format=%H%x1f%ct%x1f%an%x1f%s",
		"--max-count="+strconv.Itoa(most),
		older+".."+newer, "--")
	if err != nil {
		return b, err
	}
	for entry := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		parts := strings.SplitN(entry, "\x1f", 4)
		if len(parts) != 4 {
			continue // nothing at all
		}
		seconds, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return b, fmt.Errorf("git log: %w", err)
		}
		b.Newest = append(b.Newest, Commit{parts[0], time.Unix(seconds, 0).UTC(), parts[2], parts[3]})
	}
	return b, nil
}

// Rename is a file that has another path, and at least half of its lines.
type Rename struct{ Old, New string } // from the top of the repository

// mostCandidates is among how many files git looks for renames that change a
// file, too.
const mostCandidates = 20000

// Renames gives the files that have another path in the newer commit. It fails
// with [ErrCommit] if the repository does not have one of the two.
func (r Repository) Renames(ctx context.Context, older, newer string) (all []Rename, err error) {
	if err := r.has(ctx, older, newer); err != nil {
		return nil, err
	}
	out, err := r.git(ctx, "diff", "-z", "--name-status", "--find-renames", "-l"+strconv.Itoa(mostCandidates),
		"--diff-filter=R", "--no-ext-diff", "--no-textconv", "--no-relative", older, newer, "--")
	if err != nil {
		return nil, err
	}
	fields := strings.Split(out, "\x00") // R087, old, new, R100, …, ""
	for ; len(fields) >= 3; fields = fields[3:] {
		all = append(all, Rename{fields[1], fields[2]})
	}
	return all, nil
}

// Tag is a tag of a commit.
type Tag struct {
	Name   string
	Commit string
	At     time.Time // when it was made; of a lightweight one, when its commit was
}

// Tags gives the tags of commits that match a pattern of git, such as v*, or all
// of them if it is empty, the oldest first.
func (r Repository) Tags(ctx context.Context, pattern string) (all []Tag, err error) {
	if strings.ContainsAny(pattern, "\x00\n") {
		return nil, fmt.Errorf("%q is no pattern of tags", pattern)
	}
	out, err := r.git(ctx, "for-each-ref", "--sort=creatordate",
		"--format=%(refname:strip=2)%1f%(objecttype)%1f%(objectname)%1f"+
			"%(*objecttype)%1f%(*objectname)%1f%(creatordate:unix)",
		"refs/tags/"+pattern)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(out) {
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "\x1f")
		if len(parts) != 6 {
			return nil, fmt.Errorf("git for-each-ref: %q", line)
		}
		kind, commit := parts[1], parts[2]
		if kind == "tag" {
			kind, commit = parts[3], parts[4]
		}
		seconds, err := strconv.ParseInt(parts[5], 10, 64)
		if kind != "commit" || err != nil {
			continue // of a tree or a file
		}
		all = append(all, Tag{parts[0], commit, time.Unix(seconds, 0).UTC()})
	}
	return all, nil
}

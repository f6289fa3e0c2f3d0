package loaders

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// Release is one of a platform, a row of coverage_releases.
type Release struct {
	Project, Platform, Name string
	At                      time.Time
	Commit, Source, URL     string // Source is where it is known from, "git tag"; all three may be empty

	// What AddReleases did with it: Added, Unchanged, or Replaced, with the time
	// that it had before.
	Change Change
	Was    time.Time
}

// CheckReleases tells whether a warehouse could keep releases, with the errors of
// [AddReleases].
func CheckReleases(releases []Release) error {
	for _, r := range releases {
		at := ""
		if !r.At.IsZero() {
			at = "known"
		}
		err := limits(
			"release "+r.Name,
			limited{"its project", r.Project, 128, true},
			limited{"its platform", r.Platform, 64, true},
			limited{"its name", r.Name, 256, true},
			limited{"its time", at, 5, true},
			limited{"its commit", r.Commit, 128, false},
			limited{"its source", r.Source, 64, false},
			limited{"its URL", r.URL, 2048, false},
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// AddReleases keeps releases in a warehouse, all of them or none, and tells how
// many are new. A release is there already if the project, platform, name and
// time are, and the commit and URL that are given. Another time, commit or URL
// replaces it; what is not given then stays. Each release says in Change and Was
// what was done. Of two in a list that have the same name the last one counts.
//
// Without project, platform, name or time it is [ErrUnknown], with a text that no
// column can hold [ErrTooLong]; [ErrUnknownCommit] can be tried again.
func AddReleases(ctx context.Context, place string, opt Options, releases []Release) (added int, err error) {
	if err := CheckReleases(releases); err != nil {
		return 0, err
	}
	if len(releases) == 0 {
		return 0, nil
	}
	var done []Release // of an attempt whose commit was not answered
	err = transact(ctx, place, opt, func(in *transaction, again bool) (bool, error) {
		found, changed, err := in.addReleases(releases)
		if !again || changed {
			done = found
		}
		return changed, err
	})
	if err != nil {
		return 0, err
	}
	copy(releases, done)
	for _, r := range releases {
		if r.Change == Added {
			added++
		}
	}
	return added, nil
}

// releaseKey names a release in a project.
type releaseKey struct{ project, platform, name string }

func (r Release) key() releaseKey { return releaseKey{r.Project, r.Platform, r.Name} }

func (t *transaction) addReleases(releases []Release) (done []Release, changed bool, err error) {
	if _, err := t.exec("releases_lock"); err != nil {
		return nil, false, err
	}
	kept := map[releaseKey]Release{}
	read := map[string]bool{}
	fresh := map[releaseKey]int{} // where in done what is to be inserted stands
	var order []releaseKey
	for _, r := range releases {
		if !read[r.Project] {
			read[r.Project] = true
			if err := t.releases(r.Project, kept); err != nil {
				return nil, false, err
			}
		}
		was, is := kept[r.key()]
		r.Change, r.Was = Added, time.Time{}
		if is {
			r.Commit, r.URL = cmp.Or(r.Commit, was.Commit), cmp.Or(r.URL, was.URL)
			r.Source = cmp.Or(r.Source, was.Source)
			r.Change, r.Was = Replaced, was.At
			if sameTime(r.At, was.At) && r.Commit == was.Commit && r.URL == was.URL {
				r.Change = Unchanged
			}
		}
		if _, waits := fresh[r.key()]; r.Change != Unchanged && !waits {
			order = append(order, r.key())
			if is {
				if _, err := t.exec("releases_delete", r.Project, r.Platform, r.Name); err != nil {
					return nil, false, err
				}
			}
		}
		if r.Change != Unchanged {
			fresh[r.key()], kept[r.key()] = len(done), r
		}
		done = append(done, r)
	}
	var rows [][]any
	for _, key := range order {
		r := done[fresh[key]]
		rows = append(rows, []any{
			r.Project, r.Platform, r.Name, utc(r.At), known(r.Commit), known(r.Source), known(r.URL),
		})
	}
	return done, len(rows) > 0, insertAll(t.ctx, t.tx, "releases_insert", "release", rows)
}

// releases adds what is kept of a project.
func (t *transaction) releases(project string, to map[releaseKey]Release) error {
	rows, err := t.tx.QueryContext(t.ctx, statement("releases"), project)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r := Release{Project: project}
		if err := rows.Scan(&r.Platform, &r.Name, &r.At, &r.Commit, &r.Source, &r.URL); err != nil {
			return err
		}
		to[r.key()] = r
	}
	return errors.Join(rows.Err(), rows.Close())
}

// DeleteRelease takes a release out of a warehouse and tells whether it was
// there.
func DeleteRelease(
	ctx context.Context,
	place string,
	opt Options,
	project, platform, name string,
) (deleted bool, err error) {
	err = transact(ctx, place, opt, func(in *transaction, again bool) (bool, error) {
		n, err := in.exec("releases_delete", project, platform, name)
		deleted = n > 0 || again && deleted
		return n > 0, err
	})
	return deleted && err == nil, err
}

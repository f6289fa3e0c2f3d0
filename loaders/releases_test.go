package loaders

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/loaders/verticatest"
)

func release(name string, day int) Release {
	return Release{Project: "shop", Platform: "ios", Name: name, At: time.Date(2026, 11, day, 9, 30, 0, 0, time.UTC)}
}

const allReleases = "SELECT project, platform, release_name, released_at, git_commit, release_source, release_url " +
	"FROM coverage_releases ORDER BY platform, release_name"

func TestAReleaseIsKeptOnce(t *testing.T) {
	for _, p := range warehouses(t) {
		t.Run(p.name, func(t *testing.T) { keepsReleasesOnce(t, p) })
	}
}

func keepsReleasesOnce(t *testing.T, p place) {
	add := func(want string, releases ...Release) {
		t.Helper()
		added, err := AddReleases(t.Context(), p.to, p.opt, releases)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(added)
		for _, r := range releases {
			got += fmt.Sprintf(" %s %s", r.Name, r.Change)
			if !r.Was.IsZero() {
				got += fmt.Sprintf(" was %s", r.Was.Format("01-02"))
			}
		}
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	full := release("v1", 9)
	full.Commit, full.Source, full.URL = "abc", "git tag", "https://example.com/v1"
	none := release("v1", 9)
	android := release("v1", 10)
	android.Platform = "android"
	add("0")
	add("2 v1 added v2 added", full, release("v2", 16))
	add("0 v1 unchanged was 11-09 v2 unchanged was 11-16", full, release("v2", 16))
	add("0 v1 unchanged was 11-09", none) // which says less
	add("1 v1 added", android)
	add("1 v1 replaced was 11-09 v3 added", release("v1", 12), release("v3", 20))
	add("1 v4 added v4 replaced was 11-21", release("v4", 21), release("v4", 22))
	other := release("v2", 16)
	other.URL = "https://example.com/v2"
	add("0 v2 replaced was 11-16", other)
	want := []string{
		"shop|android|v1|2026-11-10 09:30:00|<nil>|<nil>|<nil>",
		"shop|ios|v1|2026-11-12 09:30:00|abc|git tag|https://example.com/v1",
		"shop|ios|v2|2026-11-16 09:30:00|<nil>|<nil>|https://example.com/v2",
		"shop|ios|v3|2026-11-20 09:30:00|<nil>|<nil>|<nil>",
		"shop|ios|v4|2026-11-22 09:30:00|<nil>|<nil>|<nil>",
	}
	if got := asked(t, p, allReleases); !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	for _, there := range []bool{true, false} {
		deleted, err := DeleteRelease(t.Context(), p.to, p.opt, "shop", "ios", "v4")
		if err != nil || deleted != there {
			t.Errorf("deleted %v, %v", deleted, err)
		}
	}
	if got := asked(t, p, allReleases); !slices.Equal(got, want[:4]) {
		t.Errorf("after the deletion\n%s", strings.Join(got, "\n"))
	}
	var many []Release
	for i := range 2*together + 1 {
		many = append(many, release(fmt.Sprintf("w%d", i), 1))
	}
	if added, err := AddReleases(t.Context(), p.to, p.opt, many); err != nil || added != len(many) {
		t.Errorf("%d of %d, %v", added, len(many), err)
	}
	if got := asked(t, p, "SELECT COUNT(*) AS n FROM coverage_releases"); got[0] != fmt.Sprint(4+len(many)) {
		t.Errorf("%s releases", got[0])
	}
}

func TestReleasesAreAllKeptOrNone(t *testing.T) {
	bad := map[string]func(r *Release){
		"its project": func(r *Release) { r.Project = "" },
		"its time":    func(r *Release) { r.At = time.Time{} },
		"its name":    func(r *Release) { r.Name = strings.Repeat("ü", 129) },
		"its URL":     func(r *Release) { r.URL = strings.Repeat("x", 2049) },
	}
	for _, p := range warehouses(t) {
		if _, err := AddReleases(t.Context(), p.to, p.opt, []Release{release("v0", 1)}); err != nil {
			t.Fatal(err)
		}
		for what, spoil := range bad {
			r := release("v2", 2)
			spoil(&r)
			_, err := AddReleases(t.Context(), p.to, p.opt, []Release{release("v1", 1), r})
			if !errors.Is(err, ErrUnknown) && !errors.Is(err, ErrTooLong) || !strings.Contains(err.Error(), what) {
				t.Errorf("%s: got %v", what, err)
			}
		}
		if got := asked(t, p, allReleases); len(got) != 1 {
			t.Errorf("%s: %q", p.name, got)
		}
	}
	_, err := AddReleases(t.Context(), "rows.csv", Options{}, []Release{release("v1", 1)})
	if !errors.Is(err, ErrPlace) {
		t.Errorf("into a file: %v", err)
	}
}

// A connection that breaks, also while COMMIT is answered, loses and doubles no
// release, and the answer is of what was done.
func TestReleasesOutlastABrokenConnection(t *testing.T) {
	for name, fault := range map[string]verticatest.Fault{
		"at connecting":     {At: verticatest.AtConnect},
		"at the insert":     {At: verticatest.AtExecute, Match: "INSERT INTO coverage_releases"},
		"before the commit": {At: verticatest.AtExecute, Match: "^COMMIT"},
		"after the commit":  {At: verticatest.AtAnswer, Match: "^COMMIT"},
	} {
		p := verticaPlaceOf(startVertica(t, verticatest.Options{}))
		p.server.Break(fault)
		added, err := AddReleases(t.Context(), p.to, p.opt, []Release{release("v1", 1), release("v2", 2)})
		if err != nil || added != 2 {
			t.Errorf("%s: added %d, %v", name, added, err)
		}
		if got := asked(t, p, allReleases); len(got) != 2 {
			t.Errorf("%s: %q", name, got)
		}
	}
}

package reports

import (
	"context"
	"strings"
	"testing"
	"time"
)

var (
	w46 = time.Date(2026, 11, 9, 0, 0, 0, 0, time.UTC)
	w47 = w46.AddDate(0, 0, 7)
)

// measured is a measurement with one file.
func measured(platform, branch, carried string, covered int64) Measurement {
	return Measurement{Project: "p", Platform: platform, Branch: branch, Carried: carried,
		Commit: "c" + branch + carried, files: []file{counted("a/A.php", covered, 10)}}
}

// summary says of each couple of two weeks what became of it.
func summary(old, now []Measurement) (all []string) {
	was, is := Week{Monday: w46, all: old}, Week{Monday: w47, all: now}
	for _, two := range couples(old, now) {
		c := two.change(context.Background(), Selection{}, nil, is, was)
		line := c.Platform + " " + c.Branch + ": " + c.None
		if c.Account != nil {
			line += c.Account.Change.RatString()
		}
		all = append(all, strings.Join(append([]string{line}, c.Notes...), "; "))
	}
	return all
}

func TestMeasurementsOfTwoWeeksFindEachOther(t *testing.T) {
	type week = []Measurement
	for name, c := range map[string]struct {
		old, now week
		want     string
	}{
		"the same branch": {week{measured("php", "main", "", 5)}, week{measured("php", "main", "", 6)},
			"php main: 1/10"},
		"the only branch": {week{measured("php", "main", "", 5)}, week{measured("php", "next", "", 6)},
			`php next: 1/10; measured on branch "main" before, and on "next" now`},
		"two branches before": {week{measured("php", "main", "", 5), measured("php", "old", "", 5)},
			week{measured("php", "next", "", 6)}, "php next: it was not measured in that week | " +
				"php main: it is not in this week any more | php old: it is not in this week any more"},
		"came": {nil, week{measured("ios", "", "", 5)}, "ios : it was not measured in that week"},
		"gone": {week{measured("ios", "", "", 5)}, nil, "ios : it is not in this week any more"},
		"missing now": {week{measured("ios", "", "", 5)}, week{measured("ios", "", "2026-W46", 5)},
			"ios : 0; carried over from 2026-W46, so nothing is known of what changed since"},
		"missing twice": {week{measured("ios", "", "2026-W45", 5)}, week{measured("ios", "", "2026-W45", 5)},
			"ios : 0; carried over from 2026-W45, so nothing is known of what changed since"},
		"missing before": {week{measured("ios", "", "2026-W44", 5)}, week{measured("ios", "", "", 7)},
			"ios : 1/5; not measured in 2026-W46, so this is the change since 2026-W44"},
		"missing now, and newer than then": {week{measured("ios", "", "2026-W44", 5)},
			week{measured("ios", "", "2026-W46", 7)},
			"ios : 1/5; carried over from 2026-W46 into 2026-W47; " +
				"not measured in 2026-W46, so this is the change since 2026-W44"},
	} {
		if got := strings.Join(summary(c.old, c.now), " | "); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// The repository is asked once for each couple whose commits differ, and its
// renames count.
func TestTheRepositoryIsAskedForWhatLiesBetween(t *testing.T) {
	asked := ""
	of := Selection{History: func(_ context.Context, platform, older, newer string) *History {
		asked += platform + " " + older + " " + newer + ";"
		return &History{Count: 3, Renamed: map[string]string{"b/B.php": "a/A.php"}}
	}}
	before, after := measured("php", "main", "", 5), measured("php", "next", "", 5)
	after.files = []file{counted("b/B.php", 4, 12)}
	c := couple{&before, &after}.change(t.Context(), of, nil, Week{Monday: w47}, Week{Monday: w46})
	if asked != "php cmain cnext;" || c.History.Count != 3 || len(c.Account.Parts) != 1 ||
		c.Account.Parts[0].Was != "a/A.php" || c.Account.Parts[0].Guessed || c.Account.Parts[0].Cause != CodeResized {
		t.Errorf("asked %q, got %+v", asked, c.Account)
	}
	if same := (couple{&before, &before}).change(t.Context(), of, nil, Week{}, Week{}); same.History != nil {
		t.Errorf("the commit is the same: %+v", same.History)
	}
}

func TestReleasesBetweenTwoMeasurementsAreThoseOfThePlatform(t *testing.T) {
	all := []Release{{Project: "p", Platform: "php", Name: "at the first", At: w46},
		{Project: "p", Platform: "php", Name: "in between",
			At: w46.Add(time.Hour)}, {Project: "p", Platform: "ios", Name: "other", At: w46.Add(time.Hour)},
		{Project: "p", Platform: "php", Name: "at the second", At: w47},
		{Project: "p", Platform: "php", Name: "after", At: w47.Add(1)},
		{Project: "q", Platform: "php", Name: "other project", At: w46.Add(time.Hour)}}
	var names []string
	for _, r := range between(all, "p", "php", w46, w47) {
		names = append(names, r.Name)
	}
	if got := strings.Join(names, ", "); got != "in between, at the second" {
		t.Errorf("got %q", got)
	}
}

package coverage

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestUnknownIsNotZero(t *testing.T) {
	var unknown Count
	if unknown == Of(0, 0) {
		t.Error("the zero Count equals 0 of 0")
	}
	if sum := unknown.Add(Count{}); sum.Known {
		t.Error("a sum of unknown counts is known")
	}
	if sum := unknown.Add(Of(1, 2)); sum != Of(1, 2) {
		t.Errorf("unknown + 1 of 2 = %v", sum)
	}
}

func TestAWeekIsTheOneThatTheClockShowedWhenItBegan(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at    string
		place *time.Location
		want  string
	}{
		{"2026-11-22T23:30:00Z", time.UTC, "2026-W47"}, // a Sunday
		{"2026-11-22T23:30:00Z", berlin, "2026-W48"},   // already Monday there
		{"2026-11-23T00:00:00Z", time.UTC, "2026-W48"},
		{"2027-01-01T12:00:00Z", time.UTC, "2026-W53"},
		{"2024-12-30T12:00:00Z", time.UTC, "2025-W01"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := WeekOf(at, c.place).String(); got != c.want {
			t.Errorf("%s in %v: got %s, want %s", c.at, c.place, got, c.want)
		}
	}
}

func TestAWeekIsReadByNumberOrByDate(t *testing.T) {
	for in, want := range map[string]string{
		"2026-W47": "2026-11-16", "2026-11-22": "2026-11-16", "2026-W53": "2026-12-28", "2025-W01": "2024-12-30",
	} {
		w, err := ParseWeek(in)
		if err != nil || w.Monday().Format(time.DateOnly) != want {
			t.Errorf("%s: got %v, %v, want %s", in, w.Monday(), err, want)
		}
	}
	for _, in := range []string{"", "last week", "2025-W53", "2026-W00", "2026-13-01", "2026-W47x"} {
		if w, err := ParseWeek(in); err == nil {
			t.Errorf("%q was read as %v", in, w)
		}
	}
}

func TestPathsBecomeRelativeToTheRoot(t *testing.T) {
	for _, c := range []struct{ root, file, want string }{
		{"/srv/app", "/srv/app/src/Cart.php", "src/Cart.php"},
		{"/srv/app/", "/srv/app/./src//Cart.php", "src/Cart.php"},
		{"/", "/srv/Cart.php", "srv/Cart.php"},
		{"", "/srv/app/src/Cart.php", "/srv/app/src/Cart.php"},
		{"/srv/app", "src/Cart.php", "src/Cart.php"},
		{`C:\app`, `C:\app\src\Cart.php`, "src/Cart.php"},
		{`C:\app`, `C:/app\src/Cart.php`, "src/Cart.php"},
		{`\\server\app`, `\\server\app\src\Cart.php`, "src/Cart.php"},
		{"", `src\Cart.php`, "src/Cart.php"},
		{"", `src/odd\name.php`, `src/odd\name.php`},
		{"/srv/app", `/srv/app/odd\name.php`, `odd\name.php`},
	} {
		var outside Outside
		var got []string
		for row, err := range Under(c.root, rowsOf(&Source{Path: c.file}), &outside) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, row.Path)
		}
		if !slices.Equal(got, []string{c.want}) || outside.Files != 0 {
			t.Errorf("%s under %s: got %q, %v", c.file, c.root, got, outside)
		}
	}
}

func TestFilesOutsideTheRootAreCountedAndAllOutsideIsAnError(t *testing.T) {
	rows := func() Rows { return rowsOf(&Source{Path: "/srv/application/x.php"}, &Source{Path: "/srv/app/y.php"}) }
	var outside Outside
	kept := 0
	for _, err := range Under("/srv/app", rows(), &outside) {
		if err != nil {
			t.Fatal(err)
		}
		kept++
	}
	if kept != 1 || outside != (Outside{1, "/srv/application/x.php"}) {
		t.Errorf("kept %d, outside %v", kept, outside)
	}
	var last error
	for _, err := range Under("/elsewhere", rows(), &Outside{}) {
		last = err
	}
	if !errors.Is(last, ErrOutside) {
		t.Errorf("got %v", last)
	}
}

func TestTotalsThatDisagreeAreNamed(t *testing.T) {
	var totals Totals
	totals.Add(Row{Lines: Of(11, 14)})
	got := totals.Differences(Stated{Files: Of(0, 1), Lines: Of(12, 14), Methods: Of(1, 1)})
	if want := []string{"lines: stated 12 of 14, its files sum to 11 of 14"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

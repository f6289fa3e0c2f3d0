package reports

import (
	"math/big"
	"testing"
	"time"
)

func weekOf(state State, files ...file) Week {
	m := Measurement{Project: "p", Platform: "php", files: files}
	return Week{all: []Measurement{m}, Sources: []SourceState{{Project: "p", Platform: "php", State: state, Expected: 2,
		Present: 1}}}
}

func ratio(text string) *big.Rat {
	r, _ := new(big.Rat).SetString(text)
	return r
}

func owned(path string, covered, total int64, owners ...string) file {
	f := counted(path, covered, total)
	f.owners = owners
	return f
}

func TestRulesAreHeldExactly(t *testing.T) {
	twice := weekOf(Whole, counted("a/A.php", 8, 8))
	twice.all = append(twice.all, weekOf(Whole, counted("a/A.php", 0, 8)).all...)
	for name, c := range map[string]struct {
		rule     Rule
		old, new Week
		want     Verdict
	}{
		"on the floor": {Rule{Floor: ratio("62.5")}, Week{}, weekOf(Whole, counted("a/A.php", 5, 8)), Holds},
		"below by a hair": {Rule{Floor: ratio("66.666666667")}, Week{},
			weekOf(Whole, counted("a/A.php", 2, 3)), Broken},
		"above by a hair": {Rule{Floor: ratio("66.666666666")}, Week{},
			weekOf(Whole, counted("a/A.php", 2, 3)), Holds},
		"99.999 is not 100": {Rule{Floor: ratio("100")}, Week{},
			weekOf(Whole, counted("a/A.php", 99999, 100000)), Broken},
		"all":    {Rule{Floor: ratio("100")}, Week{}, weekOf(Whole, counted("a/A.php", 7, 7)), Holds},
		"0 of 0": {Rule{Floor: ratio("0")}, Week{}, weekOf(Whole, counted("a/A.php", 0, 0)), NoData},
		"no such owner": {Rule{Owner: "@x", Floor: ratio("0")}, Week{}, weekOf(Whole, counted("a/A.php", 1, 1)),
			NoData},
		"no such counts": {Rule{Metric: Branches, Floor: ratio("0")}, Week{}, weekOf(Whole, counted("a/A.php", 1, 1)),
			NoData},
		"fell as allowed": {Rule{MaxFall: ratio("12.5")}, weekOf(Whole, counted("a/A.php", 6, 8)),
			weekOf(Whole, counted("a/A.php", 5, 8)), Holds},
		"fell further": {Rule{MaxFall: ratio("12.499999999")}, weekOf(Whole, counted("a/A.php", 6, 8)),
			weekOf(Whole, counted("a/A.php", 5, 8)), Broken},
		"may not fall at all": {Rule{MaxFall: ratio("0")}, weekOf(Whole, counted("a/A.php", 2, 3)),
			weekOf(Whole, counted("a/A.php", 666666, 1000000)), Broken},
		"rose": {Rule{MaxFall: ratio("0")}, weekOf(Whole, counted("a/A.php", 2, 3)),
			weekOf(Whole, counted("a/A.php", 3, 3)), Holds},
		"nothing to fall from": {Rule{MaxFall: ratio("0")}, Week{}, weekOf(Whole, counted("a/A.php", 0, 3)), Holds},
		"parts missing, holds": {Rule{Floor: ratio("50")}, Week{}, weekOf(Partial, counted("a/A.php", 1, 2)), Holds},
		"parts missing": {Rule{Floor: ratio("51")}, Week{},
			weekOf(Partial, counted("a/A.php", 1, 2)), Undecided},
		"carried over": {Rule{Floor: ratio("50")}, Week{},
			weekOf(Carried, counted("a/A.php", 1, 2)), Undecided},
		"directory": {Rule{Directory: "a", Floor: ratio("100")}, Week{},
			weekOf(Whole, counted("a/A.php", 1, 1), counted("ab/A.php", 0, 1), counted("a.php", 0, 1)), Holds},
		"owner": {Rule{Owner: "@x", Floor: ratio("50")}, Week{},
			weekOf(Whole, owned("a/A.php", 1, 2, "@x", "@y"), owned("b/A.php", 0, 9, "@y")), Holds},
		"two branches before": {Rule{MaxFall: ratio("90")}, twice, weekOf(Whole, counted("a/A.php", 5, 8)), Undecided},
		"two branches before, below the floor": {Rule{Floor: ratio("90"), MaxFall: ratio("90")}, twice,
			weekOf(Whole, counted("a/A.php", 5, 8)), Broken},
		"other platform": {Rule{Platform: "ios", Floor: ratio("50")}, Week{}, weekOf(Whole, counted("a/A.php", 1, 2)),
			NoData},
	} {
		if c.rule.Metric == "" {
			c.rule.Metric = Lines
		}
		r := Ruling{Rule: c.rule}
		r.judge(c.new, c.old)
		if r.Verdict == Broken || r.Verdict == Undecided {
			r.blame(c.new, c.old, nil)
		}
		if r.Verdict != c.want {
			t.Errorf("%s: got %q, %v, want %q", name, r.Verdict, r.Why, c.want)
		}
		if (r.Verdict == Broken) != (len(r.Files) > 0) && r.Verdict != Undecided {
			t.Errorf("%s: %q names the files %+v", name, r.Verdict, r.Files)
		}
	}
}

func TestAGateNamesTheFilesThatDidIt(t *testing.T) {
	old := weekOf(Whole, counted("a/Low.php", 0, 90), counted("a/Falls.php", 9, 9), counted("a/Rises.php", 1, 9))
	now := weekOf(Whole, counted("a/Low.php", 0, 90), counted("a/Falls.php", 2, 9), counted("a/Rises.php", 3, 9))
	fall := Ruling{Rule: Rule{Metric: Lines, MaxFall: ratio("1"), Floor: ratio("50")}}
	fall.judge(now, old)
	fall.blame(now, old, nil)
	if len(fall.Files) != 1 || fall.Files[0].Path != "a/Falls.php" || len(fall.Why) != 2 ||
		fall.Why[1] != "it fell by 4.63 points" {
		t.Errorf("got %+v", fall)
	}
	floor := Ruling{Rule: Rule{Metric: Lines, Floor: ratio("50")}}
	floor.judge(now, Week{})
	floor.blame(now, Week{}, nil)
	if len(floor.Files) != 3 || floor.Files[0].Path != "a/Low.php" ||
		floor.Why[0] != "49 more of the lines must be covered" {
		t.Errorf("got %+v", floor)
	}
}

func TestAFallThatIsTooDeepDoesNotLookAllowed(t *testing.T) {
	for _, c := range []struct{ fell, allowed, want string }{
		{"4.6296", "1", "4.63 points"}, {"1.001", "1", "more than 1 points"}, {"0.0001", "0", "more than 0 points"},
	} {
		if got := fallen(ratio(c.fell), ratio(c.allowed)); got != c.want {
			t.Errorf("%s of %s: got %q", c.fell, c.allowed, got)
		}
	}
}

func TestEachOwnerHasARulingAndOneWithoutDataIsNone(t *testing.T) {
	week := weekOf(Whole, owned("a/A.php", 1, 2, "@x"), owned("b/B.php", 2, 2, "@y"), owned("c/C.php", 0, 0, "@z"))
	rulings, err := week.Judge(t.Context(), nil, Selection{}, []Rule{{Owner: Each, Metric: Lines, Floor: ratio("60")}},
		time.Time{})
	if err != nil || len(rulings) != 3 {
		t.Fatalf("got %+v, %v", rulings, err)
	}
	nobody, err := weekOf(Whole, counted("a/A.php", 1, 2)).Judge(t.Context(), nil, Selection{},
		[]Rule{{Owner: Each, Metric: Lines, Floor: ratio("0")}}, time.Time{})
	if err != nil || len(nobody) != 1 || nobody[0].Verdict != NoData {
		t.Errorf("a rule for each owner where nobody looked for owners: %+v, %v", nobody, err)
	}
	missing := weekOf(Whole, counted("a/A.php", 1, 2))
	missing.Sources = append(missing.Sources, SourceState{Platform: "ios", State: Never},
		SourceState{Platform: "old", State: Removed})
	platforms, err := missing.Judge(t.Context(), nil, Selection{},
		[]Rule{{Platform: Each, Metric: Lines, Floor: ratio("0")}}, time.Time{})
	if err != nil || len(platforms) != 2 || platforms[0].Verdict != Undecided || platforms[1].Verdict != Holds {
		t.Errorf("a rule for each platform where one is missing: %+v, %v", platforms, err)
	}
	for i, want := range []Verdict{Broken, Holds, Holds} {
		if rulings[i].Verdict != want {
			t.Errorf("%s: got %q", rulings[i].Owner, rulings[i].Verdict)
		}
	}
}

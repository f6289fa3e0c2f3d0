package sharding

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawFleet makes up a suite with its times, for a fleet.
func drawFleet(t *rapid.T) (shards []Shard, cost map[string]Cost) {
	cost = map[string]Cost{}
	for d := range rapid.IntRange(1, 20).Draw(t, "directories") {
		shard := Shard{Name: fmt.Sprintf("D%d", d), Dir: fmt.Sprintf("tests/D%d", d)}
		for n := range rapid.IntRange(1, 30).Draw(t, "files") {
			file := fmt.Sprintf("%s/S%d/F%dTest.php", shard.Dir, n%3, n)
			shard.Files = append(shard.Files, file)
			cost[file] = Cost{Seconds: float64(rapid.IntRange(0, 5000).Draw(t, "ms")) / 1000, Tests: 3}
		}
		slices.Sort(shard.Files)
		shards = append(shards, shard)
	}
	return shards, cost
}

func TestASpreadSuiteIsWholeAndAsShortAsItsFilesAllow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shards, cost := drawFleet(t)
		machines, jobs := rapid.IntRange(1, 12).Draw(t, "machines"), rapid.IntRange(1, 3).Draw(t, "jobs")
		baseline := float64(rapid.IntRange(-1, 9).Draw(t, "baseline"))
		f := Spread(shards, cost, 0.1, baseline, machines, jobs, 0)

		seen, names := map[string]int{}, map[string]bool{}
		for _, u := range f.Units {
			if names[u.Name] {
				t.Fatalf("two units are named %s", u.Name)
			}
			names[u.Name] = true
			if u.Machine < 1 || u.Machine > machines {
				t.Fatalf("%s is for machine %d of %d", u.Name, u.Machine, machines)
			}
			for _, file := range u.Files {
				seen[file]++
			}
		}
		for file := range cost {
			if seen[file] != 1 {
				t.Fatalf("%s is in %d units", file, seen[file])
			}
		}
		if (f.Baseline == NoMachine) != (baseline < 0) {
			t.Fatalf("the report of all files, of %v s, is for machine %d", baseline, f.Baseline)
		}
		slices.Reverse(shards)
		if again := Spread(shards, cost, 0.1, baseline, machines, jobs, 0); !reflect.DeepEqual(again, f) {
			t.Fatal("the order of the shards matters")
		}
		// Longest processing time first is never worse than 4/3 of the best, and what
		// is split costs processes.
		if f.Expected < f.Bound-1e-6 || f.Expected > 4.0/3*f.Bound+0.1*float64(len(f.Units)) {
			t.Fatalf("expected %v s, bound %v s", f.Expected, f.Bound)
		}
	})
}

func TestTheSlowestMachineEndsWithinATenthOfTheMean(t *testing.T) {
	// One directory has half of all time, as such directories do.
	cost := map[string]Cost{}
	var shards []Shard
	for d := range 60 {
		shard := Shard{Name: fmt.Sprintf("D%d", d), Dir: fmt.Sprintf("tests/D%d", d)}
		files := 10
		if d == 0 {
			files = 600
		}
		for n := range files {
			file := fmt.Sprintf("%s/F%dTest.php", shard.Dir, n)
			shard.Files = append(shard.Files, file)
			cost[file] = Cost{Seconds: 1 + float64((n*7+d)%10), Tests: 5}
		}
		shards = append(shards, shard)
	}
	for _, machines := range []int{2, 7, 16, 50} {
		f := Spread(shards, cost, 0.2, 5, machines, 1, 0)
		mean := f.Total / float64(machines)
		if slowest := slices.Max(f.Loads); slowest > 1.1*mean || slowest != f.Expected {
			t.Errorf("%d machines: the slowest takes %.1f s, the mean is %.1f s", machines, slowest, mean)
		}
	}
}

func TestTenThousandShardsAreSpreadOverAThousandMachinesInSeconds(t *testing.T) {
	cost := map[string]Cost{}
	var shards []Shard
	for d := range 10_000 {
		shard := Shard{Name: fmt.Sprintf("D%d", d), Dir: "tests"}
		for n := range 3 {
			file := fmt.Sprintf("tests/D%d/F%dTest.php", d, n)
			shard.Files = append(shard.Files, file)
			cost[file] = Cost{Seconds: float64((d*31+n*17)%200) / 10}
		}
		shards = append(shards, shard)
	}
	f, queued := Spread(shards, cost, 0.2, 5, 1000, 1, 0), Spread(shards, cost, 0.2, 5, 1000, 1, QueueGrain)
	s := Simulate(f, queued, Uneven{Times: 0.3, Machines: 0.2}, 0.01)
	if s.Planned < s.Bound || s.Planned > 1.1*s.Bound {
		t.Errorf("planned %.1f s, bound %.1f s", s.Planned, s.Bound)
	}
	if s.Queue >= s.Index {
		t.Errorf("a queue takes %.1f s and index shards %.1f s, on machines that differ", s.Queue, s.Index)
	}
	if even := Simulate(f, queued, Uneven{}, 0); even.Index-f.Expected > 1e-6 || even.Queue-queued.Expected > 1e-6 {
		t.Errorf("all as planned: index %.2f s, queue %.2f s, planned %.2f s", even.Index, even.Queue, f.Expected)
	}
}

func TestAUnitIsSplitAlikeOnAllMachines(t *testing.T) {
	u := Unit{Name: "Cart", Dir: "tests/Cart",
		Files: []string{"tests/Cart/A/ATest.php", "tests/Cart/B/BTest.php", "tests/Cart/CTest.php"}, Seconds: 9}
	parts := u.Split()
	var files []string
	for _, p := range parts {
		files = append(files, p.Files...)
	}
	slices.Sort(files)
	if len(parts) != 2 || !slices.Equal(files, u.Files) || parts[0].Name != "Cart~1" {
		t.Errorf("got %+v", parts)
	}
	if one := (Unit{Name: "One", Files: []string{"a"}}).Split(); len(one) != 1 {
		t.Errorf("a unit of one file gives %+v", one)
	}
	far := Unit{Name: "far", Dir: ".", Files: []string{"modules/a/ATest.php", "tests/BTest.php"}}
	if parts := far.Split(); len(parts) != 2 {
		t.Errorf("files without a common folder give %+v", parts)
	}
}

func TestInputsDoNotDependOnWhereTheProjectLies(t *testing.T) {
	write := func(dir, name, text string) {
		path := filepath.Join(dir, name)
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644))
		if err != nil {
			t.Fatal(err)
		}
	}
	inputs := func(change func(dir string)) Inputs {
		dir := t.TempDir()
		write(dir, "phpunit.xml",
			`<phpunit><coverage><include><directory>src</directory></include></coverage></phpunit>`)
		write(dir, "src/a.php", "<?php")
		write(dir, "tests/A/ATest.php", "<?php")
		change(dir)
		shard := Shard{Files: []string{filepath.Join(dir, "tests/A/ATest.php")}}
		in, err := Suite{Dir: dir}.Inputs(Toolchain{config: filepath.Join(dir, "phpunit.xml")},
			&Work{Discovery: Discovery{Shards: []Shard{shard}}}, "c0ffee")
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	first := inputs(func(string) {})
	for name, c := range map[string]struct {
		change  func(dir string)
		differs bool
	}{
		"the same elsewhere":  {func(string) {}, false},
		"what a build leaves": {func(dir string) { write(dir, "var/cache/x.php", "<?php") }, false},
		"measured code":       {func(dir string) { write(dir, "src/a.php", "<?php ") }, true},
		"a new file":          {func(dir string) { write(dir, "src/b.php", "<?php") }, true},
		"a test":              {func(dir string) { write(dir, "tests/A/ATest.php", "<?php ") }, true},
		"installed packages":  {func(dir string) { write(dir, "composer.lock", "{}") }, true},
	} {
		if found := first.Differences(inputs(c.change)); (len(found) > 0) != c.differs {
			t.Errorf("%s: %q", name, found)
		}
	}
	other := first
	other.PHP, other.Commit = "8.3.1", ""
	const want = "commit (unknown) and c0ffee; PHP 8.3.1 and (unknown)"
	if got := strings.Join(other.Differences(first), "; "); got != want {
		t.Errorf("got %q", got)
	}
}

func TestAFileOfTimesThatWasNamedMustBeWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "times.json")
	if _, err := ReadHistory(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for _, text := range []string{"", "{", `[]`, `{"files": null}`, `{"files": {"a": {"seconds": -1}}}`} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadHistory(path); !errors.Is(err, ErrTimes) {
			t.Errorf("%q: %v", text, err)
		}
	}
	h := NewHistory()
	h.Learn(Suite{Dir: "/p"}, []Result{{
		Shard:  Shard{Name: "A", Files: []string{"/p/tests/ATest.php"}},
		Wall:   3 * time.Second,
		Times:  map[string]time.Duration{"/p/tests/ATest.php": 2 * time.Second},
		Counts: map[string]int{"/p/tests/ATest.php": 4},
	}})
	if err := h.Write(path); err != nil {
		t.Fatal(err)
	}
	if read, err := ReadHistory(path); err != nil || !reflect.DeepEqual(read, h) ||
		read.Files["tests/ATest.php"].Tests != 4 {
		t.Errorf("got %+v, %v", read, err)
	}
}

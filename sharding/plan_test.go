package sharding

import (
	"fmt"
	"math"
	"path"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawSuite makes up shards of files in nested folders and what they cost.
func drawSuite(t *rapid.T, heaviest float64) ([]Shard, map[string]Cost) {
	cost := map[string]Cost{}
	var shards []Shard
	for i := range rapid.IntRange(1, 12).Draw(t, "shards") {
		dir := fmt.Sprintf("/t/D%02d", i)
		shard := Shard{Name: path.Base(dir), Dir: dir}
		for j := range rapid.IntRange(1, 30).Draw(t, "files") {
			sub := rapid.SampledFrom([]string{"", "a/", "b/", "b/c/"}).Draw(t, "sub")
			file := fmt.Sprintf("%s/%s%03dTest.php", dir, sub, j)
			shard.Files = append(shard.Files, file)
			cost[file] = Cost{Seconds: rapid.Float64Range(0, heaviest).Draw(t, "seconds"), Tests: 1}
		}
		slices.Sort(shard.Files)
		shards = append(shards, shard)
	}
	return shards, cost
}

func filesOf(p Plan) (files []string) {
	for _, s := range p.Shards {
		files = append(files, s.Files...)
	}
	slices.Sort(files)
	return files
}

func TestAPlanRunsEachFileOnceWhateverTheOrderOfTheShards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shards, cost := drawSuite(t, 100)
		jobs := rapid.IntRange(1, 9).Draw(t, "jobs")
		plan := NewPlan(shards, cost, 0.3, jobs)
		var all []string
		for _, s := range shards {
			all = append(all, s.Files...)
		}
		slices.Sort(all)
		if !slices.Equal(filesOf(plan), all) {
			t.Fatalf("files of the plan: %q, of the shards: %q", filesOf(plan), all)
		}
		names := map[string]bool{}
		for i, s := range plan.Shards {
			if names[s.Name] {
				t.Fatalf("two shards are named %s", s.Name)
			}
			names[s.Name] = true
			if i > 0 && s.Seconds > plan.Shards[i-1].Seconds {
				t.Fatalf("%s is longer than the one before it", s.Name)
			}
		}
		slices.Reverse(shards)
		if again := NewPlan(shards, cost, 0.3, jobs); !reflect.DeepEqual(again, plan) {
			t.Fatalf("the order of the shards changes the plan:\n%+v\n%+v", plan, again)
		}
	})
}

func TestNoPlanBeatsTheBoundAndNoneIsWorseThanListSchedulingAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shards, cost := drawSuite(t, 100)
		jobs := rapid.IntRange(1, 9).Draw(t, "jobs")
		plan := NewPlan(shards, cost, 0.3, jobs)
		longest := plan.Shards[0].Seconds
		worst := plan.Total/float64(jobs) + longest*(1-1/float64(jobs))
		if plan.Expected < plan.Bound-1e-6 || plan.Expected > worst+1e-6 {
			t.Fatalf("expected %g, bound %g, worst of list scheduling %g", plan.Expected, plan.Bound, worst)
		}
	})
}

// Where no file is long, the slowest process ends within a tenth of the ideal.
func TestWhatDominatesIsSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shards, cost := drawSuite(t, 1)
		jobs := rapid.IntRange(1, 4).Draw(t, "jobs")
		ideal, longest := 0.0, 0.0
		for _, c := range cost {
			ideal += c.Seconds / float64(jobs)
			longest = max(longest, c.Seconds)
		}
		plan := NewPlan(shards, cost, 0, jobs)
		// With files of at most a tenth of the ideal, list scheduling of files would do.
		if longest <= ideal/10 && plan.Expected > ideal*balance+1e-6 {
			t.Fatalf("%d jobs: expected %g, ideal %g, longest file %g, shards %v",
				jobs, plan.Expected, ideal, longest, len(plan.Shards))
		}
	})
}

func TestALongDirectoryIsSplitByItsSubdirectories(t *testing.T) {
	cost := map[string]Cost{}
	shard := Shard{Name: "Big", Dir: "/t/Big"}
	for _, file := range []string{
		"/t/Big/A/1Test.php", "/t/Big/A/2Test.php", "/t/Big/B/1Test.php", "/t/Big/B/2Test.php",
	} {
		shard.Files = append(shard.Files, file)
		cost[file] = Cost{Seconds: 10, Tests: 3}
	}
	small := Shard{Name: "Small", Dir: "/t/Small", Files: []string{"/t/Small/xTest.php"}}
	plan := NewPlan([]Shard{shard, small}, cost, 0.1, 2)
	if len(plan.Shards) != 3 || plan.Shards[0].Name != "Big~1" || plan.Shards[1].Name != "Big~2" ||
		!slices.Equal(plan.Shards[0].Files, shard.Files[:2]) || plan.Shards[0].Tests != 6 {
		t.Errorf("got %+v", plan.Shards)
	}
	if math.Abs(plan.Expected-20.2) > 0.2 || math.Abs(plan.Total-40.3) > 0.01 {
		t.Errorf("expected %g, total %g", plan.Expected, plan.Total)
	}
}

func TestAFileIsNeverSplit(t *testing.T) {
	one := Shard{Name: "One", Dir: "/t", Files: []string{"/t/1Test.php"}}
	plan := NewPlan([]Shard{one}, map[string]Cost{"/t/1Test.php": {Seconds: 100}}, 0, 8)
	if len(plan.Shards) != 1 || plan.Expected != 100 || plan.Bound != 100 {
		t.Errorf("got %+v", plan)
	}
}

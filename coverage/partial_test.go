package coverage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// all is everything that a merge says of a file.
func all(m *Merged) string {
	text := ""
	for _, r := range m.Rows {
		text += fmt.Sprintf("%s %v %v %v %v %q %+v %+v\n",
			r.Path, r.Lines, r.Methods, r.Branches, r.Exact, r.Finding, r.Source.Classes, r.Source.Metrics)
		for _, m := range r.Source.Methods {
			m.Extent = nil
			text += fmt.Sprintf("%+v ", m)
		}
		text += fmt.Sprintln(r.Source.Statements)
	}
	return text
}

// drawShards makes up reports of two files: some load both, some one, some only
// list them with a dead line more.
func drawShards(t *rapid.T) (reports [][]*Source) {
	files := []phpFile{drawFile(t), drawFile(t)}
	for range rapid.IntRange(2, 6).Draw(t, "shards") {
		var report []*Source
		for i, file := range files {
			s := file.report(drawTests(t, file))
			s.Path = fmt.Sprintf("src/File%d.php", i)
			if !s.Loaded() && rapid.Bool().Draw(t, "dead") {
				s.Statements = append(s.Statements, Line{Number: 9999})
				s.Metrics.Statements.Total++
			}
			report = append(report, s)
		}
		reports = append(reports, report)
	}
	return reports
}

// copied writes and reads a partial, without the compression, which is slow to begin.
func copied(t *rapid.T, p *Partial) *Partial {
	var file bytes.Buffer
	if err := p.encode(&file); err != nil {
		t.Fatal(err)
	}
	read := NewPartial()
	if err := read.decode(&file); err != nil {
		t.Fatal(err)
	}
	return read
}

func TestShardsMergedByMachinesEqualShardsMergedAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reports := drawShards(t)
		var streams []Rows
		for _, r := range reports {
			streams = append(streams, rowsOf(r...))
		}
		whole, err := Merge(streams...)
		if err != nil {
			t.Fatal(err)
		}
		want := all(whole)

		machines := make([]*Partial, rapid.IntRange(1, 4).Draw(t, "machines"))
		for i := range machines {
			machines[i] = NewPartial()
		}
		for _, r := range reports {
			machine := machines[rapid.IntRange(0, len(machines)-1).Draw(t, "machine")]
			if err := machine.Add(rowsOf(r...)); err != nil {
				t.Fatal(err)
			}
		}
		last := NewPartial()
		for _, i := range rapid.Permutation(slices.Collect(countTo(len(machines)))).Draw(t, "order") {
			last.Unite(copied(t, machines[i]))
		}
		if got := all(copied(t, last).Merged()); got != want {
			t.Fatalf("by machines:\n%s\nat once:\n%s", got, want)
		}
	})
}

func countTo(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func TestTheSameReportsGiveTheSamePartialFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reports := drawShards(t)
		var files [2]bytes.Buffer
		for i := range files {
			p := NewPartial()
			for _, r := range reports {
				if err := p.Add(rowsOf(r...)); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.encode(&files[i]); err != nil {
				t.Fatal(err)
			}
			slices.Reverse(reports)
		}
		if !bytes.Equal(files[0].Bytes(), files[1].Bytes()) {
			t.Fatal("the order of the reports shows in the file")
		}
	})
}

func TestADamagedPartialFileIsRefused(t *testing.T) {
	p := NewPartial()
	s := &Source{Path: "a.php", Statements: []Line{{3, 1}, {4, 0}},
		Metrics: Metrics{LOC: 9, Statements: Of(1, 2), Methods: Of(0, 0)}}
	if err := p.Add(rowsOf(s)); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := p.Write(&file); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	for n := range whole {
		if _, err := ReadPartial(bytes.NewReader(whole[:n])); !errors.Is(err, ErrPartial) {
			t.Fatalf("cut to %d of %d octets: %v", n, len(whole), err)
		}
		damaged := slices.Clone(whole)
		damaged[n] ^= 0x55
		if n < 10 {
			continue // the head of gzip has a time and the like, which is not checked
		}
		if _, err := ReadPartial(bytes.NewReader(damaged)); !errors.Is(err, ErrPartial) {
			t.Fatalf("octet %d changed: %v", n, err)
		}
	}
}

// FuzzPartial reads made-up partials without the compression, whose checksum
// would let none of them through. What is read can be merged and written.
func FuzzPartial(f *testing.F) {
	p := NewPartial()
	for _, s := range []*Source{
		{Path: "a.php", Statements: []Line{{3, 1}}, Methods: []Method{{Line: 2, Hits: 1}}},
		{Path: "b.php", Statements: []Line{{3, 0}}, Metrics: Metrics{Statements: Of(0, 1)}},
	} {
		for range 2 {
			if err := p.Add(rowsOf(s)); err != nil {
				f.Fatal(err)
			}
		}
	}
	var file bytes.Buffer
	if err := p.encode(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		read := NewPartial()
		if err := read.decode(bytes.NewReader(data)); err != nil {
			return
		}
		if err := read.encode(io.Discard); err != nil {
			t.Fatal(err)
		}
		read.Merged()
	})
}

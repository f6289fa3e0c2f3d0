package sharding

import "slices"

// Moved is a test file that does not run with the shard of its directory, since
// its tests depend on tests of another shard, or those on its own.
type Moved struct {
	File     string // absolute
	From, To string // names of shards
}

// together finds test files that must be in one process: tests of one depend on
// tests of another, without which PHPUnit would leave them out. For each such file
// it gives the first of its group, for the first itself.
//
// A class that is written with its namespace, as in an annotation, is that one.
// Otherwise all of its short name are meant, which joins too much rather than too
// little.
func together(files []testFile) map[string]string {
	whole, short := map[string]string{}, map[string][]string{}
	for _, f := range files {
		for _, class := range f.classes {
			whole[class] = f.path
			short[shortName(class)] = append(short[shortName(class)], f.path)
		}
	}
	first := map[string]string{}
	find := func(path string) string {
		for first[path] != "" && first[path] != path {
			path = first[path]
		}
		return path
	}
	for _, f := range files {
		for _, class := range f.depends {
			others := short[shortName(class)]
			if path, known := whole[class]; known {
				others = []string{path}
			}
			for _, other := range others {
				a, b := find(f.path), find(other)
				first[max(a, b)], first[min(a, b)] = min(a, b), min(a, b)
			}
		}
	}
	for path := range first {
		first[path] = find(path)
	}
	return first
}

// keepTogether puts the files of each group into the shard of its first, and has
// the shards know what cannot be split. A shard of which nothing is left is gone.
func keepTogether(shards []Shard, first map[string]string) (kept []Shard, moved []Moved) {
	if len(first) == 0 {
		return shards, nil
	}
	home := map[string]int{} // the shard of each first file
	for i, shard := range shards {
		for _, file := range shard.Files {
			if first[file] == file {
				home[file] = i
			}
		}
	}
	files := make([][]string, len(shards))
	for i, shard := range shards {
		for _, file := range shard.Files {
			to := i
			if group, joined := first[file]; joined {
				if to = home[group]; to != i {
					moved = append(moved, Moved{file, shard.Name, shards[to].Name})
				}
			}
			files[to] = append(files[to], file)
		}
	}
	for i, shard := range shards {
		if len(files[i]) == 0 {
			continue
		}
		shard.Files = files[i]
		slices.Sort(shard.Files)
		shard.With = first
		shard.With = shard.with(shard.Files)
		kept = append(kept, shard)
	}
	return kept, moved
}

// group gives the file that stands for all those with which a file must stay.
func (s Shard) group(file string) string {
	if first, joined := s.With[file]; joined {
		return first
	}
	return file
}

// with gives what With has of some files; nil if that is nothing.
func (s Shard) with(files []string) (with map[string]string) {
	for _, file := range files {
		if first, joined := s.With[file]; joined {
			if with == nil {
				with = map[string]string{}
			}
			with[file] = first
		}
	}
	return with
}

// renamed gives With for files that have other names.
func renamed(with map[string]string, name func(file string) string) map[string]string {
	if with == nil {
		return nil
	}
	named := map[string]string{}
	for file, first := range with {
		named[name(file)] = name(first)
	}
	return named
}

// divisible tells whether a shard has parts that can run in processes of their own.
func (s Shard) divisible() bool {
	return slices.ContainsFunc(s.Files, func(file string) bool { return s.group(file) != s.group(s.Files[0]) })
}

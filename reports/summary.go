package reports

import (
	"database/sql"
	"maps"
	"path"
	"slices"
	"strings"
)

// file is one file of a measurement.
type file struct {
	module, path, basis            string
	owners                         []string // nil: nobody looked
	linesTotal, linesCovered       sql.NullInt64
	methodsTotal, methodsCovered   sql.NullInt64
	branchesTotal, branchesCovered sql.NullInt64
	rate                           sql.NullFloat64
	exact                          bool
}

// summarise sums files as a whole and by top directory. The top directory is
// the first below what all files have in common, so that "src" does not stand
// for everything.
func summarise(files []file) (all Group, directories []Group) {
	all.Exact = true
	common := commonDirectory(files)
	groups := map[string]*Group{}
	for _, f := range files {
		all.add(f)
		if f.path == "" {
			continue // the total of a build lies in no directory
		}
		name := topDirectory(common, f.path)
		if groups[name] == nil {
			groups[name] = &Group{Directory: name, Exact: true}
		}
		groups[name].add(f)
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		directories = append(directories, *groups[name])
	}
	return all, directories
}

// byOwner sums the files of each owner. A file of several counts for each.
func byOwner(files []file) (owners []Group) {
	groups := map[string]*Group{}
	for _, f := range files {
		for _, name := range f.owners {
			if groups[name] == nil {
				groups[name] = &Group{Owner: name, Exact: true}
			}
			groups[name].add(f)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		owners = append(owners, *groups[name])
	}
	return owners
}

func (g *Group) add(f file) {
	if f.path != "" {
		g.Files++
	}
	g.Exact = g.Exact && f.exact
	count(&g.Lines, f.linesCovered, f.linesTotal)
	count(&g.Methods, f.methodsCovered, f.methodsTotal)
	count(&g.Branches, f.branchesCovered, f.branchesTotal)
	if f.rate.Valid {
		if g.RateOnly == nil {
			g.RateOnly = &RateOnly{}
		}
		r := g.RateOnly
		r.MeanRate = (r.MeanRate*float64(r.Files) + f.rate.Float64) / float64(r.Files+1)
		r.Files++
	}
}

func count(into **Count, covered, total sql.NullInt64) {
	if !covered.Valid || !total.Valid {
		return
	}
	if *into == nil {
		*into = &Count{}
	}
	(*into).Covered += covered.Int64
	(*into).Total += total.Int64
}

// commonDirectory gives the folder that all files lie in, "" for none.
func commonDirectory(files []file) string {
	var common []string
	first := true
	for _, f := range files {
		if f.path == "" {
			continue
		}
		parts := strings.Split(path.Dir(f.path), "/")
		if first {
			common, first = parts, false
			continue
		}
		n := 0
		for n < len(common) && n < len(parts) && common[n] == parts[n] {
			n++
		}
		common = common[:n]
	}
	if directory := strings.Join(common, "/"); directory != "." {
		return directory
	}
	return ""
}

func topDirectory(common, file string) string {
	directory := path.Dir(file)
	if directory == common || directory == "." {
		return directory + "/"
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(directory, common), "/")
	top, _, _ := strings.Cut(rest, "/")
	return path.Join(common, top)
}

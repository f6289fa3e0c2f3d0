package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/owners"
)

// ownersConfig says who owns which file. Without a file and a map the usual
// places of CODEOWNERS in the repository are looked at.
type ownersConfig struct {
	Repository string       `yaml:"repository"` // its top folder; default that of covpipe.yaml
	File       string       `yaml:"codeowners"`
	Syntax     string       `yaml:"syntax"` // github or gitlab; default by place and content
	Map        []ownerEntry `yaml:"map"`
}

// ownerEntry gives a pattern its owners.
type ownerEntry struct {
	Path   string   `yaml:"path"`
	Owners []string `yaml:"owners"`
}

func (o *ownersConfig) resolve(dir string) error {
	o.Repository = absolute(dir, o.Repository)
	if o.File != "" && len(o.Map) > 0 {
		return errors.New("it has both codeowners and map, and needs one of them, or none")
	}
	if o.File != "" {
		o.File = absolute(dir, o.File)
	}
	if known := []string{"", string(owners.GitHub), string(owners.GitLab)}; !slices.Contains(known, o.Syntax) {
		return fmt.Errorf("syntax: %q is neither github nor gitlab", o.Syntax)
	}
	if len(o.Map) > 0 {
		_, err := o.mapping()
		return err
	}
	return nil
}

func (o *ownersConfig) mapping() (*owners.Rules, error) {
	var entries []owners.Entry
	for _, e := range o.Map {
		entries = append(entries, owners.Entry(e))
	}
	rules, err := owners.Mapping(entries)
	if err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	return rules, nil
}

// resolveRoots checks the folders of a source in the repository. A PHPUnit source
// has its own source root there.
func (s *source) resolveRoots(o *ownersConfig) error {
	if o != nil && len(s.Roots) == 0 {
		s.Roots = []string{"."}
		if s.PHPUnit != nil {
			top := o.in(*s).Repository
			root, err := filepath.Rel(realRoot(top), realRoot(s.PHPUnit.Root))
			if err != nil || !fs.ValidPath(filepath.ToSlash(root)) {
				return fmt.Errorf("its source root %s does not lie in the repository %s of the owners",
					s.PHPUnit.Root, top)
			}
			s.Roots = []string{filepath.ToSlash(root)}
		}
	}
	for i, root := range s.Roots {
		if s.Roots[i] = path.Clean(filepath.ToSlash(root)); !fs.ValidPath(s.Roots[i]) {
			return fmt.Errorf("roots: %q is no folder from the top of the repository", root)
		}
	}
	return nil
}

// in gives the owners of the files of a source, which may have a repository of its
// own.
func (o *ownersConfig) in(s source) *ownersConfig {
	own := *o
	own.Repository = cmp.Or(s.Repository, o.Repository)
	return &own
}

// ownersIn gives the owners of each repository of the configuration, that of the
// project first, if a source lies there.
func (c *config) ownersIn() (all []*ownersConfig) {
	for _, s := range c.Sources {
		own := c.Owners.in(s)
		same := func(o *ownersConfig) bool { return o.Repository == own.Repository }
		switch {
		case slices.ContainsFunc(all, same):
		case s.Repository == "":
			all = slices.Insert(all, 0, own)
		default:
			all = append(all, own)
		}
	}
	return all
}

// rules reads who owns what, and gives the name of where that stands.
func (o *ownersConfig) rules() (rules *owners.Rules, from string, err error) {
	if len(o.Map) > 0 {
		rules, err = o.mapping()
		return rules, "map", err
	}
	file := o.File
	if file == "" {
		found, err := owners.Find(os.DirFS(o.Repository))
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", o.Repository, err)
		}
		file = filepath.Join(o.Repository, filepath.FromSlash(found))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, "", err
	}
	return owners.Read(filepath.ToSlash(file), text, owners.Syntax(o.Syntax)), file, nil
}

// ruleBook has who owns what in each repository, by its folder.
type ruleBook map[string]*owners.Rules

// readOwners reads who owns what and warns of lines that were skipped. It gives
// nil if the configuration says nothing of owners.
func (a *app) readOwners(c *config) (ruleBook, error) {
	if c == nil || c.Owners == nil {
		return nil, nil
	}
	book, warned := ruleBook{}, map[string]bool{}
	for _, o := range c.ownersIn() {
		rules, from, err := o.rules()
		if err != nil {
			return nil, fmt.Errorf("owners: %w", err)
		}
		if book[o.Repository] = rules; !warned[from] {
			warned[from] = true
			a.warnOfLines(from, rules.Problems)
		}
	}
	return book, nil
}

// warnOfLines names lines that were skipped, not too many.
func (a *app) warnOfLines(from string, problems []owners.Problem) {
	const most = 10
	for i, problem := range problems {
		if i == most {
			a.warn("%s: %s", from, plural(int64(len(problems)-most), "further line")+" skipped")
			break
		}
		a.warn("%s: %v; skipped", from, problem)
	}
}

// owning gives the rows of one source their owners.
type owning struct {
	tree      owners.Tree
	unmatched map[[2]string]bool // files, by module and path
	first     string             // of them, "path: why"
}

// owningFor prepares for the rows of a platform. It gives nil if nobody has looked
// for the owners in its repository.
func (c *config) owningFor(platform string, book ruleBook) *owning {
	if book == nil {
		return nil
	}
	roots, top := []string{"."}, c.Owners.Repository
	for _, s := range c.Sources {
		if s.Platform == platform {
			roots, top = s.Roots, c.Owners.in(s).Repository
		}
	}
	if book[top] == nil {
		return nil
	}
	return &owning{tree: owners.Tree{Rules: book[top], Repository: os.DirFS(top), Roots: roots}}
}

// underTargets are the formats that list a file under each target of Xcode that has
// it. It is one file all the same, as in reports/sql/week.sql.
var underTargets = []string{"xcov", "xcov_core", "xccov_report", "xccov_archive"}

// own fills in the owners of a row. The total of a build has none.
func (o *owning) own(row *coverage.Row, format string) error {
	if o == nil || row.Path == "" {
		return nil
	}
	names, why, err := o.tree.Of(row.Path)
	if err != nil {
		return fmt.Errorf("owners: %w", err)
	}
	most := loaders.MostOctets("owner_name")
	if row.Owners = strings.Join(names, " "); len(row.Owners) > most {
		return fmt.Errorf("owners: %s has owners of %d octets together, and a row keeps %d; name a team",
			row.Path, len(row.Owners), most)
	}
	if why != "" {
		if len(o.unmatched) == 0 {
			o.unmatched, o.first = map[[2]string]bool{}, row.Path+": "+why
		}
		module := row.Module
		if slices.Contains(underTargets, format) {
			module = ""
		}
		o.unmatched[[2]string{module, row.Path}] = true
	}
	return nil
}

// sayUnmatched names what could not be found in the repository.
func (a *app) sayUnmatched(name string, o *owning) {
	if o == nil || len(o.unmatched) == 0 {
		return
	}
	a.warn("%s: %s not found in the repository, so the owner is %s, "+
		"the first is %s; covpipe query unmatched lists them",
		name, plural(int64(len(o.unmatched)), "file"), owners.Unmatched, o.first)
	o.unmatched = nil
}

// ownRows gives the rows of a source their owners. If that fails, none has any:
// what was measured is kept all the same, and the source lacks its owners.
func (a *app) ownRows(m *measured, o *owning) {
	for i := range m.rows {
		if err := o.own(&m.rows[i], m.origin.Format); err != nil {
			for n := range m.rows {
				m.rows[n].Owners = ""
			}
			a.complain(fmt.Errorf("%s: %w", m.source.Name, err))
			m.lacking = append(m.lacking, "no owners")
			return
		}
	}
	a.sayUnmatched(m.source.Name, o)
}

// ownedRows gives rows their owners while they are read.
func (a *app) ownedRows(name, format string, rows coverage.Rows, o *owning) coverage.Rows {
	if o == nil {
		return rows
	}
	return func(yield func(coverage.Row, error) bool) {
		for row, err := range rows {
			if err == nil {
				err = o.own(&row, format)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
		a.sayUnmatched(name, o)
	}
}

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/owners"
	"github.com/covpipe/covpipe/sharding"
)

// findings are what init has found in a folder. Paths count from it.
type findings struct {
	Project, ProjectFrom string
	FileLink             string // the template of a file's address at the remote; empty if it is not known
	TimeZone             string // empty if the machine does not name one
	Owners               string // the CODEOWNERS; empty if there is none
	Repository           string // the top folder of the repository
	PHPUnit              []foundProject
	Reports              []foundReport
	Hints                []foundReport // platforms whose report is not there yet
	Jenkins              string        // a Jenkinsfile
	Remarks              []string      // what people should know
	Ignore               string        // what belongs into .gitignore; empty if it is there, or there is no git

	dir string // absolute
}

// foundProject is a PHPUnit project.
type foundProject struct {
	Name, File, Dir string
	Suites, Code    []string // in words
	Tests, PHPUnit  string   // keys that the defaults are wrong for; else empty
	Damage          string   // why its phpunit.xml could not be read; else empty
}

// foundReport is a report, or where one would be.
type foundReport struct{ Name, File, Remark string }

func (f *findings) names() (names []string) {
	for _, p := range f.PHPUnit {
		names = append(names, p.Name)
	}
	for _, r := range f.Reports {
		names = append(names, r.Name)
	}
	return names
}

// deepest is how many folders below the configuration init looks.
const deepest = 4

// foreign are folders that hold no source of this repository.
var foreign = []string{
	"vendor", "node_modules", "Pods", "Carthage", "DerivedData", "build", "bin", "var", "storage", "cache", "testdata",
}

// look finds what can be measured in dir.
func (a *app) look(dir string) (*findings, error) {
	f := &findings{dir: dir}
	var projects, gradle, xcode []string // folders
	var xcov []string                    // files
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrPermission) && path != dir:
			f.Remarks = append(f.Remarks, f.rel(path)+": it may not be read, and was passed over")
			return fs.SkipDir
		case err != nil:
			return err // and there is no entry
		}
		name := entry.Name()
		switch {
		case !entry.IsDir():
			return nil
		case path != dir && (strings.HasPrefix(name, ".") || slices.Contains(foreign, name)):
			return fs.SkipDir
		case strings.HasSuffix(name, ".xcodeproj"), strings.HasSuffix(name, ".xcworkspace"):
			xcode = append(xcode, path)
			return fs.SkipDir
		}
		if file := filepath.Join(path, "report.json"); isRegular(file) {
			xcov = append(xcov, file)
		}
		build := filepath.Join(path, "build.gradle")
		if mentions(build, "jacoco") || mentions(build+".kts", "jacoco") {
			gradle = append(gradle, path)
		}
		inOther := func(above string) bool { return strings.HasPrefix(path, above+string(filepath.Separator)) }
		if hasPHPUnit(path) && !slices.ContainsFunc(projects, inOther) {
			projects = append(projects, path)
		}
		if depth := strings.Count(f.rel(path), "/"); path != dir && depth+1 >= deepest {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, project := range projects {
		f.addProject(project, len(projects) == 1)
	}
	f.addIOS(xcov, xcode)
	f.addAndroid(gradle)
	if isRegular(filepath.Join(dir, "Jenkinsfile")) {
		f.Jenkins = "Jenkinsfile"
	}
	f.TimeZone = a.timeZone()
	f.distinguish()
	return f, f.lookAround()
}

// distinguish gives reports whose name a PHPUnit project has another one.
func (f *findings) distinguish() {
	for i := range f.Reports {
		r := &f.Reports[i]
		if slices.ContainsFunc(f.PHPUnit, func(p foundProject) bool { return p.Name == r.Name }) {
			r.Name += "-app"
		}
	}
}

// lookAround finds what the repository tells: its name and its owners.
func (f *findings) lookAround() error {
	top, remote := gitRepository(f.dir)
	f.Project, f.ProjectFrom = filepath.Base(f.dir), "the folder's name"
	if remote != "" {
		f.Project, f.ProjectFrom = lastPart(remote), "the git remote "+remote
		f.FileLink = fileLink(remote)
	}
	f.Project = nameOf(f.Project, "project")
	git := top != ""
	if !git {
		top = f.dir
	}
	f.Repository = f.rel(top)
	ignores := func(dir string) bool { return mentions(filepath.Join(dir, ".gitignore"), "covpipe") }
	if git && !ignores(top) && !ignores(f.dir) {
		f.Ignore = ".covpipe/ and coverage.duckdb*"
	}
	switch file, err := owners.Find(os.DirFS(top)); {
	case err == nil:
		f.Owners = file
	case !errors.Is(err, owners.ErrNone):
		return fmt.Errorf("%s: %w", top, err)
	}
	return nil
}

// addProject adds the PHPUnit project of a folder.
func (f *findings) addProject(dir string, only bool) {
	p := foundProject{Name: "php", Dir: f.rel(dir)}
	if !only {
		p.Name = nameOf(strings.ReplaceAll(p.Dir, "/", "-"), "platform")
	}
	about, err := sharding.Suite{Dir: dir}.Describe()
	p.File = f.rel(about.Config)
	if err != nil {
		p.Damage = err.Error()
		f.Remarks = append(f.Remarks, p.Damage)
	}
	for _, suite := range about.Suites {
		p.Suites = append(p.Suites, suite.Name+": "+strings.Join(f.relAll(suite.Paths), ", "))
	}
	p.Code = f.relAll(about.Code)
	if err == nil && len(p.Code) == 0 {
		const nothing = ": it names no code to measure, so PHPUnit would write no report; "
		f.Remarks = append(f.Remarks, p.File+nothing+includeAdvice)
	}
	if len(about.Suites) == 0 && !isFolder(filepath.Join(dir, "tests")) {
		for _, name := range []string{"test", "Tests", "Test"} {
			if isFolder(filepath.Join(dir, name)) {
				p.Tests = name
				break
			}
		}
	}
	if !isRegular(filepath.Join(dir, "vendor/bin/phpunit")) {
		for _, script := range []string{"bin/phpunit", "vendor/bin/simple-phpunit", "tools/phpunit", "phpunit.phar"} {
			if isRegular(filepath.Join(dir, script)) {
				p.PHPUnit = script
				break
			}
		}
	}
	f.PHPUnit = append(f.PHPUnit, p)
}

// nameOf makes a name that rows may have in a column of what a folder is called:
// its end, if it is too long.
func nameOf(text, column string) string {
	name := strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return '-'
		}
		return c
	}, text)
	if most := loaders.MostOctets(column); len(name) > most {
		name = strings.ToValidUTF8(name[len(name)-most:], "")
	}
	return name
}

// includeAdvice is what to do about a phpunit.xml without an include list.
const includeAdvice = "give it <source><include><directory>src</directory></include></source>, or " +
	"<coverage><include>… before PHPUnit 10"

// rel is a path as it counts from the folder, with slashes.
func (f *findings) rel(path string) string { return filepath.ToSlash(relative(f.dir, path)) }

func (f *findings) relAll(paths []string) (all []string) {
	for _, path := range paths {
		all = append(all, f.rel(path))
	}
	return all
}

func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// mentions tells whether a file has a word.
func mentions(file, word string) bool {
	text, err := os.ReadFile(file)
	return err == nil && strings.Contains(strings.ToLower(string(text)), word)
}

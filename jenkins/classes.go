package jenkins

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync"
)

// ErrTooMany is returned for a build with more classes than allowed.
var ErrTooMany = errors.New("the build has more classes than allowed")

// crawlers is how many pages of one Jenkins are asked for at a time: it may have
// to analyse the build for the first, and has other work.
const crawlers = 4

// childTree names the counters of a package or a class that its rows need.
const childTree = "lineCoverage[covered,missed],methodCoverage[covered,missed],branchCoverage[covered,missed]," +
	"instructionCoverage[covered,missed],classCoverage[covered,missed],complexityScore[covered,missed]"

// classesDocument is jacoco-classes.json, a document of our own: what the JaCoCo
// plugin serves of a build, its packages and their classes, in the order and by
// the names of its pages. Counters are the plugin's beans, as they came.
//
//	{"build": {"_class": "…CoverageReport", "lineCoverage": {"covered": 318, "missed": 118}, …},
//	 "packages": [{"name": "com.example.shop", "counters": {"lineCoverage": …},
//	   "classes": [{"name": "Cart", "counters": …}, {"name": "Cart$Line", "counters": …}]}]}
type classesDocument struct {
	Build    json.RawMessage   `json:"build"`
	Packages []packageDocument `json:"packages"`
}

type packageDocument struct {
	Name     string          `json:"name"` // with dots, or "(default)"
	Counters json.RawMessage `json:"counters"`
	Classes  []classDocument `json:"classes"`
}

type classDocument struct {
	Name     string          `json:"name"` // within the package: Outer$Inner
	Counters json.RawMessage `json:"counters"`
}

// SaveClasses saves the counters of every package and class of a build in one
// document, see classesDocument, and gives the number of classes. The API has no
// list of them, so their names are read from the plugin's pages, and each has a
// request of its own; a build of more than MaxClasses is [ErrTooMany]. It is all
// of them or an error.
func (s Server) SaveClasses(ctx context.Context, b Build, file string) (classes int, err error) {
	document, err := s.crawl(ctx, s.buildURL(b.Job, fmt.Sprint(b.Number))+"/jacoco")
	if err == nil {
		err = saveJSON(file, document)
	}
	if err != nil {
		return 0, fmt.Errorf("jenkins: JaCoCo classes of build %d of %s: %w", b.Number, b.Job, err)
	}
	for _, p := range document.Packages {
		classes += len(p.Classes)
	}
	return classes, nil
}

func (s Server) crawl(ctx context.Context, root string) (*classesDocument, error) {
	names, err := s.children(ctx, root)
	if err != nil {
		return nil, err
	}
	limit := s.MaxClasses
	if limit == 0 {
		limit = 5000
	}
	if len(names) > limit { // a package that is listed has a class
		return nil, fmt.Errorf("%w: %d packages, of %d classes", ErrTooMany, len(names), limit)
	}
	document := &classesDocument{Packages: make([]packageDocument, len(names))}
	if document.Build, err = s.counters(ctx, root); err != nil {
		return nil, err
	}
	err = each(ctx, len(names), func(ctx context.Context, i int) error {
		p := &document.Packages[i]
		p.Name = names[i]
		classes, err := s.children(ctx, root+"/"+url.PathEscape(p.Name))
		if err != nil {
			return err
		}
		for _, name := range classes {
			p.Classes = append(p.Classes, classDocument{Name: name})
		}
		p.Counters, err = s.counters(ctx, root+"/"+url.PathEscape(p.Name))
		return err
	})
	if err != nil {
		return nil, err
	}
	type place struct{ pkg, class int }
	var places []place
	for i, p := range document.Packages {
		for k := range p.Classes {
			places = append(places, place{i, k})
		}
	}
	if len(places) > limit {
		return nil, fmt.Errorf("%w: %d, of %d", ErrTooMany, len(places), limit)
	}
	return document, each(ctx, len(places), func(ctx context.Context, i int) (err error) {
		p := &document.Packages[places[i].pkg]
		class := &p.Classes[places[i].class]
		class.Counters, err = s.counters(ctx, root+"/"+url.PathEscape(p.Name)+"/"+url.PathEscape(class.Name))
		return err
	})
}

// children lists what the index page of a build or a package links to.
func (s Server) children(ctx context.Context, address string) ([]string, error) {
	page, err := s.get(ctx, address+"/", acceptPage)
	if err != nil {
		return nil, err
	}
	names, err := breakdown(page)
	if err != nil {
		return nil, fmt.Errorf("%s/: %w", address, err)
	}
	return names, nil
}

// counters fetches a bean of the plugin.
func (s Server) counters(ctx context.Context, address string) (json.RawMessage, error) {
	address += "/api/json?tree=" + url.QueryEscape(childTree)
	bean, err := s.get(ctx, address, acceptJSON)
	if err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, bean); err != nil {
		return nil, fmt.Errorf("%s: %w", plain(address), err)
	}
	return compact.Bytes(), nil
}

// each calls do for 0 to n-1, a few at a time. The first error ends the context
// of all others and is returned.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	todo := make(chan int)
	for range min(crawlers, n) {
		running.Go(func() {
			for i := range todo {
				if err := do(ctx, i); err != nil {
					cancel(err) // the first cause is kept
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		select {
		case todo <- i:
		case <-ctx.Done():
		}
	}
	close(todo)
	running.Wait()
	return context.Cause(ctx)
}

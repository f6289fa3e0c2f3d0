package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/reports"
)

// Times of a change in the warehouse.
const (
	lookEvery   = 2 * time.Second // how often it is looked for
	waitForRead = 5 * time.Second // for which a reader waits for the new pages, before the old ones are shown
	longestRead = 5 * time.Minute
)

// liveSite is a handler that shows the pages of a warehouse as it is now.
type liveSite struct {
	app      *app
	place    string
	config   *config // may be nil
	options  siteOptions
	loopback bool // only this machine can reach it

	sync.Mutex                      // guards what follows
	pages, before map[string][]byte // the newest, and those that a browser may still have open
	print         string            // fingerprint of the warehouse that they show
	looked        time.Time
	reading       chan struct{} // closed when the reading that goes on is done; nil: none does
}

// read makes the pages anew if the warehouse has changed, which is open no longer
// than it is read.
func (s *liveSite) read(ctx context.Context) error {
	options, err := s.app.placeOptions()
	if err != nil {
		return err
	}
	print, err := loaders.Fingerprint(ctx, s.place, options) // before reading, so that no change is missed
	if err != nil {
		return err
	}
	s.Lock()
	same := print == s.print
	s.Unlock()
	if same {
		return nil
	}
	pages, err := s.app.sitePages(ctx, s.place, s.config, s.options)
	if err != nil {
		return err
	}
	s.Lock()
	defer s.Unlock()
	s.pages, s.before, s.print = pages, s.pages, print
	return nil
}

// look begins to read if that is due, and waits for a while until it is done. If
// the warehouse cannot be read, the pages stay as they were.
func (s *liveSite) look(ctx context.Context) {
	s.Lock()
	if s.reading == nil && s.app.now().Sub(s.looked) >= lookEvery {
		done := make(chan struct{})
		s.reading = done
		go func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestRead)
			defer cancel()
			err := s.read(ctx)
			s.Lock()
			s.looked, s.reading = s.app.now(), nil
			s.Unlock()
			close(done)
			if err != nil {
				s.app.warn("the pages stay as they were: %v", err)
			}
		}()
	}
	reading := s.reading
	s.Unlock()
	if reading == nil {
		return
	}
	wait := time.NewTimer(waitForRead)
	defer wait.Stop()
	select {
	case <-reading:
	case <-wait.C:
	case <-ctx.Done():
	}
}

// file gives one of the pages, or what belongs to them; nil if there is none.
func (s *liveSite) file(name string) []byte {
	s.Lock()
	defer s.Unlock()
	if content := s.pages[name]; content != nil || !strings.HasPrefix(name, "assets/") {
		return content
	}
	return s.before[name]
}

// sitePolicy is what the pages say themselves, and that nobody may frame them.
const sitePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (s *liveSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", sitePolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD: these pages change nothing", http.StatusMethodNotAllowed)
		return
	case s.loopback && !isLocal(r.Host):
		// A name that some page has made to lead here, to read what is shown.
		http.Error(w, "this server answers to localhost only", http.StatusMisdirectedRequest)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = reports.SiteIndex
	}
	if path.Ext(name) == ".html" {
		s.look(r.Context())
	}
	content := s.file(name)
	if content == nil {
		http.Error(w, "there is no such page", http.StatusNotFound)
		return
	}
	header.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") && path.Ext(name) != ".txt" { // the name has a hash of the content
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	hash := sha256.Sum256(content)
	header.Set("ETag", `"`+hex.EncodeToString(hash[:16])+`"`)
	header.Set("Content-Type", siteTypes[path.Ext(name)])
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// siteTypes are the types of the files of a dashboard.
var siteTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
}

// isLocal tells whether the host of a request names this machine.
func isLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

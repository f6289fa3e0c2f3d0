package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// serving is covpipe serve, running in this process.
type serving struct {
	address string // with a slash at the end
	end     func() int
	said    *lockedBuffer
	clock   *steadyClock
}

// steadyClock goes on when it is told to.
type steadyClock struct {
	sync.Mutex
	at time.Time
}

func (c *steadyClock) now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.at
}

func (c *steadyClock) pass(d time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.at = c.at.Add(d)
}

type lockedBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.String()
}

// startServe runs covpipe serve until the test ends, and waits until it listens.
func startServe(t *testing.T, place string, args ...string) *serving {
	t.Helper()
	out, in := io.Pipe()
	s := &serving{said: &lockedBuffer{}, clock: &steadyClock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}}
	a := &app{stdout: in, stderr: s.said, environ: []string{"COVPIPE_CONFIG="}, now: s.clock.now}
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		code <- a.main(ctx, append([]string{"serve", "--listen", "127.0.0.1:0", "--warehouse", place}, args...))
		in.CloseWithError(io.EOF) // never fails
	}()
	s.end = sync.OnceValue(func() int {
		cancel()
		return <-code
	})
	t.Cleanup(func() { s.end() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, s.said)
	}
	s.address = strings.TrimSpace(line)
	return s
}

// get asks for a page and gives the answer: status, header and text.
func (s *serving) get(t *testing.T, method, name string, with func(*http.Request)) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.address+name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if with != nil {
		with(request)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(text)
}

func TestServeShowsThePagesOfTheDashboard(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	loads := eightWeeks()
	last := loads[len(loads)-1] // php in 2026-W47
	for n, load := range loads[:len(loads)-2] {
		loadRows(t, place, load.origin, load.rows, n)
	}
	s := startServe(t, place)

	b := startChromium(t).open(t, 1280, 900)
	b.open(s.address)
	b.want(`document.querySelector('h1').firstChild.textContent`, "Coverage in week 2026-W46 ")
	b.want(`document.querySelectorAll('#trend canvas').length`, 1.0)
	b.open(s.address + "files.html")
	b.do(chromedp.Click(chromedp.CSS(".file")))
	b.until(`document.querySelector('#detail table') !== null`)
	old := b.eval(`document.querySelector('#detail').dataset.past`).(string)
	b.quiet(s.address)

	// A load is not held up by it, and its week is shown at the next look.
	loadRows(t, place, last.origin, last.rows, len(loads))
	s.clock.pass(lookEvery)
	b.open(s.address)
	b.want(`document.querySelector('h1').firstChild.textContent`, "Coverage in week 2026-W47 ")
	if status, _, _ := s.get(t, http.MethodGet, old, nil); status != http.StatusOK {
		t.Errorf("what an open page still needs: status %d", status)
	}
	b.quiet(s.address)
	if code := s.end(); code != exitDone {
		t.Errorf("exit code %d: %s", code, s.said)
	}
}

func TestServeOnlyReadsAndSaysHowItMayBeUsed(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	load := eightWeeks()[0]
	loadRows(t, place, load.origin, load.rows, 0)
	s := startServe(t, place)
	_, page, text := s.get(t, http.MethodGet, "", nil)
	for header, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": sitePolicy,
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-cache",
	} {
		if got := page.Get(header); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
	_, script, _ := strings.Cut(text, `<script src="`)
	script, _, _ = strings.Cut(script, `"`)
	unchanged := func(r *http.Request) { r.Header.Set("If-None-Match", page.Get("ETag")) }
	for _, c := range []struct {
		method, name string
		with         func(*http.Request)
		status       int
	}{
		{http.MethodHead, "files.html", nil, http.StatusOK},
		{http.MethodGet, script, nil, http.StatusOK},
		{http.MethodGet, "", unchanged, http.StatusNotModified},
		{http.MethodGet, "", func(r *http.Request) { r.Host = "localhost:8080" }, http.StatusOK},
		{http.MethodGet, "", func(r *http.Request) { r.Host = "evil.example" }, http.StatusMisdirectedRequest},
		{http.MethodPost, "", nil, http.StatusMethodNotAllowed},
		{http.MethodGet, "covpipe-dashboard.txt", nil, http.StatusNotFound},
		{http.MethodGet, "../../etc/passwd", nil, http.StatusNotFound},
		{http.MethodGet, "assets/", nil, http.StatusNotFound},
	} {
		if status, _, _ := s.get(t, c.method, c.name, c.with); status != c.status {
			t.Errorf("%s %q: status %d, want %d", c.method, c.name, status, c.status)
		}
	}
	_, hashed, _ := s.get(t, http.MethodGet, script, nil)
	if !strings.Contains(hashed.Get("Cache-Control"), "immutable") {
		t.Error("what has a hash in its name is asked for again")
	}

	// Another one cannot have the same port, and says what to do.
	var problems bytes.Buffer
	a := &app{stdout: io.Discard, stderr: &problems, environ: []string{"COVPIPE_CONFIG="}, now: time.Now}
	address := strings.Trim(strings.TrimPrefix(s.address, "http://"), "/")
	if code := a.main(t.Context(), []string{"serve", "--listen", address, "--warehouse", place}); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(problems.String(), "address already in use\nhint: another process listens there") {
		t.Errorf("got %s", &problems)
	}
}

func TestServeWarnsWhenOthersCanReachIt(t *testing.T) {
	place := "duckdb:" + filepath.Join(t.TempDir(), "w.duckdb")
	load := eightWeeks()[0]
	loadRows(t, place, load.origin, load.rows, 0)
	s := startServe(t, place, "--listen", "0.0.0.0:0")
	if !strings.Contains(s.said.String(), "there is no login") {
		t.Errorf("it said %q", s.said)
	}
}

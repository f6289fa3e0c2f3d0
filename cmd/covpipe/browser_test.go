package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is a real browser, headless and without a network of its own.
type chromium struct{ ctx context.Context }

// startChromium runs until the test ends.
func startChromium(t testing.TB) chromium {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("COVPIPE_TEST_ALL") != "" {
			t.Fatal("chromium is not installed; make setup does it")
		}
		t.Skip("chromium is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx,
		chromedp.ExecPath(program), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.UserDataDir(t.TempDir()))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return chromium{ctx}
}

// browser is a page of Chromium, with what it has asked for and complained of.
type browser struct {
	t   testing.TB
	ctx context.Context

	sync      sync.Mutex
	addresses []string // of all requests
	problems  []string // errors on the console, exceptions and dialogs
}

// open makes a page that knows nothing of others.
func (c chromium) open(t testing.TB, width, height int64) *browser {
	t.Helper()
	b := &browser{t: t}
	var cancel context.CancelFunc
	b.ctx, cancel = chromedp.NewContext(c.ctx, chromedp.WithListener(b.hear), chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	b.do(chromedp.EmulateViewport(width, height))
	return b
}

// call runs a command of the protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}

// hear notes what the page does.
func (b *browser) hear(event any) {
	b.sync.Lock()
	defer b.sync.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.addresses = append(b.addresses, e.Request.URL)
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.problems = append(b.problems, "console: "+string(e.Type))
	case *log.EventEntryAdded:
		b.problems = append(b.problems, "log: "+e.Entry.Text+" "+e.Entry.URL)
	case *page.EventJavascriptDialogOpening:
		b.problems = append(b.problems, "dialog: "+e.Message)
	}
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// open goes to an address and waits until its scripts have run.
func (b *browser) open(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(address)) // the fragment alone would load nothing
}

// follow does what goes to another page, and waits for that.
func (b *browser) follow(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// eval gives what an expression is in the page.
func (b *browser) eval(expression string) any {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[any](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits until an expression is true.
func (b *browser) until(expression string) {
	b.t.Helper()
	poll := chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(20*time.Second))
	if _, err := chromedp.Run(b.ctx, poll); err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
}

// want compares what an expression is in the page.
func (b *browser) want(expression string, want any) {
	b.t.Helper()
	if got := b.eval(expression); got != want {
		b.t.Errorf("%s: got %v, want %v", expression, got, want)
	}
}

// reads compares the text of an element, with one space for any between words.
func (b *browser) reads(selector, want string) {
	b.t.Helper()
	b.want(fmt.Sprintf("document.querySelector(%q).textContent.replace(/\\s+/g, ' ').trim()", selector), want)
}

// says checks that the text of one of some elements has these words.
func (b *browser) says(selector, words string) {
	b.t.Helper()
	some := fmt.Sprintf("[...document.querySelectorAll(%q)].map(e => e.textContent.replace(/\\s+/g, ' '))", selector)
	b.want(fmt.Sprintf("%s.some(text => text.includes(%q))", some, words), true)
}

// quiet fails if the page complained of something, or asked for what does not lie
// under an address.
func (b *browser) quiet(under string) {
	b.t.Helper()
	b.sync.Lock()
	defer b.sync.Unlock()
	for _, problem := range b.problems {
		b.t.Error(problem)
	}
	if !slices.ContainsFunc(b.addresses, func(a string) bool { return strings.HasPrefix(a, under) }) {
		b.t.Errorf("nothing was asked of %s", under)
	}
	for _, address := range b.addresses {
		if !strings.HasPrefix(address, under) && address != "about:blank" {
			b.t.Errorf("the page asked for %s", address)
		}
	}
}

// shoot keeps a picture of the whole page in the folder that COVPIPE_SHOTS names,
// for people to look at.
func (b *browser) shoot(name string) {
	b.t.Helper()
	dir := os.Getenv("COVPIPE_SHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/"+name+".png", picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

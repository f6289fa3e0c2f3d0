package notifiers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// poster sends a letter as one HTTP request with a body of JSON. The address may
// be a secret, so no error shows more of it than its host.
type poster struct {
	name   string // in errors
	client *http.Client
	url    *url.URL
	token  string
	body   func(Letter) ([]byte, error)
}

func newPoster(name, address, token string, opt Options, body func(Letter) ([]byte, error)) (*poster, error) {
	if address == "" {
		return nil, fmt.Errorf("%s: %w", name, ErrSecret)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%s: %w: its address is no https://host/path", name, ErrPlace)
	}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client := &http.Client{
		Timeout: opt.Timeout, CheckRedirect: refuse,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true},
	}
	return &poster{name: name, client: client, url: u, token: token, body: body}, nil
}

// lastWord calls last before the first octet of a body is read: by then the
// server is connected, and cannot act on what it has of the request. What is told
// to end before that ends; after it the answer is waited for.
type lastWord struct {
	io.Reader
	ctx  context.Context
	last func() error
	said atomic.Bool
	err  error
}

func (l *lastWord) Read(p []byte) (int, error) {
	if l.said.CompareAndSwap(false, true) {
		if l.err = l.ctx.Err(); l.err == nil {
			l.err = l.last()
		}
	}
	if l.err != nil {
		return 0, l.err
	}
	return l.Reader.Read(p)
}

// Notify sends the letter. Its ID goes with it as Idempotency-Key, so that a
// receiver can tell one that it has already.
func (p *poster) Notify(ctx context.Context, letter Letter, last func() error) error {
	content, err := p.body(letter)
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	body := &lastWord{Reader: bytes.NewReader(content), ctx: ctx, last: last}
	connecting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		if !body.said.Load() {
			cancel()
		}
	})()
	request, err := http.NewRequestWithContext(connecting, http.MethodPost, p.url.String(), body)
	if err != nil {
		return fmt.Errorf("%s: %s: no such request", p.name, p.url.Host)
	}
	request.ContentLength = int64(len(content))
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("Idempotency-Key", oneLine(letter.ID))
	request.Header.Set("User-Agent", "covpipe")
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return p.failed(err, body)
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode/100 == 2:
		return nil
	case response.StatusCode == http.StatusBadGateway, response.StatusCode == http.StatusGatewayTimeout:
		// A proxy says so, and does not know what became of the request.
		return fmt.Errorf("%s: %s: %w: %s", p.name, p.url.Host, ErrUncertain, response.Status)
	}
	answer, _ := io.ReadAll(io.LimitReader(response.Body, 16<<10)) // only to tell why
	no := &RefusedError{
		Step: p.name + ": " + p.url.Host, Code: response.StatusCode, Text: said(string(answer), p.secrets()...),
		Temporary: response.StatusCode == http.StatusTooManyRequests ||
			response.StatusCode == http.StatusServiceUnavailable,
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		no.After = time.Duration(seconds) * time.Second
	}
	return no
}

// secrets are what a server may repeat of a request, and nobody else.
func (p *poster) secrets() []string {
	all := []string{p.token, p.url.String()}
	if path := p.url.RequestURI(); path != "/" {
		all = append(all, path)
	}
	return all
}

// failed says of a request without an answer whether it may have been read.
func (p *poster) failed(err error, body *lastWord) error {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err // without the address
	}
	switch {
	case body.err != nil:
		return body.err
	case body.said.Load():
		return fmt.Errorf("%s: %s: %w: %w", p.name, p.url.Host, ErrUncertain, err)
	}
	return fmt.Errorf("%s: %s: %w", p.name, p.url.Host, err)
}

func (p *poster) Close() error { return nil }

// openWebhook posts the letter's JSON, with what every letter has beside it.
func openWebhook(opt Options) (Notifier, error) {
	return newPoster("webhook", opt.WebhookURL, opt.WebhookToken, opt, func(letter Letter) ([]byte, error) {
		if !strings.HasPrefix(string(letter.JSON), "{") {
			return nil, errors.New("the letter has no JSON")
		}
		return letter.JSON, nil
	})
}

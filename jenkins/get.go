package jenkins

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/renameio/v2"
)

// StatusError is an answer other than 200.
type StatusError struct {
	URL    string // without a query
	Status int
	Login  bool // the answer asks to log in
	retry  error
}

// Unwrap tells backoff how long the server asks to wait.
func (e *StatusError) Unwrap() error { return e.retry }

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s: %d %s", e.URL, e.Status, http.StatusText(e.Status))
	if e.Login {
		text += ", authentication required"
	}
	return text
}

// Errors that a caller may tell apart.
var (
	ErrHTML     = errors.New("an HTML page instead of the document, perhaps a login page")
	ErrTooLarge = errors.New("the document is larger than allowed")
	ErrRedirect = errors.New("redirected to another host")
)

// accept tells whether a document of this media type is what was asked for.
type accept func(mediaType string) bool

func acceptJSON(mediaType string) bool { return mediaType == "application/json" }
func acceptPage(mediaType string) bool { return !acceptFile(mediaType) }
func acceptFile(mediaType string) bool {
	return mediaType != "text/html" && mediaType != "application/xhtml+xml"
}

// get fetches a document into memory.
func (s Server) get(ctx context.Context, address string, ok accept) ([]byte, error) {
	var document bytes.Buffer
	err := s.fetch(ctx, address, ok, func(body io.Reader) error {
		document.Reset()
		_, err := io.Copy(&document, body)
		return err
	})
	return document.Bytes(), err
}

// save fetches a document into a file, which is there whole or not at all.
func (s Server) save(ctx context.Context, address string, ok accept, file string) error {
	return s.fetch(ctx, address, ok, func(body io.Reader) error {
		pending, err := renameio.NewPendingFile(file)
		if err != nil {
			return backoff.Permanent(err)
		}
		defer pending.Cleanup()
		if _, err := io.Copy(pending, body); err != nil {
			return err
		}
		if err := pending.CloseAtomicallyReplace(); err != nil {
			return backoff.Permanent(err)
		}
		return nil
	})
}

// fetch sends a GET until keep has taken a whole document. It tries again after
// 429, 5xx and broken connections, since a GET changes nothing, and waits as
// long as Retry-After says.
func (s Server) fetch(ctx context.Context, address string, ok accept, keep func(io.Reader) error) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = cmp.Or(s.Pause, time.Second)
	pause.Multiplier = 2
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		return struct{}{}, s.once(ctx, address, ok, keep)
	}, backoff.WithNotify(s.Waiting), backoff.WithBackOff(pause),
		backoff.WithMaxTries(cmp.Or(s.Attempts, 5)), backoff.WithMaxElapsedTime(0))
	return err
}

func (s Server) once(ctx context.Context, address string, ok accept, keep func(io.Reader) error) error {
	limited, cancel := context.WithTimeout(ctx, cmp.Or(s.Timeout, 5*time.Minute))
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodGet, address, nil)
	if err != nil {
		return backoff.Permanent(err)
	}
	request.Header.Set("User-Agent", "covpipe")
	if s.User != "" || s.Token != "" {
		request.SetBasicAuth(s.User, s.Token) // Jenkins never asks for it first
	}
	response, err := s.client().Do(request)
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = fmt.Errorf("%s: %w", plain(address), wrapped.Err)
	}
	if err != nil {
		if errors.Is(err, ErrRedirect) || ctx.Err() != nil {
			return backoff.Permanent(err)
		}
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return statusError(response)
	}
	mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if !ok(mediaType) {
		if !acceptFile(mediaType) {
			return backoff.Permanent(fmt.Errorf("%s: %w", plain(address), ErrHTML))
		}
		return backoff.Permanent(fmt.Errorf("%s: media type %q is not what was asked for", plain(address), mediaType))
	}
	limit := cmp.Or(s.MaxBytes, 1<<30)
	if response.ContentLength > limit {
		return backoff.Permanent(fmt.Errorf("%s: %w: %d octets, of %d",
			plain(address), ErrTooLarge, response.ContentLength, limit))
	}
	body := &limitedReader{from: response.Body, left: limit}
	if err := keep(body); err != nil {
		if errors.Is(err, ErrTooLarge) || ctx.Err() != nil {
			return backoff.Permanent(fmt.Errorf("%s: %w", plain(address), err))
		}
		return fmt.Errorf("%s: %w", plain(address), err)
	}
	return nil
}

// client follows redirects within the host only, so that a token never goes
// elsewhere and a login page elsewhere is not taken for a document.
func (s Server) client() *http.Client {
	client := http.Client{}
	if s.HTTP != nil {
		client = *s.HTTP
	}
	client.CheckRedirect = func(request *http.Request, via []*http.Request) error {
		if request.URL.Host != via[0].URL.Host || request.URL.Scheme != via[0].URL.Scheme {
			return fmt.Errorf("%w, %s", ErrRedirect, request.URL.Host)
		}
		if len(via) >= 5 {
			return backoff.Permanent(errors.New("redirected more than five times"))
		}
		return nil
	}
	return &client
}

const loginMark = "Authentication required"

func statusError(response *http.Response) error {
	head, _ := io.ReadAll(io.LimitReader(response.Body, 16<<10)) // only to tell why; the status is the error
	err := &StatusError{URL: plain(response.Request.URL.String()), Status: response.StatusCode,
		Login: response.StatusCode == http.StatusUnauthorized || strings.Contains(string(head), loginMark)}
	switch {
	case response.StatusCode == http.StatusTooManyRequests, response.StatusCode >= 500:
		seconds, parseErr := strconv.Atoi(response.Header.Get("Retry-After"))
		if parseErr == nil && seconds >= 0 && seconds <= 600 {
			err.retry = backoff.RetryAfter(seconds)
		}
		return err
	}
	return backoff.Permanent(err)
}

// plain is an address without its query, to show.
func plain(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}
	parsed.RawQuery, parsed.User = "", nil
	return parsed.String()
}

type limitedReader struct {
	from io.Reader
	left int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.from.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, ErrTooLarge
	}
	return n, err
}

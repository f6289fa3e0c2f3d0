package notifiers

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Event is something that happened at a time, as graphite-web keeps it.
type Event struct {
	What string    `json:"what"`
	Tags []string  `json:"tags"` // without spaces
	At   time.Time `json:"-"`
	Data string    `json:"data"`
}

// eventTag is on all events of ours, so that they are found again.
const eventTag = "covpipe"

// SendEvents posts events to a graphite-web at an address such as
// https://graphite.example.com, but not those that it has already. opt gives the
// user and password, if it wants any. It returns how many were new.
func SendEvents(ctx context.Context, web string, events []Event, opt Options) (added int, err error) {
	if len(events) == 0 {
		return 0, nil
	}
	base, err := webAddress(web)
	if err != nil {
		return 0, err
	}
	err = retried(ctx, opt, func() error {
		n, err := sendEvents(ctx, base, events, opt)
		added += n
		return err
	})
	return added, err
}

// CheckEvents tells whether web is the address of a graphite-web. Its error does
// not repeat one that holds a password.
func CheckEvents(web string) error {
	_, err := webAddress(web)
	return err
}

func webAddress(web string) (*url.URL, error) {
	base, err := url.Parse(web)
	if err == nil && base.User != nil {
		return nil, fmt.Errorf("%w: it holds a user or password; secrets come from the environment", ErrPlace)
	}
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("%w: graphite-web is at an address such as https://graphite.example.com", ErrPlace)
	}
	return base, nil
}

// webClient follows no redirect: a POST would become a GET, and its answer would
// look as if the event were kept.
func webClient(opt Options) *http.Client {
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Timeout: cmp.Or(opt.Timeout, defaultTimeout), CheckRedirect: refuse}
}

// sendEvents posts the events that graphite-web does not have. Called again after
// an error it goes on with the rest.
func sendEvents(ctx context.Context, base *url.URL, events []Event, opt Options) (added int, err error) {
	client := webClient(opt)
	known, err := knownEvents(ctx, client, base, events, opt)
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		e.Tags = append([]string{eventTag}, e.Tags...)
		if known[eventKey{e.What, e.At.Unix()}] {
			continue
		}
		body, err := json.Marshal(struct {
			Event
			When int64 `json:"when"`
		}{e, e.At.Unix()})
		if err != nil {
			return added, err
		}
		if _, err := askWeb(ctx, client, http.MethodPost, base.JoinPath("events", "/"), body, opt); err != nil {
			return added, err
		}
		known[eventKey{e.What, e.At.Unix()}] = true
		added++
	}
	return added, nil
}

type eventKey struct {
	what string
	at   int64
}

// knownEvents asks for the events of ours between the first and the last.
func knownEvents(
	ctx context.Context, client *http.Client, base *url.URL, events []Event, opt Options,
) (map[eventKey]bool, error) {
	byTime := func(a, b Event) int { return a.At.Compare(b.At) }
	first, last := slices.MinFunc(events, byTime).At, slices.MaxFunc(events, byTime).At
	address := base.JoinPath("events", "get_data")
	address.RawQuery = url.Values{
		"tags": {eventTag},
		"from": {strconv.FormatInt(first.Unix()-1, 10)}, "until": {strconv.FormatInt(last.Unix()+1, 10)},
	}.Encode()
	answer, err := askWeb(ctx, client, http.MethodGet, address, nil, opt)
	if err != nil {
		return nil, err
	}
	var found []struct {
		What string `json:"what"`
		When int64  `json:"when"`
	}
	if err := json.Unmarshal(answer, &found); err != nil {
		return nil, fmt.Errorf("graphite-web: %s: its answer is no list of events: %w", base.Host, err)
	}
	known := map[eventKey]bool{}
	for _, e := range found {
		known[eventKey{e.What, e.When}] = true
	}
	return known, nil
}

func askWeb(
	ctx context.Context, client *http.Client, method string, address *url.URL, body []byte, opt Options,
) ([]byte, error) {
	where := "graphite-web: " + address.Host + "/" + strings.TrimPrefix(address.Path, "/")
	request, err := http.NewRequestWithContext(ctx, method, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if opt.User != "" {
		request.SetBasicAuth(opt.User, opt.Password)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(request)
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err // the rest is the query
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err == nil && response.StatusCode/100 != 2 {
		code := response.StatusCode
		text := http.StatusText(code)
		if to, err := response.Location(); err == nil {
			text += " to " + to.Scheme + "://" + to.Host + to.Path + "; name that address"
		}
		busy := code == http.StatusTooManyRequests || code >= 500
		err = &RefusedError{Step: where, Code: code, Text: text, Temporary: busy}
	}
	return answer, err
}

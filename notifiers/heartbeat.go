package notifiers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Beat is what a ping says of a job.
type Beat string

// The beats, by what they add to the path of the address.
const (
	Began     Beat = "start"
	Succeeded Beat = ""
	Failed    Beat = "fail"
)

// Heartbeat pings a service that raises an alarm when a ping does not come. It
// does so in the way of healthchecks.io, which others have taken up: a GET of
// the address is success, of ADDRESS/start the start, of ADDRESS/fail a failure.
type Heartbeat struct {
	url   *url.URL // a secret: whoever has it can send pings
	pause time.Duration
	limit time.Duration
}

// NewHeartbeat gives the heartbeat of an address. No error shows the address.
func NewHeartbeat(address string) (*Heartbeat, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the address is no https://host/path")
	}
	return &Heartbeat{url: u, pause: time.Second, limit: 5 * time.Second}, nil
}

// Host is the part of the address that is no secret.
func (h *Heartbeat) Host() string { return h.url.Host }

// Ping sends one beat. It tries up to three times, and takes no more than about
// 20 seconds. An error shows no more of the address than its host.
func (h *Heartbeat) Ping(ctx context.Context, beat Beat) error {
	address := h.url.JoinPath()
	if beat != Succeeded {
		address = h.url.JoinPath(string(beat))
	}
	client := &http.Client{
		Timeout:       h.limit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = h.pause
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		return struct{}{}, h.once(ctx, client, address.String())
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(3), backoff.WithMaxElapsedTime(0))
	if err != nil {
		return fmt.Errorf("%s: ping %q: %w", h.url.Host, cmp.Or(string(beat), "success"), err)
	}
	return nil
}

func (h *Heartbeat) once(ctx context.Context, client *http.Client, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return backoff.Permanent(errors.New("no such request"))
	}
	request.Header.Set("User-Agent", "covpipe")
	response, err := client.Do(request)
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err // the rest of the text is the address
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch code := response.StatusCode; {
	case code/100 == 2:
		return nil
	case code == http.StatusTooManyRequests, code >= 500:
		return errors.New(response.Status)
	default:
		return backoff.Permanent(errors.New(response.Status))
	}
}

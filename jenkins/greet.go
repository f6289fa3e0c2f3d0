package jenkins

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Greeting is what a Jenkins says of itself and of who asks.
type Greeting struct {
	Version string    // of Jenkins; empty if the answer does not say, as behind some proxies
	User    string    // as whom it sees us; "anonymous" without a token
	Date    time.Time // its clock; zero if the answer does not say
}

// ErrNoJenkins is returned by [Server.Greet] for an address at which something
// else answers.
var ErrNoJenkins = errors.New("something answers there, and it is no Jenkins")

// Greet asks a Jenkins who we are, which needs no permission. It asks once. A
// user or token that it does not know is a [StatusError] with Login.
func (s Server) Greet(ctx context.Context) (g Greeting, err error) {
	s.Attempts = 1
	address := strings.TrimRight(s.URL, "/") + "/whoAmI/api/json?tree=name"
	client := s.client()
	var header http.Header
	s.HTTP = &http.Client{Timeout: client.Timeout, Jar: client.Jar, Transport: &listener{client.Transport, &header}}
	document, err := s.get(ctx, address, acceptJSON)
	g.Version = header.Get("X-Jenkins")
	g.Date, _ = http.ParseTime(header.Get("Date")) // zero if there is none
	if err == nil {
		var who struct{ Name *string }
		if json.Unmarshal(document, &who) == nil && who.Name != nil {
			g.User = *who.Name
			return g, nil
		}
		err = fmt.Errorf("%s: %w", plain(address), ErrNoJenkins)
	} else if status := (*StatusError)(nil); errors.As(err, &status) &&
		status.Status == http.StatusNotFound && g.Version == "" {
		err = fmt.Errorf("%w: %w", ErrNoJenkins, err)
	}
	return g, fmt.Errorf("jenkins: %w", err)
}

// listener keeps the header of the last answer.
type listener struct {
	http.RoundTripper
	header *http.Header
}

func (l *listener) RoundTrip(request *http.Request) (*http.Response, error) {
	transport := l.RoundTripper
	if transport == nil {
		transport = http.DefaultTransport
	}
	response, err := transport.RoundTrip(request)
	if err == nil {
		*l.header = response.Header
	}
	return response, err
}

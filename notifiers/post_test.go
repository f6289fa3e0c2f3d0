package notifiers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// slackServer is strict where Slack is.
func slackServer(t *testing.T, got *[]string) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var message struct {
			Text   string `json:"text"`
			Blocks []struct {
				Type string `json:"type"`
				Text struct{ Type, Text string }
			} `json:"blocks"`
			Links *bool `json:"unfurl_links"`
			Media *bool `json:"unfurl_media"`
		}
		strict := json.NewDecoder(strings.NewReader(string(body)))
		strict.DisallowUnknownFields()
		switch {
		case r.URL.Path != "/services/T0/B0/secret":
			http.Error(w, "no_service", http.StatusNotFound)
			return
		case err != nil || r.Method != http.MethodPost ||
			!strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") ||
			strict.Decode(&message) != nil:
			http.Error(w, "invalid_payload", http.StatusBadRequest)
			return
		case message.Text == "" || len(message.Blocks) < 2 || len(message.Blocks) > 50:
			http.Error(w, "invalid_blocks", http.StatusBadRequest)
			return
		}
		for i, b := range message.Blocks {
			if b.Text.Text == "" || len([]rune(b.Text.Text)) > 3000 ||
				i == 0 && (b.Type != "header" || b.Text.Type != "plain_text" ||
					len([]rune(b.Text.Text)) > 150) ||
				i > 0 && (b.Type != "section" || b.Text.Type != "mrkdwn") {
				http.Error(w, "invalid_blocks", http.StatusBadRequest)
				return
			}
		}
		*got = append(*got, string(body))
		_, _ = io.WriteString(w, "ok")
	}))
	t.Cleanup(server.Close)
	return server
}

func TestSlackTakesTheLetter(t *testing.T) {
	var got []string
	server := slackServer(t, &got)
	letter := sample("team@example.com")
	letter.Subject = strings.Repeat("ü", 400)
	n := open(t, "slack", Options{SlackURL: server.URL + "/services/T0/B0/secret"})
	if err := n.Notify(t.Context(), letter, func() error { return nil }); err != nil || len(got) != 1 {
		t.Errorf("got %v, %q", err, got)
	}
}

func TestASecretAddressIsInNoError(t *testing.T) {
	server := slackServer(t, new([]string))
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, address := range []string{
		server.URL + "/services/wrong", gone.URL + "/services/wrong", "wrong", "ftp://a/wrong", "http://[wrong",
	} {
		n, err := Open("slack:", Options{SlackURL: address})
		if err == nil {
			err = n.Notify(t.Context(), sample("team@example.com"), func() error { return nil })
		}
		if err == nil || strings.Contains(err.Error(), "wrong") || errors.Is(err, ErrUncertain) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := Open("slack", Options{}); !errors.Is(err, ErrSecret) {
		t.Errorf("got %v", err)
	}
}

func TestAWebhookSaysWhetherItHasTheLetter(t *testing.T) {
	for name, c := range map[string]struct {
		answer               http.HandlerFunc
		uncertain, temporary bool
		after                time.Duration
	}{
		"not found": {func(w http.ResponseWriter, _ *http.Request) { http.NotFound(w, nil) }, false, false, 0},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login", http.StatusFound)
		}, false, false, 0},
		"server error": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, false, false, 0},
		"bad gateway":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, true, false, 0},
		"too many": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(429)
		}, false, true, 30 * time.Second},
		"hangs up": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.Close()
		}, true, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.answer)
			defer server.Close()
			n := open(t, "webhook", Options{WebhookURL: server.URL})
			err := n.Notify(t.Context(), sample("team@example.com"), func() error { return nil })
			var no *RefusedError
			if err == nil || errors.Is(err, ErrUncertain) != c.uncertain || Temporary(err) != c.temporary {
				t.Errorf("got %v", err)
			}
			if errors.As(err, &no) && no.After != c.after {
				t.Errorf("got %v", no.After)
			}
		})
	}
}

func TestAWebhookGetsTheLetterAsData(t *testing.T) {
	var key, token, body string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		key, token, body = r.Header.Get("Idempotency-Key"), r.Header.Get("Authorization"), string(text)
	}))
	defer server.Close()
	n := open(t, "webhook:", Options{WebhookURL: server.URL, WebhookToken: "sesame"})
	if err := n.Notify(t.Context(), sample("team@example.com"), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if key != "covpipe.2026-W47.0123@example.com" || token != "Bearer sesame" || body != `{"format":"x"}` {
		t.Errorf("got %q, %q, %q", key, token, body)
	}
}

func TestARunThatIsToldToEndWaitsForAnAnswerThatIsOnItsWay(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		cancel()
	}))
	defer server.Close()
	n := open(t, "webhook", Options{WebhookURL: server.URL})
	if err := n.Notify(ctx, sample("team@example.com"), func() error { return nil }); err != nil {
		t.Errorf("got %v", err)
	}
	if err := n.Notify(ctx, sample("team@example.com"), never(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAWebhookIsAskedForTheLastWordWhenItIsConnected(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	n := open(t, "webhook", Options{WebhookURL: "http://" + listener.Addr().String()})
	if err := n.Notify(t.Context(), sample("team@example.com"), never(t)); err == nil || !Temporary(err) {
		t.Errorf("got %v", err)
	}
	received := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err == nil {
			received <- string(text)
		}
	}))
	n = open(t, "webhook", Options{WebhookURL: server.URL})
	taken := errors.New("somebody else has sent it")
	if err := n.Notify(t.Context(), sample("team@example.com"), func() error { return taken }); !errors.Is(err, taken) {
		t.Errorf("got %v", err)
	}
	server.Close() // waits for its requests
	select {
	case text := <-received:
		t.Errorf("the server has got %q", text)
	default:
	}
}

func TestWhatAWebhookRepeatsOfItsSecretsIsNotShown(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := r.Header.Get("Authorization") + " http://" + r.Host + r.RequestURI + " " + r.RequestURI
		http.Error(w, text, http.StatusBadRequest)
	}))
	defer server.Close()
	n := open(t, "webhook", Options{WebhookURL: server.URL + "/hooks/sesame", WebhookToken: "open"})
	err := n.Notify(t.Context(), sample("team@example.com"), func() error { return nil })
	if err == nil || !strings.HasSuffix(err.Error(), "400 Bearer [secret] [secret] [secret]") {
		t.Errorf("got %v", err)
	}
}

func TestAWebhookThatTakesALetterIsNotReadToItsEnd(t *testing.T) {
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-hang
	}))
	defer server.Close()
	defer close(hang)
	n := open(t, "webhook", Options{WebhookURL: server.URL, Timeout: time.Hour})
	if err := n.Notify(t.Context(), sample("team@example.com"), func() error { return nil }); err != nil {
		t.Error(err)
	}
}

package notifiers

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/covpipe/covpipe/notifiers/notifierstest"
)

func TestCarbonKeepsWhatIsSent(t *testing.T) {
	carbon, err := notifierstest.StartCarbon(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = carbon.Close() })
	day := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -14)
	name := func(owner string) string {
		return MetricName("coverage", "my shop", "php", "owner", owner, "lines_pct")
	}
	owners := []string{
		"@shop/cart", "shop/cart", "@shop_cart", "a.b@example.com", "(unowned)", "(x)", "ü",
		strings.Repeat("@long/", 60),
	}
	var metrics []Metric
	want := map[string]map[string]float64{}
	for i, owner := range owners {
		want[name(owner)] = map[string]float64{}
		for week := range 2 {
			at := day.AddDate(0, 0, 7*week)
			value := float64(i) + float64(week)/8
			metrics = append(metrics, Metric{name(owner), value, at.Add(23 * time.Hour)})
			want[name(owner)][at.Format(time.DateOnly)] = value
		}
	}
	metrics = append(metrics, Metric{"coverage.nothing", math.NaN(), day})
	for range 2 { // the second time changes nothing
		if err := SendMetrics(t.Context(), "graphite://"+carbon.Addr, metrics, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	for metric, points := range want {
		var got map[string]float64
		for !maps.Equal(got, points) { // carbon writes when it likes
			if t.Context().Err() != nil {
				t.Fatalf("%s: got %v, want %v", metric, got, points)
			}
			got, _ = carbon.Points(t.Context(), metric)
		}
	}
	names, err := carbon.Names()
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "carbon.") })
	if err != nil || len(names) != len(owners) {
		t.Errorf("got %q, %v", names, err)
	}
}

func TestTwoNamesAreTwoMetrics(t *testing.T) {
	name := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringMatching(`[@/~:_.()a-f0-9 -]{0,8}`),
		rapid.SampledFrom([]string{
			"(unowned)", "~unowned", "unowned", "", "~",
			strings.Repeat("é", 300), strings.Repeat("é", 301),
		})), 1, 3)
	rapid.Check(t, func(t *rapid.T) {
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		one, two := MetricName("c", a...), MetricName("c", b...)
		if (one == two) != slices.Equal(a, b) {
			t.Fatalf("%q is %q, %q is %q", a, one, b, two)
		}
		for part := range strings.SplitSeq(one, ".") {
			const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:~"
			if part == "" || len(part) > 240 || strings.Trim(part, letters) != "" {
				t.Fatalf("%q has the part %q", one, part)
			}
		}
	})
}

func TestPlacesForMetricsThatAreNone(t *testing.T) {
	for _, to := range []string{
		"", "graphite:", "graphite://", "http://a",
		"graphite://u:p@a", "graphite://a/b", "graphite://a?x=1",
	} {
		if err := SendMetrics(t.Context(), to, nil, Options{}); !errors.Is(err, ErrPlace) {
			t.Errorf("%q: got %v", to, err)
		}
	}
}

func TestAPlaceThatIsNotThereIsSaid(t *testing.T) {
	metrics := []Metric{{"a", 1, time.Unix(1, 0)}}
	if err := SendMetrics(t.Context(), "graphite://127.0.0.1:1", metrics, Options{}); err == nil {
		t.Error("nothing was said")
	}
}

// graphiteWeb is strict where graphite-web is: the slash at the end, the fields,
// and from and until as seconds.
func graphiteWeb(t *testing.T, user, password string) (*httptest.Server, *[]map[string]any) {
	kept := &[]map[string]any{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /graphite/events/{$}", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var event map[string]any
		err := json.Unmarshal(body, &event)
		tags, isList := event["tags"].([]any)
		if err != nil || event["what"] == "" || !isList ||
			len(tags) == 0 || strings.Contains(fmt.Sprint(tags[0]), " ") {
			http.Error(w, "bad event", http.StatusBadRequest)
			return
		}
		*kept = append(*kept, event)
	})
	mux.HandleFunc("GET /graphite/events/get_data", func(w http.ResponseWriter, r *http.Request) {
		from, errFrom := strconv.ParseFloat(r.FormValue("from"), 64)
		until, errUntil := strconv.ParseFloat(r.FormValue("until"), 64)
		if errFrom != nil || errUntil != nil || r.FormValue("tags") != "covpipe" {
			http.Error(w, "bad query", http.StatusBadRequest)
			return
		}
		found := []map[string]any{}
		for _, e := range *kept {
			if at := e["when"].(float64); at >= from && at <= until {
				found = append(found, e)
			}
		}
		_ = json.NewEncoder(w).Encode(found)
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != user || p != password {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server, kept
}

func TestAReleaseIsOneEventHoweverOftenItIsSent(t *testing.T) {
	web, kept := graphiteWeb(t, "ci", "sesame")
	at := time.Date(2026, 11, 18, 9, 30, 0, 0, time.UTC)
	events := []Event{
		{What: "php 5.1", Tags: []string{"release", "php"}, At: at},
		{What: "php 5.2", Tags: []string{"release", "php"}, At: at.AddDate(0, 0, 7)},
	}
	opt := Options{User: "ci", Password: "sesame"}
	for _, want := range []int{1, 1, 0} {
		n := 1
		if len(*kept) > 0 {
			n = 2
		}
		if added, err := SendEvents(t.Context(), web.URL+"/graphite", events[:n], opt); err != nil || added != want {
			t.Errorf("got %d, %v", added, err)
		}
	}
	if len(*kept) != 2 || fmt.Sprint((*kept)[0]["tags"]) != "[covpipe release php]" {
		t.Errorf("got %v", *kept)
	}
	var no *RefusedError
	_, err := SendEvents(t.Context(), web.URL+"/graphite/", events, Options{})
	if !errors.As(err, &no) || no.Code != 401 {
		t.Errorf("got %v", err)
	}
	_, err = SendEvents(t.Context(), "http://u:p@a/", events, opt)
	if !errors.Is(err, ErrPlace) || strings.Contains(err.Error(), "u:p") {
		t.Errorf("got %v", err)
	}
}

func TestWhatCarbonDoesNotTakeInTimeIsNotSent(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	defer theirs.Close()
	_ = ours.SetDeadline(time.Now())
	out := bufio.NewWriter(ours)
	_, _ = out.WriteString("a 1 1\n")
	if err := finish(ours, out); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// carbonThatHangsUp breaks its first connections, and reads the others.
func carbonThatHangsUp(t *testing.T, first int) (place string, connections *atomic.Int64, got <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	connections, read := &atomic.Int64{}, make(chan string, 1)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if connections.Add(1) <= int64(first) {
				_ = conn.(*net.TCPConn).SetLinger(0)
				_ = conn.Close()
				continue
			}
			text, _ := io.ReadAll(conn)
			_ = conn.Close()
			read <- string(text)
		}
	}()
	return "graphite://" + listener.Addr().String(), connections, read
}

func TestMetricsAreSentAgainToACarbonThatHangsUp(t *testing.T) {
	metrics := []Metric{{"a", 1, time.Unix(1, 0)}}
	place, connections, got := carbonThatHangsUp(t, 2)
	if err := SendMetrics(t.Context(), place, metrics, Options{Pause: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "a 1 1\n" || connections.Load() != 3 {
		t.Errorf("got %q over %d connections", text, connections.Load())
	}
	place, connections, _ = carbonThatHangsUp(t, 100)
	err := SendMetrics(t.Context(), place, metrics, Options{Pause: time.Millisecond})
	if err == nil || connections.Load() != 3 {
		t.Errorf("got %v after %d connections", err, connections.Load())
	}
}

func TestAnEventIsNotTakenForKeptWhereGraphiteWebHasMoved(t *testing.T) {
	there, kept := graphiteWeb(t, "", "")
	address := there.URL + "/graphite/events/get_data?tags=covpipe&from=0&until=9"
	moved := httptest.NewServer(http.RedirectHandler(address, http.StatusMovedPermanently))
	t.Cleanup(moved.Close)
	added, err := SendEvents(t.Context(), moved.URL, []Event{{What: "php 1", At: time.Unix(5, 0)}}, Options{})
	if err == nil || added != 0 || len(*kept) != 0 || !strings.Contains(err.Error(), there.URL) {
		t.Errorf("%d added, %v, kept %v", added, err, *kept)
	}
}

func TestAGraphiteWebThatIsBusyIsAskedAgain(t *testing.T) {
	there, kept := graphiteWeb(t, "", "")
	busy := 2
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if busy--; busy >= 0 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		there.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	event := Event{What: "php 1", At: time.Unix(5, 0)}
	added, err := SendEvents(t.Context(), proxy.URL+"/graphite", []Event{event}, Options{Pause: time.Millisecond})
	if err != nil || added != 1 || len(*kept) != 1 {
		t.Errorf("%d added, %v, kept %v", added, err, *kept)
	}
}

func TestAnAddressWithAPasswordIsNotRepeated(t *testing.T) {
	for _, to := range []string{
		"https://hooks.slack.com/services/T0/sesame",
		"stmp://ann:sesame@mail.example.com", "smtp://ann:sesame@mail.example.com",
		"smtp://ann:se%same@mail.example.com", "https://ann:sesame@example.com/letter.html",
	} {
		_, err := Open(to, Options{})
		for _, err := range []error{err, Check(to)} {
			if !errors.Is(err, ErrPlace) || strings.Contains(err.Error(), "same") {
				t.Errorf("%s: %v", to, err)
			}
		}
	}
	for _, web := range []string{
		"https://ann:sesame@g.example.com", "https://ann:se%same@g.example.com", "g.example.com", "ftp://g",
	} {
		if err := CheckEvents(web); !errors.Is(err, ErrPlace) || strings.Contains(err.Error(), "same") {
			t.Errorf("%s: %v", web, err)
		}
	}
}

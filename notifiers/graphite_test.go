package notifiers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
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
	owners := []string{"@shop/cart", "shop/cart", "@shop_cart", "a.b@example.com", "(unowned)", "(x)", "ü", strings.Repeat("@long/", 60)}
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
		rapid.SampledFrom([]string{"(unowned)", "~unowned", "unowned", "", "~", strings.Repeat("é", 300), strings.Repeat("é", 301)})), 1, 3)
	rapid.Check(t, func(t *rapid.T) {
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		one, two := MetricName("c", a...), MetricName("c", b...)
		if (one == two) != slices.Equal(a, b) {
			t.Fatalf("%q is %q, %q is %q", a, one, b, two)
		}
		for part := range strings.SplitSeq(one, ".") {
			if part == "" || len(part) > 240 || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:~") != "" {
				t.Fatalf("%q has the part %q", one, part)
			}
		}
	})
}

func TestPlacesForMetricsThatAreNone(t *testing.T) {
	for _, to := range []string{"", "graphite:", "graphite://", "http://a", "graphite://u:p@a", "graphite://a/b", "graphite://a?x=1"} {
		if err := SendMetrics(t.Context(), to, nil, Options{}); !errors.Is(err, ErrPlace) {
			t.Errorf("%q: got %v", to, err)
		}
	}
}

func TestAPlaceThatIsNotThereIsSaid(t *testing.T) {
	if err := SendMetrics(t.Context(), "graphite://127.0.0.1:1", []Metric{{"a", 1, time.Unix(1, 0)}}, Options{}); err == nil {
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
		if err != nil || event["what"] == "" || !isList || len(tags) == 0 || strings.Contains(fmt.Sprint(tags[0]), " ") {
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
	events := []Event{{What: "php 5.1", Tags: []string{"release", "php"}, At: at}, {What: "php 5.2", Tags: []string{"release", "php"}, At: at.AddDate(0, 0, 7)}}
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
	if _, err := SendEvents(t.Context(), web.URL+"/graphite/", events, Options{}); !errors.As(err, &no) || no.Code != 401 {
		t.Errorf("got %v", err)
	}
	if _, err := SendEvents(t.Context(), "http://u:p@a/", events, opt); !errors.Is(err, ErrPlace) || strings.Contains(err.Error(), "u:p") {
		t.Errorf("got %v", err)
	}
}

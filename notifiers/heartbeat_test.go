package notifiers

import (
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// heartbeatServer answers pings with these codes, in turn, and notes their paths.
func heartbeatServer(t *testing.T, codes ...int) (address string, pings *[]string) {
	t.Helper()
	pings = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*pings = append(*pings, r.Method+" "+r.URL.RequestURI())
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(codes[min(len(*pings), len(codes))-1])
	}))
	t.Cleanup(server.Close)
	return server.URL + "/ping/sesame", pings
}

func heartbeatOf(t *testing.T, address string) *Heartbeat {
	t.Helper()
	h, err := NewHeartbeat(address)
	if err != nil {
		t.Fatal(err)
	}
	h.pause = time.Millisecond
	return h
}

func TestAHeartbeatPingsStartSuccessAndFailure(t *testing.T) {
	address, pings := heartbeatServer(t, 200)
	h := heartbeatOf(t, address+"?rid=1")
	for _, beat := range []Beat{Began, Succeeded, Failed} {
		if err := h.Ping(t.Context(), beat); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"GET /ping/sesame/start?rid=1", "GET /ping/sesame?rid=1", "GET /ping/sesame/fail?rid=1"}
	if !slices.Equal(*pings, want) {
		t.Errorf("pings %q, want %q", *pings, want)
	}
}

func TestAPingIsTriedThreeTimesWhereThatMayHelp(t *testing.T) {
	for _, test := range []struct {
		codes []int
		tries int
		want  string
	}{
		{[]int{503, 429, 200}, 3, ""},
		{[]int{500}, 3, "500 Internal Server Error"},
		{[]int{404}, 1, "404 Not Found"},
		{[]int{302}, 1, "302 Found"},
	} {
		address, pings := heartbeatServer(t, test.codes...)
		err := heartbeatOf(t, address).Ping(t.Context(), Began)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %q", test.codes, err, test.want)
		}
		if len(*pings) != test.tries {
			t.Errorf("%v: %d tries, want %d", test.codes, len(*pings), test.tries)
		}
	}
}

func TestNoErrorOfAHeartbeatShowsItsAddress(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	refused, _ := heartbeatServer(t, 403)
	for _, address := range []string{
		refused,
		"http://" + closed.Addr().String() + "/sesame",
		"http://" + silent.Addr().String() + "/sesame",
	} {
		h := heartbeatOf(t, address)
		h.limit = 50 * time.Millisecond
		if err := h.Ping(t.Context(), Failed); err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"sesame", "ftp://host/sesame", "https://", "http://[sesame", "mailto:sesame"} {
		if _, err := NewHeartbeat(address); err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

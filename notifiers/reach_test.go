package notifiers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReachSendsNoPingAndShowsNoSecret(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	h, err := NewHeartbeat(server.URL + "/sesame")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Reach(t.Context()); err != nil || asked != 0 {
		t.Errorf("%v, after %d requests", err, asked)
	}
	server.Close()
	if err := h.Reach(t.Context()); err == nil || strings.Contains(err.Error(), "sesame") {
		t.Errorf("the server is gone: %v", err)
	}
	selfSigned := httptest.NewTLSServer(http.NotFoundHandler())
	defer selfSigned.Close()
	if h, err = NewHeartbeat(selfSigned.URL + "/sesame"); err != nil {
		t.Fatal(err)
	}
	if err := h.Reach(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody knows: %v", err)
	}
}

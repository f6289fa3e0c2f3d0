package main

import (
	"bytes"
	"net"
	"net/mail"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covpipe/covpipe/notifiers"
)

// A hundred recipients must not wait a hundred times for a server that is mute.
func TestASilentMailServerIsAskedOnceARound(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	var connections atomic.Int64
	go func() {
		for {
			if _, err := silent.Accept(); err != nil {
				return
			}
			connections.Add(1)
		}
	}()
	var said bytes.Buffer
	a := &app{stdout: &said, stderr: &said, now: time.Now, environ: os.Environ()}
	c := &config{
		Warehouse:  "duckdb:" + t.TempDir() + "/w.duckdb",
		Newsletter: &newsletterConfig{timeout: 50 * time.Millisecond},
	}
	place := "smtp://" + silent.Addr().String() + "?tlsmode=none"
	var todo []delivery
	for _, to := range []string{"a@example.com", "b@example.com", "c@example.com"} {
		at := &mail.Address{Address: to}
		todo = append(todo, delivery{place: place, to: at, letter: notifiers.Letter{
			ID: "1@example.com", From: at, To: at, Subject: "s", Text: "t", HTML: "<p>t",
		}})
	}
	var order []string
	for range 2 {
		var problems []string
		later, sent, _ := a.deliverRound(t.Context(), c, todo, &problems)
		todo = nil
		for _, l := range later {
			todo = append(todo, l.delivery)
			order = append(order, l.to.Address[:1])
		}
		if sent > 0 || len(problems) > 0 {
			t.Errorf("%d sent, %q: %s", sent, problems, &said)
		}
	}
	if got := strings.Join(order, ""); got != "bcacab" || connections.Load() != 2 {
		t.Errorf("%d connections, order %s: %s", connections.Load(), got, &said)
	}
}

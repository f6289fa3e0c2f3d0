package queue

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"
)

// BenchmarkUnit is what the queue takes for a unit besides its tests: to fetch
// it, note that it is tried, upload a report of 64 KiB, note its end and take it
// out, one after the other, with the nats-server that is installed.
func BenchmarkUnit(b *testing.B) {
	s := process(b)
	q, err := Connect(b.Context(), Options{Place: s.place, Run: "bench", Client: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	defer q.Close()
	units := make([]Unit, b.N)
	for i := range units {
		units[i] = Unit{Name: fmt.Sprintf("unit/%d", i), Body: make([]byte, 1000)}
	}
	report := make([]byte, 64<<10)
	_, _ = rand.Read(report) // it never fails
	if err := q.Create(b.Context(), []byte("plan"), units); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		d, err := q.Next(b.Context(), 10*time.Second)
		if err != nil || d == nil {
			b.Fatal(d, err)
		}
		if _, _, err := q.End(b.Context(), d.Name); err != nil {
			b.Fatal(err)
		}
		if err := q.Begin(b.Context(), d.Name, Try{Worker: "w", Token: "t"}); err != nil {
			b.Fatal(err)
		}
		object := "unit/" + d.Name
		if err := q.Put(b.Context(), object, report); err != nil {
			b.Fatal(err)
		}
		end := End{State: Measured, Token: d.Name, Object: object}
		if counts, _, err := q.Settle(b.Context(), d.Name, end); !counts || err != nil {
			b.Fatal(counts, err)
		}
		if err := d.Done(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

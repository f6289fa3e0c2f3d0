package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Delivery is a unit that this worker has. Until it is settled, returned or
// dropped the worker must say [Delivery.Working] more often than every Silence.
type Delivery struct {
	Unit
	queue   *Queue
	message jetstream.Msg
}

// Next gives the next unit, or nil if none comes within wait.
func (q *Queue) Next(ctx context.Context, wait time.Duration) (*Delivery, error) {
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	message, err := q.units.Next(jetstream.FetchContext(limited))
	switch {
	case ctx.Err() != nil && message == nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, jetstream.ErrInvalidOption):
		return nil, fmt.Errorf("queue: %w", err)
	case err != nil || message == nil:
		// None came, or the server is away; who asks what is left learns which.
		if !errors.Is(err, nats.ErrTimeout) && !errors.Is(err, jetstream.ErrNoMessages) &&
			!errors.Is(err, context.DeadlineExceeded) {
			<-limited.Done()
		}
		return nil, nil
	}
	unit := Unit{Name: unescape(message.Headers().Get("Unit")), Body: message.Data()}
	return &Delivery{Unit: unit, queue: q, message: message}, nil
}

// Working says that the unit is being worked on. It waits for no answer.
func (d *Delivery) Working() { _ = d.message.InProgress() } // a unit that goes silent goes to another worker

// Done takes the unit out of the queue, for good.
func (d *Delivery) Done(ctx context.Context) error {
	err := d.queue.retry(ctx, func(ctx context.Context) error {
		err := d.message.DoubleAck(ctx)
		if errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("queue: unit %s: %w", d.Name, err)
	}
	return nil
}

// Return gives the unit back, for another worker, or for this one later.
func (d *Delivery) Return(after time.Duration) {
	// What is lost of it costs the time of a Silence.
	if after > 0 {
		_ = d.message.NakWithDelay(after)
	} else {
		_ = d.message.Nak()
	}
	_ = d.queue.conn.FlushTimeout(time.Second)
}

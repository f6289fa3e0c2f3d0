package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// prefix begins all names that covpipe has on a server.
const prefix = "covpipe-"

func (q *Queue) stream() string  { return prefix + q.opt.Run }
func (q *Queue) subject() string { return "covpipe." + q.opt.Run + ".unit" }

const (
	consumer   = "workers"
	planObject = "plan"
	planKey    = "plan"
	readyKey   = "ready"
	maxPending = 200_000 // units that workers have at a time
)

// Unit is a piece of work.
type Unit struct {
	Name string
	Body []byte
}

// Create makes the run and publishes its plan and its units, in the order in
// which they are to be taken. If the run is there with the same plan, it goes on;
// with another plan it stays as it is, and the error is [ErrOtherRun]. Runs of
// others that are older than they were to be kept are removed.
func (q *Queue) Create(ctx context.Context, plan []byte, units []Unit) error {
	if err := q.removeOld(ctx); err != nil {
		return err
	}
	if err := q.claimRun(ctx, sumOf(plan)); err != nil {
		return err
	}
	for _, set := range []func(ctx context.Context) error{
		func(ctx context.Context) error {
			_, err := q.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
				Name: q.stream(), Subjects: []string{q.subject()}, Retention: jetstream.WorkQueuePolicy,
				Storage: jetstream.FileStorage, MaxAge: q.opt.Keep, Duplicates: min(q.opt.Keep, 24*time.Hour),
				Description: "units of a covpipe run",
			})
			return err
		},
		func(ctx context.Context) error {
			_, err := q.js.CreateOrUpdateConsumer(ctx, q.stream(), jetstream.ConsumerConfig{
				Durable: consumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: q.opt.Silence,
				MaxDeliver: -1, MaxAckPending: maxPending,
			})
			return err
		},
		func(ctx context.Context) error {
			_, err := q.js.CreateOrUpdateKeyValue(ctx, q.bucket()) // it may be kept for longer now
			return err
		},
		func(ctx context.Context) error {
			_, err := q.js.CreateOrUpdateObjectStore(ctx,
				jetstream.ObjectStoreConfig{Bucket: q.stream(), TTL: q.opt.Keep, Storage: jetstream.FileStorage})
			return err
		},
	} {
		if err := q.retry(ctx, set); err != nil {
			return fmt.Errorf("queue: %w", err)
		}
	}
	if err := q.open(ctx); err != nil {
		return err
	}
	if err := q.Put(ctx, planObject, plan); err != nil {
		return err
	}
	if err := q.Publish(ctx, units); err != nil {
		return err
	}
	_, err := q.claim(ctx, readyKey, []byte(time.Now().UTC().Format(time.RFC3339)))
	return err
}

func (q *Queue) bucket() jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket: q.stream(), History: 1, TTL: q.opt.Keep, Storage: jetstream.FileStorage, MaxValueSize: -1,
	}
}

// claimRun makes the run that of a plan, if it is not that of another one. The
// hash of the plan is the first key of a run, so of two that are created at a time
// one wins, and the other changes nothing.
func (q *Queue) claimRun(ctx context.Context, sum string) error {
	err := q.retry(ctx, func(ctx context.Context) (err error) {
		if q.keys, err = q.js.CreateKeyValue(ctx, q.bucket()); errors.Is(err, jetstream.ErrBucketExists) {
			q.keys, err = q.js.KeyValue(ctx, q.stream())
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	won, err := q.claim(ctx, planKey, []byte(sum))
	if err != nil || won {
		return err
	}
	there, err := q.value(ctx, planKey)
	if err == nil && string(there) != sum {
		err = fmt.Errorf("queue: %w: %s", ErrOtherRun, q.opt.Run)
	}
	return err
}

// Publish adds units to the run. One that was published within a day is there,
// or was done, and is not added again.
func (q *Queue) Publish(ctx context.Context, units []Unit) error {
	for _, u := range units {
		message := nats.NewMsg(q.subject())
		message.Data = u.Body
		message.Header.Set("Unit", escape(u.Name))
		err := q.retry(ctx, func(ctx context.Context) error {
			_, err := q.js.PublishMsg(ctx, message, jetstream.WithMsgID(escape(u.Name)))
			return err
		})
		if err != nil {
			return fmt.Errorf("queue: unit %s: %w", u.Name, err)
		}
	}
	return nil
}

// Open finds the run and gives its plan. It waits until the run is there, and
// all its units, or ctx ends, and says so to waiting.
func (q *Queue) Open(ctx context.Context, waiting func()) (plan []byte, err error) {
	for told := false; ; {
		err := q.open(ctx)
		if err == nil {
			_, err = q.value(ctx, readyKey)
		}
		switch {
		case err == nil:
			return q.Get(ctx, planObject)
		case told && errors.Is(ctx.Err(), context.DeadlineExceeded):
			return nil, fmt.Errorf("queue: %w: %s", ErrNoRun, q.opt.Run)
		case !errors.Is(err, ErrNoRun) && !errors.Is(err, jetstream.ErrKeyNotFound):
			return nil, err
		case !told:
			told = true
			waiting()
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (q *Queue) open(ctx context.Context) error {
	err := q.retry(ctx, func(ctx context.Context) (err error) {
		if q.units, err = q.js.Consumer(ctx, q.stream(), consumer); err != nil {
			return err
		}
		if q.keys, err = q.js.KeyValue(ctx, q.stream()); err != nil {
			return err
		}
		q.objects, err = q.js.ObjectStore(ctx, q.stream())
		return err
	})
	for _, none := range []error{
		jetstream.ErrStreamNotFound, jetstream.ErrConsumerNotFound, jetstream.ErrBucketNotFound,
	} {
		if errors.Is(err, none) {
			return fmt.Errorf("queue: %w: %s", ErrNoRun, q.opt.Run)
		}
	}
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	return nil
}

// Left gives how many units are not settled: waiting, or at a worker.
func (q *Queue) Left(ctx context.Context) (n int, err error) {
	err = q.retry(ctx, func(ctx context.Context) error {
		stream, err := q.js.Stream(ctx, q.stream())
		if err == nil {
			n = int(stream.CachedInfo().State.Msgs)
		}
		return err
	})
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		err = fmt.Errorf("%w: %s", ErrNoRun, q.opt.Run)
	}
	if err != nil {
		return 0, fmt.Errorf("queue: %w", err)
	}
	return n, nil
}

// Put keeps octets under a name.
func (q *Queue) Put(ctx context.Context, name string, octets []byte) error {
	err := q.retry(ctx, func(ctx context.Context) error {
		_, err := q.objects.Put(ctx, jetstream.ObjectMeta{Name: name}, bytes.NewReader(octets))
		return err
	})
	if err != nil {
		return fmt.Errorf("queue: %s: %w", name, err)
	}
	return nil
}

// Get gives what [Queue.Put] has kept. The client checks its hash.
func (q *Queue) Get(ctx context.Context, name string) (octets []byte, err error) {
	err = q.retry(ctx, func(ctx context.Context) error {
		object, err := q.objects.Get(ctx, name)
		if err != nil {
			return err
		}
		defer object.Close()
		octets, err = io.ReadAll(object)
		return errors.Join(err, object.Error())
	})
	if err != nil {
		return nil, fmt.Errorf("queue: %s: %w", name, err)
	}
	return octets, nil
}

// Delete removes the run from the server.
func (q *Queue) Delete(ctx context.Context) error { return q.delete(ctx, q.stream()) }

func (q *Queue) delete(ctx context.Context, stream string) error {
	for _, name := range []string{"OBJ_" + stream, "KV_" + stream, stream} {
		err := q.retry(ctx, func(ctx context.Context) error { return q.js.DeleteStream(ctx, name) })
		if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
			return fmt.Errorf("queue: %s: %w", name, err)
		}
	}
	return nil
}

// removeOld deletes runs that are older than they were to be kept, of which the
// server has deleted all but the names.
func (q *Queue) removeOld(ctx context.Context) error {
	var old []string
	err := q.retry(ctx, func(ctx context.Context) error {
		old = nil
		list := q.js.ListStreams(ctx)
		for info := range list.Info() {
			age := info.Config.MaxAge
			if strings.HasPrefix(info.Config.Name, prefix) && age > 0 && time.Since(info.Created) > age {
				old = append(old, info.Config.Name)
			}
		}
		return list.Err()
	})
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	for _, stream := range old {
		if err := q.delete(ctx, stream); err != nil {
			return err
		}
	}
	return nil
}

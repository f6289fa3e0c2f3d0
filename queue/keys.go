package queue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// errLostRace is that another client has changed a key in between.
var errLostRace = errors.New("another client was faster")

// claim sets a key that is not there, and tells whether it was not.
func (q *Queue) claim(ctx context.Context, key string, value []byte) (bool, error) {
	err := q.retry(ctx, func(ctx context.Context) error {
		_, err := q.keys.Create(ctx, key, value)
		return err
	})
	if errors.Is(err, jetstream.ErrKeyExists) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("queue: %s: %w", key, err)
	}
	return true, nil
}

// update sets a key that still has this revision; 0: that is not there.
func (q *Queue) update(ctx context.Context, key string, value []byte, revision uint64) error {
	err := q.retry(ctx, func(ctx context.Context) error {
		_, err := q.keys.Update(ctx, key, value, revision)
		var api *jetstream.APIError
		if errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
			errors.Is(err, jetstream.ErrKeyExists)) {
			return errLostRace
		}
		return err
	})
	if err != nil && !errors.Is(err, errLostRace) {
		return fmt.Errorf("queue: %s: %w", key, err)
	}
	return err
}

func (q *Queue) entry(ctx context.Context, key string) (entry jetstream.KeyValueEntry, err error) {
	err = q.retry(ctx, func(ctx context.Context) error {
		entry, err = q.keys.Get(ctx, key)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("queue: %s: %w", key, err)
	}
	return entry, nil
}

func (q *Queue) value(ctx context.Context, key string) ([]byte, error) {
	entry, err := q.entry(ctx, key)
	if err != nil {
		return nil, err
	}
	return entry.Value(), nil
}

func sumOf(octets []byte) string {
	sum := sha256.Sum256(octets)
	return hex.EncodeToString(sum[:])
}

// escape makes a name of what a key may have: letters, digits, "-", "_" and "/"
// stay, and each other octet is "=" and two digits.
func escape(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '/':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

func unescape(key string) string {
	var b strings.Builder
	for i := 0; i < len(key); i++ {
		if key[i] == '=' && i+2 < len(key) {
			if octet, err := hex.DecodeString(key[i+1 : i+3]); err == nil {
				b.WriteByte(octet[0])
				i += 2
				continue
			}
		}
		b.WriteByte(key[i])
	}
	return b.String()
}

package main

import (
	"context"
)

// heartbeat tells whether the service that watches the weekly job can be reached.
func (d *doctor) heartbeat(ctx context.Context, c *config) {
	to, err := d.heartbeatAddress(c)
	if to == nil && err == nil {
		return
	}
	d.try(ctx, "heartbeat", false, soon, "a run goes on without it, and nobody is told when the run does not come", func(ctx context.Context) (string, error) {
		if err != nil {
			return "", err
		}
		return to.Host() + " can be reached; no ping was sent", to.Reach(ctx)
	})
}

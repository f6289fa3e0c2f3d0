package main

import (
	"context"
	"time"

	"github.com/covpipe/covpipe/notifiers"
)

// heartbeat pings the service that watches whether the weekly job runs. Without
// an address it does nothing. Nothing of it fails the run.
type heartbeat struct {
	*app
	to    *notifiers.Heartbeat // nil: nobody watches
	begun chan struct{}        // closed when the first ping is done
}

// heartbeatOf gives the heartbeat of a run: of a whole one only, so that a job
// which measures a single source does not hide that the weekly one is missing.
func (a *app) heartbeatOf(c *config, opt runOptions) *heartbeat {
	h := &heartbeat{app: a, begun: make(chan struct{})}
	if len(opt.only) > 0 || opt.noSend {
		return h
	}
	var err error
	if h.to, err = a.heartbeatAddress(c); err != nil {
		a.warn("heartbeat: %v; nobody is told that the run goes on", err)
	}
	return h
}

// heartbeatAddress gives the service to ping, nil if there is none.
func (a *app) heartbeatAddress(c *config) (*notifiers.Heartbeat, error) {
	address, err := a.secret("COVPIPE_HEARTBEAT_URL")
	if address == "" && err == nil {
		address = c.Heartbeat
	}
	if address == "" || err != nil {
		return nil, err
	}
	return notifiers.NewHeartbeat(address)
}

// begin pings the start, while the run goes on.
func (h *heartbeat) begin(ctx context.Context) {
	go func() {
		defer close(h.begun)
		h.ping(ctx, notifiers.Began)
	}()
}

// end pings how the run ended: with rows in the warehouse or without. It does so
// also when the run was stopped.
func (h *heartbeat) end(ctx context.Context, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	<-h.begun
	if err == nil || exitCode(err) == exitPart {
		h.ping(ctx, notifiers.Succeeded)
		return
	}
	h.ping(ctx, notifiers.Failed)
}

func (h *heartbeat) ping(ctx context.Context, beat notifiers.Beat) {
	if h.to == nil {
		return
	}
	if err := h.to.Ping(ctx, beat); err != nil && ctx.Err() == nil {
		h.warn("heartbeat: %v; the run does not depend on it", err)
	}
}

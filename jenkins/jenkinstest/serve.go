package jenkinstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Serve serves the handler at addr, such as "127.0.0.1:0", until ctx ends. It
// returns as soon as the address answers, with its URL: no path, no slash at the
// end. wait blocks until all is closed; requests that are being answered when
// ctx ends see their own context end, and have 5 seconds.
func Serve(ctx context.Context, addr string, handler http.Handler) (url string, wait func() error, err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return "", nil, fmt.Errorf("jenkinstest: %w", err)
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	served, closed := make(chan error, 1), make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	go func() { closed <- closeAfter(ctx, server, served) }()
	return "http://" + reachable(listener.Addr()), func() error {
		err := <-closed
		closed <- err // for whoever asks again
		return err
	}, nil
}

// closeAfter returns when the server failed, or was closed because ctx ended.
func closeAfter(ctx context.Context, server *http.Server, served <-chan error) error {
	select {
	case err := <-served:
		return fmt.Errorf("jenkinstest: serve: %w", err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := server.Shutdown(patience)
	if err != nil {
		err = errors.Join(fmt.Errorf("jenkinstest: shut down: %w", err), server.Close())
	}
	if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("jenkinstest: serve: %w", ended))
	}
	return err
}

// reachable is an address that a client of the same machine can use.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) serveCommand() *cobra.Command {
	var opt siteOptions
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Show the pages of covpipe dashboard in a browser, until it is interrupted",
		Long: `Serves the pages that covpipe dashboard writes, without writing them, and reads
the warehouse again when it has changed. It only reads, has no login, and listens
on this machine only unless --listen says otherwise.`,
		Example: `  covpipe serve
  covpipe serve --listen 127.0.0.1:0 --warehouse duckdb:coverage.duckdb`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.serve(cmd.Context(), listen, opt)
		},
	}
	opt.flags(cmd)
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "listen on `ADDRESS`; port 0 takes a free one")
	return cmd
}

// Deadlines of the server. A page is in memory when it is sent.
const (
	headDeadline  = 10 * time.Second
	writeDeadline = 2 * time.Minute
	idleDeadline  = 2 * time.Minute
	lastDeadline  = 5 * time.Second // for what is being sent when the server ends
)

// serve shows the pages until ctx ends, which is no error.
func (a *app) serve(ctx context.Context, listen string, opt siteOptions) (err error) {
	if _, _, err := net.SplitHostPort(listen); err != nil {
		return usage("--listen %q is no address such as 127.0.0.1:8080", listen)
	}
	place, c, err := a.warehousePlace()
	if err != nil {
		return err
	}
	site := &liveSite{app: a, place: place, config: c, options: opt}
	if err := site.read(ctx); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	at := listener.Addr().(*net.TCPAddr)
	site.loopback = at.IP.IsLoopback()
	if !site.loopback {
		a.warn("whoever can reach %s can read the names of all files and owners; there is no login", at)
	}
	server := &http.Server{
		Handler: site, ReadHeaderTimeout: headDeadline, ReadTimeout: headDeadline, WriteTimeout: writeDeadline,
		IdleTimeout: idleDeadline, MaxHeaderBytes: 1 << 16,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Fprintf(a.stdout, "http://%s/\n", at)
	a.say("an interrupt (Ctrl-C) ends it")
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastDeadline)
	defer cancel()
	if err := server.Shutdown(last); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

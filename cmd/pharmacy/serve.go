package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"pharmacy/internal/cache"
	"pharmacy/internal/cork"
	"pharmacy/internal/shelf"
)

// shutdownTime is the time that a server shutting down waits for requests in
// progress.
const shutdownTime = 10 * time.Second

func newServe(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve the site",
		Example: `  pharmacy serve
  PORT=8000 pharmacy serve
  pharmacy serve --redis-url redis://127.0.0.1:6379/0 --catalogue /srv/medicines.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			if err := serve(cmd.Context(), c, a.logger(c)); err != nil {
				return failure{err}
			}
			return nil
		},
	}
}

// serve runs the server until ctx ends and then shuts it down gracefully.
func serve(ctx context.Context, c *config, logger *slog.Logger) error {
	s, err := newShop(c, logger, int64(c.CacheMemory), cache.Connect, nil)
	if err != nil {
		return err
	}
	defer s.close()

	public, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("ADDR: %w", err)
	}
	background, stop := context.WithCancel(ctx)
	defer stop()
	var ready atomic.Bool
	servers := []*http.Server{newServer(s.front.Handler(), logger)}
	listeners := []net.Listener{cork.Listener(public)}
	if c.AdminAddr != "off" {
		admin, err := net.Listen("tcp", c.AdminAddr)
		if err != nil {
			_ = public.Close()
			return fmt.Errorf("ADMIN_ADDR: %w (set another, or \"off\")", err)
		}
		operations := newServer(s.operations(&ready), logger)
		operations.WriteTimeout = 0 // warming and profiling take long
		// The shutdown cancels them instead of waiting.
		operations.BaseContext = func(net.Listener) context.Context { return background }
		servers, listeners = append(servers, operations), append(listeners, admin)
	}

	if !c.ownGOGC {
		go keepRoom(background)
	}
	go s.store.Watch(background)
	s.store.OnChange(func(snap *shelf.Snapshot) {
		logger.Info("catalogue", "version", snap.Version(), "medicines", len(snap.Catalogue().Groups), "updated", snap.Source().Updated)
	})
	go s.cached.KeepPublished(background)

	failures := make(chan error, len(servers))
	for i, server := range servers {
		go func() { failures <- server.Serve(listeners[i]) }()
	}
	ready.Store(true)
	snap := s.store.Current()
	logger.Info("serving", "addr", public.Addr().String(), "admin", adminOf(listeners), "build", s.build,
		"catalogue", snap.Version(), "medicines", len(snap.Catalogue().Groups), "redis", c.RedisURL.String())

	select {
	case err := <-failures:
		return err
	case <-ctx.Done():
	}
	logger.Info("shutting down")
	ready.Store(false)
	stop()
	end, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	var errs []error
	for _, server := range servers {
		errs = append(errs, server.Shutdown(end))
	}
	return errors.Join(errs...)
}

// adminOf returns the address of the operations listener, or "off".
func adminOf(listeners []net.Listener) string {
	if len(listeners) < 2 {
		return "off"
	}
	return listeners[1].Addr().String()
}

// newServer returns a server with limits on the time and the header size of
// requests.
func newServer(h http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:        h,
		ReadTimeout:    10 * time.Second, // including the header
		WriteTimeout:   30 * time.Second,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: 128 << 10,
		ErrorLog:       log.New(serverLog{logger}, "", 0),
	}
}

// serverLog logs the messages of net/http at debug level, because most are about
// clients that disconnected.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Write(b []byte) (int, error) {
	l.log.Debug("http: " + string(b))
	return len(b), nil
}

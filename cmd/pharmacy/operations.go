package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"pharmacy/internal/cache"
	"pharmacy/internal/pagecache"
)

// operations returns the handler of the operations listener, which is for
// operators and scripts and must not be public.
func (s *shop) operations(ready *atomic.Bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		// Redis is reported but not required, since pages are served without it.
		state := "not configured"
		if s.redis != nil {
			if state = "answers"; !s.cache.Available() {
				state = "does not answer"
			}
		}
		if !ready.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, "not ready")
			return
		}
		fmt.Fprintf(w, "ready\ncatalogue: %s\nredis: %s\n", s.store.Current().Version(), state)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /cache/stats", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.cache.Stats()) })
	mux.HandleFunc("POST /cache/clear", func(w http.ResponseWriter, r *http.Request) {
		scope := cache.Medicines
		if r.URL.Query().Get("scope") == "all" {
			scope = cache.All
		}
		cleared, err := s.cache.Clear(r.Context(), scope, nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		writeJSON(w, cleared)
	})
	mux.HandleFunc("POST /cache/warm", func(w http.ResponseWriter, r *http.Request) {
		encoder := json.NewEncoder(w)
		flush := http.NewResponseController(w).Flush
		last := time.Now()
		evictions := s.cache.Stats().Evictions
		result, err := s.warm(r.Context(), func(p warmProgress) {
			if p.Error != "" || time.Since(last) > 100*time.Millisecond {
				last = time.Now()
				_ = encoder.Encode(p)
				_ = flush()
			}
		})
		if r.Context().Err() != nil {
			err = errors.New("the server is shutting down") // or the client has gone
		}
		if gone := s.cache.Stats().Evictions - evictions; err == nil && s.redis == nil && gone > 0 {
			err = fmt.Errorf("CACHE_MEMORY=%d is too small for all pages, %d were evicted: raise it", s.config.CacheMemory, gone)
		}
		if err != nil {
			result.Error = err.Error()
		}
		_ = encoder.Encode(result)
	})
	// No web page in a browser on this machine may clear a cache.
	return http.NewCrossOriginProtection().Handler(mux)
}

// writeJSON writes v as a JSON response.
func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// warmProgress is the progress of warming. The last one has Done set.
type warmProgress struct {
	Looked, Total       int
	Made, Found, Failed int
	Path, Error         string `json:",omitempty"`
	Done                bool
}

// warmWorkers is the number of pages rendered concurrently. It is small, so that
// warming does not slow down visitors.
const warmWorkers = 4

// warm publishes the catalogue and loads every canonical page by the same code
// that serves it. It calls report after each page.
func (s *shop) warm(ctx context.Context, report func(warmProgress)) (warmProgress, error) {
	s.cached.Publish(ctx)
	snap := s.store.Current()
	_, total := s.front.Plans(snap)
	p := warmProgress{Total: total}
	result, err := s.front.Warm(ctx, snap, warmWorkers, func(plan pagecache.Plan, err error) {
		p.Looked++
		p.Path, p.Error = plan.Address(), ""
		if err != nil {
			p.Error = err.Error()
		}
		report(p)
	})
	p.Path, p.Error, p.Done = "", "", true
	p.Made, p.Found, p.Failed = result.Rendered, result.Found, result.Failed
	return p, err
}

// ask sends a request to the operations listener of a running server and returns
// the response body, which the caller must close, and the server's address.
func (a *app) ask(ctx context.Context, c *config, method, path string) (body io.ReadCloser, addr string, err error) {
	defer func() {
		if err != nil && c.RedisURL.raw == "" {
			err = fmt.Errorf("no REDIS_URL is set, so the caches live in the server, and %w", err)
		}
	}()
	if c.AdminAddr == "off" {
		return nil, "", errors.New("ADMIN_ADDR is off, so no server can be reached")
	}
	host, port, err := net.SplitHostPort(c.AdminAddr)
	if err != nil {
		return nil, "", err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	addr = net.JoinHostPort(host, port)
	r, err := http.NewRequestWithContext(ctx, method, "http://"+addr+path, nil)
	if err != nil {
		return nil, "", err
	}
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		var urlError *url.Error
		if errors.As(err, &urlError) {
			err = urlError.Err
		}
		return nil, "", fmt.Errorf("no server answers at the operations listener (%w)", err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return nil, "", fmt.Errorf("the server at %s responded %s: %s", addr, resp.Status, strings.TrimSpace(string(text)))
	}
	return resp.Body, addr, nil
}

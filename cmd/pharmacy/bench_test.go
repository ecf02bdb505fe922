package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pharmacy/internal/redistest"
)

// BenchmarkServed compares the throughput of the server, on 64 connections, with
// that of a baseline in the same run. The baseline of a page in memory is a bare
// handler that writes the same bytes, that of a page in Redis a handler that
// reads them from Redis each time. It reports the median ratio of alternating
// runs as "of_floor".
func BenchmarkServed(b *testing.B) {
	redis := redistest.Start(b)
	client := redis.Client()
	for _, c := range []struct {
		name, accept string
		environ      []string
		floor        func(body []byte) http.HandlerFunc
	}{
		{"memory/gzip", "gzip", nil, func(body []byte) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { writeBare(w, "gzip", body) }
		}},
		{"memory/identity", "identity", nil, func(body []byte) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { writeBare(w, "", body) }
		}},
		{"redis/gzip", "gzip", []string{"CACHE_MEMORY=0", "REDIS_URL=" + redis.URL()}, func(body []byte) http.HandlerFunc {
			client.Set(context.Background(), "floor", body, 0)
			return func(w http.ResponseWriter, r *http.Request) {
				body, err := client.Get(r.Context(), "floor").Bytes()
				if err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
					return
				}
				writeBare(w, "gzip", body)
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := startSite(b, c.environ...)
			request := "GET /en/medicines HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: " + c.accept + "\r\n\r\n"
			s.get("/en/medicines", "Accept-Encoding", c.accept)
			body := s.get("/en/medicines", "Accept-Encoding", c.accept).is(http.StatusOK).body
			mux := http.NewServeMux()
			mux.Handle("GET /en/medicines", c.floor([]byte(body)))
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			floor := &http.Server{Handler: mux}
			go func() { _ = floor.Serve(l) }()
			b.Cleanup(func() { _ = floor.Close() })

			var ratios []float64
			const turns = 9
			for b.Loop() {
				ratios = ratios[:0]
				for range turns {
					ours := rate(b, s.public, request)
					bare := rate(b, l.Addr().String(), request)
					ratios = append(ratios, ours/bare)
				}
			}
			b.ReportMetric(median(ratios), "of_floor")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func writeBare(w http.ResponseWriter, encoding string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// rate returns the number of responses per second on 64 connections.
func rate(b *testing.B, addr, request string) float64 {
	b.Helper()
	const connections, span = 64, 300 * time.Millisecond
	var answers atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for range connections {
		all.Go(func() {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			r := bufio.NewReaderSize(conn, 64<<10)
			for time.Since(start) < span {
				if _, err := io.WriteString(conn, request); err != nil {
					b.Error(err)
					return
				}
				if err := skipAnswer(r); err != nil {
					b.Error(err)
					return
				}
				answers.Add(1)
			}
		})
	}
	all.Wait()
	return float64(answers.Load()) / time.Since(start).Seconds()
}

// skipAnswer reads one response with a Content-Length. It does as little work as
// possible, because client and server share the machine.
func skipAnswer(r *bufio.Reader) error {
	length := -1
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		text := string(line)
		switch {
		case first && !strings.HasPrefix(text, "HTTP/1.1 200 "):
			return fmt.Errorf("unexpected status line %q", text)
		case strings.HasPrefix(text, "Content-Length: "):
			if length, err = strconv.Atoi(strings.TrimSpace(text[len("Content-Length: "):])); err != nil {
				return err
			}
		case text == "\r\n":
			_, err := r.Discard(length)
			return err
		}
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

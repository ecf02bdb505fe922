package pagecache_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"pharmacy/internal/pagecache"
	"pharmacy/internal/redistest"
)

// listing36K is a listing of the size that the design gives figures for: 36 KB,
// 5 KB gzipped.
func listing36K() []byte {
	random := rand.New(rand.NewPCG(1, 1))
	var b bytes.Buffer
	for i := 0; b.Len() < 36<<10; i++ {
		fmt.Fprintf(&b, `<article class="variant"><h3><a href="/en/medicines/group-%x">Medicine %x</a></h3><p class="strength">%d mg, %d film-coated tablets</p><p class="price" data-currency="EUR">%d.%02d</p><form method="post" action="/en/cart/items"><input type="hidden" name="variant" value="v-%x"><button>Add to basket</button></form></article>`+"\n",
			random.Uint32(), random.Uint64(), random.IntN(20)*50, random.IntN(10)*10, random.IntN(90), random.IntN(100), random.Uint32())
	}
	return b.Bytes()
}

// discard is a ResponseWriter that discards everything.
type discard struct{ header http.Header }

func (w *discard) Header() http.Header         { return w.header }
func (w *discard) Write(b []byte) (int, error) { return len(b), nil }
func (w *discard) WriteHeader(int)             {}

func request(encoding string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/en/medicines?category=pain&page=2", nil)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	return r
}

// bench serves the listing n times through a page cache.
func bench(b *testing.B, o settings, encoding string, extra ...string) {
	b.Helper()
	o.build, o.version = "8f14e45fceea167a", "c9f0f895fb98ab91"
	s := newSite(b, o)
	body := listing36K()
	h := s.pages.Handler(func(a *pagecache.Address) pagecache.Response {
		return pagecache.Plan{
			Version: o.version, Lang: "en",
			Path: pagecache.Canonical("/medicines", pagecache.Param{Name: "category", Value: a.Query("category")}, pagecache.Param{Name: "page", Value: a.Query("page")}),
			Render: func(context.Context) (pagecache.Document, error) {
				return pagecache.Document{ContentType: "text/html; charset=utf-8", Language: "en", Body: body}, nil
			},
		}
	}, "category", "form", "group", "page", "q", "sort")
	r := request(encoding)
	for i := 0; i+1 < len(extra); i += 2 {
		r.Header.Set(extra[i], extra[i+1])
	}
	w := &discard{make(http.Header)}
	h.ServeHTTP(w, r)
	h.ServeHTTP(w, r)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}

func BenchmarkHitInMemory(b *testing.B) {
	o := settings{memory: 8 << 20, ttl: time.Hour}
	b.Run("gzip", func(b *testing.B) { bench(b, o, "gzip, deflate, br;q=0.1") })
	b.Run("brotli", func(b *testing.B) { bench(b, o, "gzip, deflate, br, zstd") })
	b.Run("identity", func(b *testing.B) { bench(b, o, "") })
	b.Run("304", func(b *testing.B) { bench(b, o, "gzip", "If-None-Match", "*") })
}

func BenchmarkHitInRedis(b *testing.B) {
	o := settings{url: redistest.Start(b).URL() + unhurried, ttl: time.Hour}
	b.Run("gzip", func(b *testing.B) { bench(b, o, "gzip") })
	b.Run("304", func(b *testing.B) { bench(b, o, "gzip", "If-None-Match", "*") })
}

// BenchmarkBareGet measures Redis and its client alone.
func BenchmarkBareGet(b *testing.B) {
	client := redistest.Start(b).Client()
	client.Set(b.Context(), "page", make([]byte, 12<<10), 0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Get(b.Context(), "page").Bytes(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkColdPage encodes and stores a page on each iteration. The render
// itself is trivial.
func BenchmarkColdPage(b *testing.B) {
	body := listing36K()
	for _, store := range []struct {
		name   string
		shared bool
	}{{"in process", false}, {"with Redis", true}} {
		b.Run(store.name, func(b *testing.B) {
			o := settings{memory: 64 << 20, ttl: time.Hour}
			if store.shared {
				o.url = redistest.Start(b).URL() + unhurried
			}
			s := newSite(b, o)
			n := 0
			h := s.pages.Handler(func(*pagecache.Address) pagecache.Response {
				n++
				return pagecache.Plan{Version: "v", Lang: "en", Path: strconv.Itoa(n), Render: func(context.Context) (pagecache.Document, error) {
					return pagecache.Document{ContentType: "text/html; charset=utf-8", Language: "en", Body: body}, nil
				}}
			})
			r, w := request("gzip"), &discard{make(http.Header)}
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(w, r)
			}
		})
	}
}

// BenchmarkBareHandler writes the same bytes under the same header.
func BenchmarkBareHandler(b *testing.B) {
	var z bytes.Buffer
	g := gzip.NewWriter(&z)
	_, _ = g.Write(listing36K())
	_ = g.Close()
	body := z.Bytes()
	b.Logf("%d bytes gzipped", len(body))
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "public, no-cache")
		h.Set("Vary", "Accept-Encoding")
		h.Set("Etag", `W/"dGhlIHRhZw"`)
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Language", "en")
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(body)
	})
	r, w := request("gzip"), &discard{make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}

// BenchmarkServer measures a hit over a connection.
func BenchmarkServer(b *testing.B) {
	s := newSite(b, settings{memory: 8 << 20, ttl: time.Hour})
	body := listing36K()
	s.render = func(string) ([]byte, error) { return body, nil }
	page := s.get("/en/medicines", "Accept-Encoding", "gzip")
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, values := range page.Header {
			h[name] = values
		}
		_, _ = w.Write(page.body)
	})
	for name, h := range map[string]http.Handler{"cached page": s, "bare handler": bare} {
		b.Run(name, func(b *testing.B) {
			server := httptest.NewServer(h)
			defer server.Close()
			client := server.Client()
			r, _ := http.NewRequest(http.MethodGet, server.URL+"/en/medicines", nil)
			r.Header.Set("Accept-Encoding", "gzip")
			sink := make([]byte, 64<<10)
			for b.Loop() {
				resp, err := client.Do(r)
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = resp.Body.Read(sink)
				}
				resp.Body.Close()
			}
		})
	}
}

package storefront

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"pharmacy/internal/pagecache"
)

// sink is a ResponseWriter that discards everything, so that the benchmark
// measures only the server.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}

// BenchmarkHit serves a page from the memory tier through the whole router.
func BenchmarkHit(b *testing.B) {
	s := newSite(b, siteOptions{})
	h := s.shop.Handler()
	for _, c := range []struct{ name, path, accept string }{
		{"gzip", "/en/medicines", "gzip"},
		{"identity", "/en/medicines", ""},
		{"brotli", "/en/medicines", "gzip, deflate, br"},
		{"filtered", "/en/medicines?category=skin&page=2&sort=price_asc", "gzip"},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, c.path, nil)
			if c.accept != "" {
				r.Header.Set("Accept-Encoding", c.accept)
			}
			w := &sink{http.Header{}}
			h.ServeHTTP(w, r)
			b.ReportAllocs()
			for b.Loop() {
				clear(w.h)
				h.ServeHTTP(w, r)
			}
		})
	}
}

// BenchmarkCold renders a page: template, compression and validator.
func BenchmarkCold(b *testing.B) {
	s := newSite(b, siteOptions{})
	snap := s.store.Current()
	g, _ := snap.Group("paracetamol")
	plans := map[string]pagecache.Plan{
		"home":     s.shop.homePlan(snap, "fa"),
		"listing":  s.shop.listingPlan(snap, listingQuery("fa")),
		"medicine": s.shop.medicinePlan(snap, "fa", g, 1),
	}
	for name, plan := range plans {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := plan.Render(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

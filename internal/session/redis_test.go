package session

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"pharmacy/internal/cart"
	"pharmacy/internal/redistest"
)

// A Redis that hangs costs a request a few timeouts, however many idle
// connections there are in the pool.
func TestOpenFailsFast(t *testing.T) {
	server := redistest.Start(t)
	m := New(Options{Redis: &Redis{Addr: server.Addr()}, Lifetime: time.Hour, Logger: slog.New(slog.DiscardHandler)})
	defer m.Close()
	r := httptest.NewRequest(http.MethodGet, "/en/cart", nil)
	s, err := m.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	s.SetCart(cart.Cart{})
	w := httptest.NewRecorder()
	if err := s.Save(w); err != nil {
		t.Fatal(err)
	}
	s.Close()
	r.Header.Set("Cookie", w.Result().Cookies()[0].String())
	var opened sync.WaitGroup
	for range maxIdle {
		conn := m.pool.Get()
		if err := conn.Err(); err != nil {
			t.Fatal(err)
		}
		opened.Go(func() { time.Sleep(100 * time.Millisecond); _ = conn.Close() })
	}
	opened.Wait()
	time.Sleep(1100 * time.Millisecond) // from then on they are tested

	server.Freeze()
	defer server.Thaw()
	start := time.Now()
	if _, err := m.Open(r); err == nil {
		t.Error("Open succeeds while Redis is frozen")
	}
	t.Logf("Open failed after %s", time.Since(start).Round(time.Millisecond))
	// A timeout for each idle connection would be more than six seconds.
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("Open failed after %s, with %d idle connections", took, maxIdle)
	}
	server.Thaw()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s, err := m.Open(r)
		if err == nil {
			s.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after Redis has recovered: %v", err)
		}
	}
}

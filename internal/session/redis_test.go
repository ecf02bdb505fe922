package session

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"pharmacy/internal/cart"
	"pharmacy/internal/redistest"
)

// A Redis that stands still costs a visitor a few time limits, however many
// connections were left idle in better times.
func TestFrozenRedisIsGivenUpSoon(t *testing.T) {
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
	if _, err := m.Open(r); !errors.Is(err, ErrUnavailable) {
		t.Errorf("error %v", err)
	}
	t.Logf("given up after %s", time.Since(start).Round(time.Millisecond))
	// A time limit for each of them would be more than six seconds.
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("given up after %s, with %d connections", took, maxIdle)
	}
	server.Thaw()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s, err := m.Open(r)
		if err == nil {
			s.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after its return: %v", err)
		}
	}
}

package session

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

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
	w := httptest.NewRecorder()
	eventually(t, "a session is kept", func() error {
		s, err := m.Open(r)
		if err != nil {
			return err
		}
		defer s.Close()
		s.SetCart(cart.Cart{})
		w = httptest.NewRecorder()
		return s.Save(w)
	})
	r.Header.Set("Cookie", w.Result().Cookies()[0].String())
	var conns []redis.Conn
	for range maxIdle {
		eventually(t, "Redis is dialled", func() error {
			conn := m.pool.Get()
			if err := conn.Err(); err != nil {
				return err
			}
			conns = append(conns, conn)
			return nil
		})
	}
	for _, conn := range conns {
		_ = conn.Close()
	}
	time.Sleep(1100 * time.Millisecond) // from then on they are tested
	asked := 0
	test := m.pool.TestOnBorrow
	m.pool.TestOnBorrow = func(c redis.Conn, since time.Time) error {
		err := test(c, since)
		if err != nil && !errors.Is(err, errDead) {
			asked++ // and waited for
		}
		return err
	}

	server.Freeze()
	defer server.Thaw()
	start := time.Now()
	if _, err := m.Open(r); err == nil {
		t.Error("Open succeeds while Redis is frozen")
	}
	t.Logf("Open failed after %s", time.Since(start).Round(time.Millisecond))
	// A starved machine may exceed the time limit of a few.
	if asked < 1 || asked > maxIdle/4 {
		t.Errorf("%d of %d idle connections were tested, each with a timeout", asked, maxIdle)
	}
	server.Thaw()
	eventually(t, "it is used after its return", func() error {
		s, err := m.Open(r)
		if err == nil {
			s.Close()
		}
		return err
	})
}

// eventually tries until there is no error: a session has little time, and a
// busy machine may take it.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

package session

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// Clients that start sessions endlessly do not exceed the bound. The least
// recently saved sessions are evicted first.
func TestMemoryIsBounded(t *testing.T) {
	const room = 100
	data := make([]byte, 500)
	m := newMemory(room * (len("token 0000") + len(data) + sessionOverhead))
	end := time.Now().Add(time.Hour)
	found := func(n int) bool {
		_, ok, err := m.Find(fmt.Sprintf("token %04d", n))
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	for n := range 50 * room {
		if err := m.Commit(fmt.Sprintf("token %04d", n), data, end); err != nil {
			t.Fatal(err)
		}
		if n%10 == 0 { // a session in use
			if err := m.Commit("token 0000", data, end); err != nil {
				t.Fatal(err)
			}
		}
	}
	if m.size > m.bound || len(m.byKey) > room || m.saved.Len() != len(m.byKey) {
		t.Errorf("%d sessions, %d in order, %d bytes of %d", len(m.byKey), m.saved.Len(), m.size, m.bound)
	}
	if !found(0) || found(1) || !found(50*room-1) {
		t.Errorf("found: session in use %t, old session %t, last session %t", found(0), found(1), found(50*room-1))
	}
	for n := range 50 * room {
		if err := m.Delete(fmt.Sprintf("token %04d", n)); err != nil {
			t.Fatal(err)
		}
	}
	if m.size != 0 || len(m.byKey) != 0 || m.saved.Len() != 0 {
		t.Errorf("after all were deleted: %d sessions, %d bytes", len(m.byKey), m.size)
	}
}

func TestMemoryExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(maxHeld)
		_ = m.Commit("first", []byte("1"), time.Now().Add(time.Minute))
		time.Sleep(30 * time.Second)
		_ = m.Commit("second", []byte("2"), time.Now().Add(time.Minute))
		if b, ok, _ := m.Find("first"); !ok || string(b) != "1" {
			t.Errorf("first session: got %q, %t", b, ok)
		}
		time.Sleep(30 * time.Second)
		if _, ok, _ := m.Find("first"); ok {
			t.Error("first session has not expired")
		}
		_ = m.Commit("third", []byte("3"), time.Now().Add(time.Minute))
		if _, ok, _ := m.Find("second"); !ok || len(m.byKey) != 2 {
			t.Errorf("second session: found %t, of %d", ok, len(m.byKey))
		}
	})
}

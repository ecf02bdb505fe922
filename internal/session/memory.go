package session

import (
	"container/list"
	"sync"
	"time"
)

const (
	// maxHeld is the maximum size of all sessions in this process, in bytes.
	// Every form sent without a cookie starts a session, so that without a
	// bound a client could exhaust the memory.
	maxHeld = 64 << 20
	// sessionOverhead is the estimated memory of a session besides its token
	// and data, in bytes.
	sessionOverhead = 256
)

// memory is an scs.Store in this process. It evicts the least recently saved
// sessions when it is full. It replaces scs's memstore, which is unbounded and
// whose goroutine cannot be stopped without a data race.
type memory struct {
	bound int

	mu    sync.Mutex
	byKey map[string]*list.Element
	saved list.List // of *held, least recently saved first
	size  int
}

// held is one session in memory.
type held struct {
	token  string
	data   []byte
	expiry time.Time
}

func (h *held) size() int { return len(h.token) + len(h.data) + sessionOverhead }

func newMemory(bound int) *memory {
	return &memory{bound: bound, byKey: make(map[string]*list.Element)}
}

// Find implements scs.Store.
func (m *memory) Find(token string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.byKey[token]
	if !ok || !time.Now().Before(e.Value.(*held).expiry) {
		return nil, false, nil
	}
	return e.Value.(*held).data, true, nil
}

// Commit implements scs.Store.
func (m *memory) Commit(token string, data []byte, expiry time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(m.byKey[token])
	h := &held{token, data, expiry}
	m.byKey[token] = m.saved.PushBack(h)
	m.size += h.size()
	for now := time.Now(); ; {
		oldest := m.saved.Front()
		if m.size <= m.bound && (oldest == nil || now.Before(oldest.Value.(*held).expiry)) {
			return nil
		}
		m.remove(oldest)
	}
}

// Delete implements scs.Store.
func (m *memory) Delete(token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(m.byKey[token])
	return nil
}

func (m *memory) remove(e *list.Element) {
	if e == nil {
		return
	}
	h := m.saved.Remove(e).(*held)
	delete(m.byKey, h.token)
	m.size -= h.size()
}

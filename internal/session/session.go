// Package session stores a visitor's basket and messages between requests, in
// Redis or in this process.
//
// It is used on personal pages only. A request without a session cookie costs
// no lookup. A failing store never causes a cookie to be deleted.
package session

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"

	"pharmacy/internal/cart"
)

const (
	// KeyPrefix is the prefix of the keys in Redis. No clear of a cache covers it.
	KeyPrefix = "session:"
	// countCookie is the name of the cookie that holds the number of packs in
	// the basket, and nothing else. Scripts may read it.
	countCookie = "basket"

	// redisTimeout bounds each dial, read and write, since scs.Store takes no
	// context.
	redisTimeout = 200 * time.Millisecond
	maxActive    = 256
	maxIdle      = 32
)

// Redis is the address of a Redis that stores sessions.
type Redis struct {
	Addr               string // host:port, or the path of a Unix socket
	Username, Password string
	DB                 int
	TLS                *tls.Config // nil disables TLS
}

// Options configure a Manager.
type Options struct {
	Redis    *Redis        // nil stores sessions in this process
	Lifetime time.Duration // counted from the start of a session
	Secure   bool          // send cookies over HTTPS only, with the __Host- prefix
	Logger   *slog.Logger  // nil discards logs
}

// Manager opens sessions.
type Manager struct {
	scs    *scs.SessionManager
	pool   *redis.Pool // nil if sessions are in this process
	secure bool

	// locks serialize the requests of one session, so that two quick clicks on
	// "add" add two packs. A session uses the lock that its token hashes to.
	// There are enough that sessions rarely share one, even when every lookup
	// takes until its timeout.
	locks [1024]sync.Mutex
	seed  maphash.Seed
}

// New returns a Manager. It does not connect.
func New(o Options) *Manager {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	m := &Manager{secure: o.Secure, seed: maphash.MakeSeed()}
	// scs.New would start a memstore: see memory.
	m.scs = &scs.SessionManager{
		Lifetime:         o.Lifetime,
		HashTokenInStore: true,
		Codec:            codec{log: o.Logger, lifetime: o.Lifetime},
		Cookie: scs.SessionCookie{
			Name: "session", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Persist: true,
		},
	}
	if o.Secure {
		// A sibling domain cannot set a cookie with this prefix: RFC 6265bis,
		// section 4.1.3.2.
		m.scs.Cookie.Name = "__Host-session"
		m.scs.Cookie.Secure = true
	}
	if o.Redis != nil {
		m.pool = newPool(o.Redis)
		m.scs.Store = redisstore.NewWithPrefix(m.pool, KeyPrefix)
	} else {
		m.scs.Store = newMemory(maxHeld)
	}
	return m
}

// newPool returns a pool that fails fast. It does not set Wait, which blocks
// without a timeout when the pool is exhausted. It tests idle connections, which
// are dead if Redis has restarted; after one has failed the test, it drops the
// others for a second without testing them, because with a Redis that hangs each
// test would take a timeout.
func newPool(r *Redis) *redis.Pool {
	network := "tcp"
	if r.Addr != "" && r.Addr[0] == '/' {
		network = "unix"
	}
	options := []redis.DialOption{
		redis.DialConnectTimeout(redisTimeout),
		redis.DialReadTimeout(redisTimeout),
		redis.DialWriteTimeout(redisTimeout),
		redis.DialDatabase(r.DB),
		redis.DialUsername(r.Username),
		redis.DialPassword(r.Password),
	}
	if r.TLS != nil {
		options = append(options, redis.DialUseTLS(true), redis.DialTLSConfig(r.TLS))
	}
	var failed atomic.Int64 // when a test last failed, in Unix nanoseconds
	return &redis.Pool{
		Dial:        func() (redis.Conn, error) { return redis.Dial(network, r.Addr, options...) },
		MaxActive:   maxActive,
		MaxIdle:     maxIdle,
		IdleTimeout: time.Minute,
		TestOnBorrow: func(c redis.Conn, since time.Time) error {
			if time.Since(since) < time.Second {
				return nil
			}
			if time.Since(time.Unix(0, failed.Load())) < time.Second {
				return errDead
			}
			_, err := c.Do("PING")
			if err != nil {
				failed.Store(time.Now().UnixNano())
			}
			return err
		},
	}
}

// errDead makes the pool close a connection without testing it.
var errDead = errors.New("session: another idle connection is dead")

// Close closes the connections to the store.
func (m *Manager) Close() {
	if m.pool != nil {
		_ = m.pool.Close()
	}
}

// codec is scs.GobCodec, except that it decodes malformed data, such as that of
// an older release, as an empty session. An error would recur at every request
// until the cookie expires.
type codec struct {
	scs.GobCodec
	log      *slog.Logger
	lifetime time.Duration
}

// Decode implements scs.Codec.
func (c codec) Decode(b []byte) (time.Time, map[string]any, error) {
	deadline, values, err := c.GobCodec.Decode(b)
	if err != nil {
		c.log.Warn("cannot decode a session, starting an empty one", "error", err)
		return time.Now().Add(c.lifetime), map[string]any{}, nil
	}
	return deadline, values, nil
}

// Session is the session of one request. It is not safe for concurrent use.
type Session struct {
	m       *Manager
	ctx     context.Context
	request *http.Request
	unlock  func()
}

const (
	cartKey    = "cart"
	messageKey = "message"
)

// Open loads the session named by the request's cookie, or starts an empty one.
// It waits while another request has the session open. The caller must call
// Close. Open returns an error if the store is unavailable.
func (m *Manager) Open(r *http.Request) (*Session, error) {
	s := &Session{m: m, request: r, unlock: func() {}}
	token := ""
	if cookie, err := r.Cookie(m.scs.Cookie.Name); err == nil {
		token = cookie.Value
	}
	if token != "" {
		lock := &m.locks[maphash.String(m.seed, token)%uint64(len(m.locks))]
		lock.Lock()
		s.unlock = lock.Unlock
	}
	ctx, err := m.scs.Load(r.Context(), token)
	if err != nil {
		s.unlock()
		return nil, fmt.Errorf("session: store unavailable: %w", err)
	}
	s.ctx = ctx
	return s, nil
}

// Close lets the next request open the session. It does not save the session.
func (s *Session) Close() { s.unlock() }

// Cart returns the basket. It is empty if the session has none.
func (s *Session) Cart() cart.Cart {
	var c cart.Cart
	if raw := s.m.scs.GetBytes(s.ctx, cartKey); raw != nil {
		if err := json.Unmarshal(raw, &c); err != nil {
			return cart.Cart{}
		}
	}
	return c
}

// SetCart sets the basket.
func (s *Session) SetCart(c cart.Cart) { s.put(cartKey, c) }

// Message is a message for the visitor's next page. It holds a key and its
// arguments, not a text, because that page may be in another language.
type Message struct {
	Key  string
	Args []string
}

// SetMessage sets the message for the next page.
func (s *Session) SetMessage(m Message) { s.put(messageKey, m) }

// TakeMessage returns the message, if there is one, and removes it.
func (s *Session) TakeMessage() (Message, bool) {
	var m Message
	if !s.m.scs.Exists(s.ctx, messageKey) {
		return m, false
	}
	err := json.Unmarshal(s.m.scs.PopBytes(s.ctx, messageKey), &m)
	return m, err == nil && m.Key != ""
}

func (s *Session) put(key string, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("session: " + err.Error()) // cannot happen: the types are plain data
	}
	s.m.scs.Put(s.ctx, key, raw)
}

// Save stores the session if it has changed and sets its cookies on w, whose
// header must not have been written yet. It returns an error, and sets no
// cookie, if the store is unavailable.
func (s *Session) Save(w http.ResponseWriter) error {
	count := s.Cart().Count()
	if s.m.scs.Status(s.ctx) == scs.Modified {
		token, expiry, err := s.m.scs.Commit(s.ctx)
		if err != nil {
			return fmt.Errorf("session: store unavailable: %w", err)
		}
		s.m.scs.WriteSessionCookie(s.ctx, w, token, expiry)
	}
	s.writeCount(w, count)
	return nil
}

// writeCount sets countCookie unless the request already has the right one.
func (s *Session) writeCount(w http.ResponseWriter, count int) {
	seen := ""
	if c, err := s.request.Cookie(countCookie); err == nil {
		seen = c.Value
	}
	c := &http.Cookie{Name: countCookie, Path: "/", SameSite: http.SameSiteLaxMode, Secure: s.m.secure}
	switch {
	case count == 0 && seen == "", seen == strconv.Itoa(count):
		return
	case count == 0:
		c.MaxAge = -1
	default:
		c.Value = strconv.Itoa(count)
		c.Expires = s.m.scs.Deadline(s.ctx)
	}
	http.SetCookie(w, c)
}

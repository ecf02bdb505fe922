// Package session keeps a visitor's basket and messages between requests,
// in Redis or in this process.
//
// It is used on personal pages only. A visitor without a session costs no
// look-up, and a store that does not answer never costs a visitor the
// cookie.
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
	// keyPrefix is what the keys of sessions begin with. No clear touches it.
	keyPrefix = "session:"
	// countCookie is the readable cookie that holds the number of packs in
	// the basket, and nothing else.
	countCookie = "basket"

	// redisTimeout bounds each step of a command. The store takes no context.
	redisTimeout = 200 * time.Millisecond
	maxActive    = 256
	maxIdle      = 32
)

// ErrUnavailable is wrapped by errors of a store that does not answer.
var ErrUnavailable = errors.New("session: the store does not answer")

// Redis is the address of the store, taken from the same parsed URL as the
// cache's.
type Redis struct {
	Addr               string // host:port, or the path of a socket
	Username, Password string
	DB                 int
	TLS                *tls.Config // nil for none
}

// Options configure a Manager.
type Options struct {
	Redis    *Redis        // nil keeps sessions in this process
	Lifetime time.Duration // absolute, from the session's beginning
	Secure   bool          // cookies only over HTTPS, with the __Host- prefix
	Logger   *slog.Logger
}

// Manager opens sessions.
type Manager struct {
	scs    *scs.SessionManager
	pool   *redis.Pool // nil for sessions in this process
	secure bool

	// locks make the changes of one visitor follow each other, so that two
	// quick clicks on "add" add two. There are so many that hardly anybody
	// waits for a stranger, not even when each look-up takes its time limit.
	locks [1024]sync.Mutex
	seed  maphash.Seed
}

// New returns a Manager. It does not connect.
func New(o Options) *Manager {
	m := &Manager{secure: o.Secure, seed: maphash.MakeSeed()}
	// Not scs.New: it starts a store in memory that nothing can stop, and that
	// has no bound.
	m.scs = &scs.SessionManager{
		Lifetime:         o.Lifetime,
		HashTokenInStore: true,
		Codec:            codec{log: o.Logger, lifetime: o.Lifetime},
		Cookie: scs.SessionCookie{
			Name: "session", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Persist: true,
		},
	}
	if o.Secure {
		// RFC 6265bis, section 4.1.3.2: such a cookie cannot be planted by a
		// neighbouring host.
		m.scs.Cookie.Name = "__Host-session"
		m.scs.Cookie.Secure = true
	}
	if o.Redis != nil {
		m.pool = newPool(o.Redis)
		m.scs.Store = redisstore.NewWithPrefix(m.pool, keyPrefix)
	} else {
		m.scs.Store = newMemory(maxHeld)
	}
	return m
}

// newPool makes a pool that fails fast: Wait would hang for ever when it is
// exhausted, and a connection that was idle while Redis restarted is dead.
// Where one is, the others mostly are as well: the pool would ask each of them
// in turn, and a Redis that stands still costs a time limit each.
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
	var failed atomic.Int64 // when an idle connection was last found dead, Unix nanoseconds
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

// errDead closes a connection that has not been asked.
var errDead = errors.New("session: another connection was dead a moment ago")

// Close closes the connections to the store.
func (m *Manager) Close() {
	if m.pool != nil {
		_ = m.pool.Close()
	}
}

// codec is scs's, but for what cannot be decoded: a session that an older
// release wrote, or rubbish, becomes an empty session instead of an error
// for as long as the cookie lives.
type codec struct {
	scs.GobCodec
	log      *slog.Logger
	lifetime time.Duration
}

func (c codec) Decode(b []byte) (time.Time, map[string]any, error) {
	deadline, values, err := c.GobCodec.Decode(b)
	if err != nil {
		c.log.Warn("a session could not be read and begins anew", "error", err)
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

// Open reads the session that the request's cookie names, or begins an
// empty one. Requests of one session that may change it wait for each other
// until Close. The error wraps ErrUnavailable.
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
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	s.ctx = ctx
	return s, nil
}

// Close lets the session's next request in. It does not save.
func (s *Session) Close() { s.unlock() }

// Cart returns the basket.
func (s *Session) Cart() cart.Cart {
	var c cart.Cart
	if raw := s.m.scs.GetBytes(s.ctx, cartKey); raw != nil {
		if err := json.Unmarshal(raw, &c); err != nil {
			return cart.Cart{}
		}
	}
	return c
}

// SetCart puts the basket into the session.
func (s *Session) SetCart(c cart.Cart) { s.put(cartKey, c) }

// Message is a text for the visitor's next page: the key of a message with
// its arguments, so that it is shown in the language of that page.
type Message struct {
	Key  string
	Args []string
}

// SetMessage keeps a message for the next page.
func (s *Session) SetMessage(m Message) { s.put(messageKey, m) }

// TakeMessage returns the message that was kept and forgets it.
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
		panic("session: " + err.Error()) // both types are plain
	}
	s.m.scs.Put(s.ctx, key, raw)
}

// Save writes a changed session to the store and its cookies to w, which
// must not have been written to. An unchanged one costs nothing. The error
// wraps ErrUnavailable; w then has no new cookie.
func (s *Session) Save(w http.ResponseWriter) error {
	count := s.Cart().Count()
	if s.m.scs.Status(s.ctx) == scs.Modified {
		token, expiry, err := s.m.scs.Commit(s.ctx)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		s.m.scs.WriteSessionCookie(s.ctx, w, token, expiry)
	}
	s.writeCount(w, count)
	return nil
}

// writeCount brings the readable cookie in line with the basket.
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

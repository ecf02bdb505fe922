package storefront

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// The policy is the same for every page and names no exception: there are no
// inline scripts or styles, and nothing comes from elsewhere. The headers
// stand outside the page cache, so that changing them needs no clear.
var (
	secure = always(map[string][]string{
		"Content-Security-Policy": {"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
			"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
		"X-Content-Type-Options": {"nosniff"},
		"Referrer-Policy":        {"strict-origin-when-cross-origin"},
	})
	// isolated keeps other sites' windows and embeddings away from what is a
	// visitor's own. A public page holds nothing that this could protect, and
	// every header of a hit costs as much as finding the page.
	isolated = always(map[string][]string{
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Permissions-Policy":           {"camera=(), geolocation=(), microphone=()"},
	})
)

// always makes a middleware that sets headers on every answer.
func always(headers map[string][]string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			for name, value := range headers {
				h[name] = value[:1:1]
			}
			next.ServeHTTP(w, r)
		})
	}
}

// unescaped routes every spelling of a path as one: what needs no escape is
// decoded, and the digits of the other escapes are upper case (RFC 3986,
// sections 6.2.2.1 and 6.2.2.2). An escaped slash or other delimiter stays
// what it is, so that it never separates anything.
func unescaped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawPath != "" { // net/url has seen a spelling that is not its own
			u, again := *r.URL, *r
			u.RawPath = plainSpelling(u.RawPath)
			if plain := (&url.URL{Path: u.Path}).EscapedPath(); plain == u.RawPath {
				u.RawPath = ""
			}
			again.URL, r = &u, &again
		}
		next.ServeHTTP(w, r)
	})
}

// plainSpelling returns an escaped path without the escapes of unreserved
// characters.
func plainSpelling(path string) string {
	const digits = "0123456789ABCDEF"
	digit := func(c byte) int {
		if 'a' <= c && c <= 'f' {
			c -= 'a' - 'A'
		}
		return strings.IndexByte(digits, c)
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '%' || i+2 >= len(path) || digit(path[i+1]) < 0 || digit(path[i+2]) < 0 {
			b.WriteByte(path[i])
			continue
		}
		high, low := digit(path[i+1]), digit(path[i+2])
		switch c := byte(high<<4 | low); {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', digits[high], digits[low]})
		}
		i += 2
	}
	return b.String()
}

// recorder learns the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController through.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

var recorders = sync.Pool{New: func() any { return new(recorder) }}

// observed measures every answer of a route, logs what went wrong, and turns
// a panic outside a render into the page for it. The route's name, a pattern,
// is known when it is routed; finding it out anew would cost each request.
func (s *Shop) observed(route string, next http.Handler) http.HandlerFunc {
	observe := s.opts.Observe(route)
	return func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := recorders.Get().(*recorder)
		rec.ResponseWriter, rec.status = w, 0
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				s.opts.Logger.Error("panic while answering", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
				if rec.status == 0 {
					s.fail(rec, r, s.languageOf(r), failInternal)
				}
			}
			took, status := time.Since(start), rec.status
			rec.ResponseWriter = nil
			recorders.Put(rec)
			observe(status, took)
			s.logAccess(r, route, status, took)
		}()
		next.ServeHTTP(rec, r)
	}
}

// logAccess writes one line for a request. What succeeded is of interest
// only to whoever debugs: the metrics have the rest.
func (s *Shop) logAccess(r *http.Request, route string, status int, took time.Duration) {
	level := slog.LevelDebug
	if status >= 500 {
		level = slog.LevelWarn // the cause was logged as an error where it arose
	}
	if !s.opts.Logger.Enabled(r.Context(), level) {
		return
	}
	s.opts.Logger.LogAttrs(r.Context(), level, "request",
		slog.String("method", r.Method), slog.String("route", route), slog.Int("status", status),
		slog.Duration("took", took), slog.String("client", s.client(r)))
}

// client is the address of the visitor: the peer's, or, when the peer is a
// trusted proxy, the last address in X-Forwarded-For that is not one.
func (s *Shop) client(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	if !s.trusted(host) {
		return host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		if _, err := netip.ParseAddr(hop); err != nil {
			break
		}
		host = hop
		if !s.trusted(hop) {
			break
		}
	}
	return host
}

func (s *Shop) trusted(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range s.opts.TrustedProxies {
		if p.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// sameOrigin refuses forms that another site posted, without tokens, so that
// the forms themselves can be cached.
func (s *Shop) sameOrigin() func(http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin(s.origin); err != nil {
		s.opts.Logger.Error("PUBLIC_URL cannot be trusted for forms", "origin", s.origin, "error", err)
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, s.languageOf(r), failCrossSite)
	}))
	return protection.Handler
}

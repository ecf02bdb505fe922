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

// These headers are set outside the page cache, so that changing them does not
// require a clear.
var (
	// secure sets the security headers of every response. The policy has no
	// exceptions: no page has inline scripts or styles or loads anything from
	// another origin.
	secure = always(map[string][]string{
		"Content-Security-Policy": {"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
			"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
		"X-Content-Type-Options": {"nosniff"},
		"Referrer-Policy":        {"strict-origin-when-cross-origin"},
	})
	// isolated sets headers that isolate personal pages from the windows and
	// embeddings of other sites. Public pages have nothing to protect, and each
	// header of a hit costs as much as the cache lookup.
	isolated = always(map[string][]string{
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Permissions-Policy":           {"camera=(), geolocation=(), microphone=()"},
	})
)

// always returns a middleware that sets headers on every response.
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

// unescaped is a middleware that normalizes the escaping of a path: it decodes
// unreserved characters and converts the digits of all other escapes to upper
// case (RFC 3986, sections 6.2.2.1 and 6.2.2.2). An escaped slash or other
// delimiter stays escaped.
func unescaped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawPath != "" { // the path is not escaped as net/url would
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

// plainSpelling returns an escaped path with unreserved characters decoded and
// the digits of all other escapes in upper case.
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

// recorder records the status of a response.
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

// Unwrap returns the wrapped writer, for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

var recorders = sync.Pool{New: func() any { return new(recorder) }}

// observed reports the status and duration of each response of a route, logs
// failed requests, and recovers from a panic in a handler with an error page.
// route is fixed here because looking up the pattern on each request would be
// slower.
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
				s.opts.Logger.Error("panic in handler", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
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

// logAccess logs a request, at level warn if its status is 5xx and otherwise at
// level debug.
func (s *Shop) logAccess(r *http.Request, route string, status int, took time.Duration) {
	level := slog.LevelDebug
	if status >= 500 {
		level = slog.LevelWarn // the cause is already logged as an error
	}
	if !s.opts.Logger.Enabled(r.Context(), level) {
		return
	}
	s.opts.Logger.LogAttrs(r.Context(), level, "request",
		slog.String("method", r.Method), slog.String("route", route), slog.Int("status", status),
		slog.Duration("took", took), slog.String("client", s.client(r)))
}

// client returns the address of the client: the peer's or, if the peer is a
// trusted proxy, the last address in X-Forwarded-For that is not a trusted
// proxy's.
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

// trusted reports whether host is the address of a trusted proxy.
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

// sameOrigin returns a middleware that rejects forms posted from another origin.
// It needs no tokens, so pages with forms can be cached.
func (s *Shop) sameOrigin() func(http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin(s.origin); err != nil {
		s.opts.Logger.Error("cannot accept forms from PUBLIC_URL", "origin", s.origin, "error", err)
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, s.languageOf(r), failCrossSite)
	}))
	return protection.Handler
}

package storefront

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
)

// failureKind identifies an error page.
type failureKind uint8

const (
	failNotFound failureKind = iota
	failCategory
	failMedicine
	failVariant
	failMethod
	failBadRequest
	failCrossSite
	failTooLarge
	failMediaType
	failInternal
	failSessions
)

// failures holds the status and the message keys of each error page.
var failures = map[failureKind]struct {
	status      int
	title, text string
}{
	failNotFound:   {http.StatusNotFound, "error.404.title", "error.404.text"},
	failCategory:   {http.StatusNotFound, "error.404.title", "error.404.category"},
	failMedicine:   {http.StatusNotFound, "error.404.title", "error.404.group"},
	failVariant:    {http.StatusNotFound, "error.404.title", "error.404.variant"},
	failMethod:     {http.StatusMethodNotAllowed, "error.405.title", "error.405.text"},
	failBadRequest: {http.StatusBadRequest, "error.400.title", "error.400.text"},
	failCrossSite:  {http.StatusForbidden, "error.403.title", "error.403.cross_site"},
	failTooLarge:   {http.StatusRequestEntityTooLarge, "error.413.title", "error.413.text"},
	failMediaType:  {http.StatusUnsupportedMediaType, "error.415.title", "error.415.text"},
	failInternal:   {http.StatusInternalServerError, "error.500.title", "error.500.text"},
	failSessions:   {http.StatusServiceUnavailable, "error.503.title", "cart.unavailable"},
}

// retryAfter is the Retry-After of a response without a reachable session store,
// in seconds. Redis is probed twice a second.
const retryAfter = "3"

type failureKey struct {
	lang string
	kind failureKind
}

// renderFailure renders an error page and keeps it. There are few of them, and
// they depend only on the language.
func (s *Shop) renderFailure(lang string, kind failureKind) ([]byte, error) {
	key := failureKey{lang, kind}
	if body, ok := s.failures.Load(key); ok {
		return body.([]byte), nil
	}
	f, l := failures[kind], locale(lang)
	base := s.base(lang, "")
	base.Title = s.titled(l, l.T(f.title), 1)
	base.NoIndex = true
	for i := range base.Languages {
		base.Languages[i].Href = "/" + base.Languages[i].Code
	}
	body, err := s.opts.Renderer.Page(lang, "error", errorPage{
		layout: base, errorState: errorState{Status: f.status, Heading: l.T(f.title), Texts: []string{l.T(f.text)}, WaysOn: waysOn(l)},
	})
	if err != nil {
		return nil, err
	}
	s.failures.Store(key, body)
	return body, nil
}

// failure returns the error page of a kind. New has rendered it, so rendering can
// fail only in debug mode; failure then returns a plain text document.
func (s *Shop) failure(lang string, kind failureKind) pagecache.Failure {
	body, err := s.renderFailure(lang, kind)
	if err != nil {
		s.opts.Logger.Error("cannot render error page", "error", err)
		return pagecache.Failure{Status: failures[kind].status, Document: pagecache.Document{
			ContentType: "text/plain; charset=utf-8", Body: []byte(http.StatusText(failures[kind].status) + "\n"),
		}}
	}
	return pagecache.Failure{Status: failures[kind].status, Document: pagecache.Document{
		ContentType: "text/html; charset=utf-8", Language: lang, Body: body,
	}}
}

// fail writes the error page of a kind.
func (s *Shop) fail(w http.ResponseWriter, r *http.Request, lang string, kind failureKind) {
	if kind == failSessions {
		w.Header().Set("Retry-After", retryAfter)
	}
	f := s.failure(lang, kind)
	pagecache.WriteUncached(w, r, f.Status, f.Document)
}

// waysOn returns links to the home page, the listing and the A to Z.
func waysOn(l *render.Locale) []link {
	home := "/" + l.Code()
	return []link{
		{l.T("ways.home"), home},
		{l.T("ways.medicines"), home + "/medicines"},
		{l.T("ways.a_to_z"), home + "/a-to-z"},
	}
}

// notFound handles every address without a route. If the path without its
// trailing slash has a route, notFound redirects to it.
func (s *Shop) notFound(w http.ResponseWriter, r *http.Request) {
	if path, ok := strings.CutSuffix(r.URL.Path, "/"); ok && s.routed(r, path) {
		to := url.URL{Path: path} // escapes what would begin a query or a fragment
		http.Redirect(w, r, to.EscapedPath()+parameters(r), http.StatusMovedPermanently)
		return
	}
	s.fail(w, r, s.languageOf(r), failNotFound)
}

// routed reports whether path begins with a language, has a route, and contains
// nothing that a client could take for another host.
func (s *Shop) routed(r *http.Request, path string) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.URL.RawPath != "" ||
		strings.Contains(path, "//") || strings.Contains(path, `\`) {
		return false
	}
	lang, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if _, ok := render.LocaleFor(lang); !ok {
		return false
	}
	return chi.RouteContext(r.Context()).Routes.Match(chi.NewRouteContext(), http.MethodGet, path)
}

// methodNotAllowed handles a request with a method that its path does not
// support.
func (s *Shop) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	routes := chi.RouteContext(r.Context()).Routes
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		if routes.Match(chi.NewRouteContext(), method, r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	// A single field line, because many clients read only the first.
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.fail(w, r, s.languageOf(r), failMethod)
}

package storefront

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
)

// inLang is the prefix of route names with a language. Each language has a route
// of its own, so that an unknown language is not found and a lookup does not
// match a pattern.
const inLang = "/{lang}"

// router registers the routes of the site. A route is either public, cached and
// without a session, or personal, with a session and never stored.
type router struct {
	shop       *Shop
	mux        chi.Router
	sameOrigin func(http.Handler) http.Handler
}

// Handler returns the handler of the public site.
func (s *Shop) Handler() http.Handler {
	r := router{s, chi.NewRouter(), s.sameOrigin()}
	r.mux.Use(unescaped, secure)
	r.mux.NotFound(s.observed("none", http.HandlerFunc(s.notFound)))
	r.mux.MethodNotAllowed(s.observed("none", http.HandlerFunc(s.methodNotAllowed)))

	r.pages(inLang, s.home)
	r.pages(inLang+"/medicines", s.listing, listingParams...)
	r.medicines()
	r.pages(inLang+"/a-to-z", s.aToZ, "letter")
	r.pages(inLang+"/about", s.about)
	r.public("/sitemap.xml", s.sitemap, "page")
	r.public("/robots.txt", s.robots)
	r.public("/api/medicines/groups", s.groupsJSON)
	r.public("/api/search", s.searchJSON, "q", "lang")

	r.other("/api/looked-at", s.mostViewed)

	r.personal(http.MethodGet, "/cart", s.showCart)
	r.personal(http.MethodPost, "/cart/items", s.addItem)
	r.personal(http.MethodPost, "/cart/items/{variant}", s.changeItem)
	r.personal(http.MethodPost, "/cart/items/{variant}/remove", s.removeItem)
	r.personal(http.MethodPost, "/cart/empty", s.emptyCart)
	r.post("/language", "/language", s.setLanguage)

	r.other("/", s.negotiate)
	r.other("/buy-medicine/", s.oldListing)
	r.other("/buy-medicine", s.oldListing)
	r.other("/item/{id}/", s.oldItem)
	r.other("/item/{id}", s.oldItem)
	r.other("/favicon.ico", s.favicon)
	r.other("/healthz", healthy)
	if s.opts.Debug {
		for _, lang := range render.Languages() {
			r.get(inLang+"/components", "/"+lang+"/components", func(w http.ResponseWriter, req *http.Request) { s.showComponents(w, req, lang) })
		}
	}
	r.mux.Handle("/static/*", s.observed("/static/*", s.opts.Assets))
	return r.mux
}

// pages registers a cached page in every language.
func (r router) pages(route string, resolve func(lang string, a *pagecache.Address) pagecache.Response, params ...string) {
	for _, lang := range render.Languages() {
		r.cached(route, "/"+lang+strings.TrimPrefix(route, inLang), func(a *pagecache.Address) pagecache.Response { return resolve(lang, a) }, params...)
	}
}

// medicines registers the pages of medicines and counts their views.
func (r router) medicines() {
	const route = inLang + "/medicines/{group}"
	for _, lang := range render.Languages() {
		h := r.shop.pages.Handler(func(a *pagecache.Address) pagecache.Response { return r.shop.medicine(lang, a) }, "page")
		r.get(route, "/"+lang+"/medicines/{group}", r.shop.countViews(h.ServeHTTP))
	}
}

// public registers a cached document without a language.
func (r router) public(route string, resolve pagecache.Resolver, params ...string) {
	r.cached(route, route, resolve, params...)
}

// cached registers a cached page. route is its name in metrics and logs.
func (r router) cached(route, pattern string, resolve pagecache.Resolver, params ...string) {
	r.get(route, pattern, r.shop.pages.Handler(resolve, params...).ServeHTTP)
}

// personal registers a page with a session in every language.
func (r router) personal(method, route string, page func(*visit) (reply, error)) {
	for _, lang := range render.Languages() {
		h := isolated(r.shop.personal(lang, page)).ServeHTTP
		if method == http.MethodPost {
			r.post(inLang+route, "/"+lang+route, h)
			continue
		}
		r.get(inLang+route, "/"+lang+route, h)
	}
}

// post registers a form handler. Forms from other origins are rejected.
func (r router) post(route, pattern string, h http.HandlerFunc) {
	r.mux.Post(pattern, r.shop.observed(route, r.sameOrigin(h)))
}

// other registers a handler that is neither cached nor personal.
func (r router) other(route string, h http.HandlerFunc) { r.get(route, route, h) }

// get registers a handler for GET and HEAD.
func (r router) get(route, pattern string, h http.HandlerFunc) {
	h = r.shop.observed(route, h)
	r.mux.Get(pattern, h)
	r.mux.Head(pattern, h)
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

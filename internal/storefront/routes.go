package storefront

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"pharmacy/internal/pagecache"
)

// langPattern lets through the languages that there are, so that another one
// is simply not found. The group matters: chi puts anchors around the whole.
const langPattern = "/{lang:(?:fa|en|tr|ar)}"

// Handler routes the public site. Public pages are on the one side, cached
// and without a session; personal ones on the other, with a session and
// never stored. No route is on both.
func (s *Shop) Handler() http.Handler {
	r := chi.NewRouter()
	r.Use(s.observe, secure)
	r.NotFound(s.notFound)
	r.MethodNotAllowed(s.methodNotAllowed)

	const lang = langPattern
	public := func(pattern string, resolve pagecache.Resolver, params ...string) {
		h := s.pages.Handler(resolve, params...)
		r.Method(http.MethodGet, pattern, h)
		r.Method(http.MethodHead, pattern, h)
	}
	public(lang, s.home)
	public(lang+"/medicines", s.listing, listingParams...)
	public(lang+"/medicines/{group}", s.medicine, "page")
	public(lang+"/a-to-z", s.aToZ, "letter")
	public(lang+"/about", s.about)
	public("/sitemap.xml", s.sitemap, "page")
	public("/robots.txt", s.robots)
	public("/api/medicines/groups", s.groupsJSON)
	public("/api/search", s.searchJSON, "q", "lang")

	r.Group(func(r chi.Router) {
		r.Use(s.sameOrigin)
		get(r, lang+"/cart", s.personal(s.showCart))
		r.Post(lang+"/cart/items", s.personal(s.addItem))
		r.Post(lang+"/cart/items/{variant}", s.personal(s.changeItem))
		r.Post(lang+"/cart/items/{variant}/remove", s.personal(s.removeItem))
		r.Post(lang+"/cart/empty", s.personal(s.emptyCart))
		r.Post("/language", s.setLanguage)
	})

	get(r, "/", s.negotiate)
	get(r, "/buy-medicine/", s.oldListing)
	get(r, "/buy-medicine", s.oldListing)
	get(r, "/item/{id}/", s.oldItem)
	get(r, "/item/{id}", s.oldItem)
	get(r, "/favicon.ico", s.favicon)
	get(r, "/healthz", healthy)
	r.Handle("/static/*", s.Assets)
	return r
}

// get routes GET and HEAD.
func get(r chi.Router, pattern string, h http.HandlerFunc) {
	r.Get(pattern, h)
	r.Head(pattern, h)
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

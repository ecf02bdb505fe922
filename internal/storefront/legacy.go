package storefront

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// oldListing redirects the listing of the replaced application to the new
// listing and keeps its parameters.
func (s *Shop) oldListing(w http.ResponseWriter, r *http.Request) {
	s.moved(w, r, "/"+s.preferred(r)+"/medicines", "")
}

// oldItem redirects an item of the replaced application to its row on the page of
// its medicine.
func (s *Shop) oldItem(w http.ResponseWriter, r *http.Request) {
	lang := s.preferred(r)
	ref, ok := s.opts.Medicines.Current().Variant(chi.URLParam(r, "id"))
	if !ok {
		s.fail(w, r, lang, failVariant)
		return
	}
	s.moved(w, r, "/"+lang+medicinePath(ref.Group), "#"+ref.Variant.ID)
}

// moved writes a permanent redirect. The target depends on the visitor's
// language, so shared caches may not store it.
func (s *Shop) moved(w http.ResponseWriter, r *http.Request, path, fragment string) {
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept-Language, Cookie")
	http.Redirect(w, r, path+parameters(r)+fragment, http.StatusMovedPermanently)
}

// favicon redirects /favicon.ico, which browsers request by default.
func (s *Shop) favicon(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	http.Redirect(w, r, s.opts.Assets.URL("favicon.svg"), http.StatusFound)
}

// parameters returns the query of a request with a leading "?", for a redirect.
// It returns "" if there is none or if it is not printable ASCII. A "#", which
// net/http accepts in a request although RFC 3986, section 3.4, does not, is
// escaped: otherwise the rest would become the fragment of the new address.
func parameters(r *http.Request) string {
	query := r.URL.RawQuery
	if query == "" || strings.ContainsFunc(query, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return ""
	}
	return "?" + strings.ReplaceAll(query, "#", "%23")
}

package storefront

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// oldListing sends the addresses of the replaced application's listing to
// ours, with their parameters. Which language that is depends on the
// visitor, so that the answer is for this visitor only.
func (s *Shop) oldListing(w http.ResponseWriter, r *http.Request) {
	s.moved(w, r, "/"+s.preferred(r)+"/medicines", "")
}

// oldItem sends the address of an item to its row on the medicine's page.
func (s *Shop) oldItem(w http.ResponseWriter, r *http.Request) {
	lang := s.preferred(r)
	ref, ok := s.opts.Medicines.Current().Variant(chi.URLParam(r, "id"))
	if !ok {
		s.fail(w, r, lang, failVariant)
		return
	}
	s.moved(w, r, "/"+lang+medicinePath(ref.Group), "#"+ref.Variant.ID)
}

func (s *Shop) moved(w http.ResponseWriter, r *http.Request, path, fragment string) {
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept-Language, Cookie")
	http.Redirect(w, r, path+parameters(r)+fragment, http.StatusMovedPermanently)
}

// favicon answers the address that browsers ask for unasked.
func (s *Shop) favicon(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	http.Redirect(w, r, s.opts.Assets.URL("favicon.svg"), http.StatusFound)
}

// parameters are those of the request, to go on with; a query that is not
// made of printable ASCII, as it should be, is left behind.
func parameters(r *http.Request) string {
	query := r.URL.RawQuery
	if query == "" || strings.ContainsFunc(query, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return ""
	}
	return "?" + query
}

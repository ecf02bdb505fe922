package storefront

import (
	"net/http"

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
	ref, ok := s.Medicines.Current().Variant(chi.URLParam(r, "id"))
	if !ok {
		s.fail(w, lang, failVariant)
		return
	}
	s.moved(w, r, "/"+lang+medicinePath(ref.Group), "#"+ref.Variant.ID)
}

func (s *Shop) moved(w http.ResponseWriter, r *http.Request, path, fragment string) {
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept-Language, Cookie")
	http.Redirect(w, r, path+fragment, http.StatusMovedPermanently)
}

// favicon answers the address that browsers ask for unasked.
func (s *Shop) favicon(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	http.Redirect(w, r, s.Assets.URL("favicon.svg"), http.StatusFound)
}

package assets

import (
	"io/fs"
	"net/http"
	"strings"

	"pharmacy/internal/conneg"
)

// Precomputed header values.
var (
	immutable = []string{"public, max-age=31536000, immutable"}
	noCache   = []string{"no-cache"}
	noSniff   = []string{"nosniff"}
	encodings = [...][]string{conneg.Brotli: {"br"}, conneg.Gzip: {"gzip"}}
)

// ServeHTTP serves paths under /static/. A URL with the hash of a file's current
// content is immutable. Any other URL, including that of an earlier version, is
// a 404 that is not cached, so that a URL never returns different bytes. There
// are no directory listings. Range is ignored, as RFC 9110, section 14.2,
// permits. Files returned by [NewDir] serve plain names from disk instead, to be
// revalidated each time.
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header["X-Content-Type-Options"] = noSniff
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed)
		return
	}
	one, cacheControl := f.byPath[r.URL.Path], immutable
	if f.disk != nil {
		one, cacheControl = f.fromDisk(r.URL.Path), noCache
	}
	// An escaped slash is part of a name, and no file name contains one.
	if one == nil || r.URL.RawPath != "" && strings.Count(r.URL.RawPath, "/") != strings.Count(r.URL.Path, "/") {
		refuse(w, http.StatusNotFound)
		return
	}
	header.Add("Vary", "Accept-Encoding")
	coding := conneg.Negotiate(r.Header["Accept-Encoding"], one.codings)
	form := one.forms[coding]
	header["Cache-Control"] = cacheControl
	header["Etag"] = form.etag
	if conneg.NoneMatch(r.Header["If-None-Match"], form.etag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header["Content-Type"] = one.contentType
	header["Content-Length"] = form.length
	if coding != conneg.Identity {
		header["Content-Encoding"] = encodings[coding]
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		w.Write(form.body)
	}
}

// fromDisk reads the current content of a file by its plain URL. Relative
// references in style sheets work without rewriting.
func (f *Files) fromDisk(path string) *file {
	name, ok := strings.CutPrefix(path, prefix)
	if !ok || !served(name) {
		return nil
	}
	content, err := fs.ReadFile(f.disk, name)
	if err != nil {
		return nil
	}
	one := &file{contentType: []string{typeOf(name).name}}
	one.forms[conneg.Identity] = newForm(content, contentHash(content), "")
	return one
}

func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}

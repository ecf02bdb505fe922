package assets

import (
	"io/fs"
	"net/http"
	"strings"

	"pharmacy/internal/conneg"
)

// Headers that every answer shares, made once.
var (
	immutable = []string{"public, max-age=31536000, immutable"}
	noCache   = []string{"no-cache"}
	noSniff   = []string{"nosniff"}
	encodings = [...][]string{conneg.Brotli: {"br"}, conneg.Gzip: {"gzip"}}
)

// ServeHTTP answers requests for paths under /static/. An address with the
// hash of a file's current content may be kept for ever; every other one,
// that of an earlier content too, is a 404 that nobody keeps, so that an
// address never delivers other bytes than it promises. There are no
// directories. Range is not looked at (RFC 9110, section 14.2, allows that).
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
	// An escaped slash is a part of a name, and no file has it in its own.
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

// fromDisk reads a file as it is now, under its plain name and as it is
// written: a style sheet's relative references work without hashes.
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

package assets

import (
	"io/fs"
	"net/http"
	"net/textproto"
	"strings"
)

// Headers that every answer shares, made once.
var (
	immutable = []string{"public, max-age=31536000, immutable"}
	noCache   = []string{"no-cache"}
	noSniff   = []string{"nosniff"}
	encodings = [codings][]string{br: {"br"}, gz: {"gzip"}}
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
	if one == nil {
		refuse(w, http.StatusNotFound)
		return
	}
	header.Add("Vary", "Accept-Encoding")
	var has [codings]bool
	for c, form := range one.forms {
		has[c] = form != nil
	}
	c, acceptable := negotiate(r.Header["Accept-Encoding"], has)
	if !acceptable {
		refuse(w, http.StatusNotAcceptable)
		return
	}
	form := one.forms[c]
	header["Cache-Control"] = cacheControl
	header["Etag"] = form.etag
	if matches(r.Header["If-None-Match"], form.etag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header["Content-Type"] = one.contentType
	header["Content-Length"] = form.length
	if encodings[c] != nil {
		header["Content-Encoding"] = encodings[c]
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
	one.forms[identity] = newForm(content, contentHash(content), "")
	return one
}

func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}

// matches reports whether If-None-Match names the validator, by the weak
// comparison that RFC 9110, section 13.1.2, asks for.
func matches(lines []string, etag string) bool {
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			element = textproto.TrimString(element)
			if element == "*" || strings.TrimPrefix(element, "W/") == etag {
				return true
			}
		}
	}
	return false
}

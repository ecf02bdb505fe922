// Package assets serves static files under URLs that contain a hash of their
// content. It compresses them once at startup.
package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"pharmacy/internal/conneg"
)

// prefix is the URL path prefix of the files.
const prefix = "/static/"

// Files are the static files of one file system, in memory.
type Files struct {
	disk   fs.FS            // set by NewDir: read at each request
	byName map[string]*file // "css/site.css"
	byPath map[string]*file // "/static/css/site.0123456789.css"
	hash   string
}

// A file is a static file with its representations.
type file struct {
	path        string
	hash        string
	contentType []string
	// forms holds the identity and each coding that is smaller.
	forms   [conneg.NumCodings]*form
	codings conneg.Codings // the codings in forms
}

// A form is one representation: a body in one content coding, with its
// precomputed header values.
type form struct {
	body         []byte
	etag, length []string
}

// New reads, hashes and compresses all files, except Go files and names that
// begin with a dot. It rewrites url(…) references in style sheets to hashed
// URLs, and returns an error for a reference to a missing file.
func New(fsys fs.FS) (*Files, error) {
	contents, err := read(fsys)
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	f := &Files{
		byName: make(map[string]*file, len(contents)),
		byPath: make(map[string]*file, len(contents)),
	}
	s := sheets{contents: contents, done: make(map[string]bool)}
	for name := range contents {
		if err := s.rewrite(name, nil); err != nil {
			return nil, fmt.Errorf("assets: %w", err)
		}
	}
	all := sha256.New()
	for _, name := range sortedNames(contents) {
		one := newFile(name, contents[name])
		f.byName[name], f.byPath[one.path] = one, one
		fmt.Fprintf(all, "%s\n%s\n", name, one.hash)
	}
	f.hash = hex.EncodeToString(all.Sum(nil)[:16])
	return f, nil
}

// NewDir returns Files for development. It checks the files as New does, but
// reads them from fsys at each request. Their URLs have no hash, and browsers
// revalidate them each time.
func NewDir(fsys fs.FS) (*Files, error) {
	f, err := New(fsys)
	if err != nil {
		return nil, err
	}
	f.disk = fsys
	return f, nil
}

// URL returns the URL of a file by its plain name, such as "css/site.css". For a
// missing file it returns a URL that responds with 404.
func (f *Files) URL(name string) string {
	if one, ok := f.byName[name]; ok && f.disk == nil {
		return one.path
	}
	return prefix + name
}

// Hash returns a hash of the names and contents of all files at startup.
func (f *Files) Hash() string { return f.hash }

// served reports whether a path in the file system is a static file: neither a
// Go file nor hidden.
func served(name string) bool {
	if !fs.ValidPath(name) || path.Ext(name) == ".go" {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") {
			return false
		}
	}
	return true
}

func read(fsys fs.FS) (map[string][]byte, error) {
	contents := make(map[string][]byte)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !served(name) {
			return err
		}
		contents[name], err = fs.ReadFile(fsys, name)
		return err
	})
	return contents, err
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// address returns the URL path of a file with this content. The hash comes
// before the extension, and is long enough to distinguish versions of a file.
func address(name string, content []byte) string {
	ext := path.Ext(name)
	return prefix + strings.TrimSuffix(name, ext) + "." + contentHash(content) + ext
}

func contentHash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:5])
}

func newFile(name string, content []byte) *file {
	t := typeOf(name)
	one := &file{path: address(name, content), hash: contentHash(content), contentType: []string{t.name}}
	one.forms[conneg.Identity] = newForm(content, one.hash, "")
	if !t.compress {
		return one
	}
	smallest := len(content)
	for _, c := range []conneg.Coding{conneg.Gzip, conneg.Brotli} {
		if body := encode(c, content); len(body) < smallest {
			// A strong validator must differ between codings (RFC 9110,
			// section 8.8.3.3).
			one.forms[c] = newForm(body, one.hash, "-"+c.String())
			one.codings = one.codings.With(c)
			smallest = len(body)
		}
	}
	return one
}

func newForm(body []byte, hash, suffix string) *form {
	return &form{body: body, etag: []string{`"` + hash + suffix + `"`}, length: []string{strconv.Itoa(len(body))}}
}

// A mediaType is the media type of a file name extension. Package mime is not
// used, since its table depends on the system.
type mediaType struct {
	name     string
	compress bool
}

var mediaTypes = map[string]mediaType{
	".css":         {"text/css; charset=utf-8", true},
	".js":          {"text/javascript; charset=utf-8", true},
	".svg":         {"image/svg+xml", true},
	".json":        {"application/json", true},
	".webmanifest": {"application/manifest+json", true},
	".txt":         {"text/plain; charset=utf-8", true},
	".xml":         {"application/xml", true},
	".ico":         {"image/vnd.microsoft.icon", true},
	".woff2":       {"font/woff2", false},
	".woff":        {"font/woff", false},
	".png":         {"image/png", false},
	".jpg":         {"image/jpeg", false},
	".jpeg":        {"image/jpeg", false},
	".gif":         {"image/gif", false},
	".webp":        {"image/webp", false},
	".avif":        {"image/avif", false},
	".pdf":         {"application/pdf", false},
}

func typeOf(name string) mediaType {
	if t, ok := mediaTypes[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return mediaType{"application/octet-stream", false}
}

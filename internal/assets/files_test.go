package assets

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"pharmacy/internal/conneg"
)

var script = strings.Repeat("function add(a, b) { return a + b; }\n", 50)

// disk returns a set of static files with changes.
func disk(changes ...string) fstest.MapFS {
	all := map[string]string{
		"css/site.css":   `@font-face{src:url(../fonts/a.woff2)}` + strings.Repeat(" a{color:red}", 50),
		"fonts/a.woff2":  "wOF2 font",
		"fonts/OFL.txt":  "x", // too short to compress
		"js/site.min.js": script,
		"LICENSE":        "licence",
		".hidden":        "secret",
		".git/config":    "secret",
		"embed.go":       "package static",
	}
	for i := 0; i < len(changes); i += 2 {
		all[changes[i]] = changes[i+1]
	}
	fsys := fstest.MapFS{}
	for name, text := range all {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func files(t testing.TB, fsys fs.FS) *Files {
	t.Helper()
	f, err := New(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func ask(h http.Handler, method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, "http://pharmacy.test/", nil)
	r.URL.Path = path
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func decoded(t *testing.T, r *http.Response) string {
	t.Helper()
	switch coding := r.Header.Get("Content-Encoding"); coding {
	case "br":
		r.Body = io.NopCloser(brotli.NewReader(r.Body))
	case "gzip":
		zr, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		r.Body = zr
	case "":
	default:
		t.Fatalf("Content-Encoding %q", coding)
	}
	return body(t, r)
}

func TestURL(t *testing.T) {
	f := files(t, disk())
	for name, want := range map[string]string{
		"css/site.css":   `^/static/css/site\.[0-9a-f]{10}\.css$`,
		"js/site.min.js": `^/static/js/site\.min\.[0-9a-f]{10}\.js$`,
		"fonts/a.woff2":  `^/static/fonts/a\.[0-9a-f]{10}\.woff2$`,
		"LICENSE":        `^/static/LICENSE\.[0-9a-f]{10}$`,
	} {
		if got := f.URL(name); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("URL(%q) = %s", name, got)
		}
	}
	for _, name := range []string{"", ".hidden", "/css/site.css", "css", "css/absent.css", "embed.go"} {
		if got := f.URL(name); got != "/static/"+name {
			t.Errorf("URL(%q) = %s", name, got)
		}
	}
}

func TestServe(t *testing.T) {
	f := files(t, disk())
	js := f.URL("js/site.min.js")
	for _, c := range []struct {
		name, method, path, accept string
		status                     int
		coding                     string
	}{
		{"no Accept-Encoding", "GET", js, "", 200, ""},
		{"br and gzip", "GET", js, "gzip, deflate, br, zstd", 200, "br"},
		{"gzip alone", "GET", js, "gzip", 200, "gzip"},
		{"gzip refused", "GET", js, "gzip;q=0", 200, ""},
		{"HEAD", "HEAD", js, "br", 200, "br"},
		{"not compressible", "GET", f.URL("fonts/a.woff2"), "br, gzip", 200, ""},
		{"too short to compress", "GET", f.URL("fonts/OFL.txt"), "br, gzip", 200, ""},
		{"everything refused", "GET", f.URL("fonts/a.woff2"), "br, identity;q=0", 200, ""},
		{"POST", "POST", js, "", 405, ""},
		{"DELETE of nothing", "DELETE", "/static/absent", "", 405, ""},
		{"plain name", "GET", "/static/js/site.min.js", "", 404, ""},
		{"another hash", "GET", "/static/js/site.min.0123456789.js", "", 404, ""},
		{"another file's hash", "GET", strings.Replace(js, "js/site", "css/site", 1), "", 404, ""},
		{"directory", "GET", "/static/js/", "", 404, ""},
		{"root", "GET", "/static/", "", 404, ""},
		{"outside", "GET", "/css/site.css", "", 404, ""},
		{"above", "GET", "/static/../go.mod", "", 404, ""},
		{"hidden", "GET", "/static/.hidden", "", 404, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var header []string
			if c.accept != "" {
				header = []string{"Accept-Encoding", c.accept}
			}
			r := ask(f, c.method, c.path, header...)
			if r.StatusCode != c.status || r.Header.Get("Content-Encoding") != c.coding {
				t.Fatalf("%d %q, want %d %q", r.StatusCode, r.Header.Get("Content-Encoding"), c.status, c.coding)
			}
			if got := r.Header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("X-Content-Type-Options: %q", got)
			}
			if c.status != 200 {
				if got := r.Header.Get("Cache-Control"); got != "no-store" {
					t.Errorf("Cache-Control: %q", got)
				}
				if r.Header.Get("Etag") != "" || strings.Contains(body(t, r), "function") {
					t.Error("a refusal has a validator or content")
				}
				if allow := r.Header.Get("Allow"); (allow == "GET, HEAD") != (c.status == 405) {
					t.Errorf("Allow: %q", allow)
				}
				return
			}
			for name, want := range map[string]string{"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if c.method == "HEAD" {
				if got := body(t, r); got != "" {
					t.Errorf("HEAD with a body of %d bytes", len(got))
				}
				if get := ask(f, "GET", c.path, header...); get.Header.Get("Content-Length") != r.Header.Get("Content-Length") || get.Header.Get("Etag") != r.Header.Get("Etag") {
					t.Errorf("HEAD %v, GET %v", r.Header, get.Header)
				}
				return
			}
			if c.path == js {
				if got := decoded(t, r); got != script {
					t.Errorf("different bytes: %q", got)
				}
			}
		})
	}
}

func TestContentType(t *testing.T) {
	want := map[string]string{
		"a.css": "text/css; charset=utf-8", "a.js": "text/javascript; charset=utf-8", "a.svg": "image/svg+xml",
		"a.woff2": "font/woff2", "a.PNG": "image/png", "a.jpeg": "image/jpeg", "a.webp": "image/webp", "a.avif": "image/avif",
		"a.ico": "image/vnd.microsoft.icon", "a.json": "application/json", "a.txt": "text/plain; charset=utf-8",
		"a.webmanifest": "application/manifest+json", "a.pdf": "application/pdf", "a": "application/octet-stream",
		"a.html": "application/octet-stream",
	}
	var changes []string
	for name := range want {
		changes = append(changes, name, "content")
	}
	f := files(t, disk(changes...))
	for name, ctype := range want {
		if got := ask(f, "GET", f.URL(name)).Header.Get("Content-Type"); got != ctype {
			t.Errorf("%s: %q, want %q", name, got, ctype)
		}
	}
}

// Each representation has its own strong validator and matches it.
func TestValidators(t *testing.T) {
	f := files(t, disk())
	path := f.URL("js/site.min.js")
	seen := map[string]string{}
	for _, accept := range []string{"identity", "gzip", "br"} {
		etag := ask(f, "GET", path, "Accept-Encoding", accept).Header.Get("Etag")
		if other, twice := seen[etag]; twice || !regexp.MustCompile(`^"[^"]+"$`).MatchString(etag) {
			t.Errorf("%s: invalid ETag %s, or the same as of %q", accept, etag, other)
		}
		seen[etag] = accept
		for given, want := range map[string]int{
			etag: 304, "W/" + etag: 304, "*": 304, `"x", ` + etag + ` ,"y"`: 304,
			`"x"`: 200, "": 200, strings.Trim(etag, `"`): 200, etag + "x": 200,
		} {
			for _, method := range []string{"GET", "HEAD"} {
				r := ask(f, method, path, "Accept-Encoding", accept, "If-None-Match", given)
				if r.StatusCode != want {
					t.Errorf("%s, %s If-None-Match: %s: %d, want %d", accept, method, given, r.StatusCode, want)
				}
				if want != 304 {
					continue
				}
				// RFC 9110, section 15.4.5: fields that a 200 would have.
				if r.Header.Get("Etag") != etag || r.Header.Get("Vary") == "" || r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
					t.Errorf("%s: 304 with %v", accept, r.Header)
				}
				if body(t, r) != "" || r.Header.Get("Content-Encoding") != "" || r.Header.Get("Content-Type") != "" {
					t.Errorf("%s: 304 with content or its headers: %v", accept, r.Header)
				}
			}
		}
	}
	// The ETag of one coding does not match another.
	for etag, accept := range seen {
		for _, other := range []string{"identity", "gzip", "br"} {
			if r := ask(f, "GET", path, "Accept-Encoding", other, "If-None-Match", etag); (r.StatusCode == 304) != (other == accept) {
				t.Errorf("%s with the ETag of %s: %d", other, accept, r.StatusCode)
			}
		}
	}
}

// table reads a table of test cases that pages share.
func table(t *testing.T, name string, cases any) {
	t.Helper()
	b, err := os.ReadFile("../conneg/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, cases); err != nil {
		t.Fatal(err)
	}
}

func TestAcceptEncodingIsThatOfTheTableForEverything(t *testing.T) {
	var cases []struct {
		Available, Lines []string
		Want             string
	}
	table(t, "accept-encoding.json", &cases)
	f := files(t, disk())
	paths := map[string]string{"br gzip": f.URL("js/site.min.js"), "": f.URL("fonts/a.woff2")}
	tried := map[string]bool{}
	for _, c := range cases {
		available := strings.Join(c.Available, " ")
		path, ok := paths[available]
		if !ok {
			continue // what gzip compresses Brotli compresses too
		}
		tried[available] = true
		var header []string
		for _, line := range c.Lines {
			header = append(header, "Accept-Encoding", line)
		}
		r := ask(f, "GET", path, header...)
		if got := cmp.Or(r.Header.Get("Content-Encoding"), "identity"); r.StatusCode != 200 || got != c.Want {
			t.Errorf("%q: %d %s, want %s", header, r.StatusCode, got, c.Want)
		}
	}
	if len(tried) != len(paths) {
		t.Errorf("the table has cases only for %v", tried)
	}
}

func TestIfNoneMatchIsThatOfTheTableForEverything(t *testing.T) {
	var cases []struct {
		Lines []string
		Want  bool
	}
	table(t, "if-none-match.json", &cases)
	f := files(t, disk())
	path := f.URL("js/site.min.js")
	tag := strings.Trim(ask(f, "GET", path).Header.Get("Etag"), `"`)
	for _, c := range cases {
		var header []string
		for _, line := range c.Lines {
			header = append(header, "If-None-Match", strings.ReplaceAll(line, "TAG", tag))
		}
		want := 200
		if c.Want {
			want = 304
		}
		for _, method := range []string{"GET", "HEAD"} {
			if got := ask(f, method, path, header...).StatusCode; got != want {
				t.Errorf("%s with %q: %d, want %d", method, header, got, want)
			}
		}
	}
}

func TestEscapedSlashIsNone(t *testing.T) {
	f := files(t, disk())
	for escaped, want := range map[string]int{
		f.URL("js/site.min.js"): 200,
		strings.Replace(f.URL("js/site.min.js"), "js/", "js%2F", 1): 404,
		strings.Replace(f.URL("js/site.min.js"), "js/", "js%2f", 1): 404,
		strings.Replace(f.URL("js/site.min.js"), "js/", "%6As/", 1): 200,
	} {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequest("GET", escaped, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", escaped, w.Code, want)
		}
	}
}

func TestRangeIsIgnored(t *testing.T) {
	f := files(t, disk())
	r := ask(f, "GET", f.URL("js/site.min.js"), "Range", "bytes=0-3")
	if r.StatusCode != 200 || body(t, r) != script {
		t.Errorf("status %d", r.StatusCode)
	}
}

// When a file changes, its previous URL no longer exists.
func TestNewContent(t *testing.T) {
	before := files(t, disk())
	after := files(t, disk("js/site.min.js", script+"//", "fonts/a.woff2", "wOF2 other"))
	if before.Hash() == after.Hash() || before.Hash() != files(t, disk()).Hash() || len(before.Hash()) != 32 {
		t.Errorf("hashes %s and %s", before.Hash(), after.Hash())
	}
	if files(t, disk("embed.go", "package other", ".hidden", "x")).Hash() != before.Hash() {
		t.Error("the hash includes files that are not served")
	}
	for _, name := range []string{"js/site.min.js", "fonts/a.woff2", "css/site.css"} { // the style sheet because of its font
		if before.URL(name) == after.URL(name) {
			t.Errorf("%s keeps its URL %s", name, after.URL(name))
		}
		if got := ask(after, "GET", before.URL(name)).StatusCode; got != 404 {
			t.Errorf("%s at its previous URL: %d", name, got)
		}
	}
}

func TestStyleSheets(t *testing.T) {
	f := files(t, disk(
		"css/a.css", "@import url(\"sub/b.css\");\n/* url(absent) */ a::before{content:\"url(absent) \\\" url(absent)\"}\n"+
			"p{background:URL( '../icons.svg#tick' )} q{mask:url(#local) url(data:image/png;base64,AA==)}\n"+
			"@font-face{src:url(../fonts/a.woff2) format('woff2')}",
		"css/sub/b.css", "b{background:url(../../icons.svg?v#x)}",
		"icons.svg", "<svg/>",
	))
	want := `@import url("` + f.URL("css/sub/b.css") + "\");\n/* url(absent) */ a::before{content:\"url(absent) \\\" url(absent)\"}\n" +
		`p{background:url("` + f.URL("icons.svg") + "#tick\")} q{mask:url(#local) url(data:image/png;base64,AA==)}\n" +
		`@font-face{src:url("` + f.URL("fonts/a.woff2") + `") format('woff2')}`
	if got := body(t, ask(f, "GET", f.URL("css/a.css"))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := body(t, ask(f, "GET", f.URL("css/sub/b.css"))), `b{background:url("`+f.URL("icons.svg")+`?v#x")}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestStyleSheetFaults(t *testing.T) {
	for _, c := range []struct{ css, want string }{
		{"a{b:url(absent.png)}", "css/x.css: url(absent.png): there is no file css/absent.png"},
		{"a{b:url(../../a.png)}", "there is no file ../a.png"},
		{"a{b:url()}", "css/x.css: url()"},
		{"a{b:url('../fonts/')}", "there is no file fonts"},
		{"a{b:url(/static/fonts/a.woff2)}", "is not relative"},
		{"a{b:url(https://example.com/a.png)}", "is not relative"},
		{"a{b:url(//example.com/a.png)}", "is not relative"},
		{"a{b:url(../.hidden)}", "there is no file .hidden"},
		{`@import "site.css";`, "css/x.css: write @import url"},
		{`@import'site.css';`, "css/x.css: write @import url"},
		{"@import url(x.css);", "import each other"},
		{"@import url(y.css);", "import each other"},
	} {
		fsys := disk("css/x.css", c.css, "css/y.css", "@import url(x.css);")
		if !strings.Contains(c.css, "y.css") {
			delete(fsys, "css/y.css")
		}
		if _, err := New(fsys); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.css, err, c.want)
		}
	}
}

func TestNewFailsWithTheDisk(t *testing.T) {
	if _, err := New(os.DirFS(t.TempDir() + "/absent")); err == nil {
		t.Error("no error")
	}
}

// In development an edit takes effect at once, and nothing is cached.
func TestNewDir(t *testing.T) {
	fsys := disk()
	f, err := NewDir(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.URL("css/site.css"); got != "/static/css/site.css" {
		t.Fatalf("URL = %s", got)
	}
	etags := map[string]bool{}
	for _, text := range []string{"a{b:url(c)}", "d{}"} { // as written: the reference is relative
		fsys["css/site.css"] = &fstest.MapFile{Data: []byte(text)}
		r := ask(f, "GET", "/static/css/site.css", "Accept-Encoding", "br")
		if got := body(t, r); got != text || r.StatusCode != 200 || r.Header.Get("Cache-Control") != "no-cache" ||
			r.Header.Get("Content-Type") != "text/css; charset=utf-8" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%d %q %v", r.StatusCode, got, r.Header)
		}
		etag := r.Header.Get("Etag")
		if etags[etag] {
			t.Errorf("ETag %s did not change", etag)
		}
		etags[etag] = true
		if r := ask(f, "GET", "/static/css/site.css", "If-None-Match", etag); r.StatusCode != 304 {
			t.Errorf("status %d for the current ETag", r.StatusCode)
		}
	}
	fsys["js/new.js"] = &fstest.MapFile{Data: []byte("x")}
	if r := ask(f, "GET", f.URL("js/new.js")); r.StatusCode != 200 {
		t.Errorf("status %d for a new file", r.StatusCode)
	}
	for _, path := range []string{"/static/", "/static/css", "/static/css/", "/static/.hidden", "/static/.git/config", "/static/embed.go", "/static/absent.css", "/static/../x", "/static//css/site.css", "/x"} {
		if r := ask(f, "GET", path); r.StatusCode != 404 || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.Header.Get("Cache-Control"))
		}
	}
	if _, err := NewDir(disk("css/x.css", "a{b:url(absent)}")); err == nil {
		t.Error("no error for a faulty style sheet")
	}
}

// A Vary field set by an outer handler is kept.
func TestVaryIsAdded(t *testing.T) {
	f := files(t, disk())
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Origin")
		f.ServeHTTP(w, r)
	})
	if got := ask(h, "GET", f.URL("LICENSE")).Header["Vary"]; !slices.Equal(got, []string{"Origin", "Accept-Encoding"}) {
		t.Errorf("Vary: %q", got)
	}
}

// The site's own files load.
func TestSiteFiles(t *testing.T) {
	dir := os.DirFS("../../static")
	if _, err := fs.Stat(dir, "css/site.css"); err != nil {
		t.Skip("no static/css/site.css")
	}
	f := files(t, dir)
	for name, one := range f.byName {
		smallest := one.forms[conneg.Identity].body
		for _, c := range []conneg.Coding{conneg.Gzip, conneg.Brotli} {
			form := one.forms[c]
			if form == nil {
				continue
			}
			if len(form.body) >= len(smallest) {
				t.Errorf("%s: %s is not smaller", name, c.String())
			}
			smallest = form.body
			if got := decoded(t, ask(f, "GET", f.URL(name), "Accept-Encoding", c.String())); !bytes.Equal([]byte(got), one.forms[conneg.Identity].body) {
				t.Errorf("%s: different bytes in %s", name, c.String())
			}
		}
	}
}

func BenchmarkServe(b *testing.B) {
	f := files(b, disk())
	r := httptest.NewRequest("GET", f.URL("js/site.min.js"), nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		f.ServeHTTP(w, r)
	}
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

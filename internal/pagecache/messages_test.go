package pagecache_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pharmacy/internal/pagecache"
)

var messages = []scenario{
	{name: "10 the entity tag is the same on a miss, on a hit, in either tier and in any process", run: func(f *fleet) {
		s := f.site()
		first := s.get("/en/medicines")
		tag := first.Header.Get("Etag")
		equal(f, "Cache-Status", first.Header.Get("Cache-Status"), stored)
		if !strings.HasPrefix(tag, `W/"`) || len(tag) < 20 {
			f.Errorf("%s is not a weak entity tag, as required for one tag for all encodings", tag)
		}
		for _, encoding := range []string{"gzip", "br", "identity"} {
			equal(f, encoding, s.get("/en/medicines", "Accept-Encoding", encoding).Header.Get("Etag"), tag)
		}
		if f.server != nil {
			other := f.site()
			a := other.get("/en/medicines")
			equal(f, "Cache-Status", a.status(), hit("redis"))
			equal(f, "in another process", a.Header.Get("Etag"), tag)
			equal(f, "in its memory", other.get("/en/medicines").Header.Get("Etag"), tag)
			f.server.Do("flushall")
		}
		s.clear()
		equal(f, "rendered again", s.get("/en/medicines").Header.Get("Etag"), tag)
		if other := s.get("/en/medicines?page=2").Header.Get("Etag"); other == tag {
			f.Error("another page has the same entity tag")
		}
	}},

	{name: "10 Cache-Status and Age are true to the entry", run: func(f *fleet) {
		s := f.site()
		for i, want := range []string{stored, hit(f.near()), hit(f.near())} {
			a := s.get("/en/medicines")
			equal(f, "Cache-Status", a.status(), want)
			if age := a.Header.Get("Age"); len(age) != 1 {
				f.Errorf("request %d: Age %q", i, age)
			}
		}
		if f.server != nil {
			other := f.site()
			equal(f, "in another process", other.get("/en/medicines").status(), hit("redis"))
			equal(f, "again", other.get("/en/medicines").status(), hit(f.near()))
		}
	}},

	{name: "10 If-None-Match is that of the table for everything", run: func(f *fleet) {
		s := f.site()
		tag := strings.Trim(strings.TrimPrefix(s.get("/en/medicines").Header.Get("Etag"), "W/"), `"`)
		for _, c := range conditions(f) {
			var header []string
			for _, line := range c.Lines {
				header = append(header, "If-None-Match", strings.ReplaceAll(line, "TAG", tag))
			}
			want := http.StatusOK
			if c.Want {
				want = http.StatusNotModified
			}
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				if got := s.ask(method, "/en/medicines", header...).StatusCode; got != want {
					f.Errorf("%s with %q: status %d, want %d", method, header, got, want)
				}
			}
		}
		equal(f, "renders", s.renders.Load(), 1)
	}},

	{name: "10 a 304 carries what caches need and nothing of a body", run: func(f *fleet) {
		s := f.site()
		tag := s.get("/en/medicines").Header.Get("Etag")
		s.clear()
		for _, cold := range []bool{true, false} {
			a := s.get("/en/medicines", "If-None-Match", tag, "Accept-Encoding", "gzip")
			equal(f, "status", a.StatusCode, http.StatusNotModified)
			for name, want := range map[string]string{
				"Vary": "Accept-Encoding", "Etag": tag, "Cache-Control": "public, no-cache",
				"Content-Encoding": "", "Content-Type": "", "Content-Length": "", "Content-Language": "", "Set-Cookie": "",
			} {
				equal(f, name, strings.Join(a.Header[name], "|"), want)
			}
			if age, err := strconv.Atoi(a.Header.Get("Age")); err != nil || age < 0 || age >= 600 {
				f.Errorf("Age %q", a.Header.Get("Age"))
			}
			want := hit(f.near())
			if cold {
				want = stored
			}
			equal(f, "Cache-Status", a.status(), want)
			equal(f, "body", len(a.body), 0)
		}
	}},

	{name: "10 a 200 has the fields of a public page and no other", run: func(f *fleet) {
		s := f.site()
		for range 3 {
			a := s.get("/en/medicines", "Cookie", "session=1")
			for name, want := range map[string]string{
				"Vary": "Accept-Encoding", "Cache-Control": "public, no-cache", "Content-Type": "text/html; charset=utf-8", "Content-Language": "en",
			} {
				equal(f, name, strings.Join(a.Header[name], "|"), want)
			}
			if len(a.Header) != 9 { // these and Etag, Date, Age, Cache-Status, Content-Length
				f.Errorf("unexpected header %s", dump(a.Header))
			}
		}
	}},

	{name: "10 HEAD is GET without a body", run: func(f *fleet) {
		for _, first := range []string{http.MethodHead, http.MethodGet} {
			s := f.site()
			s.clear()
			server := httptest.NewServer(s)
			ask := func(method, encoding string) *answer {
				r, _ := http.NewRequest(method, server.URL+"/en/medicines", nil)
				r.Header.Set("Accept-Encoding", encoding)
				resp, err := server.Client().Do(r)
				if err != nil {
					f.Fatal(err)
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					f.Fatal(err)
				}
				resp.Header.Del("Date")
				return &answer{resp, body}
			}
			ask(first, "gzip")
			for _, encoding := range []string{"gzip", "br", "identity"} {
				head, get := ask(http.MethodHead, encoding), ask(http.MethodGet, encoding)
				equal(f, "status", head.StatusCode, get.StatusCode)
				equal(f, "header", seconds.ReplaceAllString(dump(head.Header), "$1"), seconds.ReplaceAllString(dump(get.Header), "$1"))
				equal(f, "Content-Length", head.ContentLength, int64(len(get.body)))
				equal(f, "body of HEAD", len(head.body), 0)
				get.shows(f, shelf("version1", "en", "/medicines"))
			}
			equal(f, "renders", s.renders.Load(), 1)
			server.Close()
		}
	}},

	{name: "10 Accept-Encoding is that of the table for everything", run: func(f *fleet) {
		s := f.site()
		for _, c := range negotiations(f) {
			path, want := "/en/medicines", shelf("version1", "en", "/medicines")
			switch strings.Join(c.Available, " ") {
			case "br gzip":
			case "gzip":
				path, want = "/large", large
			default:
				continue // every page is gzipped
			}
			var header []string
			for _, line := range c.Lines {
				header = append(header, "Accept-Encoding", line)
			}
			a := s.get(path, header...)
			if got := cmp.Or(a.Header.Get("Content-Encoding"), "identity"); got != c.Want {
				f.Errorf("%s with %q: %s, want %s", path, header, got, c.Want)
			}
			a.shows(f, want)
			equal(f, "Vary", a.Header.Get("Vary"), "Accept-Encoding")
		}
		a := s.get("/en/medicines", "Accept-Encoding", strings.Repeat("x,", 1000)+"br")
		equal(f, "at the end of a long list", a.Header.Get("Content-Encoding"), "br")
		equal(f, "renders", s.renders.Load(), 2)
	}},

	{name: "10 ranges, preconditions and no-cache change nothing", run: func(f *fleet) {
		s := f.site()
		want := s.get("/en/medicines").body
		for _, header := range [][]string{
			{"Range", "bytes=0-9"}, {"Range", "bytes=999999-"}, {"Cache-Control", "no-cache"}, {"Cache-Control", "no-store, max-age=0"},
			{"Pragma", "no-cache"}, {"Cache-Control", "only-if-cached"}, {"If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"},
			{"If-Match", `"x"`}, {"If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"}, {"Expect", "100-continue"},
		} {
			a := s.get("/en/medicines", header...)
			a.shows(f, want)
			equal(f, header[0], a.status(), hit(f.near()))
		}
		equal(f, "renders", s.renders.Load(), 1)
	}},

	{name: "10 POST and its like never meet the cache", run: func(f *fleet) {
		s := f.site()
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "PURGE", "BAN", "GE", "get"} {
			for range 2 {
				a := s.ask(method, "/en/medicines", "X-Http-Method-Override", "GET")
				equal(f, method, a.StatusCode, http.StatusMethodNotAllowed)
				equal(f, "Allow", a.Header.Get("Allow"), "GET, HEAD")
				equal(f, "Cache-Status", a.Header.Get("Cache-Status"), "")
			}
			s.get("/en/medicines?page=2")
		}
		a := s.ask(http.MethodGet, "/en/medicines", "X-Http-Method-Override", "DELETE")
		a.shows(f, shelf("version1", "en", "/medicines"))
		equal(f, "renders", s.renders.Load(), 2)
	}},
}

// negotiations and conditions are the test cases shared with static files.
func negotiations(t testing.TB) (cases []struct {
	Available, Lines []string
	Want             string
}) {
	t.Helper()
	table(t, "accept-encoding.json", &cases)
	return cases
}

func conditions(t testing.TB) (cases []struct {
	Lines []string
	Want  bool
}) {
	t.Helper()
	table(t, "if-none-match.json", &cases)
	return cases
}

func table(t testing.TB, name string, cases any) {
	t.Helper()
	b, err := os.ReadFile("../conneg/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, cases); err != nil {
		t.Fatal(err)
	}
}

var hits = []scenario{
	{name: "11 a hit sends the stored bytes as they are", run: func(f *fleet) {
		s := f.site()
		want := shelf("version1", "en", "/medicines")
		s.get("/en/medicines")
		for _, encoding := range []string{"gzip", "br"} {
			var sent [2]*sink
			for i := range sent {
				sent[i] = newSink()
				r := httptest.NewRequest(http.MethodGet, "/en/medicines", nil)
				r.Header.Set("Accept-Encoding", encoding)
				s.ServeHTTP(sent[i], r)
			}
			one, two := sent[0].written, sent[1].written
			(&answer{&http.Response{StatusCode: 200, Header: sent[0].header}, one[0]}).shows(f, want)
			if len(one) != 1 || len(two) != 1 || !bytes.Equal(one[0], two[0]) {
				f.Fatalf("%s: %d and %d writes", encoding, len(one), len(two))
			}
			if f.memory > 0 && &one[0][0] != &two[0][0] {
				f.Errorf("%s: the bytes were copied or encoded again", encoding)
			}
			if f.server != nil && !strings.Contains(f.stored(f.pageKeys()[0]), string(one[0])) {
				f.Errorf("%s: the bytes differ from those in Redis", encoding)
			}
		}
	}},

	{name: "11 who takes no coding is unpacked for twice", run: func(f *fleet) {
		if f.memory == 0 {
			return // applies to the memory tier only
		}
		s := f.site()
		s.get("/en/medicines", "Accept-Encoding", "gzip")
		before := s.cache.Stats().MemoryBytes
		var sent [4]*sink
		for i := range sent {
			sent[i] = newSink()
			s.ServeHTTP(sent[i], httptest.NewRequest(http.MethodGet, "/en/medicines", nil))
			if after := s.cache.Stats().MemoryBytes; i == 0 && after != before {
				f.Errorf("after one such client memory holds %d bytes, before %d", after, before)
			}
		}
		if &sent[2].written[0][0] != &sent[3].written[0][0] {
			f.Error("decompressed again")
		}
		if after := s.cache.Stats().MemoryBytes; after < before+int64(len(sent[0].written[0])) {
			f.Errorf("memory holds %d bytes, before %d", after, before)
		}
	}},
}

// A hit that copied, compressed or decompressed its page would allocate for it.
func TestHitInMemoryAllocatesNextToNothing(t *testing.T) {
	s := newSite(t, settings{memory: 8 << 20, ttl: time.Minute})
	plan := s.plan("-", "/large")
	h := s.pages.Handler(func(*pagecache.Address) pagecache.Response { return plan })
	for _, encoding := range []string{"gzip", "br", "identity"} {
		w := newSink()
		r := httptest.NewRequest(http.MethodGet, "/large", nil)
		r.Header.Set("Accept-Encoding", encoding)
		serve := func() {
			w.written = w.written[:0]
			h.ServeHTTP(w, r)
		}
		serve()
		serve()
		if n := testing.AllocsPerRun(200, serve); n > 8 {
			t.Errorf("%s: %.1f allocations", encoding, n)
		} else {
			t.Logf("%s: %.1f allocations", encoding, n)
		}
	}
}

// sink is a ResponseWriter that keeps the slices written to it, uncopied.
type sink struct {
	header  http.Header
	status  int
	written [][]byte
}

func newSink() *sink { return &sink{header: make(http.Header)} }

func (w *sink) Header() http.Header    { return w.header }
func (w *sink) WriteHeader(status int) { w.status = status }
func (w *sink) Write(b []byte) (int, error) {
	w.written = append(w.written, b)
	return len(b), nil
}

// seconds matches the parts of a response that change with time.
var seconds = regexp.MustCompile(`(ttl=|Age \[)\d+`)

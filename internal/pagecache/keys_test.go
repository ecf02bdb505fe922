package pagecache_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pharmacy/internal/cache"
)

var keys = []scenario{
	{name: "1 one page has one key and one render, however it is asked for", run: func(f *fleet) {
		s := f.site()
		first := s.get("/fa/medicines?category=pain&page=2")
		for _, target := range []string{
			"/fa/medicines?page=2&category=pain",
			"/fa/medicines?category=pain&page=2&sort=name",
			"/fa/medicines?category=pain&page=2&sort=",
			"/fa/medicines?category=pain&category=skin&page=2&page=3",
			"/fa/medicines?utm_source=x&category=pain&utm_medium=y&page=2&fbclid=z",
			"/fa/medicines?CATEGORY=skin&category=pain&storedPage=3&page=2",
			"/fa/medicines?c%61tegory=p%61in&pag%65=%32",
			"/fa/medicines?category=pain&page=02",
			"/fa/medicines?category=pain&page=%2B2",
			"/fa/medicines?&&category=pain&&page=2&",
			"/fa/medicines?category=%zz&category=pain&page=2",
			"/fa/medicines?category=pain&page=2&q=",
			"/fa/medicines?category=pain&page=2&q",
		} {
			a := s.get(target)
			equal(f, target, a.status(), hit(f.near()))
			equal(f, target, a.Header.Get("Etag"), first.Header.Get("Etag"))
		}
		equal(f, "renders", s.renders.Load(), 1)
		if f.server != nil {
			equal(f, "keys", strings.Join(f.pageKeys(), " "), "page:build1:version1:fa:/medicines?category=pain&page=2")
		}
	}},

	{name: "2 a page is rendered from its key alone", run: func(f *fleet) {
		s := f.site()
		random := rand.New(rand.NewPCG(1, 2))
		var body []byte
		var value string
		for i := range 60 {
			r := httptest.NewRequest(http.MethodGet, "/en/medicines?category=skin", nil)
			disguise(r, random)
			r.Header.Set("Accept-Encoding", "identity")
			a := s.serve(r)
			if body == nil {
				body = a.body
			}
			a.shows(f, body)
			if got := dump(a.Header); strings.Contains(got, marker) {
				f.Errorf("request %d is reflected in %s", i, got)
			}
			if f.server != nil {
				v := f.stored("page:build1:version1:en:/medicines?category=skin")
				if value == "" {
					value = v
				}
				equal(f, "stored value", v, value)
			}
			if i%3 == 0 { // the next request is a miss
				s.clear()
			}
		}
		if bytes.Contains(body, []byte(marker)) {
			f.Error("the page contains visitor data")
		}
		if n := s.renders.Load(); n < 20 {
			f.Errorf("only %d renders", n)
		}
	}},

	{name: "3 searches and impossible values make no key, and busy pages stay hits", run: func(f *fleet) {
		const bound = 1 << 20
		s := f.site(func(o *settings) { o.memory = min(o.memory, bound) })
		random := rand.New(rand.NewPCG(3, 4))
		word := func() string { return fmt.Sprintf("%x", random.Uint64()>>(random.IntN(8)*8)) }
		busy := "/tr/medicines?category=heart"
		s.render = func(path string) ([]byte, error) { return []byte(path), nil }
		s.get(busy)
		misses := 0
		requests := 3000
		if testing.Short() {
			requests = 500
		}
		for i := range requests {
			q := url.Values{}
			switch random.IntN(6) {
			case 0:
				if i%10 == 0 { // searches are expensive
					q.Set("q", word())
				}
			case 1:
				q.Set("category", word())
			case 2:
				q.Set("sort", word())
			case 3:
				q.Set("page", fmt.Sprint(random.IntN(100000)-50000))
			case 4:
				q.Set("category", categories[random.IntN(len(categories))])
				q.Set("sort", sorts[random.IntN(len(sorts))])
			case 5:
				q.Set(word(), word())
			}
			a := s.get("/tr/medicines?"+q.Encode(), "Accept-Encoding", "gzip")
			if a.StatusCode != http.StatusOK && a.StatusCode != http.StatusNotFound && a.StatusCode != http.StatusFound {
				f.Fatalf("%s: status %d", q.Encode(), a.StatusCode)
			}
			if s.get(busy, "Accept-Encoding", "gzip").status() != hit(f.near()) {
				misses++
			}
		}
		equal(f, "times that the busy page was cold", misses, 0)
		possible := len(categories) * len(sorts) * lastPage
		if f.server != nil {
			if n := len(f.pageKeys()); n > possible {
				f.Errorf("%d keys for %d possible pages", n, possible)
			}
		}
		if st := s.cache.Stats(); st.MemoryBytes > bound || st.Memory[0].Entries > possible {
			f.Errorf("%d entries of %d bytes in memory", st.Memory[0].Entries, st.MemoryBytes)
		}
	}},

	{name: "13 builds and versions on one store do not mix", run: func(f *fleet) {
		old := f.site()
		old.get("/en/medicines")
		if f.server == nil {
			// One process has one build, but its catalogue changes.
			old.version = "version2"
			a := old.get("/en/medicines")
			equal(f, "the new version", a.status(), stored)
			a.shows(f, shelf("version2", "en", "/medicines"))
			return
		}
		build := f.site(func(o *settings) { o.build = "build2" })
		version := f.site(func(o *settings) { o.version = "version2" })
		for range 3 {
			for s, want := range map[*site]string{old: "version1", build: "version1", version: "version2"} {
				s.get("/en/medicines").shows(f, shelf(want, "en", "/medicines"))
			}
		}
		for _, s := range []*site{old, build, version} {
			equal(f, "renders", s.renders.Load(), 1)
		}
		equal(f, "keys", strings.Join(f.pageKeys(), " "), "page:build1:version1:en:/medicines page:build1:version2:en:/medicines page:build2:version1:en:/medicines")
	}},

	{name: "languages do not mix", run: func(f *fleet) {
		s := f.site()
		for _, lang := range []string{"fa", "en", "tr", "ar", "fa"} {
			a := s.get("/"+lang+"/medicines", "Accept-Language", "de")
			a.shows(f, shelf("version1", lang, "/medicines"))
			equal(f, "Content-Language", a.Header.Get("Content-Language"), lang)
		}
		equal(f, "renders", s.renders.Load(), 4)
	}},
}

// marker is in every part of a request that identifies the visitor.
const marker = "zz-visitor-zz"

// disguise sets random headers, cookies, host and parameters.
func disguise(r *http.Request, random *rand.Rand) {
	values := []string{marker, marker + ".evil.example", "https://" + marker, "127.0.0.1, " + marker, "<script>" + marker, "1", "*/*", strings.Repeat(marker, 50)}
	for _, name := range []string{
		"Cookie", "Authorization", "Accept", "Accept-Language", "Accept-Charset", "User-Agent", "Referer", "Origin", "X-Forwarded-For",
		"X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Original-Url", "X-Rewrite-Url", "X-Http-Method-Override",
		"Forwarded", "Via", "Cache-Control", "Pragma", "If-Modified-Since", "If-Match", "Range", "If-Range", "Te", "Dnt", "Save-Data",
		"Sec-Ch-Ua", "Sec-Fetch-Site", "X-Real-Ip", "True-Client-Ip", "X-Requested-With", "Content-Type", "X-" + marker,
	} {
		for range random.IntN(3) {
			r.Header.Add(name, values[random.IntN(len(values))])
		}
	}
	r.Host = []string{"shop.example", "evil.example", marker, "shop.example:99999", ""}[random.IntN(5)]
	r.AddCookie(&http.Cookie{Name: "session", Value: marker})
	r.URL.RawQuery += "&" + marker + "=" + marker + fmt.Sprint(random.Uint64())
	r.RemoteAddr = marker
}

// dump formats a header as text.
func dump(h http.Header) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		fmt.Fprintln(&b, name, h[name])
	}
	return b.String()
}

// stored returns the stored bytes of a page in Redis without the entry's header and
// checksum, which change with time.
func (f *fleet) stored(key string) string {
	f.Helper()
	v := f.server.Client().Get(context.Background(), key).Val()
	if len(v) < cache.PrefixLength(0)+4 {
		f.Fatalf("unexpected value of %s: %q", key, v)
	}
	return v[cache.PrefixLength(0) : len(v)-4]
}

package pagecache_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"pharmacy/internal/cache"
	"pharmacy/internal/pagecache"
)

var storing = []scenario{
	{name: "4 an error is a failure page and is not stored", run: func(f *fleet) {
		s := f.site()
		s.render = func(string) ([]byte, error) { return []byte("half a page"), errInk }
		a := s.get("/en/medicines")
		a.failed(f, "en")
		equal(f, "log lines", s.logs.lines("out of ink"), 1)
		f.nothingStored(s)
		s.render = nil
		equal(f, "afterwards", s.get("/en/medicines").status(), stored)
	}},

	{name: "4 a panic is a failure page, one log line, and is not stored", run: func(f *fleet) {
		s := f.site()
		s.render = func(string) ([]byte, error) { panic("spilt") }
		s.get("/tr/medicines").failed(f, "tr")
		equal(f, "log lines", s.logs.lines("level="), 1)
		s.get("/tr/medicines?q=x").failed(f, "tr") // an uncached page likewise
		equal(f, "log lines", s.logs.lines("level="), 2)
		f.nothingStored(s)
		s.render = nil
		equal(f, "afterwards", s.get("/tr/medicines").status(), stored)
	}},

	{name: "4 redirects and failures are not stored", run: func(f *fleet) {
		s := f.site()
		for range 2 {
			a := s.get("/en/medicines?page=99&utm_source=x")
			equal(f, "status", a.StatusCode, http.StatusFound)
			equal(f, "Location", a.Header.Get("Location"), "/en/medicines?page=3")
			a = s.get("/en/medicines?category=nothing")
			equal(f, "status", a.StatusCode, http.StatusNotFound)
			equal(f, "Cache-Control", a.Header.Get("Cache-Control"), "no-store")
			equal(f, "body", string(a.body), "no such thing")
		}
		a := s.ask(http.MethodHead, "/en/medicines?category=nothing")
		equal(f, "status of HEAD", a.StatusCode, http.StatusNotFound)
		equal(f, "body of HEAD", string(a.body), "")
		f.nothingStored(s)
	}},

	{name: "4 a search is made for each request and is not stored", run: func(f *fleet) {
		s := f.site()
		for n := range 3 {
			a := s.get("/en/medicines?q=aspirin")
			a.shows(f, shelf("version1", "en", "/medicines?q=aspirin"))
			equal(f, "Cache-Status", a.Header.Get("Cache-Status"), bypass)
			equal(f, "renders", int(s.renders.Load()), n+1)
		}
		tag := s.get("/en/medicines?q=aspirin").Header.Get("Etag")
		equal(f, "who has it already", s.get("/en/medicines?q=aspirin", "If-None-Match", tag).StatusCode, http.StatusNotModified)
		f.nothingStored(s)
		for _, c := range s.cache.Stats().Counts {
			if c.Outcome == cache.Bypass && c.Tier == cache.None {
				equal(f, "counted", c.N, 5)
			}
		}
	}},

	{name: "4 a render that began before a clear is served and not stored", run: func(f *fleet) {
		s := f.site()
		begun, gate := make(chan struct{}), make(chan struct{})
		s.render = func(string) ([]byte, error) { close(begun); <-gate; return []byte("old"), nil }
		done := make(chan *answer)
		go func() { done <- s.get("/en/medicines") }()
		<-begun
		s.clear()
		close(gate)
		a := <-done
		a.shows(f, []byte("old"))
		equal(f, "Cache-Status", a.Header.Get("Cache-Status"), missed)
		f.nothingStored(s)
	}},

	{name: "4 what others put into the answer stays out of the store", run: func(f *fleet) {
		s := f.site()
		inner := s.Handler
		var n atomic.Int64
		s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 1 {
				http.SetCookie(w, &http.Cookie{Name: "session", Value: marker})
				w.Header().Set("Content-Security-Policy", marker)
				w.Header().Set("Cache-Control", "private")
				w.Header().Set("Vary", "Cookie")
			}
			inner.ServeHTTP(w, r)
		})
		for range 3 {
			a := s.get("/en/medicines")
			equal(f, "Vary", strings.Join(a.Header["Vary"], ", "), "Accept-Encoding")
			equal(f, "Cache-Control", strings.Join(a.Header["Cache-Control"], ", "), "public, no-cache")
			if n.Load() > 1 && strings.Contains(dump(a.Header), marker) {
				f.Errorf("the second visitor got %s", dump(a.Header))
			}
		}
		if f.server != nil && strings.Contains(f.stored(f.pageKeys()[0]), marker) {
			f.Error("visitor data is stored")
		}
	}},

	{name: "4 after a busy mixed run no stored byte is of a visitor", run: func(f *fleet) {
		s := f.site()
		targets := []string{
			"/en/medicines", "/fa/medicines?category=pain", "/en/medicines?page=2&sort=price", "/en/medicines?page=99",
			"/en/medicines?category=x" + marker, "/en/medicines?q=" + marker, "/en/medicines/" + marker, "/tr/medicines/paracetamol",
		}
		together(8, func(visitor int) {
			random := rand.New(rand.NewPCG(5, uint64(visitor)))
			for range 40 {
				method := []string{http.MethodGet, http.MethodGet, http.MethodHead, http.MethodPost}[random.IntN(4)]
				r := httptest.NewRequest(method, targets[random.IntN(len(targets))], strings.NewReader(marker))
				disguise(r, random)
				if a := s.serve(r); a.StatusCode >= 500 {
					f.Errorf("%s %s: status %d", method, r.URL, a.StatusCode)
				}
			}
		})
		if f.server != nil {
			for _, k := range f.server.Keys() {
				v, _ := f.server.Client().Get(f.Context(), k).Result()
				if strings.Contains(k+v, marker) {
					f.Errorf("%s contains visitor data", k)
				}
			}
		}
		// The stored bytes are compressed, so check what is served from them.
		for _, target := range targets[:3] {
			a := s.get(target)
			if a.status() == hit(f.near()) && bytes.Contains(a.body, []byte(marker)) {
				f.Errorf("%s contains visitor data", target)
			}
		}
	}},
}

// failed fails the test unless the response is the error page.
func (a *answer) failed(t testing.TB, lang string) {
	t.Helper()
	if a.StatusCode != http.StatusInternalServerError || string(a.body) != "it failed in "+lang ||
		a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Etag") != "" || a.Header.Get("Content-Language") != lang {
		t.Errorf("status %d, body %q, header %s", a.StatusCode, a.body, dump(a.Header))
	}
}

// nothingStored fails the test if a tier holds a page.
func (f *fleet) nothingStored(s *site) {
	f.Helper()
	if f.server != nil {
		if k := f.pageKeys(); len(k) > 0 {
			f.Errorf("Redis holds %q", k)
		}
	}
	for _, held := range s.cache.Stats().Memory {
		if held.Entries > 0 {
			f.Errorf("memory holds %d pages", held.Entries)
		}
	}
}

func TestMistakesAreNotServedAsEmptyPages(t *testing.T) {
	s := newSite(t, settings{memory: 1 << 20, ttl: 1})
	for name, h := range map[string]func() http.Handler{
		"no answer": func() http.Handler {
			return s.pages.Handler(func(*pagecache.Address) pagecache.Response { return nil })
		},
		"a pointer": func() http.Handler {
			return s.pages.Handler(func(*pagecache.Address) pagecache.Response { return &pagecache.Plan{} })
		},
		"too many parameters": func() http.Handler { return s.pages.Handler(nil, strings.Split("a b c d e f g h i", " ")...) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			h().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		}()
	}
}

func TestPageThatTakesTooLongForItsVisitorIsAFailure(t *testing.T) {
	s := newSite(t, settings{memory: 1 << 20, ttl: 1})
	gate := make(chan struct{})
	defer close(gate)
	s.render = func(string) ([]byte, error) { <-gate; return nil, errors.New("late") }
	ctx, cancel := context.WithTimeout(t.Context(), 1)
	defer cancel()
	s.serve(httptest.NewRequest(http.MethodGet, "/en/medicines", nil).WithContext(ctx)).failed(t, "en")
}

func TestDisabledCacheRendersEverything(t *testing.T) {
	s := newSite(t, settings{memory: 1 << 20, ttl: 1, disabled: true, version: "v"})
	for n := range 3 {
		a := s.get("/en/medicines")
		a.shows(t, shelf("v", "en", "/medicines"))
		equal(t, "Cache-Status", a.Header.Get("Cache-Status"), missed)
		equal(t, "renders", int(s.renders.Load()), n+1)
	}
}

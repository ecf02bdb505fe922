package pagecache_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pharmacy/internal/cache"
	"pharmacy/internal/pagecache"
)

var languages = []string{"fa", "en", "tr", "ar"}

// plans returns the canonical pages of the site.
func (s *site) plans() iter.Seq[pagecache.Plan] {
	return func(yield func(pagecache.Plan) bool) {
		for _, lang := range languages {
			for page := 1; page <= lastPage; page++ {
				number := ""
				if page > 1 {
					number = fmt.Sprint(page)
				}
				if !yield(s.plan(lang, pagecache.Canonical("/medicines", pagecache.Param{Name: "page", Value: number}))) {
					return
				}
			}
			if !yield(s.plan(lang, "/medicines/paracetamol")) {
				return
			}
		}
	}
}

const canonical = 4 * (3 + 1)

// warm warms the cache and fails the test on an error.
func (s *site) warm() pagecache.Warmed {
	s.t.Helper()
	w, err := s.pages.Warm(context.Background(), s.plans(), 3, func(plan pagecache.Plan, err error) {
		if err != nil {
			s.t.Errorf("%s %s: %v", plan.Lang, plan.Path, err)
		}
	})
	if err != nil {
		s.t.Error(err)
	}
	return w
}

var warming = []scenario{
	{name: "14 after warming the first request for each page is a hit", run: func(f *fleet) {
		warmer := f.site()
		equal(f, "warmed", warmer.warm(), pagecache.Warmed{Rendered: canonical})
		serving, tier := warmer, f.near()
		if f.server != nil {
			serving, tier = f.site(), "redis"
		}
		for _, lang := range languages {
			for _, target := range []string{"/medicines", "/medicines?page=2", "/medicines?page=3", "/medicines/paracetamol"} {
				equal(f, lang+target, serving.get("/"+lang+target).status(), hit(tier))
			}
		}
		equal(f, "renders", warmer.renders.Load()+serving.renders.Load()%canonical, canonical)
	}},

	{name: "14 warming makes no page cold and does nothing twice", run: func(f *fleet) {
		s := f.site()
		tag := s.get("/en/medicines").Header.Get("Etag")
		var cold atomic.Int64
		done := make(chan struct{})
		var visitors sync.WaitGroup
		visitors.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if a := s.get("/en/medicines"); a.status() != hit(f.near()) || a.Header.Get("Etag") != tag {
					cold.Add(1)
				}
			}
		})
		equal(f, "first", s.warm(), pagecache.Warmed{Rendered: canonical - 1, Found: 1})
		equal(f, "second", s.warm(), pagecache.Warmed{Found: canonical})
		close(done)
		visitors.Wait()
		equal(f, "cold answers meanwhile", cold.Load(), 0)
		equal(f, "renders", s.renders.Load(), canonical)
	}},

	{name: "14 warming twice at once does the work once", run: func(f *fleet) {
		f.once(canonical, func(build string, _ int) int64 {
			of := func(o *settings) { o.build = build }
			sites := []*site{f.site(of)}
			sites = append(sites, sites[0])
			if f.server != nil {
				sites[1] = f.site(of)
			}
			together(2, func(i int) { sites[i].warm() })
			renders := sites[0].renders.Load()
			if sites[1] != sites[0] {
				renders += sites[1].renders.Load()
			}
			return renders
		})
	}},

	{name: "14 warming that is stopped halfway leaves nothing wrong", run: func(f *fleet) {
		s := f.site()
		ctx, stop := context.WithCancel(f.Context())
		n := 0
		w, err := s.pages.Warm(ctx, s.plans(), 1, func(pagecache.Plan, error) {
			if n++; n == 5 {
				stop()
			}
		})
		if !errors.Is(err, context.Canceled) || w.Rendered < 5 || w.Rendered > 6 {
			f.Errorf("%+v, %v", w, err)
		}
		for _, lang := range languages {
			s.get("/"+lang+"/medicines?page=2").shows(f, shelf("version1", lang, "/medicines?page=2"))
		}
		rest := s.warm()
		equal(f, "all in the end", rest.Rendered+rest.Found, canonical)
	}},

	{name: "14 pages that cannot be warmed are told, the others are warmed", run: func(f *fleet) {
		s := f.site()
		s.render = func(path string) ([]byte, error) {
			switch path {
			case "/medicines?page=2":
				return nil, errInk
			case "/medicines?page=3":
				panic("spilt")
			}
			return []byte("page"), nil
		}
		failed := 0
		w, err := s.pages.Warm(f.Context(), s.plans(), 0, func(plan pagecache.Plan, err error) {
			if (err != nil) != (plan.Path == "/medicines?page=2" || plan.Path == "/medicines?page=3") {
				f.Errorf("%s: %v", plan.Path, err)
			}
			if err != nil {
				failed++
			}
		})
		equal(f, "warmed", w, pagecache.Warmed{Rendered: 8, Failed: 8})
		if failed != 8 || err != nil {
			f.Errorf("%d failures reported, %v", failed, err)
		}
	}},

	{name: "14 searches are not warmed", run: func(f *fleet) {
		s := f.site()
		search := s.plan("en", "/medicines?q=x")
		search.Uncached = true
		w, err := s.pages.Warm(f.Context(), slices.Values([]pagecache.Plan{search}), 1, func(_ pagecache.Plan, err error) {
			if !errors.Is(err, pagecache.ErrNotStored) {
				f.Errorf("got %v", err)
			}
		})
		equal(f, "warmed", w, pagecache.Warmed{Failed: 1})
		if err != nil {
			f.Error(err)
		}
		f.nothingStored(s)
	}},

	{name: "14 pages are tried without storing them, searches too", run: func(f *fleet) {
		s := f.site()
		s.render = func(path string) ([]byte, error) {
			switch path {
			case "/medicines?page=2":
				return nil, errInk
			case "/medicines?page=3":
				panic("spilt")
			}
			return []byte("page"), nil
		}
		search := s.plan("en", "/medicines?q=x")
		search.Uncached = true
		tried := map[string]error{}
		err := s.pages.Try(f.Context(), slices.Values(append(slices.Collect(s.plans()), search)), 3, func(plan pagecache.Plan, err error) {
			tried[plan.Lang+plan.Path] = err
		})
		equal(f, "tried", len(tried), canonical+1)
		equal(f, "a failure", errors.Is(tried["fa/medicines?page=2"], errInk), true)
		equal(f, "a panic", fmt.Sprint(tried["ar/medicines?page=3"]), cache.ErrPanic.Error()+": spilt")
		equal(f, "a search", tried["en/medicines?q=x"], nil)
		equal(f, "a page", tried["tr/medicines"], nil)
		if err != nil {
			f.Error(err)
		}
		f.nothingStored(s)
	}},

	{name: "14 warming into a Redis that fails is told", shared: true, run: func(f *fleet) {
		if f.memory > 0 {
			return // the memory tier stores the pages
		}
		proxy := f.server.Proxy()
		s := newSite(f.T, settings{url: proxy.URL(), ttl: time.Minute, build: "b", version: "v"})
		f.server.Do("config", "set", "maxmemory", "1")
		w, err := s.pages.Warm(f.Context(), s.plans(), 4, func(_ pagecache.Plan, err error) {
			if !errors.Is(err, pagecache.ErrNotStored) {
				f.Errorf("got %v", err)
			}
		})
		equal(f, "warmed", w, pagecache.Warmed{Failed: canonical})
		if err != nil {
			f.Error(err)
		}
		equal(f, "a page meanwhile", s.get("/en/medicines").StatusCode, http.StatusOK)
	}},
}

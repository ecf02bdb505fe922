package pagecache_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pharmacy/internal/redistest"
)

var coalescing = []scenario{
	{name: "6 200 simultaneous cold requests make one render", run: func(f *fleet) {
		s := f.site()
		var began atomic.Int64
		s.render = func(path string) ([]byte, error) {
			eventually(f, "everybody asks", func() bool { return began.Load() == 200 })
			return []byte("page"), nil
		}
		together(200, func(i int) {
			began.Add(1)
			s.get("/en/medicines", "Accept-Encoding", []string{"", "gzip", "br"}[i%3]).shows(f, []byte("page"))
		})
		equal(f, "renders", s.renders.Load(), 1)
	}},

	{name: "6 200 simultaneous cold requests to three processes make one render", shared: true, run: func(f *fleet) {
		want := shelf("version1", "en", "/medicines")
		f.once(1, func(build string, visitors int) int64 {
			of := func(o *settings) { o.build = build }
			sites := []*site{f.site(of), f.site(of), f.site(of)}
			together(visitors, func(i int) { sites[i%3].get("/en/medicines").shows(f, want) })
			return sites[0].renders.Load() + sites[1].renders.Load() + sites[2].renders.Load()
		})
	}},

	{name: "6 a panic in a render is one log line, and everyone who waits gets the failure page", run: func(f *fleet) {
		s := f.site()
		var began atomic.Int64
		s.render = func(string) ([]byte, error) {
			eventually(f, "everybody asks", func() bool { return began.Load() == 50 })
			panic("spilt")
		}
		together(50, func(int) {
			began.Add(1)
			s.get("/fa/medicines").failed(f, "fa")
		})
		equal(f, "log lines", int64(s.logs.lines("level=")), s.renders.Load())
	}},

	{name: "6 a visitor who leaves cancels nobody's page", run: func(f *fleet) {
		s := f.site()
		begun, gate := make(chan struct{}), make(chan struct{})
		s.render = func(string) ([]byte, error) { close(begun); <-gate; return []byte("page"), nil }
		leaving, leave := context.WithCancel(f.Context())
		left, stayed := make(chan *answer), make(chan *answer)
		go func() {
			left <- s.serve(httptest.NewRequest(http.MethodGet, "/en/medicines", nil).WithContext(leaving))
		}()
		<-begun
		go func() { stayed <- s.get("/en/medicines") }()
		leave()
		if a := <-left; a.StatusCode != 0 || len(a.body) > 0 {
			f.Errorf("the leaving visitor got status %d, %q", a.StatusCode, a.body)
		}
		close(gate)
		(<-stayed).shows(f, []byte("page"))
		equal(f, "renders", s.renders.Load(), 1)
		equal(f, "log lines", s.logs.lines("level="), 0)
	}},
}

var clearing = []scenario{
	{name: "8 after a clear every process serves the new page", run: func(f *fleet) {
		sites := []*site{f.site()}
		if f.server != nil {
			sites = append(sites, f.site(), f.site())
		}
		for _, s := range sites {
			s.render = func(string) ([]byte, error) { return []byte("old"), nil }
			s.get("/en/medicines").shows(f, []byte("old"))
		}
		for _, s := range sites {
			s.render = func(string) ([]byte, error) { return []byte("new"), nil }
		}
		sites[0].clear()
		sites[0].get("/en/medicines").shows(f, []byte("new"))
		for _, s := range sites {
			eventually(f, "it serves the new page", func() bool { return string(s.get("/en/medicines").body) == "new" })
		}
	}},
}

// A busy page over ten lifetimes, in a process without Redis, under a fake clock.
func TestBusyPageIsRefreshedAheadOfExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, settings{memory: 8 << 20, ttl: 10 * time.Minute})
		s.render = func(string) ([]byte, error) { time.Sleep(20 * time.Millisecond); return []byte("page"), nil }
		for i := range 10 * 600 {
			a := s.get("/en/medicines", "Accept-Encoding", "gzip")
			if i > 0 && a.status() != hit("memory") {
				t.Fatalf("after %d s: %s", i, a.Header.Get("Cache-Status"))
			}
			if age, _ := strconv.Atoi(a.Header.Get("Age")); age >= 600 {
				t.Fatalf("page with an age of %d s", age)
			}
			time.Sleep(time.Second)
		}
		t.Logf("%d renders in ten lifetimes", s.renders.Load())
		if n := s.renders.Load(); n < 10 || n > 12 {
			t.Errorf("%d renders in ten lifetimes", n)
		}
	})
}

func TestAgeAndCacheStatusTellTheTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, settings{memory: 8 << 20, ttl: 10 * time.Minute})
		for _, step := range []struct {
			wait        time.Duration
			age, status string
		}{
			{0, "0", "pharmacy; fwd=miss; stored"},
			{0, "0", "pharmacy; hit; ttl=600; detail=memory"},
			{999 * time.Millisecond, "0", "pharmacy; hit; ttl=600; detail=memory"}, // they change once a second
			{time.Millisecond, "1", "pharmacy; hit; ttl=599; detail=memory"},
			{89 * time.Second, "90", "pharmacy; hit; ttl=510; detail=memory"},
			{449 * time.Second, "539", "pharmacy; hit; ttl=61; detail=memory"},
			{61 * time.Second, "0", "pharmacy; fwd=miss; stored"},
		} {
			time.Sleep(step.wait)
			a := s.get("/en/medicines", "Accept-Encoding", "gzip")
			equal(t, "Age", a.Header.Get("Age"), step.age)
			equal(t, "Cache-Status", a.Header.Get("Cache-Status"), step.status)
		}
	})
}

// Date is the time of the render, on a miss and on every hit: with the current
// time as Date, Age would count twice.
func TestDateIsWhenThePageWasMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, settings{memory: 8 << 20, ttl: 10 * time.Minute})
		s.render = func(string) ([]byte, error) { time.Sleep(1300 * time.Millisecond); return []byte("page"), nil }
		time.Sleep(400 * time.Millisecond)
		made := time.Now().UTC().Format(http.TimeFormat)
		tag := s.get("/en/medicines").Header.Get("Etag")
		for _, wait := range []time.Duration{0, 900 * time.Millisecond, 10 * time.Second, 7 * time.Minute} {
			time.Sleep(wait)
			for _, header := range [][]string{nil, {"Accept-Encoding", "br"}, {"If-None-Match", tag}} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					a := s.ask(method, "/en/medicines", header...)
					equal(t, "Date", a.Header.Get("Date"), made)
					date, err := http.ParseTime(a.Header.Get("Date"))
					if err != nil {
						t.Fatal(err)
					}
					age, _ := strconv.Atoi(a.Header.Get("Age"))
					if off := time.Since(date) - time.Duration(age)*time.Second; off < 0 || off >= 2*time.Second {
						t.Errorf("after %v, Date %s and Age %d are %v apart from now", wait, a.Header.Get("Date"), age, off)
					}
				}
			}
		}
		equal(t, "renders", s.renders.Load(), 1)
		equal(t, "Date of what is not stored", s.get("/en/medicines?q=x").Header.Get("Date"), "") // net/http adds its own
		time.Sleep(5 * time.Minute)
		a := s.get("/en/medicines")
		if age := a.Header.Get("Age"); a.Header.Get("Date") == made || len(age) != 1 {
			t.Errorf("after a new render: Date %s, Age %s", a.Header.Get("Date"), age)
		}
	})
}

// In real time: a page stored by another process keeps its age.
func TestAgeComesWithThePageFromRedis(t *testing.T) {
	t.Parallel()
	f := &fleet{T: t, memory: 1 << 20, server: redistest.Start(t)}
	start := time.Now()
	f.site().get("/en/medicines")
	other := f.site(func(o *settings) { o.memory = 0 })
	eventually(t, "the page is two seconds old", func() bool {
		a := other.get("/en/medicines")
		age, err := strconv.Atoi(a.Header.Get("Age"))
		left, _, _ := strings.Cut(strings.TrimPrefix(a.Header.Get("Cache-Status"), "pharmacy; hit; ttl="), ";")
		seconds, err2 := strconv.Atoi(left)
		if err != nil || err2 != nil || age+seconds < 598 || age+seconds > 600 || age > int(time.Since(start).Seconds())+1 {
			t.Fatalf("Age %s, Cache-Status %s", a.Header.Get("Age"), a.Header.Get("Cache-Status"))
		}
		return age >= 2
	})
}

func TestPublicPagesBearEveryFault(t *testing.T) {
	for _, store := range []struct {
		name   string
		memory int64
	}{{"memory and Redis", 8 << 20}, {"Redis alone", 0}} {
		for i, fault := range redistest.Faults() {
			t.Run(store.name+"/"+fault.Name, func(t *testing.T) {
				t.Parallel()
				// The tests of package cache cover each fault with each store.
				if (store.memory > 0) != (i%2 == 0) {
					inSoak(t)
				}
				server := redistest.Start(t)
				proxy := server.Proxy()
				s := newSite(t, settings{url: proxy.URL(), memory: store.memory, ttl: time.Minute, version: "v", build: "b"})
				s.render = func(path string) ([]byte, error) { return []byte(path), nil }
				requests := 0
				// round requests both stored and new pages.
				round := func() {
					requests++
					for _, target := range []string{"/en/medicines", "/en/medicines?page=2", "/en/medicines?q=x", "/" + strconv.Itoa(requests) + "/medicines/paracetamol"} {
						start := time.Now()
						a := s.get(target, "Accept-Encoding", []string{"gzip", "br", "identity"}[requests%3])
						if a.StatusCode != http.StatusOK || a.Header.Get("Etag") == "" || time.Since(start) > patience {
							t.Fatalf("%s: status %d after %v: %s", target, a.StatusCode, time.Since(start), s.logs.b.String())
						}
					}
				}
				shared := func() bool {
					round()
					n, _ := server.Client().Exists(t.Context(), "page:b:v:"+strconv.Itoa(requests)+":/medicines/paracetamol").Result()
					return n == 1
				}
				eventually(t, "the healthy Redis is used", shared)
				fault.Inflict(proxy)
				for range 12 {
					round()
				}
				fault.Mend(proxy)
				eventually(t, "the mended Redis is used", shared)
				t.Logf("%d rounds of four pages, all with status 200", requests)
			})
		}
	}
}

package storefront

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pharmacy/internal/cache"
	"pharmacy/internal/redistest"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// row tests one guarantee of the cache on the whole site, with real routes,
// templates and catalogue. Packages cache and pagecache test the same guarantees
// in detail, and cmd/pharmacy those that need several processes.
type row struct {
	name   string
	shared bool // needs Redis or several processes
	run    func(t *testing.T, f *floor)
}

// floor is the store of a row and the sites that share it.
type floor struct {
	t     *testing.T
	redis *redistest.Server // nil for a process without Redis
}

func (f *floor) site(o siteOptions) *site {
	f.t.Helper()
	o.redis = f.redis
	return newSite(f.t, o)
}

func TestConformance(t *testing.T) {
	for _, store := range []string{"in process", "Redis"} {
		t.Run(store, func(t *testing.T) {
			for _, row := range rows {
				if row.shared && store == "in process" {
					continue
				}
				t.Run(row.name, func(t *testing.T) {
					f := &floor{t: t}
					if store == "Redis" {
						f.redis = redistest.Start(t)
					}
					row.run(t, f)
				})
			}
		})
	}
}

const (
	hitInMemory = "hit in memory"
	hitInRedis  = "hit in Redis"
	madeNow     = "made and stored"
	madeOnly    = "made"
	bypassed    = "bypassed"
)

// cached describes the Cache-Status (RFC 9211) in words.
func (a *answer) cached() string {
	status := a.header.Get("Cache-Status")
	switch {
	case regexp.MustCompile(`^pharmacy; hit; ttl=\d+; detail=memory$`).MatchString(status):
		return hitInMemory
	case regexp.MustCompile(`^pharmacy; hit; ttl=\d+; detail=redis$`).MatchString(status):
		return hitInRedis
	case status == "pharmacy; fwd=miss; stored":
		return madeNow
	case status == "pharmacy; fwd=miss":
		return madeOnly
	case status == "pharmacy; fwd=bypass":
		return bypassed
	}
	return status
}

// is checks the status and the state in the cache.
func (a *answer) is(status int, cached string) *answer {
	a.t.Helper()
	a.wants(status)
	if got := a.cached(); got != cached {
		a.t.Errorf("Cache-Status: %q, want %q", got, cached)
	}
	return a
}

// secret is data of one visitor, which must not appear anywhere else.
const secret = "Xq7secretZ"

// strange returns a request for a path with unusual headers.
func strange(path string, random *rand.Rand) *http.Request {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	values := []string{secret, "https://" + secret + ".example", "<script>" + secret, "ar;q=1, tr", "127.0.0.1, " + secret, "1", "*/*", strings.Repeat(secret, 40)}
	for _, name := range []string{
		"Cookie", "Authorization", "Accept", "Accept-Language", "User-Agent", "Referer", "Origin", "X-Forwarded-For", "X-Forwarded-Host",
		"X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Original-Url", "X-Rewrite-Url", "X-Http-Method-Override", "Forwarded", "Via",
		"Cache-Control", "Pragma", "If-Modified-Since", "If-Match", "Range", "Save-Data", "Sec-Fetch-Site", "X-Real-Ip", "X-Requested-With",
	} {
		if random.IntN(2) == 0 {
			r.Header.Set(name, values[random.IntN(len(values))])
		}
	}
	r.AddCookie(&http.Cookie{Name: "session", Value: secret})
	r.AddCookie(&http.Cookie{Name: "language", Value: []string{"fa", "en", "tr", "ar", secret}[random.IntN(5)]})
	r.AddCookie(&http.Cookie{Name: "basket", Value: "42"})
	r.Host = []string{"pharmacy.example", secret + ".example", "pharmacy.example:99999", "", "[::1]"}[random.IntN(5)]
	r.RemoteAddr = secret
	return r
}

// served returns the response to a request, without a network connection.
func (s *site) served(r *http.Request) (a *answer) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler: // no response, as with net/http's server
			a = &answer{t: s.t}
		default:
			panic(v)
		}
	}()
	w := httptest.NewRecorder()
	s.server.Config.Handler.ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Result().Body)
	return &answer{t: s.t, status: w.Code, header: w.Result().Header, body: body}
}

// asked returns the response to a plain request, without a network connection.
func (s *site) asked(path string, headers ...string) *answer {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	return s.served(r)
}

// entries describes how many pages, fragments and other entries this process holds
// and, with Redis, which keys exist.
func (s *site) entries() string {
	var b strings.Builder
	for _, held := range s.cache.Stats().Memory {
		fmt.Fprintf(&b, "%s %d, ", held.Space, held.Entries)
	}
	if s.redis != nil {
		keys := s.redis.Keys()
		slices.Sort(keys)
		fmt.Fprint(&b, keys)
	}
	return b.String()
}

// storedPages returns the stored values of pages in Redis by key.
func (s *site) storedPages() map[string]string {
	pages := map[string]string{}
	for _, key := range s.redis.Keys() {
		if strings.HasPrefix(key, "page:") {
			pages[key] = s.redis.Client().Get(context.Background(), key).Val()
		}
	}
	return pages
}

func (s *site) clear(scope cache.Scope) {
	s.t.Helper()
	if _, err := s.cache.Clear(context.Background(), scope, nil); err != nil {
		s.t.Fatal(err)
	}
}

// together calls do n times concurrently and waits for all calls to return.
func together(n int, do func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-start
			do(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

// meddled is a catalogue whose reads a row can delay or fail.
type meddled struct {
	Medicines
	groups, top func()
}

func (m meddled) Top(ctx context.Context, snap *shelf.Snapshot) ([]shelf.Ref, error) {
	if m.top != nil {
		m.top()
	}
	return m.Medicines.Top(ctx, snap)
}

func (m meddled) Groups(ctx context.Context, snap *shelf.Snapshot) ([]byte, error) {
	if m.groups != nil {
		m.groups()
	}
	return m.Medicines.Groups(ctx, snap)
}

const groupsPath = "/api/medicines/groups"

var rows = []row{
	{name: "1 one page has one key and one render, however it is asked for", run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		first := s.asked("/en/medicines?category=skin&sort=price_asc&page=2").is(http.StatusOK, madeNow)
		s.asked("/en/medicines").is(http.StatusOK, madeNow)
		renders, entries := s.renders.Load(), s.entries()
		for _, query := range []string{
			"sort=price_asc&page=2&category=skin", "category=skin&category=diabetes&sort=price_asc&page=2",
			"category=skin&sort=price_asc&page=2&utm_source=x&utm_medium=y&fbclid=z&gclid=" + secret, "%63ategory=s%6Bin&sort=price%5Fasc&page=2",
			"category=skin&sort=price_asc&page=02&q=", "category=skin&group=&form=&sort=price_asc&page=2&&&", "category=skin&sort=price_asc&page=%DB%B2",
			"category=skin&sort=price_asc&page=2&=&x&category=%zz", "page=2&sort=price_asc&utm_source&category=skin&page=7",
		} {
			if a := s.asked("/en/medicines?"+query).is(http.StatusOK, hitInMemory); !bytes.Equal(a.body, first.body) {
				t.Errorf("%s is a different page", query)
			}
		}
		for _, query := range []string{"sort=name", "page=1", "sort=unknown", "page=1&sort=name&q=&category=", "form=&utm_campaign=autumn"} {
			s.asked("/en/medicines?"+query).is(http.StatusOK, hitInMemory)
		}
		s.asked("/en/medicines/paracetamol").is(http.StatusOK, madeNow)
		s.asked("/en/medicines/paracetamol?page=1&variant=x&category=skin&utm_source=x").is(http.StatusOK, hitInMemory)
		if got := s.renders.Load() - renders; got != 1 {
			t.Errorf("%d more renders, want only that of the medicine", got)
		}
		if s.redis != nil {
			if n := len(s.storedPages()); n != 3 {
				t.Errorf("%d pages are stored, want 3: %v", n, entries)
			}
		}
	}},

	{name: "2 a page is rendered from its key alone", run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		random := rand.New(rand.NewPCG(2, 2))
		for _, path := range []string{"/en", "/fa/medicines?category=skin&page=2", "/tr/medicines/paracetamol", "/ar/a-to-z", "/en/about", "/robots.txt", "/sitemap.xml", groupsPath} {
			s.clear(cache.All)
			plain := s.asked(path).is(http.StatusOK, madeNow)
			stored, strangers := "", 12
			if testing.Short() {
				strangers = 2
			}
			for range strangers {
				// Each visitor renders the page again.
				s.clear(cache.All)
				a := s.served(strange(path, random)).is(http.StatusOK, madeNow)
				if !bytes.Equal(a.body, plain.body) || a.header.Get("Etag") != plain.header.Get("Etag") {
					t.Fatalf("%s differs for another visitor", path)
				}
				if s.redis == nil {
					continue
				}
				for key, value := range s.storedPages() {
					if strings.Contains(key+value, secret) {
						t.Fatalf("%s contains visitor data", key)
					}
					// An entry begins with its times and ends with a checksum.
					value = key + value[34:len(value)-4]
					if stored != "" && value != stored {
						t.Fatalf("%s is stored differently for another visitor", path)
					}
					stored = value
				}
			}
		}
	}},

	{name: "2 visitors with baskets, cookies and languages get the same bytes", run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		one, two := s.visitor(), s.visitor()
		one.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
		two.post("/language", url.Values{"language": {"tr"}}).wants(http.StatusSeeOther)
		for _, path := range []string{"/en", "/fa/medicines", "/en/medicines?category=skin", "/en/medicines/paracetamol", "/ar/a-to-z", "/tr/about"} {
			a := one.get(path).wants(http.StatusOK)
			b := two.get(path, "Accept-Language", "ar", "User-Agent", "<script>", "Referer", "https://evil.example").wants(http.StatusOK)
			if !bytes.Equal(a.body, b.body) {
				t.Errorf("%s differs between visitors", path)
			}
			for _, x := range []*answer{a, b} {
				x.header1("Cache-Control", "public, no-cache").header1("Vary", "Accept-Encoding")
				if x.header["Set-Cookie"] != nil {
					t.Errorf("%s sets a cookie", path)
				}
			}
			a.header1("Etag", b.header.Get("Etag"))
		}
	}},

	{name: "3 ten thousand strange addresses make no key, and hot pages stay hits", run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		hot := []string{"/en/medicines", "/en/medicines?category=skin&page=2&sort=expiry", "/fa/medicines/paracetamol"}
		for _, path := range hot {
			s.asked(path).is(http.StatusOK, madeNow)
		}
		// Error pages and the results of a search contain fragments too.
		s.asked("/en/medicines?q=para")
		before, bytesBefore := s.entries(), s.cache.Stats().MemoryBytes
		random := rand.New(rand.NewPCG(1, 2))
		visits := 2000
		if testing.Short() {
			visits = 100
		}
		for i := range visits {
			for _, path := range []string{
				fmt.Sprintf("/en/medicines?q=%s%d", secret, i), fmt.Sprintf("/en/medicines?category=c%d", random.Int()),
				fmt.Sprintf("/en/medicines/g%d", random.Int()), fmt.Sprintf("/en/medicines?sort=s%d&utm_source=%d", random.Int(), i),
				fmt.Sprintf("/en/medicines?page=%d", 1000+random.IntN(1e9)),
			} {
				s.asked(path, "Accept-Encoding", "gzip")
			}
			if i%100 == 0 {
				for _, path := range hot {
					s.asked(path, "Accept-Encoding", "gzip").is(http.StatusOK, hitInMemory)
				}
			}
		}
		if after := s.entries(); after != before {
			t.Errorf("entries changed from %s to %s", before, after)
		}
		if grown := s.cache.Stats().MemoryBytes - bytesBefore; grown != 0 {
			t.Errorf("memory grew by %d bytes", grown)
		}
	}},

	{name: "4 after a busy mixed run no stored byte is of a visitor", run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		public := []string{"/en", "/en/medicines", "/fa/medicines?category=skin", "/en/medicines?page=2&sort=price_asc", "/tr/medicines/paracetamol", "/ar/a-to-z", "/fa/about", groupsPath, "/sitemap.xml"}
		others := []string{"/en/medicines?q=" + secret, "/en/medicines/" + secret, "/en/medicines?category=" + secret, "/" + secret, "/en/cart", "/api/search?q=" + secret, "/?x=" + secret, "/buy-medicine/?q=" + secret}
		var mu sync.Mutex
		var tokens []string
		together(6, func(i int) {
			v := s.visitor()
			random := rand.New(rand.NewPCG(4, uint64(i)))
			for n := range 40 {
				switch random.IntN(4) {
				case 0:
					v.add("paracetamol-tablet-500mg-20", 1)
				case 1:
					v.get(others[random.IntN(len(others))])
				default:
					if a := v.get(public[random.IntN(len(public))], "X-Forwarded-Host", secret, "Cookie", "basket=7; note="+secret); a.status != http.StatusOK {
						t.Errorf("visit %d: status %d", n, a.status)
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			tokens = append(tokens, v.cookie("session"))
		})
		tokens = append(slices.DeleteFunc(tokens, func(token string) bool { return token == "" }), secret, "note=", "basket=")
		if len(tokens) < 4 {
			t.Fatal("no visitor had a session")
		}
		for _, path := range public {
			body := string(s.asked(path).wants(http.StatusOK).body)
			for _, token := range tokens {
				if strings.Contains(body, token) {
					t.Errorf("%s contains %q", path, token)
				}
			}
		}
		if s.redis == nil {
			return
		}
		kinds := map[string]int{}
		for _, key := range s.redis.Keys() {
			kind, _, _ := strings.Cut(key, ":")
			kinds[kind]++
			value := s.redis.Client().Get(context.Background(), key).Val()
			for _, token := range tokens {
				if strings.Contains(key, token) || kind != "session" && strings.Contains(value, token) {
					t.Errorf("%s contains %q", key, token)
				}
			}
		}
		if kinds["page"] < len(public) || kinds["session"] == 0 || kinds["fragment"] == 0 || kinds["medicines"] != 2 {
			t.Errorf("keys: %v", kinds)
		}
	}},

	{name: "4 what is personal, an error or a redirect is stored nowhere", run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		v := s.visitor()
		v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
		v.get("/en/cart").wants(http.StatusOK)
		s.asked("/en/medicines?q=para") // contains a fragment, which may be stored
		before := s.entries()
		for path, status := range map[string]int{
			"/en/cart": 200, "/": 302, "/en/nowhere": 404, "/xx/medicines": 404, "/en/medicines/nothing": 404, "/en/medicines?category=nothing": 404,
			"/en/medicines?page=9999": 302, "/en/": 301, "/buy-medicine/": 301, "/item/paracetamol-tablet-500mg-20/": 301, "/item/nothing/": 404, "/healthz": 200,
			"/static/none.css": 404, "/en/medicines?q=para": 200, "/api/search?q=para": 200,
		} {
			a := v.get(path).wants(status)
			if status >= 400 || strings.HasPrefix(path, "/en/cart") {
				a.header1("Cache-Control", "no-store")
			}
		}
		v.post("/en/medicines", url.Values{"x": {"y"}}).wants(http.StatusMethodNotAllowed)
		if after := s.entries(); after != before {
			t.Errorf("entries changed from %s to %s", before, after)
		}
	}},

	{name: "5 a filtered or searched view never changes another's categories", run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		views := []string{"/en/medicines", "/fa/medicines", "/en/medicines?category=skin", "/fa/medicines?category=skin", "/en/medicines?category=diabetes", "/en"}
		// The list of each view, from a site that has served nothing else.
		want := map[string]string{}
		list := func(a *answer) string {
			nodes := a.all("main nav")
			var b strings.Builder
			for _, n := range nodes {
				if strings.Contains(attribute(n, "class"), "cats") {
					b.WriteString(text(n))
					for d := range n.Descendants() {
						b.WriteString(attribute(d, "href") + attribute(d, "aria-current"))
					}
				}
			}
			return b.String()
		}
		for _, path := range views {
			if want[path] = list(newSite(t, siteOptions{}).asked(path)); len(want[path]) < 500 {
				t.Fatalf("%s: the list of categories is %q", path, want[path])
			}
			_, category, filtered := strings.Cut(path, "category=")
			if marked := strings.Contains(want[path], "category="+category+"true"); filtered && !marked || strings.Count(want[path], "true") > 1 {
				t.Errorf("%s: the current category is not marked: %s", path, want[path])
			}
		}
		random := rand.New(rand.NewPCG(5, 5))
		others := []string{"/en/medicines?form=tablet&sort=expiry", "/en/medicines?q=skin", "/fa/medicines?q=%D8%AF%D8%B1%D8%AF&category=skin", "/en/medicines?group=ibuprofen", "/en/medicines?category=skin&q=xyz", "/en/medicines?category=nothing"}
		visits := 120
		if testing.Short() {
			visits = 40
		}
		for range visits {
			s.asked(others[random.IntN(len(others))])
			path := views[random.IntN(len(views))]
			if got := list(s.asked(path)); got != want[path] {
				t.Fatalf("%s: the list of categories is\n%s\nwant\n%s", path, got, want[path])
			}
			if random.IntN(20) == 0 {
				s.clear(cache.All)
			}
		}
	}},

	{name: "6 200 simultaneous cold requests make one render", run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		for _, path := range []string{"/en/medicines", "/fa/medicines/paracetamol", "/tr"} {
			before := s.renders.Load()
			together(200, func(int) { s.asked(path).wants(http.StatusOK) })
			if n := s.renders.Load() - before; n != 1 {
				t.Errorf("%s: %d renders", path, n)
			}
		}
	}},

	{name: "6 200 simultaneous cold requests to three processes make one render", shared: true, run: func(t *testing.T, f *floor) {
		sites := []*site{f.site(siteOptions{}), f.site(siteOptions{}), f.site(siteOptions{})}
		groups := sites[0].store.Current().Catalogue().Groups
		for name, path := range map[string]func(n int) string{
			"listing":  func(n int) string { return "/medicines?page=" + itoa(n+2) },
			"medicine": func(n int) string { return "/medicines/" + groups[n].ID },
		} {
			// A lease on a render ends after 0.6 s, so that a killed holder does
			// not keep its page from everyone. Where a busy machine took longer,
			// another page is requested, with half as many visitors, down to 3;
			// but one must be rendered once.
			for n := 0; ; n++ {
				address := "/" + render.Languages()[n%len(render.Languages())] + path(n)
				var renders int64
				for _, s := range sites {
					renders -= s.renders.Load()
				}
				start := time.Now()
				together(max(200>>min(n, 7), 3), func(i int) { sites[i%3].asked(address).wants(http.StatusOK) })
				took := time.Since(start)
				for _, s := range sites {
					renders += s.renders.Load()
				}
				if renders == 1 {
					break
				}
				t.Logf("%s: %d renders in %v", address, renders, took)
				if took < 600*time.Millisecond || n == 60 {
					t.Errorf("a %s is rendered more than once", name)
					break
				}
			}
		}
	}},

	{name: "6 a panic in a render is one log line and an error page for all who wait", run: func(t *testing.T, f *floor) {
		var began atomic.Int64
		spoilt := atomic.Bool{}
		spoilt.Store(true)
		s := f.site(siteOptions{medicines: func(m Medicines) Medicines {
			return meddled{Medicines: m, groups: func() {
				if spoilt.Load() {
					eventually(t, 20*time.Second, "everybody asks", func() bool { return began.Load() == 50 })
					panic("spilt")
				}
			}}
		}})
		before := s.entries()
		together(50, func(int) {
			began.Add(1)
			s.asked(groupsPath).wants(http.StatusInternalServerError).header1("Cache-Control", "no-store")
		})
		if n := strings.Count(s.log.String(), "level=ERROR"); n != strings.Count(s.log.String(), "spilt") || n == 0 {
			t.Errorf("%d error lines\n%s", n, s.log)
		}
		if after := s.entries(); after != before {
			t.Errorf("entries changed from %s to %s", before, after)
		}
		spoilt.Store(false)
		s.asked(groupsPath).is(http.StatusOK, madeNow)
	}},

	{name: "6 a visitor who leaves cancels nobody's page", run: func(t *testing.T, f *floor) {
		begun, gate := make(chan struct{}), make(chan struct{})
		var once sync.Once
		s := f.site(siteOptions{medicines: func(m Medicines) Medicines {
			return meddled{Medicines: m, groups: func() { once.Do(func() { close(begun); <-gate }) }}
		}})
		leaving, leave := context.WithCancel(context.Background())
		left, stayed := make(chan *answer, 1), make(chan *answer, 1)
		go func() {
			left <- s.served(httptest.NewRequest(http.MethodGet, groupsPath, nil).WithContext(leaving))
		}()
		<-begun
		go func() { stayed <- s.asked(groupsPath) }()
		leave()
		if a := <-left; a.status != 0 || len(a.body) != 0 {
			t.Errorf("the leaving visitor got status %d, %d bytes", a.status, len(a.body))
		}
		close(gate)
		if a := (<-stayed).wants(http.StatusOK); len(a.body) < 1000 {
			t.Errorf("the staying visitor got %q", a.body)
		}
	}},

	{name: "7 a busy page is refreshed ahead of its end over ten lifetimes", run: func(t *testing.T, f *floor) {
		inSoak(t)
		t.Parallel()
		const ttl, lifetimes = 2 * time.Second, 10
		s := f.site(siteOptions{pageTTL: ttl})
		const path = "/en/medicines"
		s.asked(path).is(http.StatusOK, madeNow)
		before := s.renders.Load()
		start := time.Now()
		stops, waited, requests := 0, 0, 0
		var slowest, highest time.Duration
		for last := start; time.Since(start) < lifetimes*ttl; {
			begun := time.Now()
			// A machine that pauses for most of the tenth of the lifetime in which pages are
			// refreshed cannot keep the promise.
			if begun.Sub(last) > ttl/10/4 {
				stops++
			}
			last = begun
			a := s.asked(path).wants(http.StatusOK)
			slowest = max(slowest, time.Since(begun))
			requests++
			if a.cached() == madeNow || a.cached() == madeOnly {
				waited++
			}
			if age, _ := strconv.Atoi(a.header.Get("Age")); age > int(ttl/time.Second) {
				t.Fatalf("page with an age of %d s", age)
			}
			if s.redis != nil && requests%10 == 0 {
				for key := range s.storedPages() {
					highest = max(highest, s.redis.Client().PTTL(context.Background(), key).Val())
				}
			}
			time.Sleep(4 * time.Millisecond) // pause between requests
		}
		n := int(s.renders.Load() - before)
		t.Logf("%d requests, %d renders in %d lifetimes, %d requests waited, slowest %v, highest PTTL %v, %d pauses of the machine", requests, n, lifetimes, waited, slowest, highest, stops)
		if waited > stops {
			t.Errorf("%d requests waited", waited)
		}
		if n < lifetimes-1-stops || n > lifetimes+lifetimes/2+stops {
			t.Errorf("%d renders in %d lifetimes", n, lifetimes)
		}
		if highest > ttl || s.redis != nil && highest == 0 {
			t.Errorf("PTTL of %v, lifetime %v", highest, ttl)
		}
	}},

	{name: "8 after a clear nothing is served that was stored before", run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		for _, scope := range []cache.Scope{cache.Medicines, cache.All} {
			for _, path := range []string{"/en/medicines", "/fa", groupsPath} {
				s.asked(path)
				s.asked(path).is(http.StatusOK, hitInMemory)
				s.clear(scope)
				s.asked(path).is(http.StatusOK, madeNow)
			}
		}
	}},

	{name: "8 a render that began before a clear stores nothing", run: func(t *testing.T, f *floor) {
		begun, gate := make(chan struct{}), make(chan struct{})
		var once sync.Once
		s := f.site(siteOptions{medicines: func(m Medicines) Medicines {
			return meddled{Medicines: m, groups: func() { once.Do(func() { close(begun); <-gate }) }}
		}})
		answered := make(chan *answer, 1)
		go func() { answered <- s.asked(groupsPath) }()
		<-begun
		s.clear(cache.Medicines)
		close(gate)
		(<-answered).is(http.StatusOK, madeOnly)
		if s.redis != nil && len(s.storedPages()) > 0 {
			t.Errorf("stored: %v", s.entries())
		}
		s.asked(groupsPath).is(http.StatusOK, madeNow)
	}},

	{name: "8 every process is fresh within 1.5 s when the notification is lost", shared: true, run: func(t *testing.T, f *floor) {
		sites := []*site{f.site(siteOptions{}), f.site(siteOptions{}), f.site(siteOptions{})}
		for _, s := range sites {
			s.asked("/en/medicines")
			s.asked("/en/medicines").is(http.StatusOK, hitInMemory)
		}
		f.redis.Do("incr", "cache:generation") // a clear without a notification
		start := time.Now()
		for _, s := range sites {
			// Longer than promised, because the machine may be busy.
			eventually(t, 30*time.Second, "it has noticed", func() bool { return s.asked("/en/medicines").cached() != hitInMemory })
		}
		t.Logf("all fresh after %v", time.Since(start).Round(time.Millisecond))
	}},

	{name: "8 an emptied Redis revives no old generation", shared: true, run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		s.asked("/en/medicines").is(http.StatusOK, madeNow)
		old := f.redis.Do("get", "cache:generation")
		key, value := "", ""
		for k, v := range s.storedPages() {
			key, value = k, v
		}
		s.clear(cache.All)
		f.redis.Do("flushall")
		f.redis.Do("set", key, value, "px", "500000") // the page as stored before the clear
		other := f.site(siteOptions{})
		other.asked("/en/medicines").is(http.StatusOK, madeNow)
		if now := f.redis.Do("get", "cache:generation"); now == old || now == nil {
			t.Errorf("generation %v, before the clear %v", now, old)
		}
	}},

	{name: "9 baskets survive every clear", run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		v := s.visitor()
		v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
		token := v.cookie("session")
		for _, scope := range []cache.Scope{cache.Medicines, cache.All, nil} {
			v.get("/en/medicines").wants(http.StatusOK)
			s.clear(scope)
			if s.redis != nil && scope != nil {
				for _, key := range s.redis.Keys() {
					if key != "cache:generation" && !strings.HasPrefix(key, "session:") {
						t.Errorf("%s was not removed", key)
					}
				}
			}
			v.get("/en").wants(http.StatusOK)
			if v.get(groupsPath).wants(http.StatusOK); s.redis != nil {
				for _, key := range []string{"medicines:groups:all", "medicines:list:top200"} {
					if ttl := s.redis.Client().PTTL(context.Background(), key).Val(); ttl <= 0 || ttl > 5*time.Minute {
						t.Errorf("after the next visit %s has a TTL of %s", key, ttl)
					}
				}
			}
			if !strings.Contains(text(v.get("/en/cart").document()), "Paracetamol") || v.cookie("session") != token || v.cookie("basket") != "2" {
				t.Error("the basket was lost")
			}
		}
	}},

	{name: "10 one validator on a miss, a hit, in either tier and in any process", run: func(t *testing.T, f *floor) {
		s, other := f.site(siteOptions{}), f.site(siteOptions{})
		for _, path := range []string{"/en", "/fa/medicines", "/tr/medicines/ibuprofen", groupsPath, "/sitemap.xml", "/robots.txt"} {
			miss := s.asked(path, "Accept-Encoding", "gzip").is(http.StatusOK, madeNow)
			tag := miss.header.Get("Etag")
			if !strings.HasPrefix(tag, `W/"`) {
				t.Errorf("%s: ETag %s is shared by several encodings but not weak", path, tag)
			}
			elsewhere := hitInRedis
			if f.redis == nil {
				elsewhere = madeNow
			}
			for _, a := range []*answer{
				s.asked(path, "Accept-Encoding", "br").is(http.StatusOK, hitInMemory), s.asked(path).is(http.StatusOK, hitInMemory),
				other.asked(path).is(http.StatusOK, elsewhere), other.asked(path, "Accept-Encoding", "gzip").is(http.StatusOK, hitInMemory),
			} {
				a.header1("Etag", tag).header1("Vary", "Accept-Encoding")
			}
			for match, status := range map[string]int{
				tag: 304, tag[2:]: 304, "*": 304, `"a", ` + tag + `, "b"`: 304, `W/"a",` + tag[2:]: 304, `"a"`: 200, tag[:len(tag)-2] + `"`: 200, "": 200,
			} {
				a := s.asked(path, "If-None-Match", match, "Accept-Encoding", "gzip").wants(status)
				a.header1("Etag", tag).header1("Vary", "Accept-Encoding").header1("Cache-Control", "public, no-cache")
				if status == 304 && (len(a.body) > 0 || a.header.Get("Content-Encoding") != "" || a.header.Get("Content-Length") != "") {
					t.Errorf("%s: a 304 with %d bytes and %v", path, len(a.body), a.header)
				}
			}
		}
	}},

	{name: "10 HEAD, ranges, no-cache and codings", run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		v := s.visitor()
		const path = "/en/medicines/paracetamol"
		get := v.get(path, "Accept-Encoding", "gzip").is(http.StatusOK, madeNow)
		r, _ := http.NewRequest(http.MethodHead, s.server.URL+path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		head := v.do(r).is(http.StatusOK, hitInMemory)
		for _, name := range []string{"Content-Length", "Content-Type", "Content-Encoding", "Etag", "Vary", "Cache-Control", "Content-Language"} {
			head.header1(name, get.header.Get(name))
		}
		if len(head.body) > 0 || get.header.Get("Content-Length") != itoa(len(get.body)) {
			t.Errorf("HEAD has %d bytes, GET %d", len(head.body), len(get.body))
		}
		for _, name := range []string{"Range", "If-Range", "If-Match", "If-Modified-Since", "If-Unmodified-Since", "Cache-Control", "Pragma"} {
			value := map[string]string{"Range": "bytes=0-9", "Cache-Control": "no-cache, max-age=0", "Pragma": "no-cache", "If-Match": `"x"`}[name]
			if value == "" {
				value = "Mon, 01 Jan 2024 00:00:00 GMT"
			}
			if a := v.get(path, name, value, "Accept-Encoding", "gzip").is(http.StatusOK, hitInMemory); !bytes.Equal(a.body, get.body) {
				t.Errorf("%s: %s changes the response", name, value)
			}
		}
		for accept, want := range map[string]string{
			"gzip": "gzip", "br": "br", "gzip, deflate, br, zstd": "br", "gzip;q=1, br;q=0.5": "gzip", "br;q=0, gzip": "gzip", "gzip;q=0": "", "*": "br", "*;q=0": "",
			"identity": "", "identity;q=0": "gzip", "identity;q=0, br": "br", "deflate": "", "gzip;q=0, *": "br", "br;q=0.1, identity;q=0.2": "", "nonsense;;q=x": "",
		} {
			v.get(path, "Accept-Encoding", accept).is(http.StatusOK, hitInMemory).header1("Content-Encoding", want)
		}
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, "PURGE"} {
			r, _ := http.NewRequest(method, s.server.URL+path, strings.NewReader("x=y"))
			if a := v.do(r).wants(http.StatusMethodNotAllowed); a.header.Get("Cache-Status") != "" || a.header.Get("Allow") == "" {
				t.Errorf("%s: %v", method, a.header)
			}
		}
		v.get(path).is(http.StatusOK, hitInMemory)
	}},

	{name: "11 a hit sends the stored bytes as they are", shared: true, run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		s.asked("/en/medicines")
		pages := s.storedPages()
		for _, coding := range []string{"gzip", "br"} {
			for _, from := range []*site{s, f.site(siteOptions{})} {
				a := from.asked("/en/medicines", "Accept-Encoding", coding).header1("Content-Encoding", coding)
				for key, value := range pages {
					if !strings.Contains(value, string(a.body)) {
						t.Errorf("the body sent with %s is not part of %s", coding, key)
					}
				}
			}
		}
	}},

	{name: "12 with Redis stopped pages answer, and a basket says that it will be back", shared: true, run: redisStopped},

	{name: "13 two builds and two catalogues on one Redis never mix", shared: true, run: func(t *testing.T, f *floor) {
		file := func(price, updated string) []byte {
			return fmt.Appendf(nil, `{"updated": %q, "currency": "EUR", "groups": [{"id": "g", "name": "Gee", "variants": [{"id": "v", "price": %q, "class": "general"}]}]}`, updated, price)
		}
		old := f.site(siteOptions{build: "old", publishes: true, catalogue: file("1.11", "2026-01-01T00:00:00Z")})
		if a := old.asked("/en/medicines/g").is(http.StatusOK, madeNow); !bytes.Contains(a.body, []byte("1.11")) {
			t.Fatal("no price")
		}
		young := f.site(siteOptions{build: "new", publishes: true, catalogue: file("1.11", "2026-01-01T00:00:00Z")})
		young.asked("/en/medicines/g").is(http.StatusOK, madeNow)
		old.asked("/en/medicines/g").is(http.StatusOK, hitInMemory)
		// All processes serve a later catalogue within a second.
		later := f.site(siteOptions{build: "new", publishes: true, catalogue: file("2.22", "2026-02-01T00:00:00Z")})
		if a := later.asked("/en/medicines/g").is(http.StatusOK, madeNow); !bytes.Contains(a.body, []byte("2.22")) {
			t.Error("the later catalogue is not served by its own process")
		}
		start := time.Now()
		for _, s := range []*site{old, young} {
			eventually(t, 30*time.Second, "the later catalogue is served", func() bool {
				a := s.asked("/en/medicines/g").wants(http.StatusOK)
				if bytes.Contains(a.body, []byte("1.11")) == bytes.Contains(a.body, []byte("2.22")) {
					t.Fatal("page of neither catalogue or of both")
				}
				return bytes.Contains(a.body, []byte("2.22"))
			})
		}
		t.Logf("served by all after %v", time.Since(start).Round(time.Millisecond))
		for _, s := range []*site{old, young, later} {
			if a := s.asked("/en/medicines/g"); !bytes.Contains(a.body, []byte("2.22")) {
				t.Error("the earlier catalogue is served again")
			}
		}
	}},

	{name: "14 after warming the first visit of every canonical page is a hit", run: func(t *testing.T, f *floor) {
		if f.redis == nil {
			inSoak(t) // the run with Redis requests every page too
		}
		s := f.site(siteOptions{})
		snap := s.store.Current()
		var paths []string
		w, err := s.shop.Warm(context.Background(), snap, 4, nil)
		if err != nil || w.Failed != 0 || w.Rendered < 2000 {
			t.Fatalf("%+v, %v", w, err)
		}
		for _, loc := range regexp.MustCompile(`<loc>http://[^/]+([^<]*)</loc>`).FindAllSubmatch(s.asked("/sitemap.xml").body, -1) {
			paths = append(paths, strings.ReplaceAll(string(loc[1]), "&amp;", "&"))
		}
		if len(paths) < 2000 {
			t.Fatalf("only %d URLs in the sitemap", len(paths))
		}
		serving, want := s, hitInMemory
		if f.redis != nil {
			serving, want = f.site(siteOptions{}), hitInRedis
		}
		before := serving.renders.Load()
		cold := 0
		if f.redis == nil {
			// A client that reads the whole site uncompressed, which is several times as
			// large, evicts nothing from memory.
			for _, path := range paths {
				serving.asked(path, "Accept-Encoding", "identity").wants(http.StatusOK)
			}
		}
		for _, path := range paths {
			if a := serving.asked(path, "Accept-Encoding", "gzip").wants(http.StatusOK); a.cached() != want {
				if cold++; cold < 5 {
					t.Errorf("%s: %s", path, a.cached())
				}
			}
		}
		if n := serving.renders.Load() - before; n != 0 || cold > 0 {
			t.Errorf("%d renders, %d of %d pages were cold", n, cold, len(paths))
		}
		again, err := s.shop.Warm(context.Background(), snap, 4, nil)
		if err != nil || again.Rendered != 0 || again.Found != w.Rendered+w.Found {
			t.Errorf("second run: %+v, %v; first: %+v", again, err, w)
		}
	}},

	{name: "15 deceptive and poisonous addresses store nothing and reflect nothing", run: func(t *testing.T, f *floor) {
		s := f.site(siteOptions{})
		v := s.visitor()
		v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
		v.get("/en/cart").wants(http.StatusOK)
		s.asked("/en/medicines").is(http.StatusOK, madeNow)
		before := s.entries()
		session := v.cookie("session")
		evil := secret + ".example"
		for _, path := range []string{
			"/fa/cart/x.css", "/en/cart/a.js", "/en/cart.css", "/en/cart;a.css", "/en/cart%2fx.css", "/en/cart%00.css", "/en/cart%0a.css", "/en/cart?x.css",
			"//" + evil + "/en/medicines", "/" + evil + "//en/medicines", "/en//" + evil, "/en/medicines//", "/en/%2e%2e/en/medicines", "/en/../en/medicines",
			"/en/./medicines", "/en%2fmedicines", "/en/medicines%2f", "/en/medicines/..%2f..%2fcart", "/en/medicines/%252e%252e", "/en/medicines\\x", "/\\" + evil, "/%5c" + evil + "/",
			"/en/medicines/" + strings.Repeat("a", 5000), "/en/medicines?category=" + strings.Repeat("b", 5000), "/" + strings.Repeat("en/", 1500),
			"/en/medicines;jsessionid=" + secret, "/en/medicines.css", "/en/medicines/paracetamol.css", "/en/medicines/paracetamol/x.css", "/EN/medicines", "/en/Medicines",
			"/api/medicines/groups.css", "/api/search.js?q=" + secret, "/static/../en/cart", "/static/%2e%2e/en/cart", "/en/cart/", "/?next=//" + evil, "/en/?x=//" + evil, "/buy-medicine/?x=//" + evil, "/en/medicines?category=//" + evil,
		} {
			r := httptest.NewRequest(http.MethodGet, "http://pharmacy.example/", nil)
			target, query, _ := strings.Cut(path, "?")
			u := &url.URL{Path: target, RawQuery: query}
			if plain, err := url.PathUnescape(target); err == nil {
				u = &url.URL{Path: plain, RawPath: target, RawQuery: query}
			}
			r.URL = u
			r.AddCookie(&http.Cookie{Name: "session", Value: session})
			a := s.served(r)
			if a.header.Get("Cache-Status") != "" && a.status == http.StatusOK && a.cached() != hitInMemory && a.cached() != bypassed {
				t.Errorf("%s: %s", path, a.cached())
			}
			if bytes.Contains(a.body, []byte("Paracetamol 500")) && a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s shows a basket in a cacheable response", path)
			}
			to := a.header.Get("Location")
			if u, err := url.Parse(to); err != nil || u.Host != "" || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
				t.Errorf("%s redirects to %q", path, to)
			}
			if bytes.Contains(a.body, []byte(secret)) && !strings.Contains(path, "?") {
				t.Errorf("%s is reflected", path)
			}
			if a.status >= 500 {
				t.Errorf("%s: status %d", path, a.status)
			}
		}
		// Headers that override the method or the host.
		for _, headers := range [][]string{
			{"X-Http-Method-Override", "POST"}, {"X-Method-Override", "DELETE"}, {"X-Forwarded-Host", evil}, {"X-Forwarded-Proto", "gopher"},
			{"X-Original-Url", "/en/cart"}, {"X-Rewrite-Url", "/en/cart"}, {"X-Forwarded-Prefix", "//" + evil}, {"Forwarded", "host=" + evil},
		} {
			if a := s.asked("/en/medicines", headers...).is(http.StatusOK, hitInMemory); bytes.Contains(a.body, []byte(secret)) {
				t.Errorf("%v is reflected", headers)
			}
		}
		if after := s.entries(); after != before {
			t.Errorf("entries changed from %s to %s", before, after)
		}
		// net/http refuses a request with two Host fields.
		if answer := raw(t, s, "GET /en/medicines HTTP/1.1\r\nHost: pharmacy.example\r\nHost: "+evil+"\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(answer, "HTTP/1.1 400 ") || strings.Contains(answer, evil) {
			t.Errorf("two Host fields: %.200s", answer)
		}
		if answer := raw(t, s, "GET http://"+evil+"/en/medicines HTTP/1.1\r\nHost: pharmacy.example\r\nConnection: close\r\n\r\n"); strings.Contains(answer, evil) {
			t.Errorf("the host of an absolute URL is reflected: %.200s", answer)
		}
		if after := s.entries(); after != before {
			t.Errorf("entries changed from %s to %s", before, after)
		}
	}},
}

// redisStopped is law 5: with Redis stopped every public page is served. The basket
// reports that it is unavailable, keeps the cookie, and is restored afterwards.
func redisStopped(t *testing.T, f *floor) {
	s := f.site(siteOptions{hurried: true})
	v := s.visitor()
	v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
	token := v.cookie("session")
	f.redis.Freeze()
	for _, path := range []string{"/en", "/fa/medicines", "/en/medicines/paracetamol", "/ar/a-to-z", "/tr/about", "/en/medicines?q=para", "/api/search?q=para", groupsPath, "/en/cart-nothing"} {
		start := time.Now()
		a := v.get(path)
		if a.status >= 500 || path != "/en/cart-nothing" && a.status != http.StatusOK {
			t.Errorf("%s: status %d", path, a.status)
		}
		if took := time.Since(start); took > 15*time.Second {
			t.Errorf("%s took %s", path, took)
		}
	}
	a := v.get("/en/cart").wants(http.StatusServiceUnavailable)
	if a.header.Get("Retry-After") == "" || a.header["Set-Cookie"] != nil {
		t.Errorf("Retry-After %q, Set-Cookie %v", a.header.Get("Retry-After"), a.header["Set-Cookie"])
	}
	v.add("paracetamol-tablet-500mg-20", 1).wants(http.StatusServiceUnavailable)
	if v.cookie("session") != token {
		t.Error("the session cookie changed")
	}
	// A visitor without a session can still view an empty basket.
	s.visitor().get("/en/cart").wants(http.StatusOK)
	f.redis.Thaw()
	eventually(t, 30*time.Second, "the basket is back", func() bool {
		return v.get("/en/cart").status == http.StatusOK
	})
	if !strings.Contains(text(v.get("/en/cart").document()), "Paracetamol") {
		t.Error("the basket was lost")
	}
	eventually(t, 30*time.Second, "the cache uses Redis again", s.cache.Available)
}

// raw returns the server's response to bytes sent on a connection.
func raw(t *testing.T, s *site, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

package storefront

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"pharmacy/internal/cache"
	"pharmacy/internal/redistest"
)

// Law 1 and 2: a page is the same for everyone, and says nothing of anyone.
func TestTwoVisitorsGetTheSameBytes(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		one, two := s.visitor(), s.visitor()
		one.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
		two.post("/language", url.Values{"language": {"tr"}}).wants(http.StatusSeeOther)
		for _, path := range []string{"/en", "/fa/medicines", "/en/medicines?category=skin", "/en/medicines/paracetamol", "/ar/a-to-z", "/tr/about"} {
			a := one.get(path).wants(http.StatusOK)
			b := two.get(path, "Cookie", "session=forged; basket=99; language=ar", "Host", "evil.example",
				"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Accept-Language", "ar",
				"User-Agent", "<script>", "Referer", "https://evil.example", "X-HTTP-Method-Override", "POST").wants(http.StatusOK)
			if !bytes.Equal(a.body, b.body) {
				t.Errorf("%s differs between visitors", path)
			}
			for _, x := range []*answer{a, b} {
				x.header1("Cache-Control", "public, no-cache").header1("Vary", "Accept-Encoding")
				if x.header["Set-Cookie"] != nil {
					t.Errorf("%s sets a cookie", path)
				}
				if strings.Contains(string(x.body), "evil") {
					t.Errorf("%s reflects a header", path)
				}
			}
			a.header1("Etag", b.header.Get("Etag"))
		}
	})
}

// Law 7: ten thousand strange addresses make no key.
func TestFiniteKeys(t *testing.T) {
	server := redistest.Start(t)
	s := newSite(t, siteOptions{redis: server})
	v := s.visitor()
	v.get("/en/medicines").wants(http.StatusOK)
	v.get("/en/medicines?category=skin&page=2&sort=expiry").wants(http.StatusOK)
	before := len(server.Keys())
	handler := s.shop.Handler()
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 2000 {
		for _, query := range []string{
			fmt.Sprintf("q=word%d", i), fmt.Sprintf("category=c%d", r.Int()), fmt.Sprintf("group=g%d", r.Int()),
			fmt.Sprintf("sort=s%d&utm_source=%d", r.Int(), i), fmt.Sprintf("page=%d", 1000+r.IntN(1e9)),
		} {
			answerOf(handler, "/en/medicines?"+query)
		}
	}
	if after := len(server.Keys()); after != before {
		t.Errorf("%d keys became %d", before, after)
	}
	v.get("/en/medicines").wants(http.StatusOK)
	if got := v.get("/en/medicines").header.Get("Cache-Status"); !strings.HasSuffix(got, "detail=memory") {
		t.Errorf("a hot page is no longer a hit: %s", got)
	}
}

// One page has one key, however its address is written.
func TestCanonicalAddresses(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		first := v.get("/en/medicines?category=skin&sort=price_asc&page=2").wants(http.StatusOK)
		made := s.renders.Load()
		for _, query := range []string{
			"sort=price_asc&page=2&category=skin", "category=skin&category=diabetes&sort=price_asc&page=2",
			"category=skin&sort=price_asc&page=2&utm_source=x&fbclid=y", "%63ategory=s%6Bin&sort=price%5Fasc&page=2",
			"category=skin&sort=price_asc&page=02&q=", "category=skin&group=&form=&sort=price_asc&page=2&&&", "category=skin&sort=price_asc&page=%DB%B2",
		} {
			a := v.get("/en/medicines?" + query).wants(http.StatusOK)
			if !bytes.Equal(a.body, first.body) {
				t.Errorf("%s is another page", query)
			}
		}
		for _, query := range []string{"", "sort=name", "page=1", "sort=unknown", "page=1&sort=name&q=&category="} {
			v.get("/en/medicines?" + query).wants(http.StatusOK)
		}
		if got := s.renders.Load() - made; got != 1 {
			t.Errorf("%d renders, want 1", got)
		}
	})
}

// Law 3: the categories of one view never show in another.
func TestFragmentsDoNotMix(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		for _, current := range []string{"", "skin", "diabetes", ""} {
			for _, lang := range []string{"en", "fa"} {
				a := v.get("/" + lang + "/medicines?category=" + current)
				var marked []string
				for _, n := range a.all(`main nav a[aria-current]`) {
					marked = append(marked, attribute(n, "href"))
				}
				for _, href := range marked {
					if current != "" && !strings.HasSuffix(href, "category="+current) {
						t.Errorf("%s %q: %s is marked", lang, current, href)
					}
				}
				if current != "" && len(marked) == 0 {
					t.Errorf("%s %q: nothing is marked", lang, current)
				}
			}
		}
	})
}

// Law 4 and 6: a clear ends pages, not baskets.
func TestClearKeepsBaskets(t *testing.T) {
	overStores(t, siteOptions{}, func(t *testing.T, s *site) {
		v := s.visitor()
		v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
		v.get("/en/medicines").wants(http.StatusOK)
		if _, err := s.cache.Clear(context.Background(), cache.All, nil); err != nil {
			t.Fatal(err)
		}
		if s.redis != nil {
			for _, key := range s.redis.Keys() {
				if key != "cache:generation" && !strings.HasPrefix(key, "session:") {
					t.Errorf("%s is left", key)
				}
			}
		}
		v.get("/en/medicines").wants(http.StatusOK).header1("Cache-Status", "pharmacy; fwd=miss; stored")
		if s.redis != nil {
			for _, key := range []string{"medicines:groups:all", "medicines:list:top200"} {
				if ttl := s.redis.Client().PTTL(context.Background(), key).Val(); ttl <= 0 || ttl > 5*time.Minute {
					t.Errorf("after the next visit %s lives for %s", key, ttl)
				}
			}
		}
		if !strings.Contains(text(v.get("/en/cart").document()), "Paracetamol") {
			t.Error("the basket is gone")
		}
	})
}

// The keys of the contract, with their lifetimes and nothing personal in them.
func TestKeysInRedis(t *testing.T) {
	server := redistest.Start(t)
	s := newSite(t, siteOptions{redis: server})
	v := s.visitor()
	v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
	token := v.cookie("session")
	for _, path := range []string{"/en", "/fa/medicines?category=skin", "/en/medicines/paracetamol", "/api/medicines/groups", "/sitemap.xml", "/en/cart", "/en/medicines?q=secret"} {
		v.get(path).wants(http.StatusOK)
	}
	client, ctx := server.Client(), context.Background()
	page := regexp.MustCompile(`^page:test:[0-9a-f]+:(fa|en|tr|ar|-):/`)
	found := map[string]bool{}
	for _, key := range server.Keys() {
		ttl := client.PTTL(ctx, key).Val()
		limit := time.Duration(0)
		switch {
		case key == "cache:generation":
			continue
		case key == "medicines:groups:all", key == "medicines:list:top200":
			limit = 5 * time.Minute
		case page.MatchString(key), strings.HasPrefix(key, "fragment:test:"):
			limit = 10 * time.Minute
		case strings.HasPrefix(key, "session:"):
			limit = time.Hour
		default:
			t.Errorf("unexpected key %s", key)
		}
		kind, _, _ := strings.Cut(key, ":")
		found[kind] = true
		if ttl <= 0 || ttl > limit {
			t.Errorf("%s lives for %s, at most %s is right", key, ttl, limit)
		}
		value := client.Get(ctx, key).Val()
		if strings.Contains(key, token) || kind != "session" && strings.Contains(value, token) || strings.Contains(key+value, "secret") {
			t.Errorf("%s holds something personal", key)
		}
	}
	for _, kind := range []string{"medicines", "page", "fragment", "session"} {
		if !found[kind] {
			t.Errorf("no %s key", kind)
		}
	}
}

// Law 5: with Redis stopped every public page answers; the basket says that
// it cannot be reached, keeps the cookie, and is there again afterwards.
func TestRedisStopped(t *testing.T) {
	server := redistest.Start(t)
	s := newSite(t, siteOptions{redis: server})
	v := s.visitor()
	v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
	token := v.cookie("session")
	server.Freeze()
	for _, path := range []string{"/en", "/fa/medicines", "/en/medicines/paracetamol", "/ar/a-to-z", "/tr/about", "/en/medicines?q=para", "/api/search?q=para", "/api/medicines/groups", "/en/cart-nothing"} {
		start := time.Now()
		a := v.get(path)
		if a.status >= 500 || path != "/en/cart-nothing" && a.status != http.StatusOK {
			t.Errorf("%s: status %d", path, a.status)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %s", path, took)
		}
	}
	a := v.get("/en/cart").wants(http.StatusServiceUnavailable)
	if a.header.Get("Retry-After") == "" || a.header["Set-Cookie"] != nil {
		t.Errorf("Retry-After %q, Set-Cookie %v", a.header.Get("Retry-After"), a.header["Set-Cookie"])
	}
	v.add("paracetamol-tablet-500mg-20", 1).wants(http.StatusServiceUnavailable)
	if v.cookie("session") != token {
		t.Error("the session's cookie has changed")
	}
	// Who has no session yet can still look into an empty basket.
	s.visitor().get("/en/cart").wants(http.StatusOK)
	server.Thaw()
	eventually(t, 5*time.Second, "the basket is back", func() bool {
		return v.get("/en/cart").status == http.StatusOK
	})
	if !strings.Contains(text(v.get("/en/cart").document()), "Paracetamol") {
		t.Error("the basket is empty")
	}
	eventually(t, 5*time.Second, "the cache uses Redis again", s.cache.Available)
}

// A server that starts again finds the baskets that Redis kept.
func TestBasketSurvivesARestart(t *testing.T) {
	server := redistest.Start(t)
	v := newSite(t, siteOptions{redis: server}).visitor()
	v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
	again := newSite(t, siteOptions{redis: server}).visitor()
	a := again.get("/en/cart", "Cookie", "session="+v.cookie("session"))
	if !strings.Contains(text(a.document()), "Paracetamol") {
		t.Error("the basket is gone")
	}
}

// The replaced application's file is served unchanged; nothing in it can be
// ordered, and its texts are text.
func TestFileOfTheReplacedApplication(t *testing.T) {
	file := []byte(`{"pain_groups": {"g1": {"name_en": "Pain <b>relief</b> 💊", "name_fa": "مسکن", "pains": {
		"p1": {"name_en": "Old tablet\n500mg", "description_en": "<script>alert(1)</script>", "price": "22.44", "exp": "2031/02/31"},
		"p2": {"name_en": "Other", "price": null, "exp": "2031/02"}}}}}`)
	overStores(t, siteOptions{catalogue: file}, func(t *testing.T, s *site) {
		v := s.visitor()
		for _, path := range []string{"/en", "/en/medicines", "/en/medicines?category=g1", "/en/medicines/g1", "/fa/medicines/g1", "/en/a-to-z", "/api/medicines/groups", "/en/medicines?q=old"} {
			a := v.get(path).wants(http.StatusOK)
			if strings.Contains(string(a.body), "<script>alert") || strings.Contains(string(a.body), "<b>relief") {
				t.Errorf("%s: markup of the data is not escaped", path)
			}
			if !strings.HasPrefix(path, "/api") && len(a.all("input[name=variant]")) != 0 {
				t.Errorf("%s: an order form", path)
			}
		}
		v.add("p1", 1).wants(http.StatusForbidden)
		v.get("/item/p1/").wants(http.StatusMovedPermanently)
	})
}

// What has expired cannot be ordered, from the day after its last one.
func TestExpiredCannotBeOrdered(t *testing.T) {
	file := []byte(`{"currency": "EUR", "groups": [{"id": "g", "name": "G", "variants": [
		{"id": "v", "price": "1.00", "class": "general", "expiry": "2027-02"}]}]}`)
	now := time.Date(2027, 2, 28, 23, 59, 0, 0, time.UTC)
	s := newSite(t, siteOptions{catalogue: file, now: func() time.Time { return now }})
	v := s.visitor()
	v.add("v", 1).wants(http.StatusSeeOther)
	if n := len(v.get("/en/medicines/g").all("main input[name=variant]")); n != 1 {
		t.Errorf("%d forms on its last day", n)
	}
	now = now.Add(2 * time.Minute)
	if n := len(v.get("/en/medicines/g").all("main input[name=variant]")); n != 0 {
		t.Errorf("%d forms after its last day", n)
	}
	v.add("v", 1).wants(http.StatusConflict)
	if !strings.Contains(text(v.get("/en/cart").document()), locale("en").T("cart.problem.expired")) {
		t.Error("the basket does not say so")
	}
}

// A session that cannot be read, an older release's or rubbish, begins anew.
func TestUnreadableSessionBeginsAnew(t *testing.T) {
	server := redistest.Start(t)
	s := newSite(t, siteOptions{redis: server})
	v := s.visitor()
	v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
	client, ctx := server.Client(), context.Background()
	for _, key := range server.Keys() {
		if strings.HasPrefix(key, "session:") {
			client.Set(ctx, key, "rubbish", time.Hour)
		}
	}
	v.get("/en/cart").wants(http.StatusOK)
	v.add("paracetamol-tablet-500mg-20", 1).wants(http.StatusSeeOther)
	if got := v.cookie("basket"); got != "1" {
		t.Errorf("the basket counts %q", got)
	}
}

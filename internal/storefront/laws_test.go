package storefront

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"pharmacy/internal/redistest"
)

// Redis holds only the contract's keys, with their lifetimes and without
// personal data.
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
			t.Errorf("%s has a TTL of %s, limit %s", key, ttl, limit)
		}
		value := client.Get(ctx, key).Val()
		if strings.Contains(key, token) || kind != "session" && strings.Contains(value, token) || strings.Contains(key+value, "secret") {
			t.Errorf("%s contains personal data", key)
		}
	}
	for _, kind := range []string{"medicines", "page", "fragment", "session"} {
		if !found[kind] {
			t.Errorf("no key of kind %s", kind)
		}
	}
}

// Baskets in Redis survive a restart of the server.
func TestBasketSurvivesARestart(t *testing.T) {
	server := redistest.Start(t)
	v := newSite(t, siteOptions{redis: server}).visitor()
	v.add("paracetamol-tablet-500mg-20", 2).wants(http.StatusSeeOther)
	again := newSite(t, siteOptions{redis: server}).visitor()
	a := again.get("/en/cart", "Cookie", "session="+v.cookie("session"))
	if !strings.Contains(text(a.document()), "Paracetamol") {
		t.Error("the basket was lost")
	}
}

// The replaced application's file is served unchanged. Nothing in it can be
// ordered, and markup in it is escaped.
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
				t.Errorf("%s: has an order form", path)
			}
		}
		v.add("p1", 1).wants(http.StatusForbidden)
		v.get("/item/p1/").wants(http.StatusMovedPermanently)
	})
}

// A variant cannot be ordered from the day after its expiry date.
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
		t.Error("the basket does not report the expiry")
	}
}

// An unreadable session, from an older release or corrupted, is replaced by a new
// one.
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

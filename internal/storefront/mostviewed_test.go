package storefront

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// clock is a clock that a test advances.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// lookedSite returns a site that counts views by a test clock.
func lookedSite(t *testing.T, o siteOptions) (*site, *clock) {
	s, c := newSite(t, o), &clock{now: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	s.shop.views = newViewCounter(c.time)
	return s, c
}

func (v *visitor) looked(lang string) (groups []string) {
	v.t.Helper()
	a := v.get("/api/looked-at?lang=" + lang).wants(http.StatusOK)
	var found struct{ Medicines []map[string]string }
	if err := json.Unmarshal(a.body, &found); err != nil || found.Medicines == nil {
		v.t.Fatalf("%v: %s", err, a.body)
	}
	for _, m := range found.Medicines {
		if len(m) != 3 || m["name"] == "" || m["url"] != "/"+lang+"/medicines/"+m["group"] {
			v.t.Errorf("entry has fields %v", m)
		}
		groups = append(groups, m["group"])
	}
	return groups
}

func TestLookedAt(t *testing.T) {
	s, now := lookedSite(t, siteOptions{})
	v := s.visitor()
	views := func(n int, path string, headers ...string) {
		for range n {
			v.get(path, headers...)
		}
	}
	expect := func(why string, want ...string) {
		t.Helper()
		now.advance(mostViewedTTL)
		if got := v.looked("en"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", why, got, want)
		}
	}
	expect("before anybody came")
	if a := v.get("/api/looked-at"); string(a.body) != "{\"medicines\":[]}\n" {
		t.Errorf("an empty list is %q", a.body)
	}
	views(2, "/en/medicines/ibuprofen")
	expect("looked at twice, perhaps by one visitor")
	views(4, "/en/medicines/ibuprofen")
	views(3, "/fa/medicines/paracetamol")
	views(9, "/tr/medicines/amoxicillin?utm_source=x")
	expect("in all languages, hits and misses alike", "amoxicillin", "ibuprofen", "paracetamol")
	if got := v.looked("fa"); len(got) != 3 {
		t.Errorf("in Persian: %v", got)
	}

	for range 20 {
		r, _ := http.NewRequest(http.MethodHead, s.server.URL+"/en/medicines/paracetamol", nil)
		v.do(r)
	}
	views(20, "/en/medicines/paracetamol", "Sec-Purpose", "prefetch")
	views(20, "/en/medicines/nothing")
	views(20, "/en/medicines?group=paracetamol")
	if _, err := s.shop.Warm(context.Background(), s.store.Current(), 2, nil); err != nil {
		t.Fatal(err)
	}
	expect("what is no view", "amoxicillin", "ibuprofen", "paracetamol")

	// The list is cached briefly, and views decay.
	views(20, "/en/medicines/paracetamol")
	if got := v.looked("en"); got[0] != "amoxicillin" {
		t.Errorf("the list changed immediately: %v", got)
	}
	expect("after new views", "paracetamol", "amoxicillin", "ibuprofen")
	now.advance(2*viewHalfLife - mostViewedTTL)
	expect("two half-lives later", "paracetamol")
	views(7, "/en/medicines/ibuprofen")
	expect("new views outweigh old ones", "ibuprofen", "paracetamol")
	now.advance(100 * viewHalfLife)
	expect("at last")

	for _, g := range s.store.Current().Catalogue().Groups[:mostViewedShown+3] {
		views(3, "/en/medicines/"+g.ID)
	}
	now.advance(mostViewedTTL)
	if got := v.looked("en"); len(got) != mostViewedShown {
		t.Errorf("%d entries", len(got))
	}
}

// Laws 1 and 2: no page depends on views, and neither the request nor the
// response contains personal data.
func TestLookedAtIsNoPartOfAPage(t *testing.T) {
	s, now := lookedSite(t, siteOptions{})
	fresh, _ := lookedSite(t, siteOptions{})
	v := s.visitor()
	for range 5 {
		v.get("/en/medicines/warfarin")
	}
	now.advance(time.Hour)
	if got := v.looked("en"); !slices.Equal(got, []string{"warfarin"}) {
		t.Fatalf("viewed: %v", got)
	}
	for _, lang := range render.Languages() {
		a, b := v.get("/"+lang).wants(200), fresh.visitor().get("/"+lang).wants(200)
		if !bytes.Equal(a.body, b.body) || a.header.Get("Etag") != b.header.Get("Etag") {
			t.Errorf("%s: the home page depends on views", lang)
		}
		section := a.all("main > section[data-looked][hidden]:last-child")
		if len(section) != 1 || attribute(section[0], "data-looked") != "/api/looked-at?lang="+lang {
			t.Errorf("%s: no placeholder for the list at the end of the page", lang)
		}
	}
	a := v.get("/api/looked-at?lang=ar", "Cookie", "session=x; language=tr", "Accept-Language", "tr").
		header1("Cache-Control", "public, max-age=60").header1("Content-Type", "application/json")
	if a.header["Set-Cookie"] != nil || a.header.Get("Vary") != "" || !strings.Contains(string(a.body), `"/ar/medicines/warfarin"`) {
		t.Errorf("%v %s", a.header, a.body)
	}
	if strings.ContainsAny(strings.ReplaceAll(string(a.body), "/ar/", ""), "0123456789") {
		t.Errorf("response contains counts: %s", a.body)
	}
	v.get("/api/looked-at?lang=%00").wants(200)
	v.post("/api/looked-at", nil).wants(http.StatusMethodNotAllowed)
	if len(v.client.Jar.Cookies(mustURL(s.server.URL))) != 0 {
		t.Error("a cookie was set")
	}
}

// A new catalogue keeps the counts of medicines that it still has and drops the
// others.
func TestLookedAtFollowsTheCatalogue(t *testing.T) {
	snapshot := func(ids ...string) *shelf.Snapshot {
		var groups []string
		for _, id := range ids {
			groups = append(groups, `{"id": "`+id+`", "name": "`+id+`", "variants": [{"id": "`+id+`"}]}`)
		}
		c, _, err := catfile.Parse([]byte(`{"groups": [` + strings.Join(groups, ",") + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		return shelf.NewSnapshot(c, 0, shelf.Options{})
	}
	now := &clock{now: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	k, old, next := newViewCounter(now.time), snapshot("a", "b"), snapshot("b", "c")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				k.add(old, "a")
				k.add(old, "b")
				k.add(old, "nothing")
				k.most(old)
			}
		})
	}
	wg.Wait()
	if got := k.table.Load().counters[0].Load(); got != 800*viewWeight {
		t.Errorf("%d of 800 views counted", got/viewWeight)
	}
	now.advance(mostViewedTTL)
	if got := k.most(old); len(got) != 2 || len(k.table.Load().counters) != 2 {
		t.Fatalf("%d of %d listed", len(got), len(k.table.Load().counters))
	}
	k.add(next, "c")
	if got := k.most(next); len(got) != 1 || got[0].ID != "b" {
		t.Errorf("after the change: %v", got)
	}
}

// Counting a view does not allocate.
func TestCountingAViewAllocatesNothing(t *testing.T) {
	s := newSite(t, siteOptions{})
	snap := s.store.Current()
	s.shop.views.add(snap, "paracetamol")
	if n := testing.AllocsPerRun(100, func() { s.shop.views.add(snap, "paracetamol") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	r := httptest.NewRequest(http.MethodGet, "/en/medicines/paracetamol", nil)
	r.SetPathValue("group", "paracetamol")
	h := s.shop.countViews(func(http.ResponseWriter, *http.Request) {})
	if n := testing.AllocsPerRun(100, func() { h(nil, r) }); n != 0 {
		t.Errorf("%v allocations a request", n)
	}
}

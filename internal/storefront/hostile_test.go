package storefront

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"pharmacy/internal/shelf"
	"strings"
	"testing"
	"time"
)

// stuck is a client that reads none of a response body until it is released.
type stuck struct {
	http.ResponseWriter
	writing, release chan struct{}
}

func (w stuck) Write(b []byte) (int, error) {
	close(w.writing)
	<-w.release
	return len(b), nil
}

// A visitor who reads a basket slowly, or not at all, does not block other
// visitors, although there are fewer locks than visitors.
func TestSlowReaderOfABasketHoldsUpNobody(t *testing.T) {
	s := newSite(t, siteOptions{})
	h := s.shop.Handler()
	request := func() *http.Request {
		r := httptest.NewRequest(http.MethodGet, "/en/cart", nil)
		r.AddCookie(&http.Cookie{Name: "session", Value: "the same"})
		return r
	}
	slow := stuck{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	done := make(chan struct{}, 2)
	go func() { h.ServeHTTP(slow, request()); done <- struct{}{} }()
	<-slow.writing
	other := httptest.NewRecorder()
	go func() { h.ServeHTTP(other, request()); done <- struct{}{} }()
	select {
	case <-done:
		if other.Code != http.StatusOK {
			t.Errorf("status %d", other.Code)
		}
	case <-time.After(5 * time.Second):
		t.Error("a request waits for another visitor's client")
		defer func() { <-done }()
	}
	close(slow.release)
	<-done
}

// A client may close its half of the connection after its request and still
// read. It gets the page or nothing, but never an empty page with status 200.
func TestHalfClosedClientGetsNoEmptyPage(t *testing.T) {
	rendering, finish := make(chan struct{}), make(chan struct{})
	s := newSite(t, siteOptions{medicines: func(m Medicines) Medicines { return meddled{Medicines: m, top: func() { close(rendering); <-finish }} }})
	conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /en HTTP/1.1\r\nHost: pharmacy.example\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-rendering
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(300*time.Millisecond, func() { close(finish) })
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(got, []byte("HTTP/1.1 200")) && !bytes.Contains(got, []byte("</html>")) {
		t.Errorf("an empty page: %q", got)
	}
}

// The cost of a cache hit for the sitemap does not depend on the size of the
// catalogue.
func TestHitOnTheSitemapCostsAsMuchAsAnyHit(t *testing.T) {
	s := newSite(t, siteOptions{})
	h := s.shop.Handler()
	cost := func(path string) float64 {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := &sink{http.Header{}}
		h.ServeHTTP(w, r)
		return testing.AllocsPerRun(20, func() { h.ServeHTTP(w, r) })
	}
	if page, sitemap := cost("/en"), cost("/sitemap.xml"); sitemap > page+10 {
		t.Errorf("a sitemap hit makes %.0f allocations, a home page hit %.0f", sitemap, page)
	}
}

// A panic is logged.
func TestPanicsAreLoggedWithTheirPlace(t *testing.T) {
	for _, path := range []string{"/en", "/api/search?q="} {
		s := newSite(t, siteOptions{medicines: func(m Medicines) Medicines { return meddled{Medicines: m, top: func() { panic("no top") }} }})
		s.visitor().get(path).wants(http.StatusInternalServerError)
		if log := s.log.String(); !strings.Contains(log, "hostile_test.go") || strings.Count(log, "level=ERROR") != 1 {
			t.Errorf("%s: not logged exactly once with its place: %.300s", path, log)
		}
	}
}

// Combinations of a category with a medicine of another, or of a medicine with a
// form that it does not have, are empty pages, and more than the cache could
// hold.
func TestFiltersThatLeaveNothingMakeNoKeys(t *testing.T) {
	s := newSite(t, siteOptions{})
	snap := s.store.Current()
	entries := func() int {
		for _, held := range s.cache.Stats().Memory {
			if held.Space == "page" {
				return held.Entries
			}
		}
		return 0
	}
	before := entries()
	c := snap.Catalogue()
	for _, q := range []shelf.Query{
		{Category: c.Categories[0].ID, Group: c.Groups[len(c.Groups)-1].ID},
		{Category: c.Categories[1].ID, Group: c.Groups[0].ID, Sort: shelf.SortExpiry},
		{Group: "paracetamol", Form: "eye-drops"},
		{Category: "eyes-and-ears", Form: "suppository"},
	} {
		if snap.Count(q) > 0 {
			t.Errorf("%+v lists variants", q)
		}
		a := s.asked("/en" + listingPath(q, "")).wants(http.StatusOK)
		a.header1("Cache-Control", "public, no-cache").header1("Cache-Status", "pharmacy; fwd=bypass")
	}
	if after := entries(); after != before {
		t.Errorf("empty pages added %d entries", after-before)
	}
	s.asked("/en/medicines?group=paracetamol&form=tablet").is(http.StatusOK, madeNow)
}

// A request header may have thousands of lines with one name.
func TestManyLinesOfAHeaderCostNoMoreThanOne(t *testing.T) {
	s := newSite(t, siteOptions{})
	h := s.shop.Handler()
	r := httptest.NewRequest(http.MethodGet, "/en", nil)
	for range 6000 {
		for _, name := range []string{"Accept-Encoding", "If-None-Match", "Cookie", "Accept-Language", "X-Forwarded-For"} {
			r.Header.Add(name, "x")
		}
	}
	w := &sink{http.Header{}}
	h.ServeHTTP(w, r)
	if n := testing.AllocsPerRun(5, func() { h.ServeHTTP(w, r) }); n > 100 {
		t.Errorf("%.0f allocations", n)
	}
}

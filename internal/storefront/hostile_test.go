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

// stuck is a client that reads nothing of a response body until released.
type stuck struct {
	http.ResponseWriter
	writing, release chan struct{}
}

func (w stuck) Write(b []byte) (int, error) {
	close(w.writing)
	<-w.release
	return len(b), nil
}

// A basket that somebody reads slowly, or not at all, keeps nobody from
// another request: there are fewer locks than visitors.
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
		t.Error("a request waits for another's reader")
		defer func() { <-done }()
	}
	close(slow.release)
	<-done
}

// A client that has sent its request may end its half of the connection and
// still read: what it reads is the page, or nothing, but never an empty page
// with status 200.
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

// A cache hit for the sitemap costs no more with a larger catalogue.
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
		t.Errorf("a hit on the sitemap makes %.0f allocations, one on the home page %.0f", sitemap, page)
	}
}

// A panic is logged.
func TestPanicsAreLoggedWithTheirPlace(t *testing.T) {
	for _, path := range []string{"/en", "/api/search?q="} {
		s := newSite(t, siteOptions{medicines: func(m Medicines) Medicines { return meddled{Medicines: m, top: func() { panic("no top") }} }})
		s.visitor().get(path).wants(http.StatusInternalServerError)
		if log := s.log.String(); !strings.Contains(log, "hostile_test.go") || strings.Count(log, "level=ERROR") != 1 {
			t.Errorf("%s: the log does not say once where it was: %.300s", path, log)
		}
	}
}

// Every category with every medicine of another, and every medicine with every
// form that it does not have, are more pages than there is room for, and there
// is nothing on them.
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
			t.Errorf("%+v finds something", q)
		}
		a := s.asked("/en" + listingPath(q, "")).wants(http.StatusOK)
		a.header1("Cache-Control", "public, no-cache").header1("Cache-Status", "pharmacy; fwd=bypass")
	}
	if after := entries(); after != before {
		t.Errorf("empty pages made %d entries", after-before)
	}
	s.asked("/en/medicines?group=paracetamol&form=tablet").is(http.StatusOK, madeNow)
}

// A request's header may have thousands of lines of one name.
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

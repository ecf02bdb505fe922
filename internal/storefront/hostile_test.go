package storefront

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// stuck is a client that takes nothing of an answer's body until released.
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

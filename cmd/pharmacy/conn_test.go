package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// joined serves on joined connections, as the public listener does.
func joined(t testing.TB, h http.Handler) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(h, slog.New(slog.DiscardHandler))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(joinedListener{l})
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-ended
	})
	return l.Addr().String()
}

// sized answers with as many bytes as the path says.
func sized(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Path[1:])
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	w.Header().Set("Content-Length", strconv.Itoa(n))
	_, _ = w.Write(bytes.Repeat([]byte{'x'}, n))
}

// client is one connection to a server.
type client struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, addr string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(testPatience))
	return &client{t, conn, bufio.NewReader(conn)}
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.Conn, text); err != nil {
		c.t.Fatal(err)
	}
}

// answered reads one answer to its end.
func (c *client) answered(method string, n int) {
	c.t.Helper()
	resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("%s of %d bytes: %v", method, n, err)
	}
	body, err := io.ReadAll(resp.Body)
	if want := n; err != nil || resp.StatusCode != http.StatusOK || method != http.MethodHead && len(body) != want {
		c.t.Fatalf("%s of %d bytes: status %d, %d bytes, %v", method, n, resp.StatusCode, len(body), err)
	}
}

// Answers of every length arrive while the connection stays open, above all
// those that fill net/http's buffer exactly, after which nothing more is
// written.
func TestJoinedAnswersArriveWhole(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	addr := joined(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Wait") != "" {
			<-gate
		}
		sized(w, r)
	}))
	c := dial(t, addr)
	request := func(method string, n int) string {
		return fmt.Sprintf("%s /%d HTTP/1.1\r\nHost: x\r\n\r\n", method, n)
	}
	c.send(request("GET", 10))
	if _, err := c.r.Peek(1); err != nil {
		t.Fatal(err)
	}
	head := bytes.Index(must(c.r.Peek(c.r.Buffered())), []byte("\r\n\r\n")) + 4
	c.answered("GET", 10)
	for _, whole := range []int{fullBuffer, 2 * fullBuffer, 3 * fullBuffer} {
		for n := whole - head - 12; n <= whole-head+12; n++ {
			c.send(request("GET", n))
			c.answered("GET", n)
		}
	}
	for _, n := range []int{0, 1, 36_000, 2 << 20} {
		c.send(request("HEAD", n))
		c.answered("HEAD", n)
		c.send(request("GET", n))
		c.answered("GET", n)
	}

	// Several requests at once are answered in their order.
	sizes := []int{fullBuffer - head - 2, 5, fullBuffer, fullBuffer - head - 2, 36_000, fullBuffer - head - 2}
	var all strings.Builder
	for _, n := range sizes {
		all.WriteString(request("GET", n))
	}
	c.send(all.String())
	for _, n := range sizes {
		c.answered("GET", n)
	}

	// None waits for the making of the next.
	c.send(request("GET", fullBuffer-head-2) + "GET /5 HTTP/1.1\r\nHost: x\r\nX-Wait: 1\r\n\r\n")
	c.answered("GET", fullBuffer-head-2)
	close(gate)
	c.answered("GET", 5)

	// A client that waits to be told to go on is told.
	c.send("POST /7 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
	if line, err := c.r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("%q %v", line, err)
	}
	if _, err := c.r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	c.send("abc")
	c.answered("POST", 7)

	// The end of the connection loses nothing.
	for n := fullBuffer - head - 40; n <= fullBuffer-head+12; n++ {
		c := dial(t, addr)
		c.send(fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", n))
		c.answered("GET", n)
		if _, err := c.r.ReadByte(); err != io.EOF {
			t.Fatalf("after an answer of %d bytes: %v", n, err)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A connection whose client reads nothing can still be closed.
func TestJoinedConnectionCloses(t *testing.T) {
	t.Parallel()
	writing := make(chan struct{})
	done := make(chan struct{})
	addr := joined(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		defer close(done)
		close(writing)
		for range 1000 {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}))
	c := dial(t, addr)
	c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-writing
	_ = c.Close()
	select {
	case <-done:
	case <-time.After(testPatience):
		t.Fatal("the handler still writes")
	}
}

func TestGarbagePercent(t *testing.T) {
	for live, want := range map[uint64]int{0: 1000, 1 << 20: 1000, 16 << 20: 400, 64 << 20: 100, 400 << 20: 100} {
		if got := garbagePercent(live); got != want {
			t.Errorf("%d MiB: %d, want %d", live>>20, got, want)
		}
	}
}

package cork_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"pharmacy/internal/cork"
)

const (
	// bufferSize is the size of net/http's write buffer.
	bufferSize = 4 << 10
	// timeout is long, because tests share a slow machine.
	timeout = 30 * time.Second
)

// serve serves h on corked connections until the test ends.
func serve(t testing.TB, h http.Handler) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, ReadTimeout: timeout, WriteTimeout: timeout}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(cork.Listener(l))
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return l.Addr().String()
}

// sized writes a response of as many bytes as the path says.
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
	_ = conn.SetDeadline(time.Now().Add(timeout))
	return &client{t, conn, bufio.NewReader(conn)}
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.Conn, text); err != nil {
		c.t.Fatal(err)
	}
}

// receive reads one response of n bytes to its end.
func (c *client) receive(method string, n int) {
	c.t.Helper()
	resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("%s of %d bytes: %v", method, n, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || method != http.MethodHead && len(body) != n {
		c.t.Fatalf("%s of %d bytes: status %d, %d bytes, %v", method, n, resp.StatusCode, len(body), err)
	}
}

// Responses of every length arrive while the connection stays open, above all
// those that fill net/http's buffer exactly and are followed by no write.
func TestResponsesArriveWhole(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	addr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
	c.receive("GET", 10)
	for _, whole := range []int{bufferSize, 2 * bufferSize, 3 * bufferSize} {
		for n := whole - head - 12; n <= whole-head+12; n++ {
			c.send(request("GET", n))
			c.receive("GET", n)
		}
	}
	for _, n := range []int{0, 1, 36_000, 2 << 20} {
		c.send(request("HEAD", n))
		c.receive("HEAD", n)
		c.send(request("GET", n))
		c.receive("GET", n)
	}

	// Pipelined requests are answered in order.
	sizes := []int{bufferSize - head - 2, 5, bufferSize, bufferSize - head - 2, 36_000, bufferSize - head - 2}
	var all strings.Builder
	for _, n := range sizes {
		all.WriteString(request("GET", n))
	}
	c.send(all.String())
	for _, n := range sizes {
		c.receive("GET", n)
	}

	// A response does not wait for the handler of the next request.
	c.send(request("GET", bufferSize-head-2) + "GET /5 HTTP/1.1\r\nHost: x\r\nX-Wait: 1\r\n\r\n")
	c.receive("GET", bufferSize-head-2)
	close(gate)
	c.receive("GET", 5)

	// 100 Continue is sent at once.
	c.send("POST /7 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
	if line, err := c.r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("%q %v", line, err)
	}
	if _, err := c.r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	c.send("abc")
	c.receive("POST", 7)

	// Closing the connection loses nothing.
	for n := bufferSize - head - 40; n <= bufferSize-head+12; n++ {
		c := dial(t, addr)
		c.send(fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", n))
		c.receive("GET", n)
		if _, err := c.r.ReadByte(); err != io.EOF {
			t.Fatalf("after a response of %d bytes: %v", n, err)
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
func TestCloseDuringWrite(t *testing.T) {
	t.Parallel()
	writing := make(chan struct{})
	done := make(chan struct{})
	addr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
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
	case <-time.After(timeout):
		t.Fatal("the handler is still writing after the client has gone")
	}
}

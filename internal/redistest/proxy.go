package redistest

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy passes commands to a server and its replies back, and can spoil the
// replies. What it is told holds at once for all its connections.
type Proxy struct {
	t      testing.TB
	server *Server
	addr   string

	mu       sync.Mutex
	spoil    spoil
	changed  chan struct{} // closed when spoil changes
	listener net.Listener
	conns    map[net.Conn]struct{}
	done     sync.WaitGroup
}

// spoil is what a proxy does to replies.
type spoil struct {
	delay time.Duration
	cut   bool // send half and hang up
	noise bool // send random bytes instead
}

// Proxy starts a proxy to the server, until the test ends.
func (s *Server) Proxy() *Proxy {
	s.t.Helper()
	p := &Proxy{t: s.t, server: s, addr: "127.0.0.1:0", changed: make(chan struct{}), conns: make(map[net.Conn]struct{})}
	p.listen()
	s.t.Cleanup(func() {
		p.refuse()
		p.pass() // ends a delay
		p.done.Wait()
	})
	return p
}

// Server returns the server behind the proxy.
func (p *Proxy) Server() *Server { return p.server }

// Addr returns the proxy's host and port.
func (p *Proxy) Addr() string { return p.addr }

// URL returns the address as REDIS_URL takes it.
func (p *Proxy) URL() string { return "redis://" + p.addr + "/0" }

// pass passes everything as it is, from now on.
func (p *Proxy) pass() { p.set(spoil{}) }

// delay holds back each piece of a reply for d.
func (p *Proxy) delay(d time.Duration) { p.set(spoil{delay: d}) }

// truncate sends half of each piece of a reply and hangs up.
func (p *Proxy) truncate() { p.set(spoil{cut: true}) }

// garble sends random bytes instead of replies.
func (p *Proxy) garble() { p.set(spoil{noise: true}) }

// refuse closes the port and all connections.
func (p *Proxy) refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	for conn := range p.conns {
		_ = conn.Close()
	}
}

// accept opens the port again after refuse.
func (p *Proxy) accept() {
	p.t.Helper()
	p.listen()
}

func (p *Proxy) set(s spoil) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spoil = s
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Proxy) current() (spoil, chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spoil, p.changed
}

func (p *Proxy) listen() {
	p.t.Helper()
	l, err := net.Listen("tcp", p.addr)
	if err != nil {
		p.t.Fatalf("redistest: %v", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.addr, p.listener = l.Addr().String(), l
	p.done.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.done.Go(func() { p.serve(conn) })
		}
	})
}

// serve passes between one client and the server until either hangs up.
func (p *Proxy) serve(client net.Conn) {
	if !p.keep(client) {
		return
	}
	defer p.drop(client)
	server, err := net.Dial("tcp", p.server.Addr())
	if err != nil || !p.keep(server) {
		return
	}
	defer p.drop(server)
	p.done.Go(func() {
		defer client.Close()
		p.replies(client, server)
	})
	_, _ = io.Copy(server, client)
}

// keep notes a connection; it reports false, and closes it, when the port is
// closed.
func (p *Proxy) keep(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener == nil {
		_ = conn.Close()
		return false
	}
	p.conns[conn] = struct{}{}
	return true
}

func (p *Proxy) drop(conn net.Conn) {
	_ = conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
}

func (p *Proxy) replies(client, server net.Conn) {
	b := make([]byte, 32<<10)
	for {
		n, err := server.Read(b)
		if err != nil {
			return
		}
		piece := b[:n]
		s, changed := p.current()
		if s.delay > 0 {
			select {
			case <-time.After(s.delay):
			case <-changed:
			}
		}
		if s.cut {
			_, _ = client.Write(piece[:n/2])
			return
		}
		if s.noise {
			for i := range piece {
				piece[i] = byte(rand.Uint32())
			}
		}
		if _, err := client.Write(piece); err != nil {
			return
		}
	}
}

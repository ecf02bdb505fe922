package redistest

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy is a TCP proxy in front of a server that can delay or corrupt the
// replies. A Fault applies to all its connections at once.
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

// spoil describes what a proxy does to replies.
type spoil struct {
	delay time.Duration
	cut   bool // send half and close the connection
	noise bool // send random bytes instead
}

// Proxy starts a proxy to the server. It runs until the test ends.
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

// URL returns the redis:// URL of the proxy.
func (p *Proxy) URL() string { return "redis://" + p.addr + "/0" }

// pass forwards replies unchanged from now on.
func (p *Proxy) pass() { p.set(spoil{}) }

// delay delays each piece of a reply by d.
func (p *Proxy) delay(d time.Duration) { p.set(spoil{delay: d}) }

// truncate sends half of the first piece of a reply and closes the connection.
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

// accept reopens the port after refuse.
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

// serve forwards between a client and the server until either closes its
// connection.
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

// keep registers a connection. If the port is closed, it closes the connection
// and returns false.
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

// drop closes and unregisters a connection.
func (p *Proxy) drop(conn net.Conn) {
	_ = conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
}

// replies forwards replies, delayed or corrupted as p.spoil says, until a
// connection ends.
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

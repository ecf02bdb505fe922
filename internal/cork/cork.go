// Package cork joins the first two writes of an HTTP response into one system
// call, much as TCP_CORK does in the kernel.
//
// net/http writes a response through a buffer of 4 KiB, so that one which is
// a little longer takes two write system calls. For a page served from memory
// the second costs as much as all other work together. A corked connection
// holds back the first full buffer and sends it with the write that follows.
// The held bytes are sent with the next write, before the next read, or when
// the connection is closed, whichever comes first. A server reads after each
// response, so that one which fills the buffer exactly is sent too.
//
// It is only for a server whose handlers write complete responses. It is not
// for streams, server-sent events, hijacked connections, or any protocol in
// which the reader waits for a partial response: up to 4 KiB of one, flushed
// or not, may be held back until the handler writes again or returns.
package cork

import (
	"net"
	"sync"
)

// bufferSize is the size of net/http's write buffer. A write of exactly this
// size is probably not the last one of its response.
const bufferSize = 4 << 10

// Listener returns a listener whose connections are corked.
func Listener(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

// Accept implements net.Listener.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

// conn is a corked connection.
type conn struct {
	net.Conn
	mu   sync.Mutex
	held *[bufferSize]byte // nil if nothing is held back
}

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// Write holds back a full buffer unless one is held already, and sends
// everything else.
func (c *conn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		if len(b) != bufferSize {
			return c.Conn.Write(b)
		}
		c.held = buffers.Get().(*[bufferSize]byte)
		return copy(c.held[:], b), nil
	}
	both := net.Buffers{c.held[:], b}
	n, err := both.WriteTo(c.Conn)
	c.release()
	return max(0, int(n)-bufferSize), err
}

// Read sends the held bytes first, because the client may be waiting for them.
func (c *conn) Read(b []byte) (int, error) {
	if err := c.flush(); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// CloseWrite sends the held bytes and shuts down the writing side. net/http
// calls it before it closes a connection on which the client still sends.
func (c *conn) CloseWrite() error {
	err := c.flush()
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && err == nil {
		return half.CloseWrite()
	}
	return err
}

// Close sends the held bytes and closes the connection. It does not wait for
// a Write in progress, which fails.
func (c *conn) Close() error {
	if c.mu.TryLock() {
		_ = c.flushLocked() // the peer is gone if this fails
		c.mu.Unlock()
	}
	return c.Conn.Close()
}

func (c *conn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flushLocked()
}

func (c *conn) flushLocked() error {
	if c.held == nil {
		return nil
	}
	_, err := c.Conn.Write(c.held[:])
	c.release()
	return err
}

func (c *conn) release() {
	buffers.Put(c.held)
	c.held = nil
}

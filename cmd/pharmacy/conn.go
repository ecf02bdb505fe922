package main

import (
	"net"
	"sync"
)

// net/http writes an answer through a buffer of 4 KiB: one that is a little
// longer leaves in two writes, each of which costs the kernel as much as
// everything else that a page out of memory costs. A joined connection holds
// back the first full buffer and sends it together with what follows.
//
// What is held back leaves at the next write, before the next read, and at the
// end of the connection, whichever is first. A server reads after each answer,
// so that one which fills the buffer exactly leaves too. This is for answers
// that are complete in themselves, not for streams.

// fullBuffer is the size of net/http's buffer, and so of a write that is
// probably not an answer's last.
const fullBuffer = 4 << 10

// joinedListener accepts joined connections.
type joinedListener struct{ net.Listener }

// Accept implements net.Listener.
func (l joinedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &joinedConn{Conn: conn}, nil
}

// joinedConn is one joined connection.
type joinedConn struct {
	net.Conn
	mu   sync.Mutex
	held *[fullBuffer]byte // nil: nothing is held back
}

var heldBuffers = sync.Pool{New: func() any { return new([fullBuffer]byte) }}

// Write holds back a full buffer, once, and sends everything else.
func (c *joinedConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		if len(b) != fullBuffer {
			return c.Conn.Write(b)
		}
		c.held = heldBuffers.Get().(*[fullBuffer]byte)
		return copy(c.held[:], b), nil
	}
	both := net.Buffers{c.held[:], b}
	n, err := both.WriteTo(c.Conn)
	c.release()
	return max(0, int(n)-fullBuffer), err
}

// Read sends what is held back first: the client may be waiting for it.
func (c *joinedConn) Read(b []byte) (int, error) {
	if err := c.send(); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// CloseWrite lets the server end its half of the connection, as it does
// where a client still sends.
func (c *joinedConn) CloseWrite() error {
	err := c.send()
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && err == nil {
		return half.CloseWrite()
	}
	return err
}

// Close sends what is held back and closes the connection. A write that is
// going on is not waited for: closing ends it.
func (c *joinedConn) Close() error {
	if c.mu.TryLock() {
		_ = c.flush() // whom it cannot be sent to has gone
		c.mu.Unlock()
	}
	return c.Conn.Close()
}

// send sends what is held back.
func (c *joinedConn) send() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flush()
}

func (c *joinedConn) flush() error {
	if c.held == nil {
		return nil
	}
	_, err := c.Conn.Write(c.held[:])
	c.release()
	return err
}

func (c *joinedConn) release() {
	heldBuffers.Put(c.held)
	c.held = nil
}

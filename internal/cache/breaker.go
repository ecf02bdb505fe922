package cache

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// breakerThreshold is how many commands in a row may fail before Redis is
// left alone. Visitors wait for at most about this many timeouts, and only
// those who came first.
const breakerThreshold = 3

// breaker keeps a failing Redis from slowing every page. The watcher alone
// closes it again.
type breaker struct {
	log      *slog.Logger
	isOpen   atomic.Bool
	failures atomic.Int32
}

func (b *breaker) open() bool { return b.isOpen.Load() }

// note takes the outcome of a command into account.
func (b *breaker) note(err error) {
	if !unavailable(err) {
		b.failures.Store(0)
		return
	}
	if b.failures.Add(1) >= breakerThreshold {
		b.trip(err)
	}
}

func (b *breaker) trip(err error) {
	if !b.isOpen.Swap(true) {
		b.log.Error("Redis does not answer; pages are served without it until it does", "error", err)
	}
}

func (b *breaker) reset() {
	b.failures.Store(0)
	if b.isOpen.Swap(false) {
		b.log.Info("Redis answers again")
	}
}

// unavailable reports whether err says that Redis as a whole cannot serve,
// as opposed to this one key being absent, of another type, or refused.
func unavailable(err error) bool {
	if err == nil || errors.Is(err, redis.Nil) || errors.Is(err, context.Canceled) {
		return false
	}
	var reply redis.Error
	if !errors.As(err, &reply) {
		return true // network, timeout, protocol
	}
	for _, prefix := range []string{"LOADING", "BUSY ", "NOAUTH", "WRONGPASS", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "ERR max number of clients"} {
		if strings.HasPrefix(reply.Error(), prefix) {
			return true
		}
	}
	return false
}

// writeState remembers whether Redis refuses writes, so that a full or
// read-only Redis makes one line, not one a page.
type writeState struct{ changes atomic.Uint64 } // odd while writes are refused

// begin returns what end must be told of a write that begins now.
func (w *writeState) begin() (since uint64) { return w.changes.Load() }

// end takes the outcome of a write into account and reports whether it
// changed the state. Outcomes come in any order: that of a write which began
// before the last change says nothing of what was after it.
func (w *writeState) end(since uint64, err error) (changed bool) {
	if err != nil && (unavailable(err) || errors.Is(err, context.Canceled)) {
		return false
	}
	refused := since%2 == 1
	return (err != nil) != refused && w.changes.CompareAndSwap(since, since+1)
}

func (c *Cache) logWrite(since uint64, err error) {
	switch changed := c.writes.end(since, err); {
	case !changed:
	case err == nil:
		c.log.Info("Redis stores entries again")
	default:
		c.log.Error("Redis refuses to store entries; pages are served from this process", "error", err)
	}
}

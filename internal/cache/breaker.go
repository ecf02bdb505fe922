package cache

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// breakerThreshold is the number of consecutive failed commands that opens the
// breaker. It bounds how many timeouts a request waits for.
const breakerThreshold = 3

// breaker is a circuit breaker that keeps a failing Redis from slowing every
// page. Only the watcher closes it again.
type breaker struct {
	log      *slog.Logger
	isOpen   atomic.Bool
	failures atomic.Int32
}

func (b *breaker) open() bool { return b.isOpen.Load() }

// note records the outcome of a command.
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
		b.log.Error("Redis does not answer; serving without it", "error", err)
	}
}

func (b *breaker) reset() {
	b.failures.Store(0)
	if b.isOpen.Swap(false) {
		b.log.Info("Redis answers again")
	}
}

// unavailable reports whether err means that Redis as a whole cannot serve,
// rather than that one key is absent, of another type, or refused.
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

// writeState records whether Redis refuses writes, so that a full or read-only
// Redis is logged once and not for every page.
type writeState struct{ changes atomic.Uint64 } // odd while writes are refused

// begin returns the state to pass to end when the write that begins now ends.
func (w *writeState) begin() (since uint64) { return w.changes.Load() }

// end records the outcome of a write and reports whether it changed the state.
// Writes end in any order: one that began before the last change is ignored.
func (w *writeState) end(since uint64, err error) (changed bool) {
	if err != nil && (unavailable(err) || errors.Is(err, context.Canceled)) {
		return false
	}
	refused := since%2 == 1
	return (err != nil) != refused && w.changes.CompareAndSwap(since, since+1)
}

// logWrite logs err, the outcome of a write that began in state since, if it
// changes the state.
func (c *Cache) logWrite(since uint64, err error) {
	switch changed := c.writes.end(since, err); {
	case !changed:
	case err == nil:
		c.log.Info("Redis stores entries again")
	default:
		c.log.Error("Redis refuses to store entries; caching in memory only", "error", err)
	}
}

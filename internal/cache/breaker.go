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

// writeState records whether Redis refused the last write, so that a full or
// read-only Redis is logged once and not for every page.
type writeState struct{ refused atomic.Bool }

// logWrite logs err, the outcome of a write, if it differs in kind from the
// last one.
func (c *Cache) logWrite(err error) {
	if err == nil {
		if c.writes.refused.Swap(false) {
			c.log.Info("Redis stores entries again")
		}
		return
	}
	if !unavailable(err) && !errors.Is(err, context.Canceled) && !c.writes.refused.Swap(true) {
		c.log.Error("Redis refuses to store entries; caching in memory only", "error", err)
	}
}

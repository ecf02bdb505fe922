package cache

import (
	"context"
	"crypto/rand"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// lease is the right of one process to make an entry. It saves work; nothing
// depends on it. The zero lease is nobody's.
type lease struct{ key, token string }

// newLease is a lease that is still to be taken. Each generation has leases
// of its own: what is being made when a clear comes holds up nobody after it.
func newLease(name string, generation uint64) lease {
	return lease{lockPrefix + strconv.FormatUint(generation, 10) + ":" + name, rand.Text()}
}

// releaseScript deletes the lease only while it is still ours.
var releaseScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`)

// release gives a lease back. One that cannot be given back ends by itself.
func (c *Cache) release(l lease) {
	if l.token == "" || c.breaker.open() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = releaseScript.Run(ctx, c.redis, []string{l.key}, l.token).Err()
}

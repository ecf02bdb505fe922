package cache

import (
	"context"
	"crypto/rand"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// lease is a lock in Redis under which one process loads an entry and the
// others wait. It only saves work: correctness does not depend on it. The zero
// lease is not held.
type lease struct{ key, token string }

// newLease returns a lease that is yet to be acquired. Its key contains the
// generation, so that a load in progress when the cache is cleared does not
// block later ones.
func newLease(name string, generation uint64) lease {
	return lease{lockPrefix + strconv.FormatUint(generation, 10) + ":" + name, rand.Text()}
}

// releaseScript deletes the lease if it is still held under the token.
var releaseScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`)

// release releases l if it is held. A lease that cannot be released expires.
func (c *Cache) release(l lease) {
	if l.token == "" || c.breaker.open() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = releaseScript.Run(ctx, c.redis, []string{l.key}, l.token).Err()
}

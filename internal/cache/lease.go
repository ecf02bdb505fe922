package cache

import (
	"context"
	"crypto/rand"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// lease is the right of one process to make an entry. The zero lease is
// nobody's.
type lease struct{ key, token string }

// acquire takes the lease on the making of an entry; free reports that no
// other process has it. A lease saves work; nothing depends on it, so that
// Redis failing counts as free. Each generation has leases of its own: what
// is still being made when a clear comes holds up nobody.
func (c *Cache) acquire(ctx context.Context, name string, generation uint64) (_ lease, free bool) {
	if c.breaker.open() {
		return lease{}, true
	}
	l := lease{lockPrefix + strconv.FormatUint(generation, 10) + ":" + name, rand.Text()}
	ok, err := c.redis.SetNX(ctx, l.key, l.token, leaseTime).Result()
	c.breaker.note(err)
	if !ok {
		return lease{}, err != nil
	}
	return l, true
}

// releaseScript deletes the lease only while it is still ours.
var releaseScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`)

func (c *Cache) release(l lease) {
	if l.token == "" || c.breaker.open() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	// A lease that cannot be given back ends by itself.
	_ = releaseScript.Run(ctx, c.redis, []string{l.key}, l.token).Err()
}

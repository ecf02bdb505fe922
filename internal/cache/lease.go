package cache

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/redis/go-redis/v9"
)

// acquire takes the lease on the making of key and answers its token, or ""
// when another process has it. A lease saves work; nothing depends on it, so
// that Redis failing counts as having it.
func (c *Cache) acquire(ctx context.Context, key string) string {
	if c.breaker.open() {
		return noLease
	}
	token := rand.Text()
	ok, err := c.redis.SetNX(ctx, lockPrefix+key, token, leaseTime).Result()
	c.breaker.note(err)
	switch {
	case err != nil:
		return noLease
	case !ok:
		return ""
	}
	return token
}

// noLease stands for a lease that Redis could not give.
const noLease = "-"

// releaseScript deletes the lease only while it is still ours.
var releaseScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`)

func (c *Cache) release(token, key string) {
	if token == "" || token == noLease || c.breaker.open() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	// A lease that cannot be given back ends by itself.
	_ = releaseScript.Run(ctx, c.redis, []string{lockPrefix + key}, token).Err()
}

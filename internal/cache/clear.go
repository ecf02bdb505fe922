package cache

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// Scope is a list of key prefixes to clear.
type Scope []string

var (
	// Medicines covers the catalogue data, the pages and the fragments.
	Medicines = Scope{"medicines:", "page:", "fragment:"}
	// All covers every cache of the application: Medicines and the leases of
	// loads in progress. Sessions are not cache.
	All = Scope{"medicines:", "page:", "fragment:", lockPrefix}
)

// Cleared is the result of a clear.
type Cleared struct {
	Removed []Removed `json:"removed"`
	// Told is the number of processes that received the message of the clear.
	// All others notice the new generation within a second.
	Told int64 `json:"told"`
}

// Removed is the number of keys removed under a prefix.
type Removed struct {
	Prefix string `json:"prefix"`
	Keys   int64  `json:"keys"`
}

// clearBatch is the number of keys scanned and removed at a time, so that Redis
// is never blocked for long.
const clearBatch = 500

// Clear raises the generation, which invalidates every entry in every process,
// and then removes the keys of the scope in batches. There is one generation
// for all scopes, because pages contain fragments and both contain catalogue
// data. If progress is not nil, Clear calls it with the numbers of keys
// scanned and removed so far.
//
// If the generation cannot be raised, nothing is cleared. If only the removal
// fails, the error says so and the keys expire.
func (c *Cache) Clear(ctx context.Context, scope Scope, progress func(scanned, removed int64)) (Cleared, error) {
	if c.redis == nil {
		return Cleared{Removed: c.clearMemory(scope), Told: 1}, nil
	}
	generation, err := c.raise(ctx, c.generation.Load(), true)
	if err != nil {
		return Cleared{}, fmt.Errorf("cannot raise the generation, nothing was cleared: %w", err)
	}
	c.setGeneration(generation)
	told, err := c.redis.Publish(ctx, generationKey, generation).Result()
	if err != nil {
		// The other processes poll the generation within a second.
		c.log.Warn("cannot publish the clear", "error", err)
	}
	removed, err := c.remove(ctx, scope, progress)
	if err != nil {
		return Cleared{removed, told}, fmt.Errorf("everything was invalidated, but some keys could not be removed and remain until they expire: %w", err)
	}
	return Cleared{removed, told}, nil
}

// clearMemory raises the local generation and empties the memory tier, for a
// cache without Redis. It drops entries outside scope too, but does not count
// them.
func (c *Cache) clearMemory(scope Scope) []Removed {
	removed := make([]Removed, len(scope))
	for i, prefix := range scope {
		removed[i].Prefix = prefix
	}
	if c.memory != nil {
		for key := range c.memory.Keys() {
			for i, prefix := range scope {
				if strings.HasPrefix(key, prefix) {
					removed[i].Keys++
				}
			}
		}
	}
	c.generation.Add(1)
	if c.memory != nil {
		c.memory.InvalidateAll()
	}
	return removed
}

// remove removes the keys of the scope from every node and counts them.
func (c *Cache) remove(ctx context.Context, scope Scope, progress func(scanned, removed int64)) ([]Removed, error) {
	counts := make([]Removed, len(scope))
	for i, prefix := range scope {
		counts[i].Prefix = prefix
	}
	var scanned, gone int64
	err := eachNode(ctx, c.redis, func(ctx context.Context, node redis.Cmdable) error {
		for i, prefix := range scope {
			err := scan(ctx, node, prefix, func(keys []string) error {
				n, err := unlink(ctx, node, keys)
				counts[i].Keys += n
				scanned, gone = scanned+int64(len(keys)), gone+n
				if progress != nil {
					progress(scanned, gone)
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return counts, err
}

// eachNode calls do for every Redis server that holds keys, one at a time.
func eachNode(ctx context.Context, client redis.UniversalClient, do func(context.Context, redis.Cmdable) error) error {
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		return do(ctx, client)
	}
	var mu sync.Mutex
	return cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
		mu.Lock() // ForEachMaster calls concurrently
		defer mu.Unlock()
		return do(ctx, master)
	})
}

// scan calls do with the keys under prefix, a batch at a time.
func scan(ctx context.Context, node redis.Cmdable, prefix string, do func(keys []string) error) error {
	var cursor uint64
	for {
		keys, next, err := node.Scan(ctx, cursor, prefix+"*", clearBatch).Result()
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			if err := do(keys); err != nil {
				return err
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// unlink removes keys in one round trip and returns how many there were. It
// sends one command for each key, because a cluster rejects a command with
// keys in different slots.
func unlink(ctx context.Context, client redis.Cmdable, keys []string) (int64, error) {
	pipe := client.Pipeline()
	results := make([]*redis.IntCmd, len(keys))
	for i, key := range keys {
		results[i] = pipe.Unlink(ctx, key)
	}
	_, err := pipe.Exec(ctx)
	var n int64
	for _, r := range results {
		n += r.Val()
	}
	return n, err
}

// Subscribers returns the number of processes that receive messages of clears.
func Subscribers(ctx context.Context, client redis.UniversalClient) (int64, error) {
	var n atomic.Int64
	ask := func(ctx context.Context, node *redis.Client) error {
		found, err := node.PubSubNumSub(ctx, generationKey).Result()
		n.Add(found[generationKey])
		return err
	}
	var err error
	switch client := client.(type) {
	case *redis.ClusterClient:
		err = client.ForEachMaster(ctx, ask) // each node counts its own subscribers
	case *redis.Client:
		err = ask(ctx, client)
	}
	return n.Load(), err
}

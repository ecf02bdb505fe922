package cache

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Scope is a set of key prefixes.
type Scope []string

var (
	// Medicines is the catalogue's data, the pages and the fragments.
	Medicines = Scope{"medicines:", "page:", "fragment:"}
	// All is every cache of the application. Sessions are not cache.
	All = Scope{"medicines:", "page:", "fragment:", lockPrefix}
)

// Cleared says what a clear did.
type Cleared struct {
	Removed []Removed `json:"removed"`
	// Told is how many processes heard of it at once. Those that did not
	// find out by themselves within a second.
	Told int64 `json:"told"`
}

// Removed counts the removed keys of a prefix.
type Removed struct {
	Prefix string `json:"prefix"`
	Keys   int64  `json:"keys"`
}

// clearBatch is how many keys are asked for and removed at a time, so that
// Redis is never held up for long.
const clearBatch = 500

// Clear raises the generation, which alone ends the life of everything that
// is stored, in every process; then it removes the keys of the scope, in
// batches. progress, if not nil, is told how many keys were looked at and
// removed so far.
//
// One generation covers all, because pages, fragments and catalogue data
// hold one another.
func (c *Cache) Clear(ctx context.Context, scope Scope, progress func(looked, removed int64)) (Cleared, error) {
	if c.redis == nil {
		return Cleared{Removed: c.clearMemory(scope), Told: 1}, nil
	}
	generation, err := c.raise(ctx, c.generation.Load(), true)
	if err != nil {
		return Cleared{}, fmt.Errorf("the generation could not be raised, nothing was cleared: %w", err)
	}
	c.setGeneration(generation)
	told, err := c.redis.Publish(ctx, generationKey, generation).Result()
	if err != nil {
		// Processes read the generation themselves within a second.
		c.log.Warn("the clear could not be announced", "error", err)
	}
	removed, err := c.remove(ctx, scope, progress)
	if err != nil {
		return Cleared{removed, told}, fmt.Errorf("everything was invalidated, but not all keys could be removed (they expire by themselves): %w", err)
	}
	return Cleared{removed, told}, nil
}

// clearMemory empties the memory tier. What is held under other prefixes
// than the scope's goes as well.
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

func (c *Cache) remove(ctx context.Context, scope Scope, progress func(looked, removed int64)) ([]Removed, error) {
	counts := make([]Removed, len(scope))
	for i, prefix := range scope {
		counts[i].Prefix = prefix
	}
	var looked, gone int64
	err := eachNode(ctx, c.redis, func(ctx context.Context, node redis.Cmdable) error {
		for i, prefix := range scope {
			err := scan(ctx, node, prefix, func(keys []string) error {
				n, err := unlink(ctx, node, keys)
				counts[i].Keys += n
				looked, gone = looked+int64(len(keys)), gone+n
				if progress != nil {
					progress(looked, gone)
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

// eachNode calls do with every server that holds keys, one after the other.
func eachNode(ctx context.Context, client redis.UniversalClient, do func(context.Context, redis.Cmdable) error) error {
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		return do(ctx, client)
	}
	var mu sync.Mutex
	return cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
		mu.Lock() // they are visited at the same time
		defer mu.Unlock()
		return do(ctx, master)
	})
}

// scan calls do with the keys of a prefix, a batch at a time.
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

// unlink removes keys one command each in one round trip, which a cluster
// allows for keys of different slots.
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

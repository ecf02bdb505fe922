package cache

import (
	"context"
	"fmt"
	"strings"

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
func (c *Cache) Clear(ctx context.Context, scope Scope, progress func(looked, removed int64)) ([]Removed, error) {
	if c.redis == nil {
		return c.clearMemory(scope), nil
	}
	generation, err := c.raise(ctx, c.generation.Load(), true)
	if err != nil {
		return nil, fmt.Errorf("the generation could not be raised, nothing was cleared: %w", err)
	}
	c.setGeneration(generation)
	if err := c.redis.Publish(ctx, generationKey, generation).Err(); err != nil {
		// Processes read the generation themselves within a second.
		c.log.Warn("the clear could not be announced", "error", err)
	}
	removed, err := c.remove(ctx, scope, progress)
	if err != nil {
		return removed, fmt.Errorf("everything was invalidated, but not all keys could be removed (they expire by themselves): %w", err)
	}
	return removed, nil
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
	c.setGeneration(c.generation.Load() + 1)
	return removed
}

func (c *Cache) remove(ctx context.Context, scope Scope, progress func(looked, removed int64)) ([]Removed, error) {
	counts := make([]Removed, len(scope))
	for i, prefix := range scope {
		counts[i].Prefix = prefix
	}
	var looked, gone int64
	node := func(ctx context.Context, client redis.Cmdable) error {
		for i, prefix := range scope {
			var cursor uint64
			for {
				keys, next, err := client.Scan(ctx, cursor, prefix+"*", clearBatch).Result()
				if err != nil {
					return err
				}
				n, err := unlink(ctx, client, keys)
				counts[i].Keys += n
				looked, gone = looked+int64(len(keys)), gone+n
				if err != nil {
					return err
				}
				if progress != nil {
					progress(looked, gone)
				}
				if cursor = next; cursor == 0 {
					break
				}
			}
		}
		return nil
	}
	if cc, ok := c.redis.(*redis.ClusterClient); ok {
		// Nodes one after the other: the counts are shared.
		var masters []*redis.Client
		err := cc.ForEachMaster(ctx, func(_ context.Context, m *redis.Client) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			masters = append(masters, m)
			return nil
		})
		for _, m := range masters {
			if err == nil {
				err = node(ctx, m)
			}
		}
		return counts, err
	}
	return counts, node(ctx, c.redis)
}

// unlink removes keys one command each in one round trip, which a cluster
// allows for keys of different slots.
func unlink(ctx context.Context, client redis.Cmdable, keys []string) (int64, error) {
	if len(keys) == 0 {
		return 0, nil
	}
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

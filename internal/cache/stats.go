package cache

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// Outcome is the outcome of a lookup in a tier.
type Outcome uint8

// The outcomes of a lookup.
const (
	Hit Outcome = iota
	Miss
	Error  // the tier failed
	Bypass // the tier was not looked up
	outcomes
)

// String returns the outcome's name in metrics.
func (o Outcome) String() string {
	return [...]string{"hit", "miss", "error", "bypass"}[o]
}

// spaceStats are the counters of one space.
type spaceStats struct {
	name      string
	counts    [Redis + 1][outcomes]atomic.Int64
	evictions atomic.Int64 // from the memory tier
}

func (s *spaceStats) count(t Tier, o Outcome) { s.counts[t][o].Add(1) }

// Count is the number of lookups in a tier of a space with one outcome.
type Count struct {
	Space   string
	Tier    Tier
	Outcome Outcome
	N       int64
}

// Held is the content of the memory tier for one space, and the number of
// entries evicted from it.
type Held struct {
	Space     string
	Entries   int
	Bytes     int64
	Evictions int64
}

// Stats are the statistics of this process.
type Stats struct {
	Counts      []Count
	Memory      []Held
	MemoryBytes int64
	Evictions   int64
	BreakerOpen bool
	Generation  uint64
}

// Stats returns the statistics of this process. Counts has an element for every
// space, tier and outcome, even if it is zero, so that a time series exists
// before its first event.
func (c *Cache) Stats() Stats {
	c.mu.Lock()
	spaces := c.spaces
	c.mu.Unlock()
	st := Stats{
		BreakerOpen: c.redis != nil && c.breaker.open(),
		Generation:  c.generation.Load(),
	}
	held := make(map[*spaceStats]*Held, len(spaces))
	for _, s := range spaces {
		for t := None; t <= Redis; t++ {
			for o := Hit; o < outcomes; o++ {
				st.Counts = append(st.Counts, Count{s.name, t, o, s.counts[t][o].Load()})
			}
		}
		held[s] = &Held{Space: s.name, Evictions: s.evictions.Load()}
		st.Evictions += held[s].Evictions
	}
	if c.memory != nil {
		for key, r := range c.memory.All() {
			if h := held[r.space()]; h != nil {
				n := int64(len(key)) + int64(r.weight()) + entryOverhead
				h.Entries++
				h.Bytes += n
				st.MemoryBytes += n
			}
		}
	}
	for _, s := range spaces {
		st.Memory = append(st.Memory, *held[s])
	}
	return st
}

// CountBypass counts a request that bypassed the space.
func (s *Space[V]) CountBypass() { s.stats.count(None, Bypass) }

// Generation returns the generation stored in Redis, or "" if there is none.
func Generation(ctx context.Context, client redis.UniversalClient) (string, error) {
	g, err := client.Get(ctx, generationKey).Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return g, err
}

// Measure returns the number of keys under prefix and the bytes of their values.
func Measure(ctx context.Context, client redis.UniversalClient, prefix string) (entries, bytes int64, err error) {
	err = eachNode(ctx, client, func(ctx context.Context, node redis.Cmdable) error {
		return scan(ctx, node, prefix, func(keys []string) error {
			pipe := node.Pipeline()
			sizes := make([]*redis.IntCmd, len(keys))
			for i, key := range keys {
				sizes[i] = pipe.StrLen(ctx, key)
			}
			_, _ = pipe.Exec(ctx) // a key of another type has no length
			for _, size := range sizes {
				bytes += size.Val()
			}
			entries += int64(len(keys))
			return nil
		})
	})
	return entries, bytes, err
}

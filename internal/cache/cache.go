// Package cache is a read-through cache in two tiers, the memory of this
// process and a Redis shared by many. A failing Redis delays only the first
// requests.
//
// Every entry belongs to the generation in which its loading began. A clear
// raises the generation. Entries stored or still being loaded in an older
// generation are never served again.
package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/redis/go-redis/v9"
)

// Tier is the place in which an entry was found.
type Tier uint8

// The tiers. Memory is looked up before Redis.
const (
	None   Tier = iota // in neither: loaded by this call
	Memory             // in this process
	Redis              // shared by all processes
)

// String returns the tier's name in metrics and in Cache-Status.
func (t Tier) String() string {
	switch t {
	case Memory:
		return "memory"
	case Redis:
		return "redis"
	}
	return "none"
}

const (
	// generationKey is the key of the shared generation, and also the channel
	// on which a clear is published.
	generationKey = "cache:generation"
	lockPrefix    = "cache:lock:"

	// watchInterval is the interval between reads of the shared generation.
	// It bounds how long a process serves stale entries if the message of a
	// clear is lost.
	watchInterval = 500 * time.Millisecond
	// leaseTime is the lifetime of a lease. It bounds how long requests wait
	// for a process that was killed while it held one.
	leaseTime = 600 * time.Millisecond
	// leaseWait is how long a process waits for the holder of a lease before
	// it loads the entry itself. It exceeds leaseTime, so that if the holder is
	// killed only the next one to get the lease loads the entry.
	leaseWait = leaseTime + 200*time.Millisecond
	// loadTimeout bounds one call of a loader.
	loadTimeout = 15 * time.Second
	// maxEntry is the maximum size of an encoded value in Redis, in bytes.
	maxEntry = 16 << 20
	// maxRefreshes bounds the concurrent loads of entries ahead of expiry.
	maxRefreshes = 4
	// maxGeneration is the greatest valid generation. It is well below 1<<53,
	// beyond which numbers in a Lua script are not exact. Generations are
	// taken from the clock, which reaches it in the year 2112.
	maxGeneration = 1 << 52
	// entryOverhead is the estimated memory of an entry besides its key and
	// value, in bytes.
	entryOverhead = 256
)

// Options configure a Cache.
type Options struct {
	// Memory is the maximum size of the memory tier, in bytes; 0 disables it.
	Memory int64
	// Redis is the shared tier. If it is nil, there is none.
	Redis redis.UniversalClient
	// Disabled makes every Load call its loader and store nothing.
	Disabled bool
	// Logger receives one line for each change of state. nil discards them.
	Logger *slog.Logger
}

// Cache is the pair of tiers shared by all spaces of a process.
type Cache struct {
	memory   *otter.Cache[string, record]
	largest  uint64       // weight above which the memory tier evicts
	bound    int64        // weight that the memory tier never exceeds
	held     atomic.Int64 // weight of the memory tier
	redis    redis.UniversalClient
	cluster  bool
	disabled bool
	log      *slog.Logger

	generation atomic.Uint64
	refreshes  chan struct{}
	breaker    breaker
	writes     writeState
	wake       chan struct{}

	mu      sync.Mutex
	spaces  []*spaceStats
	follows []*follow

	stop context.CancelFunc
	done sync.WaitGroup
}

// record is an entry of the memory tier, in any space.
type record interface {
	weight() uint32
	expiry() int64
	space() *spaceStats
}

// weigh returns the weight of an entry in the memory tier, in bytes.
func weigh(key string, r record) uint32 {
	return uint32(len(key)) + r.weight() + entryOverhead
}

// follow is the state of one call of Follow.
type follow struct {
	key    string
	length int64
	last   string
	notify func(prefix []byte)
}

// New returns a cache. With Redis it starts to watch the shared generation,
// until Close, and waits for the first reply, at most about one timeout, so
// that the cache starts in the current generation.
func New(o Options) (*Cache, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Cache{
		redis:     o.Redis,
		disabled:  o.Disabled,
		log:       o.Logger,
		refreshes: make(chan struct{}, maxRefreshes),
		wake:      make(chan struct{}, 1),
	}
	c.breaker.log = o.Logger
	if _, ok := o.Redis.(*redis.ClusterClient); ok {
		c.cluster = true
	}
	if o.Memory > 0 && !o.Disabled {
		// otter evicts in the background and exceeds its maximum meanwhile. Its
		// maximum is therefore below the bound, and a caller of hold waits for
		// evictions when the bound is exceeded.
		c.bound = o.Memory
		c.largest = uint64(o.Memory - o.Memory/4)
		m, err := otter.New(&otter.Options[string, record]{
			MaximumWeight: c.largest,
			Weigher:       weigh,
			ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, record]) time.Duration {
				return max(time.Until(time.UnixMilli(e.Value.expiry())), time.Nanosecond)
			}),
			OnAtomicDeletion: func(e otter.DeletionEvent[string, record]) {
				c.held.Add(-int64(weigh(e.Key, e.Value)))
				if e.Cause == otter.CauseOverflow {
					e.Value.space().evictions.Add(1)
				}
			},
		})
		if err != nil {
			return nil, fmt.Errorf("cache: memory tier: %w", err)
		}
		c.memory = m
	}
	c.generation.Store(1)
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	if c.redis != nil {
		c.poll(ctx)
		c.done.Go(func() { c.watch(ctx) })
		c.done.Go(func() { c.listen(ctx) })
	}
	return c, nil
}

// hold stores an entry in the memory tier.
func (c *Cache) hold(name string, r record) {
	c.held.Add(int64(weigh(name, r)))
	c.memory.Set(name, r)
	c.trim()
}

// trim waits for evictions if the memory tier exceeds its bound.
func (c *Cache) trim() {
	if c.held.Load() > c.bound {
		c.memory.CleanUp()
	}
}

// Close stops watching the generation and empties the memory tier. It does not
// close the Redis client, which belongs to the caller.
func (c *Cache) Close() {
	c.stop()
	c.done.Wait()
	if c.memory != nil {
		c.memory.InvalidateAll()
		c.memory.StopAllGoroutines()
	}
}

// Shared reports whether there is a Redis tier.
func (c *Cache) Shared() bool { return c.redis != nil }

// Available reports whether there is a Redis tier and its breaker is closed.
func (c *Cache) Available() bool { return c.redis != nil && !c.breaker.open() }

// setGeneration adopts a later generation and empties the memory tier. It
// ignores an earlier one, because the reply to a read may arrive after a clear
// that followed it.
func (c *Cache) setGeneration(g uint64) {
	for {
		known := c.generation.Load()
		if g <= known {
			return
		}
		if c.generation.CompareAndSwap(known, g) {
			break
		}
	}
	if c.memory != nil {
		c.memory.InvalidateAll()
	}
}

// Follow calls notify with the first length bytes of the value at key whenever
// they change, so that a process notices within a second what another one has
// published. While there is no such key, it calls notify with an empty prefix
// at every read, because a value that is stored and removed between two reads
// goes unseen. notify is called from the goroutine that watches the generation.
func (c *Cache) Follow(key string, length int, notify func(prefix []byte)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.follows = append(c.follows, &follow{key: key, length: int64(length), notify: notify})
}

// watch polls at intervals, and at once after kick. It is also the probe that
// closes an open breaker, so that no request waits to find out whether Redis
// is back.
func (c *Cache) watch(ctx context.Context) {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-c.wake:
		}
		c.poll(ctx)
	}
}

// kick makes watch poll now.
func (c *Cache) kick() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// listen polls when a clear is published. A lost message costs only the time
// until the next poll.
func (c *Cache) listen(ctx context.Context) {
	sub := c.redis.Subscribe(ctx, generationKey)
	defer sub.Close()
	messages := sub.Channel(redis.WithChannelHealthCheckInterval(2 * time.Second))
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-messages:
			if !ok {
				return
			}
			c.kick()
		}
	}
}

// poll reads the shared generation and the followed keys, and sets the breaker
// accordingly.
func (c *Cache) poll(ctx context.Context) {
	c.mu.Lock()
	follows := c.follows
	c.mu.Unlock()

	pipe := c.redis.Pipeline()
	get := pipe.Get(ctx, generationKey)
	heads := make([]*redis.StringCmd, len(follows))
	for i, f := range follows {
		heads[i] = pipe.GetRange(ctx, f.key, 0, f.length-1)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error

	shared, err := readGeneration(get)
	known := c.generation.Load()
	if errors.Is(err, errNoGeneration) || (err == nil && shared < known) {
		// Redis was emptied, or restarted with an older state. Its entries must
		// not be served again, so the generation continues from the local one.
		shared, err = c.raise(ctx, known, false)
	}
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		c.breaker.trip(err)
		return
	}
	c.setGeneration(shared)
	c.breaker.reset()
	for i, f := range follows {
		head, err := heads[i].Result()
		if err != nil || head == f.last && head != "" {
			continue
		}
		f.last = head
		f.notify([]byte(head))
	}
}

var errNoGeneration = errors.New("no generation in Redis")

// readGeneration parses the reply to a GET of the generation. It returns
// errNoGeneration if the key is absent or is not a number in the form that
// raiseScript writes.
func readGeneration(get *redis.StringCmd) (uint64, error) {
	text, err := get.Result()
	if err != nil {
		if unavailable(err) {
			return 0, err
		}
		return 0, errNoGeneration
	}
	g, err := strconv.ParseUint(text, 10, 64)
	if err != nil || g > maxGeneration || strconv.FormatUint(g, 10) != text {
		return 0, errNoGeneration
	}
	return g, nil
}

// raiseScript returns the generation at KEYS[1]. It first raises it if it is
// missing, invalid or below ARGV[1], or if ARGV[3] is "always". The new
// generation is at least ARGV[2], the time in microseconds, so that one which
// was lost with a Redis is not used again. ARGV[4] is maxGeneration.
var raiseScript = redis.NewScript(`
local current
if redis.call('TYPE', KEYS[1]).ok == 'string' then
  local text = redis.call('GET', KEYS[1])
  local n = tonumber(text)
  if n and n <= tonumber(ARGV[4]) and string.format('%.0f', n) == text then current = n end
end
if not current or current < tonumber(ARGV[1]) or ARGV[3] == 'always' then
  current = math.max(tonumber(ARGV[2]), tonumber(ARGV[1]) + 1, (current or 0) + 1)
  redis.call('SET', KEYS[1], string.format('%.0f', current))
end
return string.format('%.0f', current)
`)

// raise raises the shared generation if it is below known, or if always is set,
// and returns it.
func (c *Cache) raise(ctx context.Context, known uint64, always bool) (uint64, error) {
	when := "needed"
	if always {
		when = "always"
	}
	return raiseScript.Run(ctx, c.redis, []string{generationKey}, known, time.Now().UnixMicro(), when, maxGeneration).Uint64()
}

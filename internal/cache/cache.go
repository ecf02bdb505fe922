// Package cache keeps rendered things in two tiers, the memory of this
// process and a Redis shared by many, so that a clear is final and a failing
// Redis delays only the first requests.
//
// Every entry is bound to the generation under which its making began. A
// clear raises the generation; what was stored, or is still being made,
// under an older one is never served again.
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

// Tier says where an entry was found.
type Tier uint8

// The tiers, in the order in which they are asked.
const (
	None   Tier = iota // made just now
	Memory             // this process
	Redis              // shared
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
	// generationKey holds the number that a clear raises. It is also the
	// channel on which a clear is announced.
	generationKey = "cache:generation"
	lockPrefix    = "cache:lock:"

	// watchInterval is how often the generation is read. It bounds how long
	// a process can be behind when the announcement of a clear is lost.
	watchInterval = 500 * time.Millisecond
	// leaseTime bounds how long one process makes the others wait for the
	// page that it is making: a killed holder costs its visitors this much.
	leaseTime = 600 * time.Millisecond
	// leaseWait is how long a process waits for another's page before it makes
	// the page itself: a lease, and time for whoever takes it after a killed
	// holder, so that not all make it then.
	leaseWait = leaseTime + 200*time.Millisecond
	// makeTimeout bounds the making of one entry, whoever waits for it.
	makeTimeout = 15 * time.Second
	// maxEntry is the largest encoded entry that is stored, in bytes.
	maxEntry = 16 << 20
	// maxRefreshes bounds the entries that are made ahead of expiry at once.
	maxRefreshes = 4
	// maxGeneration is the greatest number that is taken for a generation.
	// It leaves room below the numbers that a script cannot count exactly;
	// one from the clock reaches it in the year 2112.
	maxGeneration = 1 << 52
	// entryOverhead is what an entry costs beside its key and value, in bytes.
	entryOverhead = 256
)

// Options configure a Cache.
type Options struct {
	// Memory bounds the memory tier, in bytes; 0 turns the tier off.
	Memory int64
	// Redis is the shared tier; nil for a process on its own.
	Redis redis.UniversalClient
	// Disabled makes every Load call its loader.
	Disabled bool
	// Logger gets one line for each change of state; nil discards them.
	Logger *slog.Logger
}

// Cache is the pair of tiers that all spaces of a process share.
type Cache struct {
	memory   *otter.Cache[string, record]
	largest  uint64 // what the memory tier may hold, by weight
	bound    int64  // what it never holds more than, by weight
	held     atomic.Int64
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

// record is an entry of the memory tier, of whichever space.
type record interface {
	weight() uint32
	expiry() int64
	space() *spaceStats
}

// weigh returns the cost of an entry in the memory tier, in bytes.
func weigh(key string, r record) uint32 {
	return uint32(len(key)) + r.weight() + entryOverhead
}

// follow is a key whose first bytes are watched.
type follow struct {
	key    string
	length int64
	last   string
	notify func(prefix []byte)
}

// New returns a cache and, with Redis, starts watching the shared generation
// until Close. It waits for the first answer of Redis, at most about as long
// as one timeout, so that what is served first is already under the right
// generation.
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
		// The tier evicts in the background and exceeds its maximum meanwhile.
		// The promise is about the memory: the maximum stays below it, and
		// whoever puts in an entry that breaks the promise waits (hold).
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

// hold puts an entry into the memory tier.
func (c *Cache) hold(name string, r record) {
	c.held.Add(int64(weigh(name, r)))
	c.memory.Set(name, r)
	c.trim()
}

// trim waits for evictions if the memory tier holds more than it may.
func (c *Cache) trim() {
	if c.held.Load() > c.bound {
		c.memory.CleanUp()
	}
}

// Close stops the watching. It does not close the Redis client, which
// belongs to the caller.
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

// Available reports whether Redis answered when it was last asked. It is
// false without a Redis tier.
func (c *Cache) Available() bool { return c.redis != nil && !c.breaker.open() }

// setGeneration takes over a later generation and drops what the memory tier
// holds. An earlier one is ignored: a clear may overtake the answer to a
// reading that began before it.
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

// Follow calls notify with the first length bytes of the value at key,
// whenever they have changed, from the goroutine that watches the
// generation; and with none at every reading that finds no key, for what is
// stored and removed between two readings is not seen to change. It lets
// processes notice within a second what another one has published, and what
// has expired or was cleared.
func (c *Cache) Follow(key string, length int, notify func(prefix []byte)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.follows = append(c.follows, &follow{key: key, length: int64(length), notify: notify})
}

// watch reads the generation at intervals and at once after an
// announcement. It is also the probe that closes an open breaker: no
// visitor's request is spent on finding out whether Redis is back.
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

// kick asks for a reading of the generation now.
func (c *Cache) kick() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// listen waits for announcements of clears. Losing them costs nothing but
// the time to the next reading.
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

// poll reads the shared generation and the followed keys.
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
	_, _ = pipe.Exec(ctx) // each command's own error is looked at below

	shared, err := readGeneration(get)
	known := c.generation.Load()
	if errors.Is(err, errNoGeneration) || (err == nil && shared < known) {
		// Redis was emptied, or restarted with an older state: what it held
		// then must not be served again, so the number goes on from ours.
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

// readGeneration takes the generation out of the reply to a GET. What is
// absent, or not a number as raiseScript writes it, is errNoGeneration.
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

// raiseScript raises the generation when it is missing, below ARGV[1], or
// when ARGV[3] demands it, and returns it. The new number comes
// from the clock in ARGV[2] (microseconds), so that one which was lost with
// a Redis is never used again. A key of another type, and a value that is
// not a generation (ARGV[4] is the greatest), are replaced.
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

// raise makes sure that the shared generation is not below known; always
// raises it even then.
func (c *Cache) raise(ctx context.Context, known uint64, always bool) (uint64, error) {
	when := "needed"
	if always {
		when = "always"
	}
	return raiseScript.Run(ctx, c.redis, []string{generationKey}, known, time.Now().UnixMicro(), when, maxGeneration).Uint64()
}

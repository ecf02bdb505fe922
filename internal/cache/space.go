package cache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"
)

// Codec encodes values for Redis.
type Codec[V any] interface {
	Encode(V) ([]byte, error)
	// Decode returns an error for bytes that Encode did not return. The value
	// may share the bytes.
	Decode([]byte) (V, error)
	// Size returns the size of a value in memory, in bytes.
	Size(V) int
}

// SpaceOptions configure a Space.
type SpaceOptions[V any] struct {
	// Name is the label of the space in statistics, such as "page".
	Name string
	// TTL is the lifetime of an entry in both tiers.
	TTL time.Duration
	// Codec encodes the values for Redis.
	Codec Codec[V]
	// Keep reports whether an entry in Redis with another variant than the
	// requested one stays there. If it returns false, or is nil, the requested
	// variant replaces the entry.
	Keep func(variant string, v V) bool
}

// Space is a set of entries of one type, with a lifetime and statistics of
// its own.
type Space[V any] struct {
	cache *Cache
	o     SpaceOptions[V]
	stats *spaceStats

	flights    singleflight.Group // loads that requests wait for
	refreshing sync.Map           // keys of entries being loaded ahead of expiry
}

// NewSpace returns a new space of c.
func NewSpace[V any](c *Cache, o SpaceOptions[V]) *Space[V] {
	s := &Space[V]{cache: c, o: o, stats: &spaceStats{name: o.Name}}
	c.mu.Lock()
	c.spaces = append(c.spaces, s.stats)
	c.mu.Unlock()
	return s
}

// Key is the key of an entry. Name is its key in Redis. Variant, usually empty,
// distinguishes entries that share a name at different times, such as versions
// of the catalogue.
type Key struct{ Name, Variant string }

// memory returns the key in the memory tier.
func (k Key) memory() string {
	if k.Variant == "" {
		return k.Name
	}
	return k.Name + "\x00" + k.Variant
}

// Item is a cached value. It is shared and must not be modified.
type Item[V any] struct {
	Value   V
	Made    int64         // when its loading began, in Unix milliseconds
	Expires int64         // in Unix milliseconds
	cost    time.Duration // how long loading took

	generation uint64
	size       uint32
	stats      *spaceStats
}

func (i *Item[V]) weight() uint32     { return i.size }
func (i *Item[V]) expiry() int64      { return i.Expires }
func (i *Item[V]) space() *spaceStats { return i.stats }

// Result is the result of Load.
type Result[V any] struct {
	*Item[V]
	Tier   Tier // where it was found; None if it was loaded
	Stored bool // whether it was loaded and then stored in a tier
}

// ErrPanic is returned by Load if the loader or the codec panicked. Load logs
// the panic with its stack.
var ErrPanic = errors.New("cache: loader panicked")

// cached returns the entry for key if the memory tier holds it. It is the path
// of nearly every request and allocates only the key.
func (s *Space[V]) cached(key Key) (*Item[V], bool) {
	c := s.cache
	if c.memory == nil {
		return nil, false
	}
	r, ok := c.memory.GetIfPresent(key.memory())
	if !ok {
		return nil, false
	}
	item, ok := r.(*Item[V])
	if !ok || item.generation != c.generation.Load() || time.Now().UnixMilli() >= item.Expires {
		return nil, false
	}
	return item, true
}

// Load returns the entry for key from memory or Redis, or calls loader and
// stores its value. Concurrent calls for one key share one call of loader in
// this process and, while Redis is available and loader returns within the
// lifetime of a lease, in all processes. The context of loader is therefore not
// derived from ctx: a client that disconnects does not cancel the load for the
// others. It ends after 15 seconds. In a disabled Cache every call loads.
//
// Load returns loader's error, ErrPanic, or the error of ctx. A failure of
// Redis is not an error.
func (s *Space[V]) Load(ctx context.Context, key Key, loader func(context.Context) (V, error)) (Result[V], error) {
	if item, ok := s.cached(key); ok {
		s.stats.count(Memory, Hit)
		s.refreshAhead(key, item, loader)
		return Result[V]{Item: item, Tier: Memory}, nil
	}
	if s.cache.memory != nil {
		s.stats.count(Memory, Miss)
	}
	return s.join(ctx, key, true, loader)
}

// LoadShared is like Load but does not look in the memory tier, so that an
// entry in Redis takes precedence over one that this process holds.
func (s *Space[V]) LoadShared(ctx context.Context, key Key, loader func(context.Context) (V, error)) (Result[V], error) {
	return s.join(ctx, key, false, loader)
}

// join waits for the flight that loads key, or starts one. memory reports
// whether the flight may return an entry of the memory tier.
func (s *Space[V]) join(ctx context.Context, key Key, memory bool, loader func(context.Context) (V, error)) (Result[V], error) {
	c := s.cache
	if c.disabled {
		s.stats.count(None, Bypass)
		item, err := s.run(context.WithoutCancel(ctx), key, loader)
		return Result[V]{Item: item}, err
	}
	// A request after a clear must not join a flight from before it.
	generation := c.generation.Load()
	flight := fmt.Sprintf("%d %t %s", generation, memory, key.memory())
	ch := s.flights.DoChan(flight, func() (any, error) {
		if memory {
			// Another flight may have ended since the caller looked.
			if item, ok := s.cached(key); ok {
				return Result[V]{Item: item, Tier: Memory}, nil
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), loadTimeout)
		defer cancel()
		return s.fetch(ctx, key, generation, loader)
	})
	select {
	case <-ctx.Done():
		return Result[V]{}, ctx.Err()
	case r := <-ch:
		if r.Err != nil {
			return Result[V]{}, r.Err
		}
		found := r.Val.(Result[V])
		if found.Tier == Redis {
			s.refreshAhead(key, found.Item, loader)
		}
		return found, nil
	}
}

// fetch returns the entry in Redis. If there is none, it calls loader under a
// lease, so that only one process does.
func (s *Space[V]) fetch(ctx context.Context, key Key, generation uint64, loader func(context.Context) (V, error)) (_ Result[V], err error) {
	defer s.recoverPanic(key, &err)
	shared := false
	if s.cache.redis != nil {
		found, keep, l, err := s.find(ctx, key, generation)
		defer s.cache.release(l)
		s.countShared(found, err)
		if found != nil {
			s.storeMemory(key, found)
			return Result[V]{Item: found, Tier: Redis}, nil
		}
		shared = err == nil && !keep
	}
	item, err := s.run(ctx, key, loader)
	if err != nil {
		return Result[V]{}, err
	}
	return Result[V]{Item: item, Stored: s.store(ctx, key, generation, item, shared)}, nil
}

// find returns the entry in Redis or, if there is none, the lease to load it.
// While another process holds the lease, find waits for its entry, for at most
// leaseWait.
func (s *Space[V]) find(ctx context.Context, key Key, generation uint64) (found *Item[V], keep bool, l lease, err error) {
	found, keep, err = s.look(ctx, key, generation)
	if found != nil || keep || err != nil {
		return found, keep, lease{}, err
	}
	deadline := time.Now().Add(leaseWait)
	for wait := 5 * time.Millisecond; ; wait = min(wait*2, 40*time.Millisecond) {
		found, keep, l, err = s.claim(ctx, key, generation)
		if found != nil || keep || err != nil || l.token != "" || time.Now().After(deadline) {
			return found, keep, l, err
		}
		select {
		case <-ctx.Done():
			return nil, false, lease{}, errUnavailable
		case <-time.After(wait):
		}
	}
}

// recoverPanic, deferred, logs a panic and sets *err to ErrPanic.
func (s *Space[V]) recoverPanic(key Key, err *error) {
	if p := recover(); p != nil {
		s.cache.log.Error("panic in loader", "key", key.Name, "panic", p, "stack", string(debug.Stack()))
		*err = ErrPanic
	}
}

// run calls loader, measures it, and returns the new item. It returns ErrPanic
// if loader panics.
func (s *Space[V]) run(ctx context.Context, key Key, loader func(context.Context) (V, error)) (_ *Item[V], err error) {
	defer s.recoverPanic(key, &err)
	start := time.Now()
	v, err := loader(ctx)
	if err != nil {
		return nil, err
	}
	cost := time.Since(start)
	return &Item[V]{
		Value:   v,
		Made:    start.UnixMilli(),
		Expires: start.Add(s.o.TTL).UnixMilli(),
		cost:    cost,
		size:    uint32(min(s.o.Codec.Size(v), 1<<31)),
		stats:   s.stats,
	}, nil
}

// store stores a new entry in memory and, if shared is set, in Redis, unless the
// cache was cleared after generation. It reports whether a tier holds the entry.
func (s *Space[V]) store(ctx context.Context, key Key, generation uint64, item *Item[V], shared bool) bool {
	item.generation = generation
	stored := false
	if shared && s.cache.Available() {
		switch err := s.storeRedis(ctx, key, item); {
		case errors.Is(err, errCleared):
			s.cache.kick()
			return false
		case err != nil:
			s.stats.count(Redis, Error)
		default:
			stored = true
		}
	}
	return s.storeMemory(key, item) || stored
}

// storeMemory stores an item in the memory tier, if it is of the current
// generation and small enough. It reports whether it did.
func (s *Space[V]) storeMemory(key Key, item *Item[V]) bool {
	c := s.cache
	name := key.memory()
	if c.memory == nil || item.generation != c.generation.Load() || uint64(weigh(name, item)) > c.largest {
		return false
	}
	c.hold(name, item)
	return true
}

// look returns the valid entry in Redis, or nil if there is none. keep reports
// whether the key has another value that must not be replaced.
func (s *Space[V]) look(ctx context.Context, key Key, generation uint64) (_ *Item[V], keep bool, _ error) {
	if s.cache.breaker.open() {
		return nil, false, errBypassed
	}
	return s.read(ctx, s.cache.redis.Pipeline(), key, generation)
}

// claim acquires the lease to load an entry, if it is free, and then does what
// look does, because the previous holder may just have stored the entry. If
// Redis refuses writes, every process gets a lease.
func (s *Space[V]) claim(ctx context.Context, key Key, generation uint64) (_ *Item[V], keep bool, l lease, _ error) {
	if s.cache.breaker.open() {
		return nil, false, lease{}, errBypassed
	}
	pipe := s.cache.redis.Pipeline()
	l = newLease(key.Name, generation)
	taken := pipe.SetNX(ctx, l.key, l.token, leaseTime)
	item, keep, err := s.read(ctx, pipe, key, generation)
	if err != nil || taken.Err() == nil && !taken.Val() {
		l = lease{}
	}
	return item, keep, l, err
}

// read adds the commands that read an entry to pipe, executes it, and decodes
// the entry.
func (s *Space[V]) read(ctx context.Context, pipe redis.Pipeliner, key Key, generation uint64) (_ *Item[V], keep bool, _ error) {
	get, pttl := pipe.Get(ctx, key.Name), pipe.PTTL(ctx, key.Name)
	_, _ = pipe.Exec(ctx) // each command has its own error
	raw, err := get.Bytes()
	s.cache.breaker.note(err)
	if unavailable(err) {
		return nil, false, errUnavailable
	}
	item, keep := s.decode(key, generation, raw, pttl.Val())
	return item, keep, nil
}

// countShared counts one lookup in Redis, however many commands it took.
func (s *Space[V]) countShared(found *Item[V], err error) {
	switch {
	case found != nil:
		s.stats.count(Redis, Hit)
	case errors.Is(err, errBypassed):
		s.stats.count(Redis, Bypass)
	case err != nil:
		s.stats.count(Redis, Error)
	default:
		s.stats.count(Redis, Miss)
	}
}

// decode decodes raw, whose remaining lifetime is left. It returns nil if it is
// not a valid entry for key in the generation; keep is as in look.
func (s *Space[V]) decode(key Key, generation uint64, raw []byte, left time.Duration) (item *Item[V], keep bool) {
	if left <= 0 || left > s.o.TTL {
		return nil, false // expired, or not ours: our keys have a lifetime of at most TTL
	}
	e, err := decodeEnvelope(key.Name, raw)
	if err != nil {
		return nil, false
	}
	if e.generation != generation {
		if e.generation > generation {
			s.cache.kick()
		}
		return nil, false
	}
	v, err := s.o.Codec.Decode(e.value)
	if err != nil {
		return nil, false
	}
	if e.variant != key.Variant {
		return nil, s.o.Keep != nil && s.o.Keep(e.variant, v)
	}
	now := time.Now()
	expires := min(e.expires, now.Add(left).UnixMilli())
	if expires <= now.UnixMilli() {
		return nil, false // stored late, by a Redis that was suspended
	}
	return &Item[V]{
		Value:      v,
		Made:       e.made,
		Expires:    expires,
		cost:       time.Duration(e.cost) * time.Microsecond,
		generation: e.generation,
		size:       uint32(min(s.o.Codec.Size(v), 1<<31)),
		stats:      s.stats,
	}, false
}

// storeScript stores an entry if the generation is still the one in which its
// loading began.
var storeScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
`)

var (
	errCleared     = errors.New("cache: cleared while the entry was loading")
	errUnavailable = errors.New("cache: Redis is unavailable")
	errBypassed    = errors.New("cache: breaker is open")
	errTooLarge    = errors.New("cache: entry too large to store")
)

// storeRedis stores an item in Redis. It returns errCleared if the cache was
// cleared after the item's generation, or the item has expired.
func (s *Space[V]) storeRedis(ctx context.Context, key Key, item *Item[V]) error {
	c := s.cache
	value, err := s.o.Codec.Encode(item.Value)
	if err != nil {
		return err
	}
	if len(value) > maxEntry {
		return errTooLarge
	}
	left := item.Expires - time.Now().UnixMilli()
	if left <= 0 {
		return errCleared
	}
	e := envelope{
		generation: item.generation,
		made:       item.Made,
		expires:    item.Expires,
		cost:       uint32(min(item.cost.Microseconds(), 1<<32-1)),
		variant:    key.Variant,
		value:      value,
	}
	raw := e.encode(key.Name)
	if c.cluster {
		return c.storeCluster(ctx, key.Name, item.generation, raw, left)
	}
	since := c.writes.begin()
	n, err := storeScript.Run(ctx, c.redis, []string{generationKey, key.Name}, item.generation, raw, left).Int()
	c.breaker.note(err)
	c.logWrite(since, err)
	if err != nil {
		return err
	}
	if n == 0 {
		return errCleared
	}
	return nil
}

// storeCluster does what storeScript does, in two steps, because a script
// cannot use keys in different slots. A clear between the steps leaves an
// entry of an old generation, which no reader accepts.
func (c *Cache) storeCluster(ctx context.Context, key string, generation uint64, raw []byte, left int64) error {
	since := c.writes.begin()
	shared, err := readGeneration(c.redis.Get(ctx, generationKey))
	if errors.Is(err, errNoGeneration) || err == nil && shared != generation {
		return errCleared
	}
	if err == nil {
		err = c.redis.Set(ctx, key, raw, time.Duration(left)*time.Millisecond).Err()
	}
	c.breaker.note(err)
	c.logWrite(since, err)
	return err
}

// refreshAhead starts to reload an entry in the background shortly before it
// expires, so that requests for a busy page do not wait. It does so with a
// probability that rises over the last tenth of the lifetime, and with the
// cost of the entry.
func (s *Space[V]) refreshAhead(key Key, item *Item[V], loader func(context.Context) (V, error)) {
	left := time.Duration(item.Expires-time.Now().UnixMilli()) * time.Millisecond
	window := s.o.TTL / 10
	if left > window {
		return
	}
	ahead := time.Duration(float64(window/4+10*item.cost) * rand.ExpFloat64())
	if left > min(ahead, window) {
		return
	}
	c, name := s.cache, key.memory()
	if _, busy := s.refreshing.LoadOrStore(name, nil); busy {
		return
	}
	select {
	case c.refreshes <- struct{}{}:
	default:
		s.refreshing.Delete(name)
		return // too many refreshes; a later request tries again
	}
	go func() {
		defer func() {
			s.refreshing.Delete(name)
			<-c.refreshes
		}()
		ctx, cancel := context.WithTimeout(context.Background(), loadTimeout)
		defer cancel()
		// A failure is reported by the request that finds the entry expired.
		_ = s.refresh(ctx, key, item, loader)
	}()
}

// refresh replaces old, unless another process has done so or holds the lease.
func (s *Space[V]) refresh(ctx context.Context, key Key, old *Item[V], loader func(context.Context) (V, error)) (err error) {
	defer s.recoverPanic(key, &err)
	c := s.cache
	generation := c.generation.Load()
	if now, ok := s.cached(key); ok && now.Expires > old.Expires {
		return nil
	}
	shared := false
	if c.redis != nil {
		found, keep, l, err := s.claim(ctx, key, generation)
		defer c.release(l)
		if found != nil && found.Expires > old.Expires {
			s.storeMemory(key, found)
			return nil
		}
		if err == nil && l.token == "" {
			return nil
		}
		shared = err == nil && !keep
	}
	item, err := s.run(ctx, key, loader)
	if err != nil {
		return err
	}
	s.store(ctx, key, generation, item, shared)
	return nil
}

// Replace replaces the value of item in the memory tier with v, an equivalent
// that is faster to use, such as one already encoded. The lifetime stays the
// same. It does nothing if the tier no longer holds item, or v is too large.
func (s *Space[V]) Replace(key Key, item *Item[V], v V) {
	c := s.cache
	if c.memory == nil {
		return
	}
	next := *item
	next.Value = v
	next.size = uint32(min(s.o.Codec.Size(v), 1<<31))
	name := key.memory()
	if uint64(weigh(name, &next)) > c.largest {
		return // it would be evicted at once, and item lost
	}
	c.memory.ComputeIfPresent(name, func(old record) (record, otter.ComputeOp) {
		if old != record(item) {
			return old, otter.CancelOp
		}
		c.held.Add(int64(weigh(name, &next)))
		return &next, otter.WriteOp
	})
	c.trim()
}

// Bytes is the Codec of byte slices.
type Bytes struct{}

// Encode returns v.
func (Bytes) Encode(v []byte) ([]byte, error) { return v, nil }

// Decode returns b.
func (Bytes) Decode(b []byte) ([]byte, error) { return b, nil }

// Size returns the length of v.
func (Bytes) Size(v []byte) int { return len(v) }

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

// Codec turns a value into bytes for Redis and back. Decode must reject what
// Encode did not make; its result may share the bytes.
type Codec[V any] interface {
	Encode(V) ([]byte, error)
	Decode([]byte) (V, error)
	// Size is what the value costs in memory, in bytes.
	Size(V) int
}

// SpaceOptions describe one kind of cached thing.
type SpaceOptions[V any] struct {
	// Name labels the space in statistics: "page", "fragment", …
	Name string
	// TTL is the exact lifetime of an entry in both tiers.
	TTL time.Duration
	// Codec stores the values.
	Codec Codec[V]
	// Keep decides about an entry in Redis whose variant is not the wanted
	// one: true leaves it where it is, false lets the wanted one replace it.
	// Without Keep it is replaced.
	Keep func(variant string, v V) bool
}

// Space is one kind of cached thing with its lifetime and its statistics.
type Space[V any] struct {
	cache *Cache
	o     SpaceOptions[V]
	stats *spaceStats

	flights    singleflight.Group // entries that requests wait for
	refreshing sync.Map           // keys of entries being made ahead of expiry
}

// NewSpace adds a space to c.
func NewSpace[V any](c *Cache, o SpaceOptions[V]) *Space[V] {
	s := &Space[V]{cache: c, o: o, stats: &spaceStats{name: o.Name}}
	c.mu.Lock()
	c.spaces = append(c.spaces, s.stats)
	c.mu.Unlock()
	return s
}

// Key names an entry. Name is its key in Redis. Variant tells apart what may
// stand under the same name at different times, such as the versions of
// something with a fixed name; most keys have none.
type Key struct{ Name, Variant string }

func (k Key) memory() string {
	if k.Variant == "" {
		return k.Name
	}
	return k.Name + "\x00" + k.Variant
}

// Item is a value with its life. It is immutable but for what V allows.
type Item[V any] struct {
	Value   V
	Made    int64 // Unix milliseconds
	Expires int64 // Unix milliseconds
	Cost    time.Duration

	generation uint64
	size       uint32
	stats      *spaceStats
}

func (i *Item[V]) weight() uint32     { return i.size }
func (i *Item[V]) expiry() int64      { return i.Expires }
func (i *Item[V]) space() *spaceStats { return i.stats }

// Result is what Load found or made.
type Result[V any] struct {
	*Item[V]
	Tier   Tier // where it was; None when it was made for this call
	Stored bool // it was made now and a tier holds it
}

// ErrPanic is returned by Load when the loader panicked. The panic has been
// logged with its stack.
var ErrPanic = errors.New("the loader of a cache entry panicked")

// Cached returns the entry for key if the memory tier holds it. Nearly every
// request is served from here, so it allocates only the key.
func (s *Space[V]) Cached(key Key) (*Item[V], bool) {
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

// Load returns the entry for key, from memory, from Redis, or by calling
// loader, which runs once for all who ask at the same time, in this process
// and, while Redis answers, in all. loader does not get the caller's context:
// a visitor who leaves must not spoil the page of the others.
//
// An error is loader's own, ErrPanic, or that ctx ended. Redis failing is none.
func (s *Space[V]) Load(ctx context.Context, key Key, loader func(context.Context) (V, error)) (Result[V], error) {
	if item, ok := s.Cached(key); ok {
		s.stats.count(Memory, Hit)
		s.refreshAhead(key, item, loader)
		return Result[V]{Item: item, Tier: Memory}, nil
	}
	if s.cache.memory != nil {
		s.stats.count(Memory, Miss)
	}
	return s.join(ctx, key, true, loader)
}

// LoadShared is Load without a look into the memory tier: it finds out what
// Redis holds now, even where this process has an entry of its own.
func (s *Space[V]) LoadShared(ctx context.Context, key Key, loader func(context.Context) (V, error)) (Result[V], error) {
	return s.join(ctx, key, false, loader)
}

// join waits for the flight that gets an entry, or starts it. Flights that
// may answer from memory are apart from those that must not.
func (s *Space[V]) join(ctx context.Context, key Key, memory bool, loader func(context.Context) (V, error)) (Result[V], error) {
	c := s.cache
	if c.disabled {
		s.stats.count(None, Bypass)
		item, err := s.run(context.WithoutCancel(ctx), key, loader)
		return Result[V]{Item: item}, err
	}
	// Who comes after a clear must not join a making that began before it.
	generation := c.generation.Load()
	flight := fmt.Sprintf("%d %t %s", generation, memory, key.memory())
	ch := s.flights.DoChan(flight, func() (any, error) {
		if memory {
			// Another flight may have landed since its caller looked.
			if item, ok := s.Cached(key); ok {
				return Result[V]{Item: item, Tier: Memory}, nil
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), makeTimeout)
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

// fetch looks into Redis and, when nothing is there, makes the entry under
// a lease, so that one process of many does.
func (s *Space[V]) fetch(ctx context.Context, key Key, generation uint64, loader func(context.Context) (V, error)) (_ Result[V], err error) {
	defer s.survive(key, &err)
	shared := false
	if s.cache.redis != nil {
		found, keep, l, err := s.find(ctx, key, generation)
		defer s.cache.release(l)
		s.countShared(found, err)
		if found != nil {
			s.intoMemory(key, found)
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

// find returns the entry in Redis, or the lease on loading it. While another
// process has the lease, it waits for that one's entry, but not for ever: that
// process may have died.
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

// survive turns a panic of the function that defers it into ErrPanic.
func (s *Space[V]) survive(key Key, err *error) {
	if p := recover(); p != nil {
		s.cache.log.Error("panic in the loader of a cache entry", "key", key.Name, "panic", p, "stack", string(debug.Stack()))
		*err = ErrPanic
	}
}

// run calls the loader, measures it, and turns a panic into an error.
func (s *Space[V]) run(ctx context.Context, key Key, loader func(context.Context) (V, error)) (_ *Item[V], err error) {
	defer s.survive(key, &err)
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
		Cost:    cost,
		size:    uint32(min(s.o.Codec.Size(v), 1<<31)),
		stats:   s.stats,
	}, nil
}

// store puts a new entry into both tiers, unless a clear has come since its
// making began.
func (s *Space[V]) store(ctx context.Context, key Key, generation uint64, item *Item[V], shared bool) bool {
	item.generation = generation
	stored := false
	if shared && s.cache.Available() {
		switch err := s.intoRedis(ctx, key, item); {
		case errors.Is(err, errCleared):
			s.cache.kick()
			return false
		case err != nil:
			s.stats.count(Redis, Error)
		default:
			stored = true
		}
	}
	return s.intoMemory(key, item) || stored
}

func (s *Space[V]) intoMemory(key Key, item *Item[V]) bool {
	c := s.cache
	name := key.memory()
	if c.memory == nil || item.generation != c.generation.Load() || uint64(weigh(name, item)) > c.largest {
		return false
	}
	c.hold(name, item)
	return true
}

// look reads an entry of Redis. It returns nil without an error when there
// is no usable one, whatever else may stand at the key. keep says that what
// stands there must not be replaced.
func (s *Space[V]) look(ctx context.Context, key Key, generation uint64) (_ *Item[V], keep bool, _ error) {
	if s.cache.breaker.open() {
		return nil, false, errLeftAlone
	}
	return s.read(ctx, s.cache.redis.Pipeline(), key, generation)
}

// claim takes the lease on the making of an entry, if it is free, and then
// looks: who had it until now has perhaps just stored the entry. A Redis
// that refuses to write gives one to every process.
func (s *Space[V]) claim(ctx context.Context, key Key, generation uint64) (_ *Item[V], keep bool, l lease, _ error) {
	if s.cache.breaker.open() {
		return nil, false, lease{}, errLeftAlone
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

// read sends what is in the pipe, and after it the commands that read an
// entry.
func (s *Space[V]) read(ctx context.Context, pipe redis.Pipeliner, key Key, generation uint64) (_ *Item[V], keep bool, _ error) {
	get, pttl := pipe.Get(ctx, key.Name), pipe.PTTL(ctx, key.Name)
	_, _ = pipe.Exec(ctx) // each command's own error is looked at
	raw, err := get.Bytes()
	s.cache.breaker.note(err)
	if unavailable(err) {
		return nil, false, errUnavailable
	}
	item, keep := s.decode(key, generation, raw, pttl.Val())
	return item, keep, nil
}

// countShared counts one lookup in Redis, however often it had to look.
func (s *Space[V]) countShared(found *Item[V], err error) {
	switch {
	case found != nil:
		s.stats.count(Redis, Hit)
	case errors.Is(err, errLeftAlone):
		s.stats.count(Redis, Bypass)
	case err != nil:
		s.stats.count(Redis, Error)
	default:
		s.stats.count(Redis, Miss)
	}
}

func (s *Space[V]) decode(key Key, generation uint64, raw []byte, left time.Duration) (item *Item[V], keep bool) {
	if left <= 0 || left > s.o.TTL {
		return nil, false // expired, or somebody else's: ours always expire
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
		return nil, false // stored late, by a Redis that had stood still
	}
	return &Item[V]{
		Value:      v,
		Made:       e.made,
		Expires:    expires,
		Cost:       time.Duration(e.cost) * time.Microsecond,
		generation: e.generation,
		size:       uint32(min(s.o.Codec.Size(v), 1<<31)),
		stats:      s.stats,
	}, false
}

// storeScript stores an entry only while the generation is the one under
// which its making began.
var storeScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
`)

var (
	errCleared     = errors.New("cache: cleared while the entry was being made")
	errUnavailable = errors.New("cache: Redis is unavailable")
	errLeftAlone   = errors.New("cache: Redis is left alone until it answers")
	errTooLarge    = errors.New("cache: entry too large to store")
)

func (s *Space[V]) intoRedis(ctx context.Context, key Key, item *Item[V]) error {
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
		cost:       uint32(min(item.Cost.Microseconds(), 1<<32-1)),
		variant:    key.Variant,
		value:      value,
	}
	raw := e.encode(key.Name)
	if c.cluster {
		return c.storeInCluster(ctx, key.Name, item.generation, raw, left)
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

// storeInCluster does in two steps what the script cannot do across slots.
// A clear between the two leaves an entry that no reader accepts, because
// entries name their generation.
func (c *Cache) storeInCluster(ctx context.Context, key string, generation uint64, raw []byte, left int64) error {
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

// refreshAhead makes a new entry in the background when the old one nears
// its end, so that a busy page is never cold. The chance rises over the last
// tenth of the lifetime and is the greater the more the entry cost.
func (s *Space[V]) refreshAhead(key Key, item *Item[V], loader func(context.Context) (V, error)) {
	left := time.Duration(item.Expires-time.Now().UnixMilli()) * time.Millisecond
	window := s.o.TTL / 10
	if left > window {
		return
	}
	ahead := time.Duration(float64(window/4+10*item.Cost) * rand.ExpFloat64())
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
		return // enough is being made; a later request will ask again
	}
	go func() {
		defer func() {
			s.refreshing.Delete(name)
			<-c.refreshes
		}()
		ctx, cancel := context.WithTimeout(context.Background(), makeTimeout)
		defer cancel()
		// A failure is left to the request that will find nothing.
		_ = s.refresh(ctx, key, item, loader)
	}()
}

// refresh replaces old, unless another process has done it or is about to.
func (s *Space[V]) refresh(ctx context.Context, key Key, old *Item[V], loader func(context.Context) (V, error)) (err error) {
	defer s.survive(key, &err)
	c := s.cache
	generation := c.generation.Load()
	if now, ok := s.Cached(key); ok && now.Expires > old.Expires {
		return nil
	}
	shared := false
	if c.redis != nil {
		found, keep, l, err := s.claim(ctx, key, generation)
		defer c.release(l)
		if found != nil && found.Expires > old.Expires {
			s.intoMemory(key, found)
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

// Replace puts v in the place of item's value in the memory tier, if item is
// still there: the same thing in a form that is quicker to use. Its life
// stays as it was. A v that the tier has no room for is not put there.
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
		return // it would not be kept, and the old one would be gone
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

// Bytes is the codec of values that are bytes already.
type Bytes struct{}

// Encode returns v itself.
func (Bytes) Encode(v []byte) ([]byte, error) { return v, nil }

// Decode returns b itself.
func (Bytes) Decode(b []byte) ([]byte, error) { return b, nil }

// Size returns the length of v.
func (Bytes) Size(v []byte) int { return len(v) }

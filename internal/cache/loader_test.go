package cache_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pharmacy/internal/cache"
)

var making = []scenario{
	{name: "an entry is made once and found from then on", run: func(f *fleet) {
		s, m := f.process().pages(), makes("page")
		first := s.load(m)
		made(f, first, "page")
		for range 3 {
			again := s.load(m)
			found(f, again, f.near(), "page")
			equal(f, "made at", again.Made, first.Made)
			if again.Expires > first.Expires || again.Expires < first.Expires-1000 {
				f.Errorf("expires at %d, first reported as %d", again.Expires, first.Expires)
			}
		}
		equal(f, "makings", m.calls.Load(), 1)
		equal(f, "lifetime", first.Expires-first.Made, time.Hour.Milliseconds())
	}},

	{name: "an entry that one process made is found by the others", shared: true, run: func(f *fleet) {
		made(f, f.process().pages().load(makes("page")), "page")
		other, m := f.process().pages(), makes("page of another")
		found(f, other.load(m), cache.Redis, "page")
		found(f, other.load(m), f.near(), "page")
	}},

	{name: "what Redis keeps for ever or longer than the lifetime is not found", shared: true, run: func(f *fleet) {
		for _, command := range [][]any{{"persist", page.Name}, {"pexpire", page.Name, 3_601_000}} {
			f.process().pages().load(makes("page"))
			f.server.Do(command...)
			made(f, f.process().pages().load(makes("new")), "new")
			if left := f.server.Client().PTTL(f.Context(), page.Name).Val(); left <= 0 || left > time.Hour {
				f.Errorf("TTL is %v", left)
			}
		}
	}},

	{name: "what is past its end is not found, though Redis still has it", shared: true, run: func(f *fleet) {
		const ttl = 200 * time.Millisecond
		var first result
		eventually(f, "it is stored before its end", func() bool {
			first = f.process().space(ttl).load(makes("old"))
			f.server.Do("pexpire", page.Name, 50_000)
			return f.raw(page.Name) != ""
		})
		for time.Now().UnixMilli() <= first.Expires {
			time.Sleep(time.Millisecond)
		}
		made(f, f.process().pages().load(makes("new")), "new")
	}},

	{name: "an error is everyone's and stores nothing", run: func(f *fleet) {
		s := f.process().pages()
		m, release := held("page")
		m.err = errors.New("out of ink")
		go func() { <-m.begun; release() }()
		together(20, func(int) {
			if _, err := s.Load(f.Context(), page, m.make); !errors.Is(err, m.err) {
				f.Errorf("got %v", err)
			}
		})
		f.nothingStored(s)
		made(f, s.load(makes("page")), "page")
	}},

	{name: "a panic is one log line, an error for all who wait, and stores nothing", run: func(f *fleet) {
		p := f.process()
		s := p.pages()
		m, release := held("page")
		m.panic = "spilt"
		var began atomic.Int64
		go func() {
			eventually(f, "everybody waits", func() bool { return began.Load() == 50 })
			release()
		}()
		together(50, func(int) {
			began.Add(1)
			if _, err := s.Load(f.Context(), page, m.make); !errors.Is(err, cache.ErrPanic) {
				f.Errorf("got %v", err)
			}
		})
		equal(f, "log lines for a making", int64(p.logs.lines("panic")), m.calls.Load())
		equal(f, "log lines that name the panic", p.logs.lines("panic=spilt"), p.logs.lines("level=ERROR"))
		f.nothingStored(s)
		made(f, s.load(makes("page")), "page")
	}},

	{name: "a panic of a codec is no worse", run: func(f *fleet) {
		p := f.process()
		s := space{cache.NewSpace(p.Cache, cache.SpaceOptions[[]byte]{Name: "page", TTL: time.Minute, Codec: brittle{}}), f.T}
		if _, err := s.Load(f.Context(), page, makes("page").make); !errors.Is(err, cache.ErrPanic) {
			f.Errorf("got %v", err)
		}
		f.nothingStored(p.pages())
	}},

	{name: "200 simultaneous requests make one entry", run: func(f *fleet) {
		s := f.process().pages()
		m, release := held("page")
		var began atomic.Int64
		go func() {
			eventually(f, "everybody waits", func() bool { return began.Load() == 200 })
			release()
		}()
		together(200, func(int) {
			began.Add(1)
			if r := s.load(m); string(r.Value) != "page" {
				f.Errorf("got %q", r.Value)
			}
		})
		equal(f, "makings", m.calls.Load(), 1)
	}},

	{name: "200 simultaneous requests to three processes make one entry", shared: true, run: func(f *fleet) {
		processes := []space{f.process().pages(), f.process().pages(), f.process().pages()}
		for _, k := range names(5) {
			f.unhindered(func(n, visitors int) error {
				k, m := key(fmt.Sprint(k.Name, ":", n)), makes("page")
				together(visitors, func(i int) {
					if r := processes[i%3].loadKey(k, m); string(r.Value) != "page" {
						f.Errorf("got %q", r.Value)
					}
				})
				if made := m.calls.Load(); made != 1 {
					return fmt.Errorf("%d visitors: %d makings, want 1", visitors, made)
				}
				return nil
			})
		}
	}},

	{name: "when the process that makes an entry dies, everyone has it within a second", shared: true, run: func(f *fleet) {
		dead, release := held("never")
		holder := f.process().pages()
		asked := f.server.Monitor()
		over := make(chan struct{})
		go func() {
			defer close(over)
			_, _ = holder.Load(context.Background(), page, dead.make)
		}()
		defer await(f, "the dead one ends with the test", over)
		defer release()
		await(f, "the making begins", dead.begun)

		others := []space{f.process().pages(), f.process().pages()}
		m := makes("page")
		start := time.Now()
		var slowest atomic.Int64
		together(60, func(i int) {
			if r := others[i%2].load(m); string(r.Value) != "page" {
				f.Errorf("got %q", r.Value)
			}
			for took := int64(time.Since(start)); ; {
				if old := slowest.Load(); took <= old || slowest.CompareAndSwap(old, took) {
					break
				}
			}
		})
		f.Logf("slowest of 60 requests: %v, loads: %d", time.Duration(slowest.Load()), m.calls.Load())
		// The promise rests on two facts: a lease expires by itself, and nobody
		// waits for a lease indefinitely.
		asks := claims(asked(), page.Name)
		for _, c := range asks {
			if ms := ends.FindStringSubmatch(c); ms == nil {
				f.Errorf("lease without an expiry: %s", c)
			} else if ms, _ := strconv.Atoi(ms[1]); ms < 1 || ms > 1000 {
				f.Errorf("lease of %d ms: %s", ms, c)
			}
		}
		if n := len(asks); n < 2 || n > 1+len(others)*aSecondsClaims {
			f.Errorf("the two processes requested the dead one's lease %d times", n-1)
		}
		if n := m.calls.Load(); n > 2 {
			f.Errorf("%d loads in two processes", n)
		}
	}},

	{name: "when the making of one process fails, the next one makes it at once", shared: true, run: func(f *fleet) {
		failing, release := held("")
		failing.err = errors.New("out of ink")
		holder, other := f.process().pages(), f.process().pages()
		asked := f.server.Monitor()
		over := make(chan struct{})
		go func() {
			defer close(over)
			_, _ = holder.Load(context.Background(), page, failing.make)
		}()
		await(f, "the making begins", failing.begun)
		m := makes("page")
		done := make(chan struct{})
		go func() {
			defer close(done)
			made(f, other.load(m), "page")
		}()
		release()
		await(f, "the failing one ends", over)
		await(f, "the other one answers", done)
		// At once means without waiting for the lease to expire: the failing
		// process releases it.
		taken := ""
		for _, c := range asked() {
			if first := claims([]string{c}, page.Name); taken == "" && first != nil {
				taken = strings.Fields(c)[1] + " " + strings.Fields(c)[2]
			}
			if strings.HasPrefix(strings.ToLower(c), `"eval`) && taken != "" && strings.Contains(c, taken) {
				return
			}
		}
		f.Errorf("lease %s was not released", taken)
	}},

	{name: "a visitor who leaves cancels nobody", run: func(f *fleet) {
		s := f.process().pages()
		m, release := held("page")
		defer release()
		leaving, leave := context.WithCancel(context.WithValue(f.Context(), visitor{}, "anna"))
		left := make(chan error, 1)
		go func() {
			_, err := s.Load(leaving, page, func(ctx context.Context) ([]byte, error) {
				b, err := m.make(ctx)
				if ctx.Value(visitor{}) != nil {
					f.Error("the loader sees the visitor's context values")
				}
				return b, errors.Join(err, ctx.Err())
			})
			left <- err
		}()
		await(f, "the making begins", m.begun)
		stays := make(chan result, 1)
		go func() { stays <- s.load(m) }()
		leave()
		select {
		case err := <-left:
			if !errors.Is(err, context.Canceled) {
				f.Errorf("the leaving visitor got %v", err)
			}
		case <-time.After(patience):
			f.Fatal("the leaving visitor is still blocked")
		}
		release()
		if r := <-stays; string(r.Value) != "page" {
			f.Errorf("the staying visitor got %q", r.Value)
		}
		found(f, s.load(m), f.near(), "page")
		equal(f, "makings", m.calls.Load(), 1)
	}},

	{name: "an entry too large for a tier is served and not said to be stored", run: func(f *fleet) {
		s := f.process().pages()
		m := makes(strings.Repeat("x", 16<<20+1))
		for range 2 {
			if r := s.load(m); len(r.Value) != len(m.text) || r.Stored || r.Tier != cache.None {
				f.Errorf("got %d bytes from tier %v, stored %v", len(r.Value), r.Tier, r.Stored)
			}
		}
		f.nothingStored(s)
	}},

	{name: "10,000 entries leave the memory bounded and busy ones where they are", run: func(f *fleet) {
		if f.server != nil {
			return // applies to the memory tier only
		}
		const bound = 1 << 20
		p := newProcess(f.T, "", bound)
		s, busy := p.pages(), makes("busy")
		text := strings.Repeat("x", 1000)
		for i, k := range names(10000) {
			s.loadKey(k, makes(text))
			s.load(busy)
			if i%500 == 0 {
				// Eviction may lag behind storing.
				eventually(f, "the memory is within its bound", func() bool { return p.Stats().MemoryBytes <= bound })
			}
		}
		st := p.Stats()
		f.Logf("%d entries, %d bytes, %d evictions; busy entry loaded %d times", st.Memory[0].Entries, st.MemoryBytes, st.Evictions, busy.calls.Load())
		if st.MemoryBytes > bound || st.Memory[0].Entries < 300 {
			f.Errorf("%d entries in %d bytes", st.Memory[0].Entries, st.MemoryBytes)
		}
		if n := busy.calls.Load(); n > 3 {
			f.Errorf("the busy entry was loaded %d times", n)
		}
		eventually(f, "evictions are counted", func() bool { return p.Stats().Evictions > 8000 })
		if of := p.Stats().Memory[0].Evictions; of <= 8000 {
			f.Errorf("%d evictions in the space that filled the tier", of)
		}
	}},

	{name: "a value takes the place of an equal one without a new life", run: func(f *fleet) {
		if f.memory == 0 {
			return // applies to the memory tier only
		}
		s := f.process().pages()
		first := s.load(makes("page"))
		s.Replace(page, first.Item, []byte("unpacked page"))
		second := s.load(makes("never"))
		found(f, second, cache.Memory, "unpacked page")
		equal(f, "expires", second.Expires, first.Expires)
		// The first item is gone, so there is nothing to replace.
		s.Replace(page, first.Item, []byte("late"))
		found(f, s.load(makes("never")), cache.Memory, "unpacked page")
	}},
}

func TestDisabledCacheMakesEverything(t *testing.T) {
	c, err := cache.New(cache.Options{Memory: 1 << 20, Disabled: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := (&process{Cache: c, t: t}).pages()
	m := makes("page")
	for range 3 {
		if r := s.load(m); r.Stored || r.Tier != cache.None || string(r.Value) != "page" {
			t.Errorf("got %q, stored %v, tier %v", r.Value, r.Stored, r.Tier)
		}
	}
	equal(t, "makings", m.calls.Load(), 3)
	m.panic = "spilt"
	if _, err := s.Load(t.Context(), page, m.make); !errors.Is(err, cache.ErrPanic) {
		t.Errorf("panic: got %v", err)
	}
}

// ends matches the expiry, in milliseconds, with which a lease is acquired.
var ends = regexp.MustCompile(` "px" "(\d+)"`)

// visitor is the key of a value in a visitor's context.
type visitor struct{}

// brittle is a codec that panics.
type brittle struct{ cache.Bytes }

func (brittle) Encode([]byte) ([]byte, error) { panic("crumbled") }
func (brittle) Size([]byte) int               { panic("crumbled") }

// nothingStored fails the test if a tier holds the page.
func (f *fleet) nothingStored(s space) {
	f.Helper()
	if _, ok := s.Cached(page); ok {
		f.Error("the memory tier holds the page")
	}
	if f.server != nil {
		for _, k := range f.server.Keys() {
			if k != "cache:generation" {
				f.Errorf("Redis holds %s", k)
			}
		}
	}
}

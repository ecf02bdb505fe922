package cache_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pharmacy/internal/cache"
)

// catalogue returns a key with a fixed name and the version as its variant.
func catalogue(version string) cache.Key {
	return cache.Key{Name: "medicines:groups:all", Variant: version}
}

// editions returns a space that keeps later variants in place.
func (p *process) editions(own string) space {
	return space{cache.NewSpace(p.Cache, cache.SpaceOptions[[]byte]{
		Name: "groups", TTL: time.Minute, Codec: cache.Bytes{},
		Keep: func(variant string, v []byte) bool {
			if string(v) != "edition "+variant {
				p.t.Errorf("Keep(%q, %q): mismatched value", variant, v)
			}
			return variant > own
		},
	}), p.t}
}

var variants = []scenario{
	{name: "variants of a name do not mix", run: func(f *fleet) {
		s := f.process().pages()
		made(f, s.loadKey(catalogue("1"), makes("edition 1")), "edition 1")
		made(f, s.loadKey(catalogue("2"), makes("edition 2")), "edition 2")
		found(f, s.loadKey(catalogue("2"), makes("never")), f.near(), "edition 2")
	}},

	{name: "an entry of another variant is replaced", shared: true, run: func(f *fleet) {
		one, two := f.process().pages(), f.process().pages()
		one.loadKey(catalogue("2"), makes("edition 2"))
		made(f, two.loadKey(catalogue("1"), makes("edition 1")), "edition 1")
		equal(f, "variant in Redis", cache.PrefixVariant([]byte(f.raw("medicines:groups:all"))), "1")
	}},

	{name: "an entry that is to be kept is not replaced", shared: true, run: func(f *fleet) {
		later, earlier := f.process().editions("2"), f.process().editions("1")
		later.loadKey(catalogue("2"), makes("edition 2"))
		stored := f.raw("medicines:groups:all")
		found(f, earlier.loadKey(catalogue("1"), makes("edition 1")), cache.None, "edition 1")
		equal(f, "what Redis holds", f.raw("medicines:groups:all"), stored)
	}},

	{name: "an entry that is to be kept and comes while another waits to make its own is not replaced", shared: true, run: func(f *fleet) {
		f.unhindered(func(n, _ int) error {
			name := fmt.Sprint("medicines:groups:", n)
			one, two := cache.Key{Name: name, Variant: "1"}, cache.Key{Name: name, Variant: "2"}
			later, earlier := f.process().editions("2"), f.process()
			m, release := held("edition 2")
			defer release()
			published := make(chan struct{})
			go func() {
				defer close(published)
				later.loadKey(two, m)
			}()
			await(f, "the later edition is being made", m.begun)
			var asked atomic.Bool
			s := space{cache.NewSpace(earlier.Cache, cache.SpaceOptions[[]byte]{
				Name: "groups", TTL: time.Minute, Codec: cache.Bytes{},
				Keep: func(string, []byte) bool { asked.Store(true); return true },
			}), f.T}
			waits := f.server.Watch(func(c string) bool { return claims([]string{c}, name) != nil })
			answered := make(chan struct{})
			go func() {
				defer close(answered)
				found(f, s.loadKey(one, makes("edition 1")), cache.None, "edition 1")
			}()
			await(f, "the earlier one waits", waits)
			release()
			await(f, "the later edition is published", published)
			await(f, "the earlier one answers", answered)
			if !asked.Load() {
				return errors.New("nobody was asked")
			}
			if v := cache.PrefixVariant([]byte(f.raw(name))); v != "2" {
				return fmt.Errorf("Redis holds variant %q", v)
			}
			return nil
		})
	}},

	{name: "who follows a key hears within a second and a half what another process stored", shared: true, run: func(f *fleet) {
		follower, other := f.process(), f.process().pages()
		heard := make(chan string, 10)
		follower.Follow("medicines:groups:all", cache.PrefixLength(10), func(prefix []byte) {
			if len(prefix) > 0 {
				heard <- cache.PrefixVariant(prefix)
			}
		})
		// A repeated notification arrives before that of the next version.
		for _, version := range []string{"1", "2", strings.Repeat("3", 10)} {
			other.loadKey(catalogue(version), makes("edition"))
			select {
			case got := <-heard:
				equal(f, "heard of", got, version)
			case <-time.After(patience):
				f.Fatalf("no notification of version %s", version)
			}
		}
	}},
}

func TestPrefixVariantOfWhatIsNoEntry(t *testing.T) {
	for _, b := range []string{"", "PHC1", strings.Repeat("PHC1", 20), strings.Repeat("\xff", 100)} {
		if got := cache.PrefixVariant([]byte(b)); got != "" {
			t.Errorf("%q: got %q", b, got)
		}
	}
}

var counting = []scenario{
	{name: "a lookup counts once in each tier that is asked", run: func(f *fleet) {
		p := f.process()
		s, m := p.pages(), makes("page")
		for range 3 {
			s.load(m)
		}
		memory, redis := int64(0), int64(0)
		if f.memory > 0 {
			memory = 1
		}
		if f.server != nil {
			redis = 1
		}
		equal(f, "memory misses", p.count(cache.Memory, cache.Miss), memory)
		equal(f, "memory hits", p.count(cache.Memory, cache.Hit), 2*memory)
		equal(f, "Redis misses", p.count(cache.Redis, cache.Miss), redis)
		equal(f, "Redis hits", p.count(cache.Redis, cache.Hit), 2*redis*(1-memory))
		equal(f, "errors", p.count(cache.Redis, cache.Error), 0)
		st := p.Stats()
		equal(f, "entries in memory", int64(st.Memory[0].Entries), memory)
		equal(f, "bytes in memory", st.MemoryBytes, st.Memory[0].Bytes)
		equal(f, "shared", p.Shared(), f.server != nil)
		equal(f, "available", p.Available(), f.server != nil)
	}},

	{name: "waiting for another process counts as the one lookup that it is", shared: true, run: func(f *fleet) {
		one, two := f.process(), f.process()
		before := two.Stats()
		f.unhindered(func(n, _ int) error {
			k := key(fmt.Sprint("page:waited-for:", n))
			m, release := held("page")
			defer release()
			over := make(chan struct{})
			go func() {
				defer close(over)
				one.pages().loadKey(k, m)
			}()
			await(f, "the making begins", m.begun)
			s, done := two.pages(), make(chan result, 1)
			// Several polls later it is still one lookup.
			readings := 0
			waits := f.server.Watch(func(c string) bool {
				if c == `"get" "`+k.Name+`"` {
					readings++
				}
				return readings == 3
			})
			go func() { done <- s.loadKey(k, makes("never")) }()
			await(f, "the other process waits", waits)
			release()
			r := <-done
			await(f, "the making ends", over)
			if r.Tier != cache.Redis || string(r.Value) != "page" {
				return fmt.Errorf("got %q from tier %v", r.Value, r.Tier)
			}
			equal(f, "hits", two.count(cache.Redis, cache.Hit), 1)
			equal(f, "lookups", lookups(two.Stats())-lookups(before), int64(n)+1)
			return nil
		})
	}},

	{name: "operators see what Redis holds", shared: true, run: func(f *fleet) {
		s := f.process().pages()
		for _, k := range names(1234) {
			s.loadKey(k, makes("page"))
		}
		f.server.Do("lpush", "page:not-ours", "1")
		client, err := cache.Connect(f.url)
		if err != nil {
			f.Fatal(err)
		}
		defer client.Close()
		entries, bytes, err := cache.Measure(context.Background(), client, "page:")
		equal(f, "entries", entries, 1235)
		if err != nil || bytes < 1234*int64(len("page")) {
			f.Errorf("%d bytes, %v", bytes, err)
		}
		g, err := cache.Generation(context.Background(), client)
		if err != nil || g != f.generation() {
			f.Errorf("generation %q, %v", g, err)
		}
	}},
}

// lookups returns the number of lookups in Redis, whatever their outcome.
func lookups(st cache.Stats) (n int64) {
	for _, c := range st.Counts {
		if c.Tier == cache.Redis {
			n += c.N
		}
	}
	return n
}

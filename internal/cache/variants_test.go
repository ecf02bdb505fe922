package cache_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"pharmacy/internal/cache"
)

// catalogue is a key with a fixed name, under which versions follow.
func catalogue(version string) cache.Key {
	return cache.Key{Name: "medicines:groups:all", Variant: version}
}

// editions is a space whose later variants stay where they are.
func (p *process) editions(own string) space {
	return space{cache.NewSpace(p.Cache, cache.SpaceOptions[[]byte]{
		Name: "groups", TTL: time.Minute, Codec: cache.Bytes{},
		Keep: func(variant string, v []byte) bool {
			if string(v) != "edition "+variant {
				p.t.Errorf("asked about %q with the value %q", variant, v)
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
		later, earlier := f.process().editions("2"), f.process()
		m, release := held("edition 2")
		published := make(chan struct{})
		go func() {
			defer close(published)
			later.loadKey(catalogue("2"), m)
		}()
		await(f, "the later edition is being made", m.begun)
		waits := make(chan struct{})
		asked := make(chan struct{})
		s := space{cache.NewSpace(earlier.Cache, cache.SpaceOptions[[]byte]{
			Name: "groups", TTL: time.Minute, Codec: cache.Bytes{},
			Keep: func(string, []byte) bool { close(asked); return true },
		}), f.T}
		go func() {
			defer close(waits)
			found(f, s.loadKey(catalogue("1"), makes("edition 1")), cache.None, "edition 1")
		}()
		release()
		await(f, "the later edition is published", published)
		await(f, "the earlier one answers", waits)
		await(f, "it was asked", asked)
		equal(f, "variant in Redis", cache.PrefixVariant([]byte(f.raw("medicines:groups:all"))), "2")
	}},

	{name: "who follows a key hears within a second and a half what another process stored", shared: true, run: func(f *fleet) {
		follower, other := f.process(), f.process().pages()
		heard := make(chan string, 10)
		follower.Follow("medicines:groups:all", cache.PrefixLength(10), func(prefix []byte) {
			if len(prefix) > 0 {
				heard <- cache.PrefixVariant(prefix)
			}
		})
		// What is heard twice comes before the next version.
		for _, version := range []string{"1", "2", strings.Repeat("3", 10)} {
			other.loadKey(catalogue(version), makes("edition"))
			start := time.Now()
			select {
			case got := <-heard:
				equal(f, "heard of", got, version)
				if !within(start, limit) {
					f.Errorf("heard after %v", time.Since(start))
				}
			case <-time.After(patience):
				f.Fatalf("nothing was heard of %s", version)
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
		m, release := held("page")
		go one.pages().load(m)
		await(f, "the making begins", m.begun)
		s, done := two.pages(), make(chan struct{})
		stop := f.server.Monitor()
		go func() {
			defer close(done)
			found(f, s.load(makes("never")), cache.Redis, "page")
		}()
		// Several readings later it is still the one lookup.
		time.AfterFunc(100*time.Millisecond, release)
		await(f, "the other process answers", done)
		readings := 0
		for _, command := range stop() {
			if command == `"get" "`+page.Name+`"` {
				readings++
			}
		}
		if readings < 3 {
			f.Errorf("%d readings prove nothing", readings)
		}
		equal(f, "hits", two.count(cache.Redis, cache.Hit), 1)
		equal(f, "misses", two.count(cache.Redis, cache.Miss), 0)
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

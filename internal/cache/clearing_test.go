package cache_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pharmacy/internal/cache"
	"pharmacy/internal/redistest"
)

// clear clears the cache and fails the test on error.
func (p *process) clear(scope cache.Scope) cache.Cleared {
	p.t.Helper()
	cleared, err := p.Clear(context.Background(), scope, nil)
	if err != nil {
		p.t.Errorf("clear: %v", err)
	}
	return cleared
}

// fresh waits until s serves the text instead of an older one, and returns how
// long that took.
func (s space) fresh(text string) time.Duration {
	s.t.Helper()
	m := makes(text)
	return eventually(s.t, "what was stored before the clear is gone", func() bool {
		return string(s.load(m).Value) == text
	})
}

var clearing = []scenario{
	{name: "after a clear nothing is served that was stored before", run: func(f *fleet) {
		p := f.process()
		s := p.pages()
		for i := range 5 {
			text := fmt.Sprint("page ", i)
			made(f, s.load(makes(text)), text)
			p.clear(cache.Medicines)
		}
		equal(f, "entries in memory", p.Stats().MemoryBytes, 0)
	}},

	{name: "after a clear every process is fresh", shared: true, run: func(f *fleet) {
		processes := []space{f.process().pages(), f.process().pages(), f.process().pages()}
		for _, s := range processes {
			s.load(makes("old"))
			found(f, s.load(makes("never")), f.near(), "old")
		}
		operator := f.process()
		equal(f, "told", operator.toldOnce(4), 4)
		for _, s := range processes {
			f.Logf("fresh after %v", s.fresh("new"))
		}
	}},

	{name: "after a clear whose announcement was lost every process is fresh", shared: true, run: func(f *fleet) {
		processes := []space{f.process().pages(), f.process().pages(), f.process().pages()}
		for _, s := range processes {
			s.load(makes("old"))
		}
		f.raiseSilently()
		for _, s := range processes {
			f.Logf("fresh after %v", s.fresh("new"))
		}
	}},

	{name: "who comes after a clear does not wait for a making that began before", run: func(f *fleet) {
		p := f.process()
		s := p.pages()
		m, release := held("old")
		over := make(chan struct{})
		go func() {
			defer close(over)
			if r := s.load(m); r.Stored {
				f.Error("a load that began before the clear was stored")
			}
		}()
		await(f, "the making begins", m.begun)
		p.clear(cache.Medicines)
		asked := func() []string { return nil }
		if f.server != nil {
			asked = f.server.Monitor()
		}
		made(f, s.load(makes("new")), "new")
		// A process that waits for a lease requests it more than once.
		if n := len(claims(asked(), page.Name)); n > 1 || n == 0 && f.server != nil {
			f.Errorf("lease requested %d times", n)
		}
		release()
		await(f, "the making ends", over)
		found(f, s.load(makes("never")), f.near(), "new")
	}},

	{name: "a making that began before a clear stores nothing in either tier", run: func(f *fleet) {
		p := f.process()
		s := p.pages()
		m, release := held("old")
		over := make(chan struct{})
		go func() {
			defer close(over)
			if r := s.load(m); r.Stored {
				f.Error("reported as stored")
			}
		}()
		await(f, "the making begins", m.begun)
		p.clear(cache.All)
		release()
		await(f, "the making ends", over)
		f.nothingStored(s)
		made(f, s.load(makes("new")), "new")
	}},

	{name: "a making that began before a clear of which nobody told stores nothing in either tier", shared: true, run: func(f *fleet) {
		s, other := f.process().pages(), f.process().pages()
		m, release := held("old")
		over := make(chan struct{})
		go func() {
			defer close(over)
			if r := s.load(m); r.Stored {
				f.Error("reported as stored")
			}
		}()
		await(f, "the making begins", m.begun)
		f.raiseSilently()
		release()
		await(f, "the making ends", over)
		if _, ok := s.Cached(page); ok {
			f.Error("stored in the memory tier")
		}
		equal(f, "what Redis holds", f.raw(page.Name), "")
		other.fresh("new")
	}},

	{name: "a refresh that began before a clear stores nothing in either tier", run: func(f *fleet) {
		p := f.process()
		s := p.space(time.Second)
		s.load(makes("old"))
		m, release := held("late")
		defer release()
		ctx, leave := context.WithCancel(f.Context())
		defer leave()
		var visitors sync.WaitGroup
		eventually(f, "it is refreshed ahead of expiry", func() bool {
			// Do not wait: on a busy machine the entry may expire first.
			visitors.Go(func() { _, _ = s.Load(ctx, page, m.make) })
			select {
			case <-m.begun:
				return true
			default:
				return false
			}
		})
		leave()
		visitors.Wait()
		p.clear(cache.All)
		// The following entries outlive any pause of a busy machine.
		after := p.pages()
		made(f, after.load(makes("new")), "new")
		release()
		for range 25 {
			if r := after.load(makes("newer")); string(r.Value) == "late" {
				f.Fatal("the late refresh is served")
			}
			time.Sleep(2 * time.Millisecond)
		}
	}},

	{name: "a clear removes the keys of its scope in batches and nothing else", shared: true, run: func(f *fleet) {
		p := f.process()
		s := p.pages()
		for _, k := range names(1200) {
			s.loadKey(k, makes("page"))
		}
		s.loadKey(key("fragment:b:v:offers:"), makes("fragment"))
		s.loadKey(catalogue("1"), makes("edition 1"))
		strangers := []string{"session:1", "session:2", "medicine", "pages:1", "other"}
		for _, k := range strangers {
			f.server.Do("set", k, "kept")
		}
		before := f.generation()
		stop := f.server.Monitor()
		var looked, removed int64
		cleared, err := p.Clear(f.Context(), cache.All, func(l, r int64) {
			if l < looked || r < removed || l-looked > 2000 {
				f.Errorf("progress from %d, %d to %d, %d", looked, removed, l, r)
			}
			looked, removed = l, r
		})
		if err != nil {
			f.Error(err)
		}
		unlinked, scans := 0, 0
		for _, command := range stop() {
			switch name, _, _ := strings.Cut(command, " "); strings.ToLower(name) {
			case `"unlink"`:
				unlinked++
			case `"scan"`:
				scans++
			case `"keys"`, `"flushdb"`, `"flushall"`, `"del"`, `"config"`, `"script"`:
				f.Errorf("unexpected command %s", command)
			}
		}
		equal(f, "removals", unlinked, 1202)
		equal(f, "keys removed", removed, 1202)
		if scans < 3 {
			f.Errorf("only %d scans: not in batches", scans)
		}
		for i, want := range []cache.Removed{{Prefix: "medicines:", Keys: 1}, {Prefix: "page:", Keys: 1200}, {Prefix: "fragment:", Keys: 1}, {Prefix: "cache:lock:"}} {
			equal(f, want.Prefix, cleared.Removed[i], want)
		}
		for _, k := range strangers {
			equal(f, k, f.raw(k), "kept")
		}
		equal(f, "keys left", len(f.server.Keys()), len(strangers)+1)
		if f.generation() <= before {
			f.Errorf("generation went from %s to %s", before, f.generation())
		}
	}},

	{name: "a clear that the memory alone bears says what it removed", run: func(f *fleet) {
		if f.server != nil {
			return // applies to a process without Redis only
		}
		p := f.process()
		s := p.pages()
		for _, k := range names(3) {
			s.loadKey(k, makes("page"))
		}
		s.loadKey(catalogue("1"), makes("edition 1"))
		cleared := p.clear(cache.Medicines)
		equal(f, "told", cleared.Told, 1)
		equal(f, "medicines", cleared.Removed[0], cache.Removed{Prefix: "medicines:", Keys: 1})
		equal(f, "pages", cleared.Removed[1], cache.Removed{Prefix: "page:", Keys: 3})
	}},

	{name: "clears at the same time both end what was stored before", run: func(f *fleet) {
		p := f.process()
		s := p.pages()
		for i := range 20 {
			s.load(makes(fmt.Sprint("page ", i)))
			together(4, func(int) { p.clear(cache.Medicines) })
			text := fmt.Sprint("page ", i, " anew")
			made(f, s.load(makes(text)), text)
		}
	}},

	{name: "an emptied Redis revives nothing", shared: true, run: func(f *fleet) {
		one, two := f.process().pages(), f.process().pages()
		one.load(makes("old"))
		two.load(makes("never"))
		stored, before := f.raw(page.Name), f.generation()
		f.server.Do("flushall")
		eventually(f, "the generation is back", func() bool { return f.generation() > before })
		// Even an entry that is put back is of an earlier generation.
		f.server.Do("set", page.Name, stored, "px", 50000)
		one.fresh("new")
		two.fresh("new")
		three := f.process().pages()
		found(f, three.load(makes("never")), cache.Redis, "new")
	}},
}

// toldOnce clears once n processes subscribe to the announcements, and returns
// how many received it. Processes subscribe shortly after they start.
func (p *process) toldOnce(n int64) int64 {
	p.t.Helper()
	client, err := cache.Connect(p.url)
	if err != nil {
		p.t.Fatal(err)
	}
	defer client.Close()
	eventually(p.t, "all processes listen", func() bool {
		return client.PubSubNumSub(context.Background(), "cache:generation").Val()["cache:generation"] == n
	})
	return p.clear(cache.Medicines).Told
}

func TestClearSaysWhenRedisIsGone(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	p := newProcess(t, server.URL()+"?"+unhurried, 1<<20)
	s := p.pages()
	s.load(makes("page"))
	server.Kill()
	_, err := p.Clear(t.Context(), cache.All, nil)
	if err == nil || !strings.Contains(err.Error(), "nothing was cleared") {
		t.Errorf("got %v", err)
	}
	found(t, s.load(makes("never")), cache.Memory, "page")
}

func TestClearStopsWhenAsked(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	p := newProcess(t, server.URL()+"?"+unhurried, 1<<20)
	s := p.pages()
	s.load(makes("old"))
	for i := range 3000 {
		server.Do("set", fmt.Sprint("page:", i), "x")
	}
	ctx, stop := context.WithCancel(t.Context())
	_, err := p.Clear(ctx, cache.All, func(int64, int64) { stop() })
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "everything was invalidated") {
		t.Errorf("got %v", err)
	}
	made(t, s.load(makes("new")), "new")
}

// A Redis restarted from a snapshot has an older generation and entries of it.
func TestRestartedRedisRevivesNothing(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	one := newProcess(t, server.URL()+"?"+unhurried, 8<<20)
	two := newProcess(t, server.URL()+"?"+unhurried, 0)
	s1, s2 := one.pages(), two.pages()
	made(t, s1.load(makes("old")), "old")
	found(t, s2.load(makes("never")), cache.Redis, "old")
	server.Do("save")
	saved, _ := server.Client().Get(t.Context(), "cache:generation").Result()
	one.clear(cache.Medicines)
	s1.fresh("new")
	s2.fresh("new")

	server.Kill()
	server.Restart()
	if n := server.Client().Exists(t.Context(), page.Name).Val(); n != 1 {
		t.Fatal("the saved entry was not restored: the test proves nothing")
	}
	for back := time.Now(); !one.Available() || !two.Available() || server.Client().Get(t.Context(), "cache:generation").Val() == saved; {
		for _, s := range []space{s1, s2} {
			if got := string(s.load(makes("newer")).Value); got == "old" {
				t.Fatal("an entry cleared before the restart is served")
			}
		}
		if time.Since(back) > patience {
			t.Fatal("Redis is not used after its return")
		}
	}
	for _, s := range []space{s1, s2} {
		if got := string(s.load(makes("newer")).Value); got == "old" {
			t.Error("an entry cleared before the restart is served")
		}
	}
	if now := server.Client().Get(t.Context(), "cache:generation").Val(); now <= saved {
		t.Errorf("generation went from %s to %s", saved, now)
	}
	eventually(t, "entries are stored again", func() bool { return s2.load(makes("newer")).Tier == cache.Redis })
	eventually(t, "both hear of clears again", func() bool {
		return server.Client().PubSubNumSub(t.Context(), "cache:generation").Val()["cache:generation"] == 2
	})
}

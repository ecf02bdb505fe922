package cache_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pharmacy/internal/cache"
	"pharmacy/internal/redistest"
)

// alone runs do in a process without Redis, under a fake clock.
func alone(t *testing.T, do func(t *testing.T, s space)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		do(t, newProcess(t, "", 8<<20).space(10*time.Minute))
	})
}

func TestLifetimeIsExact(t *testing.T) {
	alone(t, func(t *testing.T, s space) {
		made(t, s.load(makes("first")), "first")
		time.Sleep(9*time.Minute - time.Millisecond) // before refreshes begin
		found(t, s.load(makes("never")), cache.Memory, "first")
		time.Sleep(time.Minute)
		found(t, s.load(&maker{err: errors.New("ahead"), text: "never"}), cache.Memory, "first")
		synctest.Wait()
		time.Sleep(time.Millisecond)
		made(t, s.load(makes("second")), "second")
	})
}

func TestBusyEntryIsNeverWaitedForOverTenLifetimes(t *testing.T) {
	alone(t, func(t *testing.T, s space) {
		var m maker
		produce := func(ctx context.Context) ([]byte, error) {
			time.Sleep(50 * time.Millisecond)
			return m.make(ctx)
		}
		for i := range 10 * 600 * 4 {
			r, err := s.Load(t.Context(), page, produce)
			if err != nil || r.Tier != cache.Memory && i > 0 {
				t.Fatalf("request %d: tier %v, %v", i, r.Tier, err)
			}
			if left := r.Expires - time.Now().UnixMilli(); left <= 0 || left > 600_000 {
				t.Fatalf("request %d: %d ms left", i, left)
			}
			time.Sleep(250 * time.Millisecond)
		}
		t.Logf("%d loads in ten lifetimes", m.calls.Load())
		if n := m.calls.Load(); n < 10 || n > 12 {
			t.Errorf("%d loads in ten lifetimes", n)
		}
	})
}

func TestQuietEntryIsNotRefreshed(t *testing.T) {
	alone(t, func(t *testing.T, s space) {
		m := makes("page")
		s.load(m)
		time.Sleep(time.Hour)
		equal(t, "makings", m.calls.Load(), 1)
	})
}

func TestFailingRefreshLeavesTheEntryUntilItsEnd(t *testing.T) {
	for _, m := range []*maker{{err: errors.New("out of ink")}, {panic: "spilt"}} {
		alone(t, func(t *testing.T, s space) {
			start := time.Now()
			s.load(makes("page"))
			time.Sleep(9 * time.Minute)
			for time.Since(start) < 10*time.Minute-time.Second {
				found(t, s.load(m), cache.Memory, "page")
				time.Sleep(100 * time.Millisecond)
			}
			if m.calls.Load() == 0 {
				t.Error("no refresh was attempted")
			}
			time.Sleep(time.Second)
			if _, err := s.Load(t.Context(), page, m.make); err == nil {
				t.Error("the entry outlives its lifetime")
			}
		})
	}
}

func TestSlowRefreshKeepsNoOtherFromItsOwn(t *testing.T) {
	alone(t, func(t *testing.T, s space) {
		slow, release := held("slow")
		defer release()
		other := key("page:other")
		s.load(makes("page"))
		s.loadKey(other, makes("page"))
		time.Sleep(9 * time.Minute)
		quick := makes("quick")
		for range 200 { // enough to take every slot if each request took one
			s.load(slow)
			time.Sleep(100 * time.Millisecond)
		}
		for range 200 {
			s.loadKey(other, quick)
			time.Sleep(100 * time.Millisecond)
		}
		equal(t, "makings of the slow one", slow.calls.Load(), 1)
		equal(t, "makings of the other", quick.calls.Load(), 1)
		release()
		synctest.Wait()
	})
}

// With Redis the clock is real, and two processes load at the same time.
func TestBusySharedEntryOverTenLifetimes(t *testing.T) {
	if testing.Short() {
		t.Skip("runs in make soak; the tests above use a fake clock")
	}
	const ttl, lifetimes = 4 * time.Second, 10 // leaves 400 ms for a refresh
	for name, memory := range map[string]int64{"memory and Redis": 8 << 20, "Redis alone": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			processes := []space{
				newProcess(t, server.URL()+"?"+unhurried, memory).space(ttl),
				newProcess(t, server.URL()+"?"+unhurried, memory).space(ttl),
			}
			m := makes("page")
			first := processes[0].load(m)
			start := time.Now()
			end := start.Add(lifetimes * ttl)
			var requests, waited atomic.Int64
			var mu sync.Mutex
			var took []time.Duration
			var visitors sync.WaitGroup
			for i := range 4 {
				visitors.Go(func() {
					s := processes[i%2]
					for time.Now().Before(end) {
						start := time.Now()
						r := s.load(m)
						spent := time.Since(start)
						requests.Add(1)
						if r.Tier == cache.None {
							waited.Add(1)
						}
						// It may have been found just before it expired.
						if over := start.UnixMilli() - r.Expires; over > 0 {
							t.Errorf("served %d ms after its expiry", over)
						}
						if life := r.Expires - r.Made; life > ttl.Milliseconds() {
							t.Errorf("lifetime of %d ms", life)
						}
						mu.Lock()
						took = append(took, spent)
						mu.Unlock()
						time.Sleep(2 * time.Millisecond) // pause between requests
					}
				})
			}
			highest := time.Duration(0)
			for time.Now().Before(end) {
				highest = max(highest, server.Client().PTTL(t.Context(), page.Name).Val())
				time.Sleep(3 * time.Millisecond)
			}
			visitors.Wait()
			slices.Sort(took)
			// A machine that pauses for most of the time that a refresh has cannot
			// keep the promise, so the number of pauses is tolerated.
			const much = ttl / 10 / 3
			_, stops := pulse.lag(start, much)
			for _, d := range took {
				if d > much {
					stops++
				}
			}
			t.Logf("%d requests, %d loads in %d lifetimes, %d requests waited for one, slowest %v, highest PTTL %v, %d pauses of the machine",
				requests.Load(), m.calls.Load(), lifetimes, waited.Load(), took[len(took)-1], highest, stops)
			if highest > ttl || highest == 0 {
				t.Errorf("PTTL of %v, lifetime %v", highest, ttl)
			}
			if n := int(m.calls.Load()); n < lifetimes-stops || n > lifetimes+lifetimes/2+stops {
				t.Errorf("%d loads", n)
			}
			if n := int(waited.Load()); n > stops {
				t.Errorf("%d requests waited for a load", n)
			}
			equal(t, "lifetime", first.Expires-first.Made, ttl.Milliseconds())
		})
	}
}

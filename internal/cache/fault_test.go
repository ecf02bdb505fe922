package cache_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pharmacy/internal/cache"
	"pharmacy/internal/redistest"
)

// TestFaults makes Redis fail in every way while visitors load entries, and then
// repairs it.
func TestFaults(t *testing.T) {
	for _, store := range []struct {
		name   string
		memory int64
	}{{"memory and Redis", 8 << 20}, {"Redis alone", 0}} {
		for _, fault := range redistest.Faults() {
			t.Run(store.name+"/"+fault.Name, func(t *testing.T) {
				t.Parallel()
				testFault(t, store.memory, fault)
			})
		}
	}
}

func testFault(t *testing.T, memory int64, fault redistest.Fault) {
	server := redistest.Start(t)
	proxy := server.Proxy()
	p := newProcess(t, proxy.URL(), memory)
	s := p.space(time.Hour) // long enough that nothing is refreshed
	// shared reports whether a new entry reaches Redis.
	shared := func() bool {
		k := key(fmt.Sprint("page:new:", serial.Add(1)))
		s.loadKey(k, makes("new"))
		n, err := server.Client().Exists(t.Context(), k.Name).Result()
		return err == nil && n == 1
	}
	eventually(t, "the healthy Redis is used", shared)

	v := visit(s)
	defer v.leave()
	eventually(t, "visitors find what is stored", func() bool { return v.seen("healthy") > 25 })

	inflicted := time.Now()
	v.enter("failing")
	fault.Inflict(proxy)
	if fault.Writes {
		eventually(t, "Redis is known to refuse", func() bool { return p.logs.lines("refuses to store") > 0 })
	} else {
		eventually(t, "the breaker opens", func() bool { return p.Stats().BreakerOpen })
		if p.Available() {
			t.Error("Available reports true")
		}
	}
	opened := time.Since(inflicted)
	v.enter("without")
	eventually(t, "nobody waits any longer for an answer from before", func() bool { return v.seen("without") > 0 })
	asked, leftAlone := asks(p.Stats())
	without := time.Now()
	eventually(t, "visitors are served meanwhile", func() bool {
		return v.seen("without") > 25 && time.Since(without) > 200*time.Millisecond
	})
	// With the breaker open, Redis gets no requests, so nobody waits for it.
	if !fault.Writes {
		now, without := asks(p.Stats())
		if now > asked {
			t.Errorf("Redis got %d lookups while the breaker was open", now-asked)
		}
		if without == leftAlone {
			t.Error("no lookup bypassed Redis: the test proves nothing")
		}
	}

	v.enter("mended")
	fault.Mend(proxy)
	back := eventually(t, "Redis is used again", shared)
	eventually(t, "visitors are served as before", func() bool { return v.seen("mended") > 25 })
	v.leave()

	t.Logf("detected after %v, recovered after %v", opened.Round(time.Millisecond), back.Round(time.Millisecond))
	for _, phase := range []string{"healthy", "failing", "without", "mended"} {
		t.Log(v.summary(phase))
	}
	if n := v.failed.Load(); n > 0 {
		t.Errorf("%d requests failed", n)
	}
	if n := p.logs.lines("refuses to store"); fault.Writes && n != 1 {
		t.Errorf("%d log lines about refused writes", n)
	}
	if !fault.Writes && (p.logs.lines("does not answer") == 0 || p.logs.lines("answers again") == 0) {
		t.Error("the fault or its end was not logged")
	}
}

func TestProcessThatStartsWithoutRedisUsesItLater(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for name, down := range map[string][2]func(){
		"killed": {server.Kill, server.Restart},
		"frozen": {server.Freeze, server.Thaw},
	} {
		down[0]()
		start := time.Now()
		p := newProcess(t, server.URL(), 8<<20)
		s := p.pages()
		s.load(makes("page"))
		if took := time.Since(start); took > patience || p.Available() {
			t.Errorf("%s: started after %v, Redis available: %v", name, took, p.Available())
		}
		down[1]()
		back := eventually(t, "Redis is used", func() bool {
			k := key(fmt.Sprint("page:new:", serial.Add(1)))
			s.loadKey(k, makes("new"))
			n, err := server.Client().Exists(t.Context(), k.Name).Result()
			return err == nil && n == 1
		})
		t.Logf("%s: used again after %v", name, back.Round(time.Millisecond))
		eventually(t, "announcements are heard", func() bool {
			return server.Client().PubSubNumSub(t.Context(), "cache:generation").Val()["cache:generation"] > 0
		})
		p.Close()
	}
}

// asks returns how many lookups reached Redis and how many bypassed it.
func asks(st cache.Stats) (asked, leftAlone int64) {
	for _, c := range st.Counts {
		if c.Tier == cache.Redis && c.Outcome == cache.Bypass {
			leftAlone += c.N
		}
	}
	return lookups(st) - leftAlone, leftAlone
}

// serial numbers entries that have not been requested before.
var serial atomic.Int64

// visitors load entries one after the other, both old and new ones.
type visitors struct {
	failed atomic.Int64
	stop   chan struct{}
	once   sync.Once
	done   sync.WaitGroup

	mu    sync.Mutex
	phase string
	took  map[string][]time.Duration
	tiers map[string]*[3]int
	by    map[string]*[visiting]int // requests of each visitor
}

// visiting is the number of visitors.
const visiting = 4

func visit(s space) *visitors {
	v := &visitors{stop: make(chan struct{}), phase: "healthy", took: make(map[string][]time.Duration), tiers: make(map[string]*[3]int), by: make(map[string]*[visiting]int)}
	keys := names(20)
	for i := range visiting {
		v.done.Go(func() {
			for n := i; ; n++ {
				select {
				case <-v.stop:
					return
				case <-time.After(time.Millisecond): // pause between requests
				}
				phase := v.current()
				k := keys[n%len(keys)]
				if n%10 == 0 {
					k = key(fmt.Sprint("page:rare:", serial.Add(1)))
				}
				start := time.Now()
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				r, err := s.Load(ctx, k, makes("page "+k.Name).make)
				cancel()
				if err != nil || string(r.Value) != "page "+k.Name {
					v.failed.Add(1)
					s.t.Logf("%s: got %q, %v", k.Name, r.Value, err)
					continue
				}
				v.note(i, phase, time.Since(start), r.Tier)
			}
		})
	}
	return v
}

func (v *visitors) note(visitor int, phase string, took time.Duration, tier cache.Tier) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.took[phase] = append(v.took[phase], took)
	if v.tiers[phase] == nil {
		v.tiers[phase] = new([3]int)
	}
	v.tiers[phase][tier]++
	if v.by[phase] == nil {
		v.by[phase] = new([visiting]int)
	}
	v.by[phase][visitor]++
}

func (v *visitors) current() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.phase
}

// enter begins a phase: requests that start from now on count towards it. What
// is promised once the breaker is open applies to them, not to requests whose
// Redis call was already in flight.
func (v *visitors) enter(phase string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.phase = phase
}

// seen returns the number of requests that every visitor has made in a phase, at
// least.
func (v *visitors) seen(phase string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.by[phase] == nil {
		return 0
	}
	return slices.Min(v.by[phase][:])
}

func (v *visitors) leave() {
	v.once.Do(func() { close(v.stop) })
	v.done.Wait()
}

func (v *visitors) percentile(phase string, part float64) time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	took := slices.Sorted(slices.Values(v.took[phase]))
	if len(took) == 0 {
		return 0
	}
	return took[int(part*float64(len(took)-1))]
}

func (v *visitors) summary(phase string) string {
	tiers := v.tiers[phase]
	if tiers == nil {
		tiers = new([3]int)
	}
	return fmt.Sprintf("%-8s %5d requests, %d made, %d from memory, %d from Redis; p99 %v, slowest %v", phase, len(v.took[phase]),
		tiers[cache.None], tiers[cache.Memory], tiers[cache.Redis], v.percentile(phase, 0.99).Round(10*time.Microsecond), v.percentile(phase, 1).Round(10*time.Microsecond))
}

package cache_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"pharmacy/internal/cache"
	"pharmacy/internal/redistest"
)

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func TestMain(m *testing.M) {
	redis.SetLogger(silent{})
	// These tests wait far more than they compute.
	flag.Parse()
	_ = flag.Set("test.parallel", "5")
	stop := pulse.start()
	code := m.Run()
	stop()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, "goroutines are left:", err)
		code = 1
	}
	os.Exit(code)
}

// pulse measures how long a busy machine keeps this process from running.
var pulse heart

type heart struct {
	mu    sync.Mutex
	skips []skip
}

type skip struct {
	at time.Time
	by time.Duration
}

func (h *heart) start() (stop func()) {
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		const beat = 2 * time.Millisecond
		for last := time.Now(); ; last = time.Now() {
			select {
			case <-over:
				return
			case <-time.After(beat):
			}
			if by := time.Since(last) - beat; by > 5*time.Millisecond {
				h.mu.Lock()
				h.skips = append(h.skips, skip{time.Now(), by})
				h.mu.Unlock()
			}
		}
	}()
	return func() { close(over); <-done }
}

// lag returns the total time lost since start in pauses of at least atLeast, and
// the number of those pauses.
func (h *heart) lag(start time.Time, atLeast time.Duration) (sum time.Duration, pieces int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.skips {
		if s.at.After(start) && s.by >= atLeast {
			sum += s.by
			pieces++
		}
	}
	return sum, pieces
}

// scenario is a promise of the cache.
type scenario struct {
	name   string
	shared bool // needs Redis or several processes
	run    func(*fleet)
}

// TestSpecification runs every scenario with every kind of store.
func TestSpecification(t *testing.T) {
	for _, store := range []struct {
		name            string
		memory          int64
		shared, cluster bool
	}{
		{name: "memory and a cluster", memory: 8 << 20, shared: true, cluster: true}, // slowest, because scenarios share the cluster one by one
		{name: "in process", memory: 8 << 20},
		{name: "memory and Redis", memory: 8 << 20, shared: true},
		{name: "Redis alone", shared: true},
	} {
		t.Run(store.name, func(t *testing.T) {
			t.Parallel()
			var cluster *redistest.Server // shared by all scenarios: it takes seconds to start
			if store.cluster {
				cluster = redistest.StartCluster(t)
			}
			for _, s := range slices.Concat(making, variants, clearing, poisoning, counting) {
				if s.shared && !store.shared {
					continue
				}
				t.Run(s.name, func(t *testing.T) {
					if !store.cluster {
						t.Parallel()
					}
					f := &fleet{T: t, memory: store.memory}
					switch {
					case store.cluster:
						cluster.Do("flushall")
						f.server, f.url = cluster, cluster.URL()+"?"+unhurried+"&addr="+cluster.Addr()
					case store.shared:
						f.server = redistest.Start(t)
						f.url = f.server.URL() + "?" + unhurried
					}
					s.run(f)
				})
			}
		})
	}
}

// unhurried is a query of timeouts long enough that a busy machine is not taken
// for a failing Redis.
const unhurried = "dial_timeout=30s&read_timeout=30s&write_timeout=30s&pool_timeout=30s"

// fleet is the set of processes of one scenario and the Redis they share.
type fleet struct {
	*testing.T
	memory int64
	server *redistest.Server // nil for a process without Redis
	url    string
}

// near returns the tier that serves a process which has loaded the page before.
func (f *fleet) near() cache.Tier {
	if f.memory > 0 {
		return cache.Memory
	}
	return cache.Redis
}

// process is one process of a fleet: a cache with its own client.
type process struct {
	*cache.Cache
	t    *testing.T
	url  string
	logs *journal
}

// process starts another process.
func (f *fleet) process() *process {
	f.Helper()
	return newProcess(f.T, f.url, f.memory)
}

func newProcess(t *testing.T, url string, memory int64) *process {
	t.Helper()
	p := &process{t: t, url: url, logs: new(journal)}
	o := cache.Options{Memory: memory, Logger: slog.New(slog.NewTextHandler(p.logs, nil))}
	if url != "" {
		client, err := cache.Connect(url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		o.Redis = client
	}
	var err error
	if p.Cache, err = cache.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// space is a cache space of a process.
type space struct {
	*cache.Space[[]byte]
	t *testing.T
}

func (p *process) space(ttl time.Duration) space {
	return space{cache.NewSpace(p.Cache, cache.SpaceOptions[[]byte]{Name: "page", TTL: ttl, Codec: cache.Bytes{}}), p.t}
}

// pages returns a space whose entries outlive every scenario.
func (p *process) pages() space { return p.space(time.Hour) }

// key returns the key of an entry without variants.
func key(name string) cache.Key { return cache.Key{Name: name} }

// page is the key of the entry that a scenario is about.
var page = key("page:b:v:en:/medicines")

type result = cache.Result[[]byte]

// load loads the page and fails the test on error.
func (s space) load(m *maker) result {
	s.t.Helper()
	return s.loadKey(page, m)
}

func (s space) loadKey(k cache.Key, m *maker) result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := s.Load(ctx, k, m.make)
	if err != nil {
		s.t.Errorf("load %s: %v", k.Name, err)
		return result{Item: &cache.Item[[]byte]{}}
	}
	return r
}

// maker is a loader that counts its calls. By default it returns its text.
type maker struct {
	text  string
	err   error
	panic any
	begun chan struct{} // closed when the first load begins
	gate  chan struct{} // loads return once it is closed
	calls atomic.Int64
}

// makes returns a loader of the text.
func makes(text string) *maker { return &maker{text: text} }

// held returns a loader of the text that blocks until release is called.
func held(text string) (m *maker, release func()) {
	m = &maker{text: text, begun: make(chan struct{}), gate: make(chan struct{})}
	return m, sync.OnceFunc(func() { close(m.gate) })
}

func (m *maker) make(context.Context) ([]byte, error) {
	if m.calls.Add(1) == 1 && m.begun != nil {
		close(m.begun)
	}
	if m.gate != nil {
		<-m.gate
	}
	if m.panic != nil {
		panic(m.panic)
	}
	return []byte(m.text), m.err
}

// patience is the timeout of every wait. It is ten times the longest promise,
// the three seconds until a repaired Redis is used: on a busy machine a shorter
// timeout cannot tell a fault from a delay.
const patience = 30 * time.Second

// eventually waits until holds returns true, and returns how long that took.
func eventually(t testing.TB, what string, holds func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for !holds() {
		if time.Since(start) > patience {
			t.Fatalf("not within %v: %s", patience, what)
		}
		time.Sleep(2 * time.Millisecond)
	}
	return time.Since(start)
}

// await waits until c is closed.
func await(t testing.TB, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("timed out: %s", what)
	}
}

// equal fails the test unless got equals want.
func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// found fails the test unless r is the text from the tier.
func found(t testing.TB, r result, tier cache.Tier, text string) {
	t.Helper()
	if r.Item == nil || r.Tier != tier || string(r.Value) != text {
		t.Errorf("got %q from tier %v, want %q from %v", r.Value, r.Tier, text, tier)
	}
}

// made fails the test unless r is the text, loaded by this request and stored.
func made(t testing.TB, r result, text string) {
	t.Helper()
	found(t, r, cache.None, text)
	if !r.Stored {
		t.Errorf("%q is not stored", text)
	}
}

// count returns one counter of a process.
func (p *process) count(tier cache.Tier, outcome cache.Outcome) (n int64) {
	for _, c := range p.Stats().Counts {
		if c.Tier == tier && c.Outcome == outcome {
			n += c.N
		}
	}
	return n
}

// journal is a log that counts lines.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(b)
}

// lines returns the number of lines that contain the text.
func (j *journal) lines(text string) (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.b.String()) {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// together makes n calls of do concurrently and waits for all to return.
func together(n int, do func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-start
			do(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

// unhindered repeats a try that failed after at least the duration of a lease: a
// busy machine may have delayed the holder until another process took over,
// which is not what the scenario is about. Each try has half as many visitors,
// from 200 down to 3, and so causes less delay.
func (f *fleet) unhindered(try func(n, visitors int) error) {
	f.Helper()
	first := time.Now()
	for n := 0; ; n++ {
		start := time.Now()
		err := try(n, max(200>>min(n, 7), 3))
		took := time.Since(start)
		if err == nil {
			return
		}
		if took < leaseTime || time.Since(first) > 2*patience {
			f.Fatalf("try %d, after %v: %v", n, took, err)
		}
		f.Logf("try %d, after %v: %v", n, took, err)
	}
}

// leaseTime is the duration of a lease that is not released.
const leaseTime = 600 * time.Millisecond

// claims returns those of the commands sent to Redis that try to acquire the
// lease on an entry.
func claims(commands []string, name string) (found []string) {
	for _, c := range commands {
		if c = strings.ToLower(c); strings.HasPrefix(c, `"set" "cache:lock:`) && strings.Contains(c, ":"+name+`" `) {
			found = append(found, c)
		}
	}
	return found
}

// aSecondsClaims is the most often that a process requests a lease held by
// another within a second: after 5, 10 and 20 ms and then every 40 ms. A busy
// machine requests it less often.
const aSecondsClaims = 4 + 1000/40

// raw returns the stored value of an entry in Redis, or "" if there is none.
func (f *fleet) raw(name string) string {
	f.Helper()
	v, err := f.server.Client().Get(context.Background(), name).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		f.Fatal(err)
	}
	return v
}

// generation returns the generation in Redis, which a clear raises.
func (f *fleet) generation() string { return f.raw("cache:generation") }

// raiseSilently invalidates everything, like a clear whose announcement is lost.
func (f *fleet) raiseSilently() {
	f.Helper()
	f.server.Do("incr", "cache:generation")
}

func names(n int) []cache.Key {
	keys := make([]cache.Key, n)
	for i := range keys {
		keys[i] = key(fmt.Sprintf("page:b:v:en:/medicines/%05d", i))
	}
	return keys
}

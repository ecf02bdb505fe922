package pagecache_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"pharmacy/internal/cache"
	"pharmacy/internal/pagecache"
	"pharmacy/internal/redistest"
)

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func TestMain(m *testing.M) {
	redis.SetLogger(silent{})
	// These tests wait for Redis more than they compute.
	flag.Parse()
	_ = flag.Set("test.parallel", "5")
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, "goroutines are left:", err)
		code = 1
	}
	os.Exit(code)
}

// scenario tests one guarantee of the page cache.
type scenario struct {
	name   string
	shared bool // needs Redis or several processes
	run    func(*fleet)
}

// TestConformance runs every scenario with every kind of store.
func TestConformance(t *testing.T) {
	for _, store := range []struct {
		name   string
		memory int64
		shared bool
	}{
		{"in process", 8 << 20, false},
		{"memory and Redis", 8 << 20, true},
		{"Redis alone", 0, true},
	} {
		t.Run(store.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range slices.Concat(keys, storing, coalescing, clearing, messages, hits, warming) {
				if s.shared && !store.shared {
					continue
				}
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					f := &fleet{T: t, memory: store.memory}
					if store.shared {
						f.server = redistest.Start(t)
					}
					s.run(f)
				})
			}
		})
	}
}

// fleet is the set of processes of one scenario and the Redis they share.
type fleet struct {
	*testing.T
	memory int64
	server *redistest.Server // nil for a process without Redis
}

// near returns the name of the tier that serves a repeated request of a process.
func (f *fleet) near() string {
	if f.memory > 0 {
		return "memory"
	}
	return "redis"
}

// pageKeys returns the sorted keys of pages in Redis.
func (f *fleet) pageKeys() []string {
	f.Helper()
	var keys []string
	for _, k := range f.server.Keys() {
		if strings.HasPrefix(k, "page:") {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// site is one process that serves a small catalogue.
type site struct {
	http.Handler
	t     testing.TB
	cache *cache.Cache
	pages *pagecache.Pages
	logs  *journal

	version string
	renders atomic.Int64
	// render renders a page's body; nil means shelf.
	render func(path string) ([]byte, error)
}

// settings are the settings in which sites may differ.
type settings struct {
	url, build, version string
	memory              int64
	ttl                 time.Duration
	disabled            bool
}

// unhurried sets timeouts that a busy machine does not exceed.
const unhurried = "?dial_timeout=30s&read_timeout=30s&write_timeout=30s&pool_timeout=30s"

// site starts another process. change may modify its settings.
func (f *fleet) site(change ...func(*settings)) *site {
	f.Helper()
	o := settings{build: "build1", version: "version1", memory: f.memory, ttl: 10 * time.Minute}
	if f.server != nil {
		o.url = f.server.URL() + unhurried
	}
	for _, c := range change {
		c(&o)
	}
	return newSite(f.T, o)
}

func newSite(t testing.TB, o settings) *site {
	t.Helper()
	s := &site{t: t, logs: new(journal), version: o.version}
	log := slog.New(slog.NewTextHandler(s.logs, nil))
	co := cache.Options{Memory: o.memory, Disabled: o.disabled, Logger: log}
	if o.url != "" {
		client, err := cache.Connect(o.url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		co.Redis = client
	}
	var err error
	if s.cache, err = cache.New(co); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.cache.Close)
	s.pages = pagecache.New(pagecache.Options{
		Cache: s.cache, Build: o.build, TTL: o.ttl, Logger: log,
		ErrorPage: func(lang string) pagecache.Document {
			return pagecache.Document{ContentType: "text/html; charset=utf-8", Language: lang, Body: []byte("it failed in " + lang)}
		},
	})
	mux := http.NewServeMux()
	mux.Handle("/{lang}/medicines", s.pages.Handler(s.listing, "category", "sort", "page", "q"))
	mux.Handle("/{lang}/medicines/{group}", s.pages.Handler(s.medicine))
	mux.Handle("/large", s.pages.Handler(func(*pagecache.Address) pagecache.Response { return s.plan("-", "/large") }))
	s.Handler = mux
	return s
}

var (
	categories = []string{"", "pain", "skin", "heart"}
	sorts      = []string{"", "price", "expiry"}
	lastPage   = 3
)

// listing resolves the addresses of listings.
func (s *site) listing(a *pagecache.Address) pagecache.Response {
	lang, category, sort, q := a.Path("lang"), a.Query("category"), a.Query("sort"), a.Query("q")
	if !slices.Contains(categories, category) {
		return missing(lang)
	}
	if !slices.Contains(sorts, sort) {
		sort = ""
	}
	page, err := strconv.Atoi(a.Query("page"))
	if err != nil || page < 1 {
		page = 1
	}
	path := func(page int) string {
		number := ""
		if page > 1 {
			number = strconv.Itoa(page)
		}
		return pagecache.Canonical("/medicines", pagecache.Param{Name: "sort", Value: sort}, pagecache.Param{Name: "category", Value: category},
			pagecache.Param{Name: "page", Value: number}, pagecache.Param{Name: "q", Value: q})
	}
	if page > lastPage {
		return pagecache.Redirect{To: "/" + lang + path(lastPage)}
	}
	plan := s.plan(lang, path(page))
	plan.Uncached = q != ""
	return plan
}

func (s *site) medicine(a *pagecache.Address) pagecache.Response {
	if a.Path("group") != "paracetamol" {
		return missing(a.Path("lang"))
	}
	return s.plan(a.Path("lang"), "/medicines/paracetamol")
}

func missing(lang string) pagecache.Response {
	return pagecache.Failure{Status: http.StatusNotFound, Document: pagecache.Document{ContentType: "text/plain", Language: lang, Body: []byte("no such thing")}}
}

// plan returns the plan of a path. Its body names everything that it depends on.
func (s *site) plan(lang, path string) pagecache.Plan {
	version := s.version
	return pagecache.Plan{Version: version, Lang: lang, Path: path, Render: func(context.Context) (pagecache.Document, error) {
		s.renders.Add(1)
		d := pagecache.Document{ContentType: "text/html; charset=utf-8", Language: lang}
		if s.render != nil {
			var err error
			d.Body, err = s.render(path)
			return d, err
		}
		d.Body = shelf(version, lang, path)
		if path == "/large" {
			d.Body = large
		}
		return d, nil
	}}
}

// large is a page too large for Brotli.
var large = bytes.Repeat([]byte("<li>And one more of these medicines</li>\n"), 1<<20/40)

// shelf returns the body of a listing.
func shelf(version, lang, path string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!doctype html><title>%s of %s in %s</title>\n", path, version, lang)
	for i := range 12 {
		fmt.Fprintf(&b, "<li><a href=\"/%s/medicines/group-%d\">Medicine %d</a> %d mg, %d tablets, %d.%02d EUR</li>\n", lang, i, i*7919%10007, i%9*50, i%5*10, i*31%97, i*17%100)
	}
	return b.Bytes()
}

// get sends a GET request. header holds alternating names and values.
func (s *site) get(target string, header ...string) *answer {
	return s.ask(http.MethodGet, target, header...)
}

func (s *site) ask(method, target string, header ...string) *answer {
	s.t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return s.serve(r)
}

// serve handles a request as net/http's server does: an aborted handler sends
// nothing.
func (s *site) serve(r *http.Request) (a *answer) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			a = &answer{&http.Response{}, nil}
		default:
			panic(v)
		}
	}()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return &answer{w.Result(), w.Body.Bytes()}
}

// answer is a response with its body.
type answer struct {
	*http.Response
	body []byte
}

// plain returns the decoded body.
func (a *answer) plain() ([]byte, error) {
	switch a.Header.Get("Content-Encoding") {
	case "gzip":
		r, err := gzip.NewReader(bytes.NewReader(a.body))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case "br":
		return io.ReadAll(brotli.NewReader(bytes.NewReader(a.body)))
	}
	return a.body, nil
}

// shows fails the test unless the response is the page with this body.
func (a *answer) shows(t testing.TB, want []byte) {
	t.Helper()
	got, err := a.plain()
	if a.StatusCode != http.StatusOK || err != nil || !bytes.Equal(got, want) {
		t.Errorf("status %d, %d bytes beginning with %.60q, %v; want %.60q", a.StatusCode, len(got), got, err, want)
	}
}

// status returns the Cache-Status without the number of seconds.
func (a *answer) status() string {
	return ttl.ReplaceAllString(a.Header.Get("Cache-Status"), "ttl=N")
}

var ttl = regexp.MustCompile(`ttl=\d+`)

const (
	stored = "pharmacy; fwd=miss; stored"
	missed = "pharmacy; fwd=miss"
	bypass = "pharmacy; fwd=bypass"
)

func hit(tier string) string { return "pharmacy; hit; ttl=N; detail=" + tier }

// patience is the timeout of eventually. It is generous: the tests of package
// cache check its time limits.
const patience = 2 * time.Minute

// eventually waits until the condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timeout waiting until %s", what)
		}
	}
}

// equal fails the test if got and want differ.
func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// once fails the test unless there is one render per page. A lease expires after
// 0.6 s, so that a killed holder does not block its page. If a busy machine took
// longer, the attempt is repeated with half as many visitors, down to 3, but one
// attempt must be exact.
func (f *fleet) once(pages int64, attempt func(build string, visitors int) (renders int64)) {
	f.Helper()
	first := time.Now()
	for n := 0; ; n++ {
		start := time.Now()
		renders := attempt(fmt.Sprint("build", n), max(200>>min(n, 7), 3))
		took := time.Since(start)
		if renders == pages {
			return
		}
		f.Logf("%d renders of %d pages in %v", renders, pages, took)
		if took < 600*time.Millisecond || time.Since(first) > 2*patience {
			f.Fatal("pages were rendered more often than once")
		}
	}
}

// inSoak skips a long test in make test; make soak runs it.
func inSoak(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs in make soak")
	}
}

// together calls do n times concurrently and waits for all calls to return.
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

// journal collects log lines.
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

// clear clears the cache as an operator does.
func (s *site) clear() {
	s.t.Helper()
	if _, err := s.cache.Clear(context.Background(), cache.Medicines, nil); err != nil {
		s.t.Errorf("clear: %v", err)
	}
}

var errInk = errors.New("out of ink")

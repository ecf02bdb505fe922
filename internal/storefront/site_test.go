package storefront

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"pharmacy/data"
	"pharmacy/internal/assets"
	"pharmacy/internal/cache"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/redistest"
	"pharmacy/internal/render"
	"pharmacy/internal/search"
	"pharmacy/internal/session"
	"pharmacy/internal/shelf"
	"pharmacy/internal/supply"
	"pharmacy/static"
	"pharmacy/templates"
)

// site is the real shop on a test server: real templates, real catalogue, and
// the store that the test selects.
type site struct {
	t       testing.TB
	shop    *Shop
	cache   *cache.Cache
	store   *supply.Store
	server  *httptest.Server
	redis   *redistest.Server // nil without Redis
	renders atomic.Int64
	log     *logBuffer
}

type siteOptions struct {
	redis         *redistest.Server
	catalogue     []byte // nil means the embedded catalogue
	path          string // file with the catalogue; "" means none
	catalogueOnly bool
	debug         bool // serves the components page
	details       Details
	now           func() time.Time
	build         string                    // "" means "test"
	pageTTL       time.Duration             // 0 means the contract's
	medicines     func(Medicines) Medicines // wraps the catalogue
	publishes     bool                      // keeps the catalogue published, as a server does
	hurried       bool                      // keeps the timeouts of Redis, which a busy machine may exceed
}

func newSite(t testing.TB, o siteOptions) *site {
	t.Helper()
	s := &site{t: t, redis: o.redis, log: &logBuffer{}}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var options cache.Options
	sessions := session.Options{Lifetime: time.Hour, Logger: log}
	if o.redis != nil {
		address := o.redis.URL()
		if !o.hurried {
			address += "?dial_timeout=30s&read_timeout=30s&write_timeout=30s&pool_timeout=30s"
		}
		client, err := cache.Connect(address)
		must(err)
		t.Cleanup(func() { _ = client.Close() })
		options.Redis = client
		sessions.Redis = &session.Redis{Addr: o.redis.Addr()}
	}
	options.Memory, options.Logger = 64<<20, log
	var err error
	s.cache, err = cache.New(options)
	must(err)
	t.Cleanup(s.cache.Close)
	if o.catalogue == nil && o.path == "" && o.now == nil {
		s.store, err = embedded()
		must(err)
		content := embeddedContent()
		t.Cleanup(func() {
			if now := s.store.Current().Content(); now != content {
				t.Errorf("the shared catalogue was replaced by %s", now)
			}
		})
	} else {
		content := o.catalogue
		if content == nil {
			content = data.Medicines
		}
		s.store, err = supply.Open(supply.Options{Path: o.path, Embedded: content, Now: o.now, Logger: log, Words: searchWords()})
	}
	must(err)
	files, err := staticFiles()
	must(err)
	renderer, err := pageTemplates()
	must(err)
	manager := session.New(sessions)
	t.Cleanup(manager.Close)
	public, _ := url.Parse("https://pharmacy.example")
	public.Scheme = "http" // no Secure cookies: the test server has no TLS
	cached := supply.NewCached(s.cache, s.store, 5*time.Minute, log)
	if o.publishes {
		ctx, cancel := context.WithCancel(context.Background())
		var publishing sync.WaitGroup
		publishing.Go(func() { cached.KeepPublished(ctx) })
		t.Cleanup(func() {
			cancel()
			publishing.Wait()
		})
	}
	var medicines Medicines = cached
	if o.medicines != nil {
		medicines = o.medicines(medicines)
	}
	s.shop, err = New(Options{
		Medicines: medicines, Cache: s.cache, Renderer: renderer, Assets: files, Sessions: manager,
		Build: cmp.Or(o.build, "test"), PageTTL: cmp.Or(o.pageTTL, 10*time.Minute), FragmentTTL: 10 * time.Minute, PublicURL: public, DefaultLanguage: "fa",
		CatalogueOnly: o.catalogueOnly, Debug: o.debug, Details: o.details, Demonstration: func(*shelf.Snapshot) bool { return o.catalogue == nil && o.path == "" }, Logger: log,
		Rendered: func(string) { s.renders.Add(1) },
	})
	must(err)
	s.server = httptest.NewServer(s.shop.Handler())
	t.Cleanup(s.server.Close)
	return s
}

// Resources that no site modifies are shared: compressing the static files,
// parsing the templates and reading the embedded catalogue take most of the
// time that a site needs to start.
var (
	staticFiles   = sync.OnceValues(func() (*assets.Files, error) { return assets.New(static.FS) })
	pageTemplates = sync.OnceValues(func() (*render.Renderer, error) {
		files, err := staticFiles()
		if err != nil {
			return nil, err
		}
		return render.New(render.Options{Templates: templates.FS, Asset: files.URL})
	})
	embedded = sync.OnceValues(func() (*supply.Store, error) {
		return supply.Open(supply.Options{Embedded: data.Medicines, Words: searchWords()})
	})
	searchWords = sync.OnceValue(func() shelf.Words {
		return shelf.Words{FormNames: render.FormNames, Substances: search.NewSubstances(data.SubstanceNames())}
	})
	embeddedContent = sync.OnceValue(func() string { s, _ := embedded(); return s.Current().Content() })
)

// inSoak skips a long test unless make soak runs it.
func inSoak(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs in make soak")
	}
}

// overStores runs a scenario with the in-process store and with Redis.
func overStores(t *testing.T, o siteOptions, scenario func(t *testing.T, s *site)) {
	t.Run("memory", func(t *testing.T) { scenario(t, newSite(t, o)) })
	t.Run("redis", func(t *testing.T) {
		o.redis = redistest.Start(t)
		scenario(t, newSite(t, o))
	})
}

// visitor is a client with cookies and without JavaScript.
type visitor struct {
	*site
	client *http.Client
}

func (s *site) visitor() *visitor {
	jar, _ := cookiejar.New(nil)
	return &visitor{s, &http.Client{
		Jar:           jar,
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is a response with its body.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
	parsed *html.Node // nil until first used
}

func (v *visitor) do(r *http.Request) *answer {
	v.t.Helper()
	resp, err := v.client.Do(r)
	if err != nil {
		v.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return &answer{t: v.t, status: resp.StatusCode, header: resp.Header, body: body}
}

func (v *visitor) get(path string, headers ...string) *answer {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodGet, v.server.URL+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return v.do(r)
}

func (v *visitor) post(path string, form url.Values, headers ...string) *answer {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodPost, v.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return v.do(r)
}

func (v *visitor) add(variant string, quantity int) *answer {
	return v.post("/en/cart/items", url.Values{"variant": {variant}, "quantity": {itoa(quantity)}})
}

// cookie returns the value of one of the visitor's cookies.
func (v *visitor) cookie(name string) string {
	u, _ := url.Parse(v.server.URL)
	for _, c := range v.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (a *answer) wants(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d\n%.400s", a.status, status, a.body)
	}
	return a
}

func (a *answer) header1(name, want string) *answer {
	a.t.Helper()
	if got := a.header.Get(name); got != want {
		a.t.Errorf("%s: %q, want %q", name, got, want)
	}
	return a
}

func (a *answer) document() *html.Node {
	a.t.Helper()
	if a.parsed == nil {
		var err error
		if a.parsed, err = html.Parse(bytes.NewReader(a.body)); err != nil {
			a.t.Fatal(err)
		}
	}
	return a.parsed
}

// all returns the nodes that match a CSS selector.
func (a *answer) all(selector string) []*html.Node {
	a.t.Helper()
	return cascadia.QueryAll(a.document(), cascadia.MustCompile(selector))
}

// one returns the text of the only node that matches a selector.
func (a *answer) one(selector string) string {
	a.t.Helper()
	nodes := a.all(selector)
	if len(nodes) != 1 {
		a.t.Fatalf("%d nodes match %s, want 1", len(nodes), selector)
	}
	return text(nodes[0])
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return spaced(b.String())
}

// spaced collapses white space to single spaces, as text does.
func spaced(s string) string { return strings.Join(strings.Fields(s), " ") }

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// logBuffer collects log output.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// eventually waits until a condition holds.
func eventually(t *testing.T, within time.Duration, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %s: %s", within, what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// variantOf returns a variant of a class.
func (s *site) variantOf(class catalogue.Class) shelf.Ref {
	s.t.Helper()
	c := s.store.Current().Catalogue()
	for i := range c.Groups {
		for j := range c.Groups[i].Variants {
			v := &c.Groups[i].Variants[j]
			if v.Class == class && v.Price.Known && !v.Expiry.Expired(s.store.Current().Day()) {
				return shelf.Ref{Group: &c.Groups[i], Variant: v}
			}
		}
	}
	s.t.Fatalf("no variant of class %s in the catalogue", class)
	return shelf.Ref{}
}

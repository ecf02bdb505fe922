// Package pagecache serves whole pages over HTTP out of a cache, so that a
// page is a function of its key and of nothing else.
//
// A page is described by a Plan, which a Resolver makes from an Address. The
// Address is all that the resolver sees of the request; the plan's render
// sees neither. Nothing that is personal can therefore reach a stored byte.
package pagecache

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"pharmacy/internal/cache"
	"pharmacy/internal/conneg"
)

// Answer is what a Resolver makes of an Address: a Plan, a Redirect or a
// Failure.
type Answer interface{ answer() }

// Plan is a page that can be made. Version, Lang and Path, together with the
// build, are its key; Render must depend on nothing else.
type Plan struct {
	Version string
	Lang    string // "-" for what has no language
	Path    string // route and canonical query, without the language
	// Uncached marks a page of unlimited variety, such as a search: it is
	// made for each request and stored nowhere.
	Uncached bool
	Render   func(context.Context) (Document, error)
}

// Redirect sends the client to another address of this site.
type Redirect struct {
	To        string
	Permanent bool
}

// Failure is an error page. It is not stored.
type Failure struct {
	Status   int
	Document Document
}

func (Plan) answer()     {}
func (Redirect) answer() {}
func (Failure) answer()  {}

// Resolver decides what an address means.
type Resolver func(*Address) Answer

// Options configure Pages.
type Options struct {
	Cache *cache.Cache
	Build string        // part of every key: two builds never share a page
	TTL   time.Duration // lifetime of a page
	// Failed is the page for a render that failed, ready before anything
	// fails. It gets the language of the plan.
	Failed func(lang string) Document
	// Logger gets one line for each render that fails; nil discards them.
	Logger *slog.Logger
}

// Pages is the page cache.
type Pages struct {
	space  *cache.Space[*Page]
	build  string
	failed func(string) Document
	log    *slog.Logger
}

// New makes a page cache.
func New(o Options) *Pages {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Pages{
		space: cache.NewSpace(o.Cache, cache.SpaceOptions[*Page]{
			Name: "page", TTL: o.TTL, Codec: codec{},
		}),
		build:  o.Build,
		failed: o.Failed,
		log:    o.Logger,
	}
}

func (p *Pages) key(plan *Plan) cache.Key {
	return cache.Key{Name: "page:" + p.build + ":" + plan.Version + ":" + plan.Lang + ":" + plan.Path}
}

// Handler serves what resolve answers. params are the only query parameters
// that it, and so the page, can see; there may be at most eight.
func (p *Pages) Handler(resolve Resolver, params ...string) http.Handler {
	if len(params) > maxParams {
		panic("pagecache: too many parameters declared")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		address := addressOf(r, params)
		switch a := resolve(&address).(type) {
		case Plan:
			p.serve(w, r, &a)
		case Redirect:
			redirect(w, a)
		case Failure:
			WriteUncached(w, r, a.Status, a.Document)
		default:
			// Nothing written would be an empty page with status 200.
			panic(fmt.Sprintf("pagecache: a resolver answered %T", a))
		}
	})
}

// The values of header fields that never change.
var (
	cacheControl   = []string{"public, no-cache"}[:1:1]
	noStore        = []string{"no-store"}[:1:1]
	vary           = []string{"Accept-Encoding"}[:1:1]
	encodingGzip   = []string{"gzip"}[:1:1]
	encodingBrotli = []string{"br"}[:1:1]
	statusStored   = []string{"pharmacy; fwd=miss; stored"}[:1:1]
	statusMiss     = []string{"pharmacy; fwd=miss"}[:1:1]
	statusBypass   = []string{"pharmacy; fwd=bypass"}[:1:1]
	ageZero        = []string{"0"}[:1:1]
)

func (p *Pages) serve(w http.ResponseWriter, r *http.Request, plan *Plan) {
	if plan.Uncached {
		p.space.CountBypass()
		page, err := p.make(r.Context(), plan)
		if err != nil {
			p.failure(w, r, plan, err)
			return
		}
		p.write(w, r, plan, nil, page, &stamp{age: ageZero, status: statusBypass})
		return
	}
	found, err := p.load(r.Context(), plan)
	if err != nil {
		p.failure(w, r, plan, err)
		return
	}
	keep := func(q *Page) { p.space.Replace(p.key(plan), found.Item, q) }
	switch {
	case found.Tier != cache.None:
		p.write(w, r, plan, keep, found.Value, stampOf(found.Item, found.Tier, nil))
	case found.Stored:
		p.write(w, r, plan, keep, found.Value, stampOf(found.Item, cache.None, statusStored))
	default:
		p.write(w, r, plan, nil, found.Value, stampOf(found.Item, cache.None, statusMiss))
	}
}

// load answers the page of a plan from the cache, or makes it.
func (p *Pages) load(ctx context.Context, plan *Plan) (cache.Result[*Page], error) {
	return p.space.Load(ctx, p.key(plan), func(ctx context.Context) (*Page, error) { return p.encode(ctx, plan) })
}

// encode renders a plan for storing.
func (p *Pages) encode(ctx context.Context, plan *Plan) (*Page, error) {
	d, err := plan.Render(ctx)
	if err != nil {
		return nil, err
	}
	return newPage(d)
}

// make renders a plan that is not stored, in the request's own goroutine. A
// panic becomes an error there too.
func (p *Pages) make(ctx context.Context, plan *Plan) (page *Page, err error) {
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("panic while rendering", "path", plan.Path, "panic", v, "stack", string(debug.Stack()))
			err = cache.ErrPanic
		}
	}()
	return p.encode(context.WithoutCancel(ctx), plan)
}

func (p *Pages) failure(w http.ResponseWriter, r *http.Request, plan *Plan, err error) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		// Nobody is there to read an answer, as far as net/http can tell. A
		// client that has only ended its half of the connection must not take
		// the empty one that returning would give for the page.
		panic(http.ErrAbortHandler)
	}
	if !errors.Is(err, cache.ErrPanic) {
		p.log.Error("a page could not be made", "path", plan.Path, "lang", plan.Lang, "error", err)
	}
	WriteUncached(w, r, http.StatusInternalServerError, p.failed(plan.Lang))
}

// stampOf returns the Date, Age and Cache-Status (RFC 9211) of an item that
// was found in a tier, or in none, and has this status then. They are made
// once a second.
//
// Date is when the page was made, also on a miss: a cache between us and the
// client takes the age of a page from both fields (RFC 9111, section 4.2.3).
func stampOf(item *cache.Item[*Page], tier cache.Tier, status []string) *stamp {
	page, now := item.Value, time.Now().UnixMilli()
	if s := page.stamp.Load(); s != nil && s.second == now/1000 && tier == cache.Memory {
		return s
	}
	made := min(item.Made, now) // another machine's clock may be ahead
	s := &stamp{
		second: now / 1000,
		date:   []string{time.UnixMilli(made).UTC().Format(http.TimeFormat)}[:1:1],
		age:    []string{strconv.FormatInt((now-made)/1000, 10)}[:1:1],
		status: status,
	}
	if tier != cache.None {
		s.status = []string{"pharmacy; hit; ttl=" + strconv.FormatInt(max(0, item.Expires-now)/1000, 10) + "; detail=" + tier.String()}[:1:1]
	}
	if tier == cache.Memory {
		page.stamp.Store(s)
	}
	return s
}

// write sends a page: the stored bytes as they are, but for a client that
// accepts neither coding. keep takes the plain body over into the cache, from
// the second such client on.
func (p *Pages) write(w http.ResponseWriter, r *http.Request, plan *Plan, keep func(*Page), page *Page, s *stamp) {
	has := conneg.NoneMatch(r.Header["If-None-Match"], page.etag) // the client has the page
	coding := conneg.Negotiate(r.Header["Accept-Encoding"], page.codings)
	if !has && coding == conneg.Identity && page.plain == nil {
		q, err := page.withPlain()
		if err != nil {
			p.failure(w, r, plan, err)
			return
		}
		// A plain body is several times the size of the encoded ones. It is
		// kept when it is wanted again: somebody who reads the whole site
		// without taking a coding must not drive other pages out of memory.
		if keep != nil && page.unpacked.Swap(true) {
			keep(q)
		}
		page = q
	}
	h := w.Header()
	h["Cache-Control"] = cacheControl
	h["Vary"] = vary
	h["Etag"] = page.fields.etag
	if s.date != nil {
		h["Date"] = s.date
	}
	h["Age"] = s.age
	h["Cache-Status"] = s.status
	if has {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Type"] = page.fields.contentType
	if page.language != "" {
		h["Content-Language"] = page.fields.language
	}
	var body []byte
	switch coding {
	case conneg.Brotli:
		body = page.brotli
		h["Content-Encoding"] = encodingBrotli
		h["Content-Length"] = page.fields.brotliLength
	case conneg.Gzip:
		body = page.gzip
		h["Content-Encoding"] = encodingGzip
		h["Content-Length"] = page.fields.gzipLength
	default:
		body = page.plain
		h["Content-Length"] = page.fields.plainLength
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has gone; nothing to be done
	}
}

func redirect(w http.ResponseWriter, a Redirect) {
	h := w.Header()
	h.Set("Location", a.To)
	h["Cache-Control"] = cacheControl
	h["Content-Length"] = ageZero
	status := http.StatusFound
	if a.Permanent {
		status = http.StatusMovedPermanently
	}
	w.WriteHeader(status)
}

// WriteUncached answers r with d, the given status and Cache-Control: no-store:
// an error, or a page of one visitor, is kept by no cache.
func WriteUncached(w http.ResponseWriter, r *http.Request, status int, d Document) {
	h := w.Header()
	h["Cache-Control"] = noStore
	h.Set("Content-Type", d.ContentType)
	if d.Language != "" {
		h.Set("Content-Language", d.Language)
	}
	h.Set("Content-Length", strconv.Itoa(len(d.Body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(d.Body)
	}
}

// ErrNotStored is reported for a page that no tier took, or that none may.
var ErrNotStored = errors.New("pagecache: the page could not be stored")

// Warmed says what warming did.
type Warmed struct {
	Made   int // rendered now
	Found  int // were there already
	Failed int
}

// Warm makes the pages of all plans by the very path that serves them, at
// most workers at a time, but at least one. What is already there stays.
// report, if not nil, is called after each page, one call at a time, with the
// page's error. Warm stops early only when ctx ends, and then answers its
// error.
func (p *Pages) Warm(ctx context.Context, plans iter.Seq[Plan], workers int, report func(plan Plan, err error)) (Warmed, error) {
	var (
		mu     sync.Mutex
		result Warmed
		wg     sync.WaitGroup
		queue  = make(chan Plan)
	)
	for range max(1, workers) {
		wg.Go(func() {
			for plan := range queue {
				var found cache.Result[*Page]
				err := ErrNotStored
				if !plan.Uncached {
					found, err = p.load(ctx, &plan)
				}
				mu.Lock()
				switch {
				case err == nil && found.Tier == cache.None && !found.Stored:
					err = ErrNotStored
					fallthrough
				case err != nil:
					result.Failed++
				case found.Tier != cache.None:
					result.Found++
				default:
					result.Made++
				}
				if report != nil {
					report(plan, err)
				}
				mu.Unlock()
			}
		})
	}
send:
	for plan := range plans {
		select {
		case queue <- plan:
		case <-ctx.Done():
			break send
		}
	}
	close(queue)
	wg.Wait()
	return result, ctx.Err()
}

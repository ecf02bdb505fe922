// Package pagecache serves whole pages over HTTP from a cache. A page is a
// function of its key and of nothing else.
//
// A Resolver turns an Address into a Plan, which describes a page. The Address
// holds all that a resolver can see of the request, and Plan.Render sees
// neither of them. No personal data can therefore reach a stored byte.
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

// Response is what a Resolver returns for an Address: a Plan, a Redirect or a
// Failure.
type Response interface{ response() }

// Plan describes a page that can be rendered. Its key is the build with
// Version, Lang and Path; Render must depend on nothing else.
type Plan struct {
	Version string
	Lang    string // "-" for a document without a language
	Path    string // route and canonical query, without the language
	// Uncached marks a page with an unbounded number of keys, such as a search.
	// It is rendered for each request and never stored.
	Uncached bool
	Render   func(context.Context) (Document, error)
}

// Redirect sends the client to another address of this site.
type Redirect struct {
	To        string
	Permanent bool
}

// Failure is an error page. It is never stored.
type Failure struct {
	Status   int
	Document Document
}

// Address returns the path and query of the page on the site.
func (p Plan) Address() string {
	if p.Lang == "-" {
		return p.Path
	}
	return "/" + p.Lang + p.Path
}

func (Plan) response()     {}
func (Redirect) response() {}
func (Failure) response()  {}

// Resolver maps an address to a response.
type Resolver func(*Address) Response

// Options configure Pages.
type Options struct {
	Cache *cache.Cache
	Build string        // part of every key: two builds never share a page
	TTL   time.Duration // lifetime of a page
	// ErrorPage returns the page to serve, with status 500, when a render
	// fails. lang is the language of the plan.
	ErrorPage func(lang string) Document
	// Logger logs each failed render. If it is nil, nothing is logged.
	Logger *slog.Logger
}

// Pages is the page cache.
type Pages struct {
	space     *cache.Space[*storedPage]
	build     string
	errorPage func(string) Document
	log       *slog.Logger
}

// New returns a page cache with the given options.
func New(o Options) *Pages {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Pages{
		space: cache.NewSpace(o.Cache, cache.SpaceOptions[*storedPage]{
			Name: "page", TTL: o.TTL, Codec: codec{},
		}),
		build:     o.Build,
		errorPage: o.ErrorPage,
		log:       o.Logger,
	}
}

func (p *Pages) key(plan *Plan) cache.Key {
	return cache.Key{Name: "page:" + p.build + ":" + plan.Version + ":" + plan.Lang + ":" + plan.Path}
}

// Handler returns a handler that serves the responses of resolve to GET and
// HEAD requests. resolve, and so the page, sees only the query parameters named
// in params. Handler panics if there are more than eight.
func (p *Pages) Handler(resolve Resolver, params ...string) http.Handler {
	if len(params) > maxParams {
		panic("pagecache: too many query parameters")
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
			// Returning without a write would send an empty page with status 200.
			panic(fmt.Sprintf("pagecache: unexpected response type %T", a))
		}
	})
}

// Constant header field values.
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
		page, err := p.renderUncached(r.Context(), plan)
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
	keep := func(q *storedPage) { p.space.Replace(p.key(plan), found.Item, q) }
	switch {
	case found.Tier != cache.None:
		p.write(w, r, plan, keep, found.Value, stampOf(found.Item, found.Tier, nil))
	case found.Stored:
		p.write(w, r, plan, keep, found.Value, stampOf(found.Item, cache.None, statusStored))
	default:
		p.write(w, r, plan, nil, found.Value, stampOf(found.Item, cache.None, statusMiss))
	}
}

// load returns the page of a plan from the cache, and renders it on a miss.
func (p *Pages) load(ctx context.Context, plan *Plan) (cache.Result[*storedPage], error) {
	return p.space.Load(ctx, p.key(plan), func(ctx context.Context) (*storedPage, error) { return render(ctx, plan) })
}

// render renders a plan and encodes the document.
func render(ctx context.Context, plan *Plan) (*storedPage, error) {
	d, err := plan.Render(ctx)
	if err != nil {
		return nil, err
	}
	return newPage(d)
}

// renderUncached renders an uncached plan in the goroutine of the request. It
// returns cache.ErrPanic if the render panics, as load does.
func (p *Pages) renderUncached(ctx context.Context, plan *Plan) (*storedPage, error) {
	d, err := p.document(context.WithoutCancel(ctx), plan)
	if err != nil {
		return nil, err
	}
	return newPage(d)
}

// document renders the document of a plan. If the render panics, the error wraps
// cache.ErrPanic.
func (p *Pages) document(ctx context.Context, plan *Plan) (d Document, err error) {
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("panic while rendering", "path", plan.Path, "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: %v", cache.ErrPanic, v)
		}
	}()
	return plan.Render(ctx)
}

func (p *Pages) failure(w http.ResponseWriter, r *http.Request, plan *Plan, err error) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		// net/http cancels the context when the client closes its side of the
		// connection. The client may still be reading, and returning here would
		// send it an empty page with status 200.
		panic(http.ErrAbortHandler)
	}
	if !errors.Is(err, cache.ErrPanic) {
		p.log.Error("cannot render page", "path", plan.Path, "lang", plan.Lang, "error", err)
	}
	WriteUncached(w, r, http.StatusInternalServerError, p.errorPage(plan.Lang))
}

// stampOf returns the Date, Age and Cache-Status (RFC 9211) of an item found in
// tier. status is the Cache-Status of an item found in no tier. For the memory
// tier the values are computed at most once a second.
//
// Date is the time of the render, on a miss too: a cache between the server and
// the client computes the age of a page from Date and Age (RFC 9111, section
// 4.2.3).
func stampOf(item *cache.Item[*storedPage], tier cache.Tier, status []string) *stamp {
	page, now := item.Value, time.Now().UnixMilli()
	if s := page.stamp.Load(); s != nil && s.second == now/1000 && tier == cache.Memory {
		return s
	}
	rendered := min(item.Made, now) // another machine's clock may be ahead
	s := &stamp{
		second: now / 1000,
		date:   []string{time.UnixMilli(rendered).UTC().Format(http.TimeFormat)}[:1:1],
		age:    []string{strconv.FormatInt((now-rendered)/1000, 10)}[:1:1],
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

// write writes a page, or 304 Not Modified if the request's If-None-Match
// matches. It writes the stored bytes unchanged unless the client accepts
// neither coding. From the second such client on, it passes keep, if not nil, a
// page with the plain body to store.
func (p *Pages) write(w http.ResponseWriter, r *http.Request, plan *Plan, keep func(*storedPage), page *storedPage, s *stamp) {
	notModified := conneg.NoneMatch(r.Header["If-None-Match"], page.etag)
	coding := conneg.Negotiate(r.Header["Accept-Encoding"], page.codings)
	if !notModified && coding == conneg.Identity && page.plain == nil {
		q, err := page.withPlain()
		if err != nil {
			p.failure(w, r, plan, err)
			return
		}
		// A plain body is several times the size of the encoded ones, so it is
		// stored only on the second request: one crawler that accepts no coding
		// must not evict the other pages from memory.
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
	if notModified {
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
		_, _ = w.Write(body) // fails only if the client has gone
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

// WriteUncached writes d in response to r, with the given status and
// Cache-Control: no-store. It is for error pages and pages of one visitor.
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

// ErrNotStored is the error that Warm reports for a page that was rendered but
// not stored in any tier, and for an uncached plan.
var ErrNotStored = errors.New("pagecache: page not stored")

// Warmed counts the pages that Warm processed.
type Warmed struct {
	Rendered int // rendered and stored
	Found    int // already cached
	Failed   int
}

// Warm loads the page of each plan through the code path that serves it, with
// up to workers renders at a time (at least one). Pages that are already cached
// are kept. If report is not nil, Warm calls it after each page with the page's
// error, one call at a time. Warm stops early only when ctx is done, and then
// returns ctx.Err.
func (p *Pages) Warm(ctx context.Context, plans iter.Seq[Plan], workers int, report func(plan Plan, err error)) (Warmed, error) {
	var mu sync.Mutex
	var result Warmed
	err := each(ctx, plans, workers, func(plan Plan) {
		var found cache.Result[*storedPage]
		err := ErrNotStored
		if !plan.Uncached {
			found, err = p.load(ctx, &plan)
		}
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil && found.Tier == cache.None && !found.Stored:
			err = ErrNotStored
			fallthrough
		case err != nil:
			result.Failed++
		case found.Tier != cache.None:
			result.Found++
		default:
			result.Rendered++
		}
		if report != nil {
			report(plan, err)
		}
	})
	return result, err
}

// Try renders the document of each plan, cached or not, and discards it, so that
// nothing is encoded or stored. workers, report and the error are those of Warm.
func (p *Pages) Try(ctx context.Context, plans iter.Seq[Plan], workers int, report func(plan Plan, err error)) error {
	var mu sync.Mutex
	return each(ctx, plans, workers, func(plan Plan) {
		_, err := p.document(ctx, &plan)
		if err != nil && ctx.Err() != nil {
			return // interrupted, not tried
		}
		mu.Lock()
		defer mu.Unlock()
		report(plan, err)
	})
}

// each calls do for each plan, with up to workers calls at a time (at least one),
// and waits for them. It stops early only when ctx is done, and then returns
// ctx.Err.
func each(ctx context.Context, plans iter.Seq[Plan], workers int, do func(Plan)) error {
	var wg sync.WaitGroup
	queue := make(chan Plan)
	for range max(1, workers) {
		wg.Go(func() {
			for plan := range queue {
				do(plan)
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
	return ctx.Err()
}

// Package storefront is the site: its routes, its pages and its answers to
// bad input.
package storefront

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"pharmacy/internal/assets"
	"pharmacy/internal/cache"
	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
	"pharmacy/internal/session"
	"pharmacy/internal/shelf"
)

// Medicines is the catalogue as the storefront uses it.
type Medicines interface {
	// Current is the catalogue as it is now.
	Current() *shelf.Snapshot
	// Groups is the grouped JSON of a snapshot, out of the cache.
	Groups(ctx context.Context, s *shelf.Snapshot) ([]byte, error)
	// Top are the variants that lead listings and suggestions, out of the cache.
	Top(ctx context.Context, s *shelf.Snapshot) ([]shelf.Ref, error)
}

// Options are what a Shop is made of.
type Options struct {
	Medicines Medicines
	Cache     *cache.Cache
	Renderer  *render.Renderer
	Assets    *assets.Files
	Sessions  *session.Manager

	Build           string // hash of binary, templates, messages and static files
	PageTTL         time.Duration
	FragmentTTL     time.Duration
	PublicURL       *url.URL // origin of absolute addresses; the Host header never is
	DefaultLanguage string
	CatalogueOnly   bool
	Debug           bool    // serves the page of components
	Details         Details // of the pharmacy
	TrustedProxies  []netip.Prefix
	// Demonstration reports whether a snapshot holds invented prices and
	// dates, which every page then says.
	Demonstration func(*shelf.Snapshot) bool

	Logger *slog.Logger
	// Observe gives, for a route, who is told of every request to it that was
	// answered; nil for nobody.
	Observe func(route string) func(status int, took time.Duration)
	// Rendered is told of every page that a template run made.
	Rendered func(route string)
}

// Shop serves the site.
type Shop struct {
	opts      Options
	pages     *pagecache.Pages
	fragments fragmentStore
	origin    string
	failures  sync.Map // failureKey → []byte
	canonical atomic.Pointer[canonical]
	looked    *looked
}

// New makes a shop and renders the pages for failures, so that showing one
// needs nothing that may itself have failed.
func New(o Options) (*Shop, error) {
	if _, ok := render.LocaleFor(o.DefaultLanguage); !ok {
		return nil, fmt.Errorf("storefront: no language %q", o.DefaultLanguage)
	}
	if o.Observe == nil {
		o.Observe = func(string) func(int, time.Duration) { return func(int, time.Duration) {} }
	}
	if o.Rendered == nil {
		o.Rendered = func(string) {}
	}
	s := &Shop{
		opts:      o,
		fragments: newFragmentStore(o.Cache, o.Build, o.FragmentTTL),
		looked:    newLooked(time.Now),
		origin:    o.PublicURL.Scheme + "://" + o.PublicURL.Host,
	}
	s.pages = pagecache.New(pagecache.Options{
		Cache: o.Cache, Build: o.Build, TTL: o.PageTTL, Logger: o.Logger,
		ErrorPage: func(lang string) pagecache.Document {
			if _, ok := render.LocaleFor(lang); !ok {
				lang = o.DefaultLanguage
			}
			return s.failure(lang, failInternal).Document
		},
	})
	var errs []error
	for _, lang := range render.Languages() {
		for kind := range failures {
			if _, err := s.renderFailure(lang, kind); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return s, errors.Join(errs...)
}

// page runs a template and counts it.
func (s *Shop) page(route, lang, template string, data any) (pagecache.Document, error) {
	body, err := s.opts.Renderer.Page(lang, template, data)
	if err != nil {
		return pagecache.Document{}, err
	}
	s.opts.Rendered(route)
	return pagecache.Document{ContentType: "text/html; charset=utf-8", Language: lang, Body: body}, nil
}

// locale is the locale of a language that the router has let through.
func locale(lang string) *render.Locale {
	l, ok := render.LocaleFor(lang)
	if !ok {
		panic("storefront: language " + lang + " was routed and has no locale")
	}
	return l
}

// selling reports whether anything can be ordered here.
func (s *Shop) selling() bool { return !s.opts.CatalogueOnly }

// fragmentStore keeps fragments in the cache under the keys of the contract.
type fragmentStore struct {
	space *cache.Space[[]byte]
	build string
}

func newFragmentStore(c *cache.Cache, build string, ttl time.Duration) fragmentStore {
	return fragmentStore{
		space: cache.NewSpace(c, cache.SpaceOptions[[]byte]{Name: "fragment", TTL: ttl, Codec: cache.Bytes{}}),
		build: build,
	}
}

// Load implements render.FragmentStore.
func (f fragmentStore) Load(ctx context.Context, version, name, inputs string, produce func(context.Context) ([]byte, error)) ([]byte, error) {
	found, err := f.space.Load(ctx, cache.Key{Name: "fragment:" + f.build + ":" + version + ":" + name + ":" + inputs}, produce)
	if err != nil {
		return nil, err
	}
	return found.Value, nil
}

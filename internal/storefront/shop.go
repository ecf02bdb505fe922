// Package storefront serves the site: its routes, pages and error pages.
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

// Medicines provides the catalogue.
type Medicines interface {
	// Current returns the current snapshot.
	Current() *shelf.Snapshot
	// Groups returns the grouped JSON of a snapshot, cached.
	Groups(ctx context.Context, s *shelf.Snapshot) ([]byte, error)
	// Top returns the variants that lead listings and suggestions, cached.
	Top(ctx context.Context, s *shelf.Snapshot) ([]shelf.Ref, error)
}

// Options configure a Shop.
type Options struct {
	Medicines Medicines
	Cache     *cache.Cache
	Renderer  *render.Renderer
	Assets    *assets.Files
	Sessions  *session.Manager

	Build           string // identifies all that pages depend on except the catalogue: code, templates, settings
	PageTTL         time.Duration
	FragmentTTL     time.Duration
	PublicURL       *url.URL // origin of absolute addresses; the Host header never is
	DefaultLanguage string
	CatalogueOnly   bool
	Debug           bool    // serve the components page
	Details         Details // of the pharmacy
	TrustedProxies  []netip.Prefix
	// Demonstration reports whether a snapshot has invented prices and dates.
	// Every page then has a notice. If it is nil, none has.
	Demonstration func(*shelf.Snapshot) bool

	Logger *slog.Logger // nil discards logs
	// Observe returns a function that is called with the status and duration of
	// each response of a route. It may be nil.
	Observe func(route string) func(status int, took time.Duration)
	// Rendered is called after each page rendered from a template, with its
	// route. It may be nil.
	Rendered func(route string)
}

// Shop serves the site.
type Shop struct {
	opts      Options
	pages     *pagecache.Pages
	fragments fragmentStore
	origin    string
	failures  sync.Map // of error pages: failureKey → []byte
	canonical atomic.Pointer[canonical]
	views     *viewCounter
}

// New returns a shop with the given options. It renders all error pages, so that
// serving one later cannot fail. It returns an error if the default language is
// unknown or an error page cannot be rendered.
func New(o Options) (*Shop, error) {
	if _, ok := render.LocaleFor(o.DefaultLanguage); !ok {
		return nil, fmt.Errorf("storefront: unknown language %q", o.DefaultLanguage)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
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
		views:     newViewCounter(time.Now),
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

// page renders a page from a template and reports it to Rendered.
func (s *Shop) page(route, lang, template string, data any) (pagecache.Document, error) {
	body, err := s.opts.Renderer.Page(lang, template, data)
	if err != nil {
		return pagecache.Document{}, err
	}
	s.opts.Rendered(route)
	return pagecache.Document{ContentType: "text/html; charset=utf-8", Language: lang, Body: body}, nil
}

// locale returns the locale of a language. It panics if the language is unknown;
// the router passes only known ones.
func locale(lang string) *render.Locale {
	l, ok := render.LocaleFor(lang)
	if !ok {
		panic("storefront: no locale for language " + lang)
	}
	return l
}

// selling reports whether the site accepts orders.
func (s *Shop) selling() bool { return !s.opts.CatalogueOnly }

// fragmentStore caches fragments.
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
func (f fragmentStore) Load(ctx context.Context, version, name, inputs string, load func(context.Context) ([]byte, error)) ([]byte, error) {
	found, err := f.space.Load(ctx, cache.Key{Name: "fragment:" + f.build + ":" + version + ":" + name + ":" + inputs}, load)
	if err != nil {
		return nil, err
	}
	return found.Value, nil
}

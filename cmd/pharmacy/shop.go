package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"pharmacy/data"
	"pharmacy/internal/assets"
	"pharmacy/internal/cache"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/render"
	"pharmacy/internal/search"
	"pharmacy/internal/session"
	"pharmacy/internal/shelf"
	"pharmacy/internal/storefront"
	"pharmacy/internal/supply"
	"pharmacy/static"
	"pharmacy/templates"
)

// shop is the application without its listeners.
type shop struct {
	config   *config
	log      *slog.Logger
	redis    redis.UniversalClient // nil if caches are in this process only
	cache    *cache.Cache
	store    *supply.Store
	cached   *supply.Cached
	sessions *session.Manager
	metrics  *metrics
	front    *storefront.Shop
	build    string
}

// newShop creates and connects the parts of the application. memory is the size
// of the memory tier, in bytes. connect returns the client of the Redis tier.
// fixed, if it is not nil, is the catalogue; nothing is then read twice, even in
// debug mode.
func newShop(c *config, log *slog.Logger, memory int64, connect func(url string) (redis.UniversalClient, error), fixed *shelf.Snapshot) (_ *shop, err error) {
	s := &shop{config: c, log: log}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if c.RedisURL.raw != "" {
		if s.redis, err = connect(c.RedisURL.raw); err != nil {
			return nil, fmt.Errorf("REDIS_URL: %w", err)
		}
	}
	s.cache, err = cache.New(cache.Options{Memory: memory, Redis: s.redis, Disabled: bool(c.Debug), Logger: log})
	if err != nil {
		return nil, err
	}
	go searchWords() // beside compressing the files
	files, renderer, err := newRenderer(c, bool(c.Debug) && fixed == nil)
	if err != nil {
		return nil, err
	}
	if fixed != nil {
		s.store = supply.Of(fixed)
	} else if s.store, err = openCatalogue(c, log); err != nil {
		return nil, err
	}
	s.cached = supply.NewCached(s.cache, s.store, time.Duration(c.CatalogueTTL), log)
	s.sessions, err = newSessions(c, log)
	if err != nil {
		return nil, err
	}
	if s.build, err = buildID(c, renderer, files); err != nil {
		return nil, err
	}
	s.metrics = newMetrics(s.cache, s.store)
	var medicines storefront.Medicines = s.cached
	if c.Debug {
		medicines = rereading{s.cached}
	}
	s.front, err = storefront.New(storefront.Options{
		Medicines: medicines, Cache: s.cache, Renderer: renderer, Assets: files, Sessions: s.sessions,
		Build: s.build, PageTTL: time.Duration(c.PageTTL), FragmentTTL: time.Duration(c.FragmentTTL),
		PublicURL: c.PublicURL.URL, DefaultLanguage: string(c.DefaultLanguage), CatalogueOnly: bool(c.CatalogueOnly), Debug: bool(c.Debug),
		TrustedProxies: c.TrustedProxies, Demonstration: demonstration(), Details: c.Shop, Logger: log,
		Observe: s.metrics.observe, Rendered: s.metrics.rendered,
	})
	return s, err
}

func (s *shop) close() {
	if s.cache != nil {
		s.cache.Close()
	}
	if s.sessions != nil {
		s.sessions.Close()
	}
	if s.redis != nil {
		_ = s.redis.Close()
	}
}

// rereading is the catalogue in debug mode. It reads the file at each use.
type rereading struct{ *supply.Cached }

func (r rereading) Current() *shelf.Snapshot {
	r.Refresh()
	return r.Cached.Current()
}

// newRenderer returns the static files and the template renderer. They are
// embedded in the binary. In debug mode those in the working directory take
// precedence. reload makes the renderer read the templates at each use.
func newRenderer(c *config, reload bool) (*assets.Files, *render.Renderer, error) {
	newFiles, templatesFS := embeddedFiles, fs.FS(templates.FS)
	if c.Debug {
		if _, err := os.Stat("static/css"); err == nil {
			newFiles = func() (*assets.Files, error) { return assets.NewDir(os.DirFS("static")) }
		}
		if _, err := os.Stat("templates/base.html"); err == nil {
			templatesFS = os.DirFS("templates")
		}
	}
	files, err := newFiles()
	if err != nil {
		return nil, nil, err
	}
	renderer, err := render.New(render.Options{Templates: templatesFS, Asset: files.URL, Reload: reload})
	return files, renderer, err
}

// embeddedFiles returns the embedded static files. It compresses them once,
// because that takes most of the time of a start.
var embeddedFiles = sync.OnceValues(func() (*assets.Files, error) { return assets.New(static.FS) })

// catalogueFile returns the path of the catalogue file, or "" for the embedded
// one. In debug mode that of the working directory takes precedence over the
// embedded one.
func catalogueFile(c *config) string {
	if c.Debug && c.Catalogue == "" {
		if _, err := os.Stat("data/medicines.json"); err == nil {
			return "data/medicines.json"
		}
	}
	return c.Catalogue
}

func openCatalogue(c *config, log *slog.Logger) (*supply.Store, error) {
	return supply.Open(supply.Options{
		Path: catalogueFile(c), Embedded: data.Medicines, Logger: log, Words: searchWords(),
	})
}

// searchWords returns what the search knows beyond the catalogue.
var searchWords = sync.OnceValue(func() shelf.Words {
	return shelf.Words{FormNames: render.FormNames, Substances: search.NewSubstances(data.SubstanceNames())}
})

// forms returns the known dosage forms.
var forms = sync.OnceValue(func() *catalogue.Terms { return catalogue.NewTerms(render.FormTerms()) })

// units returns the known units of packs.
var units = sync.OnceValue(func() *catalogue.Terms { return catalogue.NewTerms(render.UnitTerms()) })

// demonstration returns a function that reports whether a snapshot is of the
// embedded catalogue, whose prices and dates are invented.
func demonstration() func(*shelf.Snapshot) bool {
	embedded := sync.OnceValue(func() string {
		c, _, err := catfile.Parse(data.Medicines)
		if err != nil {
			return ""
		}
		return catfile.Hash(c)
	})
	return func(s *shelf.Snapshot) bool { return s.Content() == embedded() }
}

func newSessions(c *config, log *slog.Logger) (*session.Manager, error) {
	o := session.Options{Lifetime: time.Duration(c.SessionLifetime), Secure: c.PublicURL.Scheme == "https", Logger: log}
	if c.SessionRedisURL.raw != "" {
		parsed, err := cache.ParseURL(c.SessionRedisURL.raw)
		if err != nil {
			return nil, fmt.Errorf("SESSION_REDIS_URL: %w", err)
		}
		o.Redis = &session.Redis{
			Addr: parsed.Addrs[0], Username: parsed.Username, Password: parsed.Password, DB: parsed.DB, TLS: parsed.TLSConfig,
		}
	}
	return session.New(o), nil
}

// buildID returns a hash of everything except the catalogue that determines a
// page: the program, the templates, messages and static files, and the
// settings that pages show.
func buildID(c *config, renderer *render.Renderer, files *assets.Files) (string, error) {
	sum := sha256.New()
	program, err := programHash()
	if err != nil {
		return "", err
	}
	details, err := json.Marshal(c.Shop) // map keys are sorted
	if err != nil {
		return "", err
	}
	fmt.Fprintf(sum, "%s\n%x\n%s\n%s\n%s\n%s\n%t\n%s\n", version, program, renderer.Hash(), files.Hash(), c.PublicURL, c.DefaultLanguage, c.CatalogueOnly, details)
	return hex.EncodeToString(sum.Sum(nil)[:6]), nil
}

// programHash returns a hash of the executable, because the version does not
// change with every build.
var programHash = sync.OnceValues(func() ([]byte, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return sum.Sum(nil), err
})

// silent is a go-redis logger that discards everything. The cache logs changes
// of state, and commands return errors. It is set in init because go-redis has
// one global logger, which must not change while a client is in use.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func init() { redis.SetLogger(silent{}) }

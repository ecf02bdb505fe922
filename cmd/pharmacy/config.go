package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/caarlos0/env/v11"
	"github.com/spf13/pflag"

	"pharmacy/internal/cache"
	"pharmacy/internal/render"
	"pharmacy/internal/storefront"
)

// config holds the settings. No other code reads the environment.
type config struct {
	Port            string       `env:"PORT"`
	Addr            string       `env:"ADDR"`
	AdminAddr       string       `env:"ADMIN_ADDR" envDefault:"127.0.0.1:8081"`
	RedisURL        redisURL     `env:"REDIS_URL"`
	SessionRedisURL redisURL     `env:"SESSION_REDIS_URL"`
	Catalogue       string       `env:"CATALOGUE"`
	PublicURL       origin       `env:"PUBLIC_URL" envDefault:"http://localhost:8080"`
	DefaultLanguage languageCode `env:"DEFAULT_LANGUAGE" envDefault:"fa"`
	CacheMemory     byteSize     `env:"CACHE_MEMORY" envDefault:"64MiB"`
	PageTTL         lifetime     `env:"PAGE_TTL" envDefault:"10m"`
	FragmentTTL     lifetime     `env:"FRAGMENT_TTL" envDefault:"10m"`
	CatalogueTTL    lifetime     `env:"CATALOGUE_TTL" envDefault:"5m"`
	SessionLifetime lifetime     `env:"SESSION_LIFETIME" envDefault:"168h"`
	TrustedProxies  prefixes     `env:"TRUSTED_PROXIES"`
	CatalogueOnly   boolean      `env:"CATALOGUE_ONLY" envDefault:"false"`
	Debug           boolean      `env:"DEBUG" envDefault:"false"`

	Shop storefront.Details // SHOP_…, parsed by shopDetails

	ownGOGC bool // GOGC is set by the operator
}

// flags are the settings that have a flag as well.
type flags struct {
	set                                  *pflag.FlagSet
	addr, adminAddr, redisURL, catalogue string
	debug                                bool
}

func (a *app) addFlags(set *pflag.FlagSet) {
	f := &a.flags
	f.set = set
	set.StringVar(&f.addr, "addr", "", "address to serve on (ADDR, or PORT; default :8080)")
	set.StringVar(&f.adminAddr, "admin-addr", "", `address of the operations listener, or "off" (ADMIN_ADDR; default 127.0.0.1:8081)`)
	set.StringVar(&f.redisURL, "redis-url", "", "Redis for the caches and sessions (REDIS_URL; default none: in this process)")
	set.StringVar(&f.catalogue, "catalogue", "", "catalogue file (CATALOGUE; default the embedded one)")
	set.BoolVar(&f.debug, "debug", false, "no caching; templates, static files and catalogue from disk (DEBUG)")
}

// config returns the settings from the environment and the flags, which take
// precedence. The error joins one error for each invalid value.
func (a *app) config() (*config, error) {
	environment := env.ToMap(a.environ)
	given := func(flag, variable, value string) {
		if a.flags.set.Changed(flag) {
			environment[variable] = value
		}
	}
	given("addr", "ADDR", a.flags.addr)
	given("addr", "PORT", "") // --addr overrides PORT as well
	given("admin-addr", "ADMIN_ADDR", a.flags.adminAddr)
	given("redis-url", "REDIS_URL", a.flags.redisURL)
	given("catalogue", "CATALOGUE", a.flags.catalogue)
	given("debug", "DEBUG", strconv.FormatBool(a.flags.debug))

	c := &config{ownGOGC: environment["GOGC"] != ""}
	var errs []error
	if err := env.ParseWithOptions(c, env.Options{Environment: environment}); err != nil {
		errs = append(errs, configErrors(err)...)
	}
	if c.Addr != "" {
		errs = append(errs, checkAddr("ADDR", c.Addr))
	}
	// PORT is checked even if ADDR overrides it, so that an invalid one does not
	// surface only when ADDR is removed.
	if n, err := strconv.ParseUint(cmp.Or(c.Port, "8080"), 10, 16); err != nil {
		errs = append(errs, fmt.Errorf("PORT: %q is not a port number from 0 to 65535", c.Port))
	} else if c.Addr == "" {
		c.Addr = fmt.Sprintf(":%d", n)
	}
	if c.AdminAddr != "off" {
		errs = append(errs, checkAddr("ADMIN_ADDR", c.AdminAddr))
	}
	if c.SessionRedisURL.raw == "" {
		c.SessionRedisURL = c.RedisURL
		if c.RedisURL.cluster() {
			errs = append(errs, errors.New("SESSION_REDIS_URL: needed, because REDIS_URL is a cluster and sessions cannot be kept in one; give the address of a single Redis"))
		}
	} else if c.SessionRedisURL.cluster() {
		errs = append(errs, errors.New("SESSION_REDIS_URL: is a cluster, and sessions cannot be kept in one; give the address of a single Redis"))
	}
	details, faults := shopDetails(environment)
	c.Shop = details
	errs = append(errs, faults...)
	if c.Catalogue != "" {
		if info, err := os.Stat(c.Catalogue); err != nil {
			errs = append(errs, fmt.Errorf("CATALOGUE: %w", err))
		} else if info.IsDir() {
			errs = append(errs, fmt.Errorf("CATALOGUE: %s is a directory; give the path of a JSON file", c.Catalogue))
		}
	}
	return c, errors.Join(errs...)
}

// maxShopText is the maximum length of a text about the shop, in runes. The
// texts are part of every page.
const maxShopText = 300

// shopDetails parses the SHOP_… variables. A text may have a translation, such
// as SHOP_ADDRESS_FA beside SHOP_ADDRESS.
func shopDetails(environment map[string]string) (d storefront.Details, errs []error) {
	get := func(name string) string {
		value := strings.TrimSpace(environment[name])
		switch {
		case !utf8.ValidString(value):
			errs = append(errs, fmt.Errorf("%s: is not UTF-8", name))
		case strings.ContainsFunc(value, unicode.IsControl):
			errs = append(errs, fmt.Errorf("%s: %q has line feeds or other control characters; give one line", name, value))
		case utf8.RuneCountInString(value) > maxShopText:
			errs = append(errs, fmt.Errorf("%s: is longer than %d characters", name, maxShopText))
		default:
			return value
		}
		return ""
	}
	bad := func(name, value, wanted string) {
		errs = append(errs, fmt.Errorf("%s: %q is not %s", name, value, wanted))
	}
	for _, text := range []struct {
		name string
		to   *storefront.Texts
	}{
		{"SHOP_NAME", &d.Name}, {"SHOP_ADDRESS", &d.Address}, {"SHOP_PHARMACIST", &d.Pharmacist},
		{"SHOP_LICENCE", &d.Licence}, {"SHOP_AUTHORITY", &d.Authority},
	} {
		for _, lang := range append([]string{""}, render.Languages()...) {
			name := text.name
			if lang != "" {
				name += "_" + strings.ToUpper(lang)
			}
			if value := get(name); value != "" {
				if *text.to == nil {
					*text.to = storefront.Texts{}
				}
				(*text.to)[lang] = value
			}
		}
	}
	if d.Telephone = get("SHOP_TELEPHONE"); d.Telephone != "" && !telephone.MatchString(d.Telephone) {
		bad("SHOP_TELEPHONE", d.Telephone, "a telephone number such as +49 30 1234567")
	}
	if d.Email = get("SHOP_EMAIL"); d.Email != "" {
		if a, err := mail.ParseAddress(d.Email); err != nil || a.Address != d.Email {
			bad("SHOP_EMAIL", d.Email, "an address such as shop@pharmacy.example")
		}
	}
	if d.LicenceURL = get("SHOP_LICENCE_URL"); d.LicenceURL != "" {
		u, err := url.Parse(d.LicenceURL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			bad("SHOP_LICENCE_URL", d.LicenceURL, "an address such as https://register.example/123")
		} else if d.Licence == nil {
			errs = append(errs, errors.New("SHOP_LICENCE_URL: needs SHOP_LICENCE, which is not set"))
		}
	}
	if hours := get("SHOP_HOURS"); hours != "" {
		var err error
		if d.Hours, err = storefront.ParseHours(hours); err != nil {
			errs = append(errs, fmt.Errorf("SHOP_HOURS: %w", err))
		}
	}
	return d, errs
}

// telephone matches a telephone number of 3 to 15 digits, the maximum of E.164,
// with optional punctuation.
var telephone = regexp.MustCompile(`^\+?[ (]*[0-9]([ ()./-]*[0-9]){2,14}$`)

// configErrors splits an error of package env and replaces the names of fields
// with those of environment variables.
func configErrors(err error) []error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return []error{err}
	}
	var errs []error
	for _, e := range all.Errors {
		var parse env.ParseError
		if errors.As(e, &parse) {
			field, _ := reflect.TypeFor[config]().FieldByName(parse.Name)
			e = fmt.Errorf("%s: %w", field.Tag.Get("env"), parse.Err)
		}
		errs = append(errs, e)
	}
	return errs
}

// checkAddr returns an error if addr is not of the form host:port.
func checkAddr(name, addr string) error {
	i := strings.LastIndexByte(addr, ':')
	if i < 0 {
		return fmt.Errorf("%s: %q is not an address such as :8080 or 127.0.0.1:8080", name, addr)
	}
	if _, err := strconv.ParseUint(addr[i+1:], 10, 16); err != nil {
		return fmt.Errorf("%s: %q has no port number from 0 to 65535", name, addr)
	}
	return nil
}

// redisURL is a valid Redis address, or none.
type redisURL struct{ raw string }

func (u *redisURL) UnmarshalText(b []byte) error {
	if u.raw = strings.TrimSpace(string(b)); u.raw == "" {
		return nil
	}
	_, err := cache.ParseURL(u.raw)
	return err
}

func (u redisURL) cluster() bool {
	if u.raw == "" {
		return false
	}
	o, err := cache.ParseURL(u.raw)
	return err == nil && o.IsClusterMode
}

// sameServer reports whether two addresses, perhaps of different databases, are
// on one server. Databases share its memory and eviction policy.
func (u redisURL) sameServer(v redisURL) bool {
	a, err := cache.ParseURL(u.raw)
	b, err2 := cache.ParseURL(v.raw)
	return err == nil && err2 == nil && slices.Equal(a.Addrs, b.Addrs)
}

// String returns the address without the password.
func (u redisURL) String() string {
	parsed, err := url.Parse(u.raw)
	if err != nil {
		return ""
	}
	return parsed.Redacted()
}

// origin is a URL of a scheme and a host only.
type origin struct{ *url.URL }

func (o *origin) UnmarshalText(b []byte) error {
	u, err := url.Parse(strings.TrimSuffix(string(b), "/"))
	if err == nil && u.Port() != "" {
		_, err = strconv.ParseUint(u.Port(), 10, 16)
	}
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("%q is not an origin such as https://pharmacy.example", b)
	}
	o.URL = u
	return nil
}

type languageCode string

func (l *languageCode) UnmarshalText(b []byte) error {
	if _, ok := render.LocaleFor(string(b)); !ok {
		return fmt.Errorf("%q is not one of %s", b, strings.Join(render.Languages(), ", "))
	}
	*l = languageCode(b)
	return nil
}

// lifetime is a positive duration.
type lifetime time.Duration

func (l *lifetime) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil || d < time.Millisecond {
		return fmt.Errorf("%q is not a lifetime such as 10m, 300s or 1h30m", b)
	}
	*l = lifetime(d)
	return nil
}

// byteSize is a number of bytes, such as "64MiB".
type byteSize int64

func (s *byteSize) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	number := strings.TrimRight(text, "KMGiBkmgb ")
	units := map[string]int64{
		"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "kb": 1e3, "mb": 1e6, "gb": 1e9,
		"k": 1 << 10, "m": 1 << 20, "g": 1 << 30,
	}
	unit, known := units[strings.ToLower(strings.TrimSpace(text[len(number):]))]
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !known || n < 0 || n > (1<<50)/unit {
		return fmt.Errorf("%q is not a size such as 64MiB", b)
	}
	*s = byteSize(n * unit)
	return nil
}

// prefixes is a comma-separated list of networks.
type prefixes []netip.Prefix

func (p *prefixes) UnmarshalText(b []byte) error {
	for part := range strings.SplitSeq(string(b), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		network, err := netip.ParsePrefix(part)
		if err != nil {
			addr, err := netip.ParseAddr(part)
			if err != nil {
				return fmt.Errorf("%q is not a network such as 10.0.0.0/8", part)
			}
			network = netip.PrefixFrom(addr, addr.BitLen())
		}
		*p = append(*p, network)
	}
	return nil
}

type boolean bool

func (v *boolean) UnmarshalText(b []byte) error {
	parsed, err := strconv.ParseBool(string(b))
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", b)
	}
	*v = boolean(parsed)
	return nil
}

// logger returns a logger to standard error.
func (a *app) logger(c *config) *slog.Logger {
	level := slog.LevelInfo
	if c.Debug {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
}

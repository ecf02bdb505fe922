package main

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// configOf returns the settings of an environment and a command line.
func configOf(t *testing.T, environ []string, args ...string) *config {
	t.Helper()
	a := &app{environ: environ}
	set := pflag.NewFlagSet("pharmacy", pflag.ContinueOnError)
	a.addFlags(set)
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	c, err := a.config()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConfigurationDefaults(t *testing.T) {
	t.Parallel()
	c := configOf(t, nil)
	for name, pair := range map[string][2]any{
		"ADDR":              {c.Addr, ":8080"},
		"ADMIN_ADDR":        {c.AdminAddr, "127.0.0.1:8081"},
		"REDIS_URL":         {c.RedisURL.raw, ""},
		"SESSION_REDIS_URL": {c.SessionRedisURL.raw, ""},
		"CATALOGUE":         {c.Catalogue, ""},
		"PUBLIC_URL":        {c.PublicURL.String(), "http://localhost:8080"},
		"DEFAULT_LANGUAGE":  {c.DefaultLanguage, languageCode("fa")},
		"CACHE_MEMORY":      {c.CacheMemory, byteSize(64 << 20)},
		"PAGE_TTL":          {c.PageTTL, lifetime(10 * time.Minute)},
		"FRAGMENT_TTL":      {c.FragmentTTL, lifetime(10 * time.Minute)},
		"CATALOGUE_TTL":     {c.CatalogueTTL, lifetime(5 * time.Minute)},
		"SESSION_LIFETIME":  {c.SessionLifetime, lifetime(168 * time.Hour)},
		"TRUSTED_PROXIES":   {len(c.TrustedProxies), 0},
		"CATALOGUE_ONLY":    {c.CatalogueOnly, boolean(false)},
		"DEBUG":             {c.Debug, boolean(false)},
	} {
		if pair[0] != pair[1] {
			t.Errorf("default of %s: got %v, want %v", name, pair[0], pair[1])
		}
	}
}

func TestConfigurationOfAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		environ, args []string
		want          string
	}{
		{[]string{"PORT=8000"}, nil, ":8000"},
		{[]string{"PORT=8000", "ADDR=127.0.0.1:9000"}, nil, "127.0.0.1:9000"},
		{[]string{"PORT=8000", "ADDR=127.0.0.1:9000"}, []string{"--addr", ":7000"}, ":7000"},
		{[]string{"PORT=8000"}, []string{"--addr", ":7000"}, ":7000"},
	} {
		if got := configOf(t, c.environ, c.args...).Addr; got != c.want {
			t.Errorf("%q %q: %s, want %s", c.environ, c.args, got, c.want)
		}
	}
	c := configOf(t, []string{"REDIS_URL=redis://a:1/2", "DEBUG=true", "ADMIN_ADDR=off"}, "--redis-url", "redis://b:2/3", "--debug=false", "--admin-addr", ":1")
	if c.RedisURL.raw != "redis://b:2/3" || c.SessionRedisURL != c.RedisURL || c.Debug || c.AdminAddr != ":1" {
		t.Errorf("flags do not take precedence: %+v", c)
	}
}

func TestConfigurationOfValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]byteSize{
		"0": 0, "1000": 1000, "1b": 1, "64MiB": 64 << 20, "64 MiB": 64 << 20, "64mib": 64 << 20, "1k": 1024, "1KB": 1000, "2G": 2 << 30, "3gb": 3e9,
	} {
		if got := configOf(t, []string{"CACHE_MEMORY=" + text}).CacheMemory; got != want {
			t.Errorf("CACHE_MEMORY=%s: got %d bytes, want %d", text, got, want)
		}
	}
	got := configOf(t, []string{"TRUSTED_PROXIES=10.0.0.0/8, 192.0.2.7,::1,"}).TrustedProxies
	want := prefixes{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("::1/128")}
	if !slices.Equal(got, want) {
		t.Errorf("TRUSTED_PROXIES: %v", got)
	}
	if got := configOf(t, []string{"PUBLIC_URL=https://pharmacy.example/"}).PublicURL.String(); got != "https://pharmacy.example" {
		t.Errorf("PUBLIC_URL: %s", got)
	}
	if got := configOf(t, []string{"REDIS_URL=redis://user:s3cret@cache:6379/1"}).RedisURL.String(); got != "redis://user:xxxxx@cache:6379/1" {
		t.Errorf("REDIS_URL is printed as %s", got)
	}
}

func TestConfigurationOfTheShop(t *testing.T) {
	t.Parallel()
	d := configOf(t, []string{"SHOP_ADDRESS=1 Street", "SHOP_ADDRESS_FA= خیابان ۱ ", "SHOP_NAME_TR=Eczane", "SHOP_HOURS=Sa-Th 08:00-22:00", "SHOP_ADDRESS_DE=x", "SHOP_PORT=tcp://10.0.0.1:80"}).Shop
	if d.Address.In("fa") != "خیابان ۱" || d.Address.In("ar") != "1 Street" || d.Name.In("en") != "Eczane" || len(d.Hours) != 1 || d.Licence.In("en") != "" {
		t.Errorf("got %+v", d)
	}
	for number, fine := range map[string]bool{
		"+49 30 1234567": true, "112": true, "021-8888 1234": true, "(030) 123.45/67": true, "+98 (21) 88": true,
		"+": false, "12": false, "++49 30 123": false, "1234567890123456": false, "+49 30 12345 ext 6": false, "۰۲۱۸۸۸۸": false, "tel:112": false,
	} {
		if telephone.MatchString(number) != fine {
			t.Errorf("SHOP_TELEPHONE=%s: valid %v, want %v", number, !fine, fine)
		}
	}
}

// Pages contain the details of the shop, so that shops never share pages.
func TestBuildDependsOnTheShop(t *testing.T) {
	t.Parallel()
	files, renderer, err := newRenderer(configOf(t, nil), false)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, variable := range []string{
		"PORT=1", "SHOP_NAME=x", "SHOP_NAME_FA=x", "SHOP_ADDRESS=x", "SHOP_PHARMACIST=x", "SHOP_LICENCE=x", "SHOP_AUTHORITY=x", "SHOP_TELEPHONE=112",
		"SHOP_EMAIL=a@b.example", "SHOP_HOURS=Mo 09:00-10:00", "SHOP_HOURS=Tu 09:00-10:00", "PUBLIC_URL=https://x.example", "DEFAULT_LANGUAGE=en", "CATALOGUE_ONLY=1",
	} {
		build, err := buildID(configOf(t, []string{variable}), renderer, files)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := buildID(configOf(t, []string{"ADDR=:1", variable}), renderer, files); again != build {
			t.Errorf("%s: got build %s, then %s", variable, build, again)
		}
		if other, taken := seen[build]; taken {
			t.Errorf("%s and %s have the same build", variable, other)
		}
		seen[build] = variable
	}
}

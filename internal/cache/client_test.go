package cache_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pharmacy/internal/cache"
	"pharmacy/internal/redistest"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		raw     string
		addrs   []string
		db      int
		cluster bool
	}{
		{"redis://localhost", []string{"localhost:6379"}, 0, false},
		{"redis://localhost:7000/3", []string{"localhost:7000"}, 3, false},
		{"redis://localhost?db=2", []string{"localhost:6379"}, 2, false},
		{"rediss://user:secret@redis.example:6380/1", []string{"redis.example:6380"}, 1, false},
		{"unix:///run/redis.sock?db=4", []string{"/run/redis.sock"}, 4, false},
		{"redis://a:1?addr=b:2&addr=c:3", []string{"a:1", "b:2", "c:3"}, 0, true},
		{"redis://a:1?addr=a:1", []string{"a:1"}, 0, true},
	} {
		o, err := cache.ParseURL(c.raw)
		if err != nil {
			t.Errorf("%s: %v", c.raw, err)
			continue
		}
		slices.Sort(o.Addrs)
		if o.Addrs = slices.Compact(o.Addrs); !slices.Equal(o.Addrs, c.addrs) || o.DB != c.db || o.IsClusterMode != c.cluster {
			t.Errorf("%s: got %q, database %d, cluster %v", c.raw, o.Addrs, o.DB, o.IsClusterMode)
		}
		if o.ReadTimeout > 200*time.Millisecond || o.ReadTimeout <= 0 || o.DialTimeout > 200*time.Millisecond || o.PoolTimeout > 200*time.Millisecond ||
			!o.ContextTimeoutEnabled || o.MaxRetries != -1 {
			t.Errorf("%s: timeouts too long for a page: %+v", c.raw, o)
		}
		if (o.TLSConfig != nil) != strings.HasPrefix(c.raw, "rediss:") {
			t.Errorf("%s: TLS %v", c.raw, o.TLSConfig != nil)
		}
	}
}

func TestAddressMayBringItsOwnTimeLimits(t *testing.T) {
	for _, raw := range []string{"redis://a:1?", "redis://a:1?addr=b:2&"} {
		o, err := cache.ParseURL(raw + "read_timeout=1s&write_timeout=2s&dial_timeout=3s&pool_timeout=4s")
		if err != nil {
			t.Fatal(err)
		}
		if got := []time.Duration{o.ReadTimeout, o.WriteTimeout, o.DialTimeout, o.PoolTimeout}; !slices.Equal(got, []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second}) {
			t.Errorf("%s: got %v", raw, got)
		}
	}
}

func TestUnusableAddressesKeepTheirSecrets(t *testing.T) {
	for _, raw := range []string{
		"", "localhost:6379", "http://:hunter2@a", "redis://:hunter2@a:b:c", "redis://:hunter2@a/x",
		"redis://:hunter2@a:1/0?unknown=1", "redis://:hunter2@%zz", "redis://:hunter2@a:1?addr=b",
		"redis://:hunter2@a:65536", "redis://:hunter2@a:0", "rediss://:hunter2@a:1?addr=b:99999", "redis://:hunter2@a:1?read_timeout=soon", "unix://", "\x00redis://:hunter2@a",
	} {
		_, err := cache.Connect(raw)
		if err == nil {
			t.Errorf("%s: accepted", raw)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error contains the password: %v", err)
		}
	}
}

func TestProbe(t *testing.T) {
	server := redistest.Start(t)
	client, err := cache.Connect(server.URL() + "?" + unhurried)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	stop := server.Monitor()
	if err := cache.Probe(t.Context(), client); err != nil {
		t.Errorf("healthy Redis: %v", err)
	}
	var verbs []string
	for _, command := range stop() {
		verb, _, _ := strings.Cut(command, " ")
		if verb = strings.Trim(verb, `"`); !slices.Contains(verbs, verb) {
			verbs = append(verbs, verb)
		}
	}
	for _, want := range []string{"set", "get", "exists", "del"} {
		if !slices.Contains(verbs, want) {
			t.Errorf("no %s command, only %q", want, verbs)
		}
	}
	if keys := server.Keys(); len(keys) != 0 {
		t.Errorf("keys left: %q", keys)
	}

	server.Do("config", "set", "maxmemory", "1")
	if err := cache.Probe(t.Context(), client); err == nil || !strings.HasPrefix(err.Error(), "set: OOM") {
		t.Errorf("full Redis: %v", err)
	}
	server.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := cache.Probe(ctx, client); err == nil {
		t.Error("no error from a dead Redis")
	}
}

// A Redis user without permission for every command that the cache uses gets
// pages and at most one log line.
func TestRestrictedUsers(t *testing.T) {
	for name, c := range map[string]struct {
		rules  []any
		shared bool
	}{
		"who may do what is needed":   {[]any{"~page:*", "~cache:*", "&cache:*", "+@all", "-@dangerous", "+info"}, true},
		"who may not write":           {[]any{"~*", "&*", "+@read", "+@connection", "+@pubsub"}, false},
		"who may not use scripts":     {[]any{"~*", "&*", "+@all", "-@scripting"}, false},
		"who may not see the pages":   {[]any{"~cache:*", "&*", "+@all"}, false},
		"who may not see the cache":   {[]any{"~other:*", "&*", "+@all"}, false},
		"who may not listen":          {[]any{"~*", "resetchannels", "+@all"}, true},
		"who may do nothing whatever": {[]any{"+@connection"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			newProcess(t, server.URL()+"?"+unhurried, 0) // creates the generation
			server.Do(append([]any{"acl", "setuser", "shop", "on", ">secret"}, c.rules...)...)
			p := newProcess(t, strings.Replace(server.URL(), "//", "//shop:secret@", 1)+"?"+unhurried, 8<<20)
			s := p.pages()
			for _, k := range names(20) {
				found(t, s.loadKey(k, makes("page")), cache.None, "page")
			}
			shared := 0
			for _, k := range server.Keys() {
				if strings.HasPrefix(k, "page:") {
					shared++
				}
			}
			if (shared == 20) != c.shared || !c.shared && shared > 0 {
				t.Errorf("%d of 20 entries are in Redis", shared)
			}
			if n := p.logs.lines("level="); n > 1 || c.shared && n > 0 {
				t.Errorf("%d log lines", n)
			}
		})
	}
}

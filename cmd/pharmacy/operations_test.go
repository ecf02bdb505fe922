package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"pharmacy/internal/redistest"
)

func TestOperationsAreNotPublic(t *testing.T) {
	t.Parallel()
	s := startSite(t, "CATALOGUE="+stock{}.file(t))
	for path, want := range map[string]string{
		"/healthz":               `^ok$`,
		"/readyz":                `^ready\ncatalogue: [0-9a-f]+\nredis: not configured$`,
		"/metrics":               `^go_goroutines [1-9]`,
		"/cache/stats":           `"Generation":`,
		"/debug/pprof/":          `goroutine`,
		"/debug/pprof/cmdline":   `.`,
		"/debug/pprof/symbol":    `num_symbols`,
		"/debug/pprof/heap":      `.`,
		"/debug/pprof/goroutine": `.`,
	} {
		s.ask("GET", path).is(200).has(want)
		if path != "/healthz" {
			s.get(path).is(404)
		}
	}
	s.get("/healthz").is(200).has(`^ok$`)
	for _, path := range []string{"/cache/clear", "/cache/warm"} {
		s.do("POST", s.public, path, nil).is(404)
		s.ask("GET", path).is(http.StatusMethodNotAllowed)
	}

	// A web page in a browser on the same machine cannot use them.
	s.get(shelfPage).cached(freshlyMade)
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
		{"Origin", "http://" + s.public},
	} {
		for _, path := range []string{"/cache/clear", "/cache/clear?scope=all", "/cache/warm"} {
			s.ask("POST", path, header...).is(http.StatusForbidden)
		}
	}
	s.get(shelfPage).cached(fromMemory)
	s.ask("POST", "/cache/clear").is(200).has(`"prefix":"page:","keys":1`)
	s.get(shelfPage).cached(freshlyMade)
}

func TestOperationsCanBeOff(t *testing.T) {
	t.Parallel()
	s := startSite(t, "CATALOGUE="+stock{}.file(t), "ADMIN_ADDR=off")
	if s.admin != "off" {
		t.Errorf("operations listener on %s", s.admin)
	}
	s.get(shelfPage).is(200)
	s.get("/metrics").is(404)
	for _, command := range []string{"clear-cache", "warm-cache", "stats"} {
		s.command(command).exits(exitFailed).complains(
			`^pharmacy: ` + command + `: no REDIS_URL is set, so the caches live in the server, and ADMIN_ADDR is off, so no server can be reached$`)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s := startSite(t, "CATALOGUE="+stock{}.file(t), "REDIS_URL="+unhurried(redis))
	for _, path := range []string{shelfPage, "/fa/medicines?page=2", "/en/nothing-here", "/api/search?q=paracetamol"} {
		s.get(path)
	}
	s.basket()
	metrics := s.ask("GET", "/metrics").is(200)

	// Every series of the cache exists before its first event.
	for _, cache := range []string{"page", "fragment", "groups", "top200"} {
		for _, tier := range []string{"memory", "redis", "none"} {
			for _, result := range []string{"hit", "miss", "error", "bypass"} {
				metrics.has(`^pharmacy_cache_requests_total\{cache="` + cache + `",result="` + result + `",tier="` + tier + `"\} \d+$`)
			}
		}
	}
	for _, pattern := range []string{
		`^pharmacy_cache_requests_total\{cache="page",result="miss",tier="memory"\} 2$`,
		`^pharmacy_cache_requests_total\{cache="page",result="miss",tier="redis"\} 2$`,
		`^pharmacy_cache_requests_total\{cache="page",result="bypass",tier="none"\} 1$`,
		`^pharmacy_renders_total\{route="[^"]+"\} 1$`,
		`^pharmacy_cache_bytes\{tier="memory"\} [1-9]`,
		`^pharmacy_redis_breaker_open 0$`,
		`^pharmacy_catalogue_reload_failures_total 0$`,
		`^http_request_duration_seconds_count\{route="/\{lang[^"]*\}/medicines/\{group\}",status="200"\} 1$`,
		`^http_request_duration_seconds_count\{route="/\{lang[^"]*\}/medicines",status="200"\} 1$`,
		`^http_request_duration_seconds_count\{route="/api/search",status="200"\} 1$`,
		`^http_request_duration_seconds_count\{route="[^"]*",status="404"\} 1$`,
		`^http_request_duration_seconds_bucket\{route="[^"]*",status="200",le="0\.001"\} \d+$`,
		`^go_goroutines \d`,
		`^process_resident_memory_bytes \d`,
	} {
		metrics.has(pattern)
	}
	for _, value := range regexp.MustCompile(`="([^"]*)"`).FindAllStringSubmatch(metrics.body, -1) {
		if strings.Contains(value[1], "paracetamol") || strings.Contains(value[1], "nothing-here") || strings.Contains(value[1], "?") {
			t.Errorf("label contains a path: %s", value[1])
		}
	}
	s.ask("GET", "/readyz").is(200).has(`^redis: answers$`)
	redis.Kill()
	eventually(t, "the breaker opens", func() bool { return s.metric("pharmacy_redis_breaker_open") == "1" })
	// The server stays ready, since it serves pages without Redis.
	s.ask("GET", "/readyz").is(200).has(`^redis: does not answer$`)
	s.get(shelfPage).is(200)
}

package main

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"pharmacy/internal/cache"
	"pharmacy/internal/supply"
)

// metrics are the Prometheus metrics of the program.
type metrics struct {
	registry *prometheus.Registry
	renders  *prometheus.CounterVec
	requests *prometheus.HistogramVec
}

func newMetrics(c *cache.Cache, store *supply.Store) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		renders: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "pharmacy_renders_total", Help: "Pages rendered, by route.",
		}, []string{"route"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Duration of requests, by route pattern and status.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"route", "status"}),
	}
	m.registry.MustRegister(
		m.renders, m.requests, &cacheCollector{c},
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "pharmacy_catalogue_reload_failures_total", Help: "Catalogue files that could not be used.",
		}, func() float64 { return float64(store.ReloadFailures()) }),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// observe returns a function that records requests of a route. It looks up the
// series of each status once, because a lookup by labels is slower than the
// observation itself.
func (m *metrics) observe(route string) func(status int, took time.Duration) {
	byStatus := m.requests.MustCurryWith(prometheus.Labels{"route": route})
	var series sync.Map // status → prometheus.Observer
	return func(status int, took time.Duration) {
		o, ok := series.Load(status)
		if !ok {
			o, _ = series.LoadOrStore(status, byStatus.WithLabelValues(strconv.Itoa(status)))
		}
		o.(prometheus.Observer).Observe(took.Seconds())
	}
}

// rendered counts a rendered page of a route.
func (m *metrics) rendered(route string) { m.renders.WithLabelValues(route).Inc() }

// cacheCollector is a prometheus.Collector of the cache's own counters.
type cacheCollector struct{ cache *cache.Cache }

var (
	cacheRequests = prometheus.NewDesc("pharmacy_cache_requests_total",
		"Lookups in a tier of a cache, by result.", []string{"cache", "tier", "result"}, nil)
	cacheBytes = prometheus.NewDesc("pharmacy_cache_bytes",
		"Size of a tier of this process.", []string{"tier"}, nil)
	cacheEvictions = prometheus.NewDesc("pharmacy_cache_evictions_total",
		"Entries evicted from the memory tier.", nil, nil)
	breakerOpen = prometheus.NewDesc("pharmacy_redis_breaker_open",
		"1 while Redis does not answer and is bypassed.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c *cacheCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{cacheRequests, cacheBytes, cacheEvictions, breakerOpen} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *cacheCollector) Collect(ch chan<- prometheus.Metric) {
	st := c.cache.Stats()
	for _, n := range st.Counts {
		ch <- prometheus.MustNewConstMetric(cacheRequests, prometheus.CounterValue, float64(n.N), n.Space, n.Tier.String(), n.Outcome.String())
	}
	ch <- prometheus.MustNewConstMetric(cacheBytes, prometheus.GaugeValue, float64(st.MemoryBytes), cache.Memory.String())
	ch <- prometheus.MustNewConstMetric(cacheEvictions, prometheus.CounterValue, float64(st.Evictions))
	open := 0.0
	if st.BreakerOpen {
		open = 1
	}
	ch <- prometheus.MustNewConstMetric(breakerOpen, prometheus.GaugeValue, open)
}

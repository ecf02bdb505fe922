package pagecache_test

import (
	"testing"

	"pharmacy/internal/pagecache"
)

// A document without a language is at its own path.
func TestPlanAddress(t *testing.T) {
	for want, plan := range map[string]pagecache.Plan{
		"/en/medicines?page=2": {Lang: "en", Path: "/medicines?page=2"},
		"/sitemap.xml":         {Lang: "-", Path: "/sitemap.xml"},
	} {
		if got := plan.Address(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

package storefront

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/pagecache"
)

// A sample is a small part of the canonical pages, with pages beside them that are
// not canonical, and is the same each time. All of its pages can be rendered.
func TestSample(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	snap := s.store.Current()
	keysOf := func(plans []pagecache.Plan) (keys []string) {
		for _, p := range plans {
			keys = append(keys, p.Lang+" "+p.Path)
		}
		return keys
	}
	sample := func() (pages, others []pagecache.Plan) {
		return s.shop.Sample(snap, Choose(snap.Catalogue(), snap.Day()))
	}
	every, total := s.shop.Plans(snap)
	canonical := map[string]bool{}
	for _, key := range keysOf(slices.Collect(every)) {
		canonical[key] = true
	}
	pages, others := sample()
	if len(pages) < 50 || 5*len(pages) > total || len(others) > 2000 {
		t.Errorf("%d of %d pages, and %d others", len(pages), total, len(others))
	}
	seen := map[string]bool{}
	for i, key := range keysOf(slices.Concat(pages, others)) {
		if canonical[key] != (i < len(pages)) || seen[key] {
			t.Errorf("%s: canonical %t, found before %t", key, canonical[key], seen[key])
		}
		seen[key] = true
	}
	pages2, others2 := sample()
	if !slices.Equal(keysOf(pages2), keysOf(pages)) || !slices.Equal(keysOf(others2), keysOf(others)) {
		t.Error("the sample is another the second time")
	}
	tried := 0
	err := s.shop.Try(t.Context(), slices.Values(slices.Concat(pages, others)), 2, func(p pagecache.Plan, err error) {
		if tried++; err != nil {
			t.Errorf("%s %s: %v", p.Lang, p.Path, err)
		}
	})
	if err != nil || tried != len(seen) {
		t.Errorf("tried %d of %d, %v", tried, len(seen), err)
	}
}

// The longest of each text is chosen, also where others have more of them, or any.
func TestChooseTheLongest(t *testing.T) {
	long := strings.Repeat("long", 20)
	for name, change := range map[string]func(g *catalogue.Group, text string){
		"synonym":             func(g *catalogue.Group, text string) { g.Synonyms = []string{text} },
		"brand":               func(g *catalogue.Group, text string) { g.Brands = []string{text} },
		"code":                func(g *catalogue.Group, text string) { g.ATC = text },
		"variant description": func(g *catalogue.Group, text string) { g.Variants[0].Description = catalogue.PlainText(text) },
		"image":               func(g *catalogue.Group, text string) { g.Variants[0].Image = text },
		"own code":            func(g *catalogue.Group, text string) { g.ATC, g.Variants[0].ATC = "A01", text },
	} {
		c := &catalogue.Catalogue{}
		for i := range 20 {
			g := catalogue.Group{ID: fmt.Sprint("g", i), Name: catalogue.PlainText("G"), Variants: []catalogue.Variant{{ID: fmt.Sprint("v", i)}}}
			if change(&g, "short"); i == 0 {
				g.Synonyms, g.Brands = []string{"a", "b", "c"}, []string{"a", "b", "c"}
			}
			c.Groups = append(c.Groups, g)
		}
		change(&c.Groups[13], long)
		if !Choose(c, catalogue.DayOf(time.Now())).Has(&c.Groups[13]) {
			t.Errorf("the longest %s is not chosen", name)
		}
	}
}

package storefront

import (
	"context"
	"iter"

	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// Plans returns the plans of the canonical pages in every language, the sitemap,
// robots.txt and the grouped JSON, and their number, for a progress bar.
func (s *Shop) Plans(snap *shelf.Snapshot) (iter.Seq[pagecache.Plan], int) {
	c := snap.Catalogue()
	files := sitemapFiles(s.canonicalPaths(snap))
	each := func(yield func(pagecache.Plan) bool) {
		ok := yield(s.groupsPlan(snap)) && yield(s.robotsPlan(snap)) && yield(s.sitemapPlan(snap, 0))
		for page := 1; ok && files > 1 && page <= files; page++ {
			ok = yield(s.sitemapPlan(snap, page))
		}
		for _, lang := range render.Languages() {
			ok = ok && yield(s.homePlan(snap, lang)) && yield(s.aboutPlan(snap, lang))
			letters := []string{""}
			if len(c.Groups) > wholeAlphabet {
				letters = nil
				for _, letter := range snap.Letters(lang) {
					letters = append(letters, letter.Text)
				}
			}
			for _, letter := range letters {
				ok = ok && yield(s.aToZPlan(snap, lang, letter))
			}
			listing := func(category string) {
				q := shelf.Query{Category: category, Lang: lang, Sort: shelf.SortName}
				for q.Page = 1; ok && q.Page <= lastPage(snap, q); q.Page++ {
					ok = yield(s.listingPlan(snap, q))
				}
			}
			listing("")
			for i := range c.Categories {
				listing(c.Categories[i].ID)
			}
			for i := range c.Groups {
				g := &c.Groups[i]
				for page := 1; ok && page <= tablePages(g); page++ {
					ok = yield(s.medicinePlan(snap, lang, g, page))
				}
			}
			if !ok {
				return
			}
		}
	}
	n := 0
	for range each {
		n++
	}
	return each, n
}

// Warm loads the pages of Plans into the cache. workers and report are those of
// pagecache.Pages.Warm.
func (s *Shop) Warm(ctx context.Context, snap *shelf.Snapshot, workers int, report func(pagecache.Plan, error)) (pagecache.Warmed, error) {
	plans, _ := s.Plans(snap)
	return s.pages.Warm(ctx, plans, workers, report)
}

// Try renders the pages of plans by the code that serves them, and discards them.
// workers and report are those of pagecache.Pages.Try.
func (s *Shop) Try(ctx context.Context, plans iter.Seq[pagecache.Plan], workers int, report func(pagecache.Plan, error)) error {
	return s.pages.Try(ctx, plans, workers, report)
}

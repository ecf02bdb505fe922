package storefront

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"

	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// noLanguage is the language in the keys of documents without one.
const noLanguage = "-"

// sitemapPaths is the number of paths in a sitemap file, each with an entry for
// every language. The protocol allows 50,000 entries in a file.
const sitemapPaths = 10_000

func (s *Shop) robots(*pagecache.Address) pagecache.Response {
	return s.robotsPlan(s.opts.Medicines.Current())
}

func (s *Shop) robotsPlan(snap *shelf.Snapshot) pagecache.Plan {
	return pagecache.Plan{
		Version: snap.Version(), Lang: noLanguage, Path: "/robots.txt",
		Render: func(context.Context) (pagecache.Document, error) {
			var b bytes.Buffer
			b.WriteString("User-agent: *\n")
			if s.selling() {
				for _, lang := range render.Languages() {
					fmt.Fprintf(&b, "Disallow: /%s/cart\n", lang)
				}
			} else {
				b.WriteString("Disallow:\n")
			}
			fmt.Fprintf(&b, "\nSitemap: %s/sitemap.xml\n", s.origin)
			return pagecache.Document{ContentType: "text/plain; charset=utf-8", Body: b.Bytes()}, nil
		},
	}
}

// canonical holds the canonical paths of a catalogue, identified by its content
// hash. It does not point to the catalogue, so that a replaced one can be
// collected.
type canonical struct {
	content string
	paths   []string
}

// canonicalPaths returns the paths of the pages that search engines may index,
// without the language. They are computed once for a catalogue, because that
// takes time in proportion to its size, and every request for the sitemap needs
// their number.
func (s *Shop) canonicalPaths(snap *shelf.Snapshot) []string {
	if known := s.canonical.Load(); known != nil && known.content == snap.Content() {
		return known.paths
	}
	paths := []string{"", "/a-to-z", "/about"}
	add := func(category string) {
		q := shelf.Query{Category: category, Lang: "en"}
		for q.Page = 1; q.Page <= lastPage(snap, q); q.Page++ {
			paths = append(paths, listingPath(q, ""))
		}
	}
	add("")
	c := snap.Catalogue()
	for i := range c.Categories {
		add(c.Categories[i].ID)
	}
	for i := range c.Groups {
		g := &c.Groups[i]
		for page := 1; page <= tablePages(g); page++ {
			paths = append(paths, medicinePagePath(g, page))
		}
	}
	s.canonical.Store(&canonical{snap.Content(), paths})
	return paths
}

// sitemapFiles returns the number of sitemap files for the paths.
func sitemapFiles(paths []string) int { return (len(paths) + sitemapPaths - 1) / sitemapPaths }

func (s *Shop) sitemap(a *pagecache.Address) pagecache.Response {
	snap := s.opts.Medicines.Current()
	files := sitemapFiles(s.canonicalPaths(snap))
	page, ok := pageNumber(a.Query("page"))
	switch {
	case a.Query("page") == "" || files == 1:
		page = 0 // the only file, or the index of all
	case !ok || page > files:
		return pagecache.Redirect{To: "/sitemap.xml"}
	}
	return s.sitemapPlan(snap, page)
}

func (s *Shop) sitemapPlan(snap *shelf.Snapshot, page int) pagecache.Plan {
	number := ""
	if page > 0 {
		number = itoa(page)
	}
	return pagecache.Plan{
		Version: snap.Version(), Lang: noLanguage,
		Path:   pagecache.Canonical("/sitemap.xml", pagecache.Param{Name: "page", Value: number}),
		Render: func(context.Context) (pagecache.Document, error) { return s.showSitemap(snap, page), nil },
	}
}

// showSitemap returns a file of the sitemap. Page 0 is the only file or, if there
// are several, their index.
func (s *Shop) showSitemap(snap *shelf.Snapshot, page int) pagecache.Document {
	paths := s.canonicalPaths(snap)
	files := sitemapFiles(paths)
	var b bytes.Buffer
	b.WriteString(xml.Header)
	address := func(s string) { _ = xml.EscapeText(&b, []byte(s)) } // a bytes.Buffer does not fail
	if page == 0 && files > 1 {
		b.WriteString("<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n")
		for n := 1; n <= files; n++ {
			b.WriteString("<sitemap><loc>")
			address(s.origin + "/sitemap.xml?page=" + itoa(n))
			b.WriteString("</loc></sitemap>\n")
		}
		b.WriteString("</sitemapindex>\n")
		return pagecache.Document{ContentType: "application/xml; charset=utf-8", Body: b.Bytes()}
	}
	if page > 0 {
		paths = paths[(page-1)*sitemapPaths : min(page*sitemapPaths, len(paths))]
	}
	b.WriteString("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n")
	for _, path := range paths {
		alternates := s.alternates(path)
		for _, lang := range render.Languages() {
			b.WriteString("<url><loc>")
			address(s.origin + "/" + lang + path)
			b.WriteString("</loc>")
			for _, other := range alternates {
				b.WriteString(`<xhtml:link rel="alternate" hreflang="` + other.Lang + `" href="`)
				address(other.URL)
				b.WriteString(`"/>`)
			}
			b.WriteString("</url>\n")
		}
	}
	b.WriteString("</urlset>\n")
	return pagecache.Document{ContentType: "application/xml; charset=utf-8", Body: b.Bytes()}
}

func (s *Shop) groupsJSON(*pagecache.Address) pagecache.Response {
	return s.groupsPlan(s.opts.Medicines.Current())
}

func (s *Shop) groupsPlan(snap *shelf.Snapshot) pagecache.Plan {
	return pagecache.Plan{
		Version: snap.Version(), Lang: noLanguage, Path: "/api/medicines/groups",
		Render: func(ctx context.Context) (pagecache.Document, error) {
			body, err := s.opts.Medicines.Groups(ctx, snap)
			return pagecache.Document{ContentType: "application/json", Body: body}, err
		},
	}
}

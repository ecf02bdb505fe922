package storefront

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"

	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// noLanguage is the language of what has none, in keys.
const noLanguage = "-"

// sitemapPaths is how many addresses, each in every language, one sitemap
// file holds: the protocol allows 50,000 entries in all.
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

// canonical are the canonical paths of a catalogue with one content. They do
// not point to it: it would stay in memory when another has come.
type canonical struct {
	content string
	paths   []string
}

// canonicalPaths are the addresses that search engines may keep, behind the
// language. They are found once for a catalogue, because that takes a look at
// each medicine, and every request for the sitemap asks how many there are.
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

// sitemapFiles is how many files list the paths.
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

// showSitemap writes one file of the sitemap with its alternates, or, when
// there are several, for page 0 the index of them.
func (s *Shop) showSitemap(snap *shelf.Snapshot, page int) pagecache.Document {
	paths := s.canonicalPaths(snap)
	files := sitemapFiles(paths)
	var b bytes.Buffer
	b.WriteString(xml.Header)
	address := func(s string) { _ = xml.EscapeText(&b, []byte(s)) } // a Buffer does not fail
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

// foundShown is how many results the search API answers.
const foundShown = 20

type foundItem struct {
	Group   string `json:"group"`
	Variant string `json:"variant"`
	Name    string `json:"name"`
	URL     string `json:"url"`
}

type found struct {
	Query       string      `json:"query"`
	Results     []foundItem `json:"results"`
	Suggestions []string    `json:"suggestions"`
}

func (s *Shop) searchJSON(a *pagecache.Address) pagecache.Response {
	snap := s.opts.Medicines.Current()
	lang := a.Query("lang")
	if _, ok := render.LocaleFor(lang); !ok {
		lang = s.opts.DefaultLanguage
	}
	query := cleanQuery(a.Query("q"))
	return pagecache.Plan{
		Version: snap.Version(), Lang: lang, Path: "/api/search", Uncached: true,
		Render: func(ctx context.Context) (pagecache.Document, error) {
			answer, err := s.find(ctx, snap, lang, query)
			if err != nil {
				return pagecache.Document{}, err
			}
			body, err := json.Marshal(answer)
			return pagecache.Document{ContentType: "application/json", Body: append(body, '\n')}, err
		},
	}
}

// find answers the medicines that match a query, best first: one entry a
// medicine, or one a variant where the query asks for a strength or form.
// Without a query it answers what leads the listings.
func (s *Shop) find(ctx context.Context, snap *shelf.Snapshot, lang, query string) (found, error) {
	l := locale(lang)
	answer := found{Query: query, Results: []foundItem{}, Suggestions: []string{}}
	if query == "" {
		top, err := s.opts.Medicines.Top(ctx, snap)
		for _, ref := range top[:min(leadingShown, len(top))] {
			answer.Suggestions = append(answer.Suggestions, ref.Group.Name.In(lang))
		}
		return answer, err
	}
	result := snap.Search(query)
	for _, near := range result.Suggestions {
		answer.Suggestions = append(answer.Suggestions, snap.Catalogue().Groups[near.Doc].Name.In(lang))
	}
	for _, hit := range result.Hits {
		g := &snap.Catalogue().Groups[hit.Doc]
		if hit.Items == nil && len(g.Variants) > 0 {
			answer.Results = append(answer.Results, foundItem{g.ID, g.Variants[0].ID, g.Name.In(lang), "/" + lang + medicinePath(g)})
		}
		for _, i := range hit.Items {
			if len(answer.Results) == foundShown {
				break
			}
			ref := shelf.Ref{Group: g, Variant: &g.Variants[i]}
			answer.Results = append(answer.Results, foundItem{g.ID, ref.Variant.ID, label(l, ref), variantHref(lang, ref)})
		}
		if len(answer.Results) == foundShown {
			break
		}
	}
	return answer, nil
}

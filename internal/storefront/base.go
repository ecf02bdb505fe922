package storefront

import (
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// base returns the layout of a page. path is the canonical path and query of the
// page without the language, such as "/medicines?page=2", or "" for the home
// page.
func (s *Shop) base(lang, path string) layout {
	l := locale(lang)
	b := layout{
		Lang:          lang,
		Dir:           l.Dir(),
		SiteName:      s.siteName(l),
		Path:          "/" + lang + path,
		CatalogueOnly: s.opts.CatalogueOnly,
		Shop:          s.opts.Details.view(l),
	}
	for _, code := range render.Languages() {
		b.Languages = append(b.Languages, languageLink{
			Code: code, Name: locale(code).Name(), Href: "/" + code + path, Current: code == lang,
		})
	}
	return b
}

// public returns the layout of a page that search engines may index. canonical
// is path without the parameters that only sort the page.
func (s *Shop) public(snap *shelf.Snapshot, lang, path, canonical string) layout {
	b := s.base(lang, path)
	b.Demonstration = s.opts.Demonstration != nil && s.opts.Demonstration(snap)
	b.Canonical = s.origin + "/" + lang + canonical
	b.Alternates = s.alternates(canonical)
	return b
}

// siteName returns the configured name of the pharmacy, or the default name of
// the site if there is none.
func (s *Shop) siteName(l *render.Locale) string {
	if name := s.opts.Details.Name.In(l.Code()); name != "" {
		return name
	}
	return l.T("site.name")
}

// titled returns the text of a title element: the title, the page number if it
// is above 1, and the name of the site. The name comes last because tabs and
// search results truncate the end.
func (s *Shop) titled(l *render.Locale, title string, page int) string {
	if page > 1 {
		title += l.T("title.page", page)
	}
	return l.T("title.site", title, s.siteName(l))
}

// alternates returns the hreflang links of a page, one for each language and
// x-default for all others. The x-default of the home page is the address that
// negotiates the language; of every other page, it is the page in the default
// language.
func (s *Shop) alternates(canonical string) []alternate {
	var all []alternate
	for _, code := range render.Languages() {
		all = append(all, alternate{code, s.origin + "/" + code + canonical})
	}
	negotiating := s.origin + "/"
	if canonical != "" {
		negotiating = s.origin + "/" + s.opts.DefaultLanguage + canonical
	}
	return append(all, alternate{"x-default", negotiating})
}

// object is a JSON-LD object. encoding/json sorts its members by name, so that
// its encoding is deterministic.
type object map[string]any

// webPage returns the WebPage that structured data describes. In schema.org,
// inLanguage is a property of pages, not of products or organizations.
func webPage(address, lang string) object {
	return object{"@type": "WebPage", "@id": address, "inLanguage": lang}
}

// breadcrumbs returns links as a schema.org BreadcrumbList. The last link is the
// page itself and has no Href.
func (s *Shop) breadcrumbs(links []link) object {
	var items []object
	for i, l := range links {
		item := object{"@type": "ListItem", "position": i + 1, "name": l.Text}
		if l.Href != "" {
			item["item"] = s.origin + l.Href
		}
		items = append(items, item)
	}
	return object{"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}
}

package storefront

import (
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// base fills in what every page has. path is the page's address behind the
// language, canonical and with its query: "/medicines?page=2"; "" is home.
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

// public fills in what pages have that search engines may keep. canonical is
// path without what only orders or marks.
func (s *Shop) public(snap *shelf.Snapshot, lang, path, canonical string) layout {
	b := s.base(lang, path)
	b.Demonstration = s.opts.Demonstration != nil && s.opts.Demonstration(snap)
	b.Canonical = s.origin + "/" + lang + canonical
	b.Alternates = s.alternates(canonical)
	return b
}

// siteName is the pharmacy's own name where the operator has said one.
func (s *Shop) siteName(l *render.Locale) string {
	if name := s.opts.Details.Name.In(l.Code()); name != "" {
		return name
	}
	return l.T("site.name")
}

// titled is the text of a title element: what the page is, which page of it,
// and whose. The site's name comes last, as tabs and results are cut there.
func (s *Shop) titled(l *render.Locale, title string, page int) string {
	if page > 1 {
		title += l.T("title.page", page)
	}
	return l.T("title.site", title, s.siteName(l))
}

// alternates are the addresses of a page in every language, and the one for
// readers of others: of the home page that which negotiates, of every other
// page that in the default language.
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

// object is a JSON-LD object. encoding/json writes its members sorted by name,
// so that a page's bytes are the same every time.
type object map[string]any

// webPage is the page that structured data is about. schema.org gives a
// language to pages, not to what they describe.
func webPage(address, lang string) object {
	return object{"@type": "WebPage", "@id": address, "inLanguage": lang}
}

// breadcrumbs is the structured form of a breadcrumb; the last link is the
// page itself and has no address.
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
